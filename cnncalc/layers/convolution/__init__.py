"""Convolutions: plain, grouped, depthwise, separable, transposed."""
