"""Sentences about numbers that no kind makes by itself: receptive fields and statistics."""

from __future__ import annotations

from cnncalc import formulas
from cnncalc.layers.base import plural
from cnncalc.layers.words import times

STATISTICS = "the moving mean and variance of each channel, updated but not learned"
"""What training updates without a gradient."""


def field(before: int, after: int, stride: int) -> str:
    """How the window widened the receptive field."""
    if after == before:
        return f"a window of one position adds nothing: still {after}"
    each = (
        "each further tap of the window" if stride == 1 else f"each further tap of the window, {stride} positions on,"
    )
    return f"one unit sees {after} positions of the input: {each} adds {plural(stride, 'position')}"


def field_without_rule(size: tuple[int, ...], stride: str) -> str:
    """A field that no single window made: after upsampling, or where units see differently."""
    positions = "position" if formulas.product(size) == 1 else "positions"
    sees = f"a unit sees up to {times(size)} {positions} of the input"
    return f"{sees}; from unit to unit the field moves by {stride}, on average"


def unchanged_field(gate: str) -> str:
    """A layer that looks at one position, and through its gate, if it has one, at everything."""
    also = f"; through {gate} it also depends on the whole input" if gate else ""
    return f"it reads one position of its input: the field stays{also}"


def stride_of_field(stride: int) -> str:
    """How far apart two units look."""
    return f"from one unit to the next the field moves on by {plural(stride, 'position')} of the input"
