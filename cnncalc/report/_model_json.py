"""What JSON says about a model: its inputs and outputs, the tree of its entries, its layers, their fields."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from math import gcd
from typing import TYPE_CHECKING, Any

from cnncalc.analysis.results import NOTES
from cnncalc.layers.base import CHANNEL_AXIS
from cnncalc.report.formats.json import about_model
from cnncalc.report.report import Joined, Shared
from cnncalc.report.text import MANY_TEXTS
from cnncalc.report.views.columns import entry_cell

if TYPE_CHECKING:
    from fractions import Fraction

    from cnncalc.analysis import Analysis, EntryNumbers
    from cnncalc.analysis.receptive_field import Field
    from cnncalc.graph import Node
    from cnncalc.layers.base import Layer, Reads
    from cnncalc.settings.shape import Shape
    from cnncalc.source.diagnostics import Span
    from cnncalc.spec.reader import Spec


def summary_json(analysis: Analysis) -> dict[str, Any]:
    """`cnncalc/summary`, version 1."""
    spec, totals = analysis.spec, analysis.totals
    places = {layer.node: place for place, layer in enumerate(analysis.layers)}
    return {
        **about_model("summary", spec),
        "dtype": analysis.dtype,
        "batch": analysis.batch,
        **({"note": f"{analysis.dtype}: {NOTES[analysis.dtype]}"} if analysis.dtype in NOTES else {}),
        "inputs": inputs_json(spec),
        "entries": (_entry_json(entry, places, spec.layout) for entry in analysis.entries),
        "layers": _layers_json(analysis),
        "outputs": spec.graph.outputs,
        "output_layers": _output_layers_json(spec),
        "totals": {
            "params": totals.params,
            "trainable_params": totals.trainable_params,
            "non_trainable_params": totals.non_trainable_params,
            "macs": totals.macs,
            "param_bytes": totals.param_bytes,
            "activation_bytes": totals.activation_bytes,
            "peak_activation_bytes": totals.peak_activation_bytes,
            "peak_at": totals.peak_at,
        },
    }


def inputs_json(spec: Spec) -> list[dict[str, Any]]:
    """The inputs with their shapes."""
    return [{"name": node.name, "shape": list(node.output.sizes(spec.layout))} for node in spec.graph.inputs]


def _output_layers_json(spec: Spec) -> list[dict[str, Any]]:
    """The layers that the outputs end in: of `{conv: 8, activation: relu}` the relu."""
    ends = zip(spec.graph.outputs, spec.graph.output_nodes, strict=True)
    return [{"output": name, "layer": node.name, "shape": list(node.output.sizes(spec.layout))} for name, node in ends]


def _entry_json(
    entry: EntryNumbers, places: dict[Node, int], layout: str, file: str = ""
) -> Mapping[str, Any] | Joined:
    """An entry and everything inside it; its layers in the order of the forward pass.

    Args:
        file: the file that it is written in, "" for the model's own.
    """
    own = {"name": entry.name, **({"origin": entry.entry.origin} if entry.entry.origin else {})}
    copies = len(entry.children) if entry.kind == "repeat" else 1
    words = _words_json(entry.kind, entry_cell(entry, layout).forms[0], copies)
    place: dict[str, Any] = {**({"file": file} if file else {}), **_place_json(entry.entry.span)}
    if not entry.children:
        layers = [layer.node.name for layer in entry.layers]
        return Joined((own, words, {"layers": layers, "place": place, "entries": []}))
    inside = (node.name for node in _inside(entry, places))
    file = entry.entry.inside.name if entry.entry.inside else file
    entries = (_entry_json(each, places, layout, file) for each in entry.children)
    return {**own, **words, "layers": inside, "place": place, "entries": entries}


@lru_cache(MANY_TEXTS)
def _words_json(kind: str, words: str, copies: int) -> Shared:
    return Shared({"kind": kind, "words": words, "copies": copies})


def _place_json(span: Span) -> dict[str, int]:
    return {"line": span.line, "column": span.column, "end_line": span.end_line, "end_column": span.end_column}


def _inside(entry: EntryNumbers, places: dict[Node, int]) -> list[Node]:
    """The layers of an entry and of everything inside it, in the order of the forward pass."""
    inside = {layer.node for each in entry.walk() for layer in each.layers}
    return sorted(inside, key=places.__getitem__)


def _layers_json(analysis: Analysis) -> Iterator[Joined]:
    """The layers. Most have their settings and numbers in common with another one, and many their receptive field."""
    layout, totals = analysis.spec.layout, analysis.totals

    @lru_cache(MANY_TEXTS)
    def of_layer(layer: Layer, inputs: tuple[Shape, ...], output: Shape, *numbers: int) -> Shared:
        params, trainable, non_trainable, macs, activation_bytes, alive_bytes = numbers
        of_total = {"params": params, "macs": macs, "activation_bytes": activation_bytes}
        return Shared(
            {
                "input_shapes": [list(shape.sizes(layout)) for shape in inputs],
                "settings": _settings_json(layer, layout),
                "output": list(output.sizes(layout)),
                "params": params,
                "trainable_params": trainable,
                "non_trainable_params": non_trainable,
                "macs": macs,
                "activation_bytes": activation_bytes,
                "alive_bytes": alive_bytes,
                "of_total": {key: totals.share(key, value) for key, value in of_total.items()},
            }
        )

    @lru_cache(MANY_TEXTS)
    def of_fields(*fields: tuple[str, Field]) -> Shared:
        return Shared({"receptive_field": fields_json(dict(fields))})

    for layer in analysis.layers:
        node, trainable, non_trainable, macs, activation_bytes, fields, alive_bytes = layer
        assert node.layer is not None
        read = tuple([source.output for source in node.inputs])  # nothing, for a layer that reads nothing
        numbers = trainable + non_trainable, trainable, non_trainable, macs, activation_bytes, alive_bytes
        own = {"name": node.name, "kind": node.kind, "inputs": [source.name for source in node.inputs]}
        yield Joined((own, of_layer(node.layer, read, node.output, *numbers), of_fields(*fields.items()), _marks(node)))


def _marks(node: Node) -> dict[str, Any]:
    """What only some layers have: names of others, and what a spec says besides settings."""
    marks: dict[str, Any] = {key: other.name for key in ("shares", "like") if (other := getattr(node, key))}
    if node.is_frozen:
        marks["frozen"] = True
    if node.origin:
        marks["origin"] = node.origin
    return marks


def _settings_json(layer: Layer, layout: str) -> dict[str, Any]:
    return {name: layer.settings[name].json(value, layout) for name, value in vars(layer).items()}


# -- receptive fields


def fields_json(fields: dict[str, Field]) -> dict[str, Any]:
    """The field; with several inputs (or none that is seen), one for each by the input's name."""
    found = {name: layer_field_json(field) for name, field in fields.items()}
    return next(iter(found.values())) if len(found) == 1 else found


