"""Lints about receptive fields."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

from cnncalc.analysis.coverage import extent, last_local, mean_distance, misalignments
from cnncalc.checks.lints.model import Found, Model

if TYPE_CHECKING:
    from cnncalc.analysis.receptive_field import Field

MANY = 8
"""A field that is so many times as large as the input exceeds it many times."""


def misaligned(model: Model) -> Iterator[Found]:
    """A merge whose branches see different places at one position."""
    for merge, source, (first, second), (one, other) in misalignments(model.analysis):
        if _is_causal(one, other):
            continue
        reasons = []
        for here, there in zip(one.axes, other.axes, strict=True):
            distance = mean_distance(here, there)
            if distance is None:
                strides = [str(Fraction(each.advance, each.period)) for each in (here, there)]
                reasons.append(f"they step by {strides[0]} and by {strides[1]} positions of `{source.name}`")
            elif distance:
                count = str(abs(distance))
                noun = "position" if abs(distance) <= 1 else "positions"
                reasons.append(f"their centres lie {count} {noun} of `{source.name}` apart")
        message = f"the branches that end in `{first.name}` and `{second.name}` are misaligned"
        help = "give both the same strides and centred padding; `cnncalc receptive-field` shows where they part"
        yield Found(merge.node, "", message, reasons[0], (help,))


def _is_causal(one: Field, other: Field) -> bool:
    """Whether two fields in time end together: units that see only the past are aligned at their ends."""
    pairs = list(zip(one.axes, other.axes, strict=True))
    return len(pairs) == 1 and all((a.advance, a.period, a.high) == (b.advance, b.period, b.high) for a, b in pairs)


def too_small(model: Model) -> Iterator[Found]:
    """A last local field that does not cover the input."""
    for source in model.graph.inputs:
        layer = last_local(model.analysis, source)
        if layer is None or layer.fields[source.name].is_gated:
            continue
        size, whole = layer.fields[source.name].size, extent(source)
        if any(seen < n for seen, n in zip(size, whole, strict=True)):
            message = f"the receptive field of `{layer.name}`, {_by(size)}, does not cover the input, {_by(whole)}"
            label = "what lies farther apart is never seen together before the end"
            help = "`cnncalc receptive-field` lists ways to cover it"
            yield Found(layer.node, "", message, label, (help,))


def too_large(model: Model) -> Iterator[Found]:
    """A last local field that exceeds the input many times."""
    for source in model.graph.inputs:
        layer = last_local(model.analysis, source)
        if layer is None:
            continue
        size, whole = layer.fields[source.name].size, extent(source)
        factors = [seen // n for seen, n in zip(size, whole, strict=True)]
        if min(factors) >= MANY:
            message = (
                f"the receptive field of `{layer.name}`, {_by(size)}, is {min(factors)} times the input, {_by(whole)}"
            )
            label = "most of it lies in the padding"
            yield Found(layer.node, "", message, label, ("use a larger input, or fewer strides, pools and layers",))


def _by(sizes: tuple[int, ...]) -> str:
    return "×".join(map(str, sizes))
