"""Sentences about activations that learn something."""

from __future__ import annotations

from cnncalc.layers.words import Words


class PreluWords(Words):
    learned = "slopes"
    called = {"per": "one slope for each"}

    def params(self) -> str:
        per = self.layer.per
        if per == "all":
            return "one learned slope for all values"
        is_map = per == "value" and self.x.spatial
        return f"one learned slope for each {'value, of every channel at every position' if is_map else per}"
