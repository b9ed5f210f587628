"""Quantised networks are their float networks: with the floats that their integers stand for."""

from __future__ import annotations

import numpy as np
import pytest
from importing.onnx.models import model, read
from onnx import TensorProto, helper, numpy_helper

from cnncalc.importing.operations import BATCH

SCALE, ZERO = np.array([0.5, 0.25, 2.0], "f"), np.array([1, -2, 0], np.int8)
INTEGERS = np.arange(-12, 12, dtype=np.int8).reshape(3, 2, 2, 2)
FLOATS = (INTEGERS.astype("f") - ZERO.reshape(3, 1, 1, 1)) * SCALE.reshape(3, 1, 1, 1)


def values(tensor):
    stored = tensor.constant.stored
    return np.frombuffer(stored.read(), "f").reshape(stored.sizes)


def conv_of(graph):
    (conv,) = [each for each in graph.operations if each.name == "conv"]
    return conv


def test_pairs_are_left_out(tmp_path):
    nodes = [
        helper.make_node("QuantizeLinear", ["x", "xs", "xz"], ["q"]),
        helper.make_node("DequantizeLinear", ["q", "xs", "xz"], ["d"]),
        helper.make_node("DequantizeLinear", ["w", "ws", "wz"], ["wd"], axis=0),
        helper.make_node("Conv", ["d", "wd"], ["c"]),
        helper.make_node("Relu", ["c"], ["r"]),
        helper.make_node("QuantizeLinear", ["r", "xs", "xz"], ["q2"]),
        helper.make_node("DequantizeLinear", ["q2", "xs", "xz"], ["y"]),
    ]
    arrays = {"xs": np.float32(0.1), "xz": np.uint8(3), "w": INTEGERS, "ws": SCALE, "wz": ZERO}
    graph = read(model(nodes, {"x": ("N", 2, 5, 5)}, ["y"], arrays), tmp_path)
    assert [each.name for each in graph.operations] == ["conv", "relu"]
    weight = graph.operations[0].inputs[1]
    assert (weight.dtype, weight.constant.is_parameter) == ("float32", True)
    np.testing.assert_array_equal(values(weight), FLOATS)
    np.testing.assert_allclose(np.reshape(weight.constant.values, FLOATS.shape), FLOATS)
    message = "the file is quantised and read as its float network; arrays of weights: 1 of 8 bits"
    assert [(each.code, each.message) for each in graph.remarks] == [("CNN573", message)]


