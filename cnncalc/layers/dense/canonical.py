"""Dense layers as they are compared: at each position, and so the same as a convolution of one position."""

from __future__ import annotations

from collections.abc import Sequence

from cnncalc.layers.canonical import Canonical, Computation, weighted_sums
from cnncalc.layers.convolution.canonical import prepared_by


class DenseCanonical(Canonical):
    def calculations(self) -> Sequence[Computation]:
        layer = self.layer
        settings = {"filters": layer.units, "bias": layer.bias}
        return (weighted_sums(self.kind, settings, self.output, (), prepared_by(layer)),)
