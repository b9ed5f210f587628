"""Sentences about normalisations and scalings."""

from __future__ import annotations

from cnncalc.layers.words import Words, join


class _NormWords(Words):
    """What all norms with a scale and a center say."""

    def params(self) -> str:
        learned = [name for name in ("scale", "center") if getattr(self.layer, name)]
        return f"a {join(learned)} for each channel" if learned else "nothing is learned: neither scale nor center"


class BatchNormWords(_NormWords):
    pass


class LayerNormWords(_NormWords):
    pass


class InstanceNormWords(_NormWords):
    gate = "the mean and variance"


class GroupNormWords(InstanceNormWords):
    pass


class GlobalResponseNormWords(Words):
    gate = "the norm of each channel"

    def params(self) -> str:
        return "a scale and center for each channel"


class ScaleWords(Words):
    learned = "factors"

    def params(self) -> str:
        return "one learned factor for each channel"
