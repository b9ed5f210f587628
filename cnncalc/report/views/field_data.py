"""What `receptive-field` says as CSV and JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from cnncalc.analysis.field_coverage import Interval, Misalignment, Seen, centre, clip, extent
from cnncalc.report.views.field_box import AXES, Unit, inputs_seen
from cnncalc.report.views.receptive_field import Report, proposal_text

if TYPE_CHECKING:
    from cnncalc.analysis import Analysis
    from cnncalc.whatif.align_branches import Alignment
    from cnncalc.whatif.coverage import InputCoverage

CSV_COLUMNS = (
    "layer", "kind", "input", "axis", "status", "size", "stride", "padding", "centre", "covered_percent", "added",
    "aligned", "uniform", "gated",
)  # fmt: skip


# -- all layers


def field_csv(report: Report, all_layers: bool = False) -> str:
    """A line a layer, input and axis; layers without axes have one line."""
    from cnncalc.report.formats.csv import csv

    return csv(CSV_COLUMNS, (line for row in report.rows if all_layers or row.is_changed for line in _csv_lines(row)))


def _csv_lines(row: Seen) -> Iterable[list[Any]]:
    field = row.field
    head = [row.layer.name, row.layer.node.kind, row.input.name]
    if field.status != "local":
        shares = [100] if field.status == "global" else [""]
        yield [*head, "", field.status, "", "", "", "", *shares, "", "", "", ""]
        return
    flags = [str(flag).lower() for flag in (field.is_aligned, field.is_uniform, field.is_gated)]
    for index, name in enumerate(AXES[len(field.axes)]):
        yield [
            *head,
            name,
            field.status,
            field.size[index],
            field.stride[index],
            "" if field.padding[index] is None else field.padding[index],
            _plain(row.centre[index]) if row.centre[index] is not None else "",
            round(float(row.covered[index] * 100), 4),
            row.added[index],
            *flags,
        ]


def _plain(value: Fraction | None) -> int | float | None:
    """A centre, which is whole or a half, as JSON has it."""
    return None if value is None else int(value) if value.denominator == 1 else float(value)


def _step(value: Fraction) -> int | str:
    return int(value) if value.denominator == 1 else str(value)


def field_json(report: Report) -> dict[str, Any]:
    """Everything, field by field: `cnncalc/receptive-field`, version 1."""
    spec = report.analysis.spec
    return {
        **_head(report.analysis),
        "layers": [_seen_json(row) for row in report.rows],
        "misalignments": [_misalignment_json(*pair) for pair in report.misalignments],
        "answers": [_answer_json(answer, spec.layout) for answer in report.answers],
    }


def _head(analysis: Analysis) -> dict[str, Any]:
    from cnncalc.report.formats.json import about_model

    spec = analysis.spec
    return {
        **about_model("receptive-field", spec),
        "inputs": [{"name": node.name, "shape": list(node.output.sizes(spec.layout))} for node in spec.graph.inputs],
    }


def _seen_json(row: Seen) -> dict[str, Any]:
    field = row.field
    head = {"name": row.layer.name, "kind": row.layer.node.kind, "input": row.input.name, "status": field.status}
    if field.status != "local":
        return {**head, "changed": row.is_changed}
    return {
        **head,
        "changed": row.is_changed,
        "size": list(field.size),
        "stride": [_step(step) for step in field.stride],
        "padding": list(field.padding),
        "centre": [_plain(value) for value in row.centre],
        "covered_percent": [round(float(share * 100), 4) for share in row.covered],
        "added": list(row.added),
        "aligned": field.is_aligned,
        "uniform": field.is_uniform,
        "gated": field.is_gated,
    }


def _misalignment_json(found: Misalignment, fix: Alignment | None) -> dict[str, Any]:
    branches = [
        {
            "name": node.name,
            "stride": [_step(step) for step in field.stride],
            "centre": [_plain(value) for value in centre(field)],
        }
        for node, field in zip(found.branches, found.fields, strict=True)
    ]
    mended = fix and {"layer": fix.at, "setting": fix.setting, "padding": [list(pair) for pair in fix.padding]}
    return {"merge": found.merge.name, "input": found.input.name, "branches": branches, "aligned_by": mended}


def _answer_json(answer: InputCoverage, layout: str) -> dict[str, Any]:
    return {
        "input": answer.input.name,
        "layer": answer.layer.name if answer.layer else None,
        "goal": list(answer.goal),
        "covered": answer.is_covered,
        "proposals": [
            {
                "way": each.way,
                "at": each.at,
                "amount": list(each.amount),
                "change": proposal_text(each, layout),
                "size": list(each.size),
                "output": list(each.output.sizes(layout)),
                "params": each.params,
                "macs": each.macs,
                "more_layers": each.more[0] if each.more else 0,
            }
            for each in answer.proposals
        ],
        "refusals": [{"way": each.way, "why": each.why} for each in answer.refusals],
    }


# -- one unit


def unit_json(unit: Unit) -> dict[str, Any]:
    """The box of a unit in each input that it sees."""
    boxes = []
    for name, source in inputs_seen(unit):
        field = unit.layer.fields[name]
        found: dict[str, Any] = {"input": name, "status": field.status}
        if field.status == "local":
            box = field.box(unit.position)
            sizes = extent(source)
            clipped = [clip(interval, size) for interval, size in zip(box, sizes, strict=True)]
            found |= {"box": _boxes(box), "clipped": _boxes(clipped), "gated": field.is_gated}
        boxes.append(found)
    return {
        **_head(unit.analysis),
        "layer": unit.layer.name,
        "unit": list(unit.position),
        "boxes": boxes,
    }


def _boxes(box: Sequence[Interval]) -> list[list[int] | None]:
    """First and last position, an axis; null where there is none."""
    return [[low, high] if low <= high else None for low, high in box]


def unit_csv(unit: Unit) -> str:
    """A line an input and axis."""
    from cnncalc.report.formats.csv import csv

    lines: list[list[Any]] = []
    for name, source in inputs_seen(unit):
        field = unit.layer.fields[name]
        if field.status != "local":
            lines.append([unit.layer.name, name, "", field.status, "", "", "", ""])
            continue
        sizes = extent(source)
        for axis, box, size in zip(AXES[len(sizes)], field.box(unit.position), sizes, strict=True):
            ends = [*box, *clip(box, size)]
            shown = [end if ends[place // 2 * 2] <= ends[place // 2 * 2 + 1] else "" for place, end in enumerate(ends)]
            lines.append([unit.layer.name, name, axis, field.status, *shown])
    return csv(("layer", "input", "axis", "status", "first", "last", "clipped_first", "clipped_last"), lines)
