"""The walk through the operations of a model, in order: each becomes layers, or another view of those that there are.

What an operation means is a *handler*: a function of the walk and the operation, registered under the operation's name
with `handles`. It asks the walk for its inputs (`walk.value`, `walk.view`), for the form in which it needs them
(`walk.formed`, `walk.with_channels`, `walk.isolated`), adds layers (`walk.add`) and returns what its outputs are. A
handler that cannot say it in our kinds returns None, and the next one is asked; after the last one the operation is
`opaque`. Handlers that are registered with `first=True` are asked before the others: so patterns come before the
operations that they are made of.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import prod
from typing import Any

from cnncalc.importing.draft import Draft, DraftInput, DraftLayer, DraftOutput, Source
from cnncalc.importing.lifting._arranging import TensorForm, layers_between
from cnncalc.importing.lifting._ledger import ParameterLedger
from cnncalc.importing.lifting._roles import Roles
from cnncalc.importing.lifting._values import Derived, Fixed, Indices, Value, fixed
from cnncalc.importing.lifting._views import Factor, View, axis_size, channels_first, regrouped, view_of
from cnncalc.importing.operation_macs import operation_macs
from cnncalc.importing.operations import BATCH, Operation, OperationGraph, Tensor, not_finite
from cnncalc.settings.shape import Shape
from cnncalc.source.diagnostics import START, Diagnostic
from cnncalc.source.files import Unreadable

Made = Value | Sequence[Value | None] | None
"""What a handler returns: the value of its only used output, that of each output, or None if it cannot say."""
Handler = Callable[["Walk", Operation], Made]
HANDLERS: dict[str, list[Handler]] = {}
"""The handlers of an operation, in the order in which they are asked."""
TURNING = frozenset(["identity", "cast", "reshape", "transpose", "expand", "repeat", "slice", "split", "gather"])
"""Operations after which an array of the file is still one."""
MOST_POSITIONS = 3
_OUTPUT = "output{}"
"""What the outputs of an `opaque` layer are called, if it has several."""


def handles(*names: str, first: bool = False) -> Callable[[Handler], Handler]:
    """Registers a handler for operations of these names."""

    def register(handler: Handler) -> Handler:
        for name in names:
            handlers = HANDLERS.setdefault(name, [])
            handlers.insert(0 if first else len(handlers), handler)
        return handler

    return register


class Walk:
    """One walk.

    Attributes:
        graph: the operations.
        draft: what was made of them so far.
        readers: how many operations and outputs read each tensor (those alone that an output needs).
        values: what is known of each tensor.
        ledger: which parameters belong to which layers.
    """

    def __init__(self, graph: OperationGraph, ledger: ParameterLedger | None = None) -> None:
        self.graph = graph
        self._roles = Roles(graph)
        self.draft = Draft("pytorch", self._roles.layout())
        self.draft.name = graph.name
        self.draft.model_class, self.draft.state = graph.model_class, graph.state
        self.draft.remarks = list(graph.remarks)
        self.draft.operations = len(graph.operations)
        self.readers: Counter[Tensor] = Counter()
        self.values: dict[Tensor, Value] = {}
        self.ledger = ledger or ParameterLedger(graph)
        self.begun: dict[Tensor, View] = {}
        self.skipped: set[Operation] = set()
        self._own_tensors: set[Tensor] = set()
        self._learned_alone: dict[str, tuple[Fixed, View]] = {}
        self._operation: Operation | None = None
        self._formed: dict[tuple[Source, TensorForm], tuple[Source, Shape]] = {}
        self._pooled: dict[DraftLayer, bool | None] = {}
        self._reads: Counter[Source] = Counter()
        self._seen: dict[Source, list[Tensor]] = defaultdict(list)

    def whole(self) -> Draft:
        """The draft of the graph."""
        if not self.graph.inputs:
            raise self.refusal("CNN152", "it has no inputs: all that it returns is constant")
        needed = self._needed()
        self._own_tensors = _spread_and_calculated_with(self.graph.inputs, needed)
        for tensor in self.graph.inputs:
            self._begin(tensor)
        for operation in needed:
            if operation not in self.skipped:
                self._operation = operation
                self._handle(operation)
        self._operation = None
        self.draft.outputs = [self._returned(tensor) for tensor in self.graph.outputs]
        self._remark_on_order()
        self._drop_unread()
        self._check_sizes()
        self.draft.remarks += self.ledger.remarks(self.draft.layers)
        return self.draft

    # -- before and after

    def _needed(self) -> list[Operation]:
        """The operations that an output needs, in order."""
        self.readers.update(self.graph.outputs)
        needed = []
        for operation in reversed(self.graph.operations):
            if any(self.readers[output] for output in operation.outputs):
                needed.append(operation)
                self.readers.update(tensor for tensor in operation.inputs if tensor is not None)
        return needed[::-1]

    def _begin(self, tensor: Tensor) -> None:
        """An input of the model."""
        sizes = self.sizes_of(tensor)
        if len(sizes) < 2:
            shape, roles = Shape((), 1), [0]
        else:
            batch, place = self.graph.batch_axis, self._roles.channel_axis(tensor)
            place = len(sizes) - 1 if place == batch else place
            positions = [axis for axis in range(len(sizes)) if axis not in (batch, place)]
            shape = Shape(tuple(sizes[axis] for axis in positions), sizes[place])
            numbers = {axis: number for number, axis in enumerate(positions, 1)} | {batch: 0, place: len(sizes) - 1}
            roles = [numbers[axis] for axis in range(len(sizes))]
        given = DraftInput(tensor.name, shape)
        self.draft.inputs.append(given)
        self.begun[tensor] = view_of(given, shape, self.graph.batch, roles)
        self.values[tensor] = self.begun[tensor]

    def _handle(self, operation: Operation) -> None:
        self.ledger.known(self.constant(each) for each in operation.settings.get("again", ()))
        if self._is_derived(operation):
            self._keep(operation, self._derived(operation))
            return
        for handler in HANDLERS.get(operation.name, ()):
            made = handler(self, operation)
            if made is not None:
                self._keep(operation, made)
                return
        if all(isinstance(value, Fixed | Derived) for value in self._values_read(operation)) and operation.inputs:
            self._keep(operation, self._derived(operation))
            return
        self._keep(operation, self.unknown(operation))

    def _keep(self, operation: Operation, made: Made) -> None:
        values: Sequence[Value | None] = made if isinstance(made, list) else [made]  # type: ignore[list-item]
        for tensor, value in zip(operation.outputs, values, strict=False):
            if value is not None:
                if tensor in self._own_tensors and isinstance(value, Fixed) and self._is_spread_parameter(value):
                    value = self._begin_learned(tensor, value)
                self.values[tensor] = value
                if isinstance(value, View):
                    self._seen[value.source].append(tensor)

    def _begin_learned(self, tensor: Tensor, value: Fixed) -> View:
        """A `learned` tensor that something is calculated with, with the channels as that reads them."""
        rank = len(value.own)
        place = self._roles.channel_axis(tensor)
        order = [*(axis for axis in range(rank) if axis != place), place]
        view = self._learned(value.transposed(order)).transposed([order.index(axis) for axis in range(rank)])
        self._learned_alone[value.constant.identity] = (value._replace(sizes=value.own), view)
        return view

    def learned_alone(self, array: Fixed) -> View | None:
        """The output of the `learned` layer that an array of the file is, if there is one."""
        own, view = self._learned_alone.get(array.constant.identity, (None, None))
        return view if own == array._replace(sizes=array.own) else None

    def _is_spread_parameter(self, value: Fixed) -> bool:
        """Whether an array is learned, and every sample has the same."""
        return value.constant.is_parameter and self._is_spread(value)

    def _is_spread(self, value: Fixed) -> bool:
        """Whether an array is spread over the batch, along the first axis."""
        return len(value.own) > 1 and value.own[0] == 1 and value.sizes[0] == self.graph.batch

    def _returned(self, tensor: Tensor) -> Source:
        """The layer whose output the model returns, with as many axes as in the file."""
        view = self.view(tensor)
        own = [axis for axis in view.axes if axis != view.whole(0)]
        if sorted(own) == sorted(map(view.whole, range(1, len(view.shape.spatial) + 2))):
            return self.read(view)
        return self.read(self.in_own_form(view) or view)

    def _remark_on_order(self) -> None:
        """Says which outputs of the model have their axes in another order than in the file."""
        turned = [text for tensor in self.graph.outputs if (text := self._other_order(tensor))]
        if turned:
            more = f" (and {len(turned) - 1} more)" if len(turned) > 1 else ""
            self.remark(f"outputs have their axes in the order of the spec: {turned[0]}{more}")

    def _other_order(self, tensor: Tensor) -> str:
        """The sizes of an output of the model, here and in the file; "" if they are in the same order."""
        view = self.view(tensor)
        wholes = [view.whole(number) for number in range(1, view.channel_axis + 1)]
        ordered = wholes if self.draft.layout == "channels_last" else [*wholes[-1:], *wholes[:-1]]
        here = [axis for axis in ordered if axis]
        there = [axis for axis in view.axes if axis and axis != view.whole(0)]
        place = view.axes.index(view.whole(0)) if view.whole(0) in view.axes else 0
        if place not in (0, self.graph.batch_axis):  # the states of recurrent layers
            own = "×".join(str(axis_size(axis)) for axis in here)
            stated = "×".join("batch" if at == place else str(axis_size(axis)) for at, axis in enumerate(view.axes))
            return f"`{tensor.name}` is {own}, and {stated} in the file"
        if sorted(here) != sorted(there) or here == there:
            return ""
        sizes = ["×".join(str(axis_size(axis)) for axis in axes) for axes in (here, there)]
        if sizes[0] == sizes[1]:
            return f"`{tensor.name}` ({sizes[0]}) is transposed"
        return f"`{tensor.name}` is {sizes[0]} here and {sizes[1]} in the file"

    def _drop_unread(self) -> None:
        """Removes layers that nothing needs: those of views that were not read in the end."""
        needed: set[Source] = {_maker(each) for each in self.draft.outputs}
        for layer in reversed(self.draft.layers):
            if layer in needed:
                needed.update(map(_maker, layer.inputs))
                needed.update(each for each in layer.settings.values() if isinstance(each, DraftLayer | DraftInput))
                if layer.shares:
                    needed.add(layer.shares)
        self.draft.layers = [layer for layer in self.draft.layers if layer in needed]

    def _check_sizes(self) -> None:
        """Refuses a network of which an input or a layer would have the size that stands for an open batch."""
        if self.graph.batch != BATCH:
            return
        shapes = [(f"input `{given.name}`", given.shape) for given in self.draft.inputs]
        for layer in self.draft.layers:
            named = layer.settings.get("output")
            outputs = [layer.output, *(named.values() if isinstance(named, dict) else ())]
            shapes += [(layer.place or layer.kind, shape) for shape in outputs if shape]
        for place, shape in shapes:
            if any(size and size % BATCH == 0 for size in (*shape.spatial, shape.channels)):
                raise self.mixes_samples(place)

    # -- what there is

    def value(self, tensor: Tensor) -> Value:
        """What is known of a tensor."""
        if tensor not in self.values:
            assert tensor.constant, tensor
            self.values[tensor] = fixed(tensor.constant, tensor.sizes or ())
        return self.values[tensor]

    def constant(self, tensor: Tensor | None) -> Fixed | None:
        """A tensor, if it is an array of the file; None otherwise."""
        value = None if tensor is None else self.value(tensor)
        return value if isinstance(value, Fixed) else None

    def view(self, tensor: Tensor) -> View:
        """A tensor as a view of an output; an array of the file becomes a layer."""
        value = self.value(tensor)
        if isinstance(value, Indices):
            value = self._alone(self.sizes_of(tensor), "indices")
        if not isinstance(value, View):
            value = self._as_layer(value)
            self.values[tensor] = value
        return self._as_vector(value)

    def _as_vector(self, view: View) -> View:
        """A tensor without positions, of an output that has none either."""
        if len(view.axes) == 2 and view.shape.spatial and view.axes == (view.whole(0), view.whole(view.channel_axis)):
            return self.formed(view, (), 1) or view
        return view

    def sizes_of(self, tensor: Tensor) -> tuple[int, ...]:
        """The sizes of a tensor, the batch included."""
        if tensor.sizes is None:
            place = tensor.operation.place if tensor.operation else tensor.name
            raise self.refusal(
                "CNN152",
                f"the sizes of `{tensor.name}` are not known, and the file does not state them for this input"
                f" ({place})",
                "have them stated in the file (for ONNX, a `value_info`: `onnx.shape_inference.infer_shapes(model)`)",
                "or export the model without this operation",
            )
        return tensor.sizes

    def channels_read(self, tensor: Tensor) -> int | None:
        """The axis of a tensor that the first to read it takes for its channels; None if nobody takes any."""
        return self._roles.read_as_channels(tensor)

    def refusal(self, code: str, message: str, *help: str) -> Unreadable:
        """What is raised where a model cannot be read."""
        return Unreadable(Diagnostic(code, message, self.graph.file, START, "", help))

    def mixes_samples(self, place: str = "") -> Unreadable:
        """What is raised where an operation, that at hand or at this place, makes one number of several samples."""
        made_by = self._operation
        what = place or (made_by and (made_by.place or made_by.called or made_by.name)) or "its outputs"
        return self.refusal(
            "CNN154",
            f"the network mixes the samples of a batch, the first axis of its inputs: {what}",
            "export it for a batch that is the first axis, and stays it: layers of sequences have `batch_first=True`",
            "an example of a single sample gets its batch by `x[None]`",
        )

    def remark(self, message: str) -> None:
        """Adds a note about the file, once."""
        if all(each.message != message for each in self.draft.remarks):
            self.draft.remarks.append(Diagnostic("CNN573", message, self.graph.file, START, severity="note"))

    def warn_of_constant(self) -> None:
        """Says that the operation at hand reads a constant that no kind can have."""
        assert self._operation
        found = not_finite(self._operation.place or self._operation.called, self.graph.file)
        if found not in self.graph.remarks:
            self.draft.remarks.append(found)

    # -- forms

    def formed(self, view: View, positions: Sequence[int], channels: int | None) -> View | None:
        """A tensor as a view of an output that has these of its axes as positions, in order, and this one as channels
        (None: a single one); None if no kinds make that of it. All other axes but the batch have size 1."""
        view = view.without_lone_sample_in((*positions, *(() if channels is None else (channels,))))
        wanted = TensorForm(
            tuple(view.axes[axis] for axis in positions), () if channels is None else view.axes[channels]
        )
        left = [axis for place, axis in enumerate(view.axes) if place not in (*positions, channels)]
        if any(factor.axis == 0 for axis in wanted.row("channels_last") for factor in axis):
            raise self.mixes_samples()
        if [factor for axis in left for factor in axis] not in ([Factor(0, view.batch)], []):
            return None
        found = self._arranged(view, wanted)
        if found is None:
            return None
        numbers = {axis: number for number, axis in enumerate(positions, 1)}
        if channels is not None:
            numbers[channels] = len(positions) + 1
        new = view_of(*found, view.batch, range(len(positions) + 2))
        axes = (new.axes[numbers[place]] if place in numbers else axis for place, axis in enumerate(view.axes))
        return new._replace(axes=tuple(axes))

    def arranged(self, view: View, wanted: TensorForm) -> View | None:
        """An output in another form, as a view with the axes that it has; None if no kinds make that of it."""
        found = self._arranged(view, wanted)
        return found and view_of(*found, view.batch, range(len(wanted.positions) + 2))

    def forget(self, layer: DraftLayer) -> None:
        """Says that a layer's output is no longer what the tensors were that it has been."""
        for tensor in self._seen.pop(layer, ()):
            del self.values[tensor]

    def arranged_with_position(self, view: View) -> View | None:
        """A vector as a view of an output with one position."""
        found = self._arranged(view, TensorForm(((),), view.whole(1)))
        if found is None:
            return None
        axes = tuple(
            (Factor(2, factor.size, factor.step) if factor.axis == 1 else factor for factor in axis)
            for axis in view.axes
        )
        return View(*found, view.batch, tuple(map(tuple, axes)))

    def is_only_reader(self, layer: DraftLayer) -> bool:
        """Whether the operation at hand alone reads a layer's output: the last layer, which was read once."""
        return not self._reads[layer] and all(self.readers[tensor] == 1 for tensor in self._seen[layer])

    def _arranged(self, view: View, wanted: TensorForm) -> tuple[Source, Shape] | None:
        """The output in another form, and its shape."""
        key = view.source, wanted
        if key in self._formed:
            return self._formed[key]
        between = layers_between(view.shape, wanted, self.draft.layout)
        if between is None or len(wanted.positions) > MOST_POSITIONS:
            return None
        if between == []:
            return self.read(view), view.shape
        source = self._without_positions(view, wanted)
        if source is None:
            source = self.read(view)
            for kind, settings, shape in between:
                layer = self._layer(kind, (source,), view.operation or self._operation, **settings)
                layer.output = shape
                source = self.draft.add(layer)
        self._formed[key] = source, wanted.shape
        return self._formed[key]

    # A global pool keeps its axes, and is flattened later; or, if nobody reads it before, it does not keep them.

    def _without_positions(self, view: View, wanted: TensorForm) -> Source | None:
        layer = view.source
        if not isinstance(layer, DraftLayer) or self._pooled.get(layer, True) is not None or wanted.positions:
            return None
        if wanted.channels != view.whole(view.channel_axis):
            return None
        self._pooled[layer] = False
        layer.settings["keep_dims"] = False
        layer.output = wanted.shape
        return layer

    def may_lose_positions(self, layer: DraftLayer) -> None:
        """Says that a layer with the setting `keep_dims`, now true, need not keep its axes if nobody reads them."""
        self._pooled[layer] = None

    def read(self, view: View) -> Source:
        """The output of a view, for a layer that reads it as it is."""
        layer = view.source
        if isinstance(layer, DraftLayer) and layer in self._pooled and view.shape.spatial:
            if self._pooled[layer] is False:
                return self._with_positions(view, layer)
            self._pooled[layer] = True
        return layer

    def _with_positions(self, view: View, layer: DraftLayer) -> Source:
        """A pool that has lost its axes, with them."""
        key = layer, TensorForm((), ())
        if key not in self._formed:
            again = self._layer("reshape", (layer,), self._operation, shape=view.shape)
            again.output = view.shape
            self._formed[key] = self.draft.add(again), view.shape
        return self._formed[key][0]

    def with_channels(self, view: View, axis: int) -> View | None:
        """A tensor as a view of an output whose channels are this axis; what the positions are does not matter, and
        the batch may be in one axis with positions."""
        view = view.without_lone_sample_in((axis,))
        if view.axes[axis] == view.whole(view.channel_axis):
            return view
        if any(factor.axis == 0 for factor in view.axes[axis]):
            raise self.mixes_samples()
        return self.in_own_form(view, axis)

    def in_own_form(self, view: View, channels: int | None = None) -> View | None:
        """A tensor as a view of an output with the same axes."""
        if not view.has_own_batch:
            return self._with_batch_apart(view, channels)
        if channels is None:
            channels = self._channels_of(view)
        if channels is None:
            return self.formed(view, (), None)
        positions = [axis for axis in range(1, len(view.axes)) if axis != channels]
        if len(positions) > MOST_POSITIONS:
            return self._with_joined_positions(view, positions, channels)
        return self.formed(view, positions, channels)

    def _with_joined_positions(self, view: View, positions: Sequence[int], channels: int) -> View | None:
        """A tensor of so many axes that the first positions have to be one axis."""
        order = [0, *positions, channels]
        turned = view.transposed(order)
        kept = turned.sizes[-MOST_POSITIONS:]
        flat = turned.reshaped((view.batch, prod(turned.sizes[1:-MOST_POSITIONS]), *kept))
        formed = flat and self.in_own_form(flat, len(kept) + 1)
        again = formed and formed.reshaped(turned.sizes)
        return again and again.transposed([order.index(place) for place in range(len(order))])

    def _with_batch_apart(self, view: View, channels: int | None) -> View | None:
        """A tensor whose batch is in one axis with others, as one that has them in an axis of its own."""
        place = next((place for place, axis in enumerate(view.axes) if Factor(0, view.batch) in axis), None)
        if place is None or channels is None or place == channels:
            return None
        rest = tuple(factor for factor in view.axes[place] if factor.axis != 0)
        others = (*view.axes[:place], rest, *view.axes[place + 1 :])
        apart = view._replace(axes=(view.whole(0), *others))
        formed = self.in_own_form(apart, channels + 1)
        if formed is None:
            return None
        batch, *rest_axes = formed.axes
        at = view.axes[place].index(Factor(0, view.batch))
        outer = formed.axes[1 + place]
        cut = _cut(outer, axis_size(view.axes[place][:at]))
        if cut is None:
            return None
        rest_axes[place] = (*cut[0], *batch, *cut[1])
        return formed._replace(axes=tuple(rest_axes))

    def isolated(self, view: View, axis: int) -> tuple[View, int] | None:
        """A tensor as a view of an output of which this axis is a whole one, and the number of that."""
        view = view.without_lone_sample_in((axis,))
        if any(factor.axis == 0 for factor in view.axes[axis]):
            raise self.mixes_samples()
        for number in range(1, view.channel_axis + 1):
            if view.axes[axis] and view.axes[axis] == view.whole(number):
                return view, number
        if found := self.apart(view):
            return found[0], found[1][axis]
        last = self.in_own_form(view, axis)
        return last and (last, last.channel_axis)

    def apart(self, view: View) -> tuple[View, list[int]] | None:
        """A tensor as a view of an output that has each of its axes as one of its own; and their numbers."""
        if not view.has_own_batch:
            return None
        rank = len(view.axes)
        if rank == view.channel_axis + 1 and (numbers := _numbers_of(view)):
            return view, numbers
        channels = self._channels_of(view)
        found = self.in_own_form(view, channels)
        if found is None or found.channel_axis + 1 != rank:
            return None
        if channels is None:
            return found, [0]
        return found, [rank - 1 if axis == channels else axis if axis < channels else axis - 1 for axis in range(rank)]

    def _channels_of(self, view: View) -> int | None:
        """Which axis of a tensor is to be the channels; None if it has none but the batch."""
        rank = len(view.axes)
        if rank == 1:
            return None
        place = view.place_of(view.channel_axis)
        return place if place is not None else 1 if self.draft.layout == "channels_first" else rank - 1

    def as_map(self, view: View) -> View | None:
        """A tensor as PyTorch's windows read it: batch, channels, positions."""
        if not view.has_own_batch:
            if Factor(0, view.batch) not in view.axes[0]:
                raise self.mixes_samples()
            return None
        return self.formed(view, range(2, len(view.axes)), 1)

    def as_frames(self, view: View) -> View | None:
        """Maps that are in one axis with the batch, as the frames of a video that a network looks at one by one: as a
        map with one more axis, of batch, channels, frames and positions."""
        place = view.axes[0].index(Factor(0, view.batch)) if Factor(0, view.batch) in view.axes[0] else None
        if view.has_own_batch or place not in (0, len(view.axes[0]) - 1):
            return None
        frames = tuple(factor for factor in view.axes[0] if factor.axis != 0)
        apart = view._replace(axes=(view.whole(0), view.axes[1], frames, *view.axes[2:]))
        return self.formed(apart, range(2, len(apart.axes)), 1)

    def framed(self, layer: Source, shape: Shape, was: View) -> View:
        """What a layer makes of frames, which are again in one axis with the batch."""
        batch, channels, frames, *positions = self.map_view(layer, shape).axes
        is_first = was.axes[0][0] == Factor(0, was.batch)
        first = (*batch, *frames) if is_first else (*frames, *batch)
        return View(layer, shape, was.batch, (first, channels, *positions))

    # -- layers

    def add(
        self,
        kind: str,
        inputs: Sequence[View | Source],
        shape: Shape,
        weights: Mapping[str, Fixed | None] | None = None,
        /,
        **settings: Any,
    ) -> DraftLayer:
        """A layer at the end, for the operation at hand.

        Args:
            inputs: views are read as the outputs that they are of.
            shape: of its output, from the sizes in the file.
            weights: its arrays in the order that the kind has them in, by the names that it gives them.
        """
        sources = tuple(self.read(each) if isinstance(each, View) else each for each in inputs)
        layer = self._layer(kind, sources, self._operation, **settings)
        layer.output = shape
        arrays = {name: array for name, array in (weights or {}).items() if array is not None}
        self.ledger.enter(layer, arrays)
        return self.draft.add(layer)

    def _layer(
        self, kind: str, inputs: tuple[Source, ...], made_by: Operation | None, /, **settings: Any
    ) -> DraftLayer:
        layer = DraftLayer(kind, inputs, **settings)
        self._reads.update(inputs)
        if made_by is not None:
            layer.path = made_by.path
            layer.origin = ".".join(name for name, _ in made_by.path if name)
            layer.place = made_by.place
        return layer

    def map_view(self, source: Source, shape: Shape) -> View:
        """An output as PyTorch's windows make it: batch, channels, positions."""
        return view_of(source, shape, self.graph.batch, channels_first(len(shape.spatial)))

    def shape_of_map(self, tensor: Tensor) -> Shape:
        """The shape of a tensor that is batch, channels, positions."""
        _, channels, *spatial = self.sizes_of(tensor)
        return Shape(tuple(spatial), channels)

    # -- what has no kind

    def _as_layer(self, value: Fixed | Derived) -> View:
        """An array of the file as the output of a layer."""
        if isinstance(value, Fixed) and value.constant.is_parameter:
            return self._learned(value)
        arrays = (value,) if isinstance(value, Fixed) else value.arrays
        called = "constant" if isinstance(value, Fixed) else value.called
        return self._alone(value.sizes, called, arrays, _macs_once(_calculations([value])))

    def _learned(self, value: Fixed) -> View:
        """A `learned` tensor; every sample has the same, and where the file spreads it over the batch, that is the
        first axis."""
        batch = self.graph.batch
        is_spread = self._is_spread(value)
        own = value.own[1:] if is_spread else value.own
        own = own[next((place for place, size in enumerate(own) if size != 1), len(own)) :]
        shape = Shape.of(own or (1,))
        layer = self.add(
            "learned", (), shape, {"value": value._replace(sizes=value.own).reshaped(own or (1,))}, shape=shape
        )
        view = view_of(layer, shape, batch, range(len(shape.spatial) + 2))
        axes = ((),) * (len(value.own) - len(own)) + view.axes[len(view.axes) - len(own) :]
        view = view._replace(axes=axes[: len(value.own)])
        if is_spread:
            view = view._replace(axes=(view.whole(0), *view.axes[1:]))
        return view.expanded(value.sizes)

    def unknown(self, operation: Operation, batch_axes: Sequence[int] | None = None) -> Made:
        """An operation that has no kind: `opaque`, with all its outputs.

        Args:
            batch_axes: which axis of each output has the batch; None where that is to be found out.
        """
        read = [value for value in self._values_read(operation) if isinstance(value, View)]
        axes = dict(zip(operation.outputs, batch_axes or (), strict=False))
        used = [tensor for tensor in operation.outputs if self.readers[tensor]] or operation.outputs[:1]
        views = [self._opaque_view(self.sizes_of(tensor), read, axes.get(tensor)) for tensor in used]
        layer = self.opaque(operation, read, [view.shape for view in views])
        sources: list[Source] = [layer, *(DraftOutput(layer, _OUTPUT.format(n)) for n in range(2, len(views) + 1))]
        made = {tensor: view._replace(source=source) for tensor, view, source in zip(used, views, sources, strict=True)}
        return [made.get(tensor) for tensor in operation.outputs]

    def opaque(
        self, operation: Operation, read: Sequence[View], shapes: Sequence[Shape], **settings: Any
    ) -> DraftLayer:
        """An `opaque` layer for an operation, with outputs of these shapes, and all that is known of it."""
        called = operation.settings.get("name") if operation.name == "unknown" else None
        values = self._values_read(operation)
        macs = [operation_macs(operation, self.graph.batch), *_macs_once(_calculations(values))]
        name = str(called or operation.called or operation.name)
        return self._opaque(read, shapes, name, _arrays_among(values), macs, **settings)

    def _values_read(self, operation: Operation) -> list[Value]:
        return [self.value(tensor) for tensor in operation.inputs if tensor is not None]

    def _is_derived(self, operation: Operation) -> bool:
        """Whether an operation calculates something from arrays of the file alone, not just another order of one."""
        values = self._values_read(operation)
        if not values or not all(isinstance(value, Fixed | Derived) for value in values):
            return False
        return operation.name not in TURNING or isinstance(values[0], Derived)

    def _derived(self, operation: Operation) -> Made:
        """What an operation calculates from arrays of the file alone."""
        arrays = _arrays_among(self._values_read(operation))
        operations = _calculations(self._values_read(operation)) | {operation}
        return [Derived(arrays, output.sizes or (), operation.called, operations) for output in operation.outputs]

    def _opaque(
        self,
        read: Sequence[View],
        shapes: Sequence[Shape],
        name: str,
        arrays: tuple[Fixed, ...] = (),
        macs: Sequence[int | None] = (),
        **settings: Any,
    ) -> DraftLayer:
        """An `opaque` layer; its multiply-adds are the sum of these, where all are known.

        What reads nothing but arrays of the file is written as if it read an input, since every such layer reads
        something in the language: of several inputs, the first.
        """
        self.draft.not_understood[name] = self.draft.not_understood.get(name, 0) + 1
        named = {_OUTPUT.format(number): shape for number, shape in enumerate(shapes, 1)}
        output: Any = shapes[0] if len(shapes) == 1 else named
        sources = read or (self.draft.inputs[:1] if len(self.draft.inputs) > 1 else [])
        layer = self.add("opaque", sources, shapes[0], None, operation=name, output=output, **settings)
        self.ledger.enter_opaque(layer, arrays)
        known = [each for each in macs if each is not None]
        if len(known) == len(macs):
            layer.settings["macs"] = sum(known)
        return layer

    def _alone(
        self, sizes: tuple[int, ...], name: str, arrays: tuple[Fixed, ...] = (), macs: Sequence[int | None] = ()
    ) -> View:
        """A tensor that an `opaque` layer makes of nothing but arrays of the file."""
        view = self._opaque_view(sizes, [])
        return view._replace(source=self._opaque([], [view.shape], name, arrays, macs))

    def _opaque_view(self, sizes: tuple[int, ...], read: Sequence[View], batch_axis: int | None = None) -> View:
        """The view that a tensor of these sizes is of an output of its own; its source is to be put in."""
        source = DraftInput("", Shape((), 1))
        first = read[0] if read else None
        if first is not None and first.sizes == sizes:
            return first._replace(source=source)
        place = self._batch_axis(sizes, read) if batch_axis is None else batch_axis
        if place is None:
            return self._without_batch(source, sizes)
        order = [place, *(axis for axis in range(len(sizes)) if axis != place)]
        turned = [sizes[axis] for axis in order]
        if first is not None and len(first.axes) == len(sizes):
            first = first.transposed(order)
        view = self._with_batch_first(source, turned, first)
        return view.transposed([order.index(axis) for axis in range(len(sizes))])

    def _batch_axis(self, sizes: Sequence[int], read: Sequence[View]) -> int | None:
        """The axis of a tensor that has the batch in it; None if every sample has the same."""
        batch = self.graph.batch
        found = [axis for axis, size in enumerate(sizes) if size and size % batch == 0]
        if batch == BATCH:
            if len(found) > 1 or any(sizes[axis] // batch % batch == 0 for axis in found):
                raise self.mixes_samples()
            return found[0] if found else None
        before = (axis for view in read for axis, own in enumerate(view.axes) if own == view.whole(0))
        same = next((axis for axis in before if axis < len(sizes) and sizes[axis] == batch), None)
        return same if same is not None else 0 if read and 0 in found else None

    def _with_batch_first(self, source: Source, sizes: Sequence[int], first: View | None) -> View:
        """The view that a tensor whose batch is in the first axis is of an output of its own."""
        batch = self.graph.batch
        inner = [sizes[0] // batch, *sizes[1:]]
        place = self._channels_among(inner, first)
        positions = [axis for axis in range(len(inner)) if axis != place and (axis > 0 or inner[0] > 1)]
        if len(positions) > MOST_POSITIONS:
            return self._in_fewer_axes(source, sizes, place)
        spatial = tuple(inner[axis] for axis in positions)
        shape = Shape(spatial, inner[place]) if place else Shape(spatial, 1)
        view = view_of(source, shape, batch, range(len(spatial) + 2))
        numbers = {axis: number for number, axis in enumerate(positions, 1)} | (
            {place: len(spatial) + 1} if place else {}
        )
        axes = [view.axes[numbers[axis]] if axis in numbers else () for axis in range(len(inner))]
        axes[0] = (*view.whole(0), *axes[0])
        return view._replace(axes=tuple(axes))

    def _in_fewer_axes(self, source: Source, sizes: Sequence[int], channels: int) -> View:
        """The view that a tensor of more axes than an output can have is of one with its values in a row of positions;
        the channels are an axis of it, the batch is the first."""
        batch = self.graph.batch
        order = [*range(channels), *range(channels + 1, len(sizes)), *([channels] if channels else [])]
        turned = [sizes[axis] for axis in order]
        count = turned[-1] if channels else 1
        shape = Shape((prod(turned) // batch // count,), count)
        view = view_of(source, shape, batch, range(3)).reshaped(turned)
        assert view, sizes  # (the batch divides the first size, and the others are products of one axis)
        return view.transposed([order.index(axis) for axis in range(len(sizes))])

    def _without_batch(self, source: Source, sizes: tuple[int, ...]) -> View:
        """The view that a tensor is of an output of which every sample has the same."""
        outer, inner = sizes[:-MOST_POSITIONS], sizes[-MOST_POSITIONS:]
        shape = Shape.of((*([prod(outer)] if outer else []), *(inner or (1,))))
        view = view_of(source, shape, self.graph.batch, range(1, len(shape.spatial) + 2))
        return view.reshaped(sizes) or view

    def _channels_among(self, inner: Sequence[int], first: View | None) -> int:
        """Which axis of a tensor holds the channels; 0 if it has none."""
        if len(inner) < 2:
            return 0
        place = first.place_of(first.channel_axis) if first is not None and len(first.axes) == len(inner) else None
        if place:
            return place
        return 1 if self.draft.layout == "channels_first" and len(inner) > 3 else len(inner) - 1


def _spread_and_calculated_with(inputs: Sequence[Tensor], operations: Sequence[Operation]) -> set[Tensor]:
    """What is spread so that something is calculated with it alone, before it meets what the model reads."""
    fed, found = set(inputs), set[Tensor]()
    spread: dict[Tensor, Tensor] = {}
    for operation in operations:
        given = [tensor for tensor in operation.inputs if tensor is not None]
        if not fed.isdisjoint(given):
            fed.update(operation.outputs)
        elif operation.name not in TURNING:
            found.update(spread[tensor] for tensor in given if tensor in spread)
        elif given and given[0] in spread:
            spread.update(dict.fromkeys(operation.outputs, spread[given[0]]))
        elif operation.name in ("expand", "repeat"):
            spread[operation.output] = operation.output
    return found


def _arrays_among(values: Sequence[Value]) -> tuple[Fixed, ...]:
    """The arrays of the file that are read, each once."""
    arrays: dict[tuple[str, int], Fixed] = {}
    for value in values:
        for array in (value,) if isinstance(value, Fixed) else value.arrays if isinstance(value, Derived) else ():
            arrays.setdefault((array.constant.identity, id(array.constant)), array)
    return tuple(arrays.values())


def _calculations(values: Sequence[Value]) -> frozenset[Operation]:
    """The operations that calculate what is read of arrays of the file."""
    return frozenset().union(*(value.operations for value in values if isinstance(value, Derived)))


def _macs_once(calculations: Iterable[Operation]) -> list[int | None]:
    """The multiply-adds of what is calculated from constants: once, or for each sample where it is spread over an open
    batch (a size that is in no other product)."""
    found = [(operation_macs(each, BATCH), each) for each in calculations]
    return [operation_macs(each, 1) if macs is None else macs for macs, each in found]


def _maker(source: Source) -> Source:
    """The layer or input that makes an output."""
    return source.layer if isinstance(source, DraftOutput) else source


def _numbers_of(view: View) -> list[int] | None:
    """The axes of the output that those of a tensor are, where each is a whole one; None otherwise."""
    wholes = {view.whole(number): number for number in range(view.channel_axis + 1) if view.whole(number)}
    if any(axis and axis not in wholes for axis in view.axes):
        return None
    lone = (number for number in range(view.channel_axis + 1) if not view.whole(number))
    return [wholes[axis] if axis else next(lone) for axis in view.axes]


def _cut(axis: Sequence[Factor], outer: int) -> tuple[tuple[Factor, ...], tuple[Factor, ...]] | None:
    """An axis in two, the outer one of this size."""
    parts = regrouped(axis, (outer, axis_size(axis) // outer))
    return None if parts is None else (parts[0], parts[1])
