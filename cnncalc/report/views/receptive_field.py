"""The report of `receptive-field`: what each layer sees, and whether that covers the input."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from cnncalc.analysis.field_coverage import Misalignment, Seen, centre, distances, extent
from cnncalc.named_tuple import NamedTuple
from cnncalc.report.document import Block, Column, Facts, Heading, Paragraph, Table
from cnncalc.report.text import number, per_axis
from cnncalc.report.views.columns import settings_text

if TYPE_CHECKING:
    from cnncalc.analysis import Analysis, LayerNumbers
    from cnncalc.whatif.align_branches import Alignment
    from cnncalc.whatif.cover_input import Proposal
    from cnncalc.whatif.coverage import InputCoverage


WAYS = {"layers": "More layers", "coarser": "A stride or a pool", "dilation": "A dilation"}
WHY = {
    "no convolution": "none of the convolutions here is wider than 1 wherever the field is too small",
    "too many": "not with 1,000 either",
    "no place": "none at one place is enough, and layers behind it would be as many as without it",
}
"""Ways that do not get there, and why."""


class Report(NamedTuple):
    """What there is to say about the fields of a model.

    Attributes:
        rows: what is seen, a layer and input.
        misalignments: merges whose branches part, and what would line them up.
    """

    analysis: Analysis
    rows: Sequence[Seen]
    answers: Sequence[InputCoverage]
    misalignments: Sequence[tuple[Misalignment, Alignment | None]]


# -- all layers


def field_document(report: Report, all_layers: bool = False) -> list[Block]:
    """A row a layer (those that change the field, unless all are wanted), the answer, and merges out of line."""
    spec = report.analysis.spec
    inputs = ", ".join(f"{node.name} {node.output.text(spec.layout)}" for node in spec.graph.inputs)
    blocks: list[Block] = [Heading(spec.name, f"{inputs} · receptive fields in positions of the input")]
    rows = [row for row in report.rows if all_layers or row.is_changed]
    if rows:
        blocks.append(_table(report.analysis, rows))
    for found, fix in report.misalignments:
        blocks.extend(_misalignment(report.analysis, found, fix))
    for answer in report.answers:
        blocks.extend(answer_blocks(report.analysis, answer))
    return blocks


def _table(analysis: Analysis, rows: Sequence[Seen]) -> Table:
    spec, layout = analysis.spec, analysis.spec.layout
    titles = ("size", "stride", "padding", "centre of unit 0", "covers", "added")
    columns = [Column("layer"), Column("kind"), Column("output", True), *(Column(title, True) for title in titles)]
    cells = [
        [row.layer.name, _kind(row.layer, layout), row.layer.node.output.text(layout), *_numbers(row)] for row in rows
    ]
    remarks = [", ".join(_remarks(row)) for row in rows]
    if len(spec.graph.inputs) > 1:
        columns.insert(1, Column("input"))
        for row, line in zip(rows, cells, strict=True):
            line.insert(1, row.input.name)
    if any(remarks):
        columns.append(Column("remark"))
        for line, remark in zip(cells, remarks, strict=True):
            line.append(remark)
    return Table(columns, cells)


def _kind(layer: LayerNumbers, layout: str) -> str:
    assert layer.node.layer is not None
    return f"{layer.node.kind} {settings_text(layer.node.layer, layout)}".rstrip()


def _numbers(row: Seen) -> list[str]:
    field = row.field
    if field.status != "local":
        return [field.status, "", "", "", _percent(row.covered), ""]
    return [
        per_axis(field.size),
        per_axis(field.stride),
        _axes(field.padding),
        _axes([_half(value) for value in row.centre]),
        _percent(row.covered),
        _axes([f"+{added}" if added > 0 else "" if added == 0 else f"−{-added}" for added in row.added]),
    ]


def _remarks(row: Seen) -> list[str]:
    field = row.field
    if field.status != "local":
        return []
    said = (
        (field.is_gated, "gated"),
        (not field.is_aligned, "misaligned"),
        (not field.is_uniform, "sizes differ from unit to unit"),
    )
    return [words for is_so, words in said if is_so]


def _axes(values: Iterable[Any]) -> str:
    """One value where all axes agree; `–` for one that there is none of."""
    texts = ["–" if value is None else str(value).replace("-", "−") for value in values]
    return texts[0] if len(set(texts)) == 1 else " × ".join(text or "0" for text in texts)


def _half(value: Fraction | None) -> str | None:
    """A centre: 3, −1, 0.5."""
    return None if value is None else f"{float(value):g}" if value.denominator <= 2 else str(value)


def _percent(shares: Sequence[Fraction]) -> str:
    return _axes([_share(share) for share in shares]) if shares else ""


def _share(share: Fraction) -> str:
    """A share of the whole, never rounded up to all of it."""
    return "100%" if share >= 1 else f"{min((share * 1000 + Fraction(1, 2)) // 1, 999) / 10:.1f}%"


# -- the lecture's question


def answer_blocks(analysis: Analysis, answer: InputCoverage) -> list[Block]:
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
    if answer.layer is None:
        return "Yes: every layer that sees this input has a global field, and sees all of it."
    field = answer.layer.fields[answer.input.name]
    size = "×".join(map(str, field.size))
    rest = "" if answer.is_end else "; what comes after it sees all of the input"
    gate = " (and the whole input through a few numbers)" if field.is_gated else ""
    where = f"the last local field, that of {answer.layer.name}, has {size} positions{gate}{rest}"
    return f"{'Yes' if answer.is_covered else 'No'}: {where}."


def _proposal(analysis: Analysis, found: Proposal) -> list[str]:
    layout = analysis.spec.layout
    output = found.output.text(layout)
    return [
        proposal_text(found, layout),
        per_axis(found.size),
        output,
        _difference(found.params),
        _difference(found.macs),
    ]


def proposal_text(found: Proposal, layout: str) -> str:
    """A proposal in words, with the settings as a spec has them."""
    amount = per_axis(found.amount)
    settings = settings_text(found.layer, layout)
    if found.way == "layers":
        return _layers_text(found.amount[0], found.at, settings)
    if found.way == "pool":
        pool = f"max_pool {amount} behind {found.at}"
        more = found.more and _layers_text(found.more[0], "it", settings_text(found.more[1], layout))
        return f"{pool}, and {more}" if more else pool
    return f"{found.way} {amount} at {found.at}: {settings}"


def _layers_text(count: int, place: str, settings: str) -> str:
    return (
        f"{count} more layers behind {place}, each {settings}"
        if count > 1
        else f"1 more layer behind {place}: {settings}"
    )


def _difference(value: int) -> str:
    return f"+{number(value)}" if value > 0 else f"−{number(-value)}" if value < 0 else "the same"


# -- merges out of line


def _misalignment(analysis: Analysis, found: Misalignment, fix: Alignment | None) -> list[Block]:
    several = f" in {found.input.name}" if len(analysis.spec.graph.inputs) > 1 else ""
    heading = Heading(f"{found.merge.name} is misaligned{several}", "its branches look at different places", 2)
    facts = Facts(
        [
            (f"branch {node.name}", f"stride {per_axis(field.stride)}, centre of unit 0 at {_centres(field)}")
            for node, field in zip(found.branches, found.fields, strict=True)
        ]
    )
    return [heading, facts, Paragraph(_fix(found, fix))]


def _centres(field: Any) -> str:
    return _axes([_half(value) for value in centre(field)])


def _fix(found: Misalignment, fix: Alignment | None) -> str:
    if fix:
        pairs = ", ".join(f"[{before}, {after}]" for before, after in fix.padding)
        return f"They line up with `{fix.setting}: [{pairs}]` at {fix.at}."
    one, other = found.fields
    if one.stride != other.stride:
        return "No padding lines them up: their strides differ."
    if any(len(distances(*axes)) > 1 for axes in zip(one.axes, other.axes, strict=True)):
        return "No padding lines them up: how far their centres are apart changes from unit to unit."
    return "No padding of a layer on either branch lines them up."
