"""A draft as a spec with one entry per layer, in the order of the file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from cnncalc.importing.draft import Draft, DraftInput, DraftLayer, DraftOutput, Source
from cnncalc.importing.entry_text import common_texts, entry_text, item_text, layer_texts, quoted, read_texts
from cnncalc.named_tuple import NamedTuple

MAX_NAME = 100


class Written(NamedTuple):
    """A draft as the text of a spec.

    Attributes:
        text: of the spec.
        names: what each layer is called in the graph of this spec.
    """

    text: str
    names: Mapping[DraftLayer, str]


def flat(draft: Draft) -> Written:
    """The spec with one line per layer."""
    names = Names(draft)
    lines = [*head(draft, names), "layers:", *_entries(draft, names), *outputs(draft, names)]
    return Written("\n".join(lines) + "\n", {layer: names.of[layer] for layer in draft.layers})


class Names:
    """Names of inputs and layers, each once: what the file calls them, as far as a name may have these letters."""

    def __init__(self, draft: Draft) -> None:
        self.of: dict[DraftInput | DraftLayer, str] = {}
        self._taken: dict[str, int] = {}
        for input in draft.inputs:
            self.of[input] = "input" if len(draft.inputs) == 1 else self._free(as_name(input.name) or "input")
        self._taken["input"] = 1
        for layer in draft.layers:
            self.of[layer] = self._free(as_name(layer.origin) or layer.kind)

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
    return re.sub(r"[^\w-]+", "_", origin).strip("_")[-MAX_NAME:]


def head(draft: Draft, names: Names) -> Iterator[str]:
    """The lines before the layers."""
    if draft.name:
        yield f"name: {quoted(draft.name)}"
    yield f"convention: {draft.convention}"
    if draft.layout != ("channels_first" if draft.convention == "pytorch" else "channels_last"):
        yield f"layout: {draft.layout}"
    if len(draft.inputs) == 1:
        yield f"input: {_shape(draft.inputs[0], draft)}"
    else:
        yield "inputs:"
        yield from (f"  {quoted(names(input))}: {_shape(input, draft)}" for input in draft.inputs)


def outputs(draft: Draft, names: Names) -> Iterator[str]:
    """The line that names what the model returns, where that is not just the last layer."""
    if draft.outputs and [*draft.outputs] != draft.layers[-1:]:
        yield f"outputs: [{', '.join(quoted(names(each)) for each in draft.outputs)}]"


def _shape(input: DraftInput, draft: Draft) -> str:
    return input.shape.text(draft.layout).replace("×", "x")


def _entries(draft: Draft, names: Names) -> Iterator[str]:
    current: Source | None = draft.inputs[0] if len(draft.inputs) == 1 else None
    for layer in draft.layers:
        texts = layer_texts(layer, draft.convention, draft.layout, names)
        read = read_texts(layer, current, names)
        own = {"name": quoted(names.of[layer]), **common_texts(layer)}
        if own.get("origin") == own["name"]:
            del own["origin"]
        kind = "share" if layer.shares else layer.kind
        yield f"  - {item_text(entry_text(kind, {**texts, **read, **own}))}"
        current = layer
