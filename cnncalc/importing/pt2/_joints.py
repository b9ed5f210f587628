"""A tensor in which a part is replaced, as operations that replace nothing."""

from __future__ import annotations

from cnncalc.importing.operations import Tensor
from cnncalc.importing.pt2._nodes import Node, sizes_of


def replaced(node: Node, whole: Tensor, part: Tensor, axis: int, start: int) -> Tensor:
    """A tensor with another part from a place on: what is before it, the part, what is after it."""
    sizes = sizes_of(whole)
    stop, size = start + sizes_of(part)[axis], sizes[axis]
    parts: list[Tensor] = []
    for low, high in ((0, start), (start, stop), (stop, size)):
        if low == start and high == stop:
            parts.append(part)
        elif high > low:
            between = node.between((*sizes[:axis], high - low, *sizes[axis + 1 :]), whole.dtype)
            parts.append(node.emit("slice", [whole], between, axis=axis, start=low, stop=high, step=1))
    if len(parts) == 1:
        return part
    return node.emit("concat", parts, node.between(sizes, whole.dtype), axis=axis)
