"""Whole axes in PyTorch."""

from __future__ import annotations

from cnncalc.layers.equals import FIRST, Equal, row
from cnncalc.layers.torch import TorchInAnyOrder
from cnncalc.settings.axes import CHANNELS, axes_of


class PermuteTorch(TorchInAnyOrder):
    """`permute`; `mT` if the channels change places with the only positions."""

    def equal(self) -> Equal:
        *spatial, _ = axes_of(len(self.x.spatial))
        own = (CHANNELS, *spatial) if self.order == FIRST else (*spatial, CHANNELS)
        order = [own.index(vars(self.layer)[new]) + 1 for new in own]
        return Equal(forward="{0}.mT" if order == [2, 1] else f"{{0}}.permute{row((0, *order))}")


_FUNCTIONS = {"mean": "mean", "sum": "sum", "max": "amax", "min": "amin"}


class ReduceTorch(TorchInAnyOrder):
    """`mean`, `sum`, `amax`, `amin` or `norm`; channels stay, as one."""

    def equal(self) -> Equal:
        axes = tuple(map(self.dimension, self.layer.axes))
        keeps = self.layer.keep_dims or CHANNELS in self.layer.axes
        more = ", keepdim=True" if keeps else ""
        function = _FUNCTIONS.get(self.layer.how, "vector_norm")
        module = "torch.linalg" if function == "vector_norm" else "torch"
        name = "dim=" if function == "vector_norm" else ""
        reduced = f"{module}.{function}({{0}}, {name}{axes[0] if len(axes) == 1 else row(axes)}{more})"
        gone = tuple(axis for axis in axes if axis != self.dimension(CHANNELS))
        is_left = keeps and not self.layer.keep_dims and gone
        return Equal(forward=f"{reduced}.squeeze({row(gone)})" if is_left else reduced)
