"""Inputs to draw boxes on: 8-bit values, averaged down to what a page has room for."""

from __future__ import annotations

from base64 import b64encode
from math import ceil, prod
from os.path import basename
from typing import TYPE_CHECKING

import numpy as np

from cnncalc.forward.views.pictures import averaged
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
    sizes = _sizes(shown.shape[:-1], shown.shape[-1])
    steps = tuple(map(_step, shown.shape, sizes))
    means = shown / (np.abs(shown).max() or 1)  # sums of the largest numbers that there are would overflow
    for axis, size in enumerate(sizes):
        means = averaged(means, axis, size)
    text = b64encode(_as_bytes(means).tobytes()).decode("ascii")
    words = ["the sample" if origin == "sample" else basename(origin)]
    if max(steps) > 1:
        words.append(f"averaged down to {'×'.join(map(str, sizes))}")
    if values.shape[-1] == 3:
        words.append("its channels as red, green and blue")
    elif values.shape[-1] > 1:
        words.append(f"the first of its {values.shape[-1]} channels")
    return InputPixels(sizes, steps, shown.shape[-1], text, ", ".join(words))


def _sizes(spatial: Sequence[int], channels: int) -> tuple[int, ...]:
    """How many means are left along each axis: as many as there is room for."""
    longest = LONGEST[len(spatial)]
    while True:
        sizes = tuple([ceil(n / _step(n, longest)) for n in spatial])
        if prod(sizes) * channels <= MOST_BYTES:
            return sizes
        longest -= 1


def _step(n: int, size: int) -> int:
    """Of how many positions each is the mean where so many are left of n."""
    return ceil(n / size)


def _as_bytes(values: Array) -> Array:
    """The smallest value as 0 and the largest as 255."""
    low, high = values.min(), values.max()
    if low == high:
        return np.full(values.shape, 128, np.uint8)
    codes: Array = np.round((values - low) / (high - low) * 255).astype(np.uint8)
    return codes
