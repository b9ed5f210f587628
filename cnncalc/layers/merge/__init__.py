"""Merges: several tensors become one."""
