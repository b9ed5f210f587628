"""The writer of PyTorch code."""

from cnncalc.exporting.torch.writer import write_torch

__all__ = ["write_torch"]
