"""The least layers between an output and the form in which it is needed: other positions, other channels."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from math import prod
from typing import Any

from cnncalc.importing.lifting._views import SPREAD, Axis, Factor, axis_size, joined_factors, whole_axis
from cnncalc.named_tuple import NamedTuple
from cnncalc.settings.axes import axes_of
from cnncalc.settings.shape import Shape

MOST_AXES = 4
"""Positions and channels of a volume: more axes no output has."""
MOST_MOVES = 4
"""So many times axes are moved at most; then a form is not one of the language."""


class Between(NamedTuple):
    """A layer that is put between.

    Attributes:
        kind: of the layer.
        settings: by name.
        shape: what it makes.
    """

    kind: str
    settings: dict[str, Any]
    shape: Shape


class TensorForm(NamedTuple):
    """How an output is needed: its positions and its channels, each as a product of factors of those that there are."""

    positions: tuple[Axis, ...]
    channels: Axis

    @property
    def shape(self) -> Shape:
        """The sizes."""
        return Shape(tuple(map(axis_size, self.positions)), axis_size(self.channels))

    def row(self, layout: str) -> list[Axis]:
        """All axes in the order of a layout."""
        if layout == "channels_first":
            return [self.channels, *self.positions]
        return [*self.positions, self.channels]


def form_of(shape: Shape) -> TensorForm:
    """An output as it is."""
    rank = len(shape.spatial)
    return TensorForm(tuple(whole_axis(shape, 1, axis) for axis in range(1, rank + 1)), whole_axis(shape, 1, rank + 1))


def layers_between(shape: Shape, wanted: TensorForm, layout: str) -> list[Between] | None:
    """The layers that make of an output of this shape what is wanted; None if no kinds do."""
    if wanted == form_of(shape):
        return []
    if max(len(wanted.positions), len(shape.spatial)) >= MOST_AXES:
        return None
    if any(factor.axis == SPREAD for axis in wanted.row(layout) for factor in axis):
        return _spread(shape, wanted, layout)
    if found := _in_a_row(shape, wanted, layout):
        return [found]
    for way in (_permuted, _shuffled, _to_depth, _to_space):
        if found := way(shape, wanted):
            return [found]
    return _by_blocks(shape, wanted, layout)


def _in_a_row(shape: Shape, wanted: TensorForm, layout: str) -> Between | None:
    """`flatten` or `reshape`: the values stay in their order."""
    own = form_of(shape)
    made = wanted.shape
    only_positions = TensorForm((joined_factors(factor for axis in own.positions for factor in axis),), own.channels)
    if wanted == only_positions and shape.spatial:
        return Between("flatten", {"positions": True}, made)
    if _joined_row(own, layout) != _joined_row(wanted, layout):
        return None
    return Between("flatten", {}, made) if made.is_vector else Between("reshape", {"shape": made}, made)


def _joined_row(form: TensorForm, layout: str) -> Axis:
    return joined_factors(factor for axis in form.row(layout) for factor in axis)


def _permuted(shape: Shape, wanted: TensorForm) -> Between | None:
    """`permute`: whole axes in other places."""
    own, needed = form_of(shape).row("channels_last"), wanted.row("channels_last")
    if len(own) != len(needed) or not shape.spatial:
        return None
    left = [*range(len(own))]
    sources: list[int | None] = [None] * len(own)
    for place, axis in enumerate(needed):
        if axis:
            found = next((each for each in left if own[each] == axis), None)
            if found is None:
                return None
            sources[place] = found
            left.remove(found)
    for place, source in enumerate(sources):
        if source is None:  # of size 1
            sources[place] = place if place in left else left[0]
            left.remove(sources[place])
    return _permute([source or 0 for source in sources], shape)


def _permute(sources: Sequence[int], shape: Shape) -> Between:
    """The layer that takes these axes, as `axes_of` has them."""
    names = axes_of(len(shape.spatial))
    sizes = shape.sizes("channels_last")
    moved = {name: names[source] for name, source in zip(names, sources, strict=True) if name != names[source]}
    return Between("permute", moved, Shape.of(tuple(sizes[source] for source in sources)))


def _shuffled(shape: Shape, wanted: TensorForm) -> Between | None:
    """`channel_shuffle`: the channels of the groups in turn."""
    if wanted.positions != form_of(shape).positions or len(wanted.channels) != 2 or not shape.spatial:
        return None
    each, group = wanted.channels
    number = len(shape.spatial) + 1
    if each == Factor(number, each.size, 1) and group == Factor(number, group.size, each.size):
        return Between("channel_shuffle", {"groups": group.size}, shape)
    return None


def _to_depth(shape: Shape, wanted: TensorForm) -> Between | None:
    """`space_to_depth`: blocks of positions become channels."""
    rank = len(shape.spatial)
    if len(wanted.positions) != rank or not rank or wanted.shape.channels <= shape.channels:
        return None
    blocks = {n // m if m and n % m == 0 else 0 for n, m in zip(shape.spatial, wanted.shape.spatial, strict=True)}
    block = blocks.pop()
    if blocks or block < 2:
        return None
    outer = tuple(joined_factors([Factor(axis, n // block, block)]) for axis, n in enumerate(shape.spatial, 1))
    inner = [Factor(axis, block, 1) for axis in range(1, rank + 1)]
    if wanted.positions != outer:
        return None
    for order, channels in (("blocks", [*inner, Factor(rank + 1, shape.channels)]), ("channels", _last(shape, inner))):
        if wanted.channels == joined_factors(channels):
            return Between("space_to_depth", {"block": block, "order": order}, wanted.shape)
    return None


def _last(shape: Shape, inner: list[Factor]) -> list[Factor]:
    return [Factor(len(shape.spatial) + 1, shape.channels), *inner]


def _to_space(shape: Shape, wanted: TensorForm) -> Between | None:
    """`depth_to_space`: channels become blocks of positions."""
    rank = len(shape.spatial)
    if len(wanted.positions) != rank or not rank or wanted.shape.channels >= shape.channels:
        return None
    blocks = {m // n if m % n == 0 else 0 for n, m in zip(shape.spatial, wanted.shape.spatial, strict=True)}
    block = blocks.pop()
    if blocks or block < 2 or shape.channels % block**rank:
        return None
    made = shape.channels // block**rank
    for order, step, kept in (("blocks", made, 1), ("channels", 1, block**rank)):
        positions = tuple(
            joined_factors([Factor(axis, n), Factor(rank + 1, block, step * block ** (rank - axis))])
            for axis, n in enumerate(shape.spatial, 1)
        )
        if wanted == TensorForm(positions, joined_factors([Factor(rank + 1, made, kept)])):
            return Between("depth_to_space", {"block": block, "order": order}, wanted.shape)
    return None


def _by_blocks(shape: Shape, wanted: TensorForm, layout: str) -> list[Between] | None:
    """`reshape`, `permute`, `reshape`: factors that move together are an axis in between."""
    target = [factor for axis in wanted.row(layout) for factor in axis]
    axes = [*range(1, len(shape.spatial) + 2)]
    if any(factor.axis not in axes for factor in target):
        return None
    order = [axes[-1], *axes[:-1]] if layout == "channels_first" else axes
    source = sorted(target, key=lambda factor: (order.index(factor.axis), -factor.step))
    if joined_factors(source) != _joined_row(form_of(shape), layout):
        return None  # (something is left out)
    blocks = _blocks(source, target)
    moved = sorted(range(len(blocks)), key=lambda index: target.index(blocks[index][0]))
    moves = [([[index] for index in range(len(blocks))], moved)] if 1 < len(blocks) <= MOST_AXES else _moves(moved)
    if not moves or len(moves) > MOST_MOVES:
        return None
    layers: list[Between] = []
    sizes = [*map(axis_size, blocks)]
    for groups, turned in moves:
        row = [prod(sizes[index] for index in group) for group in groups]
        layers += _with_sizes(shape, Shape.of(tuple(row), layout))
        layers.append(_turned(Shape.of(tuple(row), layout), turned, layout))
        shape = layers[-1].shape
        sizes = [sizes[index] for group in turned for index in groups[group]]
    return [*layers, *_with_sizes(shape, wanted.shape)]


def _moves(target: Sequence[int]) -> list[tuple[list[list[int]], list[int]]]:
    """How places in a row come into another order by taking a run of them before others, one run after the other: the
    places that are an axis in between, and their order."""
    now, moves = [*range(len(target))], []
    for place, wanted in enumerate(target):
        at = now.index(wanted)
        if at == place:
            continue
        end = at + 1
        while end < len(now) and now[end] == target[place + end - at]:
            end += 1
        parts = [[*range(*ends)] for ends in ((0, place), (place, at), (at, end), (end, len(now)))]
        there = [number for number in (0, 2, 1, 3) if parts[number]]
        moves.append(([part for part in parts if part], [sorted(there).index(number) for number in there]))
        now = [now[index] for number in there for index in parts[number]]
    return moves


def _turned(shape: Shape, order: Sequence[int], layout: str) -> Between:
    """`permute`, of axes in the order of the layout."""
    numbered = [len(order) - 1, *range(len(order) - 1)] if layout == "channels_first" else [*range(len(order))]
    sources = {numbered[place]: numbered[index] for place, index in enumerate(order)}
    return _permute([sources[place] for place in range(len(order))], shape)


def _with_sizes(old: Shape, new: Shape) -> list[Between]:
    """The values in their order, with other sizes."""
    if old == new:
        return []
    if new.is_vector:
        return [Between("flatten", {}, new)]
    if new.channels == old.channels and len(new.spatial) == 1 < len(old.spatial):
        return [Between("flatten", {"positions": True}, new)]
    return [Between("reshape", {"shape": new}, new)]


def _blocks(source: Sequence[Factor], target: Sequence[Factor]) -> list[list[Factor]]:
    """Factors that follow one another both here and there, in the order of the source."""
    blocks: list[list[Factor]] = []
    after = dict(itertools.pairwise(target))
    for factor in source:
        if blocks and after.get(blocks[-1][-1]) == factor:
            blocks[-1].append(factor)
        else:
            blocks.append([factor])
    return blocks


def _spread(shape: Shape, wanted: TensorForm, layout: str) -> list[Between] | None:
    """`upsample`: every position is repeated; or `resize` from a single one."""
    if any(factor.axis == SPREAD for factor in wanted.channels):
        return None
    kept, factors = [], []
    for axis in wanted.positions:
        times = [factor.size for factor in axis if factor.axis == SPREAD]
        if len(times) > 1 or (times and axis[-1].axis != SPREAD):
            return None
        kept.append(axis[:-1] if times else axis)
        factors.append(times[0] if times else 1)
    first = layers_between(shape, TensorForm(tuple(kept), wanted.channels), layout)
    if first is None:
        return None
    return [*first, Between("upsample", {"factor": tuple(factors), "mode": "nearest"}, wanted.shape)]
