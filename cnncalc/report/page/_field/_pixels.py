"""Inputs to draw boxes on: 8-bit values, averaged down to what a page has room for."""

from __future__ import annotations

from base64 import b64encode
from math import prod
from os.path import basename
from typing import TYPE_CHECKING

import numpy as np

from cnncalc.named_tuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnncalc.forward.engines.convolution import Array
    from cnncalc.forward.run.network import Network
    from cnncalc.graph import Node

MOST_BYTES = 28_000
LONGEST = {1: 2048, 2: 128, 3: 128}
"""The most positions along an axis, by the number of axes."""


class InputPixels(NamedTuple):
    """An input as 8-bit values: all positions in order, each with its red, green and blue, or one grey value.

    Attributes:
        sizes: how many values there are along each axis.
        steps: the positions that each of them is the mean of, along each axis.
        words: where the input comes from, and what was done to it.
    """

    sizes: tuple[int, ...]
    steps: tuple[int, ...]
    channels: int
    base64: str
    words: str


def pixels_of(network: Network, source: Node) -> InputPixels | None:
    """The pixels of an input with positions that is not drawn at random."""
    origin = network.sources.get(source.name, "seed")
    if origin == "seed" or not source.output.spatial:
        return None
    values = network.inputs[source.name][0].astype(np.float64)
    shown = values if values.shape[-1] == 3 else values[..., :1]
    steps = _steps(shown.shape[:-1], shown.shape[-1])
    means = _means(shown / (np.abs(shown).max() or 1), steps)  # of the largest numbers there are, sums would overflow
    text = b64encode(_as_bytes(means).tobytes()).decode("ascii")
    words = ["the sample" if origin == "sample" else basename(origin)]
    if max(steps) > 1:
        words.append(f"averaged down to {'×'.join(map(str, means.shape[:-1]))}")
    if values.shape[-1] == 3:
        words.append("its channels as red, green and blue")
    elif values.shape[-1] > 1:
        words.append(f"the first of its {values.shape[-1]} channels")
    return InputPixels(means.shape[:-1], steps, shown.shape[-1], text, ", ".join(words))


def _steps(sizes: Sequence[int], channels: int) -> tuple[int, ...]:
    """Over how many positions to average along each axis: as few as there is room for."""
    longest = LONGEST[len(sizes)]
    while True:
        steps = tuple([-(-size // longest) for size in sizes])
        if prod(-(-size // step) for size, step in zip(sizes, steps, strict=True)) * channels <= MOST_BYTES:
            return steps
        longest -= 1


def _means(values: Array, steps: Sequence[int]) -> Array:
    """Means of blocks; those at the end may be smaller."""
    for axis, step in enumerate(steps):
        size = values.shape[axis]
        starts = np.arange(0, size, step)
        counts = np.minimum(starts + step, size) - starts
        shape = [1] * values.ndim
        shape[axis] = len(starts)
        values = np.add.reduceat(values, starts, axis=axis) / counts.reshape(shape)
    return values


def _as_bytes(values: Array) -> Array:
    """The smallest value as 0 and the largest as 255."""
    low, high = values.min(), values.max()
    if low == high:
        return np.full(values.shape, 128, np.uint8)
    return np.round((values - low) / (high - low) * 255).astype(np.uint8)
