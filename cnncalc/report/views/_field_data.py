"""The output of `receptive-field` for programs: JSON, and the records of one unit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cnncalc.analysis.field_coverage import Interval, Misalignment, Seen, Sight, boxes, centre, clip, extent
from cnncalc.layers.words import COORDINATES
from cnncalc.report._model_json import carriers_json, fractions_json, inputs_json, period_json, sizes_json, stride_json
from cnncalc.report.report import Joined, Records, Shared
from cnncalc.report.text import MANY_TEXTS
from cnncalc.report.views.field_box import Unit, inputs_seen
from cnncalc.report.views.field_columns import plain_number
from cnncalc.report.views.receptive_field import FieldReport, proposal_text

if TYPE_CHECKING:
    from cnncalc.analysis import Analysis
    from cnncalc.whatif.align_branches import Alignment
    from cnncalc.whatif.coverage import InputCoverage


def field_json(report: FieldReport) -> dict[str, Any]:
    """Everything, field by field: `cnncalc/receptive-field`, version 1."""
    spec = report.analysis.spec
    return {
        **_head(report.analysis),
        "layers": _layers_json(report.seen),
        "misalignments": [_misalignment_json(*pair) for pair in report.misalignments],
        "answers": [_answer_json(answer, spec.layout) for answer in report.answers],
    }


def _head(analysis: Analysis) -> dict[str, Any]:
    from cnncalc.report.formats.json import about_model

    spec = analysis.spec
    return {
        **about_model("receptive-field", spec),
        "inputs": inputs_json(spec),
    }


def _layers_json(seen: Sequence[Seen]) -> Iterator[Joined]:
    sight_json = lru_cache(MANY_TEXTS)(_sight_json)
    for layer, source, sight in seen:
        own = {"name": layer.name, "kind": layer.node.kind, "input": source.name}
        yield Joined((own, sight_json(sight)))


def _sight_json(sight: Sight) -> Shared:
    field = sight.field
    if field.status != "local":
        return Shared({"status": field.status, "changed": sight.is_changed})
    return Shared(
        {
            "status": field.status,
            "changed": sight.is_changed,
            "size": sizes_json(field),
            **stride_json(field),
            "padding": list(field.padding),
            "centre": [plain_number(value) for value in sight.centre],
            "centre_fractions": fractions_json(sight.centre),
            "covered_percent": [round(float(share * 100), 4) for share in sight.covered],
            "covered_fractions": fractions_json(sight.covered),
            "added": list(sight.added),
            "aligned": field.is_aligned,
            "uniform": field.is_uniform,
            **period_json(field),
            "gated": field.is_gated,
            **carriers_json(field),
        }
    )


def _misalignment_json(found: Misalignment, fix: Alignment | None) -> dict[str, Any]:
    branches = [
        {
            "name": node.name,
            **stride_json(field),
            "centre": [plain_number(value) for value in centre(field)],
            "centre_fractions": fractions_json(centre(field)),
        }
        for node, field in zip(found.branches, found.fields, strict=True)
    ]
    aligned = fix and {"layer": fix.at, "setting": fix.setting, "padding": [list(pair) for pair in fix.padding]}
    return {"merge": found.merge.name, "input": found.input.name, "branches": branches, "aligned_by": aligned}


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
    seen = []
    for name, source in inputs_seen(unit):
        field = unit.layer.fields[name]
        found: dict[str, Any] = {"input": name, "status": field.status}
        if field.status == "local":
            sizes = extent(source)
            box = boxes(field, unit.position, sizes)
            clipped = [clip(interval, size) for interval, size in zip(box, sizes, strict=True)]
            found |= {"box": _boxes(box), "clipped": _boxes(clipped), "gated": field.is_gated}
        seen.append(found)
    return {
        **_head(unit.analysis),
        "layer": unit.layer.name,
        "unit": list(unit.position),
        "boxes": seen,
    }


def _boxes(box: Sequence[Interval]) -> list[list[int] | None]:
    """The first and last positions, per axis; null if there are none."""
    return [[low, high] if low <= high else None for low, high in box]


def unit_records(unit: Unit) -> Records:
    """One row per input and axis."""
    lines: list[list[Any]] = []
    for name, source in inputs_seen(unit):
        field = unit.layer.fields[name]
        if field.status != "local":
            lines.append([unit.layer.name, name, "", field.status, "", "", "", ""])
            continue
        sizes = extent(source)
        for axis, box, size in zip(COORDINATES[len(sizes)], boxes(field, unit.position, sizes), sizes, strict=True):
            ends = [*box, *clip(box, size)]
            shown = [end if ends[place // 2 * 2] <= ends[place // 2 * 2 + 1] else "" for place, end in enumerate(ends)]
            lines.append([unit.layer.name, name, axis, field.status, *shown])
    return Records(("layer", "input", "axis", "status", "first", "last", "clipped_first", "clipped_last"), lines)
