"""The report of `compare`: totals side by side and, of two models, what became of each entry."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from cnncalc.compare.differences import TOTALS, change
from cnncalc.report.document import Block, Column, Heading, Paragraph, Table
from cnncalc.report.text import number, size_in_bytes
from cnncalc.report.views.columns import fields_text, settings_text
from cnncalc.report.views.summarize import layer_field_json

if TYPE_CHECKING:
    from cnncalc.analysis import Analysis
    from cnncalc.compare.differences import Comparison, Line, Pair
    from cnncalc.compare.fail_if import Breach
    from cnncalc.layers.base import Layer

TITLES = ("parameters", "trainable", "MACs", "parameter memory", "activation memory", "peak")
"""What a person reads for each of `TOTALS`."""
UNKNOWN = "unknown"
STATUSES = ("added", "removed", "changed", "renamed", "same")


def labels(analyses: Sequence[Analysis]) -> list[str]:
    """What the models are called: their names, their files where names are the same, else with a number."""
    for names in (
        [analysis.spec.name for analysis in analyses],
        [analysis.spec.source.name for analysis in analyses],
    ):
        if len(set(names)) == len(names):
            return names
    return [f"{number}: {analysis.spec.name}" for number, analysis in enumerate(analyses, 1)]


# -- numbers that changed


def signed(value: int, show: Callable[[int], str] = number) -> str:
    """1168 as +1,168."""
    return f"{'−' if value < 0 else '+'}{show(abs(value))}"


def change_text(before: int | None, after: int | None, show: Callable[[int], str] = number) -> str:
    """What was added to a number, `+1,168 (+4.2 %)`; `=` where nothing was."""
    changed = change(before, after)
    if changed is None:
        return UNKNOWN
    delta, share = changed
    return f"{signed(delta, show)} ({_percent(share)})" if delta else "="


def _percent(share: float | None) -> str:
    if share is None:
        return "from 0"
    sign = "−" if share < 0 else "+"
    percent = abs(share) * 100
    return f"{sign}{percent:,.1f} %" if percent >= 0.05 else f"{sign}<0.1 %"


def _shown(value: int | None, show: Callable[[int], str]) -> str:
    return UNKNOWN if value is None else show(value)


# -- text and Markdown


def comparison_document(comparison: Comparison, met: Sequence[Breach] = ()) -> list[Block]:
    """The totals, a column a model; what must not be and is; of two models the entries that are not the same."""
    names = labels(comparison.analyses)
    heading = Heading(" · ".join(names), "" if comparison.is_different else "no difference")
    blocks: list[Block] = [heading, _totals_table(comparison.analyses, names)]
    blocks += [Paragraph(f"✗ {breach_text(each, comparison.analyses)}") for each in met]
    if comparison.pairs is None:
        return blocks
    rows = [_entry_row(pair, comparison.analyses) for pair in comparison.pairs if pair.status != "same"]
    if rows:
        titles = ("", "layer", "what", "output", "params", "Δ params", "MACs", "Δ MACs")
        blocks.append(Table([Column(title, index > 3) for index, title in enumerate(titles)], rows))
    counts = Counter(pair.status for pair in comparison.pairs)
    blocks.append(Paragraph(f"layers: {', '.join(f'{counts[status]:,} {status}' for status in STATUSES)}"))
    return blocks


def breach_text(breach: Breach, analyses: Sequence[Analysis]) -> str:
    """What must not be, and the numbers: `params > +5%: 27,562 → 29,168, +1,606 (+5.8 %)`."""
    condition, before, after = breach.condition, breach.before, breach.after
    show = size_in_bytes if condition.key.endswith("bytes") else number
    which = f" of {labels(analyses)[analyses.index(breach.analysis)]}" if len(analyses) > 2 else ""
    if condition.key == "receptive_field":
        both = (analyses[0], breach.analysis)
        return f"{condition.text}{which}: {' → '.join(fields_text(each.end.fields) for each in both)}"
    numbers = f"{_shown(before, show)} → {_shown(after, show)}"
    return f"{condition.text}{which}: {numbers}, {change_text(before, after, show)}"


def _totals_table(analyses: Sequence[Analysis], names: Sequence[str]) -> Table:
    are_two = len(analyses) == 2
    rows = [["input", *(_inputs_text(analysis) for analysis in analyses)] + [""] * are_two]
    for key, title in zip(TOTALS, TITLES, strict=True):
        values = [getattr(analysis.totals, key) for analysis in analyses]
        show = size_in_bytes if key.endswith("bytes") else number
        rows.append([title, *(_shown(value, show) for value in values)])
        if are_two:
            rows[-1].append(change_text(values[0], values[1], show))
    for title, text in (("output", _output_text), ("receptive field", lambda each: fields_text(each.end.fields))):
        texts = list(map(text, analyses))
        rows.append([title, *texts] + (["=" if texts[0] == texts[1] else ""] if are_two else []))
    return Table([Column(""), *(Column(name, True) for name in names), *([Column("Δ", True)] * are_two)], rows)


def _inputs_text(analysis: Analysis) -> str:
    return ", ".join(node.output.text(analysis.spec.layout) for node in analysis.spec.graph.inputs)


def _output_text(analysis: Analysis) -> str:
    return ", ".join(node.output.text(analysis.spec.layout) for node in analysis.spec.graph.output_nodes)


def _entry_row(pair: Pair, analyses: Sequence[Analysis]) -> list[str]:
    before, after = pair.before, pair.after
    line = after or before
    assert line is not None
    outputs = [
        each.row.output.text(analysis.spec.layout)
        for each, analysis in zip((before, after), analyses, strict=True)
        if each
    ]
    sign = {"added": "+", "removed": "−", "changed": "~", "renamed": ">"}[pair.status]
    return [
        sign,
        _moved(before.name if before else line.name, line.name),
        _what(pair),
        _moved(outputs[0], outputs[-1]),
        number(line.params),
        _entry_change(before and before.params, after and after.params),
        number(line.macs),
        _entry_change(before and before.macs, after and after.macs),
    ]


def _entry_change(before: int | None, after: int | None) -> str:
    """The change of an entry's number; without a share where the entry is new or gone (None)."""
    if before is None or after is None:
        delta = (after or 0) - (before or 0)
        return signed(delta) if delta else "="
    return change_text(before, after)


