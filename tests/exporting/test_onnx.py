"""Models as ONNX files: checked by the `onnx` package, run by ONNX Runtime, and imported again."""

from __future__ import annotations

import sys
from math import prod
from pathlib import Path

import numpy as np
import pytest
from layers.examples import EXAMPLES
from oracle.random_networks import KNOWN, network

import cnncalc
from cnncalc.cli import run as command
from cnncalc.layers import part
from cnncalc.sameness.networks import compare_networks
from cnncalc.source.open_model import shipped
from cnncalc.source.shipped_variants import SHIPPED_VARIANTS

pytest.importorskip("onnxruntime", reason="ONNX Runtime is not installed (pip install -e '.[oracle]')")

from exporting import onnx_runs
from exporting.smallest import smallest

BY_DAY = ["lenet5", "typical_cnn", "siamese", "one_d", "tiny_vgg", "tiny_vit", "tcn", "m5", "wavenet", "squeezenet",
          "mobilenet_v1", "mobilenet_v2", "mobilevit_xxs", "shufflenet_v2", "ghostnet", "efficientnet", "resnet18",
          "convnextv2_atto", "vit_ti_16", "regnet_y", "yolov8"]  # fmt: skip
"""Shipped specs and variants that are compared in every run; all others in the nightly one."""
VALUES = {
    "vit_h_14": {"depth": 8},
    "convnextv2_huge": {"depth3": 3},
    "regnet_y_128gf": {"depths": [2, 3, 3, 1]},
    "detr": {"height": 64, "width": 64},
}
"""Vars: the first three are larger than a file may be, and have fewer blocks here; the last states its size."""
AT_THEIR_OWN_SIZE = ["lenet5", "resnet_v2", "mobilenet_v2", "unet_3d"]
"""Shipped specs that are imported again in every run, with the input that they state."""


@pytest.mark.parametrize("kind", KNOWN)
def test_every_kind_says_what_it_is_there(kind):
    assert part(kind, "onnx"), f"`{kind}` has no part in its family's onnx.py"


@pytest.mark.parametrize("kind", KNOWN)
def test_values_of_every_example(kind):
    refused = []
    for example in (each for each in EXAMPLES if each.kind == kind):
        try:
            onnx_runs.check_values(cnncalc.load(example.text))
        except cnncalc.SpecError as error:
            refused.append(error.diagnostics[0])
    assert [each.code for each in refused if "cubic" not in each.label] == []


@pytest.mark.parametrize("kind", KNOWN)
def test_values_of_random_networks(kind):
    refused: list[str] = []
    for seed in range(2):
        spec = network(seed, kind).spec
        if kind != "divide" and "divide" in {node.kind for node in spec.graph.nodes}:
            continue  # by numbers near 0, the last digits become the first
        try:
            onnx_runs.check_values(spec, tolerance=1e-4)
        except cnncalc.SpecError as error:
            refused += [each.code for each in error.diagnostics]
    assert {*refused} <= {"CNN160"}


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=() if name in BY_DAY else pytest.mark.nightly)
        for name in sorted([*shipped(), *SHIPPED_VARIANTS])
    ],
)
def test_every_layer_of_a_shipped_model_and_the_network_that_is_imported_again(name, tmp_path):
    spec = smallest(cnncalc.load(name), VALUES.get(name))
    _is_the_same_again(spec, onnx_runs.check_layers(spec), tmp_path)


@pytest.mark.parametrize("name", AT_THEIR_OWN_SIZE)
def test_what_is_exported_and_imported_again_is_the_same_network(name, tmp_path):
    _is_the_same_again(cnncalc.load(name), _made(cnncalc.load(name)), tmp_path)


def _is_the_same_again(spec: cnncalc.Spec, content: bytes, folder: Path) -> None:
    """Asserts that a file is imported as the network that was exported."""
    path = folder / "net.onnx"
    path.write_bytes(content)
    again = cnncalc.load(path)
    found = compare_networks(spec, again)
    assert (found.verdict, found.parting) == ("same", None), found.text
    assert _numbers(again) == _numbers(spec)


def _numbers(spec: cnncalc.Spec) -> tuple[int, int]:
    """How much is learned, even in frozen layers (ONNX does not say which these are), and the multiply-adds."""
    weights = [weight for node in spec.graph.nodes if not node.shares for weight in node.weights.values()]
    return sum(prod(each.shape) for each in weights if not each.is_statistic), cnncalc.analyze(spec).totals.macs


