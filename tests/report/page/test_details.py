"""What the panel of a layer shows, against what the commands say of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from helpers import each, neighbour

import cnncalc
from cnncalc.analysis import analyze
from cnncalc.report.page.model_page import ModelPage
from cnncalc.report.page.panel import derivations
from cnncalc.report.page.panel._places import base_name, quoted_lines
from cnncalc.report.views.explain import ExplainReport
from cnncalc.source.files import Source
from cnncalc.spec.reader import Spec

DATA = Path(__file__).resolve().parents[2] / "data"
MODELS = neighbour(__file__, "ten_models").MODELS
UNITS = {"B": 1, "KiB": 1024, "MiB": 1024**2, "GiB": 1024**3}


class Shown:
    """A page's data, with texts in the place of their ids."""

    def __init__(self, spec: Spec) -> None:
        page = ModelPage([analyze(spec)], [None]).page()
        self.text: list[str] = page.data["texts"]
        self.model = page.data["models"][0]
        self.details = self.model["details"]
        inputs = len(self.model["layers"]) - len(self.details["layers"])
        names = [layer["name"] for layer in self.model["layers"][inputs:]]
        self.layers: dict[str, list[Any]] = dict(zip(names, self.details["layers"], strict=True))

    def table(self, table: int) -> list[list[str]]:
        rows = self.details["rows"]
        return [[self.text[id] for id in rows[row]] for row in self.details["tables"][table]]

    def numbers(self, layer: str) -> dict[str, tuple[str, str]]:
        return {label: (value, share) for label, value, share in self.table(self.layers[layer][2])}

    def settings(self, layer: str) -> dict[str, tuple[str, str]]:
        return {name: (value, usual) for name, value, usual, _ in self.table(self.layers[layer][3])}

    def field(self, layer: str) -> dict[str, str]:
        (_, table) = self.layers[layer][4]
        return {label: value for label, value, _ in self.table(table)}

    def blocks(self, layer: str) -> list[str | list[str]]:
        """Remarks, and numbers as lists of texts."""
        _, *blocks = self.details["derivations"][self.layers[layer][1]]
        found = [self.details["blocks"][block] for block in blocks]
        return [self.text[block] if isinstance(block, int) else [self.text[id] for id in block] for block in found]

    def entry(self, layer: str) -> list[Any]:
        return self.details["entries"][self.layers[layer][0]]

    def place(self, layer: str) -> tuple[str, int, int, str]:
        file, line, column, lines = self.details["places"][self.entry(layer)[4]]
        return self.text[file], line, column, self.text[lines]


def shown(text: str) -> Shown:
    return Shown(cnncalc.load(text))


def plain(rule: str) -> str:
    """A rule as text, as the JSON has it: with output_padding, which is no subscript, as n_in, which is one."""
    return rule.replace("_{", "_").replace("}", "")


@pytest.mark.slow
def test_every_derivation_is_that_of_explain():
    each(_check_derivations, MODELS, str)


def _check_derivations(model: str) -> None:
    spec = cnncalc.load(model)
    page = Shown(spec)
    expected = ExplainReport.of(analyze(spec)).to_dict()["layers"]
    assert [layer["name"] for layer in expected] == list(page.layers)
    for layer in expected:
        formulas = [block for block in page.blocks(layer["name"]) if isinstance(block, list)]
        steps = [*layer["steps"], *({**other, "words": None} for other in layer["equivalents"])]
        for (quantity, rule, numbers, result, words), step in zip(formulas, steps, strict=True):
            assert quantity == step["quantity"]
            assert plain(rule) in (step["rule"] or "", "")  # a rule without symbols is only there as numbers
            assert numbers == (step["numbers"] or "")
            assert result == f"{step['result']:,}"
            assert words == step["words"] or step["words"] is None
        sentences = [block for block in page.blocks(layer["name"]) if isinstance(block, str)]
        assert [each.lower().rstrip(".") for each in sentences[: len(layer["remarks"])]] == [
            remark.lower() for remark in layer["remarks"]
        ]


@pytest.mark.slow
def test_every_number_is_that_of_summarize():
    each(_check_numbers, MODELS, str)


