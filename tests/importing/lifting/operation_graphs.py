"""Graphs of operations made by hand, their values in PyTorch, and those of the layers that they are lifted to."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cnncalc.forward.run.given import given_arrays
from cnncalc.forward.run.network import prepare
from cnncalc.importing.draft import Draft, DraftLayer
from cnncalc.importing.flat import in_rows
from cnncalc.importing.lifting._lifting import lift
from cnncalc.importing.lifting._views import SPREAD, View
from cnncalc.importing.lifting._walk import Walk
from cnncalc.importing.operations import BATCH, Constant, Operation, OperationGraph, Tensor
from cnncalc.importing.stored import Stored
from cnncalc.source.files import Source
from cnncalc.spec.reader import read

torch = pytest.importorskip("torch")
F = torch.nn.functional

SAMPLES = 2
"""So many are calculated."""


class Graph:
    """A graph that is put together one operation after the other."""

    def __init__(self, seed: int = 0, batch: int = BATCH) -> None:
        self.graph = OperationGraph("model.pt2", batch)
        self.random = np.random.default_rng(seed)
        self._count = 0

    @property
    def batch(self) -> int:
        return self.graph.batch

    def input(self, *sizes: int, name: str = "x") -> Tensor:
        tensor = Tensor(name, (self.batch, *sizes), stated=True)
        self.graph.inputs.append(tensor)
        return tensor

    def array(self, *sizes: int, values: Any = None, is_parameter: bool = True, dtype: str = "float32") -> Tensor:
        """An array of the file."""
        self._count += 1
        numbers = np.asarray(self.random.normal(size=sizes) if values is None else values, dtype).reshape(sizes)
        few = numbers.ravel().tolist() if numbers.size <= 1000 else None
        stored = Stored(sizes, dtype, numbers.tobytes)
        constant = Constant(stored, few, is_parameter=is_parameter, identity=f"p{self._count}")
        return Tensor(f"p{self._count}", sizes, dtype, constant)

    def do(self, name: str, *inputs: Tensor | None, outputs: int = 1, **settings: Any) -> Any:
        """An operation; its sizes are those that PyTorch makes."""
        self._count += 1
        made = made_in_torch(name, inputs, settings)
        tensors = [
            Tensor(f"t{self._count}_{index}", sizes, dtype, stated=True)
            for index, (sizes, dtype) in enumerate(made[:outputs])
        ]
        place = f"node {self._count} ({name})"
        self.graph.add(Operation(name, inputs, tensors, settings, name, place))
        return tensors[0] if outputs == 1 else tensors

    def reshape(self, x: Tensor, *sizes: int) -> Tensor:
        return self.do("reshape", x, sizes=sizes)  # type: ignore[no-any-return]

    def transpose(self, x: Tensor, *axes: int) -> Tensor:
        return self.do("transpose", x, axes=axes)  # type: ignore[no-any-return]

    def conv(
        self, x: Tensor, filters: int, kernel: int = 1, stride: int = 1, groups: int = 1, bias: bool = True
    ) -> Tensor:
        assert x.sizes
        rank = len(x.sizes) - 2
        weight = self.array(filters, x.sizes[1] // groups, *(kernel,) * rank)
        border = ((kernel // 2, kernel // 2),) * rank
        own = {"stride": (stride,) * rank, "padding": border, "dilation": (1,) * rank, "groups": groups}
        return self.do("conv", x, weight, self.array(filters) if bias else None, **own)  # type: ignore[no-any-return]

    def linear(self, x: Tensor, units: int) -> Tensor:
        assert x.sizes
        return self.do("linear", x, self.array(units, x.sizes[-1]), self.array(units))  # type: ignore[no-any-return]

    def returning(self, *outputs: Tensor) -> OperationGraph:
        self.graph.outputs = [*outputs]
        return self.graph


# -- in PyTorch


def made_in_torch(name: str, inputs: Any, settings: dict[str, Any]) -> list[tuple[tuple[int, ...], str]]:
    """The sizes and types of an operation's outputs."""

    def empty(tensor: Tensor | None) -> Any:
        return None if tensor is None else torch.empty(tensor.sizes, dtype=getattr(torch, tensor.dtype), device="meta")

    made = run_operation(name, [empty(tensor) for tensor in inputs], settings)
    return [(tuple(each.shape), str(each.dtype).removeprefix("torch.")) for each in made]


