"""How a receptive field gets to cover the input, and how branches get aligned: changes that were tried out.

Every change is made to a copy of the graph, whose fields, parameters and multiply-adds are then worked out like those
of any model: what is said about it is what it does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import partial
from math import ceil
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from cnncalc import rules
from cnncalc.analysis.coverage import Misalignment, ancestors, distances, extent, last_local, origin
from cnncalc.analysis.receptive_field import Field, receptive_fields
from cnncalc.analysis.summary import counts
from cnncalc.graph import Graph, Node, misfits, place, place_merge
from cnncalc.layers import layer_class
from cnncalc.layers.merge import Merge
from cnncalc.spec.settings import Padding, Shape
from cnncalc.spec.types import split_same

if TYPE_CHECKING:
    from cnncalc.analysis.numbers import Analysis, LayerNumbers
    from cnncalc.layers.base import Layer

CONVOLUTIONS = frozenset({"conv", "depthwise_conv", "separable_conv"})
MAX_LAYERS = 1000
"""More layers, or a wider dilation, than this are not proposed."""
MAX_TRIES = 8
FACTORS = (2, 4, 8)
"""Strides and pools to try."""


class Proposal(NamedTuple):
    """A change that makes the last local field larger.

    Attributes:
        way: `layers` (more of them), `stride`, `pool` or `dilation`.
        at: the layer or entry that is changed, or behind which layers are put.
        amount: how many layers, the stride, the window, or the dilation, an axis.
        layer: the layer as it is then; one of the new ones.
        size: the last local field then, an axis.
        output: the shape of that layer then.
        params: how many more parameters the model has then; fewer where negative.
        macs: the same of its multiply-adds.
        is_enough: whether the field is then as large as was asked for.
    """

    way: str
    at: str
    amount: tuple[int, ...]
    layer: Layer
    size: tuple[int, ...]
    output: Shape
    params: int
    macs: int
    is_enough: bool


class Answer(NamedTuple):
    """Whether the last local field is as large as an input of the model, or as was asked for.

    Attributes:
        layer: the layer that made the last local field; None where every layer that sees the input sees all of it.
        goal: the size asked for, an axis.
        is_end: whether the model returns that layer, so that no layer after it sees everything.
        proposals: where it is not, ways to get there, at most one of each kind.
    """

    input: Node
    layer: LayerNumbers | None
    goal: tuple[int, ...]
    is_covered: bool
    is_end: bool = False
    proposals: tuple[Proposal, ...] = ()


class Alignment(NamedTuple):
    """A padding that lines two branches up: of which layer, the setting's name, and its value."""

    at: str
    setting: str
    padding: Padding


class _Change(NamedTuple):
    """Layers in the place of others, and layers put behind others."""

    replaced: Mapping[Node, Layer] = {}
    inserted: Mapping[Node, Sequence[tuple[str, Layer]]] = {}


def answers(analysis: Analysis, cover: tuple[int, ...] | None = None) -> list[Answer]:
    """The answer for each input with positions (or ids) that some layer sees; `cover` in the place of its size."""
    return [_answer(analysis, source, cover) for source in analysis.spec.graph.inputs]


def _answer(analysis: Analysis, source: Node, cover: tuple[int, ...] | None) -> Answer:
    sizes = extent(source)
    goal = sizes if cover is None else cover * len(sizes) if len(cover) == 1 else cover
    layer = last_local(analysis, source)
    if layer is None:
        return Answer(source, None, goal, True)
    is_end = layer.node in analysis.spec.graph.output_nodes
    layer = origin(analysis, layer, source)
    if _reaches(layer.fields[source.name].size, goal):
        return Answer(source, layer, goal, True, is_end)
    trial = _Trial(analysis, source, layer.node, goal)
    found = (trial.more_layers(), trial.coarser(), trial.dilated())
    return Answer(source, layer, goal, False, is_end, tuple(each for each in found if each))


def _reaches(size: tuple[int, ...], goal: tuple[int, ...]) -> bool:
    return all(has >= wanted for has, wanted in zip(size, goal, strict=True))


