"""Lints about receptive fields."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

from cnncalc.analysis.field_coverage import extent, last_local, mean_distance, misalignments
from cnncalc.checks.check import Finding, check, layers

if TYPE_CHECKING:
    from cnncalc.analysis.receptive_field import Field
    from cnncalc.checks.model import Model

MANY = 8
"""A field at least this many times as large as the input is "many times as large"."""


@check(
    "CNN516",
    "a misaligned merge",
    "Its branches have different strides or different centres, so one position of the sum sees two different places in "
    "the input. The usual causes are a strided shortcut without the padding of the other branch, and `same` under "
    "Keras. Causal branches in time, which end together, are not reported.",
    wrong=layers("add: [[{conv: 2x2x8, padding: [[0, 1], [0, 1]]}], [{conv: 1x1x8}]]"),
    right=layers("add: [[{conv: 3x3x8, padding: 1}], [{conv: 1x1x8}]]"),
)
def misaligned(model: Model) -> Iterator[Finding]:
    """Merges whose branches see different places at the same position."""
    for merge, source, (first, second), (one, other) in misalignments(model.analysis):
        if _is_causal(one, other):
            continue
        reasons = []
        for here, there in zip(one.axes, other.axes, strict=True):
            if here is None or there is None:
                continue
            distance = mean_distance(here, there)
            if distance is None:
                strides = [str(Fraction(each.advance, each.period)) for each in (here, there)]
                reasons.append(f"they step by {strides[0]} and by {strides[1]} positions of `{source.name}`")
            elif distance:
                count = str(abs(distance))
                noun = "position" if abs(distance) <= 1 else "positions"
                reasons.append(f"their centres are {count} {noun} of `{source.name}` apart")
        message = f"the branches that end in `{first.name}` and `{second.name}` are misaligned"
        help = "give both the same strides and centred padding; `cnncalc receptive-field` shows where they diverge"
        yield Finding(merge.node, "", message, reasons[0], (help,))


def _is_causal(one: Field, other: Field) -> bool:
    """Whether two fields in time end together: units that see only the past line up at their ends."""
    pairs = [(a, b) for a, b in zip(one.axes, other.axes, strict=True) if a and b]
    return len(pairs) == len(one.axes) == 1 and all(
        (a.advance, a.period, a.high) == (b.advance, b.period, b.high) for a, b in pairs
    )


@check(
    "CNN522",
    "a receptive field that does not cover the input",
    "Features farther apart than the last local field are never seen together by one unit. To recognise whole objects, "
    "the field should cover the input.",
    wrong=layers("conv: 3x3x8"),
    right=layers("conv: 3x3x8", input="3x3x1"),
    severity="note",
)
def too_small(model: Model) -> Iterator[Finding]:
    """A last local field that does not cover the input."""
    for source in model.graph.inputs:
        layer = last_local(model.analysis, source)
        if layer is None or layer.fields[source.name].is_gated:
            continue
        size, whole = layer.fields[source.name].size, extent(source)
        if any(seen is not None and seen < n for seen, n in zip(size, whole, strict=True)):
            message = f"the receptive field of `{layer.name}`, {_by(size)}, does not cover the input, {_by(whole)}"
            label = "no unit before the end sees anything farther apart together"
            help = "`cnncalc receptive-field` lists ways to cover the input"
            yield Finding(layer.node, "", message, label, (help,))


@check(
    "CNN523",
    "a receptive field many times as large as the input",
    "Most of what the last units read is padding: the network is meant for larger inputs, or it strides and pools too "
    "often.",
    wrong=layers("{conv: 17x17x8, padding: 8}", input="2x2x1"),
    right=layers("{conv: 5x5x8, padding: 2}", input="2x2x1"),
    severity="note",
)
def too_large(model: Model) -> Iterator[Finding]:
    """A last local field many times as large as the input."""
    for source in model.graph.inputs:
        layer = last_local(model.analysis, source)
        if layer is None:
            continue
        size, whole = layer.fields[source.name].size, extent(source)
        factors = [seen // n for seen, n in zip(size, whole, strict=True) if seen is not None]
        if min(factors) >= MANY:
            message = (
                f"the receptive field of `{layer.name}`, {_by(size)}, is {min(factors)} times the input, {_by(whole)}"
            )
            label = "most of it is padding"
            yield Finding(layer.node, "", message, label, ("use a larger input, or fewer strides, pools and layers",))


def _by(sizes: tuple[int | None, ...]) -> str:
    return "×".join("all" if size is None else str(size) for size in sizes)
