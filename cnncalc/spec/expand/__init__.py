"""Entries as they are written become layers in their places."""
