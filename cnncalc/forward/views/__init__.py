"""What a run shows: one window step by step, a shifted input, and inputs as pixels."""
