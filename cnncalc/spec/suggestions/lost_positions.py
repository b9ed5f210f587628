"""Branches of nearly the same size: which stride lost a row on the way, and how to make the branches fit.

A stride that does not divide its input rounds, and no factor on the way back knows how: a pool turns 25 rows into 12,
and an upsampling turns these into 24. Every solution is tried before it is offered, on a copy of the layers if needed.
"""

from __future__ import annotations

from collections.abc import Iterator, KeysView, Sequence

from cnncalc import formulas
from cnncalc.graph import Graph, Node, Rules
from cnncalc.graph.rebuild import Change, DoesNotFit, checked, padded_again, rebuilt
from cnncalc.layers.base import Layer
from cnncalc.named_tuple import NamedTuple
from cnncalc.settings.shape import Padding, Shape
from cnncalc.settings.types import STEPS, PaddingType

_MOST_LAYERS = 500
"""Larger models are not tried with changes."""
_FARTHEST = 64
"""Inputs with up to this many rows more or fewer are tried."""
_LINES = {1: ("position",), 2: ("row", "column"), 3: ("plane", "row", "column")}


class BranchEnd(NamedTuple):
    """What a branch ends in.

    Attributes:
        number: which branch it is, from 1.
        name: how an entry there would name the layer, "" where it cannot.
        has_entries: whether entries are written in it, so that another can be added.
    """

    number: int
    node: Node
    name: str
    has_entries: bool


class Ends(NamedTuple):
    """Two branches of a merge that are apart by a few positions, and the rules of the model."""

    small: BranchEnd
    large: BranchEnd
    order: Sequence[Node]
    """All layers so far, each after the ones it reads."""
    convention: str
    layout: str

    @property
    def missing(self) -> tuple[int, ...]:
        """How many positions the smaller one lacks, per axis."""
        sizes = zip(self.small.node.output.spatial, self.large.node.output.spatial, strict=True)
        return tuple(large - small for small, large in sizes)


def ways_together(ends: Ends) -> tuple[str, ...]:
    """What happened to two branches that a stride made different, and what to do; nothing if none did."""
    if min(ends.missing) < 0:
        return ()
    own, others = _ancestors(ends.small.node), _ancestors(ends.large.node)
    axes = [axis for axis, more in enumerate(ends.missing) if more]
    since = [node for node in ends.order if node in own ^ others]
    lossy = [node for node in since if any(_lost(node, axis) for axis in axes)]
    if not lossy or max(ends.missing) >= formulas.product([max(_strides(node)) for node in since]):
        return ()  # something else keeps them apart
    return (*map(_what_happened, lossy), *_ways(ends, [*(own | others)], lossy))


# -- what happened


def _ancestors(node: Node) -> KeysView[Node]:
    found: dict[Node, None] = {}
    pending = [node]
    while pending:
        each = pending.pop()
        if each not in found:
            found[each] = None
            pending += [*each.inputs, *([each.like] if each.like else [])]
    return found.keys()


def _strides(node: Node) -> tuple[int, ...]:
    window = node.layer.sliding_window if node.layer else None
    return window.stride if window else (1,)


def _lost(node: Node, axis: int) -> int:
    """How many positions the stride of a layer left out along an axis; below 0 where it rounded up."""
    strides = _strides(node)
    if axis >= len(strides) or strides[axis] == 1:
        return 0
    return node.x.spatial[axis] - node.output.spatial[axis] * strides[axis]


def _what_happened(node: Node) -> str:
    window = node.layer.sliding_window if node.layer else None
    assert window is not None
    rank, x = len(node.output.spatial), node.x.spatial
    before, after = ("×".join(map(str, each)) for each in (x, node.output.spatial))
    lines = [word if n == 1 else f"{n} {word}s" for n, word in zip(window.dropped(x), _LINES[rank], strict=True) if n]
    if lines:
        did = f"its stride of {STEPS.show(window.stride)} drops the last {' and '.join(lines)}"
    elif any(_lost(node, axis) < 0 for axis in range(rank)):
        did = f"its stride of {STEPS.show(window.stride)} rounds up"
    else:
        size, stride = "×".join(map(str, window.kernel)), STEPS.show(window.stride)
        did = f"its {window.setting} of {size} with a stride of {stride} fits no more often"
    return f"`{node.name}` turns {before} into {after}: {did}"


# -- what to do


