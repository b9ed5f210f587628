"""Borders of zeros as the padding of the layers that read them, where these calculate the same with it.

Whether they do is asked of the rule that `compare` has for it, so that both models are the same network.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from copy import copy
from typing import Any

from cnncalc.graph import Node
from cnncalc.importing.draft import Draft, DraftInput, DraftLayer, DraftOutput, Source
from cnncalc.layers import layer_class
from cnncalc.layers.canonical import ZEROS, Canonical, canonical
from cnncalc.named_tuple import NamedTuple
from cnncalc.settings.shape import Padding

Nodes = Mapping[DraftLayer, Node]


class BordersInside(NamedTuple):
    """A draft with fewer borders.

    Attributes:
        draft: has layers of its own.
        originals: the layer that each of these is a copy of.
    """

    draft: Draft
    originals: Mapping[DraftLayer, DraftLayer]


def with_borders_inside(draft: Draft, nodes: Nodes, order: str) -> BordersInside | None:
    """The same model with each border in the layer that reads it, if nothing else does; None if there is none.

    Args:
        nodes: the layers as they are computed.
        order: of sizes, in which values are flattened.
    """
    times = _times_read(draft)
    changes: dict[DraftLayer, Mapping[str, Any]] = {}
    for layer in draft.layers:
        border = layer.inputs[0] if len(layer.inputs) == 1 else None
        if isinstance(border, DraftLayer) and times[border] == 1 and not layer.shares and not times[layer, "weights"]:
            changes[layer] = _with_border(layer, border, nodes, order)
    changes = {layer: settings for layer, settings in changes.items() if settings}
    return _changed(draft, changes) if changes else None


def _times_read(draft: Draft) -> Counter[Any]:
    """How often each output is read, and how often the weights of each layer are shared."""
    times: Counter[Any] = Counter(draft.outputs)
    for layer in draft.layers:
        named = [each for each in layer.settings.values() if isinstance(each, DraftInput | DraftLayer | DraftOutput)]
        times.update((*layer.inputs, *named))
        if layer.shares:
            times[layer.shares, "weights"] += 1
    return times


def _with_border(layer: DraftLayer, border: DraftLayer, nodes: Nodes, order: str) -> dict[str, Any]:
    """The settings with which a layer has a border itself; {} if it cannot have it."""
    if layer.settings.get("padding", "valid") in ("same", "causal"):
        return {}  # which is another number for another size
    steps = _canonical(border, nodes, order).calculations()
    if len(steps) != 1 or steps[0].name != ZEROS:
        return {}
    before = border.inputs[0]
    calculated = _canonical(before, nodes, order).calculations() if isinstance(before, DraftLayer) else ()
    is_positive = bool(calculated) and calculated[-1].is_positive
    amounts = Padding(steps[0].settings["amounts"])
    joined = _canonical(layer, nodes, order).after_zeros(amounts, nodes[border].input_shapes[0], is_positive)
    if joined is None:
        return {}
    own = nodes[layer].layer
    changed = {name: getattr(joined.layer, name) for name in layer_class(layer.kind).settings}
    return {name: value for name, value in changed.items() if value != getattr(own, name)}


def _canonical(layer: DraftLayer, nodes: Nodes, order: str) -> Canonical:
    node = nodes[layer]
    assert node.layer is not None
    alike = tuple(map(node.inputs.index, node.inputs))
    return canonical(node.kind, node.layer, node.input_shapes, node.output, order, alike)


def _changed(draft: Draft, changes: Mapping[DraftLayer, Mapping[str, Any]]) -> BordersInside:
    """A copy in which layers with other settings read what the borders before them read."""
    made: dict[DraftLayer, DraftLayer] = {}

    def twin(source: Any) -> Any:
        if isinstance(source, DraftOutput):
            return DraftOutput(made[source.layer], source.name)
        return made[source] if isinstance(source, DraftLayer) else source

    borders = {layer.inputs[0] for layer in changes}
    for layer in draft.layers:
        if layer in borders:
            continue
        own = made[layer] = copy(layer)
        read: tuple[Source, ...] = layer.inputs
        if layer in changes:
            (border,) = layer.inputs
            assert isinstance(border, DraftLayer)
            read = border.inputs
        own.inputs = tuple(map(twin, read))
        own.settings = {name: twin(value) for name, value in {**layer.settings, **changes.get(layer, {})}.items()}
        own.shares = made[layer.shares] if layer.shares else None
    changed = copy(draft)
    changed.layers = list(made.values())
    changed.outputs = list(map(twin, draft.outputs))
    return BordersInside(changed, {own: layer for layer, own in made.items()})
