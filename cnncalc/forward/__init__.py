"""The forward pass in NumPy: it runs the network, and so proves the numbers that the rest of cnncalc works out."""