def _moved(before: str, after: str) -> str:
    return before if before == after else f"{before} → {after}"


def _what(pair: Pair) -> str:
    """The kind and settings of an entry that is new or gone; of one that changed what is set otherwise."""
    before, after = pair.before, pair.after
    if before is None or after is None:
        return _kind_text(after or before)
    parts = []
    for name, (old, new) in pair.settings.items():
        if None in (old, new) and _declaring(after if old is None else before, name) is None:
            parts.append(f"{'+' if old is None else '−'}{name}")  # a norm or activation that is new or gone
        else:
            parts.append(f"{name} {_value_text(before, name, old)} → {_value_text(after, name, new)}")
    if pair.inputs:
        parts.append(f"from {', '.join(pair.inputs[0])} → {', '.join(pair.inputs[1])}")
    return f"{_moved(before.kind, after.kind)} {', '.join(parts)}".rstrip()


def _kind_text(line: Line | None) -> str:
    assert line is not None
    own, *others = (layer.node for layer in line.row.layers)
    assert own.layer is not None
    details = [text for text in (settings_text(own.layer, line.layout), *(node.kind for node in others)) if text]
    return f"{line.kind} {', '.join(details)}".rstrip()


def _declaring(line: Line, name: str) -> tuple[Layer, str] | None:
    """The layer of an entry that has the setting `stride` or `batch_norm.epsilon`, and its name there."""
    kind, dot, setting = name.partition(".")
    for index, numbers in enumerate(line.row.layers):
        layer = numbers.node.layer
        if layer is not None and (numbers.node.kind == kind if dot else not index):
            own = setting if dot else name
            if own in layer.settings:
                return layer, own
    return None


def _value_text(line: Line, name: str, value: Any) -> str:
    if value is None:
        return "none"
    declaring = _declaring(line, name)
    if declaring is None:
        return "yes"
    layer, own = declaring
    return layer.settings[own].show(value, line.layout)


# -- CSV


def comparison_csv(comparison: Comparison) -> str:
    """Of two models a row a number that is compared; of more a row a total, with a column a model."""
    from cnncalc.report.formats.csv import csv

    analyses = comparison.analyses
    if comparison.pairs is None:
        rows = [[key, *(getattr(analysis.totals, key) for analysis in analyses)] for key in TOTALS]
        rows.append(["receptive_field", *(fields_text(analysis.end.fields) for analysis in analyses)])
        return csv(["total", *labels(analyses)], rows)
    columns = ("status", "before_name", "after_name", "quantity", "before", "after", "delta", "percent")
    return csv(columns, [*_total_rows(analyses), *_entry_rows(comparison)])


def _total_rows(analyses: Sequence[Analysis]) -> Iterator[list[Any]]:
    for key in TOTALS:
        values = [getattr(analysis.totals, key) for analysis in analyses]
        yield ["total", "", "", key, *values, *_change_cells(*values)]
    yield ["total", "", "", "receptive_field", *(fields_text(analysis.end.fields) for analysis in analyses), "", ""]


