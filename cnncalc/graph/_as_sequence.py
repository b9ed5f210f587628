"""What to do where a sequence is needed, and there is a vector or a map."""

from __future__ import annotations

from cnncalc import formulas
from cnncalc.settings.axes import AXES
from cnncalc.settings.shape import Shape


def as_sequence(x: Shape, layout: str) -> tuple[str, ...]:
    """Ways to make a sequence of a vector, or of a map whose height goes."""
    if x.is_vector:
        many = _written(Shape((x.channels,), 1), layout)
        one = _written(Shape((1,), x.channels), layout)
        return (
            "put it before the layer that made the vector",
            f"`reshape: {many}` makes a sequence of single numbers, `reshape: {one}` one of a single position",
        )
    *gone, last = AXES[len(x.spatial)]
    *sizes, n = x.spatial
    joined = f"`reshape: {_written(Shape((n,), formulas.product([*sizes, x.channels])), layout)}`"
    if layout == "channels_last":  # where the axes that are joined have to be neighbours
        turned = ", ".join(f"{new}: {old}" for new, old in zip((*gone, last), (last, *gone), strict=True))
        joined = f"`permute: {{{turned}}}` and then {joined}"
    axes = gone[0] if len(gone) == 1 else f"[{', '.join(gone)}]"
    return (
        f"`{{reduce: mean, axes: {axes}}}` leaves a sequence along the {last}",
        f"{joined} makes channels of the {' and '.join(gone)}",
        "`flatten: {positions: true}` puts all positions in a row",
    )


def _written(x: Shape, layout: str) -> str:
    """The shape as a spec has it."""
    return x.text(layout).replace("×", "x")
