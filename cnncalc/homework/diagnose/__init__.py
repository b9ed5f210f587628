"""Which misconceptions are behind wrong answers."""
