"""Sizes that a file of Keras states, of weights and of tensors, are those that are computed, or a finding says so."""

from __future__ import annotations

import json
import sys
import zipfile

import pytest
from importing.keras.described import functional, image, layer, sequential

import cnncalc


def said_of(path):
    return [each.message for each in cnncalc.check(path).findings if each.code == "CNN157"]


# -- tensors


@pytest.fixture
def described(tmp_path):
    def write(model):
        path = tmp_path / "net.json"
        path.write_text(json.dumps(model))
        return path

    return write


def inside(model, name, *reads):
    """A model as a layer of another one."""
    return {**model, "name": name, "inbound_nodes": layer("F", name, *reads)["inbound_nodes"]}


def test_an_output_of_which_some_sizes_are_open(described):
    conv = layer("Conv2D", "c", ("image", [8, 8, 3]), filters=4, kernel_size=[3, 3])
    path = described(functional(image(8, 8, 3), conv, layer("ReLU", "r", ("c", [None, None, 5]))))
    assert said_of(path) == ['layer "c" (Conv2D): the file states an output of 6×6×5, computed is 6×6×4']
    path = described(functional(image(8, 8, 3), conv, layer("ReLU", "r", ("c", [None, 6, 4]))))
    assert said_of(path) == []


def test_an_output_of_other_axes_some_of_them_open(described):
    dense = layer("Dense", "d", ("image", [4]), units=3)
    path = described(functional(image(4), dense, layer("ReLU", "r", ("d", [None, 3]))))
    assert said_of(path) == ['layer "d" (Dense): the file states an output of ?×3, computed is 3']


def test_an_output_that_is_what_the_layer_reads(described):
    path = described(functional(image(4), layer("Dropout", "drop", "image"), layer("ReLU", "r", ("drop", [5]))))
    assert said_of(path) == ['layer "drop" (Dropout): the file states an output of 5, computed is 4']


def test_what_a_model_inside_is_made_for_and_makes(described):
    inner = functional(image(None, 4, name="x"), layer("Dense", "d", "x", units=3), name="inner")
    path = described(functional(image(7, 6), inside(inner, "inner", "image"), layer("ReLU", "r", ("inner", [7, 2]))))
    assert said_of(path) == [
        'layer "inner" (Functional): the file states an output of 7×2, computed is 7×3',
        "the model `inner`: the file states an input of ?×4, computed is 7×6",
    ]


def test_what_a_merge_was_built_for(described):
    wide, narrow = layer("Dense", "a", "image", units=3), layer("Dense", "b", "image", units=2)
    both = layer("Concatenate", "c", ["a", "b"], build={"input_shape": [[None, 3], [None, 5]]})
    path = described(functional(image(4), wide, narrow, both))
    assert said_of(path) == ['layer "b" (Dense): the file states an output of 5, computed is 2']


def test_what_the_next_layer_of_a_row_was_built_for(described):
    first, second = layer("Dense", "a", units=3), layer("Dense", "b", units=2, build={"input_shape": [None, 5]})
    path = described(sequential(image(4), first, second))
    assert said_of(path) == ['layer "a" (Dense): the file states an output of 5, computed is 3']


def test_another_input_has_other_sizes_that_nothing_states(described):
    inner = functional(image(8, 8, 3, name="x"), layer("ReLU", "d", "x"), name="inner")
    model = functional(image(8, 8, 3), inside(inner, "inner", "image"), layer("ReLU", "r", ("inner", [8, 8, 3])))
    found = cnncalc.check(described(model), input="10x10x3").findings
    assert [each for each in found if each.code == "CNN157"] == []


# -- weights


@pytest.fixture
def saved(tmp_path):
    """Writes a model with arrays of zeros, by their paths and shapes."""
    h5py = pytest.importorskip("h5py", reason="h5py is not installed (pip install -e '.[h5]')")

    def write(model, shapes, compression=zipfile.ZIP_STORED):
        with h5py.File(tmp_path / "weights.h5", "w") as file:
            for path, shape in shapes.items():
                file.create_dataset(path, shape, "float32")
        with zipfile.ZipFile(tmp_path / "net.keras", "w") as archive:
            archive.writestr("config.json", json.dumps(model))
            archive.write(tmp_path / "weights.h5", "model.weights.h5", compression)
        return tmp_path / "net.keras"

    return write


DENSE = functional(image(4), layer("Dense", "d", "image", units=3))


def test_weights_that_fit(saved):
    shapes = {"layers/dense/vars/0": (4, 3), "layers/dense/vars/1": (3,), "optimizer/vars/0": (9, 9)}
    assert said_of(saved(DENSE, shapes)) == []


def test_a_bias_that_the_layer_has_not(saved):
    model = functional(image(4), layer("Dense", "d", "image", units=3, use_bias=False))
    path = saved(model, {"layers/dense/vars/0": (4, 3), "layers/dense/vars/1": (3,)})
    assert said_of(path) == ['layer "d" (Dense): the file has 15 parameters for it, computed are 12']


