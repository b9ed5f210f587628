"""Sentences about normalisations and scalings."""

from __future__ import annotations

from typing import ClassVar

from cnncalc.layers.words import Words, join, of_each


class _NormWords(Words):
    """What all norms with a scale and a center say."""

    def params(self) -> str:
        learned = [name for name in ("scale", "center") if getattr(self.layer, name)]
        return f"a {join(learned)} for each channel" if learned else "nothing is learned: neither scale nor center"


class BatchNormWords(_NormWords):
    pass


class LayerNormWords(_NormWords):
    gate = "the mean and variance"

    def params(self) -> str:
        return super().params().replace("each channel", _each_place(self.layer.axes))


class InstanceNormWords(_NormWords):
    gate = "the mean and variance"


class GroupNormWords(InstanceNormWords):
    pass


class GlobalResponseNormWords(Words):
    gate = "the norm of each channel"

    def params(self) -> str:
        return "a scale and center for each channel"


class RmsNormWords(Words):
    gate = "the mean of the squares"

    def params(self) -> str:
        each = _each_place(self.layer.axes)
        return f"a scale for {each}" if self.layer.scale else "nothing is learned: it has no scale"


def _each_place(axes: tuple[str, ...]) -> str:
    """What has a number of its own, given the axes that are normalised."""
    if axes == ("channels",):
        return "each channel"
    return "each value, of every channel at every position"


class NormalizationWords(Words):
    statistics = "the mean and variance of each channel, and how many values they are of"

    def params(self) -> str:
        return "nothing is learned by the gradient"


class ScaleWords(Words):
    called: ClassVar = {"per": "one factor for each"}

    def params(self) -> str:
        what = "factor and one offset" if self.layer.center else "factor"
        return f"one learned {what} for {of_each(self.layer.per, self.x)}"


class OffsetWords(Words):
    learned = "offsets"
    called: ClassVar = {"per": "one offset for each"}

    def params(self) -> str:
        return f"one learned offset for {of_each(self.layer.per, self.x)}"
