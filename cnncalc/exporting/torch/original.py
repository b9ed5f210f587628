"""The state of the module that a file was made of, against that of the code: whether one can be loaded into the other.

Nothing is read for it. What is done to an array between the file and its place in the code is followed on how its
numbers lie in the memory of the original: if they lie there as in the original, it is the same array.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate, takewhile
from keyword import iskeyword
from math import prod

from cnncalc.exporting.exported import Places
from cnncalc.exporting.torch.classes import OF_MODULES
from cnncalc.graph import Node
from cnncalc.importing.draft import DraftLayer
from cnncalc.importing.stored import RESHAPE, TAKE, TRANSPOSE, Stored
from cnncalc.layers.equals import Array, Equal
from cnncalc.named_tuple import NamedTuple

Sizes = tuple[int, ...]


class StridedView(NamedTuple):
    """How numbers lie in the memory of another array.

    Attributes:
        sizes: of the view.
        strides: how far the next one is along each axis; 0 along an axis of a single one.
        offset: where the first one is.
    """

    sizes: Sizes
    strides: Sizes
    offset: int = 0

    @classmethod
    def whole(cls, sizes: Sizes) -> StridedView:
        """An array as it is stored."""
        strides = [*accumulate(reversed(sizes[1:]), lambda one, other: one * other, initial=1)][::-1]
        return cls(sizes, tuple(0 if size == 1 else stride for size, stride in zip(sizes, strides, strict=True)))

    def transposed(self, axes: Sequence[int]) -> StridedView:
        """With its axes in another order."""
        return StridedView(
            tuple(self.sizes[axis] for axis in axes), tuple(self.strides[axis] for axis in axes), self.offset
        )

    def taken(self, axis: int, start: int, stop: int) -> StridedView:
        """A part of it along one axis."""
        sizes = (*self.sizes[:axis], stop - start, *self.sizes[axis + 1 :])
        return StridedView(sizes, self.strides, self.offset + start * self.strides[axis])

    def reshaped(self, sizes: Sizes) -> StridedView | None:
        """With other sizes; None if that is no view."""
        if -1 in sizes:
            left = prod(self.sizes) // max(prod(size for size in sizes if size != -1), 1)
            sizes = tuple(left if size == -1 else size for size in sizes)
        runs: list[tuple[int, int]] = []
        for size, stride in zip(self.sizes, self.strides, strict=True):
            if size == 1:
                continue
            if runs and runs[-1][1] == size * stride:
                runs[-1] = (runs[-1][0] * size, stride)
            else:
                runs.append((size, stride))
        strides: list[int] = []
        for size in reversed(sizes):
            if size == 1:
                strides.append(0)
                continue
            if not runs or not size or runs[-1][0] % size:
                return None
            whole, stride = runs.pop()
            strides.append(stride)
            if whole > size:
                runs.append((whole // size, stride * size))
        return None if runs else StridedView(sizes, tuple(strides[::-1]), self.offset)


def our_view(stored: Stored) -> StridedView | None:
    """How our array of a layer lies in that of the file; None if its numbers are others, or from several arrays."""
    view: StridedView | None = StridedView.whole(stored.sizes)
    for word, value in (*stored.steps, *stored.steps_after):
        if view is None or stored.joined or word not in (RESHAPE, TRANSPOSE, TAKE):
            return None
        if word == RESHAPE:
            view = view.reshaped(value)
        else:
            view = view.transposed(value) if word == TRANSPOSE else view.taken(*value)
    return view


def view_there(view: StridedView | None, array: Array) -> StridedView | None:
    """How an array in the code lies in that of the file, given ours."""
    if view is not None and array.split:
        view = view.reshaped(array.split)
    if view is not None and array.axes:
        view = view.transposed(array.axes)
    if view is not None and array.shape:
        view = view.reshaped(array.shape)
    return None if array.order or array.is_count else view


class OriginalModules:
    """Where the arrays of layers are in the modules of the original.

    Args:
        layers: all of them.
    """

    def __init__(self, layers: Iterable[DraftLayer]) -> None:
        self._owners: dict[str, set[int]] = {}
        own = (layer for layer in layers if not layer.shares)
        for layer in own:
            stored_ones = (part for each in layer.weights.values() for part in (each, *each.joined))
            for stored in stored_ones:
                for parent in accumulate(stored.name.split("."), lambda outer, name: f"{outer}.{name}"):
                    self._owners.setdefault(parent, set()).add(id(layer))

    def arrays(self, layer: DraftLayer) -> dict[str, Array]:
        """Where the arrays of a layer are in the module that has them all; {} if that has others too, or they are not
        used as they are.
        """
        names = [stored.name.split(".") for stored in layer.weights.values()]
        common = [each[0] for each in takewhile(lambda each: len({*each}) == 1, zip(*names, strict=False))]
        if not common or self._owners[".".join(common)] != {id(layer)}:
            return {}
        found, covered, whole = dict[str, Array](), dict[str, int](), dict[str, int]()
        for name, stored in layer.weights.items():
            path = stored.name.split(".")[len(common) :]
            place = _rows_of(stored, ".".join(path))
            if place is None or not path or path[0] in OF_MODULES or iskeyword(path[0]):
                return {}
            whole[place.path] = stored.sizes[0]
            first, end = place.rows or (0, stored.sizes[0])
            covered[place.path] = covered.get(place.path, 0) + end - first
            found[name] = place
        return found if covered == whole else {}


def _rows_of(stored: Stored, path: str) -> Array | None:
    """Where an array is, if it is one of the original or rows of that, maybe with its axes the other way round."""
    own = our_view(stored)
    if own is None or not own.sizes:
        return None
    axes = tuple(range(len(own.sizes)))[::-1] if own.strides[-1] != 1 and len(own.sizes) > 1 else ()
    there = own.transposed(axes) if axes else own
    whole = StridedView.whole(stored.sizes)
    count, first = there.sizes[0], there.offset // max(whole.strides[0], 1)
    if there != whole.taken(0, first, first + count):
        return None
    return Array(path, axes, rows=() if count == stored.sizes[0] else (first, first + count))


def with_views(equal: Equal, layer: DraftLayer) -> Equal:
    """What PyTorch has in the place of a layer that is one parameter, in the shape that this has in the original."""
    if not (equal.module.startswith("nn.Parameter(") and len(equal.arrays) == 1):
        return equal
    ((name, array),) = equal.arrays.items()
    stored = layer.weights.get(name)
    own = our_view(stored) if stored else None
    if stored is None or own is None or not isinstance(array, Array) or array.path:
        return equal
    found = view_there(own, array)
    if found is None or found.sizes == stored.sizes or prod(found.sizes) != prod(stored.sizes) or found.offset:
        return equal
    forward = _seen_as(stored.sizes, found)
    if forward is None:
        return equal
    made = re.sub(r"(?<=\()\([^()]*\)", _row(stored.sizes), equal.module, count=1)
    order = sorted(range(len(own.sizes)), key=lambda axis: (-own.strides[axis], axis))
    return equal._replace(
        module=made,
        forward=equal.forward.replace("{module}", f"{{module}}{forward}"),
        arrays={name: Array("", tuple(order), shape=stored.sizes)},
    )


def _row(sizes: Sizes) -> str:
    return f"({', '.join(map(str, sizes))}{',' * (len(sizes) == 1)})"


def _seen_as(sizes: Sizes, view: StridedView) -> str | None:
    """The methods that make a view of an array with these sizes: "" if it is used as it is; None if it is not as simple
    as that.
    """
    if sizes == (1, *view.sizes):  # one for all samples
        return ""
    if sizes[-2:] == view.sizes[:-3:-1] and len(view.sizes) > 1 and prod(sizes) == prod(sizes[-2:]):
        return ".mT"
    long = [size for size in view.sizes if size > 1]
    strides = [stride for stride in view.strides if stride]
    if strides == sorted(strides, reverse=True):
        wanted = ", ".join("-1" if size > 1 and len(long) == 1 else str(size) for size in view.sizes)
        return f".view({wanted})"
    own = [size for size in sizes if size > 1]
    if len(own) != 2 or sizes[-2:] != tuple(own) or strides[0] != 1:
        return None
    channels, *spatial = [size for size in view.sizes if size > 1]
    if channels != own[1] or prod(spatial) != own[0]:
        return None
    return ".mT" if len(spatial) == 1 else f".mT.unflatten(-1, {_row(tuple(spatial))})"


class StateFit(NamedTuple):
    """The names of a state against those of the original.

    Attributes:
        is_taken: whether all of the code's state is in the original's, the same array under the same name.
        left: what is in the original's alone.
    """

    is_taken: bool
    left: tuple[str, ...]


def against_original(
    original: Mapping[str, Sizes], places: Places, equals: Mapping[Node, Equal], layers: Mapping[Node, DraftLayer]
) -> StateFit:
    """The state of the code against that of the original.

    Args:
        places: where the arrays of the layers are in the code.
        equals: what the code has in the place of each layer.
        layers: what each layer was read from.
    """
    found: dict[str, bool] = {}
    for node, equal in equals.items():
        for name, is_same in _tensors(node, equal, places, layers.get(node), original):
            found[name] = is_same and found.get(name, True)
    return StateFit(all(found.values()), tuple(name for name in original if name not in found))


def _tensors(
    node: Node, equal: Equal, places: Places, layer: DraftLayer | None, original: Mapping[str, Sizes]
) -> Iterator[tuple[str, bool]]:
    """The tensors of one layer, and whether they are as in the original."""
    modules = {place.module for several in places.get(node.name, {}).values() for place in several}
    for module in modules:
        yield from ((_joined(module, name), original.get(_joined(module, name)) == ()) for name in equal.counters)
        yield from ((_joined(module, name), False) for name in equal.frozen)
    for name, several in places.get(node.name, {}).items():
        stored = layer.weights.get(name) if layer else None
        for place in several:
            path = _joined(place.module, place.array.path)
            yield path, bool(stored) and place.row is None and _is_same(stored, path, place.array, original.get(path))


def _is_same(stored: Stored | None, path: str, array: Array, sizes: Sizes | None) -> bool:
    """Whether an array in the code is the one in the original that is called the same, or its rows."""
    view = view_there(our_view(stored), array) if stored and stored.name == path and stored.sizes == sizes else None
    if view is None or not stored:
        return False
    whole = StridedView.whole(stored.sizes)
    return view == (whole.taken(0, *array.rows) if array.rows else whole)


def _joined(*names: str) -> str:
    return ".".join(filter(None, names))
