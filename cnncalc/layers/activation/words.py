"""Sentences about activations that learn something."""

from __future__ import annotations

from cnncalc.layers.words import Words, of_each


class PreluWords(Words):
    learned = "slopes"
    called = {"per": "one slope for each"}

    def params(self) -> str:
        return f"one learned slope for {of_each(self.layer.per, self.x)}"


class GluWords(Words):
    def channels(self) -> str:
        gate = "the second half" if self.layer.gate == "linear" else f"{self.layer.gate} of the second half"
        return f"half as many channels: the first half times {gate}, the gate"
