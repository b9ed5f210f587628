"""Attention: what each position takes from the others, by how well a query matches their keys."""
