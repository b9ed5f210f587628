"""The report of `forward --shift`: which maps moved with the input."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from cnncalc.forward.views.shift import BORDER, CHANGED, INVARIANT, MOVED, STAYED
from cnncalc.layers.words import COORDINATES
from cnncalc.named_tuple import NamedTuple
from cnncalc.report._document import Block, Column, Grids, Heading, Paragraph, Table
from cnncalc.report.report import Records, Report
from cnncalc.report.text import number
from cnncalc.report.views.running.forward import finite, head_json
from cnncalc.report.views.running.tensors import epsilon, formatter, grids, is_small, short

if TYPE_CHECKING:
    from cnncalc.forward.run.network import Network
    from cnncalc.forward.views.shift import Moved


class ShiftRow(NamedTuple):
    """What is kept of a layer: its verdict, and its maps where they are small."""

    moved: Moved
    maps: Grids | None


def shift_rows(found: Iterable[Moved], asked_for: set[str]) -> Iterator[ShiftRow]:
    """The layers as they run; large maps are not kept."""
    for moved in found:
        is_shown = is_small(moved.after, moved.node.name in asked_for)
        maps = _maps(moved) if is_shown else None
        nothing = moved.before[:0].copy().copy()
        yield ShiftRow(moved._replace(before=nothing, after=nothing, differs=nothing), maps)


def _maps(moved: Moved) -> Grids:
    """Before and after next to each other, one pair per channel; units of the second that differ are in brackets."""
    form = formatter([*moved.before.ravel().tolist(), *moved.after.ravel().tolist()], epsilon(moved.after.dtype))
    before = grids(moved.before, form, caption="before")
    after = grids(moved.after, form, moved.differs, caption="shifted")
    return Grids([grid for pair in zip(before, after, strict=True) for grid in pair])


class ShiftReport(Report):
    """Which maps of a network move with its input."""

    __slots__ = (
        "by",
        "found",
        "network",
        "seed",
        "shown",
    )

    def __init__(
        self, network: Network, by: tuple[int, ...], found: Sequence[ShiftRow], shown: Sequence[ShiftRow], seed: int
    ) -> None:
        self.network = network
        self.by = by
        self.found = found
        self.shown = shown
        self.seed = seed

    def document(self) -> list[Block]:
        """The maps that are small enough, next to each other, and one line per layer."""
        network, by, found, shown = self.network, self.by, self.found, self.shown
        words = ",".join(map(str, by))
        blocks: list[Block] = [
            Heading(network.spec.name, f"the input moved by {words}, the gap filled with its outermost values")
        ]
        for row in shown:
            if row.maps:
                blocks += [Heading(row.moved.node.name, _sentence(row.moved), 2), row.maps]
        layers = [row.moved for row in found if row.moved.node.layer is not None]
        blocks.append(_table(layers))
        if any(row.maps for row in shown):
            blocks.append(Paragraph("[ ] differs from its counterpart in the original map, moved along, or has none."))
        return [*blocks, Paragraph(_verdict(layers))]

    def table(self) -> Records:
        """One row per layer."""
        keys = ("name", "kind", "verdict", "moves_by", "compared", "border_differences", "inner_differences")
        layers = (each for each in self.data()["layers"])
        return Records(keys, ([_record(each[key]) for key in keys] for each in layers))

    def data(self) -> dict[str, Any]:
        """Every layer, field by field."""
        network, by, found, seed = self.network, self.by, self.found, self.seed
        return {
            **head_json(network, seed),
            "shift": list(by),
            "layers": [
                {
                    "name": row.moved.node.name,
                    "kind": row.moved.node.kind,
                    "verdict": row.moved.verdict,
                    "reason": row.moved.reason,
                    "moves_by": None if row.moved.by is None else list(row.moved.by),
                    "compared": row.moved.compared,
                    "border_differences": row.moved.border,
                    "border_lines": [list(each) for each in row.moved.lines],
                    "inner_differences": row.moved.inner,
                    "largest_inner_difference": finite(row.moved.largest),
                }
                for row in found
                if row.moved.node.layer is not None
            ],
        }


def _record(value: Any) -> Any:
    return " ".join(map(str, value)) if isinstance(value, list) else value


def _sentence(moved: Moved) -> str:
    if moved.node.layer is None:
        return "input"
    by = f" by {','.join(map(str, moved.by))}" if moved.by and moved.verdict in (MOVED, BORDER) else ""
    return f"{moved.node.kind}: {moved.verdict}{by}{f' ({moved.reason})' if moved.reason else ''}"


def _table(layers: Sequence[Moved]) -> Table:
    columns = [
        Column("layer"), Column("kind"), Column("moves by", True), Column("compared", True),
        Column("differ at the border", True), Column("differ elsewhere", True), Column("verdict"),
    ]  # fmt: skip
    lines = [
        [
            moved.node.name,
            moved.node.kind,
            ",".join(map(str, moved.by)) if moved.by else "",
            number(moved.compared) if moved.compared else "",
            number(moved.border) if moved.by else "",
            number(moved.inner) if moved.compared else "",
            moved.verdict + _why(moved),
        ]
        for moved in layers
    ]
    return Table(columns, lines)


def _why(moved: Moved) -> str:
    if moved.reason:
        return f": {moved.reason}"
    if moved.verdict == BORDER and any(moved.lines):
        names = COORDINATES[len(moved.lines)]
        parts = [
            f"{name if len(lines) == 1 else name + 's'} {_ranges(lines)}"
            for name, lines in zip(names, moved.lines, strict=True)
            if lines
        ]
        return f" ({'; '.join(parts)})"
    return f", by at most {short(moved.largest)}" if moved.verdict in (CHANGED, STAYED) else ""


def _ranges(indices: Sequence[int]) -> str:
    """`2, 11 to 13` for 2, 11, 12, 13."""
    runs: list[list[int]] = []
    for index in indices:
        if runs and index == runs[-1][-1] + 1:
            runs[-1].append(index)
        else:
            runs.append([index])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]} to {run[-1]}" for run in runs)


def _verdict(layers: Sequence[Moved]) -> str:
    """One sentence about all layers."""
    maps = [each for each in layers if each.by is not None]
    moved = [each for each in maps if each.verdict in (MOVED, BORDER)]
    stayed = [each.node.name for each in maps if each.verdict == STAYED]
    ends = [f"{each.node.name} is {each.verdict}" for each in layers if each.verdict == INVARIANT]
    if not maps:
        return "No map can be compared with the shifted one."
    at_border = sum(each.verdict == BORDER for each in moved)
    but = f", {at_border} of them except at the border" if at_border else ""
    said = f"{len(moved)} of {len(maps)} maps moved with the input{but}"
    if stayed:
        said += f"; {', '.join(stayed[:5])} did not"
    return f"{said}{'; ' + ', '.join(ends[:5]) if ends else ''}."
