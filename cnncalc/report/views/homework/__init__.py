"""Sheets, and the results of grading."""
