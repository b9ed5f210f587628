"""Findings in a format each."""
