"""Networks to calculate by hand, drawn from a seed."""
