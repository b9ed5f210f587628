"""Sentences about opaque layers: what is known, and why the rest is not."""

from __future__ import annotations

from cnncalc.at_least import AtLeast
from cnncalc.layers.words import Words

_NOT_SAID = "the spec does not say, and cnncalc does not know what the layer calculates"


class OpaqueWords(Words):
    learned = "parameters"
    no_hyperparameters = frozenset({"params", "macs"})

    def channels(self) -> str:
        return "as written under `output`; cnncalc does not know how it is calculated"

    def unchanged(self) -> str:
        return self.channels()

    def params(self) -> str:
        return self._of_the_layer(self.layer.params, "params")

    def macs(self) -> str:
        return self._of_the_layer(vars(self.layer)["macs"], "macs")

    def _of_the_layer(self, count: int, setting: str) -> str:
        if self.layer.is_further_output:
            return "those of the layer count at its first output"
        return _NOT_SAID if isinstance(count, AtLeast) else f"as written under `{setting}`"

    def remarks(self) -> tuple[str, ...]:
        if self.layer.pointwise:
            return ("it is `pointwise`: each position sees what that position of its input sees",)
        return ("cnncalc does not know what its outputs read: every receptive field from here on is unknown",)
