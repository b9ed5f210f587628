"""With several inputs the first entry says what it reads, itself or in each of its branches."""

from __future__ import annotations

import pytest

import cnncalc

HEAD = "inputs: {a: 8x8x4, b: 8x8x4}\nblocks:\n  both: [{add: [a, b]}]\n  one: [relu]\nlayers:\n"


@pytest.mark.parametrize(
    "first",
    [
        "{conv: 3x3x8, from: a}",
        "add: [a, b]",
        "add: [{conv: 3x3x8, from: a}, {conv: 3x3x8, from: b}]",
        "concat: [[{conv: 3x3x8, from: a}, relu], [{max_pool: 3, stride: 1, from: b}]]",
        "add: [a, {multiply: [a, b]}]",
        "add: [[{add: [a, b]}, relu], b]",
        "group: [{relu, from: a}, tanh]",
        "{group: [tanh], from: b}",
        "{residual: [{relu, from: a}], shortcut: b}",
        "both",
    ],
)
def test_it_does(first: str):
    assert cnncalc.load(f"{HEAD}  - {first}\n")


@pytest.mark.parametrize(
    "first",
    [
        "relu",
        "conv: 3x3x8",
        "add: [[], a]",
        "add: [{conv: 3x3x8, from: a}, {conv: 3x3x8}]",
        "add: [[relu, {tanh, from: a}], b]",
        "group: [tanh]",
        "residual: [{relu, from: a}]",
        "one",
    ],
)
def test_it_does_not(first: str):
    with pytest.raises(cnncalc.SpecError) as error:
        cnncalc.load(f"{HEAD}  - {first}\n")
    [finding] = error.value.diagnostics
    assert finding.code == "CNN203"
    assert finding.message == "the model has several inputs; which one does the first layer read?"


# -- other sizes

BESIDE = "inputs: {image: 8x8x4, age: 5}\nlayers: [{add: [image, [{dense: 4, from: age}]]}]\n"


@pytest.mark.parametrize(("given", "image"), [("12x10", (12, 10, 4)), ("12x10x4", (12, 10, 4))])
def test_sizes_of_positions_are_not_those_of_a_vector(given: str, image: tuple[int, ...]):
    graph = cnncalc.load(BESIDE, input=given).graph
    assert [node.output.sizes("channels_last") for node in graph.inputs] == [image, (5,)]


@pytest.mark.parametrize("text", [BESIDE, "inputs: {a: 8x8x4, b: 5x2}\nlayers: [{conv: 1x1x2, from: a}]\n"])
def test_an_input_whose_positions_do_not_fit_is_reported(text: str):
    with pytest.raises(cnncalc.SpecError) as caught:
        cnncalc.load(text, input="12x10x8x4")
    assert {each.code for each in caught.value.diagnostics} == {"CNN216"}
