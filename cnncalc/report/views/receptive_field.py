"""The report of `receptive-field`: what each layer sees, and whether that covers the input."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from cnncalc.analysis.field_coverage import Misalignment, Seen, centre, distances, extent, misalignments, seen
from cnncalc.named_tuple import NamedTuple
from cnncalc.report._document import Block, Cell, Column, Facts, Heading, Paragraph, Table
from cnncalc.report.report import Records, Report
from cnncalc.report.text import number, per_axis
from cnncalc.report.views.columns import kind_cell, layer_cell, settings_text
from cnncalc.report.views.field_columns import (
    FIELD_COLUMNS,
    RECORDED,
    SHOWN,
    FieldRow,
    field_records,
    field_text_of,
    half,
    per_axis_text,
)
from cnncalc.report.views.rows import WHOLE, Listing, Row, flat_names, shorter, spanned, tree
from cnncalc.report.views.summarize import model_heading
from cnncalc.whatif.align_branches import Aligner
from cnncalc.whatif.coverage import answers

if TYPE_CHECKING:
    from cnncalc.analysis import Analysis, LayerNumbers
    from cnncalc.analysis.receptive_field import Field
    from cnncalc.whatif.align_branches import Alignment
    from cnncalc.whatif.cover_input import Proposal
    from cnncalc.whatif.coverage import InputCoverage


WAYS = {"layers": "More layers", "coarser": "A stride or a pool", "dilation": "A dilation"}
WHY = {
    "no convolution": "no convolution here is wider than 1 along every axis where the field is too small",
    "too many": "not even 1,000 would be enough",
    "no place": "no single one is enough, and with one, just as many more layers would be needed as without it",
}
"""Ways that do not reach the goal, and why."""


class FieldReport(Report):
    """The receptive fields of a model.

    Attributes:
        seen: what each layer sees of each input.
        answers: whether the last field covers an input, and what it would take.
        misalignments: merges whose branches diverge, and what would line them up.
        has_all: whether layers that do not change the field are also listed.
    """

    __slots__ = ("analysis", "answers", "has_all", "listing", "misalignments", "seen")

    def __init__(
        self,
        analysis: Analysis,
        seen: Sequence[Seen],
        answers: Sequence[InputCoverage],
        misalignments: Sequence[tuple[Misalignment, Alignment | None]],
        has_all: bool = False,
        listing: Listing = WHOLE,
    ) -> None:
        self.analysis = analysis
        self.seen = seen
        self.answers = answers
        self.misalignments = misalignments
        self.has_all = has_all
        self.listing = listing

    @classmethod
    def of(
        cls,
        analysis: Analysis,
        cover: Sequence[int] | None = None,
        has_all: bool = False,
        listing: Listing = WHOLE,
    ) -> FieldReport:
        """The report on a model.

        Args:
            cover: a size to ask for instead of the inputs', one for all axes or one per axis.

        Raises:
            ValueError: no input has as many axes.
        """
        aligner = Aligner(analysis)
        found = [(each, aligner.alignment(each)) for each in misalignments(analysis)]
        return cls(analysis, seen(analysis), answers(analysis, cover), found, has_all, listing)

    def document(self) -> list[Block]:
        """The layers that change the field (or all), the answer, and misaligned merges."""
        blocks: list[Block] = [model_heading(self.analysis.spec, "receptive fields in positions of the input")]
        if rows := self.rows():
            blocks += [self._table(rows), *shorter(len(rows), self.analysis.entries, self.listing)]
        for found, fix in self.misalignments:
            blocks.extend(misalignment_blocks(self.analysis, found, fix))
        for answer in self.answers:
            blocks.extend(answer_blocks(self.analysis, answer))
        return blocks

    def table(self) -> Records:
        """One row per layer, input and axis; a single row if a layer has no axes. Copies are never folded."""
        keys = self.listing.columns or RECORDED
        return Records(keys, (line for row in self.rows() for line in field_records(row, keys)))

    def data(self) -> dict[str, Any]:
        """Everything, field by field: `cnncalc/receptive-field`, version 1."""
        from cnncalc.report.views._field_data import field_json

        return field_json(self)

    def rows(self) -> list[FieldRow]:
        """What is listed, in the order of the forward pass."""
        by_layer: dict[int, list[Seen]] = {}
        for each in self.seen:
            by_layer.setdefault(id(each.layer), []).append(each)
        layout = self.analysis.spec.layout
        place = {id(layer): index for index, layer in enumerate(self.analysis.layers)}
        listed = sorted(
            (found for row in tree(self.analysis.entries, self.listing) for found in _layers(row, layout)),
            key=lambda found: place[id(found.ends[0])],
        )
        return [
            FieldRow(found.name, found.kind, seen, layout)
            for found in listed
            for seen in zip(*(by_layer.get(id(layer), []) for layer in found.ends), strict=False)
            if self.has_all
            or any(
                each.sight.is_changed
                for layer in found.inside
                for each in by_layer.get(id(layer), [])
                if each.input is seen[0].input
            )
        ]

    def _table(self, rows: Sequence[FieldRow]) -> Table:
        keys = list(self.listing.columns or SHOWN)
        if self.listing.columns is None:
            keys = [key for key in keys if self._is_needed(key, rows)]
        names = flat_names([row.name for row in rows], self.listing.names)
        inputs = [row.first.input.name for row in rows]
        own: dict[str, tuple[Column, Sequence[str | Cell]]] = {
            "layer": (Column("layer", narrows=2), names),
            "kind": (Column("kind", narrows=1, is_uniform=False, leaves=self._leaves(2)), [row.kind for row in rows]),
            "input": (Column("input"), inputs),
            "output": (Column("output", True, leaves=self._leaves(1)), [_output(row) for row in rows]),
        }
        columns = [
            own[key] if key in own else (FIELD_COLUMNS[key].head, [field_text_of(row, key) for row in rows])
            for key in keys
        ]
        return Table([column for column, _ in columns], list(zip(*(cells for _, cells in columns), strict=True)))

    def _leaves(self, rank: int) -> int:
        """When a column may be left out: never if it was asked for."""
        return rank if self.listing.columns is None else 0

    def _is_needed(self, key: str, rows: Sequence[FieldRow]) -> bool:
        """Whether a column says anything: the input's name if there are several, a remark if there is any."""
        if key == "input":
            return len(self.analysis.spec.graph.inputs) > 1
        return key != "remark" or any(field_text_of(row, key) for row in rows)


