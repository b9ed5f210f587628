"""A network with its data and weights, run layer by layer."""
