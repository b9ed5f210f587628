"""Attention with all that belongs to it: `multihead_attention`, from projections to projection."""

from __future__ import annotations

from collections import Counter
from math import isclose, prod, sqrt
from typing import Any

from cnncalc.importing.lifting._views import Axis, Factor, axis_size, joined_factors, with_lone_sample_outside
from cnncalc.importing.lifting.rewrites._rules import Rules, Written, before, instead
from cnncalc.importing.lifting.rewrites._terms import sole_number
from cnncalc.importing.lifting.rewrites._tracing import (
    FEATURES,
    Arranged,
    Projection,
    Rows,
    beginning,
    followed,
    projection,
    rows,
    way_back,
)
from cnncalc.importing.lifting.rewrites.attention._biases import flattened, is_causal, is_fixed, relative_bias
from cnncalc.importing.lifting.rewrites.attention._windows import Compared, places_compared
from cnncalc.importing.lifting.rewrites.plumbing import view_of_constant
from cnncalc.importing.operations import Constant, Operation, OperationGraph, Tensor
from cnncalc.named_tuple import NamedTuple

MOST_SKIPPED = 4
"""Where a row of positions is made a map only on the way to the projections, the map is what is attended."""


class Parts(NamedTuple):
    """An attention and its four projections."""

    attention: Operation
    query: Rows
    key: Rows
    value: Rows
    output: Projection


def multihead_rules(graph: OperationGraph) -> Rules:
    """The rule for a graph: it begins with the projection of the output. Where the scores are read by themselves
    (PyTorch's `need_weights`), so are the queries: then they stay, and the projections are not another layer's too."""
    batch = graph.batch
    readers = Counter(tensor for operation in graph.operations for tensor in operation.inputs)

    def multihead(operation: Operation) -> Written:
        for skipped in range(MOST_SKIPPED):
            parts = _parts(operation, batch, skipped)
            if parts is None or readers[parts.attention.inputs[0]] > 1:
                continue
            if (written := _written(operation, parts, batch)) is not None:
                return written
        return None

    return dict.fromkeys(("linear", "conv"), (multihead,))


def _parts(operation: Operation, batch: int, skipped: int) -> Parts | None:
    output = projection(operation)
    if output is None:
        return None
    sums, *_ = way_back(output.x, "reshape", "transpose", "identity", "cast")
    attention = sums.operation
    if attention is None or attention.name != "attention" or attention.output is not sums:
        return None
    found = [rows(each, batch, skipped) for each in attention.inputs[:3] if each is not None]
    if len(found) < 3 or any(each is None for each in found):
        return None
    query, key, value = (each for each in found if each is not None)
    parts = Parts(attention, query, key, value, output)
    return parts if _fit(parts) else None


def _fit(parts: Parts) -> bool:
    """Whether queries, keys and values belong to one another as in the kind."""
    query, key, value = parts.query, parts.key, parts.value
    if not (query.outer == key.outer == value.outer):
        return False
    if any(each.axis == 0 for each in (*query.positions, *key.positions, *value.positions)):
        return False  # samples see one another
    if not _have_same_positions(key, value):
        return False
    if query.size != key.size or query.shared != 1 or (key.heads, key.shared) != (value.heads, value.shared):
        return False
    return query.heads == key.heads * key.shared and key.root.constant is None


def _have_same_positions(key: Rows, value: Rows) -> bool:
    """Whether the rows of two are in the same order. What they come from may be a map for one, a row for the other."""
    return key.positions == value.positions or (key.root is not value.root and _in_a_row(key) == _in_a_row(value))


def _in_a_row(of: Rows) -> Axis:
    """The positions as factors of one axis: that of all they come from, in which the last axis is the inner one."""
    steps, count = dict[int, int](), 1
    for axis in sorted({each.axis for each in of.positions}, reverse=True):
        steps[axis], count = count, count * (of.root.sizes or ())[axis - 1]
    return joined_factors(each._replace(axis=1, step=each.step * steps[each.axis]) for each in of.positions)


