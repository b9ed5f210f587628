"""Sentences about recurrent layers."""

from __future__ import annotations

from typing import ClassVar

from cnncalc.layers.base import plural
from cnncalc.layers.words import Words, everywhere, join

_NUMBERS = {3: "three", 4: "four"}


class RecurrentWords(Words):
    """Sentences about a state that is led along a sequence.

    Attributes:
        gates: what the gates are called, in their order; none where there are only one kernel of each kind.
    """

    learned = "weights"
    called = {"units": "number of units", "layers": "number of layers"}
    gates: ClassVar[tuple[str, ...]] = ()

    def channels(self) -> str:
        layer = self.layer
        what = "the state after the last position" if layer.output == "last" else "the state at each position"
        if not layer.bidirectional:
            return f"{what}: one value for each unit"
        if layer.output == "last":
            what = "the last state of either direction, that of the backward one at the first position"
        together = "one after the other" if layer.merge == "concat" else "added up"
        return f"{what if layer.output == 'last' else 'the states of both directions'}, {together}"

    def unchanged(self) -> str:
        return self.channels()

    def params(self) -> str:
        own = f"{self._gates()}{self._weights(self.x.channels)}"
        if self.layer.layers > 1:
            own += f"; from the second layer on, {self.layer.made}×{self.layer.units} of what is read"
        where = [
            *(["direction"] if self.layer.bidirectional else []),
            *(["layer"] if self.layer.layers > 1 else []),
        ]
        return f"in each {' of each '.join(where)}, {own}" if where else own

    def _gates(self) -> str:
        """How many gates there are: `four gates (…), each with `."""
        if not self.gates:
            return ""
        return f"{_NUMBERS[len(self.gates)]} gates ({join(self.gates)}), each with "

    def _weights(self, channels: int) -> str:
        """What each gate learns."""
        units = self.layer.units
        parts = [f"{channels}×{units} weights of what is read", f"{units}×{units} of the state before it"]
        if self.layer.bias:
            biases = plural(units, "bias", "biases")
            parts.append(f"{biases} for each of the two" if self.layer.bias_sets == 2 else biases)
        return join(parts)

    def remarks(self) -> tuple[str, ...]:
        given = [
            f"the {name} is that of {tensor.name}"
            for name in self.layer.also_reads
            if (tensor := getattr(self.layer, name))
        ]
        return (f"before the first position {join(given)}",) if given else ()

    def macs(self) -> str:
        also = ", in each direction" if self.layer.bidirectional else ""
        also += ", in each layer" if self.layer.layers > 1 else ""
        return (
            f"{everywhere(self.x.spatial)}{also}, every weight is multiplied once: with what is read, or with the state"
        )


class LstmWords(RecurrentWords):
    gates = ("input", "forget", "cell", "output")


class GruWords(RecurrentWords):
    gates = ("update", "reset", "candidate")


class RnnWords(RecurrentWords):
    pass
