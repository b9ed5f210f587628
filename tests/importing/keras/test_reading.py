"""What Keras writes, read without Keras: both formats, sizes that are open, and what is refused."""

from __future__ import annotations

import json
import random
import sys
import zipfile
from pathlib import Path

import pytest
from importing.keras.described import functional, image, layer, sequential
from importing.keras.mutated import mutated

import cnncalc
from cnncalc.importing.flat import flat_spec
from cnncalc.importing.keras import read_keras, read_keras_config
from cnncalc.settings.shape import Shape
from cnncalc.source.files import Unreadable

RECORDED = Path(__file__).parents[2] / "data" / "keras"


def read(model, sizes=None):
    return read_keras_config(model, "net", sizes)


def refusal(model, sizes=None):
    with pytest.raises(Unreadable) as caught:
        read(model, sizes)
    return caught.value.diagnostics[-1]


def kinds(model, sizes=None):
    return [each.kind for each in read(model, sizes).layers]


def totals(draft):
    return cnncalc.analyze(cnncalc.load(flat_spec(draft).text)).totals


# -- both formats


@pytest.mark.parametrize("generation", [2, 3])
def test_every_number_of_a_recorded_model(generation):
    recorded = json.loads((RECORDED / f"keras{generation}.json").read_text())
    draft = read(recorded["model"])
    written = flat_spec(draft)
    spec = cnncalc.load(written.text)
    found = cnncalc.analyze(spec).totals
    assert (found.params, found.trainable_params) == (recorded["params"], recorded["trainable"])
    nodes = {node.name: node for node in spec.graph.nodes}
    last = {layer.path[0][0]: nodes[written.names[layer]].output for layer in draft.layers}
    shapes = {name: list(shape.sizes("channels_last")) for name, shape in last.items()}
    wanted = {name: sizes for name, sizes in recorded["shapes"].items() if name in shapes and None not in sizes}
    assert len(wanted) >= 12
    assert {name: shapes[name] for name in wanted} == wanted
    assert not draft.not_understood


def test_hard_sigmoid_has_the_slope_of_its_generation():
    slopes = {}
    for generation in (2, 3):
        model = json.loads((RECORDED / f"keras{generation}.json").read_text())["model"]
        slopes[generation] = [each.settings.get("slope") for each in read(model).layers if each.kind == "hard_sigmoid"]
    assert slopes == {2: [0.2, 0.2], 3: [None, None]}


def test_models_inside_have_paths_and_share_their_weights():
    model = json.loads((RECORDED / "keras3.json").read_text())["model"]
    first, second = (each for each in read(model).layers if each.kind == "depthwise_conv")
    assert first.path == (("block", "Functional"), ("depthwise", "DepthwiseConv2D"))
    assert (first.origin, first.place) == ("block/depthwise", 'layer "block/depthwise" (DepthwiseConv2D)')
    assert second.shares is first


def test_a_layer_of_keras_1_whose_model_is_a_list():
    dense = {"class_name": "Dense", "config": {"units": 3, "batch_input_shape": [None, 4], "name": "d"}}
    assert totals(read({"class_name": "Sequential", "config": [dense], "keras_version": "2.1.6"})).params == 15


# -- whose class it is


def test_an_operator_is_no_layer_of_the_same_name():
    add = layer("Add", "plus", ("image", [4]), 0.5, module="keras.src.ops.numpy", registered="Add")
    [made] = read(functional(image(4), add)).layers
    assert (made.kind, made.settings["offset"]) == ("rescale", 0.5)


def test_a_class_of_ones_own_with_a_known_name_is_not_that_layer():
    mine = layer("Dense", "mine", "image", module="my_layers", registered="mine>Dense", units=9)
    after = layer("Dense", "last", ("mine", [7]), units=2)
    draft = read(functional(image(4), mine, after))
    assert [each.kind for each in draft.layers] == ["opaque", "dense"]
    assert draft.layers[0].settings == {"operation": "Dense", "output": Shape((), 7)}
    assert draft.not_understood == {"Dense": 1}


