"""What makes a receptive field larger: more layers, a stride or a pool, a dilation.

Every change is made to a copy of the graph, whose fields, parameters and multiply-adds are then calculated like those
of any model: what is reported about a change is its actual effect.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from functools import cached_property, partial
from math import ceil
from typing import TYPE_CHECKING

from cnncalc.analysis.counts import Counts
from cnncalc.analysis.field_coverage import ancestors
from cnncalc.analysis.receptive_field import Field, fields_of, receptive_fields
from cnncalc.graph import Node
from cnncalc.graph.rebuild import Change
from cnncalc.layers import layer_class
from cnncalc.named_tuple import NamedTuple
from cnncalc.settings.setting import Reading
from cnncalc.settings.shape import Padding, Shape
from cnncalc.settings.types import split_same
from cnncalc.whatif._changes import changed

if TYPE_CHECKING:
    from cnncalc.analysis.results import Analysis
    from cnncalc.layers.base import Layer
    from cnncalc.layers.window import SlidingWindow

MAX_LAYERS = 1000
"""More layers, or a wider dilation, than this are not proposed."""
MAX_TRIES = 8
FACTORS = (2, 4, 8)
"""Strides and pools to try."""


class Proposal(NamedTuple):
    """A change that makes the last local field as large as was asked for.

    Attributes:
        way: `layers` (more of them), `stride`, `pool` or `dilation`.
        at: the layer or entry that is changed, or after which layers are inserted.
        amount: how many layers, or per axis the stride, the window or the dilation.
        layer: the layer after the change; one of the new ones.
        size: the last local field after the change, per axis.
        output: the shape of that layer after the change.
        params: how many more parameters the model then has; fewer if negative.
        macs: the same of its multiply-adds.
        more: how many layers are also added after the pool, and one of them.
    """

    way: str
    at: str
    amount: tuple[int, ...]
    layer: Layer
    size: tuple[int, ...]
    output: Shape
    params: int
    macs: int
    more: tuple[int, Layer] | None = None


class Refusal(NamedTuple):
    """A way that does not reach the goal: `layers`, `coarser` (a stride or a pool) or `dilation`.

    Attributes:
        why: `no convolution` can be repeated or dilated; it takes `too many` layers, or too large a dilation; there is
        `no place` for a stride or a pool.
    """

    way: str
    why: str


def reaches(size: tuple[int | None, ...], goal: tuple[int, ...]) -> bool:
    """Whether a field is at least so large; None is all of an axis."""
    return all(has is None or has >= wanted for has, wanted in zip(size, goal, strict=True))


def _size(field: Field) -> tuple[int, ...]:
    """The size of a plain field."""
    return tuple(size for size in field.size if size is not None)


def _stride(field: Field) -> tuple[Fraction, ...]:
    """The stride of a plain field."""
    return tuple(stride for stride in field.stride if stride is not None)


class Trial:
    """Tries changes on a model whose layer `end` has a field in `source` that is smaller than `goal`.

    What counts is the end of that layer's entry: new layers go after its norm and activation.
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
        self.fields = fields_of(analysis)
        self.size = _size(self._field(self.end))
        self.is_short = [has < wanted for has, wanted in zip(self.size, goal, strict=True)]
        shared = {node.shares for node in self.graph.nodes if node.shares}
        self.is_shared = {node for node in self.graph.nodes if node.shares or node in shared}
        # the outermost entry that ends in a layer, whose name describes the place after it best
        self.names: dict[Node, str] = {}
        self.parts: dict[Node, list[Node]] = {}
        for entry in self.graph.walk():
            self.names.setdefault(entry.end, entry.name)
            self.parts.update((node, entry.nodes) for node in entry.nodes)

    def _field(self, node: Node) -> Field:
        return self.fields[node][self.source.name]

    def _is_local(self, node: Node) -> bool:
        field = self.fields[node].get(self.source.name)
        if field is None or not field.is_plain:
            return False
        # where all units along an axis see the same, nothing after them sees more
        return all(j for j, is_short in zip(_stride(field), self.is_short, strict=True) if is_short)

    def ways(self) -> tuple[list[Proposal], list[Refusal]]:
        """One change of each kind that reaches the goal, or why there is none."""
        layers = self.more_layers()
        most = layers.amount[0] if layers else MAX_LAYERS
        found = {"layers": layers, "coarser": self.coarser() or self.pool_and_layers(most), "dilation": self.dilated()}
        why = {"layers": "too many", "coarser": "no place", "dilation": "too many"}
        if not self._convolutions():
            why.update(dict.fromkeys(("layers", "dilation"), "no convolution"))
        elif all(node in self.is_shared for node in self._convolutions()):
            why["dilation"] = "no convolution"
        proposals = [proposal for proposal in found.values() if proposal]
        return proposals, [Refusal(way, why[way]) for way, proposal in found.items() if not proposal]

    def _is_enough(self, found: Proposal) -> bool:
        return reaches(found.size, self.goal)

    def _convolutions(self) -> list[Node]:
        """The convolutions that can widen the field along every axis where it is too small, the last first."""
        return [
            node
            for node in reversed(self.above)
            if _is_convolution(node)
            and self._is_local(node)
            and self._is_local(node.source)
            and all(k > 1 for k, is_short in zip(_window(node).kernel, self.is_short, strict=True) if is_short)
        ]

    def outcome(self, way: str, at: str, amount: tuple[int, ...], layer: Layer, change: Change) -> Proposal | None:
        """The result of a change, enough or not; None if the model no longer fits together."""
        new = changed(self.graph, change, self.convention)
        if new is None:
            return None
        end = new.ends[self.end]
        field = receptive_fields(new.graph, self.fields)[end].get(self.source.name)
        if field is None or not field.is_plain:
            return None
        trained, statistics, macs = map(sum, zip(*map(Counts(self.convention).of, new.graph.nodes), strict=True))
        totals = self.analysis.totals
        return Proposal(
            way,
            at,
            amount,
            layer,
            _size(field),
            end.output,
            # what is unknown is in both
            int(trained + statistics) - int(totals.params),
            int(macs) - int(totals.macs),
        )

    def _least(self, start: int, step: Fraction, attempt: Callable[[int], Proposal | None]) -> Proposal | None:
        """The proposal with the least sufficient amount, starting from a guess; `step` is what one more adds."""
        amount = start
        for _ in range(MAX_TRIES):
            if not 1 <= amount <= MAX_LAYERS:
                return None
            found = attempt(amount)
            if found is None:
                return None
            if self._is_enough(found):
                break
            missing = max(wanted - has for has, wanted in zip(found.size, self.goal, strict=True))
            amount += max(ceil(missing / step), 1)
        else:
            return None
        while amount > 1 and (less := attempt(amount - 1)) and self._is_enough(less):
            amount, found = amount - 1, less
        return found

    def _missing(self, gains: Sequence[Fraction]) -> int:
        """How many times these gains, per axis, fit into what is missing, rounded up."""
        axes = zip(self.size, self.goal, gains, strict=True)
        return max(ceil((wanted - has) / gain) for has, wanted, gain in axes if wanted > has)

    # more layers

    def more_layers(self) -> Proposal | None:
        """Layers like the last convolution, directly after it, with padding that keeps the size."""
        node = next(iter(self._convolutions()), None)
        if node is None:
            return None
        behind = self.parts[node][-1]
        one = self._another(node, behind.output.channels)

        def attempt(n: int) -> Proposal | None:
            return self.outcome("layers", node.name, (n,), one[0][1], Change(inserted={behind: one * n}))

        return self._least(self._missing(self._gains(node, behind)), self._gain(node, behind), attempt)

    def _another(self, node: Node, channels: int) -> list[tuple[str, Layer]]:
        """A layer like this one that keeps size and channels, with its norm and activation."""
        after = [(each.kind, each.layer) for each in self.parts[node][1:] if each.layer]
        return [(node.kind, _copy(node, channels)), *after]

    def _gains(self, node: Node, behind: Node) -> list[Fraction]:
        """What one layer like `node` adds to the field, per axis, after another one."""
        reaches = (span - 1 for span in _window(node).spans)
        return [reach * j for reach, j in zip(reaches, _stride(self._field(behind)), strict=True)]

    def _gain(self, node: Node, behind: Node, factor: int = 1) -> Fraction:
        """The smallest of these along the axes where the field is too small, on a grid coarser by a factor."""
        gains = zip(self._gains(node, behind), self.is_short, strict=True)
        return min(gain for gain, is_short in gains if is_short) * factor

    # stride and pools

    def coarser(self) -> Proposal | None:
        """A stride or a pool at one place of the trunk, as late as is sufficient."""
        for factor in FACTORS:
            tries = 0
            for guess, attempt in self._coarser_places(factor):
                if reaches(guess, self.goal) and tries < MAX_TRIES:
                    tries += 1
                    found = attempt()
                    if found and self._is_enough(found):
                        return found
        return None

    def pool_and_layers(self, fewer_than: int) -> Proposal | None:
        """A pool, as late as it fits, and after it layers like the last convolution: each then sees further."""
        node = next(iter(self._convolutions()), None)
        places = [place for place in reversed(self._trunk()) if place in self.names][:MAX_TRIES]
        if node is None:
            return None
        for factor in FACTORS:
            for place in places:
                attempt = partial(self._pooled, place, factor, node)
                found = self._least(1, self._gain(node, place, factor), attempt)
                if found and found.more and found.more[0] < fewer_than:
                    return found
        return None

    def _coarser_places(self, factor: int) -> Iterator[tuple[tuple[int, ...], Callable[[], Proposal | None]]]:
        """Places for a stride or pool, the last first: how large the field should become, and the change itself."""
        for node in reversed(self._trunk()):
            field = self._field(node)
            rest = [whole - here for whole, here in zip(self.size, _size(field), strict=True)]
            if node in self.names:
                guess = tuple(
                    ceil(here + (factor - 1) * j + factor * more)
                    for here, j, more in zip(_size(field), _stride(field), rest, strict=True)
                )
                yield guess, partial(self._pooled, node, factor, None, 0)
            if _is_convolution(node) and node not in self.is_shared and set(_window(node).stride) == {1}:
                guess = tuple(here + factor * more for here, more in zip(_size(field), rest, strict=True))
                yield guess, partial(self._strided, node, factor)

    def _trunk(self) -> list[Node]:
        """The layers that no path to the end bypasses, so that a coarser grid there does not make branches differ."""
        places = {node: index for index, node in enumerate(self.above)}
        trunk, farthest = [], 0
        for index, node in enumerate(self.above):
            if farthest <= index and self._is_local(node):
                trunk.append(node)
            readers = [places[each] for each in self._readers.get(node, ()) if each in places]
            farthest = max([farthest, *readers])
        return trunk

    @cached_property
    def _readers(self) -> dict[Node, list[Node]]:
        """Who reads each layer."""
        found: dict[Node, list[Node]] = {}
        for node in self.graph.nodes:
            for source in node.inputs:
                found.setdefault(source, []).append(node)
        return found

    def _pooled(self, node: Node, factor: int, like: Node | None, n: int) -> Proposal | None:
        """A pool after a layer, and after it n layers like another one."""
        sizes = tuple(factor if is_short else 1 for is_short in self.is_short)
        at = Reading(self.convention, shape=node.output)
        pool = layer_class("max_pool").with_defaults(at, window=sizes)
        more = self._another(like, node.output.channels) if like else []
        change = Change(inserted={node: [("max_pool", pool), *(more * n)]})
        found = self.outcome("pool", self.names[node], sizes, pool, change)
        return found._replace(more=(n, more[0][1])) if found and n else found

    def _strided(self, node: Node, factor: int) -> Proposal | None:
        assert node.layer is not None
        if self.convention == "pytorch" and _window(node).padding.rule == "same":
            return None  # PyTorch has `same` only for stride 1
        stride = (factor,) * len(node.output.spatial)
        layer = node.layer.with_settings(stride=stride)
        return self.outcome("stride", node.name, stride, layer, Change(replaced={node: layer}))

    # dilation

    def dilated(self) -> Proposal | None:
        """A dilation of the convolution that needs the least, with its padding increased so that all sizes stay the
        same."""
        ranked = []
        for rank, node in enumerate(self._convolutions()):
            if node not in self.is_shared:
                window = _window(node)
                steps = _stride(self._field(node.source))
                gains = [(k - 1) * j for k, j in zip(window.kernel, steps, strict=True)]
                ranked.append((max(window.dilation) + self._missing(gains), rank, node, gains))
        for start, _, node, gains in sorted(ranked, key=lambda each: each[:2])[:MAX_TRIES]:
            found = self._least(start, min(gain for gain in gains if gain), partial(self._dilated, node))
            if found:
                return found
        return None

    def _dilated(self, node: Node, d: int) -> Proposal | None:
        layer, window = node.layer, _window(node)
        assert layer is not None
        axes = list(zip(window.kernel, window.dilation, self.is_short, strict=True))
        dilation = tuple(max(d, old) if is_short else old for _, old, is_short in axes)
        more = [(new - old) * (k - 1) for new, (k, old, _) in zip(dilation, axes, strict=True)]
        changed = layer.with_settings(dilation=dilation, padding=_grown(window.padding, more))
        return self.outcome("dilation", node.name, dilation, changed, Change(replaced={node: changed}))


def _is_convolution(node: Node) -> bool:
    return bool(node.layer and node.layer.kernel_array and node.layer.sliding_window)


def _window(node: Node) -> SlidingWindow:
    """The kernel of a convolution, as it moves over its input."""
    window = node.layer.sliding_window if node.layer else None
    assert window is not None
    return window


def _copy(node: Node, channels: int) -> Layer:
    """A convolution with the same window that keeps the size and the channels of its input."""
    assert node.layer is not None
    window = _window(node)
    spare = [span - 1 for span in window.spans]
    none = Padding.by(window.padding.rule, ((0, 0),) * len(spare))
    return node.layer.keeping(channels).with_settings(stride=(1,) * len(spare), padding=_grown(none, spare))


def _grown(padding: Padding, more: Sequence[int]) -> Padding:
    """A padding with this many more positions, per axis, on both sides together."""
    if padding.rule == "causal":
        return Padding.by("causal", tuple((b + extra, a) for (b, a), extra in zip(padding, more, strict=True)))
    pairs = zip(padding, map(split_same, more), strict=True)
    return Padding.by(padding.rule, tuple((b + first, a + last) for (b, a), (first, last) in pairs))
