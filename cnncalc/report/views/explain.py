"""The report of `explain`: the derivation of every number of the layers asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from cnncalc.recorded_numbers import is_derived, numeric, symbolic
from cnncalc.report._document import Block, Formula, Heading, Paragraph
from cnncalc.report.report import Report
from cnncalc.report.views._formulas import formula_block
from cnncalc.report.views.columns import settings_text

if TYPE_CHECKING:
    from cnncalc.analysis.field_coverage import Interval
    from cnncalc.explain.derivation import Equivalent, Explanation
    from cnncalc.explain.derived_number import DerivedNumber
    from cnncalc.explain.merged_fields import FieldHull
    from cnncalc.spec.reader import Spec


def explain_document(spec: Spec, explanations: Sequence[Explanation]) -> list[Block]:
    """A section a layer."""
    blocks: list[Block] = [Heading(spec.name, f"{spec.convention} convention")]
    for explanation in explanations:
        node = explanation.numbers.node
        assert node.layer is not None
        settings = settings_text(node.layer, spec.layout)
        shapes = f"{explanation.input.text(spec.layout)} → {node.output.text(spec.layout)}"
        blocks.append(Heading(node.name, f"{node.kind}{' ' + settings if settings else ''}   {shapes}", level=2))
        blocks.extend(map(_step, explanation.steps))
        blocks.extend(Paragraph(_sentence(remark)) for remark in explanation.remarks)
        if explanation.equivalents:
            blocks.append(Paragraph("The same two tensors, connected in other ways (fewer, even fewer parameters):"))
            blocks.extend(map(_equivalent, explanation.equivalents))
    return blocks


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}."


def _step(step: DerivedNumber) -> Formula:
    return formula_block(step.quantity, step.number, step.words)


def _equivalent(equivalent: Equivalent) -> Formula:
    factor = equivalent.factor
    words = "this layer" if factor == 1 else f"{_rounded(factor)} times as many"
    return formula_block(equivalent.what, equivalent.number, words)


def _rounded(factor: float) -> str:
    return f"{factor:,.0f}" if factor >= 1000 or factor == int(factor) else f"{factor:,.1f}"


def explain_json(spec: Spec, explanations: Sequence[Explanation]) -> dict[str, Any]:
    """Everything, field by field: `cnncalc/explain`, version 1."""
    from cnncalc.report.formats.json import about_model

    return {
        **about_model("explain", spec),
        "layers": [
            {
                "name": each.numbers.name,
                "kind": each.numbers.node.kind,
                "input": list(each.input.sizes(spec.layout)),
                "output": list(each.numbers.node.output.sizes(spec.layout)),
                "steps": [{**_number_json(step.quantity, step.number), "words": step.words} for step in each.steps],
                "remarks": list(each.remarks),
                "hulls": [_hull_json(hull) for hull in each.hulls],
                "equivalents": [
                    {**_number_json(other.what, other.number), "factor": round(other.factor, 4)}
                    for other in each.equivalents
                ],
            }
            for each in explanations
        ],
    }


def _hull_json(hull: FieldHull) -> dict[str, Any]:
    from cnncalc.report.views.summarize import layer_field_json

    local = {"unit": list(hull.unit), "box": _box_json(hull.box)} if hull.field.status == "local" else {}
    branches = [
        {"name": branch.name, "status": branch.field and branch.field.status, "box": _box_json(branch.box)}
        for branch in hull.branches
    ]
    return {"input": hull.input, **layer_field_json(hull.field), **local, "branches": branches}


def _box_json(box: Sequence[Interval | None]) -> list[list[int] | None]:
    return [list(each) if each and each[0] <= each[1] else None for each in box]


def _number_json(quantity: str, value: int) -> dict[str, Any]:
    derived = is_derived(value)
    return {
        "quantity": quantity,
        "rule": symbolic(value) if derived else None,
        "numbers": numeric(value) if derived else None,
        "result": int(value),
    }


class ExplainReport(Report):
    """How the numbers of layers come about."""

    __slots__ = ("explanations", "spec")

    def __init__(self, spec: Spec, explanations: Sequence[Explanation]) -> None:
        self.spec = spec
        self.explanations = explanations

    def document(self) -> list[Block]:
        """One section per layer."""
        return explain_document(self.spec, self.explanations)

    def to_dict(self) -> dict[str, Any]:
        """Everything, field by field: `cnncalc/explain`, version 1."""
        return explain_json(self.spec, self.explanations)
