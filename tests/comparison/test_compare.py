"""`cnncalc compare`: expected numbers are arithmetic, or those of the papers' tables."""

from __future__ import annotations

import csv
import io
import json

import pytest

import cnncalc
from cnncalc.cli import run
from cnncalc.comparison.differences import Comparison, change, compare
from cnncalc.report.views._changes import change_text
from cnncalc.report.views.compare import ComparisonReport

BASE = (
    "name: base\ninput: 28x28x1\n"
    "layers: [conv: 3x3x8, max_pool: 2, {conv: 3x3x16, activation: relu}, flatten, dense: 10]"
)


def pair(before: str, after: str) -> Comparison:
    return compare([cnncalc.analyze(cnncalc.load(f"{text}\n")) for text in (before, after)])


def statuses(comparison: Comparison) -> list[tuple[str, str, str]]:
    assert comparison.pairs is not None
    return [
        (each.status, each.before.name if each.before else "", each.after.name if each.after else "")
        for each in comparison.pairs
    ]


def changed(comparison: Comparison) -> list[tuple[str, str, str]]:
    return [each for each in statuses(comparison) if each[0] != "same"]


# -- change


@pytest.mark.parametrize(
    ("before", "after", "text"),
    [
        (28000, 29168, "+1,168 (+4.2%)"),  # 1168 / 28000 = 0.0417
        (80, 80, "="),
        (0, 0, "="),
        (80, 40, "−40 (−50.0%)"),
        (80, 0, "−80 (−100.0%)"),
        (0, 80, "+80 (from 0)"),
        (10**9, 10**9 + 1, "+1 (+<0.1%)"),
        (1, 1001, "+1,000 (+100,000.0%)"),
        (None, 80, "unknown"),
        (80, None, "unknown"),
    ],
)
def test_changes_are_readable(before: int | None, after: int | None, text: str):
    assert change_text(before, after) == text


def test_an_unknown_is_never_0():
    assert change(None, 3) is None
    assert change(0, 3) == (3, None)
    assert change(0, 0) == (0, 0.0)


# -- matching


def test_a_model_and_itself():
    comparison = pair(BASE, BASE)
    assert not comparison.is_different
    assert changed(comparison) == []
    assert "no difference" in ComparisonReport(comparison).render()


def test_a_setting_that_changed():
    """Stride 2: ⌊(28 − 3) / 2⌋ + 1 = 13 positions instead of 26, 13²·9·8 = 12,168 MACs instead of 26²·9·8 = 48,672."""
    comparison = pair(BASE, BASE.replace("{conv: 3x3x16", "{conv: 3x3x16, stride: 2"))
    (found,) = [each for each in comparison.pairs or () if each.settings]
    assert found.settings == {"stride": ((1, 1), (2, 2))}
    assert changed(comparison)[0] == ("changed", "conv2", "conv2")
    first = pair("input: 28x28x1\nlayers: [conv: 3x3x8]", "input: 28x28x1\nlayers: [{conv: 3x3x8, stride: 2}]")
    row = ComparisonReport(first).to_dict()["entries"][0]
    assert row["settings"] == {"stride": {"before": [1, 1], "after": [2, 2]}}
    assert row["macs"] == {"delta": 12168 - 48672, "percent": -75.0}
    assert row["params"] == {"delta": 0, "percent": 0.0}
    assert row["before"]["output"] == [26, 26, 8]
    assert row["after"]["output"] == [13, 13, 8]


@pytest.mark.parametrize(
    ("before", "after", "settings"),
    [
        ("{attention: 2}", "{attention: 4}", {"heads": (2, 4)}),  # as many keys as heads
        ("{attention: 2, key_heads: 1}", "{attention: 4}", {"heads": (2, 4), "key_heads": (1, 4)}),
        ("{attention: 2}", "{attention: 2, key_size: 6}", {"key_size": (None, 6)}),  # a value is as long
        ("{attention: 2, bias: false}", "{attention: 2}", {"bias": (False, True)}),
        ("{dense: 8, name: a}", "{attention: 2, name: a}", {"units": (8, None), "heads": (None, 2)}),
    ],
)  # fmt: skip
def test_what_follows_from_another_setting_is_no_change(before: str, after: str, settings: dict[str, object]):
    (found,) = pair(*(f"input: 8x8\nlayers: [{each}]" for each in (before, after))).pairs or ()
    assert found.settings == settings


