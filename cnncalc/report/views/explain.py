"""The report of `explain`: the derivation of every number of the layers asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cnncalc.analysis.layer_names import layers_named
from cnncalc.at_least import AtLeast
from cnncalc.explanation.derivation import Explainer
from cnncalc.explanation.legend import legend
from cnncalc.recorded_numbers import is_derived, numeric, symbolic
from cnncalc.report._document import Block, Formula, Heading, Paragraph, Symbol
from cnncalc.report.report import Joined, Records, Report, Shared
from cnncalc.report.text import MANY_TEXTS
from cnncalc.report.views._formulas import formula_block, key_text, legend_block
from cnncalc.report.views.columns import settings_text

if TYPE_CHECKING:
    from cnncalc.analysis import Analysis
    from cnncalc.analysis.field_coverage import Interval
    from cnncalc.explanation.derivation import Derivation, Equivalent, Explanation
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
        return cls(analysis.spec, list(map(Explainer(analysis).explain, layers)), has_legend)

    @property
    def legend(self) -> dict[str, str]:
        """What each symbol in the rules stands for."""
        return {key_text(key): meaning for key, meaning in legend(self.explanations).items()}

    def document(self) -> list[Block]:
        """One section per layer, and at the end the legend."""
        blocks: list[Block] = [Heading(self.spec.name, f"{self.spec.convention} convention")]
        blocks_of = lru_cache(MANY_TEXTS)(derivation_blocks)
        for explanation in self.explanations:
            blocks.append(_heading(explanation, self.spec.layout))
            blocks.extend(blocks_of(explanation.derivation))
        if self.has_legend:
            blocks += [Heading("Symbols", level=2), legend_block(legend(self.explanations))]
        return blocks

    def table(self) -> Records:
        """One row per number."""
        keys = ("layer", "kind", "quantity", "rule", "numbers", "result", "words")
        cells = lru_cache(MANY_TEXTS)(_cells)
        nodes = ((each.numbers.node, each.derivation) for each in self.explanations)
        return Records(keys, ([node.name, node.kind, *step] for node, derived in nodes for step in cells(derived)))

    def data(self) -> dict[str, Any]:
        """Everything, field by field: `cnncalc/explain`, version 1."""
        from cnncalc.report.formats.json import about_model

        return {
            **about_model("explain", self.spec),
            "layers": _layers_json(self.explanations, self.spec.layout),
            **({"legend": self.legend} if self.has_legend else {}),
        }


# -- for people


def _heading(explanation: Explanation, layout: str) -> Heading:
    node = explanation.numbers.node
    assert node.layer is not None
    settings = settings_text(node.layer, layout)
    inputs = [source.output.text(layout) for source in node.inputs]
    shown = inputs if len(set(inputs)) > 1 else inputs[:1]  # equal branches only once
    shapes = f"{', '.join(shown)} → {node.output.text(layout)}".lstrip()
    return Heading(node.name, f"{node.kind}{' ' + settings if settings else ''}   {shapes}", level=2)


def derivation_blocks(derived: Derivation) -> list[Block]:
    """What there is to say about a layer: a formula for each number, remarks, and other layers in its place."""
    blocks: list[Block] = [*map(_step, derived.steps), *(Paragraph(_sentence(remark)) for remark in derived.remarks)]
    if derived.equivalents:
        blocks.append(Paragraph("The same two tensors, connected in other ways (fewer, even fewer parameters):"))
        blocks.extend(map(_equivalent, derived.equivalents))
    return blocks


def legend_symbols(explanations: Iterable[Explanation]) -> Sequence[Symbol]:
    """What each symbol in the formulas of these explanations stands for."""
    return legend_block(legend(explanations)).symbols


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}."


def _step(step: DerivedNumber) -> Formula:
    return formula_block(step.title, step.number, step.words)


def _equivalent(equivalent: Equivalent) -> Formula:
    factor = equivalent.factor
    words = "this layer" if factor == 1 else f"{_rounded(factor)} times as many"
    return formula_block(equivalent.what, equivalent.number, words)


def _rounded(factor: float) -> str:
    return f"{factor:,.0f}" if factor >= 1000 or factor == int(factor) else f"{factor:,.1f}"


# -- for programs


def _layers_json(explanations: Iterable[Explanation], layout: str) -> Iterator[Joined]:
    derivation_json = lru_cache(MANY_TEXTS)(_derivation_json)
    for numbers, derived in explanations:
        node = numbers.node
        own = {
            "name": node.name,
            "kind": node.kind,
            "input": list(derived.input.sizes(layout)) if node.inputs else None,
            "input_shapes": [list(source.output.sizes(layout)) for source in node.inputs],
            "output": list(node.output.sizes(layout)),
        }
        yield Joined((own, derivation_json(derived)))


def _derivation_json(derived: Derivation) -> Shared:
    return Shared(
        {
            "steps": [{**_number_json(step.title, step.number), "words": step.words} for step in derived.steps],
            "remarks": list(derived.remarks),
            "hulls": [_hull_json(hull) for hull in derived.hulls],
            "equivalents": [
                {**_number_json(other.what, other.number), "factor": round(other.factor, 4)}
                for other in derived.equivalents
            ],
        }
    )


def _cells(derived: Derivation) -> list[list[Any]]:
    """The steps of a derivation as rows of a table."""
    return [[*_number_json(step.title, step.number).values(), step.words] for step in derived.steps]


def _hull_json(hull: FieldHull) -> dict[str, Any]:
    from cnncalc.report._model_json import layer_field_json

    local = {"unit": list(hull.unit), "box": _hull_box_json(hull.box)} if hull.field.status == "local" else {}
    branches = [
        {"name": branch.name, "status": branch.field and branch.field.status, "box": _box_json(branch.box)}
        for branch in hull.branches
    ]
    return {"input": hull.input, **layer_field_json(hull.field), **local, "branches": branches}


def _hull_box_json(box: Sequence[Interval | None]) -> list[list[int] | str | None]:
    """The same for a whole merge, whose units may see all of an axis."""
    return ["all" if each is None else list(each) if each[0] <= each[1] else None for each in box]


def _box_json(box: Sequence[Interval | None]) -> list[list[int] | None]:
    return [list(each) if each and each[0] <= each[1] else None for each in box]


def _number_json(quantity: str, value: int) -> dict[str, Any]:
    derived = is_derived(value)
    return {
        "quantity": quantity,
        "rule": symbolic(value) if derived else None,
        "numbers": numeric(value) if derived else None,
        "result": value if isinstance(value, AtLeast) else int(value),
    }