QUERIES = """
inputs: {x: 64x30}
layout: channels_first
layers:
- {learned: 64x10, name: queries}
- rescale: 0
- {add: [[], queries], name: asking}
- {attention: 8, from: asking, keys: asking, values: rescale1}
- {add: [[], rescale1]}
- layer_norm
- {add: [[], queries]}
- {attention: 8, keys: x}
"""
PLACES = """
inputs: {x: 3x5x6, places: 64x5x6}
layout: channels_first
layers:
- {conv: 64, kernel: 1, from: x}
- {flatten: {positions: true}, name: row}
- {flatten: {positions: true}, from: places}
- {add: [row, []], name: placed}
- {attention: 8, from: placed, keys: placed, values: row}
"""
MIXER = """
input: 10x12
defaults: {permute: {position: channels, channels: position}}
layers:
- {residual: [layer_norm, permute, {dense: 7}, gelu, {dense: 10}, permute]}
- layer_norm
- dense: 3
"""
ROTATION = """
input: 20x3
layers:
- matmul: [[], [{conv: 8, kernel: 1}, global_max_pool, {dense: 9}, {reshape: 3x3}]]
- {conv: 8, kernel: 1}
"""


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(QUERIES, id="learned queries look at one another"),
        pytest.param(PLACES, id="values from a map, keys from a row"),
        pytest.param(MIXER, id="axes that are swapped before a sum"),
        pytest.param(ROTATION, id="a product with a matrix of its own for each sample"),
        pytest.param(
            "input: 3x1x8\nlayers: [{adaptive_avg_pool: 6x4}, flatten, dense: 3]", id="windows of one position"
        ),
        *(
            pytest.param(
                f"inputs: {{a: 5x5x4, b: 5x5x4, c: 1x1x4}}\nlayers: [{{weighted_add: [a, b, c], normalize: {how}}}]",
                id=f"numbers of a row, {how}",
            )
            for how in ("none", "sum", "softmax")
        ),
    ],
)
def test_small_networks_come_back(text, tmp_path):
    spec = cnncalc.load(text)
    _is_the_same_again(spec, _made(spec), tmp_path)


def test_twice_is_the_same_file():
    spec = cnncalc.load("lenet5")
    assert cnncalc.export(spec, "onnx") == cnncalc.export(spec, "onnx")
    assert cnncalc.export(spec, "onnx") != cnncalc.export(spec, "onnx", seed=1)


def test_what_is_in_the_file():
    import onnx

    content = cnncalc.export(
        cnncalc.load("input: 8x8x3\nname: tiny\nlayers: [conv: 3x3x4, relu, flatten, dense: 5]"), "onnx"
    )
    assert isinstance(content, bytes)
    model = onnx.load_from_string(content)
    arrays = {each.name: tuple(each.dims) for each in model.graph.initializer}
    assert arrays == {
        "conv1.kernel": (4, 3, 3, 3),
        "conv1.bias": (4,),
        "dense1.kernel": (5, 144),  # 6·6·4
        "dense1.bias": (5,),
    }
    (x,), (y,) = model.graph.input, model.graph.output
    assert [each.dim_param or each.dim_value for each in x.type.tensor_type.shape.dim] == ["batch", 3, 8, 8]
    assert (x.name, y.name, model.graph.name, model.producer_name) == ("input", "dense1", "tiny", "cnncalc")
    operators = [node.op_type for node in model.graph.node if node.op_type != "Constant"]
    assert operators == ["Conv", "Relu", "Transpose", "Flatten", "Gemm"]


def test_netron_shows_the_shape_of_every_layer():
    import onnx

    text = """
        input: 9x7x3
        description: Two outputs.
        layers: [conv: 3x3x4, {gelu, name: a}, flatten, dropout: 0.1]
        outputs: [a, dropout1]
    """
    model = onnx.load_from_string(_made(cnncalc.load(text)))
    stated = {
        each.name: [size.dim_param or size.dim_value for size in each.type.tensor_type.shape.dim]
        for each in [*model.graph.input, *model.graph.value_info, *model.graph.output]
    }
    assert stated == {
        "input": ["batch", 3, 9, 7],
        "conv1": ["batch", 4, 7, 5],
        "a": ["batch", 4, 7, 5],
        "flatten1": ["batch", 140],  # 4·7·5
        "dropout1": ["batch", 140],
    }
    assert [each.name for each in model.graph.output] == ["a", "dropout1"]
    assert {"conv1", "a", "flatten1", "dropout1"} <= {node.name for node in model.graph.node}
    assert (model.graph.doc_string, model.producer_version) == ("Two outputs.", cnncalc.__version__)
    assert [(each.domain, each.version) for each in model.opset_import] == [("", 21)]


