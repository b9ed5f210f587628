"""Parts of tensors: what Keras counts from the end moves with it, where the imported spec has another input."""

from __future__ import annotations

import os
import warnings

import pytest

import cnncalc
from cnncalc.importing.importing import import_file
from cnncalc.spec.top_level import Overrides

os.environ.setdefault("KERAS_BACKEND", "torch")
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    keras = pytest.importorskip("keras", reason="Keras is not installed (pip install -e '.[oracle]')")

layers, ops = keras.layers, keras.ops
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]

RELATIVE = {
    "from the front": (lambda x: x[:, 2:5], "{slice: [2, 5], axis: height}"),
    "up to the size of the file": (lambda x: x[:, 2:10], "{slice: [2, 10], axis: height}"),
    "to the end": (lambda x: x[:, 2:], "{slice: [2, end], axis: height}"),
    "the last ones": (lambda x: x[:, -3:], "{slice: [-3, end], axis: height}"),
    "but the last one": (lambda x: x[:, :, 1:-1], "{slice: [1, -1], axis: width}"),
    "from the end to the end": (lambda x: x[:, -5:-1], "{slice: [-5, -1], axis: height}"),
    "every second": (lambda x: x[:, ::2], "{slice: [0, end], axis: height, step: 2}"),
    "channels": (lambda x: x[..., :-1], "{slice: [0, -1]}"),
    "after an index": (lambda x: ops.split(x, [3], axis=1)[1], "{slice: [3, end], axis: height}"),
    "a border": (lambda x: layers.Cropping2D(((1, 2), (0, 3)))(x), "{crop: [[1, 2], [0, 3]]}"),
}


@pytest.mark.parametrize(("taken", "entry"), RELATIVE.values(), ids=RELATIVE)
def test_of_another_input(taken, entry, tmp_path):
    x, larger = keras.Input((10, 12, 4)), keras.Input((13, 17, 4))
    keras.Model(x, taken(x)).save(tmp_path / "net.keras")
    found = import_file(tmp_path / "net.keras", Overrides())
    assert entry in found.text
    assert found.findings == ()
    of_spec = cnncalc.load(found.text, input="13x17x4").graph.nodes[-1].output
    of_file = cnncalc.load(tmp_path / "net.keras", input="13x17x4").graph.nodes[-1].output
    assert of_spec.sizes("channels_last") == of_file.sizes("channels_last") == tuple(taken(larger).shape[1:])


ABSOLUTE = {
    "more than there is": (lambda x: x[:, :20], "get_item", "GetItem", "10"),
    "parts of equal size": (lambda x: ops.split(x, 2, axis=1)[0], "split", "Split", "10"),
    "the middle": (lambda x: layers.CenterCrop(4, 4)(x), "center_crop", "CenterCrop", "10×12"),
}


@pytest.mark.parametrize(("taken", "name", "kind", "sizes"), ABSOLUTE.values(), ids=ABSOLUTE)
def test_what_depends_on_the_size_is_said(taken, name, kind, sizes, tmp_path):
    keras.backend.clear_session()
    x = keras.Input((10, 12, 4))
    keras.Model(x, layers.ReLU()(taken(x))).save(tmp_path / "net.keras")
    said = [(each.severity, each.message, each.help) for each in cnncalc.load(tmp_path / "net.keras").remarks]
    message = f'layer "{name}" ({kind}): what it takes was calculated for an input of {sizes} positions'
    assert said == [("note", message, ("for another size, import the model again with `--input`",))]
