"""What commands show that run a network."""