def _check_numbers(model: str) -> None:
    analysis = analyze(cnncalc.load(model))
    page = Shown(analysis.spec)
    expected = analysis.to_dict()
    for layer in expected["layers"]:
        found = page.numbers(layer["name"])
        assert found["parameters"][0] == f"{layer['params']:,}"
        assert found["MACs"][0] == f"{layer['macs']:,}"
        assert _near(found["parameters"][1], layer["of_total"]["params"])
        assert _near(found["MACs"][1], layer["of_total"]["macs"])
        assert _near(found["memory of its output"][1], layer["of_total"]["activation_bytes"])
        of_peak = layer["alive_bytes"] / expected["totals"]["peak_activation_bytes"]
        assert _near(found["alive while it runs"][1], of_peak)
        for label, key in (("memory of its output", "activation_bytes"), ("alive while it runs", "alive_bytes")):
            amount, unit = found[label][0].split()
            assert abs(float(amount) - layer[key] / UNITS[unit]) <= 0.0501
        if layer["non_trainable_params"]:
            assert found["trainable"][0] == f"{layer['trainable_params']:,}"
            assert found["non-trainable"][0] == f"{layer['non_trainable_params']:,}"
        assert list(page.settings(layer["name"])) == list(layer["settings"])


def _near(share: str, expected: float) -> bool:
    """Whether a text is this share: to a tenth of a percent, and none where there is nothing to share."""
    if not share:
        return expected == 0
    if share.startswith("<"):
        return 0 < expected < 0.0005
    return abs(float(share.partition("%")[0]) / 100 - expected) <= 0.00051


def test_fields_are_those_of_receptive_field():
    # 3×3 windows of stride 2 and then 1: 3, then 3 + 2·2 = 7; a unit of the second begins 1 + 2·1 before the input
    page = shown("input: 32x32x1\nlayers:\n  - {conv: 3x3x4, stride: 2, padding: 1}\n  - {conv: 3x3x4, padding: 1}\n")
    assert page.field("conv1")["size"] == "3"
    second = page.field("conv2")
    assert {key: second[key] for key in ("size", "stride", "padding", "added")} == {
        "size": "7", "stride": "2", "padding": "3", "added": "+4",
    }  # fmt: skip
    assert second["covers"] == "21.9%"  # 7 / 32
    assert page.numbers("conv2")["values"] == ("1,024", "")  # 16·16·4


def test_settings_say_what_is_the_default():
    page = shown("convention: pytorch\ninput: 1x8x8\nlayers:\n  - {conv: 4, kernel: 3, norm: batch_norm}\n")
    settings = page.settings("conv1")
    assert settings["kernel"] == ("3×3", "")
    assert settings["filters"] == ("4", "")
    assert settings["stride"] == ("1", "default")
    assert page.settings("conv1.batch_norm")["epsilon"] == ("1e-05", "default under pytorch")


def test_a_legend_has_the_symbols_of_its_formulas():
    page = shown("input: 8x8x1\nlayers:\n  - conv: 3x3x4\n  - relu\n")
    (legend, *_) = page.details["derivations"][page.layers["conv1"][1]]
    texts = [page.text[id] for id in page.details["legends"][legend]]
    symbols = dict(zip(texts[::2], texts[1::2], strict=True))
    assert symbols["n_{in}"].startswith("size of the layer's input")
    assert "⌊ ⌋" in symbols
    (legend, *_) = page.details["derivations"][page.layers["relu1"][1]]
    assert page.details["legends"][legend] == ()


BLOCKS = """\
name: blocks
input: 8x8x4
blocks:
  unit:
    layers:
      - {conv: 3x3x4, padding: same,
         activation: relu}
layers:
  - {unit: {}, repeat: 3, name: body}
  - residual:
      - {conv: 1x1x4}
"""


def test_a_place_is_where_the_entry_is_written_with_its_lines():
    page = shown(BLOCKS)
    file, line, column, lines = page.place("body.0.conv1")
    assert (file, line, column) == ("spec", 6, 10)
    assert lines == "- {conv: 3x3x4, padding: same,\n   activation: relu}"
    assert page.place("residual1")[3] == "- residual:\n    - {conv: 1x1x4}"


def test_copies_say_how_many_they_are():
    page = shown(BLOCKS)
    further = page.layers["body.1.conv1.relu"][5]
    assert page.text[further["copies"]] == "one of 3 equal copies: body.0…2.conv1"
    assert len(page.layers["residual1"]) == 5  # nothing further


