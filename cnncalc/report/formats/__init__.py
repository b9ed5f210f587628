"""Documents, one module per format."""
