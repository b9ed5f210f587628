"""ONNX files that were written, run by ONNX Runtime: its values next to ours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod

import numpy as np
import onnx
import onnxruntime
from forward.running import close, drawn

import cnncalc
from cnncalc.forward.engines.arrays import Arrays
from cnncalc.forward.run.executor import Weights, steps
from cnncalc.forward.run.weights import flat
from cnncalc.graph import Node
from cnncalc.spec.reader import Spec

onnxruntime.set_default_logger_severity(4)


def inputs_of(spec: Spec, samples: int = 2) -> dict[str, np.ndarray]:
    """Values for each input, (batch, *positions, channels): ids where a table is read."""
    draw = np.random.default_rng(0)
    shapes = {node.name: (samples, *node.output.sizes("channels_last")) for node in spec.graph.inputs}
    counts = [count for node in spec.graph.nodes if node.layer and (count := node.layer.ids())]
    if counts:
        return {name: draw.integers(0, counts[0], shape).astype("float32") for name, shape in shapes.items()}
    return {name: draw.standard_normal(shape).astype("float32") for name, shape in shapes.items()}


def run(content: bytes, inputs: Mapping[str, np.ndarray], names: Sequence[str] | None = None) -> list[np.ndarray]:
    """The outputs of a file, or some of them, (batch, *positions, channels)."""
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    given = {}
    for each in session.get_inputs():
        array = inputs[each.name]
        array = np.moveaxis(array, -1, 1) if array.ndim > 2 else array
        given[each.name] = array.astype("int64" if each.type == "tensor(int64)" else "float32")
    return [np.moveaxis(each, 1, -1) if each.ndim > 2 else each for each in session.run(names, given)]


def exported(spec: Spec, weights: Weights) -> bytes:
    """The file of a model with these weights."""
    content = cnncalc.export(spec, "onnx", weights=flat(weights))
    assert isinstance(content, bytes)
    return content


def check_values(spec: Spec, tolerance: float = 1e-5) -> None:
    """What a model's file gives, with weights of which none is 0 or 1 by default, is what we calculate."""
    weights, inputs = drawn(spec.graph, 1), inputs_of(spec)
    content = exported(spec, weights)
    onnx.checker.check_model(onnx.load_from_string(content), full_check=True)
    theirs = dict(zip([node.name for node in spec.graph.output_nodes], run(content, inputs), strict=True))
    for step in steps(spec.graph, inputs, weights, Arrays(spec.order, "float32")):
        if step.node in spec.graph.output_nodes:
            close(step.output, theirs[step.node.name], tolerance)


def check_layers(spec: Spec, tolerance: float = 1e-4) -> bytes:
    """A model's file, of which each layer has the shape that we say and the values that we calculate.

    Args:
        tolerance: relative to the largest value of a layer.
    """
    inputs = inputs_of(spec)
    weights, ours = settled(spec, inputs)
    content = exported(spec, weights)
    model = onnx.load_from_string(content)
    onnx.checker.check_model(model, full_check=True)
    assert wrong_shapes(spec, model) == []
    made = {name for node in model.graph.node for name in node.output}
    names = [name for name in ours if name in made]
    outputs = [each.name for each in model.graph.output]
    model.graph.output.extend(onnx.ValueInfoProto(name=name) for name in names if name not in outputs)
    theirs = dict(zip(names, run(model.SerializeToString(), inputs, names), strict=True))
    differences = {name: _difference(ours[name], values) for name, values in theirs.items()}
    assert {name: each for name, each in differences.items() if not each <= tolerance} == {}
    for name, values in zip(outputs, run(content, inputs), strict=True):  # as a user runs it, with layers joined
        assert _difference(ours[name], values) <= tolerance, name
    return content


def settled(spec: Spec, inputs: Mapping[str, np.ndarray]) -> tuple[Weights, dict[str, np.ndarray]]:
    """Weights with which values keep their size from layer to layer, and what each layer gives with them.

    Values that grow without a bound make steps of sigmoids, and of the last digit of one the first of the next: so
    norms have statistics of about what they read, as after training.
    """
    weights = drawn(spec.graph, 1)
    draw = np.random.default_rng(2)
    for arrays in weights.values():
        for name, array in arrays.items():
            if name == "scale":
                array[...] = draw.uniform(0.5, 1.5, array.shape)
            else:
                array /= np.float32(np.sqrt(prod(array.shape[:-1])))
    norms: dict[Node, list[Node]] = {}
    for node in spec.graph.nodes:
        if "variance" in weights.get(node.name, {}):
            norms.setdefault(node.inputs[0], []).append(node)
    found = {}
    for step in steps(spec.graph, inputs, weights, Arrays(spec.order, "float32")):
        found[step.node.name] = step.output
        for norm in norms.get(step.node, ()):
            statistics = weights[norm.name]
            statistics["variance"][...] = draw.uniform(0.5, 1.5, statistics["variance"].shape) * step.output.var()
            statistics["mean"] *= step.output.std()
    return weights, found


def _difference(ours: np.ndarray, theirs: np.ndarray) -> float:
    """How far apart two arrays are at most, relative to the largest value of ours."""
    assert ours.shape == theirs.shape
    return float(np.abs(ours - theirs).max() / (np.abs(ours).max() or 1))


def wrong_shapes(spec: Spec, model: onnx.ModelProto) -> list[str]:
    """The layers whose tensors are of another shape than ours, by the rules of the operators alone.

    MaxUnpool has no rule where its output is also cut: there, and behind it, nothing is known.
    """
    bare = onnx.ModelProto()
    bare.CopyFrom(model)
    del bare.graph.value_info[:]
    found = onnx.shape_inference.infer_shapes(bare, check_type=True, strict_mode=True, data_prop=True).graph
    known = [each for each in [*found.value_info, *found.output] if each.type.tensor_type.HasField("shape")]
    sizes = {each.name: each.type.tensor_type.shape.dim for each in known}
    return [
        f"{node.name}: {[each.dim_param or each.dim_value for each in sizes[node.name]]}"
        for node in spec.graph.nodes
        if node.name in sizes
        and [each.dim_value for each in sizes[node.name]] != [0, *node.output.sizes("channels_first")]
    ]