def test_entries_are_a_tree_and_end_in_layers():
    page = shown(BLOCKS)
    entries = page.details["entries"]
    names: list[str] = []
    for around, shared, rest, *_ in entries:
        parts = names[around].split(".")[:shared] if shared else []
        names.append(".".join([*parts, rest]))
    assert names == ["body", "body.0", "body.0.conv1", "body.1", "body.1.conv1", "body.2", "body.2.conv1",
                     "residual1", "conv1"]  # fmt: skip
    ends = [page.model["layers"][end]["name"] for *_, end, _ in entries]
    assert ends[0] == "body.2.conv1.relu"
    assert ends[-2:] == ["residual1", "conv1"]
    assert [entry[0] for entry in entries] == [-1, 0, 1, 0, 3, 0, 5, -1, 7]


def test_an_entry_has_the_numbers_of_its_layers_together():
    page = shown(
        "convention: pytorch\ninput: 2x4x4\nlayers:\n  - {conv: 3, kernel: 1, norm: batch_norm}\n  - flatten\n"
    )
    # 2·3 + 3 and 2·3 parameters, 16·6 MACs
    assert page.text[page.entry("conv1")[-1]] == "15 parameters (100.0%), 96 MACs (100.0%)"
    assert page.text[page.entry("flatten1")[-1]] == ""


def test_very_many_different_layers_are_not_all_explained(monkeypatch):
    monkeypatch.setattr(derivations, "MOST_EXPLAINED", 2)
    page = shown("input: 8x8x1\nlayers:\n  - conv: 3x3x4\n  - conv: 3x3x5\n  - conv: 1x1x6\n")
    assert [layer[1] for layer in page.layers.values()] == [0, 1, None]
    assert page.numbers("conv3")["parameters"][0] == "36"  # 5·6 + 6


def test_a_model_of_another_tool_has_no_lines_that_nobody_could_look_up():
    from cnncalc.cli.common import load

    page = Shown(load(str(DATA / "onnx" / "residual.torchscript.onnx")))
    name = next(name for name, layer in page.layers.items() if "conv" in page.place(name)[3])
    assert page.place(name)[:3] == ("residual.torchscript.onnx", 0, 0)
    assert "read" in page.layers[name][5]


def test_a_file_is_named_without_its_folders():
    assert base_name(Source("/home/somebody/net.yaml", "")) == "net.yaml"
    assert base_name(Source("C:\\nets\\net.yaml", "")) == "net.yaml"
    assert base_name(Source("git:HEAD~1:nets/net.yaml", "")) == "net.yaml"
    assert base_name(Source("<stdin>", "")) == "<stdin>"


def test_a_long_entry_is_cut_off_and_control_characters_are_harmless():
    branches = "".join(f"      - {{conv: 3x3x4, padding: same}}  # {number}\n" for number in range(20))
    spec = cnncalc.load(f'description: "a\\u202Eb"\ninput: 8x8x4\nlayers:\n  - residual:\n{branches}')
    lines = quoted_lines(spec.graph.entries[0], spec.source).splitlines()
    assert len(lines) == 9
    assert (lines[0], lines[-1]) == ("- residual:", "…")
    page = Shown(spec)
    assert page.text[page.details["model"]["description"]] == "a\\u202eb"


def test_the_model_says_what_is_unknown():
    page = shown(
        "description: some words\ninput: 8x8x1\nlayers:\n  - {opaque: Mystery, output: 8x8x2}\n  - conv: 1x1x2\n"
    )
    model = page.details["model"]
    assert page.text[model["description"]] == "some words"
    facts = {page.text[label]: page.text[value] for label, value, *_ in model["facts"]}
    assert facts["parameters"] == "≥ 6, 1 layer unknown"  # 2·2 + 2
    assert facts["layers"] == "2 in 2 entries"
    assert facts["output"] == "conv1 8×8×2"
    notes = [page.text[note] for note in model["notes"]]
    assert notes[0] == "The totals are lower bounds: 1 layer unknown. Unknown is never counted as 0."
    assert page.numbers("opaque1")["parameters"] == ("unknown", "")
    assert page.field("conv1") == {"size": "unknown"}
