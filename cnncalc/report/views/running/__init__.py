"""What commands that run a network show."""
