"""Small ONNX models, made with the `onnx` package."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from cnncalc.importing.onnx.reader import read_onnx
from cnncalc.importing.operations import OperationGraph

TYPES = {"float": TensorProto.FLOAT, "int64": TensorProto.INT64, "bool": TensorProto.BOOL}


def model(
    nodes: list[Any],
    inputs: dict[str, Any],
    outputs: list[str],
    arrays: dict[str, np.ndarray] | None = None,
    opset: int = 18,
    **others: Any,
) -> onnx.ModelProto:
    """A model. An input is its sizes, with a name for each open one; sizes of outputs are left out."""
    graph = helper.make_graph(
        nodes,
        "a_graph",
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, sizes) for name, sizes in inputs.items()],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs],
        [numpy_helper.from_array(np.asarray(array), name) for name, array in (arrays or {}).items()],
        value_info=others.pop("value_info", []),
    )
    imports = [helper.make_opsetid("", opset), *others.pop("opsets", [])]
    return helper.make_model(graph, opset_imports=imports, ir_version=10, **others)


def single(operator: str, *inputs: Any, opset: int = 18, outputs: int = 1, domain: str = "", **attributes: Any):
    """A model of one node. A tuple is an input of these sizes, whose first is the batch; an array is an initializer;
    None is left out."""
    names, given, arrays = [], {}, {}
    for place, each in enumerate(inputs):
        name = "" if each is None else f"in{place}"
        names.append(name)
        if isinstance(each, tuple):
            given[name] = ("N", *each[1:]) if each else ()
        elif each is not None:
            arrays[name] = np.asarray(each)
    results = [f"out{place}" for place in range(outputs)]
    node = helper.make_node(operator, names, results, "it", domain=domain, **attributes)
    return model([node], given, results, arrays, opset)


def saved(proto: onnx.ModelProto, folder: Path) -> str:
    """The path of a file that has the model."""
    path = folder / "model.onnx"
    path.write_bytes(proto.SerializeToString())
    return str(path)


def read(proto: onnx.ModelProto, folder: Path, **sizes: tuple[int, ...]) -> OperationGraph:
    """A model as our reader reads it."""
    return read_onnx(saved(proto, folder), sizes or None)
