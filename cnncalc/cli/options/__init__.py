"""Options: how they are declared, which go together, what several commands share, and the two ways to read a line."""
