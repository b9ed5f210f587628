"""What a sheet asks, and what was written on it."""
