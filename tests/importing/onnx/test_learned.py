"""Which arrays of a file are parameters, where the file says it, and what is said where it does not."""

from __future__ import annotations

import numpy as np
import pytest
from importing.onnx.models import model, saved
from onnx import helper

import cnncalc
from cnncalc.importing.importing import import_file
from cnncalc.spec.top_level import Overrides

ROW = np.arange(4, dtype="f").reshape(4, 1, 1) + 1
DOUBT = "may be {}: the file does not say what is learned, and {} counted as {} parameters"


def read(nodes, arrays, tmp_path, producer="", inputs=None, **others):
    proto = model(nodes, inputs or {"x": ("N", 4, 5, 5)}, ["y"], arrays, **others)
    proto.producer_name = producer
    made = import_file(saved(proto, tmp_path), Overrides())
    assert made.is_ok, made.findings
    params = sum(layer.params or 0 for layer in made.draft.layers)
    return params, doubts(made.findings)


def doubts(findings):
    return [each.message for each in findings if each.code == "CNN573" and "may be" in each.message]


def constant(name, array):
    tensor = helper.make_tensor(name, 1, array.shape, array.ravel())
    return helper.make_node("Constant", [], [name], value=tensor)


@pytest.mark.parametrize("operator", ["Add", "Mul", "Sub", "Div"])
@pytest.mark.parametrize("name", ["positions", "onnx::Add_12", "block.slopes"])
def test_a_parameter_or_a_buffer(operator, name, tmp_path):
    """PyTorch's older exporter writes both as arrays, under their names, or under its own if it calculated them."""
    node = helper.make_node(operator, ["x", name], ["y"])
    params, notes = read([node], {name: ROW}, tmp_path, "pytorch")
    assert params == 4
    assert notes == [f"`{name}` {DOUBT.format('a buffer', 'it is', 4)}"]


@pytest.mark.parametrize("name", ["block.weight", "block.bias", "model/dense/ReadVariableOp:0"])
def test_what_is_called_a_weight_is_one(name, tmp_path):
    node = helper.make_node("Add", ["x", name], ["y"])
    assert read([node], {name: ROW}, tmp_path, "pytorch") == (4, [])


def test_numbers_of_the_program_are_none(tmp_path):
    """What no module has is a node in files of PyTorch; in others it may be what is learned."""
    nodes = [constant("c", ROW), helper.make_node("Add", ["x", "c"], ["y"])]
    assert read(nodes, {}, tmp_path, "pytorch")[1] == []
    assert read(nodes, {}, tmp_path, "pytorch")[0] == 0
    assert read(nodes, {}, tmp_path, "another") == (4, [f"`c` {DOUBT.format('a buffer', 'it is', 4)}"])


def test_all_are_in_one_note(tmp_path):
    nodes = [
        helper.make_node("Sub", ["x", "mean"], ["a"]),
        helper.make_node("Div", ["a", "deviation"], ["b"]),
        helper.make_node("Conv", ["b", "w"], ["c"]),
        helper.make_node("Add", ["c", "table"], ["y"]),
    ]
    arrays = {"mean": ROW, "deviation": ROW, "w": np.ones((2, 4, 1, 1), "f"), "table": np.ones((2, 5, 5), "f")}
    params, notes = read(nodes, arrays, tmp_path, "pytorch")
    assert params == 4 + 4 + 2 * 4 + 2 * 5 * 5
    assert notes == [f"`mean`, `deviation`, `table` {DOUBT.format('buffers', 'they are', 4 + 4 + 50)}"]


def test_the_bias_of_a_product_is_surely_learned(tmp_path):
    """However it is called: only a parameter comes after a product with weights."""
    nodes = [helper.make_node("MatMul", ["x", "m"], ["a"]), helper.make_node("Add", ["a", "b"], ["y"])]
    arrays = {"m": np.ones((4, 3), "f"), "b": np.ones(3, "f")}
    assert read(nodes, arrays, tmp_path, "pytorch", {"x": ("N", 5, 4)}) == (4 * 3 + 3, [])


FILTER = np.ones((4, 1, 3, 3), "f")
BLUR = helper.make_node("Conv", ["x", "w"], ["y"], group=4)


@pytest.mark.parametrize(
    ("name", "is_said"),
    [("blur.filt", True), ("conv.weight", False), ("conv.weight_v", False), ("onnx::Conv_12", False), ("w", False)],
)
def test_weights_that_are_called_something_else_may_be_a_buffer(name, is_said, tmp_path):
    """A blur has its filter as a buffer, under another name; names that the exporter made say nothing, as they are
    those of convolutions with a norm folded into them."""
    node = helper.make_node("Conv", ["x", name], ["y"], group=4)
    params, notes = read([node], {name: FILTER}, tmp_path, "pytorch")
    assert params == 4 * 3 * 3
    assert notes == ([f"`{name}` {DOUBT.format('a buffer', 'it is', 36)}"] if is_said else [])


