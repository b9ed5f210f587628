"""Models that come from other tools, read without executing anything, and written as specs."""
