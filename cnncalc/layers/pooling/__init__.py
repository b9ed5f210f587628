"""Pools: over a window, over everything, or over as many windows as wanted."""
