"""Layers that the language has no kind for."""
