"""How the values of a tensor look: small maps as grids, a softmax as bars, large tensors as least, mean, largest."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from math import floor, isfinite, log10
from typing import TYPE_CHECKING, Any

from cnncalc.named_tuple import NamedTuple
from cnncalc.report._document import Block, Facts, Grid, Grids, Paragraph

if TYPE_CHECKING:
    from cnncalc.forward.engines.convolution import Array

SMALL_SIDE, SMALL_VALUES = 16, 1024
"""A map with more positions along an axis, or more values in total, is not shown as a grid unless it is asked for."""
LARGE_SIDE, LARGE_VALUES = 64, 8192
"""The same limits if it is asked for."""
A_ROW = 10
"""The number of values of a vector per row."""
BAR, BARS = 40, 10
"""The length of a bar that stands for 1, in columns; how many bars are shown."""

Formatter = Callable[[float], str]


def formatter(values: Iterable[float], epsilon: float) -> Formatter:
    """One way to write all numbers of a map: exact with few digits if possible, otherwise 4 digits of the largest.

    Args:
        epsilon: the step from 1 to the next number in the type of the values.
    """
    finite = [abs(value) for value in values if isfinite(value)]
    largest = max(finite, default=0.0)
    power = floor(log10(largest)) if largest else 0
    if power >= 7 or power < -3:
        return lambda value: f"{value + 0.0:.3e}"  # a zero without a minus
    tolerance = 4 * epsilon * largest
    digits = next((d for d in range(max(4 - power, 1)) if all(abs(v - round(v, d)) <= tolerance for v in finite)), None)
    if digits is None:
        digits = max(3 - power, 0)
    return lambda value: _tidy(f"{value:.{digits}f}")


def _tidy(text: str) -> str:
    """The number without a minus before a zero."""
    return text.lstrip("-") if not text.strip("-0.") else text


def short(value: float) -> str:
    """A number in 4 digits."""
    return _tidy(f"{value:.4g}")


def epsilon(dtype: object) -> float:
    """The step from 1 to the next number of a type."""
    return {"float16": 1e-3, "float32": 1.2e-7}.get(str(dtype), 2.3e-16)


def is_small(array: Array, asked_for: bool = False) -> bool:
    """Whether all values of (*positions, channels) are shown."""
    side, values = (LARGE_SIDE, LARGE_VALUES) if asked_for else (SMALL_SIDE, SMALL_VALUES)
    if array.ndim == 1:
        return bool(array.size <= (values if asked_for else 100))
    return bool(max(array.shape[:-1]) <= side and array.size <= values)


def map_blocks(array: Array, form: Formatter | None = None, marked: Array | None = None) -> Iterator[Block]:
    """All values of (*positions, channels); `marked` ones are in brackets."""
    yield Grids(list(grids(array, form, marked)))


def grids(
    array: Array, form: Formatter | None = None, marked: Array | None = None, caption: str = ""
) -> Iterator[Grid]:
    """One grid per channel (and slice) of (*positions, channels)."""
    form = form or formatter(array.ravel().tolist(), epsilon(array.dtype))
    texts = [form(value) for value in array.ravel().tolist()]
    if marked is not None and marked.any():
        texts = [f"[{text}]" if mark else f"{text} " for text, mark in zip(texts, marked.ravel().tolist(), strict=True)]
    *sizes, channels = array.shape
    if not sizes:
        yield Grid(caption, [texts[start : start + A_ROW] for start in range(0, channels, A_ROW)])
        return
    if len(sizes) == 1:
        names = [caption] if caption else []
        names += ["one row per channel"] if channels > 1 else []
        yield Grid(", ".join(names), [texts[channel::channels] for channel in range(channels)])
        return
    for channel in range(channels):
        own = texts[channel::channels]
        columns = sizes[-1]
        rows = [own[start : start + columns] for start in range(0, len(own), columns)]
        names = [caption] if caption else []
        names += [f"channel {channel}"] if channels > 1 else []
        if len(sizes) < 3:
            yield Grid(", ".join(names), rows)
            continue
        for index in range(sizes[0]):
            part = rows[index * sizes[1] : (index + 1) * sizes[1]]
            yield Grid(", ".join([*names, f"slice {index}"]), part)


class LargestShares(NamedTuple):
    """A softmax of a vector: its classes, the largest first if there are many.

    Attributes:
        shown: class, value, and the value as text.
        rest: what all others are together, as text; None if there are none.
    """

    shown: Sequence[tuple[int, float, str]]
    rest: str | None


def largest_shares(array: Array) -> LargestShares:
    """The largest values of a softmax of a vector."""
    values = array.ravel().tolist()
    order: Sequence[int] = range(len(values))
    if len(values) > BARS:
        order = sorted(order, key=lambda index: -values[index])[:BARS]
    form = formatter([1.0, 1 / 3], 1e-7)
    shown = [(index, values[index], form(values[index])) for index in order]
    rest = 1 - sum(values[index] for index in order)
    return LargestShares(shown, form(max(rest, 0)) if len(values) > len(shown) else None)


def bars(array: Array) -> Iterator[Block]:
    """A softmax of a vector: one bar per class."""
    shown, rest = largest_shares(array)
    widest = len(str(max(index for index, *_ in shown)))
    yield Facts([(f"{index:{widest}}", f"{text}  {_bar(share)}".rstrip()) for index, share, text in shown])
    if rest is not None:
        yield Paragraph(f"The {len(shown)} largest of {array.size:,}; the others are {rest} together.")


def _bar(share: float) -> str:
    return "#" * round(BAR * share) if isfinite(share) else ""


def value_statistics(array: Array) -> dict[str, float]:
    """Least, mean and largest value."""
    wide: Any = array.astype(float)
    return {"min": float(wide.min()), "mean": float(wide.mean()), "max": float(wide.max())}
