"""Layers whose every output is connected to every input."""