def layer_field_json(field: Field) -> dict[str, Any]:
    """The receptive field of a layer in one input."""
    if field.status != "local":
        return {"status": field.status}
    return {
        "status": "local",
        "size": sizes_json(field),
        **stride_json(field),
        "padding": list(field.padding),
        "aligned": field.is_aligned,
        "uniform": field.is_uniform,
        **period_json(field),
        "gated": field.is_gated,
        **carriers_json(field),
    }


def sizes_json(field: Field) -> list[int | str]:
    """How many positions a unit sees, per axis: `"all"` for an axis that it sees whole."""
    return ["all" if size is None else size for size in field.size]


def carriers_json(field: Field) -> dict[str, Any]:
    """Where axes of the input became others: per axis, along which axis of the layer it moves now."""
    names = ["channels" if axis == CHANNEL_AXIS else axis for axis in field.carriers]
    return {"moves_along": names} if names else {}


def stride_json(field: Field) -> dict[str, Any]:
    """Steps in the input: whole numbers or texts as in "1/2", and all as pairs of numerator and denominator; None along
    an axis that is seen whole."""
    steps: list[list[int] | None] = []
    for axis in field.axes:  # not `field.stride`: fractions are slow to import
        common = gcd(axis.advance, axis.period) if axis else 1
        steps.append(axis and [axis.advance // common, axis.period // common])
    texts = [step and (step[0] if step[1] == 1 else f"{step[0]}/{step[1]}") for step in steps]
    return {"stride": texts, "stride_fractions": steps}


def fractions_json(values: Iterable[Fraction | None]) -> list[list[int] | None]:
    """Fractions as programs read them: numerator and denominator."""
    return [None if value is None else [value.numerator, value.denominator] for value in values]


def period_json(field: Field) -> dict[str, Any]:
    """Of a field that is not uniform, along each axis, what the units of one period see; nothing of another."""
    return {} if field.is_uniform else {"period": [axis and _axis_period(axis) for axis in field.axes]}


def _axis_period(reads: Reads) -> dict[str, Any]:
    from cnncalc.analysis.receptive_field import interval  # which a model without such fields does not need here

    boxes = [interval(reads, unit) for unit in range(reads.period)]
    return {
        "units": reads.period,
        "advance": reads.advance,
        "boxes": [[low, high] if low <= high else None for low, high in boxes],
        **({"start": reads.start} if reads.is_causal else {}),
    }
