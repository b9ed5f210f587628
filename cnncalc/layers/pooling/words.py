"""Sentences about pools."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from cnncalc.layers.words import Words


class _PoolWords(Words):
    """What all pools say."""

    called = {"window": "window size"}
    always = frozenset({"window", "stride", "padding"})
    method: ClassVar[str]
    """What a window becomes."""

    def params(self) -> str:
        return "a pool has nothing to learn"

    def before(self) -> Iterator[tuple[str, str]]:
        yield "pooling method", self.method


class _GlobalWords(_PoolWords):
    def unchanged(self) -> str:
        return "one value for each channel, over all positions"


class _AdaptiveWords(_PoolWords):
    def unchanged(self) -> str:
        return "as many windows as asked for, spread evenly over the input"


class MaxPoolWords(_PoolWords):
    method = "max"


class AvgPoolWords(_PoolWords):
    method = "average"


class LpPoolWords(_PoolWords):
    called = {**_PoolWords.called, "p": "power"}
    method = "p-norm"


class GlobalAvgPoolWords(_GlobalWords):
    method = "global average"


class GlobalMaxPoolWords(_GlobalWords):
    method = "global max"


class AdaptiveAvgPoolWords(_AdaptiveWords):
    method = "adaptive average"


class AdaptiveMaxPoolWords(_AdaptiveWords):
    method = "adaptive max"
