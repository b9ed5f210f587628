"""Normalisations and scalings."""
