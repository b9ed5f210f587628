"""Sentences about dense layers and embeddings."""

from __future__ import annotations

from collections.abc import Iterator

from cnncalc.layers.base import plural
from cnncalc.layers.words import Words, biases, each_of, everywhere, standardized


class DenseWords(Words):
    learned = "weights"
    called = {"units": "number of units"}

    def channels(self) -> str:
        return "one value for each unit"

    def unchanged(self) -> str:
        return self.channels()

    def params(self) -> str:
        return f"{plural(self.x.channels, 'weight')} for {each_of(self.layer.units, 'unit')}{biases(self.layer)}"

    def remarks(self) -> tuple[str, ...]:
        return standardized(self.layer, self.x, "unit")

    def macs(self) -> str:
        return (f"{everywhere(self.x.spatial)}, " if self.x.spatial else "") + "every weight is multiplied once"

    def after(self) -> Iterator[tuple[str, str]]:
        n, units = self.layer.weights(self.x)["kernel"].shape
        yield "number of weights", f"{n}·{units} = {n * units:,}"


class EmbeddingWords(Words):
    learned = "vectors"
    called = {"vocabulary": "number of ids", "width": "width of the vectors"}

    def channels(self) -> str:
        return "every id becomes a vector of this width"

    def params(self) -> str:
        return f"a vector of {plural(self.layer.width, 'value')} for {each_of(self.layer.vocabulary, 'id')}"
