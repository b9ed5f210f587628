"""Questions that lints ask about layers, and words for positions along an axis."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.layers.base import plural

if TYPE_CHECKING:
    from cnncalc.layers.base import Layer


def is_linear(layer: Layer) -> bool:
    """Whether it multiplies by weights and adds up."""
    return bool(layer.kernel_array)


def is_convolution(layer: Layer) -> bool:
    """Whether it is linear with a window that slides over the input."""
    return is_linear(layer) and layer.sliding_window is not None


def is_pool(layer: Layer) -> bool:
    """Whether it has a sliding window and no weights."""
    return not is_linear(layer) and layer.sliding_window is not None


_AXES = {1: ("position",), 2: ("row", "column"), 3: ("plane", "row", "column")}


def lines(rank: int, axis: int, count: int) -> str:
    """A number of positions along one axis: `1 row`, `2 columns`."""
    return plural(count, _AXES[rank][axis])


def last(rank: int, axis: int, count: int) -> str:
    """What comes after `the last`: `row`, `2 columns`."""
    return _AXES[rank][axis] if count == 1 else lines(rank, axis, count)


def each(parts: list[str]) -> str:
    """`1 row`, `1 row and 1 column`, …"""
    return " and ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else parts[0]
