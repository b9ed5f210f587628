"""What is said of a model that can be read: a registry of checks, each with its code and the texts of it."""