def _written(operation: Operation, parts: Parts, batch: int) -> Written:
    query, key, value = parts.query, parts.key, parts.value
    is_own = query.root is key.root
    x = _Map(query.root, query.by.axis, query.read, batch)
    seen = _output_axes(parts)
    if (
        x.channels is None
        or seen is None
        or (places := places_compared(x.spatial, query.outer, query.positions)) is None
    ):
        return None
    if not is_own and not (_are_whole(x, query) and _are_whole(_Map(key.root, key.by.axis, key.read, batch), key)):
        return None
    if value.root is not key.root and not _are_whole(_Map(value.root, value.by.axis, value.read, batch), value):
        return None
    if is_own and key.positions != query.positions:
        return None
    settings = _settings(parts, x, places, is_own)
    arrays = None if settings is None else _arrays(parts)
    if settings is None or arrays is None or _masks(parts, x, places, settings, arrays) is None:
        return None
    return _operations(operation, parts, x, seen, settings, arrays, batch)


class _Map:
    """A tensor that rows are made from, as a map whose channels come last.

    Attributes:
        channels: the axis that holds them; None if the projection reads something else.
        spatial: number and size of each spatial axis.
    """

    def __init__(self, root: Tensor, axis: int, read: Arranged, batch: int) -> None:
        self.root = root
        own = beginning(root, batch)
        self.batch_axis = next((place for place, each in enumerate(own) if each and each[0].axis == 0), 0)
        self.channels = next(
            (place for place, each in enumerate(own) if place != self.batch_axis and each == read.axes[axis] and each),
            None,
        )
        if self.channels is None and read.axes[axis] == () and () in own:
            self.channels = own.index(())
        self.spatial = [
            (place + 1, size)
            for place, size in enumerate(root.sizes or ())
            if place not in (self.batch_axis, self.channels)
        ]
        self.rolls = dict(read.rolls)

    @property
    def order(self) -> tuple[int, ...]:
        """The axes of the tensor, the channels last."""
        assert self.channels is not None
        return (self.batch_axis, *(number - 1 for number, _ in self.spatial), self.channels)


def _are_whole(x: _Map, of: Rows) -> bool:
    """Whether all positions see all."""
    whole = joined_factors(Factor(number, size) for number, size in x.spatial)
    return [each.axis for each in of.outer] == [0] and joined_factors(sorted(of.positions)) == whole and not x.rolls


def _output_axes(parts: Parts) -> tuple[Axis, ...] | None:
    """What the output's projection makes, as factors of the map that it started from and of its features."""
    query, value = parts.query, parts.value
    _, way, made = way_back(parts.output.x, "reshape", "transpose", "identity", "cast")
    heads = Factor(FEATURES, query.heads, value.size)
    lead = [tuple(heads if each.axis == FEATURES else each for each in axis) for axis in query.lead]
    own = (Factor(FEATURES, value.size),) if value.size > 1 else ()
    seen = followed(Arranged((*map(joined_factors, lead), query.positions, own)), way, made)
    if seen is None:
        return None
    axes = with_lone_sample_outside(seen.axes, (parts.output.axis,))
    if axes[parts.output.axis] != joined_factors([heads._replace(step=1, size=query.heads * value.size)]):
        return None
    features = (Factor(FEATURES, parts.output.features),) if parts.output.features > 1 else ()
    return (*axes[: parts.output.axis], features, *axes[parts.output.axis + 1 :])


