"""From entries as written to layers in their places."""