def test_a_batch_of_any_size():
    content = _made(cnncalc.load("tiny_vit"))
    x = np.random.default_rng(0).standard_normal((4, 28, 28, 1)).astype("float32")
    (one,), (four,) = onnx_runs.run(content, {"input": x[:1]}), onnx_runs.run(content, {"input": x})
    assert (one.shape, four.shape) == ((1, 10), (4, 10))
    np.testing.assert_allclose(one, four[:1], rtol=0, atol=1e-6)


def test_imported_weights_go_with_it():
    source = Path(__file__).parents[2] / "examples" / "import" / "digits.pt2"
    spec = cnncalc.load(source)
    content = cnncalc.export(spec, "onnx")
    assert isinstance(content, bytes)
    x = np.random.default_rng(0).standard_normal((1, 1, 28, 28)).astype("float32")
    ours = cnncalc.run(spec, x)[spec.graph.output_nodes[0].name]
    (theirs,) = onnx_runs.run(content, {spec.graph.inputs[0].name: np.moveaxis(x, 1, -1)})
    np.testing.assert_allclose(theirs, np.reshape(ours, theirs.shape), rtol=1e-4, atol=1e-5)


def test_layers_that_nobody_knows_are_refused_with_their_places(tmp_path, capsys):
    path = tmp_path / "net.yaml"
    opaque = "  - {opaque: Roi, output: 4x4x4}\n", "  - relu\n", "  - {opaque: Nms, output: 5}\n"
    text = "".join(("input: 8x8x3\nlayers:\n  - conv: 3x3x4\n", *opaque))
    path.write_text(text)
    assert command(["export", str(path), "-o", str(tmp_path / "net.onnx")]) == 1
    assert capsys.readouterr().err == (
        "error[CNN160]: `opaque1` (opaque) cannot be said in ONNX\n"
        f"  --> {path}:4:6\n"
        "   |\n"
        " 4 |   - {opaque: Roi, output: 4x4x4}\n"
        "   |      ^^^^^^ nobody knows what it calculates\n"
        "\n"
        "error[CNN160]: `opaque2` (opaque) cannot be said in ONNX\n"
        f"  --> {path}:6:6\n"
        "   |\n"
        " 6 |   - {opaque: Nms, output: 5}\n"
        "   |      ^^^^^^ nobody knows what it calculates\n"
    )
    assert not (tmp_path / "net.onnx").exists()


