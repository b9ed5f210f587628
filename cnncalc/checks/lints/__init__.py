"""Lints: what is right as a spec, and yet almost surely a mistake (or, asked for, what could be designed better)."""
