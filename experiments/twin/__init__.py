"""The compiled twin: the loop of the Mesa model once more, in Numba, over the same rule functions."""
