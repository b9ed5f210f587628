"""Homework: sheets with blanks, and grading that names the mistake. The arithmetic is the calculator's own rules."""
