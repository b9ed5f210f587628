"""Networks to work out by hand, drawn from a seed."""
