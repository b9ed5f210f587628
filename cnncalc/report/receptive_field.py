"""The report of `receptive-field`: what each layer sees, whether that covers the input, and a unit's box drawn."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

from cnncalc.analysis.coverage import Interval, Misalignment, Seen, centre, clip, distances, extent
from cnncalc.report.columns import settings_text
from cnncalc.report.document import Block, Column, Facts, Heading, Paragraph, Table
from cnncalc.report.text import number, per_axis

if TYPE_CHECKING:
    from cnncalc.analysis import Analysis, LayerNumbers
    from cnncalc.explain.coverage import Alignment, Answer, Proposal

CSV_COLUMNS = (
    "layer", "kind", "input", "axis", "status", "size", "stride", "padding", "centre", "covered_percent", "added",
    "aligned", "uniform", "gated",
)  # fmt: skip
SEEN, BORDER, UNSEEN, OUTSIDE = "#", "+", ".", " "
"""Positions of the input that a unit sees; those beyond its borders; those it does not see; and nothing at all."""
MAX_ROWS = 64
AXES = {1: ("position",), 2: ("row", "column"), 3: ("slice", "row", "column")}


class Report(NamedTuple):
    """What there is to say about the fields of a model.

    Attributes:
        rows: what is seen, a layer and input.
        misalignments: merges whose branches part, and what would line them up.
    """

    analysis: Analysis
    rows: Sequence[Seen]
    answers: Sequence[Answer]
    misalignments: Sequence[tuple[Misalignment, Alignment | None]]


class Unit(NamedTuple):
    """One unit of a layer, by its position (empty for a layer that has none)."""

    analysis: Analysis
    layer: LayerNumbers
    position: tuple[int, ...]


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
        blocks.extend(_answer(report.analysis, answer))
    return blocks


def _table(analysis: Analysis, rows: Sequence[Seen]) -> Table:
    spec = analysis.spec
    titles = ("size", "stride", "padding", "centre of unit 0", "covers", "added")
    columns = [Column("layer"), Column("kind"), Column("output", True), *(Column(title, True) for title in titles)]
    cells = [
        [row.layer.name, _kind(row.layer), row.layer.node.output.text(spec.layout), *_numbers(row)] for row in rows
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


def _kind(layer: LayerNumbers) -> str:
    assert layer.node.layer is not None
    return f"{layer.node.kind} {settings_text(layer.node.layer)}".rstrip()


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
    return "100%" if share >= 1 else f"{int(share * 1000) / 10:.1f}%"


# -- the lecture's question


def _answer(analysis: Analysis, answer: Answer) -> list[Block]:
    several = len(analysis.spec.graph.inputs) > 1
    beside = answer.input.name if several else ""
    blocks: list[Block] = [Heading(f"Does the field cover {_goal(answer)}?", beside, 2), Paragraph(_verdict(answer))]
    if not answer.is_covered and answer.proposals:
        titles = ("change", "field", "output there", "parameters", "MACs")
        rows = [_proposal(analysis, each) for each in answer.proposals]
        blocks += [Paragraph("Ways to get there:"), Table([Column(t, t != "change") for t in titles], rows)]
    elif not answer.is_covered:
        blocks.append(Paragraph("No single change (more layers, a stride or a pool, a dilation) gets there."))
    return blocks


def _goal(answer: Answer) -> str:
    size = per_axis(answer.goal)
    return f"the input ({size})" if answer.goal == extent(answer.input) else size


def _verdict(answer: Answer) -> str:
    if answer.layer is None:
        return "Yes: every layer that sees this input has a global field, and sees all of it."
    field = answer.layer.fields[answer.input.name]
    size = "×".join(map(str, field.size))
    rest = "" if answer.is_end else "; what comes after it sees all of the input"
    gate = " (and the whole input through a few numbers)" if field.is_gated else ""
    where = f"the last local field, that of {answer.layer.name}, has {size} positions{gate}{rest}"
    return f"{'Yes' if answer.is_covered else 'No'}: {where}."


def _proposal(analysis: Analysis, found: Proposal) -> list[str]:
    size = per_axis(found.size) + ("" if found.is_enough else " (not enough)")
    output = found.output.text(analysis.spec.layout)
    return [change_text(found), size, output, _difference(found.params), _difference(found.macs)]


def change_text(found: Proposal) -> str:
    """A proposal in words, with the settings as a spec has them."""
    amount = per_axis(found.amount)
    settings = settings_text(found.layer)
    if found.way == "layers":
        noun = "layer" if found.amount == (1,) else "layers"
        return f"{amount} more {noun} behind {found.at}, each {settings}"
    if found.way == "pool":
        return f"max_pool {amount} behind {found.at}"
    return f"{found.way} {amount} at {found.at}: {settings}"


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


# -- one unit


def unit_blocks(unit: Unit) -> list[Block]:
    """The box of a unit in each input that it sees, in numbers."""
    position = f"unit {','.join(map(str, unit.position))}" if unit.position else "every unit"
    blocks: list[Block] = [Heading(unit.layer.name, f"{position} of {unit.layer.node.output.text(_layout(unit))}")]
    for name, source in _inputs(unit):
        field = unit.layer.fields[name]
        if field.status == "local":
            blocks.append(_box_table(source, field.box(unit.position)))
        elif field.status == "global":
            blocks.append(Paragraph(f"It sees the whole input, {source.output.text(_layout(unit))}."))
        else:
            blocks.append(Paragraph("What it sees is unknown: the pattern is too long to follow."))
        if field.is_gated:
            blocks.append(Paragraph("It also sees the whole input through a few numbers (a gate or a norm)."))
    return blocks


def _layout(unit: Unit) -> str:
    return unit.analysis.spec.layout


def _inputs(unit: Unit) -> list[tuple[str, Any]]:
    inputs = {node.name: node for node in unit.analysis.spec.graph.inputs}
    return [(name, inputs[name]) for name in unit.layer.fields]


def _box_table(source: Any, box: Sequence[Interval]) -> Table:
    sizes = extent(source)
    columns = [Column(f"axis of {source.name}"), *(Column(each, True) for each in ("size", "sees", "within the input"))]
    rows = [
        [axis, str(size), _interval(interval), _interval(clip(interval, size))]
        for axis, size, interval in zip(AXES[len(sizes)], sizes, box, strict=True)
    ]
    return Table(columns, rows)


def _interval(interval: Interval) -> str:
    low, high = interval
    return f"{low} to {high}".replace("-", "−") if low <= high else "nothing"


def drawings(unit: Unit, width: int) -> list[Block]:
    """The box of a unit drawn in each input with a local field, at most `width` columns wide."""
    return [
        block
        for name, source in _inputs(unit)
        if unit.layer.fields[name].status == "local"
        for block in _drawing(name, unit.layer.fields[name].box(unit.position), extent(source), width)
    ]


def _drawing(name: str, box: Sequence[Interval], sizes: Sequence[int], width: int) -> list[Block]:
    """The last two axes as rows and columns; one axis is one row. Positions share a character where need be."""
    axes = list(zip(box, sizes, strict=True))[-2:]
    across = axes[-1]
    down = axes[0] if len(axes) > 1 else ((0, 0), 1)
    spans = [_span(*axis) for axis in (down, across)]
    wide = -(-(spans[1][1] - spans[1][0] + 1) // (width - 12))
    # a character is about twice as high as it is wide
    high = 2 * wide if wide > 1 else -(-(spans[0][1] - spans[0][0] + 1) // MAX_ROWS)
    rows = []
    for start in _starts(spans[0], high):
        line = "".join(_cell((down, start, high), (across, column, wide)) for column in _starts(spans[1], wide))
        rows.append((str(start).replace("-", "−") if len(axes) > 1 else name, line.rstrip()))
    first, last = (str(place).replace("-", "−") for place in spans[1])
    legend = f"{SEEN} seen, {BORDER} beyond the border, {UNSEEN} not seen; {_scale(wide, high, len(axes))}"
    return [Facts(rows), Paragraph(f"{legend}, from {first} to {last}")]


def _scale(wide: int, high: int, rank: int) -> str:
    if rank == 1:
        high = 1
    if wide == high == 1:
        return "a character a position"
    return f"a character for {f'{high}×{wide}' if rank > 1 else wide} positions"


def _span(box: Interval, size: int) -> Interval:
    """What is drawn of an axis: the input, and the box where it reaches out."""
    return (min(box[0], 0), max(box[1], size - 1)) if box[0] <= box[1] else (0, size - 1)


def _starts(span: Interval, scale: int) -> range:
    """Where characters begin; one begins at 0, so that none is half in the input and half before it."""
    return range(span[0] // scale * scale, span[1] + 1, scale)


Part = tuple[tuple[Interval, int], int, int]
"""What a character stands for along one axis: the box and the size of the input; its first position; how many."""


def _cell(*parts: Part) -> str:
    """The character for some positions of each axis: seen if any of them is."""
    places = [(box, (start, start + length - 1), size) for (box, size), start, length in parts]
    if all(_meet(box, clip(place, size)) for box, place, size in places):
        return SEEN
    if all(_meet(place, (0, size - 1)) for _, place, size in places):
        return UNSEEN
    return BORDER if all(_meet(box, place) for box, place, _ in places) else OUTSIDE


def _meet(one: Interval, other: Interval) -> bool:
    return max(one[0], other[0]) <= min(one[1], other[1])


# -- CSV and JSON


def field_csv(report: Report, all_layers: bool = False) -> str:
    """A line a layer, input and axis; layers without axes have one line."""
    from cnncalc.report.csv import csv

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
    spec = analysis.spec
    return {
        "schema": "cnncalc/receptive-field",
        "version": 1,
        "model": {"name": spec.name, "convention": spec.convention, "layout": spec.layout},
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


def _answer_json(answer: Answer, layout: str) -> dict[str, Any]:
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
                "change": change_text(each),
                "size": list(each.size),
                "output": list(each.output.sizes(layout)),
                "params": each.params,
                "macs": each.macs,
                "enough": each.is_enough,
            }
            for each in answer.proposals
        ],
    }


def unit_json(unit: Unit) -> dict[str, Any]:
    """The box of a unit in each input that it sees."""
    boxes = []
    for name, source in _inputs(unit):
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
    from cnncalc.report.csv import csv

    lines: list[list[Any]] = []
    for name, source in _inputs(unit):
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


def unit_markdown(unit: Unit, width: int) -> str:
    """The box as Markdown; the drawing is text as it stands."""
    from cnncalc.report.markdown import markdown
    from cnncalc.report.plain import plain

    drawn = drawings(unit, width)
    return markdown(unit_blocks(unit)) + (f"\n```text\n{plain(drawn)}```\n" if drawn else "")
