"""A model as something else: code of PyTorch or Keras, an ONNX file, a drawing."""
