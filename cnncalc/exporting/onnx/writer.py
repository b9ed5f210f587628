"""A model as an ONNX file, by the `onnx` package; its operations are what the kinds say (`onnx.py` of each family)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from cnncalc.exporting.exported import Exported
from cnncalc.exporting.findings import not_expressible
from cnncalc.forward.run.network import weight_bytes, weights_alone
from cnncalc.layers import part
from cnncalc.layers.equals import NoEqual
from cnncalc.layers.onnx import OPSET, OnnxGraph, OnnxNode
from cnncalc.source.diagnostics import START, Diagnostic, SpecError
from cnncalc.version import __version__

if TYPE_CHECKING:
    from cnncalc.exporting.exported import Wishes
    from cnncalc.graph import Graph, Node
    from cnncalc.spec.reader import Spec

MAX_BYTES = 2**31 - 1
"""Of a file in the format that ONNX has: an int32 says how long it is."""


def as_onnx(spec: Spec, wishes: Wishes) -> Exported:
    """The bytes of an ONNX file with the weights that are given, or imported, or drawn.

    Raises:
        SpecError: the `onnx` package is missing, layers have no operators there, or the file would be too large.
        DataError: weights do not fit.
    """
    try:
        import onnx
    except ImportError:
        raise _missing(spec) from None
    size = weight_bytes(spec.graph)
    if size > MAX_BYTES:
        message = "an ONNX file of more than 2 GiB cannot be written"
        would = f"{message}; this one would have {size / 2**30:.2f} GiB of weights"
        raise SpecError([Diagnostic("CNN156", would, spec.source.name, START)])
    operations = _operations(spec, wishes)
    made = {name for each in operations.items for name in each.outputs}
    outputs = spec.graph.output_nodes
    inside = [node for node in spec.graph.nodes if node.name in made and node not in outputs]
    graph = onnx.helper.make_graph(
        [_node(each) for each in operations.items],
        spec.name,
        [_tensor(node, _is_ids(node, spec.graph)) for node in spec.graph.inputs],
        [_tensor(node) for node in outputs],
        [onnx.numpy_helper.from_array(array, name) for name, array in operations.initializers.items()],
        doc_string=spec.description,
        value_info=[_tensor(node) for node in inside],
    )
    model = onnx.helper.make_model(
        graph,
        producer_name="cnncalc",
        producer_version=__version__,
        opset_imports=[onnx.helper.make_opsetid("", OPSET)],
        ir_version=10,  # of the same release as the operators
    )
    return Exported(model.SerializeToString(deterministic=True))


def _missing(spec: Spec) -> SpecError:
    message = "ONNX files are written by the `onnx` package, which is not installed"
    help = 'pip install "cnncalc[onnx]"'
    return SpecError([Diagnostic("CNN155", message, spec.source.name, START, "", (help,))])


def _operations(spec: Spec, wishes: Wishes) -> OnnxGraph:
    """The operations of all layers. What inputs, layers and outputs give is called like these."""
    graph = spec.graph
    writers, findings = {}, []
    for node in graph.nodes:
        writer = part(node.kind, "onnx")
        if writer is None:
            findings.append(not_expressible(spec, node, "ONNX", _reason(node)))
        writers[node] = writer
    if findings:
        raise SpecError(findings)
    weights = weights_alone(spec, wishes.weights, wishes.seed)
    operations = OnnxGraph(graph.inputs[0].name)
    results: dict[Node, str] = {node: node.name for node in graph.inputs}
    for node in graph.nodes:
        owner = node.shares or node
        layout = node.rules.order if node.rules else spec.order
        tensors = [results[each] for each in node.inputs]
        writer = writers[node](
            operations,
            node.name,
            node.layer,
            node.input_shapes,
            node.output,
            layout,
            tensors,
            weights.get(owner.name, {}),
            owner.name,
        )
        try:
            results[node] = _named(operations, writer.write(), node.name)
        except NoEqual as reason:
            findings.append(not_expressible(spec, node, "ONNX", str(reason)))
            results[node] = node.name
    if findings:
        raise SpecError(findings)
    for node in graph.output_nodes:
        if results[node] != node.name:
            operations.add("Identity", (results[node],), (node.name,), {})
    return operations


def _reason(node: Node) -> str:
    assert node.layer
    return "nobody knows what it calculates" if node.layer.is_opaque else "ONNX has no operators for it"


def _named(operations: OnnxGraph, result: str, name: str) -> str:
    """Calls the tensor that a layer ends in like the layer; one that it only passes on keeps its name."""
    last = operations.items[-1]
    if result not in last.outputs:
        return result
    outputs = tuple(name if each == result else each for each in last.outputs)
    operations.items[-1] = last._replace(outputs=outputs)
    return name


def _is_ids(node: Node, graph: Graph) -> bool:
    """Whether an input is read as the numbers of rows of a table."""
    return any(node in each.inputs and each.layer is not None and each.layer.ids() is not None for each in graph.nodes)


def _tensor(node: Node, is_ids: bool = False) -> Any:
    """What is known of a tensor, which has any number of samples."""
    from onnx import TensorProto, helper

    kind = TensorProto.INT64 if is_ids else TensorProto.FLOAT
    return helper.make_tensor_value_info(node.name, kind, ["batch", *node.output.sizes("channels_first")])


def _node(operation: OnnxNode) -> Any:
    from onnx import TensorProto, helper, numpy_helper

    attributes = dict(operation.attributes)
    if isinstance(value := attributes.get("value"), np.ndarray):
        attributes["value"] = numpy_helper.from_array(value)
    if "to" in attributes:
        attributes["to"] = getattr(TensorProto, attributes["to"])
    inputs = [*operation.inputs]
    while inputs and not inputs[-1]:
        inputs.pop()
    return helper.make_node(operation.operator, inputs, [*operation.outputs], name=operation.outputs[0], **attributes)
