"""Whole models: inputs and the batch, versions, functions, branches, what is not understood, names of modules."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import onnx
import pytest
from importing.onnx.models import model, read, saved, single
from onnx import TensorProto, helper

from cnncalc.importing.onnx.reader import NEWEST, read_onnx
from cnncalc.importing.operations import BATCH
from cnncalc.source.files import Unreadable


def names(graph):
    return [each.name for each in graph.operations]


def finding(proto, folder, **sizes):
    with pytest.raises(Unreadable) as caught:
        read(proto, folder, **sizes)
    (diagnostic,) = caught.value.diagnostics
    return diagnostic


def remarks(graph):
    return [(each.code, each.severity, each.message) for each in graph.remarks]


RELU = [helper.make_node("Relu", ["x"], ["y"])]


@pytest.mark.parametrize("opset", [8, 1, NEWEST + 1])
def test_versions_that_are_not_read(opset, tmp_path):
    found = finding(model(RELU, {"x": ("N", 3)}, ["y"], opset=opset), tmp_path)
    assert found.code == "CNN151"
    assert found.message == f"opset {opset} is not read, only 9 to {NEWEST}"
    assert "opset_version" in found.help[0]


def test_every_version_of_the_package_is_read():
    """A newer package has a newer opset: its changes are to be looked at."""
    assert onnx.defs.onnx_opset_version() <= NEWEST


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(Unreadable, match="the file cannot be read"):
        read_onnx(str(tmp_path / "none.onnx"))


# -- inputs


def test_an_open_batch(tmp_path):
    graph = read(model(RELU, {"x": ("N", 3, 4)}, ["y"]), tmp_path)
    assert (graph.batch, graph.inputs[0].sizes, graph.outputs[0].sizes) == (BATCH, (BATCH, 3, 4), (BATCH, 3, 4))
    assert remarks(graph) == []


def test_a_fixed_batch_is_said(tmp_path):
    graph = read(model(RELU, {"x": (8, 3, 4)}, ["y"]), tmp_path)
    assert (graph.batch, graph.outputs[0].sizes) == (8, (8, 3, 4))
    assert remarks(graph) == [("CNN571", "note", "the file fixes a batch of 8: all numbers are those of one sample")]


def test_a_batch_in_another_place(tmp_path):
    graph = read(model(RELU, {"x": (5, "batch", 3)}, ["y"]), tmp_path)
    assert (graph.batch, graph.inputs[0].sizes) == (BATCH, (5, BATCH, 3))


def test_open_sizes_have_to_be_given(tmp_path):
    proto = model(RELU, {"x": ("N", 3, "height", None)}, ["y"])
    found = finding(proto, tmp_path)
    assert (found.code, found.message) == ("CNN153", "the file leaves sizes open: `x` (3×height×?)")
    assert found.help == ("give them, for example: `--input 3x224x224`",)
    assert read(proto, tmp_path, x=(3, 6, 5)).outputs[0].sizes == (BATCH, 3, 6, 5)


def test_a_name_means_one_size_everywhere(tmp_path):
    nodes = [helper.make_node("Add", ["a", "b"], ["y"])]
    proto = model(nodes, {"a": ("N", 3, "n"), "b": ("N", 3, "n")}, ["y"])
    assert read(proto, tmp_path, a=(3, 7)).outputs[0].sizes == (BATCH, 3, 7)


def test_wrong_inputs(tmp_path):
    proto = model(RELU, {"x": ("N", 3, "n")}, ["y"])
    assert finding(proto, tmp_path, z=(3, 7)).message == "there is no input `z`"
    assert finding(proto, tmp_path, x=(3, 7, 7)).message == "`x` has 2 sizes besides the batch, not 3"


def test_another_size_than_that_of_the_file(tmp_path):
    proto = model(RELU, {"x": ("N", 3, 8, 8)}, ["y"])
    assert read(proto, tmp_path, x=(3, 5, 6)).outputs[0].sizes == (BATCH, 3, 5, 6)


def test_arrays_among_the_inputs_are_none(tmp_path):
    nodes = [helper.make_node("Mul", ["x", "w"], ["y"])]
    proto = model(nodes, {"x": ("N", 3), "w": (3,)}, ["y"], {"w": np.ones(3, "f")})
    assert [each.name for each in read(proto, tmp_path).inputs] == ["x"]


# -- constants


def test_sizes_are_calculated_through_the_batch(tmp_path):
    """x.view(x.shape[0], 2, x.shape[1] // 2, -1), as the older exporter writes it."""
    nodes = [
        helper.make_node("Shape", ["x"], ["shape"]),
        helper.make_node("Gather", ["shape", "zero"], ["n"]),
        helper.make_node("Gather", ["shape", "one"], ["c"]),
        helper.make_node("Div", ["c", "two"], ["half"]),
        helper.make_node("Cast", ["half"], ["half_"], to=TensorProto.INT64),
        *(helper.make_node("Unsqueeze", [each, "axes"], [f"{each}1"]) for each in ("n", "two", "half_", "minus")),
        helper.make_node("Concat", ["n1", "two1", "half_1", "minus1"], ["sizes"], axis=0),
        helper.make_node("Reshape", ["x", "sizes"], ["y"]),
    ]
    arrays = {name: np.array(value) for name, value in {"zero": 0, "one": 1, "two": 2, "minus": -1}.items()}
    graph = read(model(nodes, {"x": ("N", 6, 4, 5)}, ["y"], {**arrays, "axes": np.array([0])}), tmp_path)
    assert names(graph) == ["reshape"]
    assert graph.outputs[0].sizes == (BATCH, 2, 3, 20)


def test_indices_along_the_batch(tmp_path):
    """`as_strided`, as the newer exporter writes it: it takes everything in its order."""
    nodes = [
        helper.make_node("Reshape", ["x", "minus"], ["flat"]),
        helper.make_node("Shape", ["x"], ["n1"], end=1),
        helper.make_node("Squeeze", ["n1"], ["n"]),
        helper.make_node("Range", ["zero", "n", "one"], ["rows"]),
        helper.make_node("Mul", ["rows", "six"], ["starts"]),
        helper.make_node("Unsqueeze", ["starts", "last"], ["column"]),
        helper.make_node("Add", ["column", "offsets"], ["indices"]),
        helper.make_node("Gather", ["flat", "indices"], ["y"]),
    ]
    arrays = {"zero": 0, "one": 1, "six": 6, "minus": [-1], "last": [1], "offsets": [list(range(6))]}
    proto = model(nodes, {"x": ("N", 2, 3)}, ["y"], {name: np.array(value) for name, value in arrays.items()})
    graph = read(proto, tmp_path)
    assert names(graph) == ["reshape", "reshape"]
    assert graph.outputs[0].sizes == (BATCH, 6)


def test_padding_is_calculated_through_a_limit_with_an_open_end(tmp_path):
    """As PyTorch's older exporter writes TensorFlow's `same`: what is less than 0 is none."""
    arrays = {"lacking": np.array([0, 0, -3, 1, 0, 0, 2, -1]), "low": np.array(0)}
    nodes = [
        helper.make_node("Clip", ["lacking", "low", ""], ["amounts"]),
        helper.make_node("Pad", ["x", "amounts"], ["y"]),
    ]
    graph = read(model(nodes, {"x": ("N", 4, 7, 6)}, ["y"], arrays), tmp_path)
    assert graph.outputs[0].sizes == (BATCH, 4, 7 + 2, 6 + 1)


def test_large_constants_are_calculated_when_they_are_asked_for(tmp_path):
    nodes = [
        helper.make_node("ConstantOfShape", ["size"], ["zeros"]),
        helper.make_node("Range", ["zero", "count", "one"], ["row"]),
        helper.make_node("Add", ["zeros", "row_"], ["mask"]),
        helper.make_node("Cast", ["row"], ["row_"], to=TensorProto.FLOAT),
        helper.make_node("Add", ["x", "mask"], ["y"]),
    ]
    arrays = {"size": np.array([60, 50]), "zero": np.array(0), "one": np.array(1), "count": np.array(50)}
    graph = read(model(nodes, {"x": ("N", 60, 50)}, ["y"], arrays), tmp_path)
    (operation,) = graph.operations
    constant = operation.inputs[1].constant
    assert (constant.values, constant.is_parameter) == (None, False)
    values = np.frombuffer(constant.stored.read(), "f").reshape(60, 50)
    np.testing.assert_array_equal(values, np.arange(50) + np.zeros((60, 1)))


@pytest.mark.parametrize(
    ("array", "is_parameter"),
    [
        (np.ones((4, 1, 1), "f"), True),
        (np.float32(0.125), False),
        (np.array([0, -100, 0, 0], "f").reshape(4, 1, 1), False),
        (np.array([0, -np.inf, 0, 0], "f").reshape(4, 1, 1), False),
    ],
)
def test_which_operands_are_parameters(array, is_parameter, tmp_path):
    graph = read(single("Add", (1, 4, 3, 3), array), tmp_path)
    assert graph.operations[0].inputs[1].constant.is_parameter == is_parameter


def test_numbers_that_are_no_weights(tmp_path):
    proto = single("Resize", (1, 4, 7, 7), None, np.float32([1, 1, 2, 2]))
    assert [each for each in read(proto, tmp_path).operations[0].inputs if each.constant] == []


@pytest.mark.parametrize(
    ("said", "is_parameter"), [(["w"], False), (["w", "b.gain"], True), (["w", "b.weight", "b.running_mean"], False)]
)
def test_an_array_beside_all_parameters_that_the_exporter_lists_is_none(said, is_parameter, tmp_path):
    """A grid that was calculated while exporting is no parameter; what a missing parameter became may be."""
    nodes = [helper.make_node("Conv", ["x", "w"], ["c"]), helper.make_node("Add", ["c", "grid"], ["y"])]
    arrays = {"w": np.ones((4, 3, 1, 1), "f"), "grid": np.arange(20, dtype="f").reshape(4, 5, 1)}
    proto = model(nodes, {"x": ("N", 3, 5, 5)}, ["y"], arrays)
    roles = [f"{'BUFFER' if 'running' in each else 'PARAMETER'} target='{each}'" for each in said]
    text = "\n".join(f"p_{number}: {role}" for number, role in enumerate(roles))
    proto.graph.metadata_props.add(key="pkg.torch.export.ExportedProgram.graph_signature", value=text)
    conv, add = read(proto, tmp_path).operations
    assert conv.inputs[1].constant.is_parameter
    assert bool(add.inputs[1].constant.is_parameter) == is_parameter


def test_one_array_in_two_roles(tmp_path):
    """Exporters store equal arrays once: the zeros of a new batch norm are its center and its mean."""
    nodes = [helper.make_node("BatchNormalization", ["x", "ones", "zeros", "zeros", "ones"], ["y"])]
    arrays = {"ones": np.ones(4, "f"), "zeros": np.zeros(4, "f")}
    (norm,) = read(model(nodes, {"x": ("N", 4, 3)}, ["y"], arrays), tmp_path).operations
    constants = [each.constant for each in norm.inputs[1:]]
    assert [each.is_parameter for each in constants] == [True, True, False, False]
    assert [each.is_statistic for each in constants] == [False, False, True, True]
    assert [each.identity for each in constants] == ["ones", "zeros", "zeros", "ones"]


def test_sizes_that_do_not_fit_are_those_that_were_given(tmp_path):
    proto = model([helper.make_node("Add", ["a", "b"], ["y"])], {"a": ("N", 3, "H"), "b": ("N", 3, 8)}, ["y"])
    found = finding(proto, tmp_path, a=(3, 12))
    assert found.code == "CNN153"
    assert "given by `--input`" in found.message
    assert found.help[0] == "inputs of the file, without the batch: `a` (3×H), `b` (3×8)"


# -- functions and branches


def test_functions_are_inlined(tmp_path):
    inner = helper.make_node("LeakyRelu", ["a"], ["b"])
    inner.attribute.append(onnx.AttributeProto(name="alpha", ref_attr_name="slope", type=onnx.AttributeProto.FLOAT))
    one = helper.make_function("own", "One", ["a"], ["b"], [inner], [helper.make_opsetid("", 18)], ["slope"])
    calls = [helper.make_node("One", ["a"], ["t"], slope=0.5, domain="own"), helper.make_node("Add", ["t", "a"], ["b"])]
    imports = [helper.make_opsetid("", 18), helper.make_opsetid("own", 1)]
    two = helper.make_function("own", "Two", ["a"], ["b"], calls, imports)
    nodes = [helper.make_node("Two", ["x"], ["m"], domain="own"), helper.make_node("Two", ["m"], ["y"], domain="own")]
    proto = model(nodes, {"x": ("N", 3)}, ["y"], functions=[one, two], opsets=[helper.make_opsetid("own", 1)])
    graph = read(proto, tmp_path)
    assert names(graph) == ["leaky_relu", "add", "leaky_relu", "add"]
    assert graph.operations[0].settings == {"slope": 0.5}
    assert graph.operations[0].place == 'node 0 (LeakyRelu, "b") in function `One`'
    assert graph.operations[2].inputs == [graph.operations[1].output]


def branches(condition):
    def branch(operator):
        output = [helper.make_tensor_value_info("b", TensorProto.FLOAT, None)]
        return helper.make_graph([helper.make_node(operator, ["x"], ["b"])], operator, [], output)

    return helper.make_node("If", [condition], ["y"], then_branch=branch("Relu"), else_branch=branch("Tanh"))


def test_a_branch_that_is_always_taken(tmp_path):
    nodes = [
        helper.make_node("Shape", ["x"], ["s"], start=1),
        helper.make_node("Equal", ["s", "three"], ["c"]),
        branches("c"),
    ]
    graph = read(model(nodes, {"x": ("N", 3)}, ["y"], {"three": np.array([3])}), tmp_path)
    assert names(graph) == ["relu"]
    assert names(read(model(nodes, {"x": ("N", 4)}, ["y"], {"three": np.array([3])}), tmp_path)) == ["tanh"]


def test_a_branch_that_depends_on_values(tmp_path):
    nodes = [helper.make_node("ReduceMax", ["x"], ["m"], keepdims=0), helper.make_node("Cast", ["m"], ["c"], to=9)]
    graph = read(model([*nodes, branches("c")], {"x": ("N", 3)}, ["y"]), tmp_path)
    unknown = graph.operations[-1]
    assert (unknown.name, unknown.settings) == ("unknown", {"name": "If", "custom": ""})
    assert unknown.output.sizes == (BATCH, 3)  # both branches give that
    assert graph.inputs[0] in unknown.inputs


@pytest.mark.parametrize("operator", ["Loop", "Scan"])
def test_loops_are_unknown_and_keep_their_weights(operator, tmp_path):
    weights = onnx.numpy_helper.from_array(np.ones((3, 3), "f"), "w")
    inner = helper.make_node("MatMul", ["x", "w"], ["b"])
    body = helper.make_graph([inner], "body", [], [], [weights])
    node = helper.make_node(operator, ["", ""], ["y"], body=body)
    (unknown,) = read(model([node], {"x": ("N", 3)}, ["y"]), tmp_path).operations
    assert unknown.settings["name"] == operator
    assert [each.name for each in unknown.inputs if each] == ["w", "x"]
    assert [each.constant.is_parameter for each in unknown.inputs if each and each.constant] == [True]


def test_operators_of_other_domains(tmp_path):
    proto = single("FusedMatMul", (1, 4), np.ones((4, 3), "f"), domain="com.microsoft")
    proto.opset_import.append(helper.make_opsetid("com.microsoft", 1))
    proto.graph.value_info.append(helper.make_tensor_value_info("out0", TensorProto.FLOAT, ["N", 3]))
    (unknown,) = read(proto, tmp_path).operations
    assert unknown.settings == {"name": "FusedMatMul", "custom": "com.microsoft"}
    assert (unknown.output.sizes, unknown.output.stated) == ((BATCH, 3), True)
    assert unknown.inputs[1].constant.is_parameter


def test_an_output_that_an_operator_should_not_have(tmp_path):
    """The mean of a layer norm is used: then it is no layer norm."""
    nodes = [
        helper.make_node("LayerNormalization", ["x", "s"], ["n", "mean"]),
        helper.make_node("Add", ["n", "mean"], ["y"]),
    ]
    graph = read(model(nodes, {"x": ("N", 4)}, ["y"], {"s": np.ones(4, "f")}), tmp_path)
    assert names(graph) == ["unknown", "unknown"]


# -- what the file states


def test_stated_sizes_are_compared(tmp_path):
    info = helper.make_tensor_value_info("t", TensorProto.FLOAT, ["N", 5])
    nodes = [helper.make_node("Tanh", ["x"], ["t"]), helper.make_node("Relu", ["t"], ["y"])]
    graph = read(model(nodes, {"x": ("N", 4)}, ["y"], value_info=[info]), tmp_path)
    message = 'node 0 (Tanh, "t"): the file says that `t` is N×5, and it is N×4'
    assert remarks(graph) == [("CNN157", "warning", message)]
    assert not graph.operations[0].output.stated


def test_rounded_up_pools_are_counted_as_runtimes_do(tmp_path):
    """5 values, windows of 3, stride 3, padding 1: the third window would start in the padding after the input."""
    settings = {"kernel_shape": [3], "strides": [3], "pads": [1, 1], "ceil_mode": 1}
    proto = model([helper.make_node("MaxPool", ["x"], ["y"], **settings)], {"x": ("N", 2, 5)}, ["y"], opset=18)
    del proto.graph.output[0].type.tensor_type.shape.dim[:]
    proto.graph.output[0].CopyFrom(helper.make_tensor_value_info("y", TensorProto.FLOAT, ["N", 2, 3]))
    graph = read(proto, tmp_path)
    assert graph.outputs[0].sizes == (BATCH, 2, 2)
    ((code, severity, message),) = remarks(graph)
    assert (code, severity) == ("CNN573", "note")
    assert "is N×2×3, and it is N×2×2" in message


# -- names of modules


def test_modules_by_names_with_slashes(tmp_path):
    node = helper.make_node("Relu", ["x"], ["y"], "/layer1/layer1.0/act/Relu")
    (relu,) = read(model([node], {"x": ("N", 4)}, ["y"]), tmp_path).operations
    assert relu.path == (("layer1", ""), ("0", ""), ("act", ""))


def test_modules_by_the_names_of_tensorflow(tmp_path):
    node = helper.make_node("Relu", ["x"], ["y"], "StatefulPartitionedCall/model/block1/conv/Relu")
    (relu,) = read(model([node], {"x": ("unk__7", 4)}, ["y"]), tmp_path).operations
    assert relu.path == (("model", ""), ("block1", ""), ("conv", ""))


def test_modules_by_the_notes_of_the_exporter(tmp_path):
    node = helper.make_node("Relu", ["x"], ["y"], "node_relu")
    notes = {
        "pkg.torch.onnx.name_scopes": "['', 'layer1', 'layer1.0', 'layer1.0.relu', 'relu']",
        "pkg.torch.onnx.class_hierarchy": "['a.ResNet', 'b.Sequential', 'c.BasicBlock', 'd.ReLU', 'aten.relu.default']",
    }
    for key, value in notes.items():
        node.metadata_props.add(key=key, value=value)
    proto = model([node], {"x": ("N", 4)}, ["y"])
    proto.graph.name = "main_graph"
    graph = read(proto, tmp_path)
    assert graph.name == "ResNet"
    assert graph.operations[0].path == (("layer1", "Sequential"), ("0", "BasicBlock"), ("relu", "ReLU"))


def test_modules_by_the_names_of_arrays(tmp_path):
    node = helper.make_node("MatMul", ["x", "blocks.0.fc.weight"], ["y"], "MatMul_7")
    proto = model([node], {"x": ("N", 4)}, ["y"], {"blocks.0.fc.weight": np.ones((4, 2), "f")})
    assert read(proto, tmp_path).operations[0].path == (("blocks", ""), ("0", ""), ("fc", ""))


@pytest.mark.parametrize(
    ("weight", "bias", "count"),
    [
        ("onnx::Conv_12", "onnx::Conv_13", 1),
        ("onnx::Conv_12", "conv.bias", 0),
        ("conv.weight", "conv.bias", 0),
        ("model/conv_weights_fused_bn", "model/conv_bias_fused_bn", 1),
    ],
)
def test_folded_norms_are_said_where_there_is_a_trace(weight, bias, count, tmp_path):
    arrays = {weight: np.ones((4, 3, 1, 1), "f"), bias: np.ones(4, "f")}
    proto = model([helper.make_node("Conv", ["x", weight, bias], ["y"])], {"x": ("N", 3, 5, 5)}, ["y"], arrays)
    assert [code for code, _, _ in remarks(read(proto, tmp_path))] == ["CNN572"] * count


def test_norms_that_are_folded_into_dense_layers_are_said(tmp_path):
    arrays = {"w": np.ones((4, 3), "f"), "b": np.ones(4, "f"), "v": np.ones((4, 4, 1, 1), "f")}
    nodes = [
        helper.make_node("Gemm", ["x", "w", "b"], ["h"], transB=1),
        helper.make_node("Reshape", ["h", "sizes"], ["m"]),
        helper.make_node("Conv", ["m", "v"], ["y"]),
    ]
    for node, rule in ((nodes[0], "FuseBatchNormIntoGemm"), (nodes[2], "FuseBatchNormIntoConv")):
        node.metadata_props.add(key="pkg.onnxscript.rewriter.rule_name", value=rule)
    proto = model(nodes, {"x": ("N", 3)}, ["y"], {**arrays, "sizes": np.array([-1, 4, 1, 1])})
    (note,) = read(proto, tmp_path).remarks
    folded = "batch norms are folded into the weights of 1 dense layer and 1 convolution"
    assert (note.code, note.message) == ("CNN572", f"{folded}: the model in training has more parameters")


def test_arrays_without_use_are_said(tmp_path):
    proto = model(RELU, {"x": ("N", 3)}, ["y"], {"left.over": np.ones(7, "f")})
    message = "1 array of the file is used by no node: `left.over`"
    assert remarks(read(proto, tmp_path)) == [("CNN573", "note", message)]


# -- other files


def external(proto, location, **more):
    tensor = proto.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in {"location": location, **more}.items():
        tensor.external_data.add(key=key, value=str(value))
    return proto


WEIGHTS = np.arange(12, dtype="f").reshape(4, 3)


def test_weights_in_another_file(tmp_path):
    proto = external(single("MatMul", (1, 4), WEIGHTS), "weights.bin", offset=8, length=48)
    graph = read(proto, tmp_path)  # which is not there yet
    assert graph.outputs[0].sizes == (BATCH, 3)
    stored = graph.operations[0].inputs[1].constant.stored
    with pytest.raises(Unreadable, match="which is not there"):
        stored.read()
    (tmp_path / "weights.bin").write_bytes(b"12345678" + WEIGHTS.tobytes())
    assert stored.read() == WEIGHTS.tobytes()
    (tmp_path / "weights.bin").write_bytes(WEIGHTS.tobytes())
    with pytest.raises(Unreadable) as caught:
        stored.read()
    found = caught.value.diagnostics[-1]
    assert (found.code, found.message) == ("CNN150", "`weights.bin` ends at byte 48, in the middle of an array")
    assert found.help == ("the file is damaged or was cut off: copy or export it again",)


@pytest.mark.slow
def test_weights_in_another_file_of_a_model_that_comes_through_a_pipe(tmp_path):
    proto = external(single("MatMul", (1, 4), WEIGHTS), "weights.bin", offset=0, length=48)
    command = [sys.executable, "-m", "cnncalc", "forward", "-"]
    result = subprocess.run(command, input=proto.SerializeToString(), capture_output=True, cwd=tmp_path, check=False)
    assert result.returncode == 1
    assert result.stderr.decode().endswith(
        "error[CNN101]: the values of `in1` are in `weights.bin`, another file, and what is read here has no folder\n"
        " --> <stdin>\n"
        "  = help: name the file of the model, with `weights.bin` in its folder\n"
    )


def test_weights_that_begin_before_another_file(tmp_path):
    found = finding(external(single("MatMul", (1, 4), WEIGHTS), "w.bin", offset=-4), tmp_path)
    assert found.code == "CNN150"
    assert found.message.endswith(": `in1` is said to begin at byte -4 of `w.bin`")


def test_sizes_that_do_not_fit_are_named(tmp_path):
    found = finding(single("Concat", (1, 4), (1, 5, 2), axis=1), tmp_path)
    assert found.message.endswith("do not fit, the batch included: `in0` (N×4), `in1` (N×5×2)")


@pytest.mark.parametrize("location", ["/etc/passwd", "../w.bin", "a/../../w.bin", "..\\w.bin", "C:/w.bin", ""])
def test_weights_outside_the_folder(location, tmp_path):
    found = finding(external(single("MatMul", (1, 4), WEIGHTS), location), tmp_path)
    message = f"the values of `in1` are in `{location}`, outside the model's folder"
    assert (found.code, found.message) == ("CNN152", message)


def test_weights_behind_a_link(tmp_path):
    outside, inside = tmp_path / "outside", tmp_path / "inside"
    outside.mkdir()
    inside.mkdir()
    (outside / "w.bin").write_bytes(WEIGHTS.tobytes())
    (inside / "w.bin").symlink_to(outside / "w.bin")
    graph = read(external(single("MatMul", (1, 4), WEIGHTS), "w.bin"), inside)
    with pytest.raises(Unreadable, match="outside the model's folder") as caught:
        graph.operations[0].inputs[1].constant.stored.read()
    assert caught.value.diagnostics[-1].help == (
        "only files in the folder of the model are opened",
        "`w.bin` is a link out of that folder: put a copy of the file in its place",
    )


def test_the_length_of_weights_in_another_file(tmp_path):
    found = finding(external(single("MatMul", (1, 4), WEIGHTS), "w.bin", length=47), tmp_path)
    assert "should have 48 bytes and has 47" in found.message


def test_two_files_of_one_model_are_read_alone(tmp_path):
    path = saved(single("Relu", (1, 4)), tmp_path)
    assert names(read_onnx(path)) == ["relu"]
