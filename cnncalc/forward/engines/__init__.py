"""Arrays and the functions that compute with them."""
