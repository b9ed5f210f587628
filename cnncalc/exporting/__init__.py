"""A model for other tools: code, files and drawings."""