def test_a_kernel_of_another_shape(saved):
    path = saved(DENSE, {"layers/dense/vars/0": (6, 2), "layers/dense/vars/1": (3,)})
    assert said_of(path) == ['layer "d" (Dense): its `kernel` is 6×2 in the file, computed is 4×3']


def test_weights_of_two_layers_that_should_be_one(saved):
    shared = {**layer("Dense", "d", "image", units=3), "shared_object_id": 1}
    around = inside(functional(image(4, name="x"), layer("Dense", "d", "x", units=3), name="inner"), "inner", "image")
    model = functional(image(4), around, shared, layer("Add", "sum", ["inner", "d"]))
    places = ("layers/functional/layers/dense", "layers/dense")
    once = {f"{places[0]}/vars/0": (4, 3), f"{places[0]}/vars/1": (3,)}
    twice = {f"{place}/vars/{n}": shape for place in places for n, shape in enumerate([(4, 3), (3,)])}
    assert said_of(saved(model, once)) == []
    assert said_of(saved(model, twice)) == [
        'layer "d": the file has 2 copies of its weights, as of layers that share none'
    ]


def test_an_older_file_whose_parts_are_missing_or_lead_elsewhere(tmp_path):
    h5py = pytest.importorskip("h5py", reason="h5py is not installed (pip install -e '.[h5]')")

    def said(change):
        with h5py.File(tmp_path / "net.h5", "w") as file:
            file.attrs["model_config"], file.attrs["keras_version"] = json.dumps(DENSE), "2.15.0"
            own = file.create_group("model_weights/d")
            own.attrs["weight_names"] = [b"d/kernel:0", b"d/bias:0"]
            own["d/kernel:0"], own["d/bias:0"] = [[0.5] * 3] * 4, [0.5] * 3
            file.copy("model_weights", file.create_group("elsewhere"))
            change(file)
        return [(each.code, each.severity, each.message) for each in cnncalc.check(tmp_path / "net.h5").findings]

    def without_bias(file):
        del file["model_weights/d/d/bias:0"]

    def deep(file):
        group = file
        for _ in range(400):
            group = group.create_group("g")

    def round(file):
        file["model_weights/again"] = file["/"]

    def in_another_file(file):
        del file["model_weights"]
        file["model_weights"] = h5py.ExternalLink("other.h5", "/model_weights")

    assert said(lambda _: None) == []
    missing = "the HDF5 file is damaged or incomplete: it lists `model_weights/d/d/bias:0`, which is not in it"
    assert said(without_bias) == [("CNN150", "warning", missing)]
    assert said(round) == []
    far = "the HDF5 file is damaged or incomplete: it has more than 50,000 groups, or is more than 300 groups deep"
    assert said(deep) == [("CNN150", "warning", far)]
    (tmp_path / "net.h5").rename(tmp_path / "other.h5")
    away = "the HDF5 file is damaged or incomplete: 'model_weights/d is no part of the file'"
    assert said(in_another_file) == [("CNN150", "warning", away)]


def test_weights_of_a_layer_that_should_have_none(saved):
    model = functional(image(4), layer("Dropout", "drop", "image"), layer("Flatten", "flat", "drop"))
    path = saved(model, {"layers/dropout/vars/0": (5,), "layers/dropout/seed_generator/vars/0": (2,)})
    assert said_of(path) == ['layer "drop" (Dropout): the file has 5 parameters for it, computed are 0']
    path = saved(model, {"layers/flatten/vars/0": (5,)})
    assert said_of(path) == ['layer "flat": the file has 5 parameters for it, computed are 0']


def test_the_parameters_of_a_layer_of_ones_own_are_those_in_the_file(saved):
    own = layer("Mine", "own", ("image", [4]), module="zoo", registered="zoo>Mine")
    model = functional(image(4), own, layer("ReLU", "r", ("own", [7])))
    path = saved(model, {"layers/mine/vars/0": (4, 2), "layers/mine/inner/vars/0": (2, 7)})
    assert cnncalc.analyze(cnncalc.load(path)).totals.params == 4 * 2 + 2 * 7


def test_packed_weights_are_not_unpacked_to_be_compared(saved):
    assert said_of(saved(DENSE, {"layers/dense/vars/0": (6, 2)}, zipfile.ZIP_DEFLATED)) == []


def test_without_h5py_nothing_is_compared(saved, monkeypatch):
    path = saved(DENSE, {"layers/dense/vars/0": (6, 2)})
    monkeypatch.setitem(sys.modules, "h5py", None)
    assert cnncalc.check(path).findings == ()


def test_weights_that_are_damaged_are_a_warning_where_they_are_not_needed(tmp_path):
    pytest.importorskip("h5py", reason="h5py is not installed (pip install -e '.[h5]')")
    with zipfile.ZipFile(tmp_path / "net.keras", "w") as archive:
        archive.writestr("config.json", json.dumps(DENSE))
        archive.writestr("model.weights.h5", b"no HDF5 at all")
    checked = cnncalc.check(tmp_path / "net.keras")
    assert [(each.code, each.severity) for each in checked.findings] == [("CNN150", "warning")]
    assert cnncalc.analyze(cnncalc.load(tmp_path / "net.keras")).totals.params == 15
