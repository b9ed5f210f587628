"""The writer of Keras code."""

from cnncalc.exporting.keras.writer import write

__all__ = ["write"]
