"""The writer of PyTorch code."""

from cnncalc.exporting.torch.writer import torch_module

__all__ = ["torch_module"]
