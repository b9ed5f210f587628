"""Text to nodes with places: files, YAML, diagnostics."""
