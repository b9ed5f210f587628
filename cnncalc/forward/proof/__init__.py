"""The proof: what an analysis claims, held against a network that runs and against the definitions."""
