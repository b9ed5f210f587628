"""A draft as a spec without anything inside its entries but norms and activations, in the order of the file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from cnncalc.importing.draft import Draft, DraftInput, DraftLayer, DraftOutput, Source
from cnncalc.importing.entry_text import common_texts, entry_text, in_yaml, item_text, layer_texts, read_texts
from cnncalc.layers import layer_class
from cnncalc.layers.base import Layer
from cnncalc.named_tuple import NamedTuple

MAX_NAME = 100


class SpecText(NamedTuple):
    """A draft as the text of a spec.

    Attributes:
        text: of the spec.
        names: what each layer is called in the graph of this spec.
    """

    text: str
    names: Mapping[DraftLayer, str]


def flat_spec(draft: Draft) -> SpecText:
    """The spec with one line per layer."""
    return _written(draft, {})


def in_rows(draft: Draft) -> SpecText:
    """The same with norms and activations in the entries that they follow, where nothing else reads between them."""
    return _written(draft, _following(draft))


Followers = Mapping[DraftLayer, list[DraftLayer]]
"""The norm and the activation that are part of the entry of a layer."""


def _written(draft: Draft, followers: Followers) -> SpecText:
    names = SpecNames(draft, followers)
    lines = [*lines_before(draft, names), "layers:", *_entries(draft, names, followers), *outputs(draft, names)]
    nodes = {layer: names.of[layer] for layer in draft.layers}
    for layer, following in followers.items():
        nodes |= {each: f"{names.of[layer]}.{each.kind}" for each in following}
    return SpecText("\n".join(lines) + "\n", nodes)


def _following(draft: Draft) -> Followers:
    """Which layers can be part of the entries before them."""
    readers: dict[Source, list[DraftLayer | None]] = {source: [None] for source in draft.outputs}
    for layer in draft.layers:
        named = [each for each in layer.settings.values() if isinstance(each, DraftLayer)]
        for source in (*layer.inputs, *named, *([layer.shares] * 2 if layer.shares else ())):
            readers.setdefault(source, []).append(layer)
    found: dict[DraftLayer, list[DraftLayer]] = {}
    taken: set[DraftLayer] = set()
    for layer in draft.layers:
        if layer not in taken and (following := _followers(layer, readers)):
            found[layer] = following
            taken.update(following)
    return found


def _followers(layer: DraftLayer, readers: Mapping[Source, Sequence[DraftLayer | None]]) -> list[DraftLayer]:
    """The norm and the activation after a layer that nothing else reads."""
    kind = layer_class(layer.kind)
    found: list[DraftLayer] = []
    for can_have, is_one in ((kind.has_norm, "is_norm"), (kind.has_activation, "is_activation")):
        last = found[-1] if found else layer
        reader = readers.get(last, [None])[0] if len(readers.get(last, ())) == 1 else None
        if can_have and reader and getattr(layer_class(reader.kind), is_one) and _goes_with(reader, layer):
            found.append(reader)
    return found


def _goes_with(reader: DraftLayer, layer: DraftLayer) -> bool:
    """Whether nothing is said of the two that an entry could not say of both."""
    return not layer.shares and not reader.shares and layer.trainable == reader.trainable


class SpecNames:
    """Names of inputs and layers, each once: what the file calls them, as far as a name may have these letters."""

    def __init__(self, draft: Draft, followers: Followers = {}) -> None:  # noqa: B006
        self.of: dict[DraftInput | DraftLayer, str] = {}
        self._taken: dict[str, int] = {}
        for input in draft.inputs:
            self.of[input] = "input" if len(draft.inputs) == 1 else self._free(as_name(input.name) or "input")
        self._taken["input"] = 1
        for layer in draft.layers:
            if layer not in self.of:
                self.of[layer] = self._free(as_name(layer.origin) or layer.kind)
                self.of |= dict.fromkeys(followers.get(layer, ()), self.of[layer])

    def __call__(self, source: Source) -> str:
        """By what name a layer or input is read."""
        return f"{self.of[source.layer]}.{source.name}" if isinstance(source, DraftOutput) else self.of[source]

    def _free(self, name: str) -> str:
        while name in self._taken:
            self._taken[name] += 1
            name = f"{name[: MAX_NAME - 8]}_{self._taken[name]}"
        self._taken[name] = 1
        return name


def as_name(origin: str) -> str:
    """A text as a name, in which only letters, digits, `_` and `-` may stand; "" if nothing is left."""
    kept = "".join([sign if sign.isalnum() or sign in "_-" else " " for sign in origin])
    return "_".join(kept.split()).strip("_")[-MAX_NAME:]


def lines_before(draft: Draft, names: SpecNames) -> Iterator[str]:
    """The lines before the layers."""
    if draft.layout == "channels_first" and any(map(_reads_a_map, draft.layers)):
        yield "# cnncalc: ignore-file CNN532; in the file, these layers read tensors whose channels are last"
    if draft.name:
        yield f"name: {in_yaml(draft.name)}"
    yield f"convention: {draft.convention}"
    if draft.layout != ("channels_first" if draft.convention == "pytorch" else "channels_last"):
        yield f"layout: {draft.layout}"
    if len(draft.inputs) == 1:
        yield f"input: {_shape(draft.inputs[0], draft)}"
    else:
        yield "inputs:"
        yield from (f"  {in_yaml(names(input))}: {_shape(input, draft)}" for input in draft.inputs)


def _reads_a_map(layer: DraftLayer) -> bool:
    """Whether it may be one of the layers that PyTorch applies to the last axis, and there are other axes."""
    is_along_last = layer_class(layer.kind).remark_on_last_axis is not Layer.remark_on_last_axis
    return is_along_last and (layer.output is None or not layer.output.is_vector)


def outputs(draft: Draft, names: SpecNames) -> Iterator[str]:
    """The line that names what the model returns, where that is not just the last layer."""
    if draft.outputs and [*draft.outputs] != draft.layers[-1:]:
        yield f"outputs: [{', '.join(in_yaml(names(each)) for each in draft.outputs)}]"


def _shape(input: DraftInput, draft: Draft) -> str:
    return input.shape.text(draft.layout).replace("×", "x")


def _entries(draft: Draft, names: SpecNames, followers: Followers) -> Iterator[str]:
    current: Source | None = draft.inputs[0] if len(draft.inputs) == 1 else None
    inside = {each for following in followers.values() for each in following}
    for layer in draft.layers:
        if layer in inside:
            continue
        own = {"name": in_yaml(names.of[layer]), **common_texts(layer)}
        if own.get("origin") == own["name"]:
            del own["origin"]
        texts = {**_texts(layer, draft, names), **read_texts(layer, current, names)}
        current = layer
        for each in followers.get(layer, ()):
            setting = "norm" if layer_class(each.kind).is_norm else "activation"
            texts[setting] = entry_text(each.kind, _texts(each, draft, names))
            current = each
        kind = "share" if layer.shares else layer.kind
        yield f"  - {item_text(entry_text(kind, {**texts, **own}))}"


def _texts(layer: DraftLayer, draft: Draft, names: SpecNames) -> dict[str, str]:
    return layer_texts(layer, draft.convention, draft.layout, names)
