"""Recurrent layers: which way they read a sequence, and what is taken of their states."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cnncalc.importing.draft import DraftLayer
from cnncalc.importing.lifting._values import Fixed, Value
from cnncalc.importing.lifting._views import View, view_of
from cnncalc.importing.lifting._walk import Made, Walk, handles
from cnncalc.importing.operations import Operation, Tensor
from cnncalc.importing.stored import Stored, put_together
from cnncalc.settings.shape import Shape

_ORDER = {"lstm": (0, 1, 2, 3), "gru": (1, 0, 2), "rnn": (0,)}
"""Which of PyTorch's gates is our first, second, …"""
_DIRECTIONS = {1: 1, 2: 2, "forward": 1, "both": 2}


@handles(*_ORDER)
def recurrent(walk: Walk, operation: Operation) -> Made:
    """`lstm`, `gru`, `rnn`: the states at all positions, or those after the last one."""
    found = _as_one(walk, operation) or _one_by_one(walk, operation)
    batch_axis = 0 if operation.settings["batch_first"] else 1
    return found or walk.unknown(operation, (batch_axis, 1, 1))


def _one_by_one(walk: Walk, operation: Operation) -> list[Value | None] | None:
    """Stacked layers, each as a layer of its own: where the last states of the lower ones are read too."""
    settings, batch = operation.settings, walk.graph.batch
    layers, units, directions = settings["layers"], settings["hidden"], _DIRECTIONS.get(settings["directions"])
    if layers == 1 or directions is None or settings.get("merged") or any(operation.inputs[1:3]):
        return None
    if any(walk.readers[cell] for cell in operation.outputs[2:]):
        return None
    x, arrays = operation.inputs[0], dict(zip(settings["arrays"], operation.inputs[3:], strict=True))
    sequence, last = operation.outputs[:2]
    ends, made = [], None
    for number in range(layers):
        own = {name.replace(f"_l{number}", "_l0"): each for name, each in arrays.items() if f"_l{number}" in name}
        outputs = [Tensor(each.name, each.sizes, each.dtype) for each in operation.outputs]
        walk.readers[outputs[0]] = walk.readers[sequence] if number == layers - 1 else 1
        walk.readers[outputs[1]] = 1
        one = {**settings, "layers": 1, "arrays": tuple(own)}
        inputs = [x, None, None, *own.values()]
        made = _as_one(
            walk, Operation(operation.name, inputs, outputs, one, operation.called, operation.place, operation.path)
        )
        end = made and made[1]
        if made is None or not isinstance(end, View):
            return None
        vector = end.transposed((1, 0, 2)).reshaped((batch, directions * units))
        assert vector
        ends.append(vector)
        if made[0] is not None:
            walk.values[outputs[0]] = made[0]
        x = outputs[0]
    whole = Shape((), layers * directions * units)
    joined = view_of(walk.add("concat", ends, whole, axis="channels"), whole, batch, (0, 1))
    rows = joined.reshaped((batch, layers * directions, units))
    assert made
    assert rows
    return [made[0], rows.transposed((1, 0, 2)) if walk.readers[last] else None]


def _as_one(walk: Walk, operation: Operation) -> list[Value | None] | None:
    settings = operation.settings
    directions = _DIRECTIONS.get(settings["directions"])
    sequence, last, *cells = [*operation.outputs, None][:3]
    if directions is None or any(cell and walk.readers[cell] for cell in cells) or sequence is None:
        return None
    if operation.name == "gru" and not settings.get("reset_after", True) and _biases(settings["arrays"]):
        return None
    if last is not None and walk.readers[last] and not _is_at_hand(walk, operation, directions):
        return None
    x = operation.inputs[0]
    axis = 1 if settings["batch_first"] else 0
    read = walk.formed(walk.view(x), (axis,), 2) if x else None
    states = None if read is None else _states(walk, operation)
    if read is None or states is None:
        return None
    if merged := settings.get("merged"):
        layer = _layer(walk, operation, read, directions, merged == "last", {**states, "merge": "sum"})
        order = (0, 1) if merged == "last" else (0, 1, 2) if settings["batch_first"] else (1, 0, 2)
        return [view_of(layer, layer.output or read.shape, read.batch, order)]
    is_last = not walk.readers[sequence] and last is not None and bool(walk.readers[last])
    layer = _layer(walk, operation, read, directions, is_last, states)
    return _outputs(walk, operation, layer, read, directions, last)


def _biases(names: tuple[str, ...]) -> bool:
    return any(name.startswith("bias") for name in names)


def _states(walk: Walk, operation: Operation) -> dict[str, Any] | None:
    """The layers that the first state and cell are of, if they are not zero."""
    found: dict[str, Any] = {}
    for name, tensor in zip(("state", "cell"), operation.inputs[1:3], strict=True):
        if tensor is None:
            continue
        view = walk.view(tensor)
        if len(view.axes) != 3:
            return None
        turned = view.transposed((1, 0, 2))
        row = turned.reshaped((turned.sizes[0], turned.sizes[1] * turned.sizes[2]))
        state = row and walk.formed(row, (), 1)
        if state is None:
            return None
        found[name] = walk.read(state)
    return found


