"""Layers that drop values during training."""
