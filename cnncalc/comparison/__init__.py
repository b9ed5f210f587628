"""Two models side by side, and bounds on what may change."""
