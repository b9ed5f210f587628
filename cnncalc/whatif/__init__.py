"""Changes that are tried on a copy of a model: to cover an input, to align branches, to solve for a setting."""