@pytest.mark.parametrize(
    ("class_name", "module", "registered", "config", "kind"),
    [
        (
            "LayerScale",
            "keras.src.applications.convnext",
            "LayerScale",
            {"init_values": 1e-6, "projection_dim": 6},
            "scale",
        ),
        ("StochasticDepth", "keras.src.applications.convnext", "StochasticDepth", {"drop_path_rate": 0.1}, "drop_path"),
        ("LayerScale", None, "mine>LayerScale", {"init_values": 1e-6, "projection_dim": 6}, "opaque"),
        ("LayerScale", "keras.layers", None, {"gamma": 1}, "opaque"),
        ("LayerScale", None, None, {"init_values": 1e-6, "projection_dim": 6}, "scale"),
    ],
)
def test_layers_that_applications_bring_along(class_name, module, registered, config, kind):
    own = layer(class_name, "own", "image", module=module, registered=registered, **config)
    assert kinds(functional(image(8, 8, 6), own, layer("ReLU", "last", ("own", [8, 8, 6])))) == [kind, "relu"]


@pytest.mark.parametrize(
    "class_name",
    [
        *("RandomBrightness", "RandomContrast", "RandomFlip", "RandomHeight", "RandomRotation", "RandomWidth"),
        *("RandomTranslation", "RandomZoom", "GaussianDropout", "GaussianNoise", "AlphaDropout"),
    ],
)
def test_what_changes_samples_in_training_alone(class_name):
    own = layer(class_name, "own", "image", factor=0.2, rate=0.2, stddev=0.2)
    draft = read(functional(image(8, 8, 3), own, layer("Flatten", "f", ("own", [8, 8, 3]))))
    assert (totals(draft).params, draft.not_understood) == (0, {})
    assert {each.kind for each in draft.layers} <= {"identity", "dropout", "flatten"}


def of_keras2(class_name, name, nodes, **config):
    """A layer, with what it reads, as Keras 2 writes it."""
    return {"class_name": class_name, "name": name, "config": {"name": name, **config}, "inbound_nodes": nodes}


@pytest.mark.parametrize(
    "nodes",
    [
        [["a", 0, 0, {"y": ["b", 0, 0], "name": None}]],
        [[["a", 0, 0, {"y": ["b", 0, 0]}]]],
        [["b", 0, 0, {"y": ["a", 0, 0]}]],
    ],
)
def test_a_second_operand_that_keras_2_puts_among_the_arguments(nodes):
    model = functional(
        of_keras2("InputLayer", "image", [], batch_input_shape=[None, 4]),
        of_keras2("Dense", "a", [[["image", 0, 0, {}]]], units=3),
        of_keras2("Dense", "b", [[["image", 0, 0, {}]]], units=3),
        of_keras2("TFOpLambda", "plus", nodes, function="__operators__.add"),
    )
    draft = read({**model, "keras_version": "2.15.0"})
    assert [each.kind for each in draft.layers] == ["dense", "dense", "add"]
    assert set(draft.layers[2].inputs) == {*draft.layers[:2]}


def test_calls_of_a_model_inside_count_from_1_in_keras_2():
    """The first call is that which built it."""
    inner = functional(
        of_keras2("InputLayer", "x", [], batch_input_shape=[None, 4]),
        of_keras2("Dense", "d", [[["x", 0, 0, {}]]], units=4),
        name="inner",
    )
    twice = {**inner, "name": "inner", "inbound_nodes": [[["image", 0, 0, {}]], [["inner", 1, 0, {}]]]}
    add = of_keras2("Add", "add", [[["inner", 1, 0, {}], ["inner", 2, 0, {}]]])
    image = of_keras2("InputLayer", "image", [], batch_input_shape=[None, 4])
    first, second, merged = read({**functional(image, twice, add), "keras_version": "2.15.0"}).layers
    assert (second.inputs, second.shares, merged.inputs) == ((first,), first, (first, second))


# -- never run, never guessed


def test_the_code_of_a_lambda_is_not_even_decoded():
    code = {"class_name": "__lambda__", "config": {"code": "not base64 at all!", "defaults": None, "closure": None}}
    own = layer("Lambda", "own", "image", function=code, output_shape=None)
    draft = read(functional(image(4), own, layer("ReLU", "last", ("own", [5]))))
    assert draft.layers[0].settings == {"operation": "Lambda", "output": Shape((), 5)}
    assert str(totals(draft).params) == "unknown"


def test_a_lambda_of_which_the_file_does_not_say_what_it_makes():
    found = refusal(functional(image(4), layer("Lambda", "own", "image")))
    assert (found.code, found.message) == (
        "CNN152",
        'layer "own" (Lambda): what `Lambda` does is not known, and the file does not say what it makes',
    )


