"""Layers that drop values while training."""
