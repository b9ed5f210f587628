"""Pools: of a window, of everything, of as many windows as are wanted."""
