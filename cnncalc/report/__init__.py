"""From numbers to something to read: what is shown, with one file per format."""
