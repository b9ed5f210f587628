"""The report of `compare`: totals side by side and, for two models, what became of each entry."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING, Any

from cnncalc.at_least import layers_text, layers_unknown
from cnncalc.comparison.differences import TOTALS, change, compare
from cnncalc.comparison.fail_if import breaches
from cnncalc.report._document import Block, Column, Heading, Paragraph, Table
from cnncalc.report._model_json import fields_json, inputs_json
from cnncalc.report.report import Joined, Records, Report, Shared
from cnncalc.report.text import MANY_TEXTS, UNKNOWN, number, size_in_bytes
from cnncalc.report.views._changes import change_text
from cnncalc.report.views.columns import fields_text, joined_sizes
from cnncalc.report.views.difference_rows import declaring, difference_rows, difference_table, value_text
from cnncalc.report.views.rows import WHOLE, Listing
from cnncalc.report.views.summarize import inputs_text, outputs_text

if TYPE_CHECKING:
    from cnncalc.analysis import Analysis
    from cnncalc.comparison.differences import Comparison, Line, Pair
    from cnncalc.comparison.fail_if import Breach, Condition
    from cnncalc.sameness.networks import Parting, Place, Sameness
    from cnncalc.settings.shape import Shape

TITLES = ("parameters", "trainable", "MACs", "parameter memory", "activation memory", "peak")
"""What a person reads for each of `TOTALS`."""
STATUSES = ("added", "removed", "changed", "renamed", "same")


def labels(analyses: Sequence[Analysis]) -> list[str]:
    """The names of the models: their own, their files if names are equal, otherwise with a number."""
    for names in (
        [analysis.spec.name for analysis in analyses],
        [analysis.spec.source.name for analysis in analyses],
    ):
        if len(set(names)) == len(names):
            return names
    return [f"{number}: {analysis.spec.name}" for number, analysis in enumerate(analyses, 1)]


def _shown(value: int | None, show: Callable[[int], str]) -> str:
    return UNKNOWN if value is None else show(value)


class ComparisonReport(Report):
    """Models side by side.

    Attributes:
        met: the conditions that are met and must not be.
    """

    __slots__ = ("comparison", "listing", "met")

    def __init__(self, comparison: Comparison, met: Sequence[Breach] = (), listing: Listing = WHOLE) -> None:
        self.comparison = comparison
        self.met = met
        self.listing = listing

    @classmethod
    def of(
        cls, analyses: Sequence[Analysis], conditions: Sequence[Condition] = (), listing: Listing = WHOLE
    ) -> ComparisonReport:
        """The report on two models or more, and which of the conditions that must not be met are.

        Raises:
            ValueError: there are fewer than two.
        """
        return cls(compare(analyses), list(breaches(analyses, conditions)), listing)

    @property
    def is_different(self) -> bool:
        """Whether the models differ, names aside."""
        return self.comparison.is_different

    @property
    def sameness(self) -> Sequence[Sameness]:
        """For each model after the first, whether it is the same network, and if not, where they part."""
        return self.comparison.sameness

    def is_same(self, allow_folded: bool = False) -> bool:
        """Whether all models are the same network.

        Args:
            allow_folded: whether norms may be folded into the weights before them.
        """
        return all(each.holds(allow_folded) for each in self.sameness)

    def not_the_same(self, allow_folded: bool = False) -> list[str]:
        """What there is to say of each model that is not the same network as the first."""
        texts = zip(self.sameness, self._sameness_texts(), strict=True)
        return [text for each, text in texts if not each.holds(allow_folded)]

    def _sameness_texts(self) -> list[str]:
        """Whether each model is the same network as the first, in words."""
        first, *others = labels(self.comparison.analyses)
        if len(others) == 1:
            return [self.sameness[0].text]
        return [f"{first} and {other} are {each.text}" for other, each in zip(others, self.sameness, strict=True)]

    def document(self) -> list[Block]:
        """The totals, one column per model; whether they are the same network; the conditions that are met; for two
        models, the entries that differ."""
        comparison = self.comparison
        names = labels(comparison.analyses)
        heading = Heading(" · ".join(names), "" if comparison.is_different else "no difference")
        blocks: list[Block] = [heading, _totals_table(comparison.analyses, names)]
        blocks += [Paragraph(text) for text in self._sameness_texts()]
        blocks += [Paragraph(f"✗ {breach_text(each, comparison.analyses)}") for each in self.met]
        if comparison.pairs is None:
            return blocks
        if rows := difference_rows(comparison, self.listing):
            blocks.append(difference_table(rows, self.listing))
        counts = Counter(pair.status for pair in comparison.pairs)
        blocks.append(Paragraph(f"layers: {', '.join(f'{counts[status]:,} {status}' for status in STATUSES)}"))
        return blocks

    def table(self) -> Records:
        """For two models, one row per number that is compared; for more, one row per total and one column per model."""
        analyses = self.comparison.analyses
        if self.comparison.pairs is None:
            rows = [[key, *(getattr(analysis.totals, key) for analysis in analyses)] for key in TOTALS]
            rows.append(["receptive_field", *map(_field_text, analyses)])
            rows.append(["network", "", *(each.verdict for each in self.sameness)])
            return Records(["total", *labels(analyses)], rows)
        columns = ("status", "before_name", "after_name", "quantity", "before", "after", "delta", "percent")
        parts = (_total_rows(analyses), _network_rows(*self.sameness), _entry_rows(self.comparison))
        return Records(columns, chain(*parts))

    def data(self) -> dict[str, Any]:
        """Everything, field by field: `cnncalc/compare`, version 1. What a side lacks, or what is unknown, is null."""
        return _comparison_json(self.comparison, self.met, list(map(self._network_json, self.sameness)))

    def _network_json(self, sameness: Sameness) -> dict[str, Any]:
        layouts = [analysis.spec.layout for analysis in self.comparison.analyses]
        first, second = sameness.folded
        parting = sameness.parting and _parting_json(sameness.parting, layouts[0], layouts[1])
        return {"verdict": sameness.verdict, "folded": {"first": first, "second": second}, "parting": parting}


# -- text


def breach_text(breach: Breach, analyses: Sequence[Analysis]) -> str:
    """The condition that is met, and the numbers: `params > +5%: 27,562 → 29,168, +1,606 (+5.8%)`."""
    condition, before, after = breach.condition, breach.before, breach.after
    show = size_in_bytes if condition.key.endswith("bytes") else number
    open_ = "" if breach.is_judged else "cannot be judged: "
    which = f" of {labels(analyses)[analyses.index(breach.analysis)]}" if len(analyses) > 2 else ""
    if condition.key == "receptive_field":
        both = (analyses[0], breach.analysis)
        return f"{condition.text}{which}: {open_}{' → '.join(map(_field_text, both))}"
    numbers = f"{_shown(before, show)} → {_shown(after, show)}"
    if not breach.is_judged:
        layers = layers_text(max(map(layers_unknown, (before or 0, after or 0))))
        return f"{condition.text}{which}: {open_}{numbers}, {layers}"
    return f"{condition.text}{which}: {numbers}, {change_text(before, after, show)}"


def _totals_table(analyses: Sequence[Analysis], names: Sequence[str]) -> Table:
    are_two = len(analyses) == 2
    rows = [["input", *(inputs_text(analysis.spec) for analysis in analyses)] + [""] * are_two]
    for key, title in zip(TOTALS, TITLES, strict=True):
        values = [getattr(analysis.totals, key) for analysis in analyses]
        show = size_in_bytes if key.endswith("bytes") else number
        rows.append([title, *(_shown(value, show) for value in values)])
        if are_two:
            rows[-1].append(change_text(values[0], values[1], show))
    for title, text in (("output", _output_text), ("receptive field", _field_text)):
        texts = list(map(text, analyses))
        rows.append([title, *texts] + (["=" if texts[0] == texts[1] else ""] if are_two else []))
    if are_two and any(field.status == UNKNOWN for each in analyses for field in each.end.fields.values()):
        rows[-1][-1] = UNKNOWN
    return Table([Column(""), *(Column(name, True) for name in names), *([Column("Δ", True)] * are_two)], rows)


def _field_text(analysis: Analysis) -> str:
    return fields_text(analysis.end.fields, analysis.spec.graph)


def _output_text(analysis: Analysis) -> str:
    return outputs_text(analysis.spec)


# -- records


def _total_rows(analyses: Sequence[Analysis]) -> Iterator[list[Any]]:
    for key in TOTALS:
        values = [getattr(analysis.totals, key) for analysis in analyses]
        yield ["total", "", "", key, *values, *_change_cells(*values)]
    yield ["total", "", "", "receptive_field", *map(_field_text, analyses), "", ""]


def _entry_rows(comparison: Comparison) -> Iterator[list[Any]]:
    layouts = [analysis.spec.layout for analysis in comparison.analyses]
    for pair in comparison.pairs or ():
        lines = (pair.before, pair.after)
        head = [pair.status, *(line.name if line else "" for line in lines)]
        outputs = [
            joined_sizes(line.row.output, layout) if line else "" for line, layout in zip(lines, layouts, strict=True)
        ]
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
                texts = [value_text(pair.before, name, old), value_text(pair.after, name, new)]
                yield [*head, name, *texts, "", ""]
            if pair.inputs:
                yield [*head, "inputs", *(" ".join(names) for names in pair.inputs), "", ""]


def _network_rows(sameness: Sameness) -> Iterator[list[Any]]:
    """Whether it is the same network, and where they part: a row for each setting that differs."""
    yield ["total", "", "", "network", "", sameness.verdict, "", ""]
    if parting := sameness.parting:
        head = ["parting", *(place.name if place else "" for place in (parting.first, parting.second))]
        for name, values in parting.settings.items():
            yield [*head, name, *values, "", ""]
        if not parting.settings:
            yield [*head, parting.what, "", parting.message, "", ""]


def _change_cells(before: int | None, after: int | None) -> list[Any]:
    changed = change(before, after)
    if changed is None:
        return ["", ""]
    delta, share = changed
    return [delta, "" if share is None else round(share * 100, 4)]


# -- JSON


def _comparison_json(
    comparison: Comparison, met: Sequence[Breach], networks: Sequence[dict[str, Any]]
) -> dict[str, Any]:
    analyses = comparison.analyses
    totals: dict[str, Any] = {}
    for key in TOTALS:
        values = [getattr(analysis.totals, key) for analysis in analyses]
        totals[key] = {"values": values, **_bounds_json(values), **(_change_json(*values) if len(values) == 2 else {})}
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
                **({} if each.is_judged else {"judged": False}),
            }
            for each in met
        ],
        "models": [_model_json(analysis, label) for analysis, label in zip(analyses, labels(analyses), strict=True)],
        "totals": totals,
        "networks": networks,
        "entries": None if pairs is None else (_pair_json(pair, analyses) for pair in pairs),
    }


def _bounds_json(values: Sequence[int]) -> dict[str, Any]:
    """The lower bounds of all values, if that is all that is known of one."""
    return {"at_least": list(map(int, values))} if any(map(layers_unknown, values)) else {}


def _model_json(analysis: Analysis, label: str) -> dict[str, Any]:
    spec = analysis.spec
    return {
        "label": label,
        "name": spec.name,
        "file": spec.source.name,
        "convention": spec.convention,
        "layout": spec.layout,
        "inputs": inputs_json(spec),
        "outputs": [
            {"name": name, "shape": list(node.output.sizes(spec.layout))}
            for name, node in zip(spec.graph.outputs, spec.graph.output_nodes, strict=True)
        ],
        "peak_at": analysis.totals.peak_at,
        "receptive_field": fields_json(analysis.end.fields),
    }


def _parting_json(parting: Parting, *layouts: str) -> dict[str, Any]:
    places = zip(("first", "second"), (parting.first, parting.second), layouts, strict=True)
    settings = {name: {"first": one, "second": other} for name, (one, other) in parting.settings.items()}
    sides = {side: place and _place_json(place, layout) for side, place, layout in places}
    return {"what": parting.what, "message": parting.message, **sides, "settings": settings}


def _place_json(place: Place, layout: str) -> dict[str, Any]:
    return {
        "name": place.name,
        "kind": place.kind,
        "origin": place.origin,
        "joined": list(place.joined),
        "file": place.file,
        "line": place.span and place.span.line,
        "column": place.span and place.span.column,
        "node": place.node,
        "output": list(place.output.sizes(layout)),
    }


@lru_cache(MANY_TEXTS)
def _change_json(before: int | None, after: int | None) -> Shared:
    changed = change(before, after)
    if changed is None:
        return Shared({"delta": None, "percent": None})
    delta, share = changed
    return Shared({"delta": delta, "percent": None if share is None else round(share * 100, 4)})


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


def _line_json(line: Line | None, layout: str) -> Joined | None:
    if line is None:
        return None
    return Joined(({"name": line.name}, _numbers_json(line.kind, line.row.output, layout, line.params, line.macs)))


@lru_cache(MANY_TEXTS)
def _numbers_json(kind: str, output: Shape, layout: str, params: int, macs: int) -> Shared:
    return Shared({"kind": kind, "output": list(output.sizes(layout)), "params": params, "macs": macs})


def _value_json(line: Line, name: str, value: Any, layout: str) -> Any:
    if value is None:
        return None
    owner = declaring(line, name)
    if owner is None:
        return value
    layer, own = owner
    return layer.settings[own].json(value, layout)