def test_an_entry_that_was_added_and_one_removed():
    dropped = BASE.replace("max_pool: 2, ", "{relu: , name: new}, ")
    found = changed(pair(BASE, dropped))
    assert ("removed", "max_pool1", "") in found
    assert ("added", "", "new") in found


def test_names_differ_and_nothing_else():
    comparison = pair(BASE, BASE.replace("dense: 10", "{dense: 10, name: head}"))
    assert changed(comparison) == [("renamed", "dense1", "head")]
    assert not comparison.is_different


def test_alignment_where_no_name_is_the_same():
    """The settings say which is which: a convolution was put in front."""
    before = "input: 8x8x4\nlayers: [{conv: 3x3x8, name: a}, {conv: 5x5x8, name: b}]"
    after = "input: 8x8x4\nlayers: [{conv: 1x1x4, name: x}, {conv: 3x3x8, name: y}, {conv: 5x5x8, name: z}]"
    assert statuses(pair(before, after)) == [("added", "", "x"), ("renamed", "a", "y"), ("renamed", "b", "z")]


def test_the_same_name_for_another_kind():
    before = "input: 8x8x4\nlayers: [{relu: , name: a}, {conv: 1x1x4}]"
    after = before.replace("relu", "gelu")
    assert changed(pair(before, after)) == [("changed", "a", "a")]


def test_entries_that_changed_places():
    """One of the two keeps its place: the other one left, and came back elsewhere."""
    before = "input: 8x8x4\nlayers: [{relu: , name: a}, {dropout: 0.5, name: b}]"
    after = "input: 8x8x4\nlayers: [{dropout: 0.5, name: b}, {relu: , name: a}]"
    comparison = pair(before, after)
    assert comparison.is_different
    assert sorted(each[0] for each in statuses(comparison)) == ["added", "removed", "same"]


def test_a_norm_that_is_new_is_said_once():
    """batch_norm has a factor and a shift a channel: 2·8 parameters more."""
    comparison = pair("input: 8x8x1\nlayers: [conv: 3x3x8]", "input: 8x8x1\nlayers: [{conv: 3x3x8, norm: batch_norm}]")
    (found,) = comparison.pairs or ()
    assert found.settings == {"batch_norm": (None, True)}
    text = ComparisonReport(comparison).render()
    assert "conv +batch_norm" in text
    assert "+16 (+20.0%)" in text  # of 3·3·8 + 8 = 80


def test_a_branch_that_reads_another_layer():
    """No number changes, and yet it is another model."""
    layers = "layers: [{{relu: , name: a}}, {{relu: , name: b}}, {{relu: , name: c, from: {}}}]"
    comparison = pair(f"input: 8\n{layers.format('a')}", f"input: 8\n{layers.format('b')}")
    assert comparison.is_different
    assert changed(comparison) == [("changed", "c", "c")]
    assert ComparisonReport(comparison).to_dict()["entries"][2]["inputs"] == {"before": ["a"], "after": ["b"]}


def test_an_entry_put_in_shifts_numbers_and_nothing_else():
    """conv2 becomes conv3; 3·3·8·8 weights and 8 biases are new."""
    after = BASE.replace("max_pool: 2, ", "max_pool: 2, {conv: 3x3x8, padding: 1}, ")
    comparison = pair(BASE, after)
    assert changed(comparison) == [("added", "", "conv2")]
    (moved,) = [each for each in comparison.pairs or () if each.before and each.before.name == "conv2"]
    assert (moved.after.name, moved.status) == ("conv3", "same")
    assert change_text(28000, 28000 + 584) == "+584 (+2.1%)"
    assert "+584" in ComparisonReport(comparison).render()