def _settings(parts: Parts, x: _Map, places: Compared, is_own: bool) -> dict[str, Any] | None:
    query, key, value = parts.query, parts.key, parts.value
    biases = {each.by.bias is None for each in (query, key, value)}
    if len(biases) > 1:
        return None
    sizes = tuple(size for _, size in x.spatial)
    settings: dict[str, Any] = {
        "heads": query.heads,
        "key_size": query.size,
        "value_size": value.size,
        "key_heads": key.heads,
        "output": parts.output.features,
        "bias": biases == {False},
        "output_bias": parts.output.bias is not None,
        "causal": bool(parts.attention.settings.get("causal")),
    }
    if places.dilation != (1,) * len(sizes):
        settings["dilation"] = places.dilation
    if places.window != sizes:
        settings["window"] = places.window
    shift = tuple(-x.rolls.get(number, 0) % size for number, size in x.spatial)
    if any(shift):
        settings["shift"] = shift
        if "window" not in settings:
            return None
    return settings if is_own or not any(shift) else None


def _masks(
    parts: Parts, x: _Map, places: Compared, settings: dict[str, Any], arrays: dict[str, Tensor | None]
) -> bool | None:
    """Adds what masks mean to the settings; None if one means something that the kind does not have."""
    masks, count = [each for each in parts.attention.inputs[3:] if each is not None], prod(places.counts)
    hides = False
    for mask in masks:
        table = None if "position_bias" in arrays else _table(mask, places, parts.query.heads, settings)
        if table is not None:
            arrays["position_bias"], settings["position_bias"] = table, "relative"
        elif is_causal(mask, count) and len(x.spatial) == 1:
            settings["causal"] = True
        elif sole_number(mask) == 0:
            continue
        elif "shift" in settings and is_fixed(mask) and not hides:
            hides = True
        else:
            return None
    return True if hides == ("shift" in settings) else None


