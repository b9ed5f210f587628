"""A batch of 1, which nearly every export is made with, left open as if the file did so.

Among axes of size 1 nobody can tell which is the batch, and in a product of sizes a 1 is not found again. So the batch
is followed from the inputs through all operations, and gets a size that no other axis has. Where it cannot be followed
to the end, the graph stays as it is.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from math import prod
from operator import mul

from cnncalc.importing.operations import BATCH, BINARY, Operation, OperationGraph, Tensor
from cnncalc.named_tuple import NamedTuple

_FIRST = frozenset(
    [
        *("conv", "conv_transpose", "deform_conv", "batch_norm", "group_norm", "instance_norm", "local_response_norm"),
        *("max_pool", "avg_pool", "lp_pool", "adaptive_avg_pool", "adaptive_max_pool", "max_unpool", "resize"),
        *("depth_to_space", "space_to_depth", "channel_shuffle", "prelu"),
    ]
)
"""Operations whose batch is the first axis."""
_SPREAD = frozenset([*BINARY, "where"])
_LAST_TWO = 2


class _Place(NamedTuple):
    """The axis of a tensor that has the batch in it, and how much of that axis is outside of it and inside."""

    axis: int
    outer: int = 1
    inner: int = 1


def open_batch(graph: OperationGraph) -> None:
    """Gives a batch of 1 the size `BATCH`, in all tensors that have it."""
    if graph.batch != 1:
        return
    for is_inner in (False, True):
        followed = _BatchFollower(graph, is_inner)
        try:
            followed.follow()
        except LookupError:
            continue
        followed.apply()
        return


class _BatchFollower:
    """Follows the batch through a graph, which is not changed before it is known where the batch is everywhere."""

    def __init__(self, graph: OperationGraph, is_inner: bool) -> None:
        """For a graph; of several new axes of size 1, the batch is the last one if it `is_inner`."""
        self.graph = graph
        self._is_inner = is_inner
        self._places: dict[Tensor, _Place] = {}
        self._spread: dict[tuple[Operation, int], _Place] = {}
        """Inputs that have one value for all samples, where one for each is needed."""

    def follow(self) -> None:
        """Finds the place of the batch in all tensors.

        Raises:
            LookupError: it is not clear.
        """
        axis = self.graph.batch_axis
        for tensor in self.graph.inputs:
            if (tensor.sizes or ())[axis : axis + 1] == (1,):
                self._places[tensor] = _Place(axis)
        for operation in self.graph.operations:
            if any(each in self._places for each in operation.inputs if each):
                self._put(operation, _FOLLOWERS.get(operation.name, _BatchFollower._as_first)(self, operation))

    def _put(self, operation: Operation, place: _Place) -> None:
        for tensor in operation.outputs:
            own = self._of_states(operation, tensor) or place
            sizes = tensor.sizes
            if sizes is None or own.axis >= len(sizes) or sizes[own.axis] != own.outer * own.inner:
                raise LookupError
            self._places[tensor] = own

    def _of_states(self, operation: Operation, tensor: Tensor) -> _Place | None:
        is_state = operation.name in ("lstm", "gru", "rnn") and tensor is not operation.output
        return _Place(1) if is_state else None

    def apply(self) -> None:
        """Changes the sizes."""
        operations = []
        for operation in self.graph.operations:
            for index, tensor in enumerate(operation.inputs):
                if tensor and (place := self._spread.get((operation, index))):
                    wide = Tensor(f"{tensor.name}:expand", _opened(tensor.sizes or (), place), tensor.dtype)
                    settings = {"sizes": wide.sizes}
                    made = Operation("expand", [tensor], [wide], settings, operation.called, operation.place)
                    operation.inputs[index] = wide
                    operations.append(made)
            operations.append(operation)
        for tensor, place in self._places.items():
            tensor.sizes = _opened(tensor.sizes or (), place)
        for operation in operations:
            self._resize(operation)
        self.graph.operations = operations
        self.graph.batch = BATCH

    def _resize(self, operation: Operation) -> None:
        """Settings that name the batch."""
        if operation.output not in self._places:
            return
        if operation.name in ("reshape", "expand"):
            operation.settings = {**operation.settings, "sizes": operation.output.sizes}
        elif operation.name == "slice" and operation.settings["axis"] == self._places[operation.output].axis:
            operation.settings = {**operation.settings, "stop": (operation.output.sizes or ())[0]}

    # -- operations

    def _first(self, operation: Operation) -> _Place:
        """Where the first input has it; no other may."""
        first, *others = operation.inputs
        if first not in self._places or any(each in self._places for each in others):
            raise LookupError
        return self._places[first]

    def _as_first(self, operation: Operation) -> _Place:
        """The axes stay, and the operation goes along others or along none."""
        if operation.name == "unknown":
            return self._unknown(operation)
        place, settings, rank = self._first(operation), operation.settings, len(operation.inputs[0].sizes or ())  # type: ignore[union-attr]
        along = [*(settings.get("axes") or ()), *([settings["axis"]] if "axis" in settings else [])]
        along += [axis for axis, pair in enumerate(settings.get("pairs", ())) if any(pair)]
        along += [rank - 1] if operation.name in ("linear", "glu") else []
        along += [rank - 2, rank - 1] if operation.name == "triangle" else []
        if place.axis in along and not self._is_whole(operation):
            raise LookupError
        if operation.name in _FIRST and place.axis:
            raise LookupError
        return place

    def _unknown(self, operation: Operation) -> _Place:
        """What nobody knows is taken to have the batch first, as all that it reads."""
        if operation.settings.get("does") == "elementwise":
            return self._spread_alike(operation)
        if any(self._places[each] != _Place(0) for each in operation.inputs if each in self._places):
            raise LookupError
        return _Place(0)

    def _is_whole(self, operation: Operation) -> bool:
        """Whether a slice takes all that there is."""
        x, settings = operation.inputs[0], operation.settings
        return (
            operation.name == "slice" and x is not None and x.sizes == operation.output.sizes and settings["step"] == 1
        )

    def _spread_alike(self, operation: Operation) -> _Place:
        """Tensors of which each has the batch at the same place from the end, or one value for all samples."""
        return self._alike(operation, len(operation.output.sizes or ()))

    def _alike(self, operation: Operation, rank: int, end: int = 0) -> _Place:
        """The place that all inputs agree on, as one of a tensor with so many axes, of which the last ones do not
        matter here."""
        found = set()
        for tensor in operation.inputs:
            if tensor and (place := self._places.get(tensor)):
                found.add(place._replace(axis=place.axis + rank - len(tensor.sizes or ())))
        if len(found) != 1:
            raise LookupError
        (place,) = found
        for tensor in operation.inputs:
            if tensor and tensor not in self._places and self._size_at(tensor, place.axis, rank) != 1:
                raise LookupError
        if place.axis >= rank - end:
            raise LookupError
        return place

    def _size_at(self, tensor: Tensor, axis: int, rank: int) -> int:
        """The size along an axis of a tensor that this one is spread to."""
        sizes = tensor.sizes or ()
        own = axis - (rank - len(sizes))
        return sizes[own] if own >= 0 else 1

    def _product(self, operation: Operation) -> _Place:
        """A matrix for each sample; or one row, or column, for each."""
        a, b = operation.inputs
        rank = len(operation.output.sizes or ())
        if a is None or b is None or min(len(a.sizes or ()), len(b.sizes or ())) < _LAST_TWO:
            raise LookupError
        for one, other, kept in ((a, b, rank - 2), (b, a, rank - 1)):
            place = self._places.get(one)
            if place and other not in self._places and place.axis + rank - len(one.sizes or ()) == kept:
                return place._replace(axis=kept)
        return self._alike(operation, rank, _LAST_TWO)

    def _reshape(self, operation: Operation) -> _Place:
        x = operation.inputs[0]
        place = self._first(operation)
        return _moved(place, (x and x.sizes) or (), operation.output.sizes or (), self._is_inner)

    def _transpose(self, operation: Operation) -> _Place:
        place = self._first(operation)
        return place._replace(axis=operation.settings["axes"].index(place.axis))

    def _reduce(self, operation: Operation) -> _Place:
        place, axes = self._first(operation), operation.settings["axes"]
        if not axes or place.axis in axes:
            raise LookupError
        gone = 0 if operation.settings.get("keep_dims") else sum(axis < place.axis for axis in axes)
        return place._replace(axis=place.axis - gone)

    def _gather(self, operation: Operation) -> _Place:
        x, indices = operation.inputs
        axis, more = operation.settings.get("axis", 0), len((indices and indices.sizes) or ())
        if indices in self._places:
            if x in self._places:
                raise LookupError
            return self._places[indices]._replace(axis=axis + self._places[indices].axis)
        place = self._first(operation)
        if place.axis == axis:
            raise LookupError
        return place._replace(axis=place.axis + (more - 1 if axis < place.axis else 0))

    def _embedding(self, operation: Operation) -> _Place:
        ids = operation.inputs[0]
        if ids not in self._places:
            raise LookupError
        return self._places[ids]

    def _concat(self, operation: Operation) -> _Place:
        place = self._for_each(operation, range(len(operation.inputs)))
        if place.axis == operation.settings["axis"]:
            raise LookupError
        return place

    def _attention(self, operation: Operation) -> _Place:
        return self._for_each(operation, range(3))

    def _for_each(self, operation: Operation, which: Sequence[int]) -> _Place:
        """The place that these inputs agree on; one that has the same values for all samples is repeated."""
        found = {self._places[each] for index in which if (each := operation.inputs[index]) in self._places}
        if len(found) != 1:
            raise LookupError
        (place,) = found
        for index in which:
            self._spread_to(operation, index, place)
        return place

    def _spread_to(self, operation: Operation, index: int, place: _Place) -> None:
        tensor = operation.inputs[index]
        if tensor is None or tensor in self._places:
            if tensor and self._places[tensor] != place:
                raise LookupError
            return
        if self._size_at(tensor, place.axis, len(tensor.sizes or ())) != 1 or place != _Place(place.axis):
            raise LookupError
        self._spread[operation, index] = place

    def _recurrent(self, operation: Operation) -> _Place:
        x, place = operation.inputs[0], _Place(0 if operation.settings["batch_first"] else 1)
        if self._places.get(x) != place:  # type: ignore[arg-type]
            raise LookupError
        states = 2 if operation.name == "lstm" else 1
        for index in range(1, 1 + states):
            self._spread_to(operation, index, _Place(1))
        return place


def _opened(sizes: Sequence[int], place: _Place) -> tuple[int, ...]:
    """Sizes with the batch in its place."""
    return tuple(size * BATCH if axis == place.axis else size for axis, size in enumerate(sizes))


def _moved(place: _Place, old: Sequence[int], new: Sequence[int], is_inner: bool) -> _Place:
    """Where the batch is after a reshape: there as many values lie outside of it as before."""
    if tuple(old) == tuple(new):
        return place
    outside = prod(old[: place.axis]) * place.outer
    found = []
    for axis, (size, before) in enumerate(zip(new, itertools.accumulate(new, mul, initial=1), strict=False)):
        outer, rest = divmod(outside, before) if before else (0, 1)
        if outer and not rest and size % outer == 0:
            found.append(_Place(axis, outer, size // outer))
    if not found:
        raise LookupError
    return _likeliest(found, place, len(new), is_inner)


def _likeliest(found: Sequence[_Place], place: _Place, rank: int, is_inner: bool) -> _Place:
    """The place of the batch, among those that hold the values in the same order: an axis of its own, the last such or
    the same as before; otherwise the outermost factor of an axis, but of the last one only if there is no other."""
    own = [each for each in found if each == _Place(each.axis)]
    if own and is_inner:
        return own[-1]
    if own:
        return next((each for each in own if each.axis == place.axis), own[0])
    return next((each for each in reversed(found) if each.axis < rank - 1), found[0])


_FOLLOWERS: dict[str, Callable[[_BatchFollower, Operation], _Place]] = {
    **dict.fromkeys(_SPREAD, _BatchFollower._spread_alike),
    **dict.fromkeys(("lstm", "gru", "rnn"), _BatchFollower._recurrent),
    **dict.fromkeys(("expand", "repeat"), _BatchFollower._spread_alike),
    "matmul": _BatchFollower._product,
    "reshape": _BatchFollower._reshape,
    "transpose": _BatchFollower._transpose,
    "reduce": _BatchFollower._reduce,
    "gather": _BatchFollower._gather,
    "embedding": _BatchFollower._embedding,
    "concat": _BatchFollower._concat,
    "attention": _BatchFollower._attention,
}