def _layer(
    walk: Walk, operation: Operation, read: View, directions: int, is_last: bool, more: dict[str, Any]
) -> DraftLayer:
    settings, units = operation.settings, operation.settings["hidden"]
    arrays = dict(zip(settings["arrays"], operation.inputs[3:], strict=True))
    given: dict[str, Any] = {"units": units}
    given |= {"bidirectional": True} if directions == 2 else {}
    given |= {"output": "last"} if is_last else {}
    given |= {"layers": settings["layers"]} if settings["layers"] > 1 else {}
    given |= {} if _biases(settings["arrays"]) else {"bias": False}
    if operation.name != "gru" and "bias_ih_l0" in arrays and "bias_hh_l0" not in arrays:
        given["recurrent_bias"] = False
    if operation.name == "gru" and not settings.get("reset_after", True):
        given["reset_after"] = False
    if operation.name == "rnn" and settings.get("nonlinearity", "tanh") != "tanh":
        given["nonlinearity"] = settings["nonlinearity"]
    shape = Shape(() if is_last else read.shape.spatial, (1 if "merge" in more else directions) * units)
    own = {name: array for name, tensor in arrays.items() if tensor and (array := walk.constant(tensor))}
    layer = walk.add(operation.name, [read], shape, own, **given, **more)
    layer.weights = dict(_weights(layer, own, operation.name, units, directions))
    return layer


def _weights(
    layer: DraftLayer, own: dict[str, Fixed], kind: str, units: int, directions: int
) -> Iterator[tuple[str, Stored]]:
    """The arrays by our names, in our order: (in, gates · units), and two rows of biases."""
    layers = layer.settings.get("layers", 1)
    for number in range(layers):
        for direction in range(directions):
            end = f"l{number}" + "_reverse" * direction
            begin = (f"layer{number + 1}_" if layers > 1 else "") + ("forward_", "backward_")[direction] * (
                directions - 1
            )
            for name, ours in (("weight_ih", "kernel"), ("weight_hh", "recurrent_kernel")):
                if stored := _stored(own, f"{name}_{end}"):
                    yield begin + ours, _in_order(stored, kind, units).then(("transpose", (1, 0)))
            biases = [_stored(own, f"{name}_{end}") for name in ("bias_ih", "bias_hh")]
            rows = [gate for each in biases if each for gate in _gates(each, kind, units)]
            if rows:
                whole = put_together(rows)
                yield f"{begin}bias", whole.then(("reshape", (2, len(rows) * units // 2))) if all(biases) else whole


def _stored(own: dict[str, Fixed], name: str) -> Stored | None:
    return own[name].stored if name in own else None


def _in_order(stored: Stored, kind: str, units: int) -> Stored:
    """The gates in our order."""
    return put_together(_gates(stored, kind, units)) if kind == "gru" else stored


def _gates(stored: Stored, kind: str, units: int) -> list[Stored]:
    return [stored.then(("take", (0, gate * units, (gate + 1) * units))) for gate in _ORDER[kind]]


def _outputs(
    walk: Walk, operation: Operation, layer: DraftLayer, read: View, directions: int, last: Tensor | None
) -> list[Value | None] | None:
    """The states at all positions, and the last ones as PyTorch has them: (layers · directions, batch, units)."""
    batch, units = read.batch, operation.settings["hidden"]
    if layer.settings.get("output") == "last":
        return [None, _last_states(walk, operation, view_of(layer, layer.output or Shape((), 1), batch, (0, 1)))]
    shape = Shape(read.shape.spatial, directions * units)
    sequence = view_of(layer, shape, batch, (0, 1, 2) if operation.settings["batch_first"] else (1, 0, 2))
    if last is None or not walk.readers[last]:
        return [sequence]
    return [sequence, _last_states(walk, operation, _ends(walk, layer, shape, batch, directions))]


def _ends(walk: Walk, layer: DraftLayer, shape: Shape, batch: int, directions: int) -> View:
    """The last state of each direction, cut from those at all positions."""
    n, units = shape.spatial[0], shape.channels // directions
    ends = []
    for direction, place in zip(range(directions), (n - 1, 0), strict=False):
        part: DraftLayer = layer
        if directions > 1:
            own = Shape(shape.spatial, units)
            part = walk.add("slice", [part], own, range=(direction * units, (direction + 1) * units), axis="channels")
        one = Shape((1,), units)
        ends.append(walk.add("slice", [part], one, range=(place, place + 1), axis="position"))
    whole = ends[0] if directions == 1 else walk.add("concat", ends, Shape((1,), shape.channels), axis="channels")
    vector = walk.add("flatten", [whole], Shape((), shape.channels))
    return view_of(vector, Shape((), shape.channels), batch, (0, 1))


def _last_states(walk: Walk, operation: Operation, vector: View) -> Value | None:
    """The last states of the uppermost layer in the order of PyTorch; those below are not at hand, only what takes the
    uppermost is."""
    units, layers = operation.settings["hidden"], operation.settings["layers"]
    directions = vector.shape.channels // units
    apart = vector.reshaped((vector.batch, directions, units))
    assert apart
    whole = apart.transposed((1, 0, 2))
    if layers == 1:
        return whole
    for taken in _takers(walk, operation):
        walk.skipped.add(taken)
        walk.values[taken.output] = whole
    return None


def _is_at_hand(walk: Walk, operation: Operation, directions: int) -> bool:
    """Whether nothing but the last states of the uppermost layer is needed."""
    layers = operation.settings["layers"]
    if layers == 1:
        return True
    takers = _takers(walk, operation)
    is_returned = operation.outputs[1] in walk.graph.outputs
    return not is_returned and all(_is_top(taken, layers, directions) for taken in takers)


def _takers(walk: Walk, operation: Operation) -> list[Operation]:
    """The operations that read the last states."""
    last = operation.outputs[1]
    return [each for each in walk.graph.operations if last in each.inputs and walk.readers[each.output]]


def _is_top(taken: Operation, layers: int, directions: int) -> bool:
    if taken.name != "slice" or taken.settings["axis"] != 0:
        return False
    first = (taken.settings["start"] or 0) % (layers * directions)
    return first == (layers - 1) * directions and (taken.output.sizes or (0,))[0] == directions
