"""Finds the misconceptions behind wrong answers."""
