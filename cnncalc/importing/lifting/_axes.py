"""Operations on axes: those that make another view and no layer, and parts, rows and sums along an axis."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from cnncalc.importing.lifting._arranging import TensorForm, form_of
from cnncalc.importing.lifting._pointwise import tensors_of
from cnncalc.importing.lifting._values import Derived, Fixed, Indices, Value
from cnncalc.importing.lifting._views import Axis, Factor, View, joined_factors, view_of, whole_axis
from cnncalc.importing.lifting._walk import MOST_POSITIONS, Made, Walk, handles
from cnncalc.importing.lifting._windows import global_pool
from cnncalc.importing.operations import Operation
from cnncalc.settings.axes import axes_of
from cnncalc.settings.shape import Shape


def _value(walk: Walk, operation: Operation) -> View | Fixed | None:
    """What an operation reads, if its axes can be turned."""
    x = operation.inputs[0]
    value = walk.value(x) if x else None
    return None if isinstance(value, Derived | Indices) else value


def _seen(value: View | Fixed, operation: Operation) -> View | Fixed:
    """A view, with the operation that made it."""
    return value._replace(operation=operation) if isinstance(value, View) else value


@handles("reshape")
def reshape(walk: Walk, operation: Operation) -> Value | None:
    """Another view; or where an axis cannot be divided so, `reshape`."""
    value, sizes = _value(walk, operation), walk.sizes_of(operation.output)
    if value is None:
        return None
    made = value.reshaped(sizes)
    if made is not None:
        return _seen(made, operation)
    return _reshaped(walk, value, sizes) if isinstance(value, View) else None


def _reshaped(walk: Walk, view: View, sizes: tuple[int, ...]) -> Value | None:
    """A layer `reshape`: values in a row, in the order of the layout, divided anew."""
    batch = walk.graph.batch
    if not view.has_own_batch or not sizes or sizes[0] != batch:
        raise walk.mixes_samples()
    flat = view.reshaped((batch, _product(view.sizes[1:])))
    read = flat and walk.formed(flat, (), 1)
    if read is None or len(sizes) > 5:
        return None
    if len(sizes) == 1:
        return None
    shape = Shape.of(sizes[1:], walk.draft.layout)
    layer = walk.add("reshape", [read], shape, shape=shape)
    rank = len(shape.spatial)
    roles = (0, rank + 1, *range(1, rank + 1)) if walk.draft.layout == "channels_first" else range(rank + 2)
    return view_of(layer, shape, batch, roles)


def _product(sizes: Sequence[int]) -> int:
    from math import prod

    return prod(sizes)


@handles("transpose")
def transpose(walk: Walk, operation: Operation) -> Value | None:
    """Another view."""
    value = _value(walk, operation)
    return value and _seen(value.transposed(operation.settings["axes"]), operation)


@handles("expand")
def expand(walk: Walk, operation: Operation) -> Value | None:
    """Another view, with values repeated."""
    value = _value(walk, operation)
    return value and _seen(value.expanded(walk.sizes_of(operation.output)), operation)


@handles("repeat")
def repeat(walk: Walk, operation: Operation) -> Value | None:
    """Another view, where axes of size 1 are repeated."""
    value, times = _value(walk, operation), operation.settings["times"]
    if value is None:
        return None
    sizes = walk.sizes_of(operation.output)
    own = (1,) * (len(sizes) - len(value.sizes)) + tuple(value.sizes)
    if any(n > 1 and m > 1 for n, m in zip(own, times, strict=True)):
        return None
    return _seen(value.expanded(sizes), operation)


# -- parts


@handles("slice")
def slice_of(walk: Walk, operation: Operation) -> Value | None:
    """`slice`."""
    value, settings = _value(walk, operation), operation.settings
    if value is None:
        return None
    axis, start, stop, step = (settings[name] for name in ("axis", "start", "stop", "step"))
    return part_of(walk, value, axis, start, stop, step, settings.get("from_end", (False, False)))


@handles("split")
def split(walk: Walk, operation: Operation) -> Made:
    """`slice`s, of those parts that are read."""
    value, axis = _value(walk, operation), operation.settings["axis"]
    if value is None:
        return None
    parts: list[Value | None] = []
    start = 0
    for size, output in zip(operation.settings["sizes"], operation.outputs, strict=False):
        part = part_of(walk, value, axis, start, start + size, 1) if walk.readers[output] else None
        if part is None and walk.readers[output]:
            return None
        parts.append(part)
        start += size
    return parts


@handles("gather")
def gather(walk: Walk, operation: Operation) -> Value | None:
    """`slice`, where the indices are constants at equal distances."""
    value, indices = _value(walk, operation), walk.constant(operation.inputs[1])
    if value is None or indices is None or indices.values is None:
        return None
    axis, places = operation.settings.get("axis", 0), [int(each) for each in indices.values]
    size = value.sizes[axis]
    from_end = (places[0] < 0, places[-1] < 0) if places else (False, False)
    places = [place + size if place < 0 else place for place in places]
    steps = {after - before for before, after in itertools.pairwise(places)} or {1}
    if len(steps) != 1 or min(steps) < 1 or len(indices.own) > 1:
        return None
    (step,) = steps
    part = part_of(walk, value, axis, places[0], places[-1] + 1, step, from_end)
    if part is None or indices.own:
        return part
    return part.reshaped(walk.sizes_of(operation.output))


def part_of(
    walk: Walk,
    value: View | Fixed,
    axis: int,
    start: int,
    stop: int,
    step: int,
    from_end: tuple[bool, bool] = (False, False),
) -> View | Fixed | None:
    """Some places of a tensor along an axis; the file may count the start, and the stop, from the end."""
    size = value.sizes[axis]
    stop = min(stop, size)
    if (start, stop, step) == (0, size, 1):
        return value
    if isinstance(value, Fixed):
        return value.taken(axis, start, stop) if step == 1 else None
    if any(factor.axis == 0 for factor in value.axes[axis]):
        raise walk.mixes_samples()
    return (
        _part_of_factor(walk, value, axis, range(start, stop, step), from_end)
        or _part_of_inner_channels(walk, value, axis, range(start, stop, step))
        or _part_of_axis(walk, value, axis, range(start, stop, step), from_end)
    )


def _counted(start: int, stop: int, size: int, from_end: tuple[bool, bool]) -> tuple[int, int]:
    """The range of a `slice`, of an axis of this size: what is counted from its end is negative, or 0."""
    return start - size if from_end[0] else start, stop - size if from_end[1] else stop


def _part_of_factor(
    walk: Walk, view: View, axis: int, kept: range, from_end: tuple[bool, bool] = (False, False)
) -> View | None:
    """A part along a factor: the outermost of an axis of the output (then its places follow one another), or a single
    place of the innermost."""
    if len(view.axes[axis]) != 1:
        return None
    (factor,) = view.axes[axis]
    if factor.axis < 1:
        return None
    size = (*view.shape.spatial, view.shape.channels)[factor.axis - 1]
    is_outermost = factor.size * factor.step == size and kept.step == 1
    is_innermost = factor.step == 1 and len(kept) == 1
    if is_outermost:
        taken = (kept.start * factor.step, kept[-1] * factor.step + factor.step, 1)
    elif is_innermost:
        taken = (kept.start, size, factor.size)
    else:
        return None
    if len(view.shape.spatial) > MOST_POSITIONS:
        return None
    made = len(range(*taken))
    sizes = [*view.shape.spatial, view.shape.channels]
    sizes[factor.axis - 1] = made
    shape = Shape.of(tuple(sizes))
    name = axes_of(len(view.shape.spatial))[factor.axis - 1]
    counted = _counted(*taken[:2], size, from_end) if factor.size == size else taken[:2]
    layer = walk.add("slice", [view], shape, range=counted, axis=name, step=taken[2])
    axes = []
    for place, each in enumerate(view.axes):
        if place == axis:
            each = joined_factors([factor._replace(size=len(kept))])
        elif is_innermost and not is_outermost:
            each = joined_factors(
                other._replace(step=other.step // factor.size) if other.axis == factor.axis else other for other in each
            )
        axes.append(each)
    return View(layer, shape, view.batch, tuple(axes))


def _part_of_inner_channels(walk: Walk, view: View, axis: int, kept: range) -> View | None:
    """A part along the inner factor of the channels, which is brought outside first."""
    if len(view.axes[axis]) != 1 or not view.shape.spatial:
        return None
    (factor,) = view.axes[axis]
    outer = Factor(view.channel_axis, view.shape.channels // factor.size, factor.size)
    if factor != Factor(view.channel_axis, factor.size, 1):
        return None
    own = form_of(view.shape)
    turned = walk.arranged(view, TensorForm(own.positions, (factor, outer)))
    if turned is None:
        return None
    rest = [_turned_inside(other, factor, outer.size) for other in view.axes]
    return _part_of_factor(walk, turned._replace(axes=tuple(rest)), axis, kept)


def _turned_inside(axis: Axis, inner: Factor, count: int) -> Axis:
    """An axis of a tensor, once the inner factor of the channels is the outer one, over so many."""
    return joined_factors(
        factor
        if factor.axis != inner.axis
        else factor._replace(step=count)
        if factor == inner
        else factor._replace(step=factor.step // inner.size)
        for factor in axis
    )


def _part_of_axis(walk: Walk, view: View, axis: int, kept: range, from_end: tuple[bool, bool]) -> View | None:
    """A part along a whole axis."""
    found = walk.isolated(view, axis)
    if found is None or len(found[0].shape.spatial) > MOST_POSITIONS:
        return None
    read, number = found
    sizes = [*read.shape.spatial, read.shape.channels]
    counted = _counted(kept.start, kept.stop, sizes[number - 1], from_end)
    sizes[number - 1] = len(kept)
    shape = Shape.of(tuple(sizes))
    name = axes_of(len(read.shape.spatial))[number - 1]
    layer = walk.add("slice", [read], shape, range=counted, axis=name, step=kept.step)
    axes = [*read.axes]
    axes[axis] = whole_axis(shape, view.batch, number)
    return View(layer, shape, view.batch, tuple(axes))


# -- rows


@handles("concat")
def concat(walk: Walk, operation: Operation) -> Value | None:
    """`concat`, along one axis."""
    tensors, axis = tensors_of(operation), operation.settings["axis"]
    if len(tensors) == 1:
        return walk.value(tensors[0])
    views = [_along_no_sample(walk.view(tensor), axis) for tensor in tensors]
    if any(factor.axis == 0 for view in views for factor in view.axes[axis]):
        raise walk.mixes_samples()
    return _stacked(walk, views, axis) or _alike(walk, views, axis) or _in_a_row(walk, views, axis)


def _along_no_sample(view: View, axis: int) -> View:
    """A vector of the only sample, with an axis of size 1 beside that of the batch: either may be the batch, and the
    one along which vectors are put in a row is not."""
    is_vector = not view.shape.spatial and view.shape.channels > 1
    if not is_vector or view.axes[axis] != (Factor(0, 1),) or () not in view.axes:
        return view
    axes = list(view.axes)
    other = axes.index(())
    axes[axis], axes[other] = axes[other], axes[axis]
    return view._replace(axes=tuple(axes))


def _stacked(walk: Walk, views: Sequence[View], axis: int) -> Value | None:
    """Tensors one after the other along an axis that is new: their channels follow one another, and are told apart."""
    first = views[0]
    channels = first.whole(first.channel_axis)
    if any(view.axes != first.axes or view.shape != first.shape or view.axes[axis] for view in views):
        return None
    if channels not in first.axes and first.shape.channels > 1:
        return None
    shape = Shape(first.shape.spatial, first.shape.channels * len(views))
    layer = walk.add("concat", views, shape, axis="channels")
    axes = [*first.axes]
    axes[axis] = (Factor(first.channel_axis, len(views), first.shape.channels),)
    return View(layer, shape, first.batch, tuple(axes))


def _alike(walk: Walk, views: Sequence[View], axis: int) -> View | None:
    """Tensors one after the other along a whole axis of their outputs, which are alike in all others."""
    first = views[0]
    number = next((number for number in range(1, first.channel_axis + 1) if first.axes[axis] == first.whole(number)), 0)
    if not first.axes[axis] or not all(_is_alike(view, first, axis, number) for view in views):
        return None
    sizes = [*first.shape.sizes("channels_last")]
    sizes[number - 1] = sum(view.sizes[axis] for view in views)
    shape = Shape.of(tuple(sizes))
    layer = walk.add("concat", views, shape, axis=axes_of(len(first.shape.spatial))[number - 1])
    axes = [*first.axes]
    axes[axis] = whole_axis(shape, first.batch, number)
    return View(layer, shape, first.batch, tuple(axes))


def _is_alike(view: View, other: View, axis: int, number: int) -> bool:
    """Whether two tensors differ in one whole axis at most."""
    if len(view.shape.spatial) != len(other.shape.spatial) or view.axes[axis] != view.whole(number):
        return False
    own, others = ([*each.shape.sizes("channels_last"), *each.axes] for each in (view, other))
    for row in (own, others):
        del row[view.channel_axis + axis], row[number - 1]
    return own == others


def _in_a_row(walk: Walk, views: Sequence[View], axis: int) -> View | None:
    """Tensors one after the other along an axis that they have."""
    lead = max(views, key=lambda view: view.place_of(view.channel_axis) is not None)
    channels = lead.place_of(lead.channel_axis)
    found = _roles(walk, lead, channels)
    if found is None:
        return None
    positions, channels = found
    parts = [walk.formed(view, positions, channels) for view in views]
    if any(part is None for part in parts):
        return None
    number = len(positions) + 1 if axis == channels else positions.index(axis) + 1
    sizes = [*parts[0].shape.spatial, parts[0].shape.channels]  # type: ignore[union-attr]
    sizes[number - 1] = sum(view.sizes[axis] for view in views)
    shape = Shape.of(tuple(sizes))
    name = axes_of(len(positions))[number - 1]
    layer = walk.add("concat", [part for part in parts if part], shape, axis=name)
    made = view_of(layer, shape, lead.batch, range(len(positions) + 2))
    axes = [*lead.axes]
    for place, each in enumerate(positions, 1):
        axes[each] = made.axes[place]
    axes[channels] = made.axes[-1]
    return made._replace(axes=tuple(axes))


def _roles(walk: Walk, lead: View, channels: int | None) -> tuple[list[int], int] | None:
    """The axes of a tensor that are positions, in the order in which the output has them, and its channels."""
    rank = len(lead.axes)
    samples = lead.place_of(0) or 0
    if channels is None:
        channels = 1 if walk.draft.layout == "channels_first" and rank > 2 and not samples else rank - 1
    positions = [place for place in range(rank) if place not in (samples, channels)]
    known = {place: lead.axes[place][0].axis for place in positions if lead.axes[place]}
    if all(lead.axes[place] in map(lead.whole, range(1, lead.channel_axis)) for place in known):
        ordered = sorted(known, key=known.__getitem__)
        holes = iter(ordered)
        positions = [next(holes) if place in known else place for place in positions]
    return (positions, channels) if len(positions) <= 3 else None


@handles("roll")
def roll(walk: Walk, operation: Operation) -> Value | None:
    """`slice`s and `concat`: the last places along an axis come before the first."""
    value = _value(walk, operation)
    if not isinstance(value, View):
        return None
    view: View | None = value
    for axis, shift in zip(operation.settings["axes"], operation.settings["shifts"], strict=True):
        view = view and _rolled(walk, view, axis, shift)
    return view


def _rolled(walk: Walk, view: View, axis: int, shift: int) -> View | None:
    size = view.sizes[axis]
    first = -shift % size
    if not first:
        return view
    parts = [part_of(walk, view, axis, *span, 1) for span in ((first, size), (0, first))]
    return _in_a_row(walk, [part for part in parts if isinstance(part, View)], axis) if None not in parts else None


# -- sums


@handles("reduce")
def reduce(walk: Walk, operation: Operation) -> Value | None:
    """A pool over all positions, or `reduce`."""
    x, settings = operation.inputs[0], operation.settings
    if x is None or walk.constant(x) or settings["how"] not in ("mean", "sum", "max", "min", "l2"):
        return None
    view, axes = walk.view(x), list(settings["axes"])
    if any(factor.axis == 0 for axis in axes for factor in view.axes[axis]):
        raise walk.mixes_samples()
    made = _reduced(walk, view, axes, settings["how"])
    if made is None or settings["keep_dims"]:
        return made
    return made._replace(axes=tuple(axis for place, axis in enumerate(made.axes) if place not in axes))


def _reduced(walk: Walk, view: View, axes: Sequence[int], how: str) -> View | None:
    """The tensor with these axes of size 1."""
    numbers = _whole_axes(view, axes)
    if numbers is None:
        own = walk.in_own_form(view)
        numbers = own and _whole_axes(own, axes)
        if own is None or numbers is None:
            return None
        view = own
    if not numbers:
        return view if how != "l2" else None
    channel_axis = view.channel_axis
    if channel_axis in numbers and not view.shape.spatial:
        apart = walk.arranged_with_position(view)
        if apart is None:
            return None
        view, numbers, channel_axis = apart, {2}, 2
    axes_left = tuple(() if place in axes else axis for place, axis in enumerate(view.axes))
    rest = {number for number in range(1, channel_axis) if view.whole(number)} - numbers
    if how in ("mean", "max") and not rest and channel_axis not in numbers:
        layer = global_pool(walk, "avg" if how == "mean" else "max", view)
        return View(layer, layer.output or view.shape, view.batch, axes_left)
    sizes = [1 if number in numbers else size for number, size in enumerate(view.shape.sizes("channels_last"), 1)]
    names = tuple(name for number, name in enumerate(axes_of(len(view.shape.spatial)), 1) if number in numbers)
    shape = Shape.of(tuple(sizes))
    some = {"axes": names} if channel_axis in numbers or rest else {}  # all positions otherwise
    layer = walk.add("reduce", [view], shape, how=how, **some, keep_dims=True)
    return View(layer, shape, view.batch, axes_left)


def _whole_axes(view: View, axes: Sequence[int]) -> set[int] | None:
    """The axes of the output that these are, all of them whole; None if they are parts."""
    factors = sorted(factor for axis in axes for factor in view.axes[axis])
    numbers = {factor.axis for factor in factors}
    wholes = sorted(factor for number in numbers if number > 0 for factor in view.whole(number))
    return numbers if [*joined_factors(_outer_first(factors))] == wholes else None


def _outer_first(factors: Sequence[Factor]) -> list[Factor]:
    return sorted(factors, key=lambda factor: (factor.axis, -factor.step))
