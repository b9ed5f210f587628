"""Sentences about layers that give the input another size."""

from __future__ import annotations

from collections.abc import Sequence

from cnncalc.layers.words import Words, times


class UpsampleWords(Words):
    def channels(self) -> str:
        return "every position becomes several"


class MaxUnpoolWords(Words):
    def size(self, axes: Sequence[str], index: int) -> str:
        return f"as many as the input of `{self.layer.pool.name}` has"

    def unchanged(self) -> str:
        return f"as many positions as the input of `{self.layer.pool.name}` has, {times(self.output.spatial)}"

    def remarks(self) -> tuple[str, ...]:
        window = self.layer.pool.undone
        shared = any(span > s for span, s in zip(window.spans, window.stride, strict=True))
        last = "; of several windows with the same place, the last one writes" if shared else ""
        places = f"each value goes to the place of the largest in its window of {times(window.kernel)}"
        return (f"{places}, all others are 0{last}",)


class ResizeWords(Words):
    def size(self, axes: Sequence[str], index: int) -> str:
        layer, n = self.layer, self.x.spatial[index]
        if layer.like:
            return f"as many as `{layer.like.name}` has"
        if layer.size:
            return "as written"
        factor = layer.factor[index]
        number = f"{float(factor):.12g}"
        exact = n * factor
        rounded = "" if exact.denominator == 1 else f": {float(exact):.12g}, rounded down"
        return f"{n} positions times {number}{rounded}"

    def channels(self) -> str:
        return "the same channels at other positions"

    def unchanged(self) -> str:
        if self.layer.like:
            return f"as many positions as `{self.layer.like.name}` has, {times(self.output.spatial)}"
        return super().unchanged()
