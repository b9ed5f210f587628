"""Layers that move values, dense layers and tables."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

from cnncalc.importing.keras._calls import MASKED, KerasCall, Variable
from cnncalc.importing.keras._tensors import KerasTensor, with_size
from cnncalc.importing.keras.translating._activations import activated
from cnncalc.importing.keras.translating._windows import KERNEL_AND_BIAS, arrays_present


def _dense(call: KerasCall) -> Any:
    """`Dense`, which works on the last axis."""
    x, units = call.facing(call.x, call.x.rank - 1), call.whole("units")
    return activated(call, _densely(call, x, units, arrays_present(call, KERNEL_AND_BIAS)))


def _densely(call: KerasCall, x: KerasTensor, units: int, arrays: dict[str, Variable]) -> KerasTensor:
    """Units that read the channels."""
    return call.add("dense", x, x.with_channels(units), arrays=arrays, units=units, bias="bias" in arrays)


def _einsum_dense(call: KerasCall) -> Any:
    """`EinsumDense`: a dense layer where it sums over the last axes, and makes the last ones; else its numbers."""
    found = _einsum_of(call)
    if found is None:
        return call.opaque()
    x, (read, kernel, made, sizes) = call.x, found
    bias = str(call.config.get("bias_axes") or "")
    shared = next((n for n, pair in enumerate(zip(read, made, strict=False)) if len({*pair}) > 1), len(read))
    summed, new = read[shared:], made[shared:]
    if not summed or not new or kernel != summed + new or bias not in ("", new) or set(new) & set(read):
        params = prod(sizes[each] for each in kernel) + (prod(sizes[each] for each in bias) if bias else 0)
        outputs = call.opaque(
            sizes=tuple(sizes[each] for each in made[1:]), params=params, macs=prod(sizes[each] for each in sizes)
        )
        return activated(call, outputs[0])
    taken, units = prod(sizes[each] for each in summed), prod(sizes[each] for each in new)
    arrays = {"kernel": Variable("", 0, (("reshape", (taken, units)),) if len(kernel) > 2 else ())}
    if bias:
        arrays["bias"] = Variable("", 1, (("reshape", (units,)),) if len(bias) > 1 else ())
    lead = tuple(sizes[each] for each in read[1:shared])
    x = call.reshaped(x, (*lead, taken)) if len(summed) > 1 else x
    flat = _densely(call, call.facing(x, x.rank - 1), units, arrays)
    return activated(call, call.reshaped(flat, (*lead, *(sizes[each] for each in new))) if len(new) > 1 else flat)


def _einsum_of(call: KerasCall) -> tuple[str, str, str, dict[str, int]] | None:
    """The letters of what an `EinsumDense` reads, of its kernel and of what it makes, the batch first in both, and the
    sizes of all but the batch; None if its configuration does not say them."""
    equation, output = str(call.config.get("equation", "")).replace(" ", ""), call.config.get("output_shape")
    taken, _, made = equation.partition("->")
    read, _, kernel = taken.partition(",")
    output = output if isinstance(output, list) else [output]
    own = made.replace("...", "")[0 if made.startswith("...") else 1 :]
    left_out = "0123456789"[: max(call.x.rank + 1 - len(read.replace("...", "")), 0)]
    read, made = (each.replace("...", left_out) for each in (read, made))
    if not read or len(read) != call.x.rank + 1 or read[:1] != made[:1] or len(output) != len(own):
        return None
    sizes = dict(zip(read[1:], call.x.sizes, strict=True))
    sizes |= {name: size for name, size in zip(own, output, strict=True) if name not in sizes and type(size) is int}
    needed = {*kernel, *made[1:], *str(call.config.get("bias_axes") or "")}
    return (read, kernel, made, sizes) if needed <= sizes.keys() and read[0] not in kernel else None


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


def sliced(
    call: KerasCall,
    x: KerasTensor,
    axis: int,
    start: int,
    stop: int,
    step: int = 1,
    from_end: tuple[bool, bool] = (False, False),
) -> KerasTensor:
    """A part of a tensor.

    Args:
        axis: one of Keras'.
        start: the first place, counted from the beginning.
        stop: the place after the last one.
        step: from one place to the next.
        from_end: whether Keras counts the start and the stop from the end, so that they move with it.
    """
    n = x.sizes[axis]
    if not 0 <= start < stop <= n:
        raise call.refuse(f"positions {start} to {stop} are outside of an axis of {n}", code="CNN150")
    sizes = with_size(x.sizes, axis, (stop - start + step - 1) // step)
    if sizes == x.sizes:
        return x
    taken = start - n if from_end[0] else start, stop - n if from_end[1] else stop
    along: dict[str, Any] = {"axis": x.axis_name(axis)} if x.rank > 1 else {}
    return call.add("slice", x, sizes, range=taken, step=step, **along)


def say_it_is_absolute(call: KerasCall, sizes: tuple[int, ...]) -> None:
    """Says that what a layer takes is right for these sizes alone, where Keras works it out for any."""
    message = f"{call.place}: what it takes was calculated for an input of {'×'.join(map(str, sizes))} positions"
    call.network.remark("CNN573", message, "for another size, import the model again with `--input`")


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
