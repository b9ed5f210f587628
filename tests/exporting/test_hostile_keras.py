"""Names and texts of a spec that mean something in Python or in Keras."""

from __future__ import annotations

import ast
import os

import pytest

import cnncalc
from cnncalc.source.diagnostics import SpecError

os.environ.setdefault("KERAS_BACKEND", "torch")
pytest.importorskip("keras", reason="Keras is not installed (pip install -e '.[oracle]')")

from exporting.keras_code import layers_of, load, model_of, values_differ
from exporting.test_hostile import TEXTS

from cnncalc.exporting.keras import write_keras

NAMES = ["class", "None", "self", "x", "keras", "layers", "name", "inputs", "shared", "2nd", "a-b", "_", "-", "größe",
         "__init__", "main", "add", "add_1", "zero_padding2d", "concatenate", "unit"]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("flat", [False, True])
def test_a_layer_may_have_any_name(name, flat):
    text = f"""
        input: 9x9x3
        convention: pytorch
        layout: channels_last
        blocks:
          unit: [{{conv: 3x3x$c_in, padding: 1, stride: 1, name: {name}}}, {{add: [[], {name}]}}]
        layers:
          - {{conv: 3x3x4, padding: 2x1, name: {name}}}
          - {{conv: 3x3x4, padding: 1x2}}
          - {{group: [unit, unit, relu], name: group}}
          - {{concat: [[], {{slice: [0, 2], axis: channels}}]}}
    """
    spec = cnncalc.load(text.replace("name: -", 'name: "-"').replace("[[], -]", '[[], "-"]'))
    assert values_differ(spec, write_keras(spec, flat)) == ""


@pytest.mark.parametrize(
    "name", ["keras", "layers", "none", "true", "main", "any", "shared", "x", "name", "value-error"]
)
def test_a_block_and_its_argument_may_have_any_name(name):
    argument = {"keras": "layers", "none": "range", "main": "int", "any": "x"}.get(name, "width")
    spec = cnncalc.load(f"""
        name: {name}
        input: 9x9x3
        blocks:
          {name}: {{args: [{argument}], layers: [{{conv: 3x3x${argument}, padding: 1}}, {{conv: 1x1x8}}]}}
        layers: [{{"{name}": 4}}, {{"{name}": 5}}, {{"{name}": 6, repeat: 2}}]
    """)
    assert values_differ(spec, write_keras(spec)) == ""


def test_paths_that_would_be_one_name():
    spec = cnncalc.load("""
        input: 9x9x3
        layers:
          - {conv: 3x3x4, name: a_b}
          - {group: [{conv: 3x3x5, name: b}], name: a}
    """)
    exported = write_keras(spec)
    assert {*layers_of(model_of(spec, exported))} == {"input", "a_b", "a-b"}
    assert values_differ(spec, exported) == ""


@pytest.mark.parametrize("text", TEXTS)
def test_no_text_breaks_out_of_a_docstring(text):
    quoted = "".join(f"\\x{ord(each):02x}" if ord(each) < 256 else f"\\u{ord(each):04x}" for each in text)
    spec = cnncalc.load(f"""
        name: "{quoted}"
        description: "{quoted}"
        input: 9x9x3
        blocks: {{unit: {{description: "{quoted}", layers: [{{conv: 3x3x4}}]}}}}
        layers: [unit]
    """)
    content = write_keras(spec).content
    kinds = [type(each).__name__ for each in ast.parse(content).body]
    assert kinds == ["Expr", "Import", "Import", "ImportFrom", "FunctionDef", "FunctionDef", "FunctionDef", "If"]
    assert set(filter(lambda each: not each.isprintable(), content)) == {"\n"}


def test_what_keras_does_not_have_is_an_error_for_each_layer():
    spec = cnncalc.load(
        "input: 9x9x3\nlayers: [{conv: 3x3x8, stride: 2, dilation: 2}, max_pool: 2, {resize: 7x7, mode: bicubic}]"
    )
    with pytest.raises(SpecError) as caught:
        write_keras(spec)
    assert [(each.code, each.span.line, each.message, each.label) for each in caught.value.diagnostics] == [
        ("CNN160", 2, "`conv1` (conv) cannot be said in Keras",
         "Keras' Conv has no stride and dilation that are both greater than 1"),
        ("CNN160", 2, "`resize1` (resize) cannot be said in Keras",
         "Keras' cubic interpolation depends on the backend: TensorFlow's has a = −1/2"),
    ]  # fmt: skip


def test_an_opaque_layer_is_a_stub_that_raises():
    spec = cnncalc.load("""
        input: 8x8x3
        layers:
          - {conv: 3x3x8, padding: 1}
          - {opaque: Non/Max-Suppression, from: [conv1, input], output: {kept: 100x4, sure: 100}, params: 0, name: nms}
          - {dense: 2, from: nms.sure}
        outputs: [nms, dense1]
    """)
    exported = write_keras(spec)
    assert "`nms`, which is unknown: it gives 100×4 for each sample." in exported.content
    model = model_of(spec, exported)
    assert [tuple(each.shape) for each in model.outputs] == [(None, 100, 4), (None, 2)]
    import numpy as np

    with pytest.raises(NotImplementedError, match="write what nms"):
        model(np.zeros((1, 8, 8, 3), "float32"))


def test_frozen_layers_are_made_so():
    spec = cnncalc.load("""
        input: 8x8x3
        blocks: {unit: {args: [f], layers: [{conv: $f, kernel: 3}]}}
        layers: [{unit: 4, trainable: false}, {unit: 5}, {conv: 1x1x2, trainable: false}]
    """)
    model = model_of(spec, write_keras(spec))
    assert [layer.trainable for layer in model.layers[1:]] == [False, True, False]
    load(model, write_keras(spec), {})
