"""Layers and operators that read several tensors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from cnncalc.importing.keras._calls import KerasCall
from cnncalc.importing.keras._tensors import KerasTensor, with_size


def merge_of(call: KerasCall, kind: str, tensors: Sequence[KerasTensor]) -> KerasTensor:
    """Tensors value by value, those with fewer axes spread over the others as Keras' layers do: after the batch."""
    rank = max(each.rank for each in tensors)
    alike = [each if each.rank == rank else _raised(call, each, rank) for each in tensors]
    sizes = broadcast(call, [each.sizes for each in alike])
    if len(alike) == 1:
        return call.add("identity", alike[0])
    plain = alike if len({each.channel for each in alike}) == 1 else [call.plain(each) for each in alike]
    return call.add(kind, plain, sizes)


def _raised(call: KerasCall, x: KerasTensor, rank: int) -> KerasTensor:
    """The tensor with axes of size 1 before its own."""
    sizes = (1,) * (rank - x.rank) + x.sizes
    return call.reshaped(x, sizes)


def broadcast(call: KerasCall, shapes: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
    """The sizes of tensors with equally many axes that are spread over each other.

    Raises:
        Unreadable: they do not fit together.
    """
    found = []
    for each in zip(*shapes, strict=True):
        others = set(each) - {1}
        if len(others) > 1:
            listed = ", ".join("×".join(map(str, sizes)) for sizes in shapes)
            raise call.refuse(f"its inputs do not fit together: {listed}", code="CNN150")
        found.append(others.pop() if others else 1)
    return tuple(found)


def concatenated(call: KerasCall, tensors: Sequence[KerasTensor], axis: Any) -> KerasTensor:
    """Tensors one after the other along an axis."""
    if len(tensors) == 1:
        return call.add("identity", tensors[0])
    plain = tensors if len({each.channel for each in tensors}) == 1 else [call.plain(each) for each in tensors]
    first = plain[0]
    if len({each.rank for each in plain}) > 1:
        raise call.refuse("its inputs have different numbers of axes", code="CNN150")
    place = call.axis(axis, first.rank)
    if len({with_size(each.sizes, place, 0) for each in plain}) > 1:
        raise call.refuse("its inputs do not fit together", code="CNN150")
    sizes = with_size(first.sizes, place, sum(each.sizes[place] for each in plain))
    return call.add("concat", plain, sizes, axis=first.axis_name(place))


def multiplied(call: KerasCall, a: KerasTensor, b: KerasTensor, transpose: str = "none") -> KerasTensor:
    """The product of two matrices, each with its rows along the first axis."""
    a, b = call.facing(a, 1), call.facing(b, 1)
    (rows, inner), (other, columns) = (
        a.sizes if transpose != "first" else a.sizes[::-1],
        b.sizes if transpose != "second" else b.sizes[::-1],
    )
    if inner != other:
        raise call.refuse(f"matrices of {inner} columns and {other} rows have no product", code="CNN150")
    return call.add("matmul", [a, b], (rows, columns), 1, transpose=transpose)


def _merge(kind: str) -> Callable[[KerasCall], Any]:
    return lambda call: merge_of(call, kind, _only_tensors(call))


def _only_tensors(call: KerasCall) -> list[KerasTensor]:
    """What a merge reads: a list of tensors, and nothing else."""
    listed = call.args[0] if len(call.args) == 1 else None
    found = listed if isinstance(listed, list) else [listed]
    tensors = [each for each in found if isinstance(each, KerasTensor)]
    if len(tensors) < len(found):
        raise call.refuse("it reads something else than a list of tensors", code="CNN150")
    return tensors


def _concatenate(call: KerasCall) -> Any:
    """`Concatenate`."""
    return concatenated(call, _only_tensors(call), call.config.get("axis", -1))


def _dot(call: KerasCall) -> Any:
    """`Dot`: of vectors, or of matrices along one axis each."""
    tensors, axes = call.tensors, call.config.get("axes")
    if len(tensors) != 2 or call.lead:
        return call.opaque(params=0)
    own = axes if isinstance(axes, list) else [axes, axes]
    a, b = tensors
    places = [call.axis(axis, each.rank) for axis, each in zip(own, tensors, strict=False)]
    if {a.rank, b.rank} - {1, 2} or len(places) != 2:
        return call.opaque(params=0)
    if call.config.get("normalize"):
        a, b = (call.add("l2_norm", call.facing(x, at), epsilon=1e-12) for x, at in zip((a, b), places, strict=True))
    if a.rank == b.rank == 2:
        ways = {(1, 0): "none", (1, 1): "second", (0, 0): "first"}
        if tuple(places) in ways:
            return multiplied(call, a, b, ways[places[0], places[1]])
        a = call.facing(call.permuted(a, (1, 0), 1), 1)
        return multiplied(call, a, b, "second")
    if a.rank == b.rank == 1:
        one = multiplied(call, call.reshaped(a, (1, *a.sizes)), call.reshaped(b, (1, *b.sizes)), "second")
        return call.reshaped(one, (1,))
    return call.opaque(params=0)


LAYERS: dict[str, Callable[[KerasCall], Any]] = {
    "Add": _merge("add"),
    "Subtract": _merge("subtract"),
    "Multiply": _merge("multiply"),
    "Average": _merge("average"),
    "Maximum": _merge("maximum"),
    "Minimum": _merge("minimum"),
    "Concatenate": _concatenate,
    "Dot": _dot,
}
