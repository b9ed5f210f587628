"""Documents in a format each."""
