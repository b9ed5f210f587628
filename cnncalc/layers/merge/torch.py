"""Merges in PyTorch: expressions."""

from __future__ import annotations

from functools import reduce
from typing import ClassVar

from cnncalc.layers.equals import FIRST, Array, Equal, call
from cnncalc.layers.torch import TorchInAnyOrder, TorchOfRows


class _TorchMerge(TorchInAnyOrder):
    def parts(self) -> list[str]:
        """The inputs; one with fewer positions than the others gets as many, of size 1."""
        axes = len(self.output.spatial)
        none = ", ".join([":", *([":"] if self.order == FIRST else []), *["None"] * axes])
        return [
            f"{{{index}}}" if len(x.spatial) == axes else f"{{{index}}}{'.flatten(1)' if x.spatial else ''}[{none}]"
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


class DivideTorch(_TorchOperator):
    """`a / b`."""

    sign = "/"


_WEIGHTED_ADD = '''\
class WeightedAdd(nn.Module):
    """The sum of tensors, each times a learned weight of its own."""

    def __init__(
        self, count: int, normalize: str | None = None, eps: float = 1e-4
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(count))
        self.normalize, self.eps = normalize, eps

    def forward(self, *tensors: Tensor) -> Tensor:
        weight: Tensor = self.weight
        if self.normalize == "sum":
            weight = F.relu(weight)
            weight = weight / (weight.sum() + self.eps)
        if self.normalize == "softmax":
            weight = weight.softmax(0)
        total = weight[0] * tensors[0]
        for each, x in zip(weight[1:], tensors[1:]):
            total = total + each * x
        return total
'''


class WeightedAddTorch(_TorchMerge):
    """A module of one's own, as in EfficientDet."""

    def equal(self) -> Equal:
        layer = self.layer
        normalize = None if layer.normalize == "none" else layer.normalize
        module = call("WeightedAdd", len(self.inputs), normalize=(normalize, None), eps=(layer.epsilon, 1e-4))
        forward = f"{{module}}({', '.join(self.parts())})"
        return Equal(module, forward, {"weight": Array("weight")}, helper=_WEIGHTED_ADD)


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


class MatmulTorch(TorchOfRows):
    """`torch.matmul`."""

    def equal(self) -> Equal:
        first, second = (
            f"{{{index}}}{f'.flatten(1, {len(x.spatial)})' if len(x.spatial) > 1 else ''}"
            for index, x in enumerate(self.inputs)
        )
        first += ".mT" if self.layer.transpose == "first" else ""
        second += ".mT" if self.layer.transpose == "second" else ""
        axes = self.output.spatial
        return Equal(forward=f"torch.matmul({first}, {second}){f'.unflatten(1, {axes})' if len(axes) > 1 else ''}")
