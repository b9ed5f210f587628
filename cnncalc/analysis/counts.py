"""Counts: the parameters and multiply-adds of a layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc import formulas

if TYPE_CHECKING:
    from cnncalc.graph import Node
    from cnncalc.layers.base import Layer
    from cnncalc.settings.shape import Shape

STATISTICS_COUNT = frozenset({"keras"})
"""Conventions under which the moving statistics of batch_norm are (non-trainable) parameters."""


class Counts:
    """The counts of the layers of one model."""

    def __init__(self, convention: str) -> None:
        self.convention = convention
        self._known: dict[tuple[Layer, tuple[Shape, ...]], tuple[int, int, int]] = {}
        """Counts of the layers so far: the copies of a repeated entry are one layer in many places."""

    def of(self, node: Node) -> tuple[int, int, int]:
        """Trainable parameters, non-trainable parameters, and multiply-adds for one sample."""
        if node.layer is None:
            return 0, 0, 0
        key = node.layer, node.input_shapes
        if key not in self._known:
            self._known[key] = self._count(*key, node.output)
        counts = self._known[key]
        if node.shares:
            return 0, 0, counts[2]  # its weights are counted where they are defined
        return (0, counts[0] + counts[1], counts[2]) if node.is_frozen else counts

    def _count(self, layer: Layer, inputs: tuple[Shape, ...], y: Shape) -> tuple[int, int, int]:
        trainable, statistics = layer.unlisted_params, 0
        for weight in layer.arrays(inputs).values():
            if weight.is_statistic:
                statistics += formulas.product(weight.shape)
            else:
                trainable += formulas.product(weight.shape)
        return trainable, statistics if self.convention in STATISTICS_COUNT else 0, layer.multiply_adds(inputs, y)
