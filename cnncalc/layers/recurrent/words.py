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
        if not layer.bidirectional:
            where = "after the last position" if layer.output == "last" else "at each position"
            return f"the state {where}: one value for each unit"
        together = "one after the other" if layer.merge == "concat" else "added up"
        if layer.output == "last":
            return f"the last state of either direction, {together}; the backward one ends at the first position"
        return f"the states of both directions, {together}"

    def unchanged(self) -> str:
        return self.channels()

    def params(self) -> str:
        layer = self.layer
        units, more = layer.units, layer.layers > 1
        others = f" ({layer.made}×{units} in all layers but the first)" if more else ""
        parts = [
            f"{self.x.channels}×{units} weights of what is read{others}",
            f"{units}×{units} of the state before it",
        ]
        if layer.bias:
            parts.append(f"{'twice ' if layer.bias_sets == 2 else ''}{plural(units, 'bias', 'biases')}")
        return f"{self._each('in each ', ', ')}{self._gates()}{join(parts)}"

    def _each(self, before: str, after: str) -> str:
        """`in each direction of each layer, `; nothing where there is one of them."""
        layer = self.layer
        several = [*(["direction"] if layer.bidirectional else []), *(["layer"] if layer.layers > 1 else [])]
        return f"{before}{' of each '.join(several)}{after}" if several else ""

    def _gates(self) -> str:
        """How many gates there are: `four gates (…), each with `."""
        return f"{_NUMBERS[len(self.gates)]} gates ({join(self.gates)}), each with " if self.gates else ""

    def remarks(self) -> tuple[str, ...]:
        given = [
            f"the {name} is that of `{tensor.name}`"
            for name in self.layer.also_reads
            if (tensor := getattr(self.layer, name))
        ]
        return (f"before the first position {join(given)}",) if given else ()

    def macs(self) -> str:
        where = f"{everywhere(self.x.spatial)}{self._each(', in each ', '')}"
        return f"{where}, every weight is multiplied once: with what is read, or with the state"


class LstmWords(RecurrentWords):
    gates = ("input", "forget", "cell", "output")


class GruWords(RecurrentWords):
    gates = ("update", "reset", "candidate")


class RnnWords(RecurrentWords):
    pass