def test_weights_that_are_numbers_of_the_program_are_no_parameters(tmp_path):
    proto = model([constant("w", FILTER), BLUR], {"x": ("N", 4, 5, 5)}, ["y"], {})
    proto.producer_name = "pytorch"
    (found,) = import_file(saved(proto, tmp_path), Overrides()).findings
    assert (found.code, found.severity) == ("CNN157", "warning")
    assert found.message == 'node 1 (Conv, "y"): the file has 0 parameters for it, computed are 36'


def test_a_kernel_that_is_spread_over_the_channels_has_few_numbers(tmp_path):
    """One of 3 × 3 for all 4 channels: no kind has so few, and 4 × 3 × 3 outputs need 9 products each."""
    shape = helper.make_node("Constant", [], ["s"], value_ints=[4, 1, 3, 3])
    nodes = [shape, helper.make_node("Expand", ["blur.filt", "s"], ["w"]), BLUR]
    params, _ = read(nodes, {"blur.filt": FILTER[:1]}, tmp_path, "pytorch")
    totals = cnncalc.analyze(cnncalc.load(tmp_path / "model.onnx")).totals
    assert (params, totals.params, totals.macs) == (9, 9, 4 * 3 * 3 * 9)


@pytest.mark.parametrize(
    ("producer", "name", "count", "is_said"),
    [("pytorch", "waves.table", 6 * 3, True), ("pytorch", "words.weight", 6 * 3, False), ("another", "t", 6 * 3, True)],
)
def test_rows_that_are_looked_up(producer, name, count, is_said, tmp_path):
    """A table of 6 rows may be of words, or of waves."""
    nodes = [helper.make_node("Cast", ["x"], ["ids"], to=7), helper.make_node("Gather", [name, "ids"], ["y"])]
    params, notes = read(nodes, {name: np.ones((6, 3), "f")}, tmp_path, producer, {"x": ("N", 5)})
    assert params == count
    assert notes == ([f"`{name}` {DOUBT.format('a buffer', 'it is', 18)}"] if is_said else [])


def unknown(inputs, extra=()):
    """A model of an operator of another domain, and what an operator of ONNX without a kind reads."""
    node = helper.make_node("Own", ["x", *inputs], ["y"], domain="own")
    info = helper.make_tensor_value_info("y", 1, ["N", 4, 5, 5])
    return [*extra, node], {"value_info": [info], "opsets": [helper.make_opsetid("own", 1)]}


def test_an_operator_that_nobody_knows_has_the_arrays_that_it_reads(tmp_path):
    """A matrix of 4 · 4: not the number beside it, the indices, or what a node gives."""
    nodes, others = unknown(["w", "scale", "places", "c"], [constant("c", ROW)])
    arrays = {"w": np.ones((4, 4), "f"), "scale": np.float32(0.1), "places": np.arange(3)}
    params, notes = read(nodes, arrays, tmp_path, "another", **others)
    assert params == 16
    assert notes == [f"`w` {DOUBT.format('a buffer', 'it is', 16)}"]


def test_bounds_and_tables_of_operators_without_a_kind_are_no_parameters(tmp_path):
    node = helper.make_node("OneHot", ["x", "depth", "both"], ["y"])
    arrays = {"depth": np.array(3), "both": np.float32([0, 1])}
    assert read([node], arrays, tmp_path, inputs={"x": ("N", 5)}) == (0, [])


