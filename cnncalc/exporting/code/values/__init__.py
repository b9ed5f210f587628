"""What differs between the instances of a part, as expressions."""