class _Listed(NamedTuple):
    """A layer, or an entry that is closed.

    Attributes:
        ends: the layer whose field is shown; of identical copies that are one row, that of each.
        inside: the layers of which one must change the field for the row to be listed.
    """

    name: str
    kind: Cell
    ends: tuple[LayerNumbers, ...]
    inside: Sequence[LayerNumbers]


def _layers(row: Row, layout: str) -> Iterator[_Listed]:
    """The layers of a row with their names and kinds: its own, or where it is closed the one that it ends in."""
    if row.entry.children and not row.is_open:
        ends = tuple(entry.end for entry in row.entries)
        inside = [layer for entry in row.entries for each in entry.walk() for layer in each.layers]
        yield _Listed(row.whole_name, kind_cell(row, layout), ends, inside)
        return
    copies = f" (×{row.times})" if row.times > 1 else ""
    for layers in zip(*(entry.layers for entry in row.entries), strict=True):
        node = layers[0].node
        name = row.whole_name + node.name.removeprefix(row.entry.name)
        if row.names == "origin" and node.origin:
            name = spanned(node.origin, layers[-1].node.origin)
        yield _Listed(name, layer_cell(node.layer, node.kind, layout, copies), layers, layers)


def _output(row: FieldRow) -> str:
    return row.first.layer.node.output.text(row.layout)


# -- the lecture's question