def _table(mask: Tensor, places: Compared, heads: int, settings: dict[str, Any]) -> Tensor | None:
    """The learned numbers of a mask. Where windows of a map are an axis in a row, their own sizes are in the settings:
    `counts`; it is found out later whether these are the windows of the map."""
    if (table := relative_bias(mask, places.counts, heads)) is not None:
        return table
    count = prod(places.counts)
    for height in range(2, count) if count in places.counts else ():
        if count % height == 0 and (table := relative_bias(mask, (height, count // height), heads)) is not None:
            settings["counts"] = (height, count // height)
            return table
    return None


def _arrays(parts: Parts) -> dict[str, Tensor | None] | None:
    """The arrays of the layer, in our order: (in, out)."""
    length = parts.query.size
    scale = parts.attention.settings.get("scale")
    scale = 1 / sqrt(length) if scale is None else scale
    factor = scale * sqrt(length) * parts.query.factor * parts.key.factor
    arrays: dict[str, Tensor | None] = {}
    for name, each, by in (
        ("query", parts.query, factor),
        ("key", parts.key, 1.0),
        ("value", parts.value, parts.value.factor),
    ):
        weight, bias = (_of_heads(tensor, each) for tensor in (each.by.weight, each.by.bias))
        if weight is None:
            return None
        arrays[name] = _multiplied(_turned(weight), by)
        arrays[f"{name}_bias"] = _multiplied(bias, by) if bias is not None else None
    arrays["output"], arrays["output_bias"] = _turned(parts.output.weight), parts.output.bias
    return arrays


def _of_heads(tensor: Tensor | None, of: Rows) -> Tensor | None:
    """The rows of a weight or bias that make these heads."""
    if tensor is None or not tensor.sizes:
        return None
    count, rest = of.heads * of.size, tensor.sizes[1:]
    if of.step == of.size or of.heads == 1:
        return _taken(tensor, 0, of.start, of.start + count)
    if of.step * of.heads != tensor.sizes[0] or of.start + of.size > of.step:
        return None
    apart = flattened(tensor, (of.heads, of.step, *rest))
    return flattened(_taken(apart, 1, of.start, of.start + of.size), (count, *rest))


def _taken(tensor: Tensor, axis: int, start: int, stop: int) -> Tensor:
    sizes = tensor.sizes or ()
    if (start, stop) == (0, sizes[axis]):
        return tensor
    cut = Tensor(tensor.name, (*sizes[:axis], stop - start, *sizes[axis + 1 :]))
    settings = {"axis": axis, "start": start, "stop": stop, "step": 1}
    made = view_of_constant(Operation("slice", [tensor], [cut], settings))
    assert isinstance(made, Tensor)
    return made


def _turned(weight: Tensor) -> Tensor:
    """(out, in, …) as (in, out)."""
    out, *rest = weight.sizes or ()
    flat = weight if len(rest) == 1 else flattened(weight, (out, prod(rest)))
    made = view_of_constant(Operation("transpose", [flat], [Tensor(weight.name, (prod(rest), out))], {"axes": (1, 0)}))
    assert isinstance(made, Tensor)
    return made


def _multiplied(tensor: Tensor, by: float) -> Tensor:
    if isclose(by, 1, rel_tol=1e-6) or tensor.constant is None:
        return tensor
    constant = tensor.constant
    stored = constant.stored and constant.stored.then(("multiply", by))
    made = Constant(
        stored,
        is_parameter=constant.is_parameter,
        is_statistic=constant.is_statistic,
        trainable=constant.trainable,
        identity=constant.identity,
    )
    return Tensor(tensor.name, tensor.sizes, tensor.dtype, made)


def _operations(
    operation: Operation,
    parts: Parts,
    x: _Map,
    seen: tuple[Axis, ...],
    settings: dict[str, Any],
    arrays: dict[str, Tensor | None],
    batch: int,
) -> list[Operation]:
    """The attention, after its inputs were put in order, and before its output is arranged as in the file."""
    maps = [x]
    if parts.key.root is not parts.query.root:
        settings["has_keys"] = True
        maps.append(_Map(parts.key.root, parts.key.by.axis, parts.key.read, batch))
    if parts.value.root is not parts.key.root:
        settings["has_values"] = True
        maps.append(_Map(parts.value.root, parts.value.by.axis, parts.value.read, batch))
    made, inputs = list[Operation](), list[Tensor]()
    for each in maps:
        tensor = each.root
        if each.order != tuple(range(len(each.order))):
            sizes = tuple((tensor.sizes or ())[axis] for axis in each.order)
            made.append(before(operation, "transpose", tensor, sizes, axes=each.order))
            tensor = made[-1].output
        inputs.append(tensor)
    samples = (x.root.sizes or ())[x.batch_axis]
    sizes = (samples, *(size for _, size in x.spatial), parts.output.features)
    whole = before(operation, "multihead_attention", inputs[0], sizes, **settings, arrays=[*arrays])
    whole.inputs += [*inputs[1:], *arrays.values()]
    made.append(whole)
    return [*made, *_arranged(operation, whole.output, x, seen)]


def _arranged(operation: Operation, y: Tensor, x: _Map, seen: tuple[Axis, ...]) -> list[Operation]:
    """The last operations: they make the tensor of the file of the map that the attention makes."""
    made = list[Operation]()
    sizes = y.sizes or ()
    if x.rolls:
        numbers = {number: place for place, (number, _) in enumerate(x.spatial, 1)}
        axes = tuple(numbers[axis] for axis in x.rolls)
        made.append(before(operation, "roll", y, sizes, shifts=tuple(x.rolls.values()), axes=axes))
        y = made[-1].output
    numbers = {0: 0, FEATURES: len(x.spatial) + 1} | {number: place for place, (number, _) in enumerate(x.spatial, 1)}
    wanted = [factor for axis in seen for factor in axis]
    split = sorted(wanted, key=lambda factor: (numbers[factor.axis], -factor.step))
    order = tuple(split.index(factor) for factor in wanted)
    parts = tuple(each.size for each in split)
    made.append(before(operation, "reshape", y, parts, sizes=parts))
    made.append(before(operation, "transpose", made[-1].output, tuple(each.size for each in wanted), axes=order))
    made.append(instead(operation, "reshape", [made[-1].output], sizes=operation.output.sizes))
    assert prod(map(axis_size, seen)) == prod(operation.output.sizes or ())
    return made
