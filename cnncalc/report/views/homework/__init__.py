"""Sheets, and what grading says."""