def array_of(tensor: Tensor) -> np.ndarray[Any, Any]:
    """The numbers of an array of the file."""
    assert tensor.constant
    assert tensor.constant.stored
    return taken(tensor.constant.stored)


def values_in_torch(graph: OperationGraph, inputs: dict[str, Any]) -> dict[Tensor, Any]:
    """The values of all tensors."""
    values: dict[Tensor, Any] = {tensor: torch.from_numpy(inputs[tensor.name]) for tensor in graph.inputs}
    count = len(next(iter(inputs.values())))
    for operation in graph.operations:
        read = []
        for tensor in operation.inputs:
            if tensor is not None and tensor.constant is not None and tensor not in values:
                values[tensor] = torch.tensor(array_of(tensor).astype(np.float64 if "float" in tensor.dtype else int))
            read.append(None if tensor is None else values[tensor])
        settings = {**operation.settings}
        if graph.batch == BATCH and "sizes" in settings and operation.name in ("reshape", "expand"):
            settings["sizes"] = tuple(
                size * count // BATCH if size % BATCH == 0 else size for size in settings["sizes"]
            )
        made = run_operation(operation.name, read, settings)
        values.update(zip(operation.outputs, made, strict=False))
    return values


def run_operation(name: str, x: list[Any], settings: dict[str, Any]) -> list[Any]:
    """An operation of the vocabulary, in PyTorch."""

    def bordered(value: float = 0) -> Any:
        pairs = [each for pair in reversed(settings["padding"]) for each in pair]
        return F.pad(x[0], pairs, value=value)

    def windowed(kind: str) -> Any:
        rank = x[0].ndim - 2
        return getattr(F, f"{kind}{rank}d")

    s = settings
    if name == "conv":
        return [windowed("conv")(bordered(), x[1], x[2], s["stride"], 0, s["dilation"], s["groups"])]
    if name == "conv_transpose":
        assert all(a == b for a, b in s["padding"])
        cut = tuple(a for a, _ in s["padding"])
        own = (x[1], x[2], s["stride"], cut, s["output_padding"], s["groups"], s["dilation"])
        return [windowed("conv_transpose")(x[0], *own)]
    if name == "linear":
        return [F.linear(*x)]
    if name == "matmul":
        return [x[0] @ x[1]]
    if name == "batch_norm":
        return [F.batch_norm(x[0], x[3], x[4], x[1], x[2], False, 0, s["epsilon"])]
    if name == "layer_norm":
        sizes = tuple(x[0].shape[axis] for axis in s["axes"])
        return [F.layer_norm(x[0], sizes, x[1], x[2], s["epsilon"])]
    if name == "group_norm":
        return [F.group_norm(x[0], s["groups"], x[1], x[2], s["epsilon"])]
    if name == "max_pool":
        made = windowed("max_pool")(
            bordered(-torch.inf), s["window"], s["stride"], 0, 1, s["ceil"], return_indices=True
        )
        return list(made)
    if name == "avg_pool":
        cut = tuple(a for a, _ in s["padding"])
        return [windowed("avg_pool")(x[0], s["window"], s["stride"], cut, s["ceil"], s["count_padding"])]
    if name in ("adaptive_avg_pool", "adaptive_max_pool"):
        return [windowed(name)(x[0], s["size"])]
    if name == "reduce":
        how = {"mean": "mean", "sum": "sum", "max": "amax", "min": "amin"}
        if s["how"] == "l2":
            return [torch.linalg.vector_norm(x[0], 2, s["axes"], s["keep_dims"])]
        return [getattr(torch, how[s["how"]])(x[0], s["axes"], s["keep_dims"])]
    if name in ("softmax", "log_softmax"):
        return [getattr(F, name)(x[0], s["axis"])]
    if name == "glu":
        return [F.glu(x[0], s["axis"])]
    if name == "prelu":
        return [F.prelu(*x)]
    if name == "reshape":
        return [x[0].reshape(s["sizes"])]
    if name == "transpose":
        return [x[0].permute(s["axes"])]
    if name == "expand":
        return [x[0].expand(s["sizes"])]
    if name == "slice":
        index = [slice(None)] * x[0].ndim
        index[s["axis"]] = slice(s["start"], s["stop"], s["step"])
        return [x[0][tuple(index)]]
    if name == "split":
        return list(torch.split(x[0], s["sizes"], s["axis"]))
    if name == "concat":
        return [torch.cat(x, s["axis"])]
    if name == "pad":
        pairs = [each for pair in reversed(s["pairs"]) for each in pair]
        mode = s["mode"]
        if mode != "constant":
            while pairs and len(pairs) > 2 * (x[0].ndim - 2):
                assert not any(pairs[-2:])
                pairs = pairs[:-2]
            return [F.pad(x[0], pairs, mode)]
        return [F.pad(x[0], pairs, value=s.get("value") or 0)]
    if name == "resize":
        mode = {"linear": {1: "linear", 2: "bilinear", 3: "trilinear"}[x[0].ndim - 2], "nearest": "nearest"}[s["mode"]]
        return [F.interpolate(x[0], s["size"], mode=mode)]
    if name == "depth_to_space":
        return [F.pixel_shuffle(x[0], s["block"])]
    if name == "embedding":
        return [F.embedding(x[0], x[1])]
    if name == "clip":
        return [x[0].clamp(*s["bounds"])]
    if name in ("add", "sub", "mul", "div", "maximum", "minimum"):
        return [getattr(torch, name)(*x)]
    if name == "roll":
        return [torch.roll(x[0], s["shifts"], s["axes"])]
    if name == "max_unpool":
        return [F.max_unpool2d(x[0], x[1], 2, output_size=s["size"])]
    if name in ("relu", "sigmoid", "tanh", "exp", "silu", "neg"):
        own = F.silu if name == "silu" else getattr(torch, name)
        return [own(x[0])]
    raise NotImplementedError(name)


