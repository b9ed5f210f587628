"""Tensors of learned numbers: by themselves, or before a sequence."""