def _ways(ends: Ends, nodes: list[Node], lossy: list[Node]) -> Iterator[str]:
    amounts = PaddingType(words=()).show(Padding((0, more) for more in ends.missing))
    yield f"pad the smaller one: {_ended(ends.small, f'pad: {amounts}')}"
    yield f"or crop the larger one: {_ended(ends.large, f'crop: {amounts}')}"
    if len(nodes) > _MOST_LAYERS:
        return
    grown = _last_that_resizes(ends.small.node)
    if grown and grown.layer and "output_padding" in grown.layer.settings:
        yield from _more_output(grown, grown.layer, ends)
    elif grown and grown.layer and "factor" in grown.layer.settings and ends.large.name:
        yield f"or replace `{grown.name}` with `{{resize: {{like: {ends.large.name}}}}}`"
    for node in lossy:
        layer = node.layer
        if layer and "rounding" in layer.settings:
            change = Change(replaced={node: layer.with_settings(rounding="ceil")})
            if _fits(ends, nodes, change):
                yield f"or give `{node.name}` the setting `rounding: ceil`"
    if inputs := _other_inputs(ends, nodes):
        yield f"or choose an input that the strides divide: {' or '.join(inputs)}"


def _ended(end: BranchEnd, entry: str) -> str:
    if end.has_entries or not end.name:
        return f"end branch {end.number} with `{{{entry}}}`"
    return f"write `{{{entry}, from: {end.name}}}` for branch {end.number}"


def _last_that_resizes(node: Node) -> Node | None:
    """The last layer of a branch that changed the positions."""
    while node.inputs and node.output.spatial == node.x.spatial:
        node = node.source
    return node if node.inputs else None


def _more_output(node: Node, layer: Layer, ends: Ends) -> Iterator[str]:
    """An output padding that adds what is missing, if the layer allows it."""
    if vars(layer)["padding"].rule == "same":
        return  # of Keras, whose cut depends on it
    extra = vars(layer).get("output_padding") or (0,) * len(ends.missing)
    amounts = tuple(own + more for own, more in zip(extra, ends.missing, strict=True))
    fitted, x = layer.with_settings(output_padding=amounts), node.x
    if not any(fitted.problems(x)) and fitted.output_shape(x).spatial == ends.large.node.output.spatial:
        yield f"or give `{node.name}` an `output_padding: {STEPS.show(amounts).replace('×', 'x')}`"


def _fits(ends: Ends, nodes: list[Node], change: Change, axes: Sequence[int] = ()) -> bool:
    """Whether the branches end in the same positions where something is changed, and no stride rounds along `axes`."""
    inputs = [node for node in nodes if node.layer is None]
    wanted = set(nodes)
    layers = [node for node in ends.order if node in wanted and node.layer is not None]

    def fit(kind: str, layer: Layer, shapes: Sequence[Shape], rules: Rules | None) -> Layer:
        return checked(kind, padded_again(layer, shapes[0], rules.convention if rules else ends.convention), shapes)

    try:
        new = rebuilt(Graph(inputs, layers, [], {}, []), change, fit)
    except DoesNotFit:
        return False
    rounds = any(_lost(node, axis) for node in new.graph.nodes for axis in axes)
    return not rounds and new.ends[ends.small.node].output.spatial == new.ends[ends.large.node].output.spatial


def _other_inputs(ends: Ends, nodes: list[Node]) -> list[str]:
    """The nearest smaller and the nearest larger input that all strides divide, so that later merges fit too."""
    inputs = [node for node in nodes if node.layer is None]
    if len(inputs) != 1 or len(inputs[0].output.spatial) != len(ends.missing):
        return []
    axes = [axis for axis, more in enumerate(ends.missing) if more]
    found = []
    for sign in (-1, 1):
        for distance in range(1, _FARTHEST + 1):
            shape = _moved(inputs[0].output, ends.missing, sign * distance)
            if min(shape.spatial) > 0 and _fits(ends, nodes, Change(inputs={inputs[0]: shape}), axes):
                found.append(f"{shape.text(ends.layout).replace('×', 'x')}")
                break
    return found


def _moved(shape: Shape, axes: tuple[int, ...], by: int) -> Shape:
    """A shape with more or fewer positions along the axes that are not 0."""
    return Shape(tuple(n + by if axis else n for n, axis in zip(shape.spatial, axes, strict=True)), shape.channels)