def _entry_rows(comparison: Comparison) -> Iterator[list[Any]]:
    layouts = [analysis.spec.layout for analysis in comparison.analyses]
    for pair in comparison.pairs or ():
        lines = (pair.before, pair.after)
        head = [pair.status, *(line.name if line else "" for line in lines)]
        outputs = [line.row.output.text(layout) if line else "" for line, layout in zip(lines, layouts, strict=True)]
        yield [*head, "output", *outputs, "", ""]
        for key in ("params", "macs"):
            values = [getattr(line, key) if line else None for line in lines]
            yield [
                *head,
                key,
                *("" if value is None else value for value in values),
                *_change_cells(*(0 if line is None else value for line, value in zip(lines, values, strict=True))),
            ]
        if pair.before and pair.after:
            for name, (old, new) in pair.settings.items():
                texts = [_value_text(pair.before, name, old), _value_text(pair.after, name, new)]
                yield [*head, name, *texts, "", ""]
            if pair.inputs:
                yield [*head, "inputs", *(" ".join(names) for names in pair.inputs), "", ""]


def _change_cells(before: int | None, after: int | None) -> list[Any]:
    changed = change(before, after)
    if changed is None:
        return ["", ""]
    delta, share = changed
    return [delta, "" if share is None else round(share * 100, 4)]


# -- JSON


def comparison_json(comparison: Comparison, met: Sequence[Breach] = ()) -> dict[str, Any]:
    """Everything, field by field: `cnncalc/compare`, version 1. What a side lacks, and what is unknown, is null."""
    analyses = comparison.analyses
    totals: dict[str, Any] = {}
    for key in TOTALS:
        values = [getattr(analysis.totals, key) for analysis in analyses]
        totals[key] = {"values": values, **(_change_json(*values) if len(values) == 2 else {})}
    pairs = comparison.pairs
    return {
        "schema": "cnncalc/compare",
        "version": 1,
        "different": comparison.is_different,
        "failed": [
            {
                "condition": each.condition.text,
                "model": analyses.index(each.analysis),
                "before": each.before,
                "after": each.after,
            }
            for each in met
        ],
        "models": [_model_json(analysis, label) for analysis, label in zip(analyses, labels(analyses), strict=True)],
        "totals": totals,
        "entries": None if pairs is None else [_pair_json(pair, analyses) for pair in pairs],
    }


def _model_json(analysis: Analysis, label: str) -> dict[str, Any]:
    spec = analysis.spec
    fields = {name: layer_field_json(field) for name, field in analysis.end.fields.items()}
    return {
        "label": label,
        "name": spec.name,
        "file": spec.source.name,
        "convention": spec.convention,
        "layout": spec.layout,
        "inputs": [{"name": node.name, "shape": list(node.output.sizes(spec.layout))} for node in spec.graph.inputs],
        "outputs": [
            {"name": name, "shape": list(node.output.sizes(spec.layout))}
            for name, node in zip(spec.graph.outputs, spec.graph.output_nodes, strict=True)
        ],
        "peak_at": analysis.totals.peak_at,
        "receptive_field": next(iter(fields.values())) if len(fields) == 1 else fields,
    }


def _change_json(before: int | None, after: int | None) -> dict[str, Any]:
    changed = change(before, after)
    if changed is None:
        return {"delta": None, "percent": None}
    delta, share = changed
    return {"delta": delta, "percent": None if share is None else round(share * 100, 4)}


def _pair_json(pair: Pair, analyses: Sequence[Analysis]) -> dict[str, Any]:
    before, after = pair.before, pair.after
    layouts = [analysis.spec.layout for analysis in analyses]
    settings: dict[str, Any] = {}
    if before and after:
        for name, (old, new) in pair.settings.items():
            settings[name] = {
                "before": _value_json(before, name, old, layouts[0]),
                "after": _value_json(after, name, new, layouts[1]),
            }
    return {
        "status": pair.status,
        "before": _line_json(before, layouts[0]),
        "after": _line_json(after, layouts[1]),
        "settings": settings,
        "inputs": {"before": list(pair.inputs[0]), "after": list(pair.inputs[1])} if pair.inputs else None,
        "params": _change_json(before.params if before else 0, after.params if after else 0),
        "macs": _change_json(before.macs if before else 0, after.macs if after else 0),
    }


def _line_json(line: Line | None, layout: str) -> dict[str, Any] | None:
    if line is None:
        return None
    return {
        "name": line.name,
        "kind": line.kind,
        "output": list(line.row.output.sizes(layout)),
        "params": line.params,
        "macs": line.macs,
    }


def _value_json(line: Line, name: str, value: Any, layout: str) -> Any:
    if value is None:
        return None
    declaring = _declaring(line, name)
    if declaring is None:
        return value
    layer, own = declaring
    return list(value.sizes(layout)) if hasattr(value, "sizes") else layer.settings[own].type.json(value)