def test_a_lambda_that_says_itself_what_it_makes():
    [made] = read(functional(image(4), layer("Lambda", "own", "image", output_shape=[2, 3]))).layers
    assert made.settings["output"] == Shape((2,), 3)


def test_an_activation_of_ones_own():
    mine = {"module": "builtins", "class_name": "function", "config": "my_act", "registered_name": "function"}
    draft = read(functional(image(4), layer("Dense", "d", "image", units=3, activation=mine)))
    assert [each.kind for each in draft.layers] == ["dense", "opaque"]
    assert draft.not_understood == {"my_act": 1}


def test_a_subclassed_model_has_no_graph():
    found = refusal({"module": "zoo", "class_name": "MyNet", "config": {}, "registered_name": "zoo>MyNet"})
    assert found.code == "CNN152"
    assert "`MyNet`" in found.message
    assert "keras.Model(x, model(x))" in found.help[0]


def test_a_subclassed_model_is_known_for_what_it_is(tmp_path):
    path = tmp_path / "net.json"
    path.write_text(json.dumps({"module": "zoo", "class_name": "MyNet", "config": {}, "registered_name": "zoo>MyNet"}))
    assert [each.code for each in cnncalc.check(path).findings] == ["CNN152"]


def test_a_subclassed_model_inside_another():
    inside = layer("MyNet", "inside", "image", module="zoo", registered="zoo>MyNet")
    assert kinds(functional(image(4), inside, layer("ReLU", "last", ("inside", [9])))) == ["opaque", "relu"]


def test_a_functional_model_of_a_class_of_ones_own_is_read_by_its_layers():
    model = functional(image(4), layer("Dense", "d", "image", units=3))
    inside = {**model, "class_name": "MyNet", "module": "zoo", "registered_name": "zoo>MyNet"}
    whole = functional(
        image(4, name="x"), {**inside, "name": "mine", "inbound_nodes": layer("D", "d", "x")["inbound_nodes"]}
    )
    draft = read(whole)
    assert [each.kind for each in draft.layers] == ["dense"]
    assert [each.code for each in draft.remarks] == ["CNN573"]


@pytest.mark.parametrize(
    ("own", "settings"),
    [
        (
            layer("LSTM", "own", "x", units=3, activation="relu"),
            {"output": Shape((), 3), "params": 3 * 4 * (6 + 3 + 1)},
        ),
        (layer("GRU", "own", "x", units=3, go_backwards=True), {"output": Shape((), 3), "params": 3 * 3 * (6 + 3 + 2)}),
        (layer("Masking", "own", "x", mask_value=-1.0), {"output": Shape((5,), 6), "params": 0}),
        (
            layer("LayerNormalization", "own", ("x"), axis=[1, 2], rms_scaling=True),
            {"output": Shape((5,), 6), "params": 30},
        ),
    ],
    ids=lambda each: each.get("class_name", ""),
)
def test_what_is_known_of_layers_without_a_kind(own, settings):
    [made] = read(functional(image(5, 6, name="x"), own)).layers
    assert (made.kind, {**made.settings, "operation": ""}) == ("opaque", {"operation": "", **settings})


# -- inputs


def test_open_sizes_are_asked_for_by_name():
    found = refusal(functional(image(None, None, 3), layer("Conv2D", "c", "image", filters=4, kernel_size=[3, 3])))
    assert (found.code, found.message) == ("CNN153", "the file leaves sizes open: `image` (?×?×3)")
    assert found.help == ("give them, for example: `--input 224x224x3`",)


@pytest.mark.parametrize("sizes", [{"": (32, 20)}, {"image": (32, 20, 3)}, {"image": (32, 20)}, {"": (32, 20, None)}])
def test_open_sizes_are_given(sizes):
    conv = layer("Conv2D", "c", "image", filters=4, kernel_size=[3, 3], strides=[2, 2], padding="same")
    draft = read(functional(image(None, None, 3), conv), sizes)
    assert draft.inputs[0].shape == Shape((32, 20), 3)


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ({"picture": (32, 20)}, "there is no input `picture`"),
        ({"image": (32,)}, "`image` has 3 sizes besides the batch, not 1"),
        ({"": (32, 32, 4)}, "`image` has a size of 3 in the file, not 4"),
    ],
)
def test_sizes_that_do_not_fit(sizes, message):
    found = refusal(functional(image(None, None, 3), layer("ReLU", "r", "image")), sizes)
    assert (found.code, found.message) == ("CNN153", message)
    assert found.help == ("inputs of the file, without the batch: `image` (?×?×3)",)


