"""Borders of zeros are the padding of what reads them, in a readable import, where that calculates the same."""

from __future__ import annotations

import pytest
from importing.keras.described import functional, image, layer

import cnncalc
from cnncalc.importing.flat import flat_spec
from cnncalc.importing.keras import read_keras_config
from cnncalc.importing.structure import readable
from cnncalc.sameness.networks import SAME, compare_networks


def written(*layers):
    """The entries of a model: a border of one row and two columns, and what is read after it."""
    border = layer(
        "ZeroPadding2D", "border", layers[0]["name"] if is_before(layers) else "image", padding=[[0, 1], [2, 2]]
    )
    rest = layers[1:] if is_before(layers) else layers
    before = layers[:1] if is_before(layers) else ()
    draft = read_keras_config(functional(image(8, 8, 4), *before, border, *rest), "net.json")
    text, names = readable(draft)
    flat = cnncalc.load(flat_spec(draft).text)
    assert compare_networks(flat, cnncalc.load(text)).verdict == SAME
    assert set(names.values()) <= {node.name for node in cnncalc.load(text).graph.nodes}
    return [line.strip() for line in text.partition("layers:\n")[2].splitlines()]


def is_before(layers):
    return layers[0]["name"] == "before"


CONV = {"filters": 6, "kernel_size": [3, 3], "strides": [2, 2], "use_bias": True}
POOL = {"pool_size": [3, 3], "strides": [2, 2]}
INSIDE = [
    (layer("Conv2D", "c", "border", **CONV), "- {conv: 6, kernel: 3, stride: 2, padding: [[0, 1], [2, 2]]}"),
    (
        layer("DepthwiseConv2D", "c", "border", kernel_size=[3, 3], strides=[1, 1]),
        "- {depthwise_conv: 3, padding: [[0, 1], [2, 2]]}",
    ),
    (
        layer("SeparableConv2D", "c", "border", **CONV),
        "- {separable_conv: 6, kernel: 3, stride: 2, padding: [[0, 1], [2, 2]]}",
    ),
]


@pytest.mark.parametrize(("reader", "entry"), INSIDE)
def test_a_convolution_has_it(reader, entry):
    assert written(reader) == [entry]


def test_a_mean_counts_it():
    border = "padding: [[0, 1], [2, 2]]"
    (line,) = written(layer("AveragePooling2D", "p", "border", pool_size=[5, 5], strides=[2, 2]))
    assert line == f"- {{avg_pool: 5, stride: 2, {border}, count_padding: true}}"


def test_a_maximum_has_it_where_nothing_is_below_zero():
    pool = layer("MaxPooling2D", "p", "border", pool_size=[5, 5], strides=[2, 2])
    assert written(layer("ReLU", "before", "image"), pool) == [
        "- relu",
        "- {max_pool: 5, stride: 2, padding: [[0, 1], [2, 2]]}",
    ]
    assert written(pool) == ["- {pad: [[0, 1], [2, 2]]}", "- {max_pool: 5, stride: 2}"]


def test_a_border_that_two_layers_read_stays():
    lines = written(
        layer("Conv2D", "a", "border", **CONV), layer("Conv2D", "b", "border", **CONV), layer("Add", "s", ["a", "b"])
    )
    assert lines[0] == "- {pad: [[0, 1], [2, 2]]}"


def test_a_border_stays_before_padding_that_depends_on_the_size():
    lines = written(layer("Conv2D", "c", "border", **CONV, padding="same"))
    assert lines == ["- {pad: [[0, 1], [2, 2]]}", "- {conv: 6, kernel: 3, stride: 2, padding: same}"]


def test_a_border_stays_before_a_layer_that_is_called_again():
    other = layer("ZeroPadding2D", "other", "image", padding=[[1, 0], [2, 2]])
    again = layer("Conv2D", "c", calls=[["border"], ["other"]], **CONV)
    lines = written(other, again, layer("Add", "s", [("c", None, 0), ("c", None, 1)]))
    assert sum("pad: [[0, 1], [2, 2]]" in line for line in lines) == 1
    assert sum("pad: [[1, 0], [2, 2]]" in line for line in lines) == 1


def test_weights_and_origins_go_with_the_layer():
    convolution = layer("Conv2D", "c", "border", **CONV)
    draft = read_keras_config(
        functional(image(8, 8, 4), layer("ZeroPadding2D", "border", "image", padding=[[1, 1], [1, 1]]), convolution),
        "net.json",
    )
    names = readable(draft).names
    assert [each.kind for each in names] == ["conv"]
    assert set(names) <= set(draft.layers)
