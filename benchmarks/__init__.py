"""Benchmarks: one command each, the last line of standard output one JSON object of ratios and rates."""