def test_the_length_of_a_sequence_is_given():
    table = layer("Embedding", "e", "image", input_dim=9, output_dim=4)
    assert read(functional(image(None), table), {"": (7,)}).inputs[0].shape == Shape((), 7)


def test_another_size_than_that_of_the_file():
    conv = layer("Conv2D", "c", ("image", [8, 8, 3]), filters=4, kernel_size=[3, 3])
    draft = read(functional(image(8, 8, 3), conv, layer("Flatten", "f", ("c", [6, 6, 4]))), {"": (10, 10)})
    assert [each.output for each in draft.layers] == [None, None]
    assert cnncalc.load(flat_spec(draft).text).graph.nodes[-1].output == Shape((), 256)
    unknown = functional(image(8, 8, 3), layer("Mine", "own", "image", module="m"), layer("ReLU", "r", ("own", [9])))
    assert refusal(unknown, {"": (10, 10)}).code == "CNN152"


def test_a_sequential_model_that_was_never_built():
    found = refusal(sequential(layer("Dense", "d", units=3)))
    assert (found.code, found.message) == ("CNN153", "the file leaves sizes open: `input` (sizes not stated)")
    assert totals(read(sequential(layer("Dense", "d", units=3)), {"": (4,)})).params == 15


def test_a_fixed_batch_is_dropped():
    draft = read(functional(image(4, batch=8), layer("Dense", "d", "image", units=3)))
    assert [(each.code, each.severity) for each in draft.remarks] == [("CNN571", "note")]
    assert draft.remarks[0].message == "the file fixes a batch of 8: all numbers are those of one sample"


def test_a_fixed_batch_in_a_reshape():
    reshape = layer("Reshape", "r", "image", module="keras.src.ops.numpy", newshape=[8, 2, 2])
    assert read(functional(image(4, batch=8), reshape)).layers[0].settings == {"shape": Shape((2,), 2)}


@pytest.mark.parametrize(
    "own",
    [
        layer("Mean", "own", "image", module="keras.src.ops.numpy", axis=[0, 1]),
        layer("Mean", "own", "image", module="keras.src.ops.numpy", axis=None),
        layer("Reshape", "own", "image", module="keras.src.ops.numpy", newshape=[-1, 2]),
        layer("Transpose", "own", "image", module="keras.src.ops.numpy", axes=[1, 0]),
        layer("Concatenate", "own", ["image", "image"], axis=0),
        layer("Softmax", "own", "image", axis=0),
    ],
    ids=lambda each: each["class_name"],
)
def test_what_mixes_samples(own):
    found = refusal(functional(image(4), own))
    assert found.code == "CNN154"
    assert 'layer "own"' in found.message


# -- damaged


def test_more_axes_than_a_tensor_has_here():
    large = layer("Reshape", "large", "image", target_shape=[2, 2, 2, 2, 3])
    found = refusal(functional(image(4, 4, 3), large, layer("Softmax", "s", "large", axis=2)))
    assert (found.code, found.message) == (
        "CNN152",
        'layer "s" (Softmax): 2×2×2×2×3 has more axes than the 4 that a tensor has here besides the batch',
    )


def test_a_merge_of_a_tensor_and_a_number():
    found = refusal(functional(image(4), layer("Add", "a", ["image", 3.0])))
    assert (found.code, found.message) == ("CNN150", 'layer "a" (Add): it reads something else than a list of tensors')


def test_masks_that_keras_works_out_are_left_out():
    zeros = layer("NotEqual", "mask", "image", 0.0, module="keras.src.ops.numpy", registered="NotEqual")
    lstm = layer("LSTM", "lstm", "image", units=3)
    lstm["inbound_nodes"][0]["kwargs"] = {"mask": layer("x", "x", "mask")["inbound_nodes"][0]["args"][0]}
    draft = read(functional(image(5, 6), zeros, lstm))
    assert [each.kind for each in draft.layers] == ["lstm"]
    assert [(each.code, each.message) for each in draft.remarks] == [
        ("CNN573", "masks are left out: every position counts, whatever is in it")
    ]


def test_a_cycle():
    found = refusal(functional(image(4), layer("Add", "a", ["image", "b"]), layer("ReLU", "b", "a")))
    assert (found.code, found.message) == (
        "CNN150",
        "the graph of `net` is damaged: `a` reads what is made after it, or nowhere",
    )


