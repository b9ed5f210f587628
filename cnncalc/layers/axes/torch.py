"""Whole axes in PyTorch."""

from __future__ import annotations

from cnncalc.layers.equals import Equal, row
from cnncalc.layers.torch import Torch
from cnncalc.settings.axes import CHANNELS, axes_of


class PermuteTorch(Torch):
    """`permute`."""

    def equal(self) -> Equal:
        *spatial, _ = axes_of(len(self.x.spatial))
        order = [self.dimension(vars(self.layer)[new]) for new in (CHANNELS, *spatial)]
        return Equal(forward=f"{{0}}.permute{row((0, *order))}")


_FUNCTIONS = {"mean": "mean", "sum": "sum", "max": "amax", "min": "amin"}


class ReduceTorch(Torch):
    """`mean`, `sum`, `amax`, `amin` or `norm`; channels stay, as one."""

    def equal(self) -> Equal:
        axes = tuple(map(self.dimension, self.layer.axes))
        keeps = self.layer.keep_dims or CHANNELS in self.layer.axes
        more = ", keepdim=True" if keeps else ""
        function = _FUNCTIONS.get(self.layer.how, "vector_norm")
        module = "torch.linalg" if function == "vector_norm" else "torch"
        name = "dim=" if function == "vector_norm" else ""
        reduced = f"{module}.{function}({{0}}, {name}{axes[0] if len(axes) == 1 else row(axes)}{more})"
        gone = tuple(axis for axis in axes if axis != 1)
        is_left = keeps and not self.layer.keep_dims and gone
        return Equal(forward=f"{reduced}.squeeze({row(gone)})" if is_left else reduced)
