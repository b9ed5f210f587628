"""The writer of Keras code."""

from cnncalc.exporting.keras.writer import keras_model

__all__ = ["keras_model"]