@pytest.mark.parametrize("read_by", ["nobody", ("image", [4], 7)])
def test_what_is_read_but_not_there(read_by):
    assert refusal(functional(image(4), layer("ReLU", "r", read_by))).code == "CNN150"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"groups": "x"}, "its `groups` is no whole number of at least 1"),
        ({"strides": [0, 1]}, "its `strides` has not one whole number of at least 1 for each of 2 axes"),
        ({"kernel_size": [3]}, "its `kernel_size` has not one whole number of at least 1 for each of 2 axes"),
    ],
)
def test_settings_of_other_types(settings, message):
    own = {"filters": 4, "kernel_size": [3, 3], **settings}
    found = refusal(functional(image(8, 8, 3), layer("Conv2D", "c", "image", **own)))
    assert (found.code, found.message) == ("CNN150", f'layer "c" (Conv2D): {message}')


def test_settings_with_which_nothing_can_be_calculated():
    part = layer("GetItem", "part", "image", module="keras.src.ops.numpy", registered="GetItem")
    step = {"class_name": "__slice__", "config": {"start": None, "stop": None, "step": 0}}
    part["inbound_nodes"][0]["args"].append([{"class_name": "__ellipsis__", "config": {}}, step])
    found = refusal(functional(image(8, 8, 3), part))
    told = "its settings are damaged, or of a version that is not known: slice step cannot be zero"
    assert (found.code, found.message) == ("CNN150", f'layer "part" (GetItem): {told}')


def test_models_that_call_each_other_again_and_again():
    inside = functional(image(4), layer("ReLU", "r", "image"), name="m0")
    for number in range(1, 30):
        twice = layer("Functional", "m", calls=[["image"], ["image"]])
        inside = functional(
            image(4), {**inside, "name": "m", "inbound_nodes": twice["inbound_nodes"]}, name=f"m{number}"
        )
    assert refusal(inside).code == "CNN156"


def test_models_inside_models_without_end():
    inside = functional(image(4), layer("ReLU", "r", "image"))
    for _ in range(50):
        inside = functional(
            image(4), {**inside, "name": "m", "inbound_nodes": layer("F", "m", "image")["inbound_nodes"]}
        )
    assert refusal(inside).code == "CNN156"


@pytest.mark.parametrize("generation", [2, 3])
def test_values_replaced_at_random_are_findings(generation):
    drawn = random.Random(generation)
    model = json.loads((RECORDED / f"keras{generation}.json").read_text())["model"]
    refused = 0
    for _ in range(200):
        try:
            flat_spec(read(mutated(model, drawn)))
        except Unreadable:
            refused += 1
    assert 0 < refused < 200


def test_a_shape_that_is_not_what_the_layer_makes_is_a_finding(tmp_path):
    path = tmp_path / "net.json"
    dense = layer("Dense", "d", ("image", [4]), units=3)
    path.write_text(json.dumps(functional(image(4), dense, layer("ReLU", "last", ("d", [5])))))
    [found] = [each for each in cnncalc.check(path).findings if each.code == "CNN157"]
    assert found.message == 'layer "d" (Dense): the file states an output of 5, computed is 3'


# -- files


