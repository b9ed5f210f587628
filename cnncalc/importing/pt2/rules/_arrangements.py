"""SymbolicSizes, the order of axes, parts and joints: what moves values and changes none."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from cnncalc.importing.operations import Tensor, counted_from_end
from cnncalc.importing.pt2._nodes import AtenNode, Ints, NotTranslatedError, counted_axis, known_sizes, with_part

Translate = Callable[[AtenNode], None]


def _self(node: AtenNode) -> Tensor:
    return node.tensor("input" if "input" in node.arguments else "self")


def _reshape(node: AtenNode) -> None:
    """All sizes are in the file."""
    if node.overload == "dtype":
        raise NotTranslatedError("bits")
    x, sizes = _self(node), known_sizes(node.output)
    if x.sizes is not None and math.prod(x.sizes) != math.prod(sizes):
        raise NotTranslatedError("sizes")
    node.emit("reshape", [x], sizes=sizes)


def _permute(node: AtenNode) -> None:
    x = _self(node)
    rank = len(known_sizes(x))
    node.emit("transpose", [x], axes=tuple(counted_axis(axis, rank) for axis in node.get("dims", ())))


def _transpose(node: AtenNode) -> None:
    x = _self(node)
    rank = len(known_sizes(x))
    axes = list(range(rank))
    named = [node.get(name) for name in ("dim0", "axis0") if name in node.arguments]
    if named:
        first = counted_axis(named[0], rank)
        second = counted_axis(node.get("dim1", node.get("axis1")), rank)
    elif node.op == "mT" or (node.op in ("t", "numpy_T") and rank == 2):
        first, second = rank - 2, rank - 1
    elif rank < 2:
        node.emit("identity", [x])
        return
    else:
        raise NotTranslatedError("axes")
    axes[first], axes[second] = axes[second], axes[first]
    node.emit("transpose", [x], axes=tuple(axes))


def _move(node: AtenNode) -> None:
    x = _self(node)
    rank = len(known_sizes(x))
    sources, targets = (
        [counted_axis(axis, rank) for axis in _listed(node.get(name))] for name in ("source", "destination")
    )
    axes = [axis for axis in range(rank) if axis not in sources]
    for target, source in sorted(zip(targets, sources, strict=True)):
        axes.insert(target, source)
    node.emit("transpose", [x], axes=tuple(axes))


def _listed(value: int | list[int]) -> list[int]:
    return [value] if isinstance(value, int) else list(value)


def _expand(node: AtenNode) -> None:
    x = _self(node)
    if known_sizes(x) == known_sizes(node.output):
        node.emit("identity", [x])
    else:
        node.emit("expand", [x], sizes=known_sizes(node.output))


def _copy(node: AtenNode) -> None:
    """The old values are gone; the new ones spread."""
    source = node.tensor("src")
    name = "identity" if known_sizes(source) == known_sizes(node.output) else "expand"
    settings: dict[str, Any] = {} if name == "identity" else {"sizes": known_sizes(node.output)}
    node.emit(name, [source], **settings)


def _strided(node: AtenNode) -> None:
    """A view of the memory; that of a tensor as it lies there is the tensor itself."""
    x, sizes = _self(node), known_sizes(node.output)
    if node.get("storage_offset", 0) or _lying(known_sizes(x), node.get("strides_of_self", ())) != _lying(
        sizes, node.get("stride", ())
    ):
        raise NotTranslatedError("memory")
    node.emit("reshape", [x], sizes=sizes)


def _lying(sizes: Ints, strides: Sequence[int]) -> list[tuple[int, int]]:
    return [(size, stride) for size, stride in zip(sizes, strides, strict=True) if size != 1]


def _repeat(node: AtenNode) -> None:
    x, times = _self(node), tuple(node.get("repeats", node.get("dims", ())))
    rank = max(len(times), len(known_sizes(x)))
    x = node.reshaped(x, (1,) * (rank - len(known_sizes(x))) + known_sizes(x))
    node.emit("repeat", [x], times=(1,) * (rank - len(times)) + times)


def _repeat_each(node: AtenNode) -> None:
    x, times = _self(node), node.get("repeats")
    if not isinstance(times, int) or node.get("dim") is None:
        raise NotTranslatedError("repeats")
    sizes = known_sizes(x)
    after = counted_axis(node.get("dim"), len(sizes)) + 1
    lone = node.reshaped(x, (*sizes[:after], 1, *sizes[after:]))
    wide = (*sizes[:after], times, *sizes[after:])
    node.reshaped(node.emit("expand", [lone], node.between(wide), sizes=wide), known_sizes(node.output), node.output)


# -- parts


def _slice(node: AtenNode) -> None:
    x = _self(node)
    axis = counted_axis(node.get("dim", 0), len(known_sizes(x)))
    size, step, from_end = known_sizes(x)[axis], node.get("step", 1), (False, False)
    if node.op == "narrow":
        start = _bounded(node.get("start", 0), size)
        stop = start + node.get("length", 0)
    else:
        first, last = node.get("start", 0), node.get("end", size)
        start, stop, from_end = _bounded(first, size), _bounded(last, size), counted_from_end(first, last)
    if (start, stop, step) == (0, size, 1):
        node.emit("identity", [x])
    else:
        node.emit("slice", [x], axis=axis, start=start, stop=max(start, stop), step=step, from_end=from_end)


def _bounded(place: int, size: int) -> int:
    return min(max(place + size if place < 0 else place, 0), size)


def _select(node: AtenNode) -> None:
    x = _self(node)
    sizes = known_sizes(x)
    axis = counted_axis(node.get("dim", 0), len(sizes))
    index = node.get("index", 0)
    start = counted_axis(index, sizes[axis])
    part = node.between((*sizes[:axis], 1, *sizes[axis + 1 :]))
    if sizes[axis] == 1:
        part = x
    else:
        from_end = (index < 0, index < 0)
        node.emit("slice", [x], part, axis=axis, start=start, stop=start + 1, step=1, from_end=from_end)
    node.reshaped(part, known_sizes(node.output), node.output)


def _split(node: AtenNode) -> None:
    """The outputs say how it is split."""
    x = _self(node)
    sizes = known_sizes(x)
    axis = counted_axis(node.get("dim", 0), len(sizes))
    parts = _part_sizes(node, sizes[axis])
    for output, part in zip(node.outputs, parts, strict=True):
        output.sizes = output.sizes or (*sizes[:axis], part, *sizes[axis + 1 :])
    if len(parts) == 1:
        node.emit("identity", [x])
    else:
        node.emit("split", [x], node.outputs, axis=axis, sizes=parts)


def _part_sizes(node: AtenNode, size: int) -> Ints:
    given = node.get("split_sizes", node.get("split_size"))
    if node.op == "chunk":
        given = -(-size // max(node.get("chunks"), 1))
    elif node.op == "tensor_split" or given is None:
        raise NotTranslatedError("parts")
    if not isinstance(given, int):
        return tuple(given)
    if given < 1 or -(-size // given) != len(node.outputs):
        raise NotTranslatedError("parts")
    return tuple(min(given, size - start) for start in range(0, size, given))


def _unbind(node: AtenNode) -> None:
    x = _self(node)
    sizes = known_sizes(x)
    axis = counted_axis(node.get("dim", 0), len(sizes))
    kept = (*sizes[:axis], 1, *sizes[axis + 1 :])
    if len(node.outputs) != sizes[axis]:
        raise NotTranslatedError("outputs")
    if sizes[axis] == 1:
        node.reshaped(x, sizes[:axis] + sizes[axis + 1 :], node.output)
        return
    parts = [Tensor(f"{output.name}:0", kept, x.dtype) for output in node.outputs]
    node.emit("split", [x], parts, axis=axis, sizes=(1,) * sizes[axis])
    for part, output in zip(parts, node.outputs, strict=True):
        node.reshaped(part, sizes[:axis] + sizes[axis + 1 :], output)


# -- joints


def _concat(node: AtenNode) -> None:
    """An empty vector may be among the parts, and adds nothing."""
    parts = [each for each in node.tensors("tensors") if known_sizes(each) != (0,)]
    rank = len(known_sizes(node.output))
    if len(parts) == 1:
        node.emit("identity", parts)
    else:
        node.emit("concat", parts, axis=counted_axis(node.get("dim", 0), rank))


def _stack(node: AtenNode) -> None:
    axis = counted_axis(node.get("dim", 0), len(known_sizes(node.output)))
    parts = node.tensors("tensors")
    sizes = [known_sizes(each) for each in parts]
    lone = [node.reshaped(part, (*size[:axis], 1, *size[axis:])) for part, size in zip(parts, sizes, strict=True)]
    if len(lone) == 1:
        node.emit("identity", lone)
    else:
        node.emit("concat", lone, axis=axis)


def _scatter(node: AtenNode) -> None:
    """A part is replaced: what is before it, the new part, what is after it."""
    x, source = _self(node), node.tensor("src")
    sizes = known_sizes(x)
    axis = counted_axis(node.get("dim", 0), len(sizes))
    size = sizes[axis]
    if node.op == "select_scatter":
        start = counted_axis(node.get("index", 0), size)
        stop = start + 1
        source = node.reshaped(source, (*sizes[:axis], 1, *sizes[axis + 1 :]))
    else:
        start, stop = _bounded(node.get("start", 0), size), _bounded(node.get("end", size), size)
    if node.get("step", 1) != 1 or stop <= start:
        raise NotTranslatedError("step")
    if known_sizes(source) != (part := (*sizes[:axis], stop - start, *sizes[axis + 1 :])):
        source = node.emit("expand", [source], node.between(part), sizes=part)
    made = with_part(node, x, source, axis, start)
    node.emit("identity", [made])


# -- by places


def _index(node: AtenNode) -> None:
    """Indices on one axis are a gathering; on several, too, where each has an axis of its own: rows, then columns."""
    x = _self(node)
    indices = node.arguments.get("indices")
    if not isinstance(indices, list):
        raise NotTranslatedError("indices")
    named = [(axis, each) for axis, each in enumerate(indices) if each is not None]
    if not named or any(each.dtype in ("bool", "uint8") for _, each in named):
        raise NotTranslatedError("indices")
    if len(named) > 1:
        _check_orthogonal([known_sizes(each) for _, each in named], [axis for axis, _ in named])
    for axis, each in named[:-1]:
        vector = node.reshaped(each, (math.prod(known_sizes(each)),))
        sizes = (*known_sizes(x)[:axis], *known_sizes(vector), *known_sizes(x)[axis + 1 :])
        x = node.emit("gather", [x, vector], node.between(sizes), axis=axis)
    node.emit("gather", [x, named[-1][1]], axis=named[-1][0])


def _check_orthogonal(sizes: list[Ints], axes: list[int]) -> None:
    """Whether indices are (a, 1, 1), (b, 1), (c) on axes one after the other."""
    count = len(axes)
    fits = all(size[1:] == (1,) * (count - 1 - place) and size for place, size in enumerate(sizes))
    if not fits or axes != list(range(axes[0], axes[0] + count)):
        raise NotTranslatedError("indices")


def _index_select(node: AtenNode) -> None:
    x = _self(node)
    node.emit("gather", [x, node.tensor("index")], axis=counted_axis(node.get("dim", 0), len(known_sizes(x))))


def _embedding(node: AtenNode) -> None:
    padding = node.get("padding_idx", -1)
    node.emit(
        "embedding", [node.tensor("indices"), node.tensor("weight")], padding_id=padding if padding >= 0 else None
    )


def _roll(node: AtenNode) -> None:
    x = _self(node)
    axes = tuple(counted_axis(axis, len(known_sizes(x))) for axis in _listed(node.get("dims", [])))
    shifts = tuple(_listed(node.get("shifts", [])))
    if not axes:
        raise NotTranslatedError("a roll of all values in a row")
    node.emit("roll", [x], shifts=shifts, axes=axes)


def _flip(node: AtenNode) -> None:
    x = _self(node)
    node.emit(
        "flip", [x], axes=tuple(counted_axis(axis, len(known_sizes(x))) for axis in _listed(node.get("dims", [])))
    )


def _shuffle(node: AtenNode) -> None:
    node.emit("channel_shuffle", [_self(node)], groups=node.get("groups", 1))


TRANSLATIONS: dict[str, Translate] = {
    **dict.fromkeys(
        (
            *("view", "reshape", "flatten", "unflatten", "squeeze", "unsqueeze", "view_as", "reshape_as"),
            *("_unsafe_view", "_reshape_alias", "atleast_1d", "atleast_2d", "atleast_3d", "view_copy", "ravel"),
        ),
        _reshape,
    ),
    **dict.fromkeys(("permute", "permute_copy"), _permute),
    **dict.fromkeys(("transpose", "swapaxes", "swapdims", "t", "mT", "numpy_T", "adjoint"), _transpose),
    **dict.fromkeys(("movedim", "moveaxis"), _move),
    **dict.fromkeys(("expand", "expand_as", "broadcast_to", "expand_copy"), _expand),
    "copy": _copy,
    "as_strided": _strided,
    **dict.fromkeys(("repeat", "tile"), _repeat),
    "repeat_interleave": _repeat_each,
    **dict.fromkeys(("slice", "narrow", "slice_copy"), _slice),
    **dict.fromkeys(("select", "select_copy"), _select),
    **dict.fromkeys(("split", "split_with_sizes", "chunk", "tensor_split", "split_with_sizes_copy"), _split),
    "unbind": _unbind,
    **dict.fromkeys(("cat", "concat", "concatenate"), _concat),
    "stack": _stack,
    **dict.fromkeys(("slice_scatter", "select_scatter"), _scatter),
    "index": _index,
    "index_select": _index_select,
    "embedding": _embedding,
    "roll": _roll,
    "flip": _flip,
    "channel_shuffle": _shuffle,
    "native_channel_shuffle": _shuffle,
}
