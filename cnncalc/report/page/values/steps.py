"""The layers whose windows a page shows step by step, with exact values: as many as there is room for."""

from __future__ import annotations

import base64
from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import islice
from math import prod
from operator import mul
from typing import TYPE_CHECKING, Any

from cnncalc.forward.views.stepping import SteppedLayer, exact, packed_numbers, stepped
from cnncalc.layers.tracing import MOST_TERMS
from cnncalc.layers.words import COORDINATES
from cnncalc.report.text import number
from cnncalc.report.views.running.tensors import epsilon, formatter
from cnncalc.report.views.running.trace import AS_USED

if TYPE_CHECKING:
    from cnncalc.forward.engines.convolution import Array
    from cnncalc.forward.run.network import Network
    from cnncalc.graph import Node
    from cnncalc.report.page._context import Texts

ROOM = 24_000
"""The most characters that the exact values of a page take, about."""
A_VALUE, A_TEXT, A_LAYER = 5.34, 7, 1_000
"""The characters that one value takes, a number as text, and everything else about a layer."""
CHANNELS = (1, 2, 3, 4, 6, 8)
"""How many channels of an output are shown: every layer has one before any has two, as long as there is room."""


class WindowSteps:
    """What a page shows step by step of a network.

    A layer's windows are what the maps of its input, its kernels, and its own map are: these maps are kept once for all
    layers that read or make them.
    """

    def __init__(self, network: Network, ids: Mapping[Node, int], texts: Texts, room: float) -> None:
        self._network, self._ids, self._texts, self._room = network, ids, texts, room
        self._kept: dict[Node, set[int]] = {}
        chosen = self._chosen()
        self._nodes = {*chosen}
        self._by_source: dict[Node, list[SteppedLayer]] = defaultdict(list)
        for layer in chosen.values():
            self._by_source[layer.source].append(layer)
        self.layers: dict[int, dict[str, Any]] = {}
        self.maps: dict[int, dict[str, Any]] = {}

    def _chosen(self) -> dict[Node, SteppedLayer]:
        """The layers that there is room for, each with as many channels as there is room for; those with weights first,
        whose windows have more to say."""
        chosen: dict[Node, SteppedLayer] = {}
        nodes = self._network.graph.nodes
        waiting = [node for node in nodes if A_LAYER + A_VALUE * prod(node.output.spatial) < self._room]
        found = {node: layer for node in waiting if (layer := stepped(self._network, node, CHANNELS[-1]))}
        waiting = sorted(found, key=lambda node: not node.weights)
        for channels in CHANNELS:
            waiting = [node for node in waiting if self._is_taken(chosen, found[node], channels)]
        return chosen

    def _is_taken(self, chosen: dict[Node, SteppedLayer], whole: SteppedLayer, channels: int) -> bool:
        """Whether there is room for so many channels of a layer, which then are among the chosen ones."""
        node = whole.node
        if node in chosen and len(whole.terms) <= len(chosen[node].terms):
            return False
        layer = whole._replace(terms=whole.terms[:channels])
        size = self._size(layer) - (A_LAYER if node in chosen else 0)
        if size > self._room:
            return False
        self._room -= size
        self._kept.setdefault(layer.source, set()).update(layer.read_channels)
        self._kept.setdefault(node, set()).update(range(len(layer.terms)))
        chosen[node] = layer
        return True

    def __contains__(self, node: Node) -> bool:
        """Whether a layer is shown step by step."""
        return node in self._nodes

    def _size(self, layer: SteppedLayer) -> float:
        """About how many characters a layer would take."""
        source, node = layer.source, layer.node
        read = layer.read_channels - self._kept.get(source, set())
        made = {*range(len(layer.terms))} - self._kept.get(node, set())
        values = len(read) * prod(source.output.spatial) + len(made) * layer.windows
        kernels: int = sum(term.kernel.size for terms in layer.shown_terms for term in terms if term.kernel is not None)
        texts = layer.windows * len(layer.terms) if layer.has_rest or not kernels else 0
        return A_LAYER + A_VALUE * (values + kernels) + A_TEXT * texts

    def see(self, node: Node, values: Array) -> None:
        """Keeps what is needed of a tensor of the run, (*positions, channels)."""
        if node in self._kept:
            kept = self._kept[node]
            self.maps[self._ids[node]] = {
                "channels": sorted(kept),
                "sizes": list(values.shape[:-1]) or [1],
                "whole": len(kept) == values.shape[-1],
                **_packed(exact(values, kept)),
            }
        for layer in self._by_source[node]:
            self.layers[self._ids[layer.node]] = self._layer(layer, values.astype(float))

    def _layer(self, layer: SteppedLayer, source: Array) -> dict[str, Any]:
        """Everything about a layer but the maps."""
        step, kernels = epsilon(self._network.dtype), layer.kernels()
        found: dict[str, Any] = {
            "source": self._ids[layer.source],
            "axes": list(COORDINATES[len(layer.taps)]),
            "taps": [[[list(tap) for tap in taps] for taps in along] for along in layer.taps],
            "step": step,
            "channels": layer.node.output.channels,
            "terms": [[term.channel for term in terms] for terms in layer.shown_terms],
        }
        if kernels is None:
            return {**found, **_pool(layer, source, step)}
        found["kernels"] = _packed(kernels)
        found["kernel"] = list(layer.terms[0][0].kernel.shape)
        if "bias" in layer.weights:
            found["bias"] = [f"{value:.4g}" for value in layer.weights["bias"][: len(layer.terms)].tolist()]
        if layer.terms[0][0].factor is not None:
            factors = layer.factors()
            found["factors"] = {**_packed(factors), "texts": [f"{value:.4g}" for value in factors.tolist()]}
        if layer.has_rest:
            found["more"] = [number(len(terms) - MOST_TERMS) for terms in layer.terms]
            found["rest"] = " ".join(_rests(layer, source, step))
        if layer.node.layer and layer.node.layer.prepares_kernel:
            found["note"] = self._texts.id(AS_USED)
        return found


def _packed(values: Array) -> dict[str, str]:
    kind, data = packed_numbers(values)
    return {"type": kind, "data": base64.b64encode(data).decode("ascii")}


def _pool(layer: SteppedLayer, source: Array, step: float) -> dict[str, Any]:
    """How the value of each window is worked out: as texts, in which `#` stands for a number of the window."""
    ways: dict[str, int] = {}
    chosen, numbers = [], []
    for window in layer.taken_apart(source):
        (part,) = window.parts

        def shown(value: float) -> str:
            numbers.append(formatter([value], step)(value))
            return "#"

        way = layer.tracing.worked_out(part.patch[part.is_inside].tolist(), window.divisor, shown)
        chosen.append(ways.setdefault(way, len(ways)))
    return {
        "counted": [list(layer.tracing.counted(axis)) for axis in range(len(layer.taps))],
        "ways": list(ways),
        "way": chosen if len(ways) > 1 else None,
        "numbers": " ".join(numbers),
    }


def _rests(layer: SteppedLayer, source: Array, step: float) -> Iterator[str]:
    """For each window, what the input channels that are not shown add up to."""
    every = layer.sums(source)
    for terms in layer.terms:
        factors = [1.0 if term.factor is None else term.factor for term in terms]
        for sums in islice(every, layer.windows):
            added = list(map(mul, sums, factors))
            form = formatter([*sums, *added], step)
            yield form(sum(added[MOST_TERMS:]))
