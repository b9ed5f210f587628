"""Numbers in words: the derivation of each, and the lecture's table of parameters and hyperparameters."""
