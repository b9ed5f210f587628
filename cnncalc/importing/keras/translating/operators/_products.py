"""Products of matrices, and images at another size."""

from __future__ import annotations

from math import prod
from typing import Any

from cnncalc.importing.keras._calls import KerasCall
from cnncalc.importing.keras._tensors import KerasTensor
from cnncalc.importing.keras.translating._merges import multiplied
from cnncalc.importing.keras.translating._preprocessing import map_resized
from cnncalc.importing.keras.translating.operators._arguments import (
    Operator,
    are_counts,
    given_operands,
    given_tensor,
)


def _matmul(call: KerasCall) -> Any:
    """A product of matrices; of more than two axes, it has no kind."""
    a, b = given_operands(call)
    if not isinstance(a, KerasTensor) or not isinstance(b, KerasTensor):
        return call.opaque()
    flips = [call.argument(None, name) is True for name in ("transpose_a", "transpose_b")]
    if a.rank != 2 or b.rank != 2:
        sizes = _product_sizes(a, b) if not any(flips) and a.rank == b.rank > 1 else None
        return call.opaque([a, b], sizes, params=0, macs=None)
    ways = {(False, False): "none", (True, False): "first", (False, True): "second"}
    if tuple(flips) not in ways:
        return call.opaque([a, b], params=0)
    return multiplied(call, a, b, ways[flips[0], flips[1]])


def _einsum(call: KerasCall) -> Any:
    """A sum of products; of two matrices for each sample, it may be a product of theirs."""
    tensors = call.tensors
    written = call.argument(None, "subscripts", "equation", default=call.args[0])
    read, _, made = str(written).replace(" ", "").partition("->")
    names = read.split(",")
    if not made or len(names) != len(tensors) or any(name[:1] != made[0] for name in names):
        return call.opaque(params=0)
    sizes: dict[str, int] = {}
    for name, each in zip(names, tensors, strict=True):
        sizes |= zip(name[1:], each.sizes, strict=True)
    if [each.rank for each in tensors] == [2, 2] and (way := _product_of(names[0][1:], names[1][1:], made[1:])):
        return multiplied(call, tensors[0], tensors[1], way)
    return call.opaque(tensors, tuple(sizes[letter] for letter in made[1:]), params=0, macs=prod(sizes.values()))


def _product_of(first: str, second: str, made: str) -> str:
    """Which product of two matrices letters stand for; "" if it is none."""
    ways = {"none": (first, second), "second": (first, second[::-1]), "first": (first[::-1], second)}
    for way, (rows, columns) in ways.items():
        if rows[1] == columns[0] and made == rows[0] + columns[1]:
            return way
    return ""


def _product_sizes(a: KerasTensor, b: KerasTensor) -> tuple[int, ...] | None:
    leading = tuple(map(max, a.sizes[:-2], b.sizes[:-2]))
    return (*leading, a.sizes[-2], b.sizes[-1])


def _resize(call: KerasCall) -> Any:
    """An image at another size."""
    x, size = given_tensor(call, 0, "images"), call.argument(1, "size")
    first = call.argument(None, "data_format") == "channels_first"
    x = call.facing(x, 0 if first else x.rank - 1)
    mode = str(call.argument(2, "interpolation", "method", default="bilinear")).lower()
    keeps = any(call.argument(None, each) is True for each in _RATIO)
    if not isinstance(size, list) or len(size) != 2 or not are_counts(size) or x.rank != 3:
        return call.opaque(params=0)
    return map_resized(call, x, tuple(size), mode, keeps, call.argument(None, "antialias") is True)


_RATIO = ("crop_to_aspect_ratio", "pad_to_aspect_ratio", "preserve_aspect_ratio")


def _depth_to_space(call: KerasCall) -> Any:
    """Channels as blocks of positions."""
    x, block = given_tensor(call), call.argument(1, "block_size")
    if x.rank != 3 or type(block) is not int or block < 1 or x.channels % block**2:
        return call.opaque(params=0, macs=0)
    x = call.facing(x, x.rank - 1)
    sizes = (x.sizes[0] * block, x.sizes[1] * block, x.channels // block**2)
    return call.add("depth_to_space", x, sizes, block=block)


def _space_to_depth(call: KerasCall) -> Any:
    """Blocks of positions as channels."""
    x, block = given_tensor(call), call.argument(1, "block_size")
    if x.rank != 3 or type(block) is not int or block < 1 or any(n % block for n in x.sizes[:2]):
        return call.opaque(params=0, macs=0)
    x = call.facing(x, x.rank - 1)
    return call.add("space_to_depth", x, (x.sizes[0] // block, x.sizes[1] // block, x.channels * block**2), block=block)


OPERATORS: dict[str, Operator] = {
    "Matmul": _matmul,
    "Einsum": _einsum,
    "Resize": _resize,
    "DepthToSpace": _depth_to_space,
    "SpaceToDepth": _space_to_depth,
}