def answer_blocks(analysis: Analysis, answer: InputCoverage) -> list[Block]:
    """Whether the field covers an input, and what would make it do so."""
    several = len(analysis.spec.graph.inputs) > 1
    beside = answer.input.name if several else ""
    blocks: list[Block] = [Heading(f"Does the field cover {_goal(answer)}?", beside, 2), Paragraph(_verdict(answer))]
    if not answer.is_covered and answer.proposals:
        titles = ("change", "field", "output there", "parameters", "MACs")
        rows = [_proposal(analysis, each) for each in answer.proposals]
        blocks += [Paragraph("Ways to get there:"), Table([Column(t, t != "change") for t in titles], rows)]
    blocks += [Paragraph(f"{WAYS[each.way]}: {WHY[each.why]}.") for each in answer.refusals]
    return blocks


def _goal(answer: InputCoverage) -> str:
    size = per_axis(answer.goal)
    return f"the input ({size})" if answer.goal == extent(answer.input) else size


def _verdict(answer: InputCoverage) -> str:
    if answer.is_covered is None:
        return "That is unknown, because the field of a layer before every layer that has one is."
    if answer.layer is None:
        return "Yes: every layer that sees this input has a global field, and sees all of it."
    field = answer.layer.fields[answer.input.name]
    size = "×".join("all" if each is None else str(each) for each in field.size)
    after = "the fields after it are unknown" if answer.is_unknown else "what comes after it sees all of the input"
    rest = "" if answer.is_end else f"; {after}"
    gate = " (and the whole input through a few numbers)" if field.is_gated else ""
    where = f"the last local field, that of {answer.layer.name}, has {size} positions{gate}{rest}"
    return f"{'Yes' if answer.is_covered else 'No'}: {where}."


def _proposal(analysis: Analysis, found: Proposal) -> list[str]:
    layout = analysis.spec.layout
    output = found.output.text(layout)
    differences = (_difference(found.params), _difference(found.macs))
    return [proposal_text(found, layout), per_axis(found.size), output, *differences]


def proposal_text(found: Proposal, layout: str) -> str:
    """A proposal in words, with the settings as a spec would write them."""
    amount = per_axis(found.amount)
    settings = settings_text(found.layer, layout)
    if found.way == "layers":
        return _layers_text(found.amount[0], found.at, settings)
    if found.way == "pool":
        pool = f"max_pool {amount} after {found.at}"
        more = found.more and _layers_text(found.more[0], "it", settings_text(found.more[1], layout))
        return f"{pool}, and {more}" if more else pool
    return f"{found.way} {amount} at {found.at}: {settings}"


def _layers_text(count: int, place: str, settings: str) -> str:
    return (
        f"{count} more layers after {place}, each {settings}"
        if count > 1
        else f"1 more layer after {place}: {settings}"
    )


def _difference(value: int) -> str:
    return f"+{number(value)}" if value > 0 else f"−{number(-value)}" if value < 0 else "the same"


# -- misaligned merges


def misalignment_blocks(analysis: Analysis, found: Misalignment, fix: Alignment | None) -> list[Block]:
    """Where the branches of a merge look, and what would line them up."""
    several = f" in {found.input.name}" if len(analysis.spec.graph.inputs) > 1 else ""
    heading = Heading(f"{found.merge.name} is misaligned{several}", "its branches look at different places", 2)
    facts = Facts(
        [
            (f"branch {node.name}", f"stride {per_axis(field.stride)}, centre of unit 0 at {_centres(field)}")
            for node, field in zip(found.branches, found.fields, strict=True)
        ]
    )
    return [heading, facts, Paragraph(_fix(found, fix))]


def _centres(field: Field) -> str:
    return per_axis_text(map(half, centre(field)))


def _fix(found: Misalignment, fix: Alignment | None) -> str:
    if fix:
        pairs = ", ".join(f"[{before}, {after}]" for before, after in fix.padding)
        return f"They line up with `{fix.setting}: [{pairs}]` at {fix.at}."
    one, other = found.fields
    if one.stride != other.stride:
        return "No padding lines them up: their strides differ."
    axes = zip(one.axes, other.axes, strict=True)
    if any(len(distances(here, there)) > 1 for here, there in axes if here and there):
        return "No padding lines them up: the distance between their centres changes from unit to unit."
    return "No padding of a layer on either branch lines them up."
