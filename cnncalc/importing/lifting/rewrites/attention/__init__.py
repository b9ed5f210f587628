"""Attention: from products and a softmax to the layer with its projections, windows, masks and biases."""

from cnncalc.importing.lifting.rewrites.attention._windows import places_compared

__all__ = ["places_compared"]
