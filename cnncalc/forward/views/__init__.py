"""What a run shows: one window step by step, a moved input."""
