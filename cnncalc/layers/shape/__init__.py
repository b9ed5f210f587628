"""Layers that move, add or drop values."""
