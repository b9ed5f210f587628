"""The text of a layer's entry: as short as a person writes it, and what is read from it is the layer."""

from __future__ import annotations

import pytest

from cnncalc.importing.draft import DraftInput, DraftLayer
from cnncalc.importing.entry_text import item_text, layer_entry, number_text
from cnncalc.settings.shape import Shape
from cnncalc.source.files import Source
from cnncalc.spec.reader import read

X = DraftInput("x", Shape((32, 32), 3))


def entry(kind: str, convention: str = "pytorch", **settings) -> str:
    layer = DraftLayer(kind, (X,), **settings)
    return layer_entry(layer, X, convention, "channels_first", lambda _: "other")


ENTRIES = {
    "{conv: 8, kernel: 3}": ("conv", {"filters": 8, "kernel": (3, 3), "stride": (1, 1), "bias": True}),
    "{conv: 1x7x8, padding: 0x3}": ("conv", {"filters": 8, "kernel": (1, 7), "padding": ((0, 0), (3, 3))}),
    "{conv: 8, kernel: 2, padding: [[0, 1], [0, 1]]}": (
        "conv",
        {"filters": 8, "kernel": (2, 2), "padding": ((0, 1), (0, 1))},
    ),
    "{conv: 8, kernel: 2}": ("conv", {"filters": 8, "kernel": (2, 2), "padding": "valid"}),
    "{max_pool: 2}": ("max_pool", {"window": (2, 2), "stride": (2, 2)}),
    "{max_pool: 3, stride: 2, rounding: ceil}": ("max_pool", {"window": (3, 3), "stride": (2, 2), "rounding": "ceil"}),
    "batch_norm": ("batch_norm", {"epsilon": 9.999999747378752e-06}),
    "{batch_norm, epsilon: 1e-3, affine: false}": ("batch_norm", {"epsilon": 0.001, "scale": False, "center": False}),
    "hard_sigmoid": ("hard_sigmoid", {"slope": 0.1666666716337204}),
    "{dropout: 0.2}": ("dropout", {"rate": 0.20000000298023224}),
    "{clip: [0, 6.5]}": ("clip", {"bounds": (0.0, 6.5)}),
    "{reduce: mean, axes: [height, width]}": ("reduce", {"how": "mean", "axes": ("height", "width")}),
    "{reshape: 3x7}": ("reshape", {"shape": Shape((7,), 3)}),
    "{attention: 4, keys: other}": ("attention", {"heads": 4, "key_size": None, "keys": X}),
    '{opaque: "a.b::c", output: {x: 2}, params: 3}': (
        "opaque",
        {"operation": "a.b::c", "output": {"x": Shape((), 2)}, "params": 3},
    ),
}


@pytest.mark.parametrize("text", ENTRIES)
def test_entries(text: str):
    kind, settings = ENTRIES[text]
    assert entry(kind, **settings) == text


def test_an_output_padding_of_0_is_not_nothing_under_keras():
    settings = {"filters": 8, "kernel": (3, 3), "output_padding": (0, 0)}
    assert entry("conv_transpose", "keras", **settings) == "{conv_transpose: 8, kernel: 3, output_padding: 0}"
    assert entry("conv_transpose", "pytorch", **settings) == "{conv_transpose: 8, kernel: 3}"


def test_an_entry_with_one_setting_needs_no_braces_in_a_list():
    assert item_text("{dense: 10}") == "dense: 10"
    assert item_text("{conv: 8, kernel: 3}") == "{conv: 8, kernel: 3}"
    assert item_text("flatten") == "flatten"


@pytest.mark.parametrize(
    ("number", "text"),
    [(1e-3, "1e-3"), (0.0015, "0.0015"), (0.25, "0.25"), (3.0, "3"), (1.1920929e-07, "1.1920929e-7"), (None, "none")],
)
def test_numbers(number: float | None, text: str):
    assert number_text(number) == text


@pytest.mark.parametrize(("number", "text"), [(0.15000000000000002, "0.15"), (1 / 255, "0.00392156862745098")])
def test_what_calculations_add_to_a_number_is_left_out(number, text):
    assert number_text(number) == text


@pytest.mark.parametrize(
    "name", ["a/b:0", 'say "hi"', "it's", "$x", "cost$($y)", "null", "# no", "- a", "{b}", "é", "\\n", "~"]
)
def test_any_origin_and_operation_is_read_as_it_is(name: str):
    layer = DraftLayer("opaque", (X,), operation=name, output=Shape((), 2))
    layer.origin = name
    text = layer_entry(layer, X, "pytorch", "channels_first", lambda _: "")
    spec, mistakes = read(Source("model.yaml", f"input: 3x32x32\nlayers:\n  - {text}\n"))
    assert not mistakes
    assert spec.graph.entries[0].origin == name
    assert spec.graph.nodes[0].layer.operation == name
