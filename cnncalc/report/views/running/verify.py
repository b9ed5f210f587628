"""The report of `verify`: what was measured, where it contradicts the analysis, and a verdict for each column."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from math import isfinite
from typing import TYPE_CHECKING, Any

from cnncalc.report.document import Block, Column, Facts, Heading, Paragraph, Table
from cnncalc.report.text import number, per_axis, size_in_bytes
from cnncalc.report.views._rows import Row, tree
from cnncalc.report.views.columns import kind_text
from cnncalc.report.views.summarize import layer_field_json
from cnncalc.settings.shape import Shape

if TYPE_CHECKING:
    from cnncalc.analysis import EntryNumbers, LayerNumbers
    from cnncalc.analysis.receptive_field import Field
    from cnncalc.forward.proof.field_comparison import FieldCheck
    from cnncalc.forward.proof.small_layers import ValueDifference
    from cnncalc.forward.proof.verification import Difference, Measured, Verification

_TITLES = {
    "output": "output",
    "params": "params",
    "macs": "MACs",
    "values": "values",
    "receptive_field": "receptive field",
    "memory": "memory held",
}
_VERDICTS = {
    "output": "output sizes",
    "params": "parameters",
    "macs": "MACs",
    "values": "values",
    "receptive_field": "receptive fields",
    "memory": "peak memory",
}
UNKNOWN = "–"
"""In place of a number that was not measured."""


def verification_document(found: Verification, depth: int | None = None) -> list[Block]:
    """A row an entry with what was measured, what contradicts the analysis, and the verdicts."""
    spec = found.analysis.spec
    inputs = ", ".join(node.output.text(spec.layout) for node in spec.graph.inputs)
    keys = [key for key in found.checked if key != "values"]
    columns = [Column("layer"), Column("kind"), *(Column(_TITLES[key], True) for key in keys)]
    rows = [
        [row.label, kind_text(row, spec.layout), *(_cell(found, row, key) for key in keys)]
        for row in tree(found.analysis.entries, depth, False)
    ]
    blocks: list[Block] = [Heading(spec.name, f"input {inputs} · measured by running it"), Table(columns, rows)]
    if found.failure:
        layer, reason = found.failure
        blocks.append(Paragraph(f"{layer} could not run, and nothing behind it did: {reason}"))
    if found.differences:
        titles = [Column("layer"), Column("what"), Column("measured", True), Column("claimed", True)]
        blocks.append(Table(titles, [_difference(each, spec.layout) for each in found.differences]))
    return [*blocks, Facts([(title, _verdict(found, key)) for key, title in _VERDICTS.items()])]


# -- cells


def _cell(found: Verification, row: Row, key: str) -> str:
    """What was measured of an entry, and where it is another number what the analysis says."""
    inside = row.entry.layers if row.is_open else list(_layers(row.entry))
    end = found.layers.get(row.entry.end.name)
    if key == "output":
        layout = found.analysis.spec.layout
        return _against(end.shape.text(layout), row.entry.output.text(layout)) if end else UNKNOWN
    if key == "receptive_field":
        return _fields_text(end, row.entry.end) if end else UNKNOWN
    measured = [found.layers[layer.name] for layer in inside if layer.name in found.layers]
    if len(measured) < len(inside):
        return UNKNOWN
    if not measured:
        return ""
    if key == "memory":
        return size_in_bytes(max(each.held_bytes for each in measured))
    if key == "macs":
        return _against(number(sum(each.macs for each in measured)), number(sum(each.macs for each in inside)))
    params = sum(each.trainable_params + each.non_trainable_params for each in measured)
    return _against(number(params), number(sum(each.params for each in inside)))


def _layers(entry: EntryNumbers) -> Iterator[LayerNumbers]:
    for each in entry.walk():
        yield from each.layers


def _against(measured: str, claimed: str) -> str:
    return measured if measured == claimed else f"{measured} ≠ {claimed}"


def _fields_text(measured: Measured, layer: LayerNumbers) -> str:
    """The field in each input, named where there are several."""
    texts = {name: _field_text(each) for name, each in measured.fields.items()}
    if len(layer.fields) == 1 and len(texts) == 1:
        return next(iter(texts.values()))
    return ", ".join(f"{name}: {text}" for name, text in texts.items())


def _field_text(check: FieldCheck) -> str:
    if check.difference:
        return f"{_measured_field(check)} ≠ {_claimed_field(check.claimed)}"
    return _measured_field(check)


def _measured_field(check: FieldCheck) -> str:
    """Size of the field that was measured."""
    if not check.is_checked:
        return "not checked"
    if not check.axes:
        return "global" if check.sees_all else "partial"
    if check.measured:
        return per_axis(check.measured.size)
    return f"{_claimed_field(check.claimed)}, cut off"


def _claimed_field(field: Field | None) -> str:
    if field is None:
        return "not seen"
    return per_axis(field.size) if field.status == "local" else field.status


def _difference(each: Difference, layout: str) -> list[str]:
    """A contradiction in words."""
    what = _TITLES[each.quantity]
    if each.quantity == "values":
        from cnncalc.forward.proof.small_layers import shown

        values = (shown(value, layout) for value in (each.measured.defined, each.measured.found))
        return [each.layer, each.measured.where(layout), *values]
    if each.quantity == "receptive_field":
        where = f" in {each.input}, axis {each.measured.difference.axis + 1}, unit {each.measured.difference.unit}"
        found = each.measured.difference
        return [each.layer, what + where, _interval(found.measured), _interval(found.claimed)]
    return [each.layer, _quantity(each), _value(each, each.measured, layout), _value(each, each.claimed, layout)]


def _quantity(each: Difference) -> str:
    if each.quantity == "memory":
        return "peak memory" if isinstance(each.measured, tuple) else "memory of the output"
    return "params (trainable + not)" if each.quantity == "params" and _has_statistics(each) else _TITLES[each.quantity]


def _has_statistics(each: Difference) -> bool:
    return any(pair[1] for pair in (each.measured, each.claimed))


def _value(each: Difference, value: Any, layout: str) -> str:
    if isinstance(value, Shape):
        return value.text(layout)
    if each.quantity == "params":
        return f"{number(value[0])} + {number(value[1])}" if _has_statistics(each) else number(value[0])
    if each.quantity == "memory":
        return f"{number(value[0])} B at {value[1]}" if isinstance(value, tuple) else f"{number(value)} B"
    return number(value)


def _interval(ends: tuple[int, int] | None) -> str:
    """`−1 to 5`; a unit that sees nothing sees `nothing`."""
    if ends is None:
        return "nothing"
    return " to ".join(str(end).replace("-", "−") for end in ends)


# -- verdicts


def _verdict(found: Verification, key: str) -> str:
    """✓ and what was found; or ✗ and the layers that are wrong."""
    if key not in found.checked:
        return "not checked"
    wrong = list(dict.fromkeys(each.layer for each in found.differences if each.quantity == key))
    if wrong:
        more = f" and {len(wrong) - 3} more" if len(wrong) > 3 else ""
        return f"✗ at {', '.join(wrong[:3])}{more}"
    if found.failure:
        return f"✓ as far as it ran: {len(found.layers)} of {len(found.analysis.layers)} layers"
    totals = found.analysis.totals
    right = {
        "output": f"{len(found.layers)} layers",
        "params": number(totals.params),
        "macs": number(totals.macs),
        "values": "1 setting" if found.settings == 1 else f"{number(found.settings)} settings",
        "memory": f"{size_in_bytes(found.peak_bytes)}  (at {found.peak_at})",
    }
    return f"✓ {right.get(key) or _fields_verdict(found)}"


def _fields_verdict(found: Verification) -> str:
    checks = [check for each in found.layers.values() for check in each.fields.values()]
    parts = [f"{len(checks)} fields"]
    if unchecked := sum(not check.is_checked for check in checks):
        parts.append(f"{unchecked} of them unknown and not checked")
    if cut := sum(check.is_checked and not check.measured for check in checks):
        parts.append(f"{cut} of them as far as the input goes")
    return ", ".join(parts)


# -- JSON


def verification_json(found: Verification) -> dict[str, Any]:
    """Everything, field by field: `cnncalc/verify`, version 1."""
    from cnncalc.report.formats.json import about_model

    spec = found.analysis.spec
    wrong = {each.quantity for each in found.differences}
    return {
        **about_model("verify", spec),
        "inputs": [{"name": node.name, "shape": list(node.output.sizes(spec.layout))} for node in spec.graph.inputs],
        "ok": found.is_right,
        "verdicts": {key: key not in wrong if key in found.checked else None for key in _VERDICTS},
        "failure": {"layer": found.failure[0], "reason": found.failure[1]} if found.failure else None,
        "differences": [_difference_json(each, spec.layout) for each in found.differences],
        "layers": [
            _layer_json(layer, found.layers[layer.name], found, spec.layout)
            for layer in found.analysis.layers
            if layer.name in found.layers
        ],
        "peak": {"bytes": found.peak_bytes, "layer": found.peak_at} if "memory" in found.checked else None,
    }


def _layer_json(layer: LayerNumbers, measured: Measured, found: Verification, layout: str) -> dict[str, Any]:
    return {
        "name": layer.name,
        "kind": layer.node.kind,
        "output": list(measured.shape.sizes(layout)),
        "trainable_params": measured.trainable_params,
        "non_trainable_params": measured.non_trainable_params,
        "macs": measured.macs,
        "output_bytes": measured.output_bytes,
        "held_bytes": measured.held_bytes,
        "receptive_fields": {name: _field_json(check) for name, check in measured.fields.items()}
        if "receptive_field" in found.checked
        else None,
    }


def _field_json(check: FieldCheck) -> dict[str, Any]:
    if not check.is_checked:
        return {"status": "unknown"}
    if not check.axes:
        return {"status": "global" if check.sees_all else "partial"}
    return {
        "status": "local",
        "size": list(check.measured.size) if check.measured else None,
        "padding": list(check.measured.padding) if check.measured else None,
    }


def _difference_json(each: Difference, layout: str) -> dict[str, Any]:
    common = {"layer": each.layer, "quantity": each.quantity}
    if each.quantity == "values":
        return {**common, **_value_json(each.measured, layout)}
    if each.quantity == "receptive_field":
        found = each.measured.difference
        claimed = layer_field_json(each.claimed) if each.claimed else None
        return {
            **common,
            "input": each.input,
            "axis": found.axis,
            "unit": found.unit,
            "measured": list(found.measured) if found.measured else None,
            "claimed": list(found.claimed) if found.claimed else None,
            "claimed_field": claimed,
        }
    return {**common, "measured": _json(each.measured, layout), "claimed": _json(each.claimed, layout)}


def _value_json(each: ValueDifference, layout: str) -> dict[str, Any]:
    return {
        "of": each.what,
        "on": [list(shape.sizes(layout)) for shape in each.inputs],
        "place": list(each.place) if each.place else None,
        "measured": _json(each.defined, layout),
        "claimed": _json(each.found, layout),
    }


def _json(value: Any, layout: str) -> Any:
    if isinstance(value, Shape):
        return list(value.sizes(layout))
    if isinstance(value, Mapping):
        return {name: list(shape) for name, (shape, _) in value.items()}
    if isinstance(value, float) and not isfinite(value):
        return str(value)
    if isinstance(value, tuple) and any(isinstance(each, Fraction) for each in value):
        return [str(each) for each in value]
    return list(value) if isinstance(value, tuple) else value
