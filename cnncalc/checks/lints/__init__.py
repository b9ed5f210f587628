"""Lints: what is valid in a spec, yet almost certainly a mistake (or, on request, what could be designed better)."""
