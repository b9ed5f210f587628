"""ONNX files that were written, run by ONNX Runtime: its values next to ours."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import onnx
import onnxruntime
from forward.running import close, drawn

import cnncalc
from cnncalc.forward.engines.arrays import Arrays
from cnncalc.forward.run.executor import Weights, steps
from cnncalc.forward.run.weights import flat
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


def run(content: bytes, inputs: Mapping[str, np.ndarray]) -> list[np.ndarray]:
    """The outputs of a file, (batch, *positions, channels)."""
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    given = {}
    for each in session.get_inputs():
        array = inputs[each.name]
        array = np.moveaxis(array, -1, 1) if array.ndim > 2 else array
        given[each.name] = array.astype("int64" if each.type == "tensor(int64)" else "float32")
    return [np.moveaxis(each, 1, -1) if each.ndim > 2 else each for each in session.run(None, given)]


def smallest(spec: Spec) -> Spec:
    """The spec with a small input, if it takes one."""
    axes = {len(node.output.spatial) for node in spec.graph.inputs}
    for size in (32, 64, 96, 128) if len(axes) == 1 and axes <= {2, 3} else ():
        try:
            return cnncalc.load(
                spec.source.name, input="x".join([str(size)] * len(spec.graph.inputs[0].output.spatial))
            )
        except cnncalc.SpecError:
            continue
    return spec


def check_values(spec: Spec, tolerance: float = 1e-5, is_deep: bool = False) -> None:
    """What a model's file gives, with weights of which none is 0 or 1 by default, is what we calculate.

    Args:
        is_deep: whether the weights are divided so that sums stay as large as what they are made of. Where single
            precision alone is further from double precision than the tolerance, twice that is allowed.
    """
    weights, inputs = drawn(spec.graph, 1), inputs_of(spec)
    for array in (each for arrays in weights.values() for each in arrays.values() if is_deep):
        array /= np.sqrt(np.prod(array.shape[:-1]))
    content = cnncalc.export(spec, "onnx", weights=flat(weights))
    assert isinstance(content, bytes)
    onnx.checker.check_model(onnx.load_from_string(content), full_check=True)
    theirs = dict(zip([node.name for node in spec.graph.output_nodes], run(content, inputs), strict=True))
    ours = _outputs(spec, inputs, weights, "float32")
    double = _outputs(spec, inputs, weights, "float64") if is_deep else ours
    for name, own in ours.items():
        exact = double[name]
        error = float(np.abs(own - exact).max(initial=0)) / max(1.0, float(np.abs(exact).max(initial=0)))
        close(exact, theirs[name], max(tolerance, 2 * error))


def _outputs(spec: Spec, inputs: Mapping[str, np.ndarray], weights: Weights, dtype: str) -> dict[str, np.ndarray]:
    """What the outputs of a model are, calculated in a type of numbers."""
    wanted = {node.name for node in spec.graph.output_nodes}
    given = {name: array.astype(dtype) for name, array in inputs.items()}
    own = {layer: {name: array.astype(dtype) for name, array in each.items()} for layer, each in weights.items()}
    found = steps(spec.graph, given, own, Arrays(spec.order, dtype))
    return {step.node.name: step.output for step in found if step.node.name in wanted}
