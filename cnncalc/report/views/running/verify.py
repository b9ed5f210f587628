"""The report of `verify`: what was measured, where it contradicts the analysis, and one verdict per column."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from math import isfinite
from typing import TYPE_CHECKING, Any

from cnncalc.layers.base import plural
from cnncalc.report._document import Block, Cell, Column, Facts, Paragraph, Table
from cnncalc.report._model_json import fractions_json, inputs_json, layer_field_json
from cnncalc.report.report import Records, Report
from cnncalc.report.text import clean, number, per_axis, size_in_bytes
from cnncalc.report.views.columns import kind_cell, per_copy
from cnncalc.report.views.rows import WHOLE, Listing, Row, range_text, tree
from cnncalc.report.views.summarize import model_heading
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
_OWN = {"layer": Column("layer", narrows=2), "kind": Column("kind", narrows=1, is_uniform=False)}
_MEASURED_AS = {"held_bytes": "memory"}
"""What a column shows, where it is not called the same: `memory` means another number in `summarize`."""
KEYS = (*_OWN, "output", "params", "macs", "receptive_field", "held_bytes")
"""The columns."""
MEASURED = (*_OWN, "output", "params", "macs", "held_bytes", "receptive_field")
"""The default columns of a table of values."""
UNKNOWN = "–"
"""Shown in place of a number that was not measured."""
CONTRADICTS = "≠"
"""Shown between what was measured and what the analysis says."""


class VerificationReport(Report):
    """What was measured for a model, and where that contradicts its analysis."""

    __slots__ = (
        "found",
        "listing",
    )

    def __init__(self, found: Verification, listing: Listing = WHOLE) -> None:
        self.found = found
        self.listing = listing

    def document(self) -> list[Block]:
        """One row per entry with what was measured, what contradicts the analysis, and the verdicts."""
        found = self.found
        blocks: list[Block] = [model_heading(found.analysis.spec, "measured by running it"), self._table()]
        if found.failure:
            layer, reason = found.failure
            blocks.append(Paragraph(f"{layer} could not run, and nothing after it did: {reason}"))
        blocks += [Paragraph(f"{clean(each.message).replace('`', '')}.") for each in found.stopped]
        if found.differences:
            titles = [Column("layer"), Column("what"), Column("measured", True), Column("claimed", True)]
            layout = found.analysis.spec.layout
            blocks.append(Table(titles, [_difference(each, layout) for each in found.differences]))
        return [*blocks, Facts([(title, _verdict(found, key)) for key, title in _VERDICTS.items()])]

    def _table(self) -> Table:
        found = self.found
        measured = [key for key in found.checked if key != "values"]
        chosen = (_MEASURED_AS.get(key, key) for key in self.listing.columns or (*_OWN, *measured))
        keys = [key for key in chosen if key in (*_OWN, *measured)]
        columns = [_OWN[key] if key in _OWN else Column(_TITLES[key], True) for key in keys]
        rows = tree(found.analysis.entries, self.listing, shown=self._contradictions)
        return Table(columns, [[_shown_cell(found, row, key) for key in keys] for row in rows])

    def _contradictions(self, entry: EntryNumbers) -> tuple[str, ...]:
        """Where the measurements of an entry contradict the analysis: copies with contradictions are not folded with
        others."""
        cells = (_cell(self.found, Row((entry,)), key) for key in self.found.checked if key != "values")
        return tuple(entry.name + cell for cell in cells if CONTRADICTS in cell)

    def table(self) -> Records:
        """One row per layer that ran, with what was measured."""
        keys = self.listing.columns or MEASURED
        layers = ((each, self.found.layers.get(each.name)) for each in self.found.analysis.layers)
        return Records(keys, ([_recorded(self.found, *pair)[key] for key in keys] for pair in layers if pair[1]))

    def data(self) -> dict[str, Any]:
        """Everything, field by field: `cnncalc/verify`, version 1."""
        found = self.found
        from cnncalc.report.formats.json import about_model

        spec = found.analysis.spec
        wrong = {each.quantity for each in found.differences}
        return {
            **about_model("verify", spec),
            "inputs": inputs_json(spec),
            "ok": found.is_right,
            "verdicts": {key: key not in wrong if key in found.checked else None for key in _VERDICTS},
            "failure": {"layer": found.failure[0], "reason": found.failure[1]} if found.failure else None,
            "differences": [_difference_json(each, spec.layout) for each in found.differences],
            "layers": [
                _layer_json(layer, found.layers[layer.name], found, spec.layout)
                for layer in found.analysis.layers
                if layer.name in found.layers
            ],
            **({"stopped": [each.message for each in found.stopped]} if found.stopped else {}),
            "peak": {"bytes": found.peak_bytes, "layer": found.peak_at} if "memory" in found.checked else None,
        }


# -- cells


def _shown_cell(found: Verification, row: Row, key: str) -> str | Cell:
    if key == "layer":
        return row.name_cell
    if key == "kind":
        return kind_cell(row, found.analysis.spec.layout)
    cells = [_cell(found, row._replace(entries=(entry,)), key) for entry in row.entries]
    return per_copy(row, cells[0]) if key in ("params", "macs") and cells[0] else range_text(cells)


def _recorded(found: Verification, layer: LayerNumbers, measured: Measured | None) -> dict[str, Any]:
    """The numbers of a layer as they were measured."""
    assert measured is not None
    return {
        "layer": layer.name,
        "kind": layer.node.kind,
        "output": measured.shape.text(found.analysis.spec.layout),
        "params": measured.trainable_params + measured.non_trainable_params,
        "macs": measured.macs,
        "held_bytes": measured.held_bytes,
        "receptive_field": _fields_text(measured, found) if "receptive_field" in found.checked else "",
    }


def _cell(found: Verification, row: Row, key: str) -> str:
    """What was measured for an entry, and if it differs, what the analysis says."""
    inside = list(_layers(row.entry))
    end = found.layers.get(row.entry.end.name)
    if key == "output":
        layout = found.analysis.spec.layout
        return _against(end.shape.text(layout), row.entry.output.text(layout)) if end else UNKNOWN
    if key == "receptive_field":
        return _fields_text(end, found) if end else UNKNOWN
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
    return measured if measured == claimed else f"{measured} {CONTRADICTS} {claimed}"


def _fields_text(measured: Measured, found: Verification) -> str:
    """The field in each input, in the order of the file; named if the model has several."""
    inputs = [node.name for node in found.analysis.spec.graph.inputs]
    texts = {name: _field_text(measured.fields[name]) for name in inputs if name in measured.fields}
    return ", ".join(f"{name}: {text}" if len(inputs) > 1 else text for name, text in texts.items())


def _field_text(check: FieldCheck) -> str:
    if check.difference:
        return f"{_measured_field(check)} {CONTRADICTS} {_claimed_field(check.claimed)}"
    return _measured_field(check)


def _measured_field(check: FieldCheck) -> str:
    """The size of the measured field."""
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
        found = each.measured.difference
        unit = "all units" if found.unit is None else f"unit {found.unit}"
        where = f" in {each.input}, axis {found.axis + 1}, {unit}"
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
    """✓ and what was found, or ✗ and the layers that are wrong."""
    if key not in found.checked:
        return "not checked"
    wrong = list(dict.fromkeys(each.layer for each in found.differences if each.quantity == key))
    if wrong:
        more = f" and {len(wrong) - 3} more" if len(wrong) > 3 else ""
        return f"✗ at {', '.join(wrong[:3])}{more}"
    if found.failure or found.stopped:
        return f"✓ as far as it ran: {len(found.layers)} of {len(found.analysis.layers)} layers"
    totals = found.analysis.totals
    right = {
        "output": plural(len(found.layers), "layer"),
        "params": number(totals.params),
        "macs": number(totals.macs),
        "values": "1 setting" if found.settings == 1 else f"{number(found.settings)} settings",
        "memory": f"{size_in_bytes(found.peak_bytes)}  (at {found.peak_at})",
    }
    return f"✓ {right.get(key) or _fields_verdict(found)}"


def _fields_verdict(found: Verification) -> str:
    checks = [check for each in found.layers.values() for check in each.fields.values()]
    parts = [plural(len(checks), "field")]
    if unchecked := sum(not check.is_checked for check in checks):
        parts.append(f"{unchecked} of them unknown and not checked")
    if cut := sum(check.is_checked and not check.measured for check in checks):
        parts.append(f"{cut} of them as far as the input goes")
    return ", ".join(parts)


# -- JSON


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
        **(
            {"measured_fractions": _fractions(each.defined), "claimed_fractions": _fractions(each.found)}
            if each.what == "moves"
            else {}
        ),
    }


def _fractions(value: Any) -> list[list[int] | None] | None:
    """Strides for programs; None if there are none, because a layer that could not run has a reason instead."""
    return fractions_json(value) if isinstance(value, tuple) else None


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