def test_an_entry_put_in_between_two_of_its_kind():
    """The first reads 1 channel, the others 4: which one is new shows in their weights."""
    before = "input: 8x8x1\nlayers: [{conv: 3x3x4, padding: 1}, {conv: 3x3x4, padding: 1}, max_pool: 2]"
    after = before.replace("[{conv", "[{conv: 3x3x4, padding: 1}, {conv")
    assert [each[0] for each in changed(pair(before, after))] == ["added"]


def test_an_entry_put_in_before_blocks_and_runs():
    text = "input: 8x8x4\nblocks: {{u: [{{residual: [{{conv: 3x3x4, padding: 1}}, relu]}}]}}\n"
    text += "layers: [{}{{u, repeat: 2}}, u]"
    assert changed(pair(text.format(""), text.format("u, "))) == [
        ("added", "", "u1.residual1"),
        ("added", "", "u1.conv1"),
        ("added", "", "u1.relu1"),
    ]


def test_a_change_inside_an_entry_that_moved():
    block = "{{residual: [{{conv: {0}x{0}x4, padding: same}}, {{conv: 1x1x4}}]}}"
    before = f"input: 8x8x4\nlayers: [{block.format(3)}, max_pool: 2]"
    after = f"input: 8x8x4\nlayers: [{{conv: 1x1x4}}, {block.format(5)}, max_pool: 2]"
    assert changed(pair(before, after)) == [("added", "", "conv1"), ("changed", "conv1", "conv2")]


def test_inside_blocks_and_branches():
    text = (
        "input: 8x8x4\nblocks: {{u: {{args: [n], layers: [{{residual: [{{conv: $n, kernel: {}, padding: {}}}]}}]}}}}\n"
    )
    text += "layers: [{{u: 4, repeat: 2, name: s}}]"
    comparison = pair(text.format(3, 1), text.format(5, 2))
    assert changed(comparison) == [("changed", f"s.{index}.conv1", f"s.{index}.conv1") for index in (0, 1)]


def test_long_models():
    """Names shift by one in the middle of a thousand entries."""
    entries = [f"{{conv: {1 + 2 * (n % 3)}x1x4, padding: same}}" for n in range(1000)]
    before = f"input: 8x8x4\nlayers: [{', '.join(entries)}]"
    after = f"input: 8x8x4\nlayers: [{', '.join([*entries[:500], 'relu', *entries[500:]])}]"
    assert changed(pair(before, after)) == [("added", "", "relu1")]


@pytest.mark.slow
def test_very_long_models_are_matched_by_name():
    entries = [f"{{conv: {1 + 2 * (n % 3)}x1x4, padding: same, name: c{n}}}" for n in range(3000)]
    entries = [entry.replace(f", name: c{n}", "") if n % 2 else entry for n, entry in enumerate(entries)]
    plain_ones = [entry.split(", name")[0].rstrip("}") + "}" for entry in entries]
    for each in (entries, plain_ones):
        before = f"input: 8x8x4\nlayers: [{', '.join(each)}]"
        after = f"input: 8x8x4\nlayers: [tanh, {', '.join(each[:-1])}, tanh]"
        found = [status for status, *_ in changed(pair(before, after))]
        assert found == ["added", "removed", "added"]


def test_fewer_than_two():
    with pytest.raises(ValueError, match="two models"):
        compare([cnncalc.analyze(cnncalc.load(f"{BASE}\n"))])


# -- formats


FLAT = """\
convention: pytorch
input: 8x8x3
layers:
  - {conv: 4, kernel: 3, padding: 1, bias: false, norm: batch_norm, activation: relu, name: a}
  - {conv: 4, kernel: 3, padding: 1, bias: false, norm: batch_norm, name: b}
  - {add: [a, b], activation: relu, name: sum}
  - {dropout: 0.2, name: drop}
  - {conv: 2, kernel: 1, name: c}
"""
NESTED = """\
convention: pytorch
input: 8x8x3
defaults: {conv: {bias: false, norm: batch_norm}}
blocks:
  step:
    - residual: [{conv: 4, kernel: 3, padding: 1}]
      activation: relu
layers:
  - {conv: 4, kernel: 3, padding: 1, activation: relu}
  - {step, name: stage}
  - {dropout: 0.2, name: rest}
  - {conv: 2, kernel: 1, bias: true, norm: none}
"""


