"""Homework: sheets with blanks, and grading that names the mistakes. The arithmetic uses cnncalc's own rules."""
