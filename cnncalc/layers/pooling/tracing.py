"""How a value of a pool is calculated."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from cnncalc import formulas
from cnncalc.layers.tracing import Taps, Term, Tracing


class _PoolTracing(Tracing):
    """One channel, without weights."""

    operation = "max"

    def worked_out(self, values: Sequence[float], divisor: int, shown: Callable[[float], str]) -> str:
        return "the largest" if self.operation == "max" else f"{shown(sum(values))} (sum) / {divisor}"

    def terms(self, weights: Mapping[str, Any], channel: int) -> Iterator[Term]:
        yield Term(channel)


class MaxPoolTracing(_PoolTracing):
    """The largest value of a window."""


class AvgPoolTracing(_PoolTracing):
    """The mean of a window, with or without the padding."""

    operation = "mean"

    def counted(self, axis: int) -> tuple[int, int]:
        before, after = self.layer.padding[axis] if self.layer.count_padding else (0, 0)
        return -before, self.x.spatial[axis] + after


class LpPoolTracing(_PoolTracing):
    """The p-norm of a window."""

    operation = "p-norm"

    def worked_out(self, values: Sequence[float], divisor: int, shown: Callable[[float], str]) -> str:
        p = self.layer.p
        return f"{shown(sum(abs(value) ** p for value in values))} (sum of |x|^{p:g}) ^ (1/{p:g})"


class GlobalMaxPoolTracing(_PoolTracing):
    """The largest of all values."""

    def taps(self, axis: int, i: int) -> Taps:
        return [(j, j) for j in range(self.x.spatial[axis])]


class GlobalAvgPoolTracing(GlobalMaxPoolTracing):
    """The mean of all values."""

    operation = "mean"


class AdaptiveMaxPoolTracing(_PoolTracing):
    """The largest of the part that a position covers."""

    def taps(self, axis: int, i: int) -> Taps:
        n, m = self.x.spatial[axis], self.layer.output[axis]
        return [(j, j) for j in range(i * n // m, formulas.ceil_div((i + 1) * n, m))]


class AdaptiveAvgPoolTracing(AdaptiveMaxPoolTracing):
    """The mean of that part."""

    operation = "mean"