# -- as layers


def taken(stored: Stored) -> np.ndarray[Any, Any]:
    """The numbers of an array after its steps."""
    array = _stepped(np.frombuffer(stored.read(), stored.dtype).reshape(stored.sizes), stored.steps)
    if not stored.joined:
        return array
    return _stepped(np.concatenate([array, *map(taken, stored.joined)], stored.along), stored.steps_after)


def _stepped(array: np.ndarray[Any, Any], steps: Any) -> np.ndarray[Any, Any]:
    for step, argument in steps:
        if step == "reshape":
            array = array.reshape(argument)
        elif step == "transpose":
            array = array.transpose(argument)
        elif step == "multiply":
            array = array * argument
        elif step == "divide_by_norm":
            array = array / np.sqrt(np.square(array).sum(argument, keepdims=True))
        elif step == "divide_by_spectral_norm":
            ways, u, v = argument
            array = array / np.einsum("i,ij,j", taken(u), _stepped(array, ways), taken(v))
        else:
            axis, start, stop = argument
            array = array.take(range(start, stop), axis)
    return array


def outputs_of(draft: Draft, inputs: dict[str, Any]) -> dict[object, np.ndarray[Any, Any]]:
    """The arrays of all inputs and layers, (batch, *positions, channels)."""
    written = in_rows(draft)
    spec, findings = read(Source("model.yaml", written.text))
    assert spec is not None, "\n".join([written.text, *(each.message for each in findings)])
    arrays = {
        f"{written.names[layer]}.{name}": taken(stored)
        for layer in draft.layers
        if not layer.shares
        for name, stored in layer.weights.items()
    }
    placed = {}
    for given in draft.inputs:
        name = "input" if len(draft.inputs) == 1 else given.name
        placed[name] = inputs[given.name]
    given = given_arrays("inputs", placed if len(placed) > 1 else {"": next(iter(placed.values()))})
    network = prepare(spec, given, given_arrays("weights", arrays) if arrays else None, 0, "float64", True)
    names = {name: layer for layer, name in written.names.items()}
    made: dict[object, Any] = {}
    for node, array in network.tensors():
        if node.layer is None:
            made[next(each for each in draft.inputs if len(draft.inputs) == 1 or each.name == node.name)] = array
        elif node.name in names:
            layer = names[node.name]
            made[layer] = array
            if layer.output is not None:
                assert node.output == layer.output, (node.name, layer.output, node.output, written.text)
            if layer.params is not None and not layer.shares:
                assert sum(np.prod(each.shape) for each in node.weights.values()) == layer.params, written.text
    return made