# -- a changed copy of a graph


def _changed(graph: Graph, change: _Change, convention: str) -> dict[Node, Node] | None:
    """The layers of the changed graph by those of the first, each with what is put behind it; None if none fits."""
    ends: dict[Node, Node] = {node: node for node in graph.inputs}
    own: dict[Node, Node] = {}
    for node in graph.nodes:
        assert node.layer is not None
        layer = change.replaced.get(node, node.layer)
        new = _placed(node, layer, tuple(ends[source] for source in node.inputs), convention)
        if new is None:
            return None
        new.shares = own.get(node.shares) if node.shares else None
        own[node] = new
        for kind, added in change.inserted.get(node, ()):
            if next(misfits(kind, added, new.output), None):
                return None
            new = place("", kind, added, new)
        ends[node] = new
    return ends


def _placed(node: Node, layer: Layer, sources: tuple[Node, ...], convention: str) -> Node | None:
    if isinstance(layer, Merge):
        shapes = [source.output for source in sources]
        if next(layer.merge_problems(shapes, [source.name for source in sources], "channels_last"), None):
            return None
        return place_merge(node.name, node.kind, layer, sources)
    layer = _padded_again(layer, sources[0].output, convention)
    if next(misfits(node.kind, layer, sources[0].output), None):
        return None
    return place(node.name, node.kind, layer, sources[0])


def _padded_again(layer: Layer, x: Shape, convention: str) -> Layer:
    """The layer with the zeros that `same` stands for on this input: under `keras` they depend on its size."""
    padding = getattr(layer, "padding", None)
    if convention != "keras" or padding is None or padding.rule != "same" or layer.is_transposed:
        return layer
    window, dilation = _window(layer)
    axes = zip(x.spatial, window, layer.stride, dilation, strict=True)  # type: ignore[attr-defined]
    return _with(layer, padding=Padding.by("same", tuple(split_same(rules.same_padding(*axis)) for axis in axes)))