def test_a_layer_that_reads_nothing_in_a_model_with_several_inputs(tmp_path):
    nodes = [
        helper.make_node("RandomNormal", [], ["noise"], shape=[4, 5, 5]),
        helper.make_node("Add", ["x", "noise"], ["a"]),
        helper.make_node("Add", ["a", "z"], ["y"]),
    ]
    inputs = {"x": ("N", 4, 5, 5), "z": ("N", 4, 5, 5)}
    assert read(nodes, {}, tmp_path, inputs=inputs) == (0, [])


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # of the exporter
def test_a_network_as_pytorchs_older_exporter_writes_it(tmp_path):
    """Nothing in it tells the mean, the class token and the waves from the positions, which alone are learned."""
    torch = pytest.importorskip("torch")
    pytest.importorskip("onnxscript")

    class Tokens(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = torch.nn.Conv2d(3, 8, 4, 4)
            self.register_buffer("mean", torch.randn(3, 1, 1))
            self.register_buffer("token", torch.zeros(1, 1, 8))
            self.register_buffer("waves", torch.randn(1, 5, 8))
            self.positions = torch.nn.Parameter(torch.randn(1, 5, 8))
            self.own = torch.randn(8)  # is nothing to a module

        def forward(self, x):
            x = self.conv(x - self.mean).flatten(2).transpose(1, 2)
            x = torch.cat([self.token.expand(x.shape[0], -1, -1), x], 1)
            return (x + self.waves + self.positions) * self.own

    path = tmp_path / "tokens.onnx"
    torch.onnx.export(Tokens().eval(), (torch.randn(2, 3, 8, 8),), str(path), dynamo=False)
    spec = cnncalc.load(path)
    conv, counted = 8 * 3 * 16 + 8, 3 + 8 + 40 + 40
    assert cnncalc.analyze(spec).totals.params == conv + counted
    (note,) = doubts(spec.remarks)
    assert note.endswith(DOUBT.format("buffers", "they are", counted))


NAN = np.array([1, np.nan, 2, 3], "f").reshape(4, 1, 1)


@pytest.mark.parametrize("values", [NAN, NAN[1:2, 0, 0]], ids=["row", "number"])
@pytest.mark.parametrize("operator", ["Add", "Sub", "Mul", "Div", "Pow", "PRelu", "Max"])
@pytest.mark.parametrize("producer", ["pytorch", "another"])
def test_what_is_no_number_is_named_with_its_node(producer, operator, values, tmp_path):
    proto = model([helper.make_node(operator, ["x", "k"], ["y"])], {"x": ("N", 4, 5, 5)}, ["y"], {"k": values})
    proto.producer_name = producer
    found = import_file(saved(proto, tmp_path), Overrides()).findings
    said = [(each.severity, each.message) for each in found if "NaN" in each.message]
    assert said == [("warning", f'node 0 ({operator}, "y"): its constant has NaN or infinite values')]


def test_a_mask_of_what_is_infinite_is_meant(tmp_path):
    mask = np.array([[0, -np.inf], [0, 0]], "f")
    node = helper.make_node("Add", ["x", "mask"], ["y"])
    proto = model([node], {"x": ("N", 4, 2, 2)}, ["y"], {"mask": mask})
    assert not [each for each in import_file(saved(proto, tmp_path), Overrides()).findings if "NaN" in each.message]


def in_module(node, *scopes, classes):
    """A node with the notes of PyTorch's newer exporter: the modules that it is in, and their classes."""
    of_all = {"name_scopes": ["", *scopes, "call"], "class_hierarchy": ["net.Net", *classes, "aten"]}
    for key, value in of_all.items():
        node.metadata_props.add(key=f"pkg.torch.onnx.{key}", value=str(value))
    return node


CONV = "torch.nn.modules.conv.Conv2d"


@pytest.mark.parametrize(
    ("modules", "classes", "params"),
    [
        (("c", "c"), (CONV, CONV), 4 * 4 + 4),
        (("c", "d"), (CONV, CONV), 2 * (4 * 4 + 4)),
        (("c", "c"), ("net.Twice", "net.Twice"), 2 * (4 * 4 + 4)),
    ],
    ids=["a layer that is called twice", "equal arrays of two layers", "what a class of one's own does"],
)
def test_arrays_are_shared_where_a_layer_of_pytorch_is_called_again(modules, classes, params, tmp_path):
    """Equal arrays are stored once, so that names alone prove nothing; which module reads them does."""
    weights = {"c.weight": np.ones((4, 4, 1, 1), "f"), "c.bias": np.ones(4, "f")}
    first, second = (
        in_module(helper.make_node("Conv", [read, *weights], [made], name=made), module, classes=[kind])
        for read, made, module, kind in zip(("x", "middle"), ("middle", "y"), modules, classes, strict=True)
    )
    proto = model([first, second], {"x": ("N", 4, 5, 5)}, ["y"], weights)
    made = import_file(saved(proto, tmp_path), Overrides())
    assert made.is_ok, made.findings
    assert sum(layer.params or 0 for layer in made.draft.layers) == params
    counted_twice = [each for each in made.findings if "counted for each layer" in each.message]
    assert bool(counted_twice) == (params > 20)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # of the exporter
def test_a_table_that_the_last_layer_has_too_is_said_to_be_there_twice(tmp_path):
    torch = pytest.importorskip("torch")
    pytest.importorskip("onnxscript")

    class Tied(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.table, self.scores = torch.nn.Embedding(20, 8), torch.nn.Linear(8, 20, bias=False)
            self.scores.weight = self.table.weight

        def forward(self, x):
            return self.scores(self.table(x))

    file = tmp_path / "net.onnx"
    example = torch.zeros(1, 7, dtype=torch.long)
    torch.onnx.export(Tied().eval(), (example,), str(file), dynamo=True, verbose=False)
    spec = cnncalc.load(file)
    assert cnncalc.analyze(spec).totals.params == 2 * 20 * 8
    where = "`scores.weight` in `table` and `scores`"
    text = f"counted twice, as the file has it twice, is what may be one parameter of the model: {where}"
    assert [each.message for each in spec.remarks if each.code == "CNN573"] == [text]
