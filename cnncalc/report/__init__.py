"""From numbers to something to read: what is shown, and a file a format."""
