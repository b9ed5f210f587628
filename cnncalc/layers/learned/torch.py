"""Learned numbers in PyTorch: parameters."""

from __future__ import annotations

from cnncalc.layers.equals import Array, AsIs, Equal, call, row
from cnncalc.layers.torch import Torch
from cnncalc.settings.shape import Shape


class _TorchParameter(Torch):
    def parameter(self, shape: Shape) -> tuple[str, dict[str, Array]]:
        """The parameter of this shape, and where the array is in it."""
        rank = len(shape.spatial)
        sizes = AsIs(row((shape.channels, *shape.spatial)))
        module = f"nn.Parameter({call('torch.full', sizes, AsIs(float(self.layer.initial)))})"
        return module, {"value": Array("", (rank, *range(rank)))}


class LearnedTorch(_TorchParameter):
    """A parameter, the same for each sample."""

    def equal(self) -> Equal:
        module, arrays = self.parameter(self.output)
        kept = ", -1" * (1 + len(self.output.spatial))
        return Equal(module, f"{{module}}.expand(len({{0}}){kept})", arrays)


class PrependTorch(_TorchParameter):
    """A parameter, the same for each sample, before the positions."""

    def equal(self) -> Equal:
        module, arrays = self.parameter(Shape((self.layer.count,), self.x.channels))
        return Equal(module, "torch.cat(({module}.expand(len({0}), -1, -1), {0}), dim=2)", arrays)
