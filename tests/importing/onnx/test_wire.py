"""The reader of the wire format against the `onnx` package: the same models, field by field."""

from __future__ import annotations

import random

import numpy as np
import onnx
import pytest
from importing.onnx.models import model
from onnx import AttributeProto, TensorProto, helper, numpy_helper

from cnncalc.importing.onnx._arrays import DTYPES, constant_of
from cnncalc.importing.onnx._messages import (
    GraphMessage,
    InfoMessage,
    ModelMessage,
    NodeMessage,
    TensorMessage,
)
from cnncalc.importing.onnx._wire import Wire


def wire_of(message):
    data = message.SerializeToString()
    return Wire(data, "model.onnx"), (0, len(data))


VALUES = [
    *(0, 1, -1, 127, 128, -(2**63), 2**63 - 1, 300),
    *(0.5, -1e30, 1e-40),
    *("", "a text", "ümläut", b"\xff\x00"),
    *([], [1], [-5, 2**40, 0], [0.25, -3.5], ["a", "b"]),
    *(numpy_helper.from_array(np.arange(6, dtype=np.int64).reshape(2, 3), "t"),),
    helper.make_graph([], "g", [], []),
]


def random_node(draw):
    attributes = {}
    for number in range(draw.randrange(5)):
        value = draw.choice(VALUES)
        attributes[f"a{number}"] = value
    kept = {name: value for name, value in attributes.items() if value != []}
    names = [draw.choice(["", "x", "layer1/conv:0", "η"]) for _ in range(draw.randrange(4))]
    made = helper.make_node(draw.choice(["Conv", "Add"]), names, names[::-1], draw.choice(["", "n"]), **kept)
    for number in range(draw.randrange(3)):
        made.metadata_props.add(key=f"k{number}", value="v" * number)
    made.domain = draw.choice(["", "com.microsoft"])
    return made


@pytest.mark.parametrize("seed", range(30))
def test_random_nodes(seed):
    draw = random.Random(seed)
    proto = random_node(draw)
    wire, span = wire_of(proto)
    found = NodeMessage(wire, span, 0)
    assert (found.operator, found.name, found.domain) == (proto.op_type, proto.name, proto.domain)
    assert (found.inputs, found.outputs) == (list(proto.input), list(proto.output))
    assert found.metadata(wire) == {each.key: each.value for each in proto.metadata_props}
    assert found.attributes.keys() == {each.name for each in proto.attribute}
    for attribute in proto.attribute:
        own = found.attributes[attribute.name]
        if attribute.type == AttributeProto.TENSOR:
            assert TensorMessage(wire, own.tensor).sizes == tuple(attribute.t.dims)
        elif attribute.type == AttributeProto.GRAPH:
            assert [GraphMessage(wire, span).name for span in own.graphs] == ["g"]
        else:
            assert own.value == helper.get_attribute_value(attribute)


def test_lists_of_both_forms():
    """A number each, as ONNX's own schema has it, and all in one piece, as other writers do."""
    one = b"\x0a\x01p" + b"\x40\x02\x40\x03" + b"\xa0\x01\x07"
    packed = b"\x0a\x01p" + b"\x42\x02\x02\x03" + b"\xa0\x01\x07"
    for data in (one, packed):
        assert list(AttributeProto.FromString(data).ints) == [2, 3]
        node = b"\x2a" + bytes([len(data)]) + data
        assert NodeMessage(Wire(node, ""), (0, len(node)), 0).attributes["p"].value == [2, 3]


def test_a_value_that_a_writer_leaves_out():
    """Those of proto3 leave out what is 0."""
    attribute = b"\x0a\x01p\xa0\x01\x02"
    node = b"\x2a" + bytes([len(attribute)]) + attribute
    assert NodeMessage(Wire(node, ""), (0, len(node)), 0).attributes["p"].value == 0


ARRAYS = [
    np.arange(-3, 9, dtype=kind).reshape(3, 4)
    for kind in (np.float32, np.float64, np.float16, np.int8, np.int16, np.int32, np.int64)
] + [np.arange(6, dtype=kind) for kind in (np.uint8, np.uint16, np.uint32, np.uint64)]
ARRAYS += [np.array([True, False, True]), np.array(2.5, np.float32), np.zeros((0, 3), np.float32)]


@pytest.mark.parametrize("array", ARRAYS, ids=lambda array: f"{array.dtype}{array.shape}")
def test_arrays_raw_and_typed(array):
    raw = numpy_helper.from_array(array, "w")
    kind = raw.data_type
    flat = array.reshape(-1)
    if kind == TensorProto.FLOAT16:
        flat = flat.view(np.uint16)  # so that the helper writes numbers
        typed = TensorProto(name="w", dims=array.shape, data_type=kind, int32_data=flat.tolist())
    else:
        typed = helper.make_tensor("w", kind, array.shape, flat.tolist())
    for proto in (raw, typed):
        wire, span = wire_of(proto)
        constant, dtype = constant_of(wire, TensorMessage(wire, span))
        assert (DTYPES[kind], constant.stored.sizes) == (dtype, array.shape)
        np.testing.assert_array_equal(np.array(constant.values, array.dtype), array.reshape(-1))
        if proto is typed:
            assert constant.stored.read() == array.tobytes()


def test_narrow_numbers():
    proto = helper.make_tensor("w", TensorProto.INT4, [5], [-8, 7, 0, 1, -1])
    wire, span = wire_of(proto)
    assert list(constant_of(wire, TensorMessage(wire, span))[0].values) == [-8, 7, 0, 1, -1]
    proto = helper.make_tensor("w", TensorProto.BFLOAT16, [3], [1.5, -2.0, 0.25])
    wire, span = wire_of(proto)
    assert list(constant_of(wire, TensorMessage(wire, span))[0].values) == [1.5, -2.0, 0.25]


def test_models_and_sizes():
    proto = model([helper.make_node("Relu", ["x"], ["y"])], {"x": ("N", 3, None, 5)}, ["y"], opset=21)
    proto.opset_import.append(helper.make_opsetid("com.microsoft", 1))
    proto.producer_name = "somebody"
    wire, span = wire_of(proto)
    found = ModelMessage(wire, span)
    assert (found.ir_version, found.producer, found.opsets) == (10, "somebody", {"": 21, "com.microsoft": 1})
    graph = GraphMessage(wire, found.graph)
    assert [InfoMessage(wire, each).sizes for each in graph.inputs] == [["N", 3, None, 5]]
    assert [InfoMessage(wire, each).sizes for each in graph.outputs] == [None]


def test_all_types_are_known():
    known = {value for name, value in TensorProto.DataType.items() if name != "UNDEFINED"}
    assert known == DTYPES.keys(), onnx.__version__