def seen(array: np.ndarray[Any, Any], view: View) -> np.ndarray[Any, Any]:
    """A tensor of the file, from the output that it is a view of."""
    sizes, strides = [], []
    for axis in view.axes:
        for factor in axis:
            sizes.append(len(array) if factor.axis == 0 else factor.size)
            strides.append(0 if factor.axis == SPREAD else array.strides[factor.axis] * factor.step)
    made = np.lib.stride_tricks.as_strided(array, sizes, strides)
    own = []
    for axis in view.axes:
        size = 1
        for factor in axis:
            size *= len(array) if factor.axis == 0 else factor.size
        own.append(size)
    return made.reshape(own)


def check_values(graph: OperationGraph) -> Draft:
    """Checks that every tensor has the values that PyTorch gives it; returns the draft."""
    random = np.random.default_rng(1)
    walk = Walk(graph)
    draft = walk.whole()
    inputs = {}
    for tensor in graph.inputs:
        assert tensor.sizes
        sizes = (SAMPLES if graph.batch == BATCH else graph.batch, *tensor.sizes[1:])
        is_ids = "int" in tensor.dtype
        inputs[tensor.name] = random.integers(0, 5, sizes) if is_ids else random.normal(size=sizes)
    if draft.not_understood:
        return draft
    wanted = values_in_torch(graph, inputs)
    placed = {}
    for tensor, given in zip(graph.inputs, draft.inputs, strict=True):
        view = walk.begun[tensor]
        order = [axis[0].axis if axis else None for axis in view.axes]
        rest = iter(number for number in range(len(order)) if number not in order)
        full = [next(rest) if number is None else number for number in order]
        places = [full.index(number) for number in range(len(full))]
        array = inputs[tensor.name].transpose(places)
        placed[given.name] = array if draft.layout == "channels_last" else np.moveaxis(array, -1, 1)
    made = outputs_of(draft, placed)
    compared = 0
    for tensor, value in walk.values.items():
        if isinstance(value, View) and value.source in made and tensor in wanted:
            own = made[value.source]
            if own.shape[1:] != value.shape.sizes("channels_last"):
                continue  # (a pool that lost its positions)
            assert np.allclose(seen(own, value), wanted[tensor].numpy(), atol=1e-6), (
                tensor,
                value.axes,
                in_rows(draft).text,
            )
            compared += 1
    for tensor, source in zip(graph.outputs, draft.outputs, strict=True):
        if source not in made:
            continue  # after an opaque layer
        own, other = made[source], wanted[tensor].numpy()
        assert own.size == other.size
        assert np.allclose(np.sort(own.ravel()), np.sort(other.ravel()), atol=1e-6)
    assert compared
    return draft


def kinds(draft: Draft) -> list[str]:
    return [layer.kind for layer in draft.layers]


def layer_of(draft: Draft, kind: str) -> DraftLayer:
    return next(layer for layer in draft.layers if layer.kind == kind)


__all__ = ["Graph", "check_values", "kinds", "layer_of", "lift"]
