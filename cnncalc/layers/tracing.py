"""How one value of a layer's output is calculated, for kinds that apply a window or weights to the input.

A kind that can be traced has a class in the `tracing.py` of its family.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

from cnncalc.named_tuple import NamedTuple
from cnncalc.settings.shape import Shape

Taps = list[tuple[int, int]]
"""The positions of the input inside the window along one axis, each with its tap of the kernel."""
MOST_TERMS = 8
"""How many input channels of a value are written out; the others are added up."""


class Term(NamedTuple):
    """What one input channel contributes to a value.

    Attributes:
        kernel: the array of weights for its window (or for the vector of a dense layer); None for a pool.
        factor: what the sum is multiplied by at the end; None for most kinds.
    """

    channel: int
    kernel: Any = None
    factor: float | None = None


class Tracing:
    """What a value consists of.

    Attributes:
        operation: `sum` of products, or what a pool does with its window: `max`, `mean`, …
        has_window: whether it reads positions around its own, rather than only the channels at its own position.
    """

    operation: ClassVar[str] = "sum"
    has_window: ClassVar[bool] = True

    def __init__(self, layer: Any, x: Shape) -> None:
        self.layer = layer
        self.x = x

    def taps(self, axis: int, i: int) -> Taps:
        """The positions that output position i reads along an axis, in the order of the input; may be outside it."""
        window = self.layer.sliding_window
        start = i * window.stride[axis] - window.padding[axis][0]
        return [(start + tap * window.dilation[axis], tap) for tap in range(window.kernel[axis])]

    def counted(self, axis: int) -> tuple[int, int]:
        """The positions along an axis that the divisor of a mean counts: the first one, and the one after the last."""
        return 0, self.x.spatial[axis]

    def worked_out(self, values: Sequence[float], divisor: int, shown: Callable[[float], str]) -> str:
        """How a pool calculates its value from those in the window, for a reader; `divisor` is how many count."""
        raise NotImplementedError

    def terms(self, weights: Mapping[str, Any], channel: int) -> Iterator[Term]:
        """The input channels that an output channel reads, in order."""
        raise NotImplementedError
