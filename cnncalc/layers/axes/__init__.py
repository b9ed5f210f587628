"""Layers about whole axes: put in another order, or reduced to one number each."""
