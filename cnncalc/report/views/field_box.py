"""The box of the input that one unit sees: in numbers, and drawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from cnncalc.analysis.field_coverage import Interval, boxes, clip, extent
from cnncalc.analysis.layer_names import find_layer
from cnncalc.layers.words import COORDINATES
from cnncalc.named_tuple import NamedTuple
from cnncalc.report._document import Block, Column, Drawing, Heading, Paragraph, Table
from cnncalc.report.report import Records, Report
from cnncalc.report.text import width as columns_of

if TYPE_CHECKING:
    from cnncalc.analysis import Analysis, LayerNumbers
    from cnncalc.graph import Graph, Node

SEEN, BORDER, UNSEEN, OUTSIDE = "#", "+", ".", " "
"""Positions of the input that a unit sees; those beyond its border; those it does not see; and nothing at all."""
MAX_ROWS = 64
GATED = "It also sees the whole input through a few numbers (a gate or a norm)."
PATTERN_TOO_LONG = "the pattern is too long to follow"
"""Why a field is unknown where every layer on the way is known."""


class Unit(NamedTuple):
    """One unit of a layer, by its position (empty for a layer that has none)."""

    analysis: Analysis
    layer: LayerNumbers
    position: tuple[int, ...]


class UnitReport(Report):
    """What one unit sees of each input, in numbers and drawn at most `width` columns wide."""

    __slots__ = ("unit", "width")

    def __init__(self, unit: Unit, width: int = 80) -> None:
        self.unit = unit
        self.width = width

    @classmethod
    def of(cls, analysis: Analysis, layer: str, at: Sequence[int] | None = None, width: int = 80) -> UnitReport:
        """The report on a unit of a layer (or of the layer that an entry ends in), by default the middle one.

        Raises:
            ValueError: there is no such layer.
            IndexError: it has no such unit.
        """
        by_name = {each.name: each for each in analysis.layers} | {entry.name: entry.end for entry in analysis.walk()}
        numbers = find_layer(layer, by_name, analysis.spec.graph)
        spatial = numbers.node.output.spatial
        position = tuple((size - 1) // 2 for size in spatial) if at is None else tuple(at)
        _check_position(numbers, position, analysis.spec.layout)
        return cls(Unit(analysis, numbers, position), width)

    def document(self) -> list[Block]:
        """The box in numbers, and drawn."""
        return [*unit_blocks(self.unit), *drawings(self.unit, self.width)]

    def table(self) -> Records:
        """One row per input and axis."""
        from cnncalc.report.views._field_data import unit_records

        return unit_records(self.unit)

    def data(self) -> dict[str, Any]:
        """The box in each input: `cnncalc/receptive-field`, version 1, with `boxes`."""
        from cnncalc.report.views._field_data import unit_json

        return unit_json(self.unit)


def _check_position(numbers: LayerNumbers, position: Sequence[int], layout: str) -> None:
    output, text = numbers.node.output, ",".join(map(str, position))
    shape = output.text(layout)
    if len(position) != len(output.spatial):
        message = f"{numbers.name} has {len(output.spatial)} axes ({shape}), found {len(position)} in {text!r}"
        raise IndexError(message)
    if any(not 0 <= index < size for index, size in zip(position, output.spatial, strict=True)):
        raise IndexError(f"{numbers.name} is {shape}, units count from 0: no unit {text}")


def unit_blocks(unit: Unit) -> list[Block]:
    """The box of a unit in each input that it sees, in numbers."""
    position = f"unit {','.join(map(str, unit.position))}" if unit.position else "every unit"
    blocks: list[Block] = [Heading(unit.layer.name, f"{position} of {unit.layer.node.output.text(_layout(unit))}")]
    for name, source in inputs_seen(unit):
        field = unit.layer.fields[name]
        if field.status == "local":
            blocks.append(_box_table(source, boxes(field, unit.position, extent(source))))
        elif field.status == "global":
            blocks.append(Paragraph(f"It sees the whole input, {source.output.text(_layout(unit))}."))
        else:
            why = reasons_unknown(unit.analysis.spec.graph).get(unit.layer.node, PATTERN_TOO_LONG)
            blocks.append(Paragraph(f"What it sees is unknown: {why}."))
        if field.is_gated:
            blocks.append(Paragraph(GATED))
    return blocks if unit.layer.fields else [*blocks, Paragraph("It sees nothing of any input.")]


def reasons_unknown(graph: Graph) -> dict[Node, str]:
    """For everything that an unknown layer comes before, and for these layers: why its field is unknown.

    Of several such layers on the way to a layer, the first counts.
    """
    first: dict[Node, int] = {}
    for place, node in enumerate(graph.nodes):
        places = [first[each] for each in node.inputs if each in first]
        if node.layer and node.layer.why_unknown:
            places.append(place)
        if places:
            first[node] = min(places)
    return {node: _why_unknown(graph.nodes[place]) for node, place in first.items()}


def _why_unknown(node: Node) -> str:
    assert node.layer is not None
    if node.layer.is_opaque:
        return f"it is that of the opaque {node.name}, or comes after it"
    return f"in {node.name}, {node.layer.why_unknown}"


def _layout(unit: Unit) -> str:
    return unit.analysis.spec.layout


def inputs_seen(unit: Unit) -> list[tuple[str, Any]]:
    inputs = {node.name: node for node in unit.analysis.spec.graph.inputs}
    return [(name, inputs[name]) for name in unit.layer.fields]


def _box_table(source: Any, box: Sequence[Interval]) -> Table:
    sizes = extent(source)
    columns = [Column(f"axis of {source.name}"), *(Column(each, True) for each in ("size", "sees", "within the input"))]
    rows = [
        [axis, str(size), _interval(interval), _interval(clip(interval, size))]
        for axis, size, interval in zip(COORDINATES[len(sizes)], sizes, box, strict=True)
    ]
    return Table(columns, rows)


def _interval(interval: Interval) -> str:
    low, high = interval
    return f"{low} to {high}".replace("-", "−") if low <= high else "nothing"


# -- drawn


def drawings(unit: Unit, width: int) -> list[Block]:
    """The box of a unit drawn in each input with a local field, at most `width` columns wide."""
    return [
        block
        for name, source in inputs_seen(unit)
        if unit.layer.fields[name].status == "local"
        for block in _drawing(
            name, boxes(unit.layer.fields[name], unit.position, extent(source)), extent(source), width
        )
    ]


def _drawing(name: str, box: Sequence[Interval], sizes: Sequence[int], width: int) -> list[Block]:
    """The last two axes as rows and columns; one axis is one row. Positions share a character if necessary."""
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
    label = max(columns_of(text) for text, _ in rows)
    lines = [f"{text}{' ' * (label - columns_of(text))}  {line}".rstrip() for text, line in rows]
    return [Drawing(lines), Paragraph(f"{legend}, from {first} to {last}")]


def _scale(wide: int, high: int, rank: int) -> str:
    if rank == 1:
        high = 1
    if wide == high == 1:
        return "one character per position"
    return f"one character per {f'{high}×{wide}' if rank > 1 else wide} positions"


def _span(box: Interval, size: int) -> Interval:
    """The part of an axis that is drawn: the input, and the box if it extends further."""
    return (min(box[0], 0), max(box[1], size - 1)) if box[0] <= box[1] else (0, size - 1)


def _starts(span: Interval, scale: int) -> range:
    """Where characters begin; one begins at 0, so that none is partly in the input and partly before it."""
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
