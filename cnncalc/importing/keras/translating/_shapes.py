"""Layers that move values, dense layers and tables."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

from cnncalc.importing.keras._calls import MASKED, KerasCall, Variable
from cnncalc.importing.keras._tensors import KerasTensor
from cnncalc.importing.keras.translating._activations import activated
from cnncalc.importing.keras.translating._windows import KERNEL_AND_BIAS, arrays_present


def _dense(call: KerasCall) -> Any:
    """`Dense`, which works on the last axis."""
    x, units = call.facing(call.x, call.x.rank - 1), call.whole("units")
    if call.config.get("lora_enabled") or call.config.get("quantization_mode"):
        call.network.remark("CNN573", f"{call.place}: it is read as before it was changed (LoRA, quantisation)")
    return activated(call, _densely(call, x, units, arrays_present(call, KERNEL_AND_BIAS)))


def _densely(call: KerasCall, x: KerasTensor, units: int, arrays: dict[str, Variable]) -> KerasTensor:
    """Units that read the channels."""
    return call.add("dense", x, x.with_channels(units), arrays=arrays, units=units, bias="bias" in arrays)


def _einsum_dense(call: KerasCall) -> Any:
    """`EinsumDense`: a dense layer where it sums over the last axis alone, and makes one."""
    equation = str(call.config.get("equation", "")).replace(" ", "")
    taken, _, made = equation.partition("->")
    x, (read, _, kernel) = call.x, taken.partition(",")
    read, made = read.replace("...", "", 1), made.replace("...", "", 1)
    is_dense = len(kernel) == 2 and read[-1:] == kernel[0] and made == read[:-1] + kernel[1]
    output, bias_axes = call.config.get("output_shape"), call.config.get("bias_axes")
    units = output[-1] if isinstance(output, list) and output else output
    if not is_dense or bias_axes not in (None, "", kernel[1]) or type(units) is not int:
        return call.opaque()
    arrays = KERNEL_AND_BIAS if bias_axes else {"kernel": KERNEL_AND_BIAS["kernel"]}
    return activated(call, _densely(call, call.facing(x, x.rank - 1), units, arrays))


def _embedding(call: KerasCall) -> Any:
    """`Embedding`: of ids in more than one row, each gets its vector."""
    x, width, vocabulary = call.x, call.whole("output_dim"), call.whole("input_dim")
    if call.config.get("mask_zero"):
        call.network.remark("CNN573", MASKED)
    ids = call.reshaped(x, (prod(x.sizes),)) if x.rank != 1 else x
    arrays = {"table": Variable("", 0)}
    made = call.add("embedding", ids, (*ids.sizes, width), 1, arrays=arrays, width=width, vocabulary=vocabulary)
    return call.reshaped(made, (*x.sizes, width)) if x.rank != 1 else made


def _flatten(call: KerasCall) -> Any:
    """`Flatten`, which takes the channels last whatever the format."""
    x = call.x
    if call.config.get("data_format") == "channels_first" and x.rank > 1:
        x = turned(call, x, (*range(call.lead), *range(call.lead + 1, x.rank), call.lead))
    return call.reshaped(x, (*x.sizes[: call.lead], prod(x.sizes[call.lead :])))


def turned(call: KerasCall, x: KerasTensor, order: tuple[int, ...]) -> KerasTensor:
    """The tensor with its axes in another order; those of size 1 may stand anywhere."""
    sizes = tuple(x.sizes[axis] for axis in order)
    moving = [axis for axis in order if x.sizes[axis] != 1]
    if moving == sorted(moving):
        return call.reshaped(x, sizes)
    if x.row:
        return call.reshaped(_exchanged(call, x.row, x.sizes, [axis for axis in order if x.sizes[axis] != 1]), sizes)
    return call.permuted(x, order, call.channel_of(sizes))


def _exchanged(call: KerasCall, row: KerasTensor, sizes: tuple[int, ...], order: list[int]) -> KerasTensor:
    """The values of a tensor of any number of axes with these in another order.

    Two runs of axes that follow each other change places at a time, which is a permutation of at most four axes.

    Args:
        row: a tensor with the values in the old order.
        sizes: of the axes.
        order: of those that are not 1.
    """
    now = sorted(order)
    for place, axis in enumerate(order):
        start = stop = now.index(axis)
        while stop < len(now) and order[place + stop - start : place + stop - start + 1] == now[stop : stop + 1]:
            stop += 1
        runs = now[:place], now[place:start], now[start:stop], now[stop:]
        now = [*runs[0], *runs[2], *runs[1], *runs[3]]
        if start > place:
            row = _with_exchanged_runs(call, row, [prod(sizes[axis] for axis in run) for run in runs])
    return row


def _with_exchanged_runs(call: KerasCall, row: KerasTensor, runs: list[int]) -> KerasTensor:
    """The second and the third of four runs change places."""
    before, first, second, after = runs
    kept = [size for size in (before,) if size > 1], [size for size in (after,) if size > 1]
    split = (*kept[0], first, second, *kept[1])
    at = len(kept[0])
    order = [*range(len(split))]
    order[at], order[at + 1] = at + 1, at
    return call.permuted(call.reshaped(row, split), order, call.channel_of(split))


def _reshape(call: KerasCall) -> Any:
    """`Reshape`."""
    return to_sizes(call, call.x, call.config.get("target_shape"))


def to_sizes(call: KerasCall, x: KerasTensor, target: Any) -> KerasTensor:
    """The values in sizes of which one may be calculated."""
    sizes = list(target) if isinstance(target, list | tuple) else [target]
    if any(type(each) is not int for each in sizes) or sizes.count(-1) > 1:
        raise call.refuse("the sizes that it makes are not known")
    whole = prod(x.sizes[call.lead :])
    rest = prod(each for each in sizes if each != -1)
    if -1 in sizes:
        if rest < 1 or whole % rest:
            raise call.refuse(f"{whole} values do not fit into {'×'.join(map(str, sizes))}", code="CNN150")
        sizes[sizes.index(-1)] = whole // rest
    made = (*x.sizes[: call.lead], *sizes)
    return call.reshaped(x, made)


def _permute(call: KerasCall) -> Any:
    """`Permute`, which counts axes from 1."""
    x, dims = call.x, call.config.get("dims")
    own = x.rank - call.lead
    if not isinstance(dims, list) or sorted(dims, key=str) != sorted(range(1, own + 1), key=str):
        raise call.refuse("its `dims` are not the numbers of its axes", code="CNN150")
    return turned(call, x, (*range(call.lead), *(each - 1 + call.lead for each in dims)))


def _repeat_vector(call: KerasCall) -> Any:
    """`RepeatVector`."""
    x, times = call.x, call.whole("n")
    if call.lead or x.rank != 1:
        return call.opaque(params=0, macs=0)
    one = call.facing(call.reshaped(x, (1, x.channels)), 1)
    return call.add("upsample", one, (times, x.channels), factor=(times,))


LAYERS: dict[str, Callable[[KerasCall], Any]] = {
    "Dense": _dense,
    "EinsumDense": _einsum_dense,
    "Embedding": _embedding,
    "Flatten": _flatten,
    "Reshape": _reshape,
    "Permute": _permute,
    "RepeatVector": _repeat_vector,
}
