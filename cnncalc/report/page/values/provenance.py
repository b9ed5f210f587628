"""Where the numbers of a run come from, in words: what is random has to be said wherever it is shown."""

from __future__ import annotations

import os
from collections.abc import Iterator
from enum import Flag, auto
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

from cnncalc.forward.run.executor import owner
from cnncalc.report.page.values.networks import finding_text

if TYPE_CHECKING:
    from cnncalc.forward.run.network import Network
    from cnncalc.graph import Node


class Origins(Flag):
    """Where weights come from: they are drawn, the same number everywhere as before training, or given."""

    NONE = 0
    RANDOM = auto()
    INITIAL = auto()
    GIVEN = auto()


class Provenance:
    """Where each tensor of a run comes from: its inputs, and the weights of its layer and of all before it."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._weights: dict[Node, Origins] = {}
        self._inputs: dict[Node, frozenset[str]] = {}
        for node in network.graph.inputs:
            self._weights[node], self._inputs[node] = Origins.NONE, frozenset({network.sources[node.name]})
        for node in network.graph.nodes:
            self._weights[node] = reduce(or_, (self._weights[each] for each in node.inputs), self._own(node))
            self._inputs[node] = frozenset().union(*(self._inputs[each] for each in node.inputs))

    def _own(self, node: Node) -> Origins:
        """Where the weights of a layer itself come from."""
        own, network, found = owner(node), self._network, Origins.NONE
        written = network.spec.weights.get(own.name, {})
        for name, weight in own.weights.items():
            if "seed" not in network.weight_sources or name in written:
                found |= Origins.GIVEN
                continue
            assert own.layer is not None
            is_constant = isinstance(own.layer.initial_values(name, weight.shape), float | int)
            found |= Origins.INITIAL if is_constant else Origins.RANDOM
        return found

    def of(self, node: Node) -> str:
        """`Input: the spec's sample · weights: random (seed 0)`."""
        inputs = ", ".join(sorted(map(self._input_words, self._inputs[node])))
        weights = self._weight_words(self._weights[node])
        parts = [f"input: {inputs}" if inputs else "", f"weights: {weights}" if weights else ""]
        text = " · ".join(filter(None, parts))
        return text[:1].upper() + text[1:]

    def is_neutral(self, node: Node) -> bool:
        """Whether a norm divides by variances and subtracts means that it has not learned yet: by 1, and 0."""
        has_statistics = any(weight.is_statistic for weight in owner(node).weights.values())
        return has_statistics and self._own(node) == Origins.INITIAL

    def notices(self) -> Iterator[str]:
        """What has to be known before any value is looked at."""
        network = self._network
        weights = reduce(or_, self._weights.values())
        seed = f"(seed {network.seed})"
        if Origins.RANDOM in weights and Origins.GIVEN in weights:
            yield (
                f"Some weights are random {seed}: values that depend on them show shapes, not meaning. "
                "`--weights` gives all of them."
            )
        elif Origins.RANDOM in weights or weights == Origins.INITIAL:
            are = f"random {seed}" if Origins.RANDOM in weights else "as before training"
            yield (
                f"Weights are {are}: values show shapes, not meaning; "
                "`--weights` or a file with weights gives them meaning."
            )
        if "seed" in network.sources.values():
            some = "Some inputs are" if len({*network.sources.values()}) > 1 else "The input is"
            yield f"{some} random {seed}: `--input-data` runs the network on another."
        yield from (f"{finding_text(each)}." for each in network.stopped)

    def _weight_words(self, weights: Origins) -> str:
        given = ", ".join(_file_name(name) for name in self._network.weight_sources if name != "seed")
        given = {"spec": "the spec"}.get(given, given)
        if Origins.RANDOM in weights:
            return f"{'partly ' if Origins.GIVEN in weights else ''}random (seed {self._network.seed})"
        if Origins.INITIAL in weights:
            return f"{given}, others as before training" if Origins.GIVEN in weights else "as before training"
        return given if weights else ""

    def _input_words(self, source: str) -> str:
        words = {"seed": f"random (seed {self._network.seed})", "sample": "the spec's sample"}
        return words.get(source) or _file_name(source)


def _file_name(path: str) -> str:
    """A page names files, but not the folders that they are in. Arrays from Python have no file."""
    return "given" if path in ("inputs", "weights") else os.path.basename(path)