def test_without_the_package_the_way_out_is_said(monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(cnncalc.SpecError) as caught:
        cnncalc.export(cnncalc.load("lenet5"), "onnx")
    (found,) = caught.value.diagnostics
    assert found.code == "CNN155"
    assert found.message == "ONNX files are written by the `onnx` package, which is not installed"
    assert found.help == ('pip install "cnncalc[onnx]"',)


def _made(spec: cnncalc.Spec, **wishes: object) -> bytes:
    content = cnncalc.export(spec, "onnx", **wishes)
    assert isinstance(content, bytes)
    return content


def test_given_weights_are_in_the_file():
    spec = cnncalc.load("input: 2x2x1\nlayers: [{conv: 2x2x1, bias: true}]")
    given = {"conv1.kernel": np.arange(4.0).reshape(2, 2, 1, 1), "conv1.bias": np.array([10.0])}
    (y,) = onnx_runs.run(_made(spec, weights=given), {"input": np.ones((1, 2, 2, 1))})
    assert y.ravel().tolist() == [16]  # 0 + 1 + 2 + 3 + 10


def test_weights_that_do_not_fit_are_refused():
    spec = cnncalc.load("input: 4\nlayers: [dense: 2]")
    with pytest.raises(cnncalc.DataError) as caught:
        cnncalc.export(spec, "onnx", weights={"dense1.kernel": np.zeros((4, 3)), "dense1.bias": np.zeros(2)})
    (found,) = caught.value.diagnostics
    assert (found.code, found.message) == ("CNN322", "`dense1.kernel` is 4×3, but the model's is 4×2")


def test_weights_in_the_spec_go_with_it():
    spec = cnncalc.load("input: 2\nlayers: [{dense: 1, weights: {kernel: [[2, 3]], bias: [4]}}]")
    (y,) = onnx_runs.run(_made(spec), {"input": np.array([[5.0, 7.0]])})
    assert y.tolist() == [[35]]  # 2·5 + 3·7 + 4


def test_a_file_of_more_than_2_gib_is_refused_before_anything_is_drawn(monkeypatch):
    def drawn(*_: object) -> None:
        pytest.fail("weights are drawn")

    monkeypatch.setattr("cnncalc.exporting.onnx.writer.weights_alone", drawn)
    # 20,000·30,000 + 30,000 numbers of four bytes are 2,400,120,000 bytes
    with pytest.raises(cnncalc.SpecError) as caught:
        cnncalc.export(cnncalc.load("input: 20000\nlayers:\n- dense: 30000"), "onnx")
    (found,) = caught.value.diagnostics
    assert found.code == "CNN156"
    assert found.message == "an ONNX file of more than 2 GiB cannot be written; this one would have 2.24 GiB of weights"


def test_ids_are_whole_numbers():
    import onnx

    spec = cnncalc.load(
        "inputs: {words: 5, more: 4}\n"
        "layers: [{embedding: 3, vocabulary: 10, from: words}, flatten, {concat: [[], more]}]"
    )
    content = _made(spec)
    inputs = {each.name: each.type.tensor_type for each in onnx.load_from_string(content).graph.input}
    assert inputs["words"].elem_type == onnx.TensorProto.INT64
    assert inputs["more"].elem_type == onnx.TensorProto.FLOAT


@pytest.mark.parametrize(
    "text",
    [
        # frozen layers have their weights like others
        "input: 6x6x2\nlayers: [{conv: 3x3x4, trainable: false}, relu]",
        # several outputs, one of them read by others
        "input: 6x6x2\nlayers: [{conv: 3x3x4, name: a}, {relu, name: b}, {flatten, name: c}]\noutputs: [a, c]",
        # an output that is only passed on, called as in the spec: dropout and flatten leave vectors as they are
        "input: 5\nlayers: [dropout: 0.5]",
        "input: 5\nlayers: [{dense: 3, name: a}, {flatten, name: b}]\noutputs: [a, b]",
        # the same layer twice
        "inputs: {x: 5, y: 5}\nlayers: [{dense: 3, from: x, name: a}, {share: a, from: y, name: b}, {add: [a, b]}]",
        "input: 5\nlayers: [{dense: 5, name: a}, {share: a, name: b}]\noutputs: [a, b]",
        # an input that nothing reads
        "inputs: {x: 5, y: 3}\nlayers: [{dense: 3, from: x}]",
        # names that other formats have to escape
        "input: 5\nlayers: [{dense: 3, name: 'größe-1'}, {dense: 2, name: input_1}, {dense: 2, name: batch}]",
        # names that constants in the graph might have
        "input: 6x4\nlayers: [{slice: [0, 2], name: constant_1}, {conv: 3x2, name: constant_2}, gelu]",
    ],
)
def test_values_of_models_of_special_form(text):
    onnx_runs.check_values(cnncalc.load(text))


@pytest.mark.parametrize("name", ["digits.pt2", "digits.keras", "digits.onnx"])
def test_a_model_file_keeps_its_values(name):
    spec = cnncalc.load(Path(__file__).parents[2] / "examples" / "import" / name)
    x = np.random.default_rng(0).standard_normal((2, *spec.graph.inputs[0].output.sizes("channels_last")))
    ours = cnncalc.run(spec, x if spec.layout == "channels_last" else np.moveaxis(x, -1, 1))
    (theirs,) = onnx_runs.run(_made(spec), {spec.graph.inputs[0].name: x})
    np.testing.assert_allclose(theirs, ours[spec.graph.output_nodes[0].name], rtol=1e-4, atol=1e-5)


def test_a_module_of_pytorch_keeps_its_values(tmp_path):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed (pip install -e '.[oracle]')")
    nn = torch.nn
    module = nn.Sequential(
        nn.Conv2d(3, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(128, 5)
    )
    for _ in range(3):  # so that the norm has statistics
        module(torch.randn(4, 3, 8, 8))
    module.eval()
    example = torch.randn(2, 3, 8, 8)
    torch.export.save(torch.export.export(module, (example,)), tmp_path / "net.pt2")
    spec = cnncalc.load(tmp_path / "net.pt2")
    (theirs,) = onnx_runs.run(_made(spec), {spec.graph.inputs[0].name: np.moveaxis(example.numpy(), 1, -1)})
    np.testing.assert_allclose(theirs, module(example).detach().numpy(), rtol=1e-4, atol=1e-5)
