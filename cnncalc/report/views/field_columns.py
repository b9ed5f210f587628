"""The columns of `receptive-field`: what a person reads of a layer, and the values along one axis."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import Any

from cnncalc.analysis.field_coverage import Seen, Sight
from cnncalc.layers.base import CHANNEL_AXIS
from cnncalc.layers.words import COORDINATES
from cnncalc.named_tuple import NamedTuple
from cnncalc.report._document import Cell, Column
from cnncalc.report.text import MANY_TEXTS, per_axis
from cnncalc.report.views.rows import range_text

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
    text: Callable[[Sight], str]
    value: Callable[[Sight, int], Any]
    otherwise: Callable[[Sight], str]


def _nothing(_: Sight) -> str:
    return ""


def _local(key: str, head: Column, text: Callable[[Sight], str], value: Callable[[Sight, int], Any]) -> FieldColumn:
    return FieldColumn(key, head, text, lambda sight, axis: value(sight, axis) if axis >= 0 else "", _nothing)


def _flag(key: str, read: Callable[[Sight], bool]) -> FieldColumn:
    return _local(key, Column(key), lambda sight: str(read(sight)).lower(), lambda sight, _: str(read(sight)).lower())


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
    """A share of the whole, never rounded to all of it or to nothing."""
    if 0 < share < Fraction(1, 2000):
        return "<0.1%"
    return "100%" if share >= 1 else f"{min((share * 1000 + Fraction(1, 2)) // 1, 999) / 10:.1f}%"


def _covered(sight: Sight) -> str:
    return per_axis_text(map(percent_text, sight.covered)) if sight.covered else ""


def _covered_value(sight: Sight, axis: int) -> Any:
    if axis < 0:
        return 100 if sight.field.status == "global" else ""
    return round(float(sight.covered[axis] * 100), 4)


def _added(sight: Sight) -> str:
    return per_axis_text(map(_signed, sight.added))


def _signed(added: int | None) -> str | None:
    """How much is added: `+2`, nothing, or `–` where that has no meaning."""
    return None if added is None else f"+{added}" if added > 0 else f"−{-added}" if added else ""


def _remarks(sight: Sight) -> str:
    field = sight.field
    said = (
        (field.is_gated, "gated"),
        (not field.is_aligned, "misaligned"),
        (not field.is_uniform, "not uniform"),
        (CHANNEL_AXIS in field.carriers, "in channels"),
    )
    return ", ".join(words for is_so, words in said if is_so)


FIELD_COLUMNS = {
    column.key: column
    for column in (
        FieldColumn(
            "axis",
            Column("axis"),
            lambda sight: " × ".join(COORDINATES[len(sight.field.axes)]),
            lambda sight, axis: COORDINATES[len(sight.field.axes)][axis] if axis >= 0 else "",
            _nothing,
        ),
        FieldColumn(
            "status",
            Column("status"),
            lambda sight: sight.field.status,
            lambda sight, _: sight.field.status,
            lambda sight: sight.field.status,
        ),
        FieldColumn(
            "size",
            Column("size", True),
            lambda sight: per_axis(sight.field.size),
            lambda sight, axis: (sight.field.size[axis] or "all") if axis >= 0 else "",
            lambda sight: sight.field.status,
        ),
        _local(
            "stride",
            Column("stride", True),
            lambda sight: per_axis([MISSING if step is None else step for step in sight.field.stride]),
            lambda sight, axis: "" if sight.field.stride[axis] is None else sight.field.stride[axis],
        ),
        _local(
            "padding",
            Column("padding", True),
            lambda sight: per_axis_text(sight.field.padding),
            lambda sight, axis: "" if sight.field.padding[axis] is None else sight.field.padding[axis],
        ),
        _local(
            "centre",
            Column("centre of unit 0", True),
            lambda sight: per_axis_text(map(half, sight.centre)),
            lambda sight, axis: "" if sight.centre[axis] is None else plain_number(sight.centre[axis]),
        ),
        FieldColumn("covered_percent", Column("covers", True), _covered, _covered_value, _covered),
        _local(
            "added",
            Column("added", True),
            _added,
            lambda sight, axis: "" if sight.added[axis] is None else sight.added[axis],
        ),
        _local("remark", Column("remark"), _remarks, lambda sight, _: _remarks(sight)),
        _flag("aligned", lambda sight: sight.field.is_aligned),
        _flag("uniform", lambda sight: sight.field.is_uniform),
        _flag("gated", lambda sight: sight.field.is_gated),
    )
}
"""Remarks about a field, by key."""

KEYS = ("layer", "kind", "input", "output", *FIELD_COLUMNS)
"""All columns."""
OF_ONE_LAYER = ("size", "stride", "padding", "centre", "covered_percent", "added", "remark")
"""What is shown of a layer by itself."""
SHOWN = ("layer", "kind", "input", "output", *OF_ONE_LAYER)
"""The default columns of a table for people."""
RECORDED = (
    "layer", "kind", "input", "axis", "status", "size", "stride", "padding", "centre", "covered_percent", "added",
    "aligned", "uniform", "gated",
)  # fmt: skip
"""The default columns of a table of values."""


def field_text_of(row: FieldRow, key: str) -> str:
    """What a row shows in a column of `FIELD_COLUMNS`; of several copies the first and the last."""
    return range_text([sight_text(seen.sight, key) for seen in row.seen])


@lru_cache(MANY_TEXTS)
def sight_text(sight: Sight, key: str) -> str:
    """What is shown of one layer in a column of `FIELD_COLUMNS`."""
    column = FIELD_COLUMNS[key]
    return (column.text if sight.field.status == "local" else column.otherwise)(sight)


def field_records(row: FieldRow, keys: Sequence[str]) -> Iterable[list[Any]]:
    """One line per axis; a single line if the field has none. For several copies, the first."""
    seen = row.first
    whole = {"layer": row.name, "kind": seen.layer.node.kind, "input": seen.input.name}
    whole["output"] = seen.layer.node.output.text(row.layout)
    axes = range(len(seen.field.axes)) if seen.field.status == "local" else (-1,)
    for axis in axes:
        yield [whole[key] if key in whole else _value_of(seen.sight, key, axis) for key in keys]


@lru_cache(MANY_TEXTS)
def _value_of(sight: Sight, key: str, axis: int) -> Any:
    return FIELD_COLUMNS[key].value(sight, axis)
