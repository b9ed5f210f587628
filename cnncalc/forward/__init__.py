"""The forward pass in NumPy: it runs the network, which proves the numbers that the rest of cnncalc calculates."""
