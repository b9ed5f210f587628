"""The writer of Keras code."""

from cnncalc.exporting.keras.writer import write_keras

__all__ = ["write_keras"]
