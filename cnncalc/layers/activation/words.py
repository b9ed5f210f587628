"""Sentences about activations that learn something."""

from __future__ import annotations

from cnncalc.layers.words import Words, of_each


class PreluWords(Words):
    learned = "slopes"
    called = {"per": "one slope for each"}

    def params(self) -> str:
        return f"one learned slope for {of_each(self.layer.per, self.x)}"
