"""Recurrent layers that a file spells out, step by step, and what is left of zeros that they begin with."""