def test_entries_of_the_same_network_are_paired_as_its_layers_are():
    found = pair(FLAT, NESTED)
    assert found.sameness[0].verdict == "same"
    assert statuses(found) == [
        ("renamed", "a", "conv1"),
        ("renamed", "b", "stage.conv1"),
        ("renamed", "sum", "stage.residual1"),
        ("renamed", "drop", "rest"),
        ("renamed", "c", "conv2"),
    ]


def test_entries_of_a_folded_network_are_paired_without_their_norms():
    folded = FLAT.replace("bias: false, norm: batch_norm, ", "")
    found = pair(folded, NESTED)
    assert found.sameness[0].verdict == "folded"
    assert [(each[1], each[2]) for each in statuses(found)] == [
        ("a", "conv1"),
        ("b", "stage.conv1"),
        ("sum", "stage.residual1"),
        ("drop", "rest"),
        ("c", "conv2"),
    ]
    assert found.pairs is not None
    assert found.pairs[0].settings == {"bias": (True, False), "batch_norm": (None, True)}


def test_branches_of_the_same_network_that_changed_places():
    head = "input: 8x8x3\nlayers:\n  - {relu, name: x}\n"
    one = "  - {conv: 4, kernel: 1, name: a, from: x}\n"
    other = "  - {conv: 4, kernel: 3, padding: 1, name: b, from: x}\n"
    end = "  - {add: [a, b]}\n"
    found = pair(head + one + other + end, head + other + one + end)
    assert found.sameness[0].verdict == "same"
    assert statuses(found) == [("same", "x", "x"), ("same", "b", "b"), ("same", "a", "a"), ("same", "add1", "add1")]


def test_json_of_resnets():
    """Parameters and MACs as torchvision publishes them."""
    comparison = compare([cnncalc.analyze(cnncalc.load(name)) for name in ("resnet18", "resnet34")])
    value = json.loads(json.dumps(ComparisonReport(comparison).to_dict()))
    assert (value["schema"], value["version"], value["different"]) == ("cnncalc/compare", 1, True)
    assert value["totals"]["params"]["values"] == [11689512, 21797672]
    assert value["totals"]["params"]["delta"] == 21797672 - 11689512
    assert value["totals"]["macs"]["values"] == [1814073344, 3663761408]
    # [2, 2, 2, 2] and [3, 4, 6, 3] blocks
    names = {each["after"]["name"].rsplit(".", 1)[0] for each in value["entries"] if each["status"] == "added"}
    assert len(names) == 1 + 2 + 4 + 1
    assert all(each["status"] in ("added", "same") for each in value["entries"])


def test_more_than_two():
    analyses = [cnncalc.analyze(cnncalc.load(name)) for name in ("resnet18", "resnet34", "resnet50")]
    comparison = compare(analyses)
    assert comparison.pairs is None
    value = ComparisonReport(comparison).to_dict()
    assert value["entries"] is None
    assert value["totals"]["params"] == {"values": [11689512, 21797672, 25557032]}
    rows = list(csv.reader(io.StringIO(ComparisonReport(comparison).render("csv"))))
    assert rows[0] == ["total", "resnet18", "resnet34", "resnet50"]
    assert rows[1] == ["params", "11689512", "21797672", "25557032"]


def test_csv_of_two():
    rows = list(csv.reader(io.StringIO(ComparisonReport(pair(BASE, BASE)).render("csv"))))
    assert rows[0] == ["status", "before_name", "after_name", "quantity", "before", "after", "delta", "percent"]
    assert {len(row) for row in rows} == {8}


# -- the command


@pytest.fixture
def models(tmp_path):
    first, second = tmp_path / "a.yaml", tmp_path / "b.yaml"
    first.write_text(f"{BASE}\n", encoding="utf-8")
    second.write_text(f"{BASE.replace('dense: 10', 'dense: 20')}\n", encoding="utf-8")
    return str(first), str(second)


