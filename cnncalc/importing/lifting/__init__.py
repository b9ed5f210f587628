"""From operations on arrays to layers on maps: which axis holds the channels, and what a row of operations means."""

from cnncalc.importing.lifting._lifting import lift

__all__ = ["lift"]
