"""A photograph pipeline written once and run with NumPy and with Crossarray: `python -m crossarray.demo [FILE]`."""