@pytest.mark.parametrize("format", ["text", "json", "csv", "markdown"])
def test_statuses(models, capsys, format):
    first, second = models
    assert run(["compare", first, second, "-f", format]) == 0
    assert run(["compare", first, second, "-f", format, "--exit-code"]) == 1
    assert run(["compare", first, first, "-f", format, "--exit-code"]) == 0
    assert run(["compare", first, second, first, "-f", format, "--exit-code"]) == 1
    assert run(["compare", first, "no_such_model", "-f", format]) == 1
    captured = capsys.readouterr()
    assert "CNN101" in captured.err
    assert "Traceback" not in captured.err


def test_usage(models, capsys):
    assert run(["compare"]) == 2
    assert run(["compare", models[0]]) == 2
    assert run(["compare", "-", "-"]) == 2
    assert "Error" in capsys.readouterr().err


def test_options_apply_to_all_models(models, capsys):
    assert run(["compare", *models, "-f", "json", "--input", "32x32x3", "--convention", "keras"]) == 0
    value = json.loads(capsys.readouterr().out)
    assert [model["inputs"][0]["shape"] for model in value["models"]] == [[32, 32, 3]] * 2
    assert {model["convention"] for model in value["models"]} == {"keras"}


def test_two_variants_of_a_file(tmp_path, capsys, monkeypatch):
    path = tmp_path / "net.yaml"
    path.write_text(
        "name: net\ninput: 8x8x1\nvars: {n: 4}\nvariants: {small: {vars: {n: 2}}, large: {vars: {n: 8}}}\n"
        "layers: [conv: 3x3x$n]\n"
    )
    assert run(["compare", f"{path}@small", f"{path}@large", str(path), "-f", "json"]) == 0
    value = json.loads(capsys.readouterr().out)
    assert [model["label"] for model in value["models"]] == ["small", "large", "net"]
    assert value["totals"]["params"]["values"] == [9 * 2 + 2, 9 * 8 + 8, 9 * 4 + 4]
    assert cnncalc.analyze(cnncalc.load(f"{path}@large")).totals.params == 80
    # two variants of one model cannot both hold
    assert run(["summarize", f"{path}@small", "--variant", "large"]) == 2
    assert "is already the variant small: name only one" in capsys.readouterr().err
    # a file of the whole name comes first
    (tmp_path / "net.yaml@small").write_text("input: 8x8x1\nlayers: [conv: 3x3x16]\n")
    monkeypatch.chdir(tmp_path)
    assert cnncalc.analyze(cnncalc.load("net.yaml@small")).totals.params == 160
    assert run(["compare", "net.yaml@none", "net.yaml"]) == 1
    assert "there is no variant `none`" in capsys.readouterr().err
    assert run(["compare", "no.yaml@none", "net.yaml"]) == 1
    assert "no such file" in capsys.readouterr().err
    assert run(["compare", "-@small", "-"]) == 2


def test_one_name_for_two_files(models, capsys):
    assert run(["compare", *models, "-f", "json"]) == 0
    assert [model["label"] for model in json.loads(capsys.readouterr().out)["models"]] == list(models)


def test_to_a_file(models, tmp_path):
    target = tmp_path / "out.md"
    assert run(["compare", *models, "-f", "markdown", "-o", str(target)]) == 0
    # the dense layer reads 11·11·16 = 1,936 numbers; ten units more, each with a bias
    assert "+19,370" in target.read_text(encoding="utf-8")


def test_whether_two_unknown_fields_are_equal_is_unknown():
    one = cnncalc.load("input: 8x8x1\nlayers: [{opaque: Odd, output: 4x4x2, params: 0}]", filename="one.yaml")
    other = cnncalc.load("input: 8x8x1\nlayers: [{conv: 3x3x1}, {opaque: Odd, output: 4x4x2, params: 0}]")
    rows = [line.split() for line in cnncalc.compare(one, other).render().splitlines()]
    assert ["receptive", "field", "unknown", "unknown", "unknown"] in rows
