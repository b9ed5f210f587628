"""The legend: every symbol that occurs is explained, once, and none that does not."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pytest
from helpers import analyzed
from layers.examples import EXAMPLES_OF, each_example

import cnncalc
from cnncalc.explanation.derivation import Explanation, explain
from cnncalc.explanation.legend import ROUNDED, legend
from cnncalc.recorded_numbers import is_derived, symbol_text, symbolic
from cnncalc.report.views.explain import ExplainReport


def explanations(analysis: cnncalc.Analysis) -> list[Explanation]:
    return [explain(analysis, layer) for layer in analysis.layers]


def rules(found: Iterable[Explanation]) -> list[str]:
    steps = [each.number for explanation in found for each in (*explanation.steps, *explanation.equivalents)]
    return [symbolic(number) for number in steps if is_derived(number)]


def symbols_of(found: Iterable[Explanation]) -> set[str]:
    """The words in the rules as they are shown."""
    return {word for rule in rules(found) for word in re.findall(r"[A-Za-z]\w*", rule)}


def meanings(*entries: str, input: str = "8x8x4", convention: str = "lecture") -> dict[str, str]:
    return legend(explanations(analyzed(input, *entries, convention=convention)))


@pytest.mark.parametrize("kind", EXAMPLES_OF)
def test_every_symbol_has_an_entry(kind):
    def check(example):
        found = explanations(example.analysis())
        explained = legend(found)
        assert {symbol_text(key) for key in explained if key not in ROUNDED} == symbols_of(found)
        assert ("floor" in explained) is any("⌊" in rule for rule in rules(found))
        assert ("ceil" in explained) is any("⌈" in rule for rule in rules(found))
        assert all(explained.values())

    each_example(check, kind)


@pytest.mark.parametrize("model", ["googlenet", "unet", "resnet_keras", "one_d", "unet_3d"])
def test_every_symbol_of_a_model(model):
    found = explanations(cnncalc.analyze(cnncalc.load(model)))
    assert {symbol_text(key) for key in legend(found) if key not in ROUNDED} == symbols_of(found)


def test_settings_mean_what_their_declarations_say():
    assert meanings("{conv: 3x3x8}") == {
        "n_in": "size of the layer's input: its positions along an axis, or the values of a vector",
        "k": "kernel: size of the window",
        "p": "padding: zeros around the input on each side",
        "s": "stride: step of the window",
        "c_in": "channels of the layer's input",
        "filters": "number of kernels, and so of output channels",
        "n_out": "size of the layer's output: its positions along an axis, or the values of a vector",
        "r_in": "receptive field of the layer's input: how many positions of the model's input one of its units sees",
        "j_in": "field stride of the layer's input: the step in the model's input from one of its units to the next",
        "values_in": "number of values in the layer's input",
        "values_out": "number of values in the layer's output",
        "floor": "rounded down to a whole number",
    }


def test_one_symbol_of_two_settings():
    both = meanings("{conv: 3x3x8}", "{max_pool: 2}", "{pad: 1}")
    assert both["k"] == "kernel or window: size of the window"
    assert both["p"] == (
        "padding: zeros around the input on each side, or border around the input on each side; "
        "amounts: width of the border on each side"
    )


@pytest.mark.parametrize(
    ("entry", "symbol", "meaning"),
    [
        ("{conv: 3x2x8}", "k_h", "kernel: size of the window along the height"),
        ("{conv: 3x2x8}", "k_w", "kernel: size of the window along the width"),
        (
            "{conv: 2x2x8, padding: [[0, 1], [0, 1]]}",
            "p_before",
            "padding: zeros around the input before the first position",
        ),
        (
            "{conv: 2x2x8, padding: [[0, 1], [0, 1]]}",
            "p_after",
            "padding: zeros around the input after the last position",
        ),
        ("{concat: [[], [conv: 1x1x3]]}", "c_2", "channels of branch 2, or the values of a vector"),
        (
            "{residual: [{conv: 3x3x4, padding: 1}]}",
            "first_1",
            "first position of the model's input that the unit sees through branch 1",
        ),
    ],
)
def test_indices(entry, symbol, meaning):
    assert meanings(entry)[symbol] == meaning


def test_the_sizes_of_axes_that_differ():
    found = meanings("flatten", input="8x6x4x2")
    assert found == {
        "d_in": "depth of the layer's input",
        "h_in": "height of the layer's input",
        "w_in": "width of the layer's input",
        "c_in": "channels of the layer's input",
    }


def test_every_format():
    analysis = analyzed("5x1", "{conv_transpose: 1, kernel: 2, stride: 3, output_padding: 2}", convention="keras")
    found = explanations(analysis)
    report = ExplainReport(analysis.spec, found, has_legend=True)
    text = report.render()
    assert re.search(r"^Symbols$", text, re.MULTILINE)
    assert re.search(r"^n_in +size of the layer's input", text, re.MULTILINE)
    assert re.search(r"^output_padding +rows and columns added", text, re.MULTILINE)
    assert "- `n_in`: size of the layer's input" in report.render("markdown")
    assert r"$n_{\mathrm{in}}$ & size of the layer's input" in report.render("latex")
    assert r"$\mathrm{output\_padding}$ & rows" in report.render("latex")
    assert ">n<sub>in</sub></code></th>" in report.render("html")
    assert ">output_padding</code>" in report.render("html")
    data = report.to_dict()
    assert data["legend"]["n_in"].startswith("size of the layer's input")
    assert set(data["legend"]) == symbols_of(found)


def test_only_on_demand():
    analysis = analyzed("5x5x1", "{conv: 3x3x1}")
    found = explanations(analysis)
    report = ExplainReport(analysis.spec, found)
    assert "legend" not in report.to_dict()
    assert "Symbols" not in report.render()


def test_the_size_of_a_key_has_another_letter_than_that_of_a_window():
    found = meanings("{conv: 4, kernel: 3}", "{attention: 2}")
    assert found["k"] == "kernel: size of the window"
    assert found["q"].startswith("key_size: length of each query and key")


def test_the_channels_of_another_tensor():
    analysis = cnncalc.analyze(cnncalc.load("inputs: {x: 5x4, y: 3x6}\nlayers: [{attention: 2, from: x, keys: y}]"))
    assert legend(explanations(analysis))["c_keys"] == "channels of the tensor `keys`"
