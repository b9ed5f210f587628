"""Sentences about numbers that do not depend on the kind: receptive fields and statistics."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from cnncalc import formulas
from cnncalc.analysis.field_coverage import Interval
from cnncalc.layers.base import CHANNEL_AXIS, plural
from cnncalc.layers.words import LINES, join, times
from cnncalc.settings.axes import EXTENTS

if TYPE_CHECKING:
    from cnncalc.analysis.receptive_field import Field
    from cnncalc.layers.base import Layer


def frozen(learned: str, with_statistics: bool) -> str:
    """The parameters of a layer that is not `trainable`."""
    statistics = ", and the moving mean and variance of each channel" if with_statistics else ""
    return f"{learned}{statistics}: frozen, so that training leaves them as they are"


def field(before: int, after: int, stride: int, of: str) -> str:
    """How the window widened the receptive field."""
    if after == before:
        return f"a window of one position adds nothing: still {after}"
    each = (
        "each further tap of the window" if stride == 1 else f"each further tap of the window, {stride} positions on,"
    )
    return f"one unit sees {after} positions of {of}: {each} adds {plural(stride, 'position')}"


def field_without_rule(field: Field, stride: str, of: str) -> str:
    """A field that no single window made: after upsampling, where units see differently, or where axes change."""
    names = EXTENTS[len(field.size)]
    numbers = [size for size in field.size if size is not None]
    positions = "position" if formulas.product(numbers) == 1 else "positions"
    whole = [name for name, size in zip(names, field.size, strict=True) if size is None]
    sees = f"a unit sees up to {times(numbers)} {positions} of {of}"
    sees += f", and all along the {join(whole)}" if whole else ""
    sees += ", none after its own" if any(axis and axis.is_causal for axis in field.axes) else ""
    moves = "from channel to channel" if set(field.carriers) == {CHANNEL_AXIS} else "from unit to unit"
    return f"{sees}; {moves} the field moves by {stride}, on average"


def unknown_fields(layer: Layer, before: Mapping[str, Field], after: Mapping[str, Field]) -> Iterator[str]:
    """Why the field of a layer is unknown, unless the layer itself says so; `before` is that of its input."""
    unknown = [name for name, field in after.items() if field.status == "unknown"]
    if not unknown or (layer.is_opaque and layer.why_unknown):
        return
    if any(name in before and before[name].status == "unknown" for name in unknown):
        yield "its receptive field is unknown: that of its input is"
    else:
        yield f"its receptive field is unknown: {layer.why_unknown or 'its pattern is too long to follow'}"


def unchanged_field(gate: str) -> str:
    """A layer that looks at one position, and through its gate, if it has one, at everything."""
    also = f"; through {gate} it also depends on the whole input" if gate else ""
    return f"it reads one position of its input: the field stays the same{also}"


def stride_of_field(stride: int, of: str) -> str:
    """How far apart two units look."""
    return f"from one unit to the next the field moves by {plural(stride, 'position')} of {of}"


# -- merges


def seen_through_branch(unit: Sequence[int], box: Interval, axes: Sequence[str], of: str) -> str:
    """What a unit of a merge sees through one branch."""
    if box[0] > box[1]:
        return f"unit {_place(unit)} sees nothing of {of} through it"
    return f"through it, unit {_place(unit)} sees {lines_between(box, axes)} of {of}"


def hull(box: Interval, axes: Sequence[str], is_uniform: bool, of: str) -> str:
    """What a unit sees through all branches together."""
    if box[0] > box[1]:
        return f"no unit sees anything of {of}"
    padding = " (positions below 0 are padding)" if box[0] < 0 else ""
    others = "" if is_uniform else "; some units see fewer"
    return f"the hull of what its branches see: {lines_between(box, axes)}{padding}{others}"


def drifting(one: str, other: str, step: str, other_step: str) -> str:
    """Branches of different strides."""
    return (
        f"the branches drift apart: from one unit to the next the field moves by {step} through {one}, "
        f"but by {other_step} through {other}"
    )


def centres_apart(one: str, other: str, distance: Fraction) -> str:
    """Branches of one stride, whose centres differ."""
    apart = f"{float(distance):g} {'position' if distance == 1 else 'positions'}"
    return f"the branches are misaligned: the centres of {one} and {other} are {apart} apart"


def sees_everything(branches: Collection[str], of: str) -> str:
    """A global field."""
    return f"through {join(list(branches))} every unit sees all of {of}"


def unknown(of: str, branches: Collection[str]) -> str:
    """A field that is not followed, perhaps because that of a branch is not."""
    why = f"that of {join(list(branches))} is" if branches else "its pattern is too long to follow"
    return f"the receptive field in {of} is unknown: {why}"


def gate(branch: str, axes: Sequence[str], is_global: bool, of: str) -> str:
    """A branch that is the same for all units, along some axes or (with none) everywhere."""
    along = f" along the {join(axes)}" if axes else ""
    depends = f"each of them also depends on all of {of}" if is_global else "each of them also depends on what it sees"
    return f"all units{along} share the same values of {branch}, a gate: through it {depends}"


def whole_axes(axes: Sequence[str], of: str) -> str:
    """Axes of the input that are seen whole."""
    return f"along the {join(axes)} every unit sees all of {of}"


def gated_inside(branches: Collection[str], of: str) -> str:
    """Branches with a gate further up, or whose units see everything."""
    return f"through {join(list(branches))} every unit also depends on all of {of}"


def sees_nothing(branches: Collection[str], of: str) -> str:
    """Branches that do not depend on an input."""
    return f"nothing of {of} reaches {join(list(branches))}"


def lines_between(box: Interval, axes: Sequence[str]) -> str:
    """`rows and columns −2 to 2`, `position 0`."""
    first, last = (str(end).replace("-", "−") for end in box)
    lines = join([LINES[axis][first != last] for axis in axes])
    return f"{lines} {first}" if first == last else f"{lines} {first} to {last}"


def _place(unit: Sequence[int]) -> str:
    """`4`, `(0, 1)`."""
    return str(unit[0]) if len(unit) == 1 else f"({', '.join(map(str, unit))})"
