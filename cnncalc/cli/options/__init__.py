"""Options: what several commands have in common, and which go together."""
