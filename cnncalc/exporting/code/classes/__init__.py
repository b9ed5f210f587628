"""All instances of one part as one class or function."""
