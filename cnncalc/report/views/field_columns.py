"""The columns of `receptive-field`: what a person reads of a layer, and the values along one axis."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from cnncalc.named_tuple import NamedTuple
from cnncalc.report._document import Cell, Column
from cnncalc.report.text import per_axis
from cnncalc.report.views.field_box import AXES
from cnncalc.report.views.rows import range_text

if TYPE_CHECKING:
    from cnncalc.analysis.field_coverage import Seen

MISSING = "–"
"""Shown in place of a missing number."""


class FieldRow(NamedTuple):
    """A layer (or an entry that is not opened) and what it sees of one input.

    Attributes:
        kind: its kind in words.
        seen: what it sees; for identical copies in one row, what each of them sees.
        layout: the order in which its shape is shown.
    """

    name: str
    kind: Cell
    seen: Sequence[Seen]
    layout: str

    @property
    def first(self) -> Seen:
        return self.seen[0]


class FieldColumn(NamedTuple):
    """A column of `receptive-field`.

    Attributes:
        text: the text for a row with a local field; `otherwise` is for any other.
        value: the value along one axis, by its index (-1 if there is none).
    """

    key: str
    head: Column
    text: Callable[[Seen], str]
    value: Callable[[Seen, int], Any]
    otherwise: Callable[[Seen], str]


def _nothing(_: Seen) -> str:
    return ""


def _local(key: str, head: Column, text: Callable[[Seen], str], value: Callable[[Seen, int], Any]) -> FieldColumn:
    return FieldColumn(key, head, text, lambda seen, axis: value(seen, axis) if axis >= 0 else "", _nothing)


def _flag(key: str, read: Callable[[Seen], bool]) -> FieldColumn:
    return _local(key, Column(key), lambda seen: str(read(seen)).lower(), lambda seen, _: str(read(seen)).lower())


def per_axis_text(values: Iterable[Any]) -> str:
    """One value if it is the same on all axes, otherwise one per axis; `–` for a missing one."""
    texts = [MISSING if value is None else str(value).replace("-", "−") for value in values]
    return texts[0] if len(set(texts)) == 1 else " × ".join(text or "0" for text in texts)


def half(value: Fraction | None) -> str | None:
    """A centre: 3, −1, 0.5."""
    return None if value is None else f"{float(value):g}" if value.denominator <= 2 else str(value)


def plain_number(value: Fraction | None) -> int | float | None:
    """A centre, which is whole or a half, as programs read it."""
    return None if value is None else int(value) if value.denominator == 1 else float(value)


def percent_text(share: Fraction) -> str:
    """A share of the whole, never rounded up to all of it."""
    return "100%" if share >= 1 else f"{min((share * 1000 + Fraction(1, 2)) // 1, 999) / 10:.1f}%"


def _covered(seen: Seen) -> str:
    return per_axis_text(map(percent_text, seen.covered)) if seen.covered else ""


def _covered_value(seen: Seen, axis: int) -> Any:
    if axis < 0:
        return 100 if seen.field.status == "global" else ""
    return round(float(seen.covered[axis] * 100), 4)


def _added(seen: Seen) -> str:
    return per_axis_text(f"+{added}" if added > 0 else "" if added == 0 else f"−{-added}" for added in seen.added)


def _remarks(seen: Seen) -> str:
    field = seen.field
    said = (
        (field.is_gated, "gated"),
        (not field.is_aligned, "misaligned"),
        (not field.is_uniform, "not uniform"),
    )
    return ", ".join(words for is_so, words in said if is_so)


FIELD_COLUMNS = {
    column.key: column
    for column in (
        FieldColumn(
            "axis",
            Column("axis"),
            lambda seen: " × ".join(AXES[len(seen.field.axes)]),
            lambda seen, axis: AXES[len(seen.field.axes)][axis] if axis >= 0 else "",
            _nothing,
        ),
        FieldColumn(
            "status",
            Column("status"),
            lambda seen: seen.field.status,
            lambda seen, _: seen.field.status,
            lambda seen: seen.field.status,
        ),
        FieldColumn(
            "size",
            Column("size", True),
            lambda seen: per_axis(seen.field.size),
            lambda seen, axis: seen.field.size[axis] if axis >= 0 else "",
            lambda seen: seen.field.status,
        ),
        _local(
            "stride",
            Column("stride", True),
            lambda seen: per_axis(seen.field.stride),
            lambda seen, axis: seen.field.stride[axis],
        ),
        _local(
            "padding",
            Column("padding", True),
            lambda seen: per_axis_text(seen.field.padding),
            lambda seen, axis: "" if seen.field.padding[axis] is None else seen.field.padding[axis],
        ),
        _local(
            "centre",
            Column("centre of unit 0", True),
            lambda seen: per_axis_text(map(half, seen.centre)),
            lambda seen, axis: "" if seen.centre[axis] is None else plain_number(seen.centre[axis]),
        ),
        FieldColumn("covered_percent", Column("covers", True), _covered, _covered_value, _covered),
        _local("added", Column("added", True), _added, lambda seen, axis: seen.added[axis]),
        _local("remark", Column("remark"), _remarks, lambda seen, _: _remarks(seen)),
        _flag("aligned", lambda seen: seen.field.is_aligned),
        _flag("uniform", lambda seen: seen.field.is_uniform),
        _flag("gated", lambda seen: seen.field.is_gated),
    )
}
"""Remarks about a field, by key."""

KEYS = ("layer", "kind", "input", "output", *FIELD_COLUMNS)
"""All columns."""
SHOWN = (
    "layer",
    "kind",
    "input",
    "output",
    "size",
    "stride",
    "padding",
    "centre",
    "covered_percent",
    "added",
    "remark",
)
"""The default columns of a table for people."""
RECORDED = (
    "layer", "kind", "input", "axis", "status", "size", "stride", "padding", "centre", "covered_percent", "added",
    "aligned", "uniform", "gated",
)  # fmt: skip
"""The default columns of a table of values."""


def field_text_of(row: FieldRow, key: str) -> str:
    """What a row shows in a column of `FIELD_COLUMNS`; of several copies the first and the last."""
    column = FIELD_COLUMNS[key]
    return range_text([(column.text if seen.field.status == "local" else column.otherwise)(seen) for seen in row.seen])


def field_records(row: FieldRow, keys: Sequence[str]) -> Iterable[list[Any]]:
    """One line per axis; a single line if the field has none. For several copies, the first."""
    seen = row.first
    whole = {"layer": row.name, "kind": seen.layer.node.kind, "input": seen.input.name}
    whole["output"] = seen.layer.node.output.text(row.layout)
    axes = range(len(seen.field.axes)) if seen.field.status == "local" else (-1,)
    for axis in axes:
        yield [whole[key] if key in whole else FIELD_COLUMNS[key].value(seen, axis) for key in keys]
