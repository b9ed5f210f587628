"""ONNX files: read by a small reader of the wire format, folded, and translated to the vocabulary of operations."""
