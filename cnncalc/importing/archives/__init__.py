"""Zip files, read within bounds."""
