"""Models written again in ways that must not matter, and with one thing changed that does."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from importing.drafts import draft_of

import cnncalc
from cnncalc.importing.draft import Draft, DraftInput, DraftLayer, Source
from cnncalc.importing.flat import flat_spec, in_rows
from cnncalc.layers import layer_class
from cnncalc.spec.reader import Spec

COMMUTE = {"add", "multiply", "maximum", "minimum", "average", "weighted_add"}
PADDED = {"conv", "depthwise_conv", "separable_conv"}


def settled(spec: Spec) -> Draft:
    """The layers of a model without blocks, with all their settings as numbers."""
    draft = draft_of(spec, with_paths=False)
    for layer, node in zip(draft.layers, _own(spec), strict=True):
        layer.origin = node.name
        padding = layer.settings.get("padding")
        if isinstance(padding, str) and not node.layer.is_transposed:
            layer.settings["padding"] = tuple(node.layer.padding)
    return draft


def _own(spec: Spec) -> list:
    return [node for node in spec.graph.nodes if not node.layer.is_further_output]


def again(draft: Draft, rows: bool = False) -> Spec:
    """The model of a draft, with a layer in each line, or with norms and activations in the entries before them."""
    return cnncalc.load((in_rows if rows else flat_spec)(draft).text)


# -- what must not matter


def in_any_order(draft: Draft, random: Random) -> Draft:
    """The layers in another order, each after what it reads."""
    left, done = list(draft.layers), set(map(id, draft.inputs))
    draft.layers = []
    while left:
        ready = [layer for layer in left if all(id(each) in done for each in _needs(layer))]
        layer = random.choice(ready)
        left.remove(layer)
        done.add(id(layer))
        draft.layers.append(layer)
    return draft


def _needs(layer: DraftLayer) -> Iterator[Source]:
    for each in (*layer.inputs, *layer.settings.values(), layer.shares):
        if isinstance(each, DraftLayer | DraftInput):
            yield each
        elif hasattr(each, "layer"):
            yield each.layer


def branches_turned(draft: Draft) -> Draft:
    """The branches of merges from the last to the first."""
    for layer in draft.layers:
        if layer.kind in COMMUTE:
            layer.inputs = layer.inputs[::-1]
    return draft


def idle_layers_between(draft: Draft) -> Draft:
    """After every third layer one that changes no value."""
    idle: dict[int, DraftLayer] = {}
    for number, layer in enumerate(list(draft.layers)):
        layer.inputs = tuple(idle.get(id(each), each) for each in layer.inputs)
        if number % 3 == 0 and layer.kind != "opaque":
            added = DraftLayer("identity", (layer,)) if number % 2 else DraftLayer("dropout", (layer,), rate=0.25)
            draft.layers.insert(draft.layers.index(layer) + 1, added)
            idle[id(layer)] = added
    draft.outputs = [idle.get(id(each), each) for each in draft.outputs]
    return draft


def pads_apart(draft: Draft) -> Draft:
    """The padding of convolutions in layers of their own."""
    owners = [each.shares for each in draft.layers if each.shares]
    for layer in list(draft.layers):
        padding = layer.settings.get("padding")
        if (
            layer.kind in PADDED
            and not layer.shares
            and layer not in owners
            and isinstance(padding, tuple)
            and any(map(any, padding))
        ):
            border = DraftLayer("pad", layer.inputs, amounts=padding)
            draft.layers.insert(draft.layers.index(layer), border)
            layer.inputs = (border,)
            layer.settings["padding"] = tuple((0, 0) for _ in padding)
    return draft


# -- what does


def changes(draft: Draft, random: Random) -> Iterator[tuple[DraftLayer, str]]:
    """One change of the draft after the other, each alone: the layer that is changed, and what of it."""
    learning = {id(each.shares) for each in draft.layers if each.shares}
    layers = [layer for layer in draft.layers if not layer.shares and id(layer) not in learning]
    random.shuffle(layers)
    for layer in layers:
        for what, name, value in _changed(layer):
            before = (layer.kind, dict(layer.settings))
            if name:
                layer.settings[name] = value
            else:
                layer.kind, layer.settings = value, {}
            yield layer, what
            layer.kind, layer.settings = before


def _changed(layer: DraftLayer) -> Iterator[tuple[str, str, object]]:
    settings, kind = layer.settings, layer_class(layer.kind)
    if "epsilon" in settings and (kind.is_norm and layer.kind != "l2_norm"):
        yield "settings", "epsilon", settings["epsilon"] * 1.001
    if "bias" in settings and kind.kernel_array:
        yield "settings", "bias", not settings["bias"]
    if layer.kind == "relu":
        yield "kind", "", "gelu"
    if layer.kind in ("add", "multiply"):
        yield "kind", "", "maximum"
