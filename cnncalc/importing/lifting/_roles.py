"""Which axis of an input holds the channels: that which its first readers take for it."""

from __future__ import annotations

from collections import defaultdict, deque

from cnncalc.importing.lifting._views import Axis, Factor, regrouped
from cnncalc.importing.operations import BINARY, UNARY, Operation, OperationGraph, Tensor

_SECOND = frozenset(
    [
        "conv",
        "conv_transpose",
        "deform_conv",
        "batch_norm",
        "group_norm",
        "instance_norm",
        "local_response_norm",
        "max_pool",
        "avg_pool",
        "lp_pool",
        "adaptive_avg_pool",
        "adaptive_max_pool",
        "resize",
        "depth_to_space",
        "space_to_depth",
        "channel_shuffle",
        "prelu",
    ]
)
_LAST = frozenset(["linear", "matmul", "layer_norm", "rms_norm", "lstm", "gru", "rnn", "attention", "embedding"])
_ALIKE = frozenset([*UNARY, *BINARY, "identity", "dropout", "pad", "slice", "split", "concat", "roll", "flip", "where"])
_MOST = 200
"""Operations that are looked at."""


Axes = tuple[int | None, ...]
"""Which axis of an input each axis of a tensor is; None where it is none of them."""


class Roles:
    """What the axes of a graph's inputs are."""

    def __init__(self, graph: OperationGraph) -> None:
        self._inputs = graph.inputs
        self._operations = graph.operations
        self._readers: dict[Tensor, list[Operation]] = defaultdict(list)
        for operation in graph.operations:
            for each in operation.inputs:
                if each is not None:
                    self._readers[each].append(operation)

    def channel_axis(self, tensor: Tensor) -> int:
        """The axis of an input that holds its channels; it has two axes or more. Where nothing tells, they are where
        those of the first input are that does tell."""
        rank = len(tensor.sizes or ())
        return 1 if rank == 2 else self.read_as_channels(tensor) or self._usual_axis(rank)

    def _usual_axis(self, rank: int) -> int:
        for tensor in self._inputs:
            own = len(tensor.sizes or ())
            if own > 2 and (axis := self.read_as_channels(tensor)):
                return rank - 1 if _layout(axis, own) == "channels_last" else 1
        return 1

    def layout(self) -> str:
        """The layout of the model: channels come last where they do so in its first input that has positions; or if
        none has, as inputs that are ids, in the first tensor with positions of which that is known."""
        for tensor in self._inputs:
            rank = len(tensor.sizes or ())
            if rank > 2:
                return _layout(self.channel_axis(tensor), rank)
        for operation in self._operations:
            rank = len(operation.output.sizes or ())
            if rank > 2:
                is_table = operation.name == "embedding"
                axis = self.read_as_channels(operation.output) or (rank - 1 if is_table else None)
                if axis:
                    return _layout(axis, rank)
        return "channels_first"

    def read_as_channels(self, tensor: Tensor) -> int | None:
        """The axis of a tensor that the first to read it takes for its channels; None if nobody takes any."""
        waiting: deque[tuple[Tensor, Axes]] = deque([(tensor, tuple(range(len(tensor.sizes or ()))))])
        for _ in range(_MOST):
            if not waiting:
                break
            current, axes = waiting.popleft()
            for operation in self._readers.get(current, ()):
                found = _read_as_channels(operation, current, axes)
                if found:
                    return found
                if operation.name == "transpose":
                    waiting.append((operation.output, tuple(axes[axis] for axis in operation.settings["axes"])))
                elif operation.name == "reshape":
                    waiting.append((operation.output, _reshaped(axes, current, operation.output)))
                elif operation.name in _ALIKE and len(operation.output.sizes or ()) == len(axes):
                    waiting += [(output, axes) for output in operation.outputs]
        return None


def _layout(axis: int, rank: int) -> str:
    return "channels_last" if axis == rank - 1 else "channels_first"


def _read_as_channels(operation: Operation, tensor: Tensor, axes: Axes) -> int | None:
    """The axis of the input that an operation takes for the channels."""
    if operation.name in _SECOND and len(axes) > 2:
        return axes[1]
    if operation.name == "multihead_attention":
        return axes[-1]
    return axes[-1] if operation.name in _LAST and operation.inputs[0] is tensor and axes else None


def _reshaped(axes: Axes, old: Tensor, new: Tensor) -> Axes:
    """The axes after a reshape: those that it leaves whole."""
    factors = [Factor(index, size) for index, size in enumerate(old.sizes or ()) if size != 1]
    found = regrouped(factors, new.sizes or ())
    if found is None:
        return (None,) * len(new.sizes or ())
    wholes: dict[Axis, int | None] = {(factor,): axes[factor.axis] for factor in factors}
    return tuple(wholes.get(axis) for axis in found)
