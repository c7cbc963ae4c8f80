"""The server of the console, and the gate in front of it."""