def _window(layer: Any) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The window of a convolution or pool, and its dilation."""
    window = layer.kernel if hasattr(layer, "kernel") else layer.window
    return window, getattr(layer, "dilation", (1,) * len(window))


def _with(layer: Layer, **settings: Any) -> Layer:
    """The same layer under other settings."""
    return type(layer)({**vars(layer), **settings})


# -- what makes a field larger


class _Trial:
    """Tries changes on a model whose layer `end` has a field in `source` that is smaller than `goal`.

    What is watched is the end of that layer's entry: new layers go behind its norm and activation.
    """

    def __init__(self, analysis: Analysis, source: Node, end: Node, goal: tuple[int, ...]) -> None:
        self.analysis = analysis
        self.graph = analysis.spec.graph
        self.convention = analysis.spec.convention
        self.source = source
        self.end = next((entry.nodes[-1] for entry in self.graph.walk() if end in entry.nodes), end)
        self.goal = goal
        above = ancestors([self.end])
        self.above = [node for node in self.graph.nodes if node in above]
        self.fields = {layer.node: layer.fields for layer in analysis.layers}
        self.size = self._field(self.end).size
        shared = {node.shares for node in self.graph.nodes if node.shares}
        self.is_shared = {node for node in self.graph.nodes if node.shares or node in shared}
        # the outermost entry that ends in a layer, by which people know the place behind it
        self.names: dict[Node, str] = {}
        self.parts: dict[Node, list[Node]] = {}
        for entry in self.graph.walk():
            self.names.setdefault(entry.end, entry.name)
            self.parts.update((node, entry.nodes) for node in entry.nodes)

    def _field(self, node: Node) -> Field:
        if node.layer is None:
            return receptive_fields(Graph([node], [], [], {}, []))[node][node.name]
        return self.fields[node][self.source.name]

    def _is_local(self, node: Node) -> bool:
        if node.layer is None:
            return node is self.source
        field = self.fields[node].get(self.source.name)
        return field is not None and field.status == "local"

    def _convolutions(self) -> list[Node]:
        """Those that can widen the field along every axis where it is too small, the last first."""
        short = [has < wanted for has, wanted in zip(self.size, self.goal, strict=True)]
        return [
            node
            for node in reversed(self.above)
            if node.kind in CONVOLUTIONS
            and self._is_local(node)
            and self._is_local(node.inputs[0])
            and all(k > 1 for k, is_short in zip(_window(node.layer)[0], short, strict=True) if is_short)
        ]

    def outcome(self, way: str, at: str, amount: tuple[int, ...], layer: Layer, change: _Change) -> Proposal | None:
        """What a change comes to; None where the model does not fit together any more."""
        ends = _changed(self.graph, change, self.convention)
        if ends is None:
            return None
        nodes = list(dict.fromkeys(each for end in ends.values() for each in _chain(end)))
        fields = receptive_fields(Graph(self.graph.inputs, nodes, [], {}, []))
        field = fields[ends[self.end]].get(self.source.name)
        if field is None or field.status != "local":
            return None
        trained, statistics, macs = map(sum, zip(*(counts(node, self.convention) for node in nodes), strict=True))
        totals = self.analysis.totals
        return Proposal(
            way,
            at,
            amount,
            layer,
            field.size,
            ends[self.end].output,
            trained + statistics - totals.params,
            macs - totals.macs,
            _reaches(field.size, self.goal),
        )

    def _least(self, start: int, step: Fraction, attempt: Callable[[int], Proposal | None]) -> Proposal | None:
        """The proposal with the least amount that is enough, from a first guess; `step` is what one more adds."""
        amount = start
        for _ in range(MAX_TRIES):
            if not 1 <= amount <= MAX_LAYERS:
                return None
            found = attempt(amount)
            if found is None:
                return None
            if found.is_enough:
                break
            missing = max(wanted - has for has, wanted in zip(found.size, self.goal, strict=True))
            amount += max(ceil(missing / step), 1)
        else:
            return None
        while amount > 1 and (less := attempt(amount - 1)) and less.is_enough:
            amount, found = amount - 1, less
        return found

    def _missing(self, gains: Sequence[Fraction]) -> int:
        """How often these gains, an axis, fit into what is missing, rounded up."""
        axes = zip(self.size, self.goal, gains, strict=True)
        return max(ceil((wanted - has) / gain) for has, wanted, gain in axes if wanted > has)

    # more layers

    def more_layers(self) -> Proposal | None:
        """Layers like the last convolution, right behind it, with padding that keeps the size."""
        node = next(iter(self._convolutions()), None)
        if node is None:
            return None
        behind = self.parts[node][-1]
        copy = _copy(node.layer, behind.output.channels)
        window, dilation = _window(copy)
        strides = self._field(behind).stride
        gains = [d * (k - 1) * j for k, d, j in zip(window, dilation, strides, strict=True)]
        one = [(node.kind, copy), *((each.kind, each.layer) for each in self.parts[node][1:] if each.layer)]

        def attempt(n: int) -> Proposal | None:
            return self.outcome("layers", node.name, (n,), copy, _Change(inserted={behind: one * n}))

        return self._least(self._missing(gains), min(gain for gain in gains if gain), attempt)

    # stride and pools

    def coarser(self) -> Proposal | None:
        """A stride or a pool at one place of the trunk, as late as is enough; or else the one that does the most."""
        for factor in FACTORS:
            tries = 0
            for guess, attempt in self._coarser_places(factor):
                if _reaches(guess, self.goal) and tries < MAX_TRIES:
                    tries += 1
                    found = attempt()
                    if found and found.is_enough:
                        return found
        places = sorted(self._coarser_places(FACTORS[0]), key=itemgetter(0), reverse=True)[:MAX_TRIES]
        tried = [found for _, attempt in places if (found := attempt()) and found.size > self.size]
        return max(tried, key=lambda found: found.size, default=None)

    def _coarser_places(self, factor: int) -> Iterator[tuple[tuple[int, ...], Callable[[], Proposal | None]]]:
        """Places for a stride or pool, the last first: how large the field should become, and the change itself."""
        for node in reversed(self._trunk()):
            field = self._field(node)
            rest = [whole - here for whole, here in zip(self.size, field.size, strict=True)]
            if node in self.names:
                guess = tuple(
                    ceil(here + (factor - 1) * j + factor * more)
                    for here, j, more in zip(field.size, field.stride, rest, strict=True)
                )
                yield guess, partial(self._pooled, node, factor)
            if node.kind in CONVOLUTIONS and node not in self.is_shared and set(node.layer.stride) == {1}:  # type: ignore[union-attr]
                guess = tuple(here + factor * more for here, more in zip(field.size, rest, strict=True))
                yield guess, partial(self._strided, node, factor)

    def _trunk(self) -> list[Node]:
        """The layers past which nothing leads to the end, so that a coarser grid there makes no branches differ."""
        places = {node: index for index, node in enumerate(self.above)}
        trunk, farthest = [], 0
        for index, node in enumerate(self.above):
            if farthest <= index and self._is_local(node):
                trunk.append(node)
            readers = [places[each] for each in self._readers().get(node, ()) if each in places]
            farthest = max([farthest, *readers])
        return trunk

    def _readers(self) -> dict[Node, list[Node]]:
        if not hasattr(self, "_reader_table"):
            self._reader_table: dict[Node, list[Node]] = {}
            for node in self.graph.nodes:
                for source in node.inputs:
                    self._reader_table.setdefault(source, []).append(node)
        return self._reader_table

    def _pooled(self, node: Node, factor: int) -> Proposal | None:
        sizes = (factor,) * len(node.output.spatial)
        none = Padding((0, 0) for _ in sizes)
        settings = {"window": sizes, "stride": sizes, "padding": none, "dilation": (1,) * len(sizes)}
        pool = layer_class("max_pool")({**settings, "rounding": "floor"})
        change = _Change(inserted={node: [("max_pool", pool)]})
        return self.outcome("pool", self.names[node], sizes, pool, change)

    def _strided(self, node: Node, factor: int) -> Proposal | None:
        assert node.layer is not None
        stride = (factor,) * len(node.output.spatial)
        layer = _with(node.layer, stride=stride)
        return self.outcome("stride", node.name, stride, layer, _Change(replaced={node: layer}))

    # dilation

    def dilated(self) -> Proposal | None:
        """A dilation of the convolution that needs the least, its padding grown so that all sizes stay."""
        ranked = []
        for rank, node in enumerate(self._convolutions()):
            if node not in self.is_shared:
                window, dilation = _window(node.layer)
                steps = self._field(node.inputs[0]).stride
                gains = [(k - 1) * j for k, j in zip(window, steps, strict=True)]
                ranked.append((max(dilation) + self._missing(gains), rank, node, gains))
        for start, _, node, gains in sorted(ranked, key=lambda each: each[:2])[:MAX_TRIES]:
            found = self._least(start, min(gain for gain in gains if gain), partial(self._dilated, node))
            if found:
                return found
        return None

    def _dilated(self, node: Node, d: int) -> Proposal | None:
        layer = node.layer
        assert layer is not None
        window, before = _window(layer)
        short = [has < wanted for has, wanted in zip(self.size, self.goal, strict=True)]
        dilation = tuple(max(d, old) if is_short else old for old, is_short in zip(before, short, strict=True))
        more = [(new - old) * (k - 1) for new, old, k in zip(dilation, before, window, strict=True)]
        changed = _with(layer, dilation=dilation, padding=_grown(layer.padding, more))  # type: ignore[attr-defined]
        return self.outcome("dilation", node.name, dilation, changed, _Change(replaced={node: changed}))


def _chain(end: Node) -> Iterator[Node]:
    """A layer of a changed graph, after those put in before it that have no layer of the first graph."""
    inserted = []
    while not end.name and end.layer:
        inserted.append(end)
        end = end.inputs[0]
    if end.layer:
        yield end
    yield from reversed(inserted)


def _copy(layer: Any, channels: int) -> Layer:
    """A convolution with the same window that keeps the size and the channels of its input."""
    window, dilation = _window(layer)
    spare = [rules.span(k, d) - 1 for k, d in zip(window, dilation, strict=True)]
    none = Padding.by(layer.padding.rule, ((0, 0),) * len(spare))
    values: dict[str, Any] = {"stride": (1,) * len(window), "padding": _grown(none, spare)}
    if "filters" in layer.settings:
        values["filters"] = channels
    if getattr(layer, "groups", 1) > 1 and channels % layer.groups:
        values["groups"] = 1
    if "multiplier" in layer.settings:
        values["multiplier"] = 1
    return _with(layer, **values)


def _grown(padding: Padding, more: Sequence[int]) -> Padding:
    """A padding with so many more positions, an axis, on both sides together."""
    if padding.rule == "causal":
        return Padding.by("causal", tuple((b + extra, a) for (b, a), extra in zip(padding, more, strict=True)))
    pairs = zip(padding, map(split_same, more), strict=True)
    return Padding.by(padding.rule, tuple((b + first, a + last) for (b, a), (first, last) in pairs))


# -- aligning two branches


def alignment(analysis: Analysis, found: Misalignment) -> Alignment | None:
    """A padding on one of the two branches that lines them up, the model still fitting together; None if none does."""
    shifts = [distances(*axes) for axes in zip(*(field.axes for field in found.fields), strict=True)]
    if any(len(values) > 1 for values in shifts):
        return None
    behind = [next(iter(values)) for values in shifts]
    first, second = (ancestors([node]) for node in found.branches)
    # the second branch's units have to move on by as much as they are behind, or the first one's back
    sides = ((second - first, [-shift for shift in behind]), (first - second, behind))
    for branch, wanted in sides:
        for node in reversed(analysis.spec.graph.nodes):
            if node in branch:
                for fitted in _shifted(analysis, found, node, wanted):
                    return fitted
    return None


def _shifted(analysis: Analysis, found: Misalignment, node: Node, back: Sequence[Fraction]) -> Iterator[Alignment]:
    """Paddings of a layer that move its units back by so many positions of the input, and do align the merge."""
    setting = "amounts" if node.kind in ("pad", "crop") else "padding"
    old = getattr(node.layer, setting, None)
    if old is None or node.layer is None or node.layer.is_transposed:
        return
    numbers = {each.node: each.fields for each in analysis.layers} | receptive_fields(
        Graph(analysis.spec.graph.inputs, [], [], {}, [])
    )
    field = numbers[node.inputs[0]].get(found.input.name)
    if field is None or field.status != "local":
        return
    steps = [shift / j for shift, j in zip(back, field.stride, strict=True)]
    if any(step.denominator != 1 for step in steps):
        return
    moves = [-int(step) if node.kind == "crop" else int(step) for step in steps]
    for keeps_sum in (True, False):
        pairs = [(b + m, a - m if keeps_sum else a) for (b, a), m in zip(old, moves, strict=True)]
        if min(map(min, pairs)) >= 0 and _aligns(analysis, found, node, _with(node.layer, **{setting: Padding(pairs)})):
            yield Alignment(node.name, setting, Padding(pairs))


def _aligns(analysis: Analysis, found: Misalignment, node: Node, layer: Layer) -> bool:
    graph = analysis.spec.graph
    ends = _changed(graph, _Change(replaced={node: layer}), analysis.spec.convention)
    if ends is None:
        return False
    nodes = [ends[each] for each in graph.nodes]
    fields = receptive_fields(Graph(graph.inputs, nodes, [], {}, []))
    one, other = (fields[ends[each]][found.input.name] for each in found.branches)
    return all(distances(*axes) == {Fraction(0)} for axes in zip(one.axes, other.axes, strict=True))
