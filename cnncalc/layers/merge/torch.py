"""Merges in PyTorch: expressions."""

from __future__ import annotations

from functools import reduce
from typing import ClassVar

from cnncalc.layers.equals import Equal
from cnncalc.layers.torch import Torch


class _TorchMerge(Torch):
    def parts(self) -> list[str]:
        """The inputs; one with fewer positions than the others gets as many, of size 1."""
        axes = len(self.output.spatial)
        none = ", None" * axes
        return [
            f"{{{index}}}" if len(x.spatial) == axes else f"{{{index}}}{'.flatten(1)' if x.spatial else ''}[:, :{none}]"
            for index, x in enumerate(self.inputs)
        ]


class _TorchOperator(_TorchMerge):
    sign: ClassVar[str]

    def equal(self) -> Equal:
        return Equal(forward=f" {self.sign} ".join(self.parts()))


class AddTorch(_TorchOperator):
    """`a + b`."""

    sign = "+"


class SubtractTorch(_TorchOperator):
    """`a - b`."""

    sign = "-"


class MultiplyTorch(_TorchOperator):
    """`a * b`."""

    sign = "*"


class AverageTorch(_TorchMerge):
    """`(a + b) / 2`."""

    def equal(self) -> Equal:
        return Equal(forward=f"({' + '.join(self.parts())}) / {len(self.inputs)}")


class _TorchPairwise(_TorchMerge):
    function: ClassVar[str]

    def equal(self) -> Equal:
        return Equal(forward=reduce(lambda one, other: f"torch.{self.function}({one}, {other})", self.parts()))


class MaximumTorch(_TorchPairwise):
    """`torch.maximum(a, b)`."""

    function = "maximum"


class MinimumTorch(_TorchPairwise):
    """`torch.minimum(a, b)`."""

    function = "minimum"


class ConcatTorch(_TorchMerge):
    """`torch.cat((a, b), dim=1)`."""

    def equal(self) -> Equal:
        return Equal(forward=f"torch.cat(({', '.join(self.parts())}), dim={self.dimension(self.layer.axis)})")
