"""The report of `explain`: the derivation of every number of the layers asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from cnncalc.analysis.layer_names import layers_named
from cnncalc.explanation.derivation import explain as explain_layer
from cnncalc.explanation.legend import legend
from cnncalc.recorded_numbers import is_derived, numeric, symbolic
from cnncalc.report._document import Block, Formula, Heading, Paragraph
from cnncalc.report.report import Records, Report
from cnncalc.report.views._formulas import formula_block, key_text, legend_block
from cnncalc.report.views.columns import settings_text

if TYPE_CHECKING:
    from cnncalc.analysis import Analysis
    from cnncalc.analysis.field_coverage import Interval
    from cnncalc.explanation.derivation import Equivalent, Explanation
    from cnncalc.explanation.derived_number import DerivedNumber
    from cnncalc.explanation.merged_fields import FieldHull
    from cnncalc.spec.reader import Spec


class ExplainReport(Report):
    """How the numbers of layers are calculated.

    Attributes:
        spec: the model.
        explanations: one per layer, in the order in which they were asked for.
        has_legend: whether it also says what each symbol stands for.
    """

    __slots__ = ("explanations", "has_legend", "spec")

    def __init__(self, spec: Spec, explanations: Sequence[Explanation], has_legend: bool = False) -> None:
        self.spec = spec
        self.explanations = explanations
        self.has_legend = has_legend

    @classmethod
    def of(cls, analysis: Analysis, names: Sequence[str] = (), has_legend: bool = False) -> ExplainReport:
        """The report on the layers with these names, or on all if none is given; an entry's name stands for all of its
        layers.

        Raises:
            ValueError: there is no such layer.
        """
        layers = layers_named(analysis, names) if names else analysis.layers
        return cls(analysis.spec, [explain_layer(analysis, layer) for layer in layers], has_legend)

    @property
    def legend(self) -> dict[str, str]:
        """What each symbol in the rules stands for."""
        return {key_text(key): meaning for key, meaning in legend(self.explanations).items()}

    def document(self) -> list[Block]:
        """One section per layer, and at the end the legend."""
        blocks: list[Block] = [Heading(self.spec.name, f"{self.spec.convention} convention")]
        for explanation in self.explanations:
            blocks.extend(_section(explanation, self.spec.layout))
        if self.has_legend:
            blocks += [Heading("Symbols", level=2), legend_block(legend(self.explanations))]
        return blocks

    def table(self) -> Records:
        """One row per number."""
        keys = ("layer", "kind", "quantity", "rule", "numbers", "result", "words")
        steps = ((each.numbers.node, step) for each in self.explanations for step in each.steps)
        rows = (
            [node.name, node.kind, *_number_json(step.quantity, step.number).values(), step.words]
            for node, step in steps
        )
        return Records(keys, rows)

    def data(self) -> dict[str, Any]:
        """Everything, field by field: `cnncalc/explain`, version 1."""
        from cnncalc.report.formats.json import about_model

        return {
            **about_model("explain", self.spec),
            "layers": [_layer_json(each, self.spec.layout) for each in self.explanations],
            **({"legend": self.legend} if self.has_legend else {}),
        }


# -- for people


def _section(explanation: Explanation, layout: str) -> Iterator[Block]:
    node = explanation.numbers.node
    assert node.layer is not None
    settings = settings_text(node.layer, layout)
    inputs = [source.output.text(layout) for source in node.inputs]
    shown = inputs if len(set(inputs)) > 1 else inputs[:1]  # equal branches only once
    shapes = f"{', '.join(shown)} → {node.output.text(layout)}"
    yield Heading(node.name, f"{node.kind}{' ' + settings if settings else ''}   {shapes}", level=2)
    yield from map(_step, explanation.steps)
    yield from (Paragraph(_sentence(remark)) for remark in explanation.remarks)
    if explanation.equivalents:
        yield Paragraph("The same two tensors, connected in other ways (fewer, even fewer parameters):")
        yield from map(_equivalent, explanation.equivalents)


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


# -- for programs


def _layer_json(explanation: Explanation, layout: str) -> dict[str, Any]:
    node = explanation.numbers.node
    return {
        "name": node.name,
        "kind": node.kind,
        "input": list(explanation.input.sizes(layout)),
        "input_shapes": [list(source.output.sizes(layout)) for source in node.inputs],
        "output": list(node.output.sizes(layout)),
        "steps": [{**_number_json(step.quantity, step.number), "words": step.words} for step in explanation.steps],
        "remarks": list(explanation.remarks),
        "hulls": [_hull_json(hull) for hull in explanation.hulls],
        "equivalents": [
            {**_number_json(other.what, other.number), "factor": round(other.factor, 4)}
            for other in explanation.equivalents
        ],
    }


def _hull_json(hull: FieldHull) -> dict[str, Any]:
    from cnncalc.report._model_json import layer_field_json

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
