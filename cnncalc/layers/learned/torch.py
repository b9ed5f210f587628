"""Learned numbers in PyTorch: parameters."""

from __future__ import annotations

from cnncalc.layers.equals import FIRST, Array, Equal
from cnncalc.layers.torch import TorchInAnyOrder, parameter
from cnncalc.settings.shape import Shape


class _TorchParameter(TorchInAnyOrder):
    def parameter(self, shape: Shape) -> tuple[str, dict[str, Array]]:
        """The parameter of this shape, and where the array is in it."""
        rank = len(shape.spatial)
        axes = (rank, *range(rank)) if self.order == FIRST else ()
        return parameter(shape.sizes(self.order), self.layer.initial), {"value": Array("", axes)}


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
        dim = 2 if self.order == FIRST else 1
        return Equal(module, f"torch.cat(({{module}}.expand(len({{0}}), -1, -1), {{0}}), dim={dim})", arrays)
