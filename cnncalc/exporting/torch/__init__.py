"""The writer of PyTorch code."""

from cnncalc.exporting.torch.writer import write

__all__ = ["write"]
