"""The bodies of functions."""
