"""Layers that give the input another size: their values are repeated, or interpolated."""
