"""What a run shows: one window step by step, and a shifted input."""