@pytest.mark.parametrize("sizes", [(3, 2), (3, 1)])
def test_scales_of_blocks(sizes, tmp_path):
    """Of opset 21: a scale for each run of values along an axis."""
    integers = np.arange(-6, 6, dtype=np.int8).reshape(3, 4)
    scales = np.arange(1, 1 + np.prod(sizes), dtype="f").reshape(sizes)
    node = helper.make_node("DequantizeLinear", ["w", "s"], ["d"], axis=1, block_size=4 // sizes[1])
    nodes = [node, helper.make_node("MatMul", ["x", "d"], ["y"])]
    graph = read(model(nodes, {"x": ("N", 3)}, ["y"], {"w": integers, "s": scales}, opset=21), tmp_path)
    assert graph.operations[0].inputs[1].sizes == (4, 3)
    expected = integers * scales.repeat(4 // sizes[1], 1)
    np.testing.assert_allclose(np.reshape(graph.operations[0].inputs[1].constant.values, (4, 3)), expected.T)


def test_weights_of_4_bits(tmp_path):
    nodes = [
        helper.make_node("DequantizeLinear", ["w", "s"], ["d"]),
        helper.make_node("MatMul", ["x", "d"], ["y"]),
    ]
    proto = model(nodes, {"x": ("N", 2)}, ["y"], {"s": np.float32(0.5)}, opset=21)
    proto.graph.initializer.append(helper.make_tensor("w", TensorProto.INT4, [2, 3], [-8, 7, 0, 1, -1, 2]))
    graph = read(proto, tmp_path)
    np.testing.assert_array_equal(np.reshape(graph.operations[0].inputs[1].constant.values, (3, 2)).T[0], [-4, 3.5, 0])
    assert "arrays of weights: 1 of 4 bits" in graph.remarks[0].message


@pytest.mark.parametrize(
    ("zero", "names"),
    [
        (np.uint8(0), ["conv", "relu", "max_pool"]),
        (np.uint8(7), ["conv", "max_pool"]),
        (np.int8(-128), ["conv", "relu", "max_pool"]),
        (np.int8(0), ["conv", "max_pool"]),
    ],
)
def test_an_activation_that_is_in_the_scale(zero, names, tmp_path):
    """Tools leave out a ReLU where the smallest integer stands for 0: quantising cuts off what is negative."""
    nodes = [
        helper.make_node("Conv", ["x", "w"], ["c"]),
        helper.make_node("QuantizeLinear", ["c", "s", "z"], ["q"]),
        helper.make_node("DequantizeLinear", ["q", "s", "z"], ["d"]),
        helper.make_node("MaxPool", ["d"], ["p"], kernel_shape=[2, 2]),
        helper.make_node("QuantizeLinear", ["p", "s", "z"], ["q2"]),
        helper.make_node("DequantizeLinear", ["q2", "s", "z"], ["y"]),
    ]
    arrays = {"w": np.ones((3, 2, 2, 2), "f"), "s": np.float32(0.1), "z": zero}
    graph = read(model(nodes, {"x": ("N", 2, 5, 5)}, ["y"], arrays), tmp_path)
    assert [each.name for each in graph.operations] == names


def test_operators_on_integers(tmp_path):
    names = ["x", "xs", "xz", "w", "ws", "wz", "ys", "yz", "b"]
    nodes = [
        helper.make_node("QuantizeLinear", ["in", "xs", "xz"], ["x"]),
        helper.make_node("QLinearConv", names, ["c"]),
        helper.make_node("QLinearAdd", ["c", "ys", "yz", "c", "ys", "yz", "ys", "yz"], ["a"], domain="com.microsoft"),
        helper.make_node("QLinearGlobalAveragePool", ["a", "ys", "yz", "ys", "yz"], ["p"], domain="com.microsoft"),
        helper.make_node("DequantizeLinear", ["p", "ys", "yz"], ["y"]),
    ]
    arrays = {"xs": np.float32(0.1), "xz": np.uint8(3), "w": INTEGERS, "ws": SCALE, "wz": ZERO}
    arrays |= {"ys": np.float32(0.2), "yz": np.uint8(0), "b": np.array([10, 20, 30], np.int32)}
    proto = model(nodes, {"in": ("N", 2, 5, 5)}, ["y"], arrays, opsets=[helper.make_opsetid("com.microsoft", 1)])
    graph = read(proto, tmp_path)
    assert [each.name for each in graph.operations] == ["conv", "relu", "add", "adaptive_avg_pool"]
    assert graph.outputs[0].sizes == (BATCH, 3, 1, 1)
    _, weight, bias = conv_of(graph).inputs
    np.testing.assert_array_equal(values(weight), FLOATS)
    np.testing.assert_allclose(values(bias), np.array([10, 20, 30]) * np.float32(0.1) * SCALE)


def test_matrices_of_integers(tmp_path):
    nodes = [
        helper.make_node("QuantizeLinear", ["in", "xs", "xz"], ["x"]),
        helper.make_node("QLinearMatMul", ["x", "xs", "xz", "w", "xs", "wz", "xs", "xz"], ["m"]),
        helper.make_node("DequantizeLinear", ["m", "xs", "xz"], ["y"]),
    ]
    arrays = {"xs": np.float32(0.5), "xz": np.uint8(3), "w": INTEGERS.reshape(6, 4), "wz": np.int8(1)}
    (linear,) = read(model(nodes, {"in": ("N", 6)}, ["y"], arrays), tmp_path).operations
    assert linear.name == "linear"
    expected = ((INTEGERS.reshape(6, 4).astype("f") - 1) * 0.5).T
    np.testing.assert_allclose(np.reshape(linear.inputs[1].constant.values, (4, 6)), expected)


def test_scales_that_are_found_while_running(tmp_path):
    """Dynamic quantisation: the float network has no scale for what is quantised on the way."""
    nodes = [
        helper.make_node("DynamicQuantizeLinear", ["x"], ["q", "s", "z"]),
        helper.make_node("MatMulInteger", ["q", "w", "z"], ["m"]),
        helper.make_node("Cast", ["m"], ["f"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["s", "ws"], ["both"]),
        helper.make_node("Mul", ["f", "both"], ["y"]),
    ]
    arrays = {"w": INTEGERS.reshape(6, 4), "ws": np.float32(0.25)}
    graph = read(model(nodes, {"x": ("N", 6)}, ["y"], arrays), tmp_path)
    linear, *others = graph.operations
    assert linear.name == "linear"
    np.testing.assert_array_equal(np.reshape(linear.inputs[1].constant.values, (4, 6)), INTEGERS.reshape(6, 4).T)
    assert [each.name for each in others] == ["identity", "mul"]
    assert list(others[-1].inputs[1].constant.values) == [0.25]
    assert not others[-1].inputs[1].constant.is_parameter


def test_half_precision(tmp_path):
    array = np.arange(6, dtype=np.float16).reshape(2, 3)
    nodes = [
        helper.make_node("Cast", ["w"], ["f"], to=TensorProto.FLOAT),
        helper.make_node("MatMul", ["x", "f"], ["y"]),
    ]
    proto = model(nodes, {"x": ("N", 2)}, ["y"])
    proto.graph.initializer.append(numpy_helper.from_array(array, "w"))
    (linear,) = read(proto, tmp_path).operations
    assert (linear.inputs[1].constant.stored.dtype, linear.inputs[1].dtype) == ("float16", "float32")
    assert linear.inputs[1].constant.stored.read() == array.tobytes()