def saved(path, model, **members):
    """An archive as Keras writes it."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("metadata.json", json.dumps({"keras_version": "3.15.1"}))
        archive.writestr("config.json", json.dumps(model))
        for name, data in members.items():
            archive.writestr(name, data)
    return str(path)


def test_an_archive_is_read_without_its_weights(tmp_path):
    path = saved(tmp_path / "net.keras", functional(image(4), layer("Dense", "d", "image", units=3)))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("model.weights.h5", b"no HDF5 at all")
    draft = read_keras(path)
    assert totals(draft).params == 15
    assert list(draft.layers[0].weights) == ["kernel", "bias"]


def test_weights_that_are_damaged_are_a_finding_where_they_are_asked_for(tmp_path):
    pytest.importorskip("h5py")
    path = saved(tmp_path / "net.keras", functional(image(4), layer("Dense", "d", "image", units=3)))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("model.weights.h5", b"no HDF5 at all")
    with pytest.raises(Unreadable) as caught:
        read_keras(path).layers[0].weights["kernel"]
    assert caught.value.diagnostics[-1].code == "CNN150"


@pytest.mark.parametrize("data", [b"PK\x03\x04 and no more", b"{", b"[]", b"{}", b'{"class_name": 3}'])
def test_files_that_are_no_models(data, tmp_path):
    (tmp_path / "net").write_bytes(data)
    with pytest.raises(Unreadable) as caught:
        read_keras(str(tmp_path / "net"))
    assert caught.value.diagnostics[-1].code in ("CNN150", "CNN152")


def test_hdf5_without_its_library(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "h5py", None)
    (tmp_path / "net.h5").write_bytes(b"\x89HDF\r\n\x1a\n")
    with pytest.raises(Unreadable) as caught:
        read_keras(str(tmp_path / "net.h5"))
    found = caught.value.diagnostics[-1]
    assert (found.code, found.help) == (
        "CNN155",
        (
            "install it with cnncalc: `pip install 'cnncalc[h5]'`",
            "or save the model as `model.keras`, whose layers are read without it: `model.save('model.keras')`",
        ),
    )


def test_hdf5_with_weights_alone(tmp_path):
    h5py = pytest.importorskip("h5py")
    with h5py.File(tmp_path / "net.h5", "w") as file:
        file["layers/dense/vars/0"] = [1.0, 2.0]
    with pytest.raises(Unreadable) as caught:
        read_keras(str(tmp_path / "net.h5"))
    found = caught.value.diagnostics[-1]
    said = "the HDF5 file has no description of a model: it may hold weights alone"
    way = "load the weights in Python where the model is, and save it whole: `model.save('model.keras')`"
    assert (found.code, found.message, found.help) == ("CNN152", said, (way,))


def test_links_to_other_files_are_not_followed(tmp_path):
    h5py = pytest.importorskip("h5py")
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["kernel"] = [[1.0, 2.0]]
    with h5py.File(tmp_path / "weights.h5", "w") as file:
        file.create_group("layers/dense/vars")["0"] = h5py.ExternalLink(str(tmp_path / "other.h5"), "kernel")
    path = saved(tmp_path / "net.keras", functional(image(4), layer("Dense", "d", "image", units=3)))
    with zipfile.ZipFile(path, "a") as archive:
        archive.write(tmp_path / "weights.h5", "model.weights.h5")
    with pytest.raises(KeyError):
        read_keras(path).layers[0].weights["kernel"]


# -- a live model


class Live:
    """What `from_keras` looks at."""

    name = "live"

    def __init__(self, model):
        self.model = model

    def to_json(self):
        return json.dumps(self.model)


def test_a_live_model():
    spec = cnncalc.from_keras(Live(functional(image(None, 3), layer("Dense", "d", "image", units=2))), input="7x3")
    assert cnncalc.analyze(spec).totals.params == 8


def test_a_live_model_of_another_size():
    model = Live(functional(image(None, 3), layer("Dense", "d", "image", units=2)))
    for size in ((7, 3), {"image": (7, 3)}, (7,), 7):
        assert cnncalc.from_keras(model, input=size).graph.inputs[0].output == Shape((7,), 3)


def test_a_live_model_that_cannot_be_described():
    class Own(Live):
        def to_json(self):
            raise NotImplementedError("Layer Mine was created\n by passing arguments")

    with pytest.raises(cnncalc.SpecError) as caught:
        cnncalc.from_keras(Own({}))
    (found,) = caught.value.diagnostics
    assert (found.code, found.message) == (
        "CNN152",
        "Keras cannot describe the model: NotImplementedError: Layer Mine was created by passing arguments",
    )
    assert found.help == ("a layer of a class of your own needs a `get_config`",)


def test_what_is_no_live_model():
    with pytest.raises(TypeError, match="expected a model of Keras, found an int"):
        cnncalc.from_keras(3)
    with pytest.raises(cnncalc.SpecError, match="CNN153"):
        cnncalc.from_keras(Live(functional(image(None, 3), layer("Dense", "d", "image", units=2))))


def test_another_number_of_channels_is_refused():
    layers = [
        {"class_name": "InputLayer", "config": {"name": "x", "batch_input_shape": [None, None, None, 3]}},
        {"class_name": "Conv2D", "config": {"name": "conv", "filters": 4, "kernel_size": [3, 3]}},
    ]
    config = {"class_name": "Sequential", "config": {"name": "net", "layers": layers}}
    read_keras_config(config, "net.json", {"": (24, 24, 3)})
    with pytest.raises(Unreadable) as caught:
        read_keras_config(config, "net.json", {"": (24, 24, 4)})
    (found,) = caught.value.diagnostics
    assert (found.code, found.message) == ("CNN153", "`x` has a size of 3 in the file, not 4")
