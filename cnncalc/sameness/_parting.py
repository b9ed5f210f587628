"""Where two networks part, for people: both places, and what is different there."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cnncalc.named_tuple import NamedTuple
from cnncalc.sameness._flow import Flow, FlowStep
from cnncalc.sameness._matching import Mismatch
from cnncalc.settings.shape import Padding, Shape
from cnncalc.settings.types import PaddingType
from cnncalc.source.diagnostics import Span

if TYPE_CHECKING:
    from cnncalc.graph import Node

_MOST_NAMED = 3
"""How many layers are named that something reads."""
_PAIRS = PaddingType()
AGAINST = "against"


class Place(NamedTuple):
    """A layer or input of one of the models.

    Attributes:
        origin: what it is called elsewhere, "" if the spec does not say.
        joined: the names of layers that are compared together with it: a `pad` before it, a norm folded into it.
        file: the file that it is in, and `span` where, if a person wrote it; `is_inside` if that is the text of a model
            inside.
        node: where it is in the file of another tool, "" for a spec.
        output: the shape of its output.
    """

    name: str
    kind: str
    origin: str
    joined: tuple[str, ...]
    file: str
    span: Span | None
    output: Shape
    is_inside: bool = False
    node: str = ""

    @property
    def text(self) -> str:
        """`conv1 (line 4)`, with the file of a model inside, and what it is called elsewhere if that is something
        else."""
        where = [] if self.origin in ("", self.name) else [self.origin]
        if self.node:
            where.append(self.node.partition(" (")[0])
        if self.span:
            where.append(
                f"{os.path.basename(self.file)}:{self.span.line}" if self.is_inside else f"line {self.span.line}"
            )
        return f"{self.name} ({', '.join(where)})" if where else self.name


class Parting(NamedTuple):
    """The first place where two networks differ.

    Attributes:
        what: `kind`, `settings`, `shape`, `reads` (it reads other layers), `missing` (one of the models has no such
            layer), `shared` (weights), `readers` (who reads it), `inputs` or `outputs` of the model.
        message: what is different, in words: the first model's comes first.
        first: the place in the first model; None if it lacks the layer.
        second: that in the second.
        settings: of `settings`, those that differ, by name, as they are written.
    """

    what: str
    message: str
    first: Place | None
    second: Place | None
    settings: Mapping[str, tuple[str, str]] = {}

    @property
    def text(self) -> str:
        """Both places, and what is different: one sentence without its full stop."""
        places = [place.text for place in (self.first, self.second) if place]
        return f"{' and '.join(places)}: {self.message}"


def parting_at(mismatch: Mismatch, flows: tuple[Flow, Flow]) -> Parting:
    """What is different where the steps of two models do not match."""
    steps = (mismatch.first, mismatch.second)
    first, second = (_place(step, flow) if step else None for step, flow in zip(steps, flows, strict=True))
    what, message, settings = _difference(mismatch, flows)
    return Parting(what, message, first, second, settings)


def _place(step: FlowStep, flow: Flow) -> Place:
    node = step.node
    file, span = _written_at(node, flow)
    joined = tuple(each.name for each in step.nodes[:-1])
    parsed = flow.spec.parsed
    is_inside = file != parsed.source.name
    if not parsed.is_imported:
        return Place(node.name, node.kind, node.origin, joined, file, span, node.output, is_inside)
    place = parsed.place_in_file(node.name)
    return Place(node.name, node.kind, node.origin, joined, file, None, node.output, is_inside, place)


def _written_at(node: Node, flow: Flow) -> tuple[str, Span | None]:
    """The text that a layer or input is written in, and where."""
    written = flow.spec.written
    for layer in written.layers:
        if layer.node is node:
            return (layer.home or written).source.name, layer.own.head.span
    spans = (each.named for each in written.inputs if each.node is node)
    return written.source.name, next(spans, None)


_Difference = tuple[str, str, Mapping[str, tuple[str, str]]]


def _difference(mismatch: Mismatch, flows: tuple[Flow, Flow]) -> _Difference:
    one, other = mismatch.first, mismatch.second
    if one is None or other is None:
        present = "second" if one is None else "first"
        noun = {"inputs": "this input", "outputs": "this output"}.get(mismatch.what, "this layer")
        what = mismatch.what if mismatch.what in ("inputs", "outputs") else "missing"
        return what, f"only the {present} model has {noun}", {}
    if mismatch.what == "outputs":
        return "outputs", "the models return different layers", {}
    if mismatch.what == "shared":
        sharing = (_sharing(step, flow) for step, flow in zip((one, other), flows, strict=True))
        return "shared", f" {AGAINST} ".join(sharing), {}
    if mismatch.what == "folded":
        return _between_folded(one, other)
    if mismatch.what == "read":
        reading = (_read_by(step, flow) for step, flow in zip((one, other), flows, strict=True))
        return "readers", f" {AGAINST} ".join(reading), {}
    return _between(one, other, (flows[0].spec.layout, flows[1].spec.layout))


def _between(one: FlowStep, other: FlowStep, layouts: tuple[str, str]) -> _Difference:
    """What is different about two steps themselves, or what they read."""
    first, second = one.calculation, other.calculation
    if first is None or second is None or (first.name != second.name and one.node.kind != other.node.kind):
        if first is second is None:
            return "inputs", _shapes(one, other, layouts), {}
        return "kind", f"`{one.node.kind}` {AGAINST} `{other.node.kind}`", {}
    if settings := _settings_between(one, other, layouts):
        return "settings", _against(settings), settings
    if first.name != second.name:
        return "kind", f"`{one.node.kind}` is used in another way", {}
    if first.key != second.key:
        return "shape", _shapes(one, other, layouts), {}
    reads = (f"reads {_names(step.inputs)}" for step in (one, other))
    return "reads", f" {AGAINST} ".join(reads), {}


def _between_folded(one: FlowStep, other: FlowStep) -> _Difference:
    """What is different about what both have in their weights: a norm, or how filters are prepared."""
    for first, second in zip(one.folded, other.folded, strict=False):
        if first.key != second.key:
            compared = [first.settings, second.settings]
            names = dict.fromkeys([*compared[0], *compared[1]])
            settings = {
                name: _texts(name, compared) for name in names if compared[0].get(name) != compared[1].get(name)
            }
            return "settings", _against(settings), settings
    return (
        "missing",
        f"only the {'first' if len(one.folded) > len(other.folded) else 'second'} model has a norm here",
        {},
    )


def _against(settings: Mapping[str, tuple[str, str]]) -> str:
    """Settings that differ, in words."""
    return ", ".join(f"{name} {before} {AGAINST} {after}" for name, (before, after) in settings.items())


def _shapes(one: FlowStep, other: FlowStep, layouts: tuple[str, str]) -> str:
    """The sizes of both outputs, in the order of each model."""
    texts = (step.node.output.text(layout) for step, layout in zip((one, other), layouts, strict=True))
    return f"output {f' {AGAINST} '.join(texts)}"


def _names(steps: tuple[FlowStep, ...] | list[FlowStep]) -> str:
    names = [step.node.name for step in steps]
    more = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f" and {more:,} more" if more > 0 else "") if names else "nothing"


def _sharing(step: FlowStep, flow: Flow) -> str:
    others = [each for each in flow.steps if step.owner and each.owner is step.owner and each is not step]
    return f"shares its weights with {_names(others)}" if others else "has weights of its own"


def _read_by(step: FlowStep, flow: Flow) -> str:
    return f"read by {_names([each for each in flow.steps if step in each.inputs])}"


# -- settings


def _settings_between(one: FlowStep, other: FlowStep, layouts: tuple[str, str]) -> dict[str, tuple[str, str]]:
    """The settings that make the difference: as they are written if both are of one kind, else as they are compared."""
    assert one.calculation
    assert other.calculation
    compared = [one.calculation.settings, other.calculation.settings]
    if one.calculation.name == other.calculation.name:
        names = dict.fromkeys([*compared[0], *compared[1]])
        different = [name for name in names if compared[0].get(name) != compared[1].get(name)]
    else:
        different = []
    has_border = any(each.layer and each.layer.border for step in (one, other) for each in step.nodes[:-1])
    if one.node.kind == other.node.kind and not has_border:
        written = _as_written(one.node, other.node, layouts)
        own = {name: both for name, both in written.items() if name in different or not different}
        if own:
            return own
    return {_called(name, one.node, other.node): _texts(name, compared) for name in different}


def _as_written(one: Node, other: Node, layouts: tuple[str, str]) -> dict[str, tuple[str, str]]:
    """The settings of two layers of one kind that differ, as a person would write them."""
    assert one.layer
    assert other.layer
    found = {}
    for name, declared in one.layer.settings.items():
        values = [vars(each.layer).get(name) for each in (one, other)]
        if values[0] != values[1] and None not in values:
            first, second = (declared.show(value, layout) for value, layout in zip(values, layouts, strict=True))
            if first != second:
                found[name] = first, second
    return found


def _called(name: str, *nodes: Node) -> str:
    """What both kinds call a setting: what a convolution calls filters are units of a dense layer."""
    if all(node.layer and node.layer.is_dense for node in nodes):
        return {"filters": "units"}.get(name, name)
    return name


def _texts(name: str, compared: list[Mapping[str, Any]]) -> tuple[str, str]:
    first, second = (_text(settings[name]) if name in settings else "none" for settings in compared)
    return first, second


def _text(value: Any) -> str:
    """A value as a person would write it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:.7g}"
    if isinstance(value, Shape):
        return value.text()
    if isinstance(value, tuple) and value and all(isinstance(each, tuple) and len(each) == 2 for each in value):
        return _PAIRS.show(Padding(value))
    if isinstance(value, tuple):
        return "×".join(map(_text, value)) or "none"
    return "none" if value is None else str(value)
