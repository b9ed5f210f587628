"""Functions between layers: those of Keras 3, `keras.ops`, and those of TensorFlow in models of Keras 2."""
