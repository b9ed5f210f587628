"""Students, and the tables that courses keep of them."""
