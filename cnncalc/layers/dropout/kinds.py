"""Layers that drop values during training and do nothing afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cnncalc.layers.base import Layer
from cnncalc.settings.setting import setting
from cnncalc.settings.types import Real

_RATE = Real(low=0, below=1)


class _Drop(Layer):
    is_idle = True
    principal = "rate"
    example = "0.5"

    @property
    def drop_rate(self) -> float:
        rate: float = vars(self)["rate"]
        return rate

    def run(self, xp: Any, x: Any, weights: Mapping[str, Any]) -> Any:
        return x


class Dropout(_Drop):
    """Drops single values."""

    also_called = "drop"
    rate = setting(_RATE, "share of the values that are dropped", short="{}")


class SpatialDropout(_Drop):
    """Drops whole channels."""

    also_called = "dropout1d dropout2d dropout3d featuredropout channeldropout"
    takes = "positions"
    rate = setting(_RATE, "share of the channels that are dropped", short="{}")


class DropPath(_Drop):
    """Drops the whole tensor of a sample (stochastic depth)."""

    also_called = "stochasticdepth"
    rate = setting(_RATE, "share of the samples that lose this branch", short="{}")
