"""Every command in every format, and the exit status of each way it can end."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from specs.reference import mostly_by_night, smaller

import cnncalc
from cnncalc.checks.registry import about, all_codes
from cnncalc.cli import COMMANDS
from cnncalc.source.open_model import shipped

FORMATS = {
    "summarize": ("text", "json", "csv", "markdown"),
    "explain": ("text", "markdown", "latex", "json"),
    "hyperparameters": ("text", "markdown", "latex", "json"),
    "forward": ("text", "json"),
    "validate": ("text", "json"),
}
ON_A_MODEL = [(command, format) for command, formats in FORMATS.items() for format in formats]


@pytest.mark.parametrize(("command", "format"), ON_A_MODEL)
def test_statuses_are_the_same_in_every_format(call, tmp_path, lecture, bad, failing, command, format):
    fine = call(command, lecture, "--format", format)
    assert fine.status == 0
    assert fine.out.endswith("\n")
    assert not fine.out.endswith("\n\n")
    assert fine.err == ""
    if format == "json":
        value = json.loads(fine.out)
        assert (value["schema"], value["version"]) == (
            f"cnncalc/{ {'summarize': 'summary'}.get(command, command)}", 1
        )  # fmt: skip

    for wrong in (bad, tmp_path / "missing.yaml", tmp_path, "no_such_model"):
        found = call(command, wrong, "-f", format)
        if command == "validate" and wrong == tmp_path:
            continue  # a directory is a place to search there
        assert found.status == 1, wrong
        place = found.out if command == "validate" else found.err
        assert "CNN" in place
        if command == "validate":
            assert found.err == ""
            if format == "json":
                json.loads(found.out)
        else:
            assert found.out == ""

    failed = call(command, failing, "-f", format)
    if command in ("summarize", "validate"):
        assert failed.status == 1
        shown = failed.err if command == "summarize" else failed.out
        assert "CNN401" in shown
        assert "81" in shown
        if command == "summarize":
            assert "80" in failed.out  # the table is shown all the same
    else:
        assert failed.status == 0  # whoever asks how 80 comes about gets an answer

    for usage in (
        [command],
        [command, lecture, "--format", "xml"],
        [command, lecture, "--format", format.upper()],
        [command, lecture, "--no-such-option"],
    ):
        wrong = call(*usage)
        assert wrong.status == 2, usage
        assert wrong.out == ""
        assert "Error: " in wrong.err


def test_nothing_to_do(call, tmp_path):
    for format in ("text", "json"):
        result = call("validate", tmp_path, "--format", format)
        assert (result.status, result.out) == (3, "")
        assert str(tmp_path) in result.err


@pytest.mark.parametrize("command", ["summarize", "explain", "hyperparameters"])
def test_a_bug_of_ours_is_status_4_and_says_what_to_report(call, lecture, monkeypatch, command):
    def crash(*_: object, **__: object) -> None:
        raise AssertionError("a shoe in the machine")

    __import__(f"cnncalc.cli.{command}")
    monkeypatch.setattr(sys.modules[f"cnncalc.cli.{command}"], "analyze", crash)
    for format in FORMATS[command]:
        result = call(command, lecture, "-f", format)
        assert (result.status, result.out) == (4, "")
        for part in (
            "bug in cnncalc",
            cnncalc.__version__,
            command,
            str(lecture),
            "a shoe in the machine",
            "Traceback",
        ):
            assert part in result.err


def test_interrupted(call, lecture, monkeypatch):

    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(sys.modules["cnncalc.cli.summarize"], "analyze", interrupt)
    assert call("summarize", lecture).status == 130


def test_general_options(call):
    assert call("--version") == (0, f"cnncalc {cnncalc.__version__}\n", "")
    shown = call("--help")
    assert (shown.status, shown.err) == (0, "")
    for command in COMMANDS:
        assert command in shown.out
        result = call(command, "--help")
        assert (result.status, result.err) == (0, "")
        for format in FORMATS.get(command, ()):
            assert format in result.out
    nothing = call()
    assert nothing.status in (0, 2)
    assert "summarize" in nothing.out + nothing.err


def test_suggestions(call, lecture):
    for wrong, meant in (("sumarize", "summarize"), ("hyperparameter", "hyperparameters"), ("Validate", "validate")):
        result = call(wrong, lecture)
        assert result.status == 2
        assert f"did you mean {meant}?" in result.err
    assert "summarize, explain" in call("frobnicate").err
    for wrong, meant in (("conv3", "conv2"), ("Dense1", "dense1"), ("maxpool1", "max_pool1")):
        result = call("explain", lecture, wrong)
        assert (result.status, result.out) == (2, "")
        assert f"did you mean {meant}?" in result.err
    assert "layers: conv1, max_pool1" in call("explain", lecture, "zzz").err
    result = call("summarize", "typcal_cnn")
    assert result.status == 1
    assert "did you mean `typical_cnn`?" in result.err


def test_suggestions_of_names_with_capitals(call, write):
    spec = write("input: 28x28x1\nlayers: [{conv: 3x3x8, name: STEM}]\n")
    assert "did you mean STEM?" in call("explain", spec, "STEMM").err
    assert "did you mean STEM?" in call("explain", spec, "stem").err


def test_explain_takes_layers_and_entries(call):
    def headed(*layers: str) -> list[str]:
        value = json.loads(call("explain", "typical_cnn", *layers, "-f", "json").out)
        return [layer["name"] for layer in value["layers"]]

    assert headed("conv2") == ["conv2", "conv2.relu"]
    assert headed("conv2.relu") == ["conv2.relu"]
    assert headed("dense2", "conv1.relu") == ["dense2", "dense2.softmax", "conv1.relu"]
    assert headed("conv2.relu", "conv2", "conv2") == ["conv2.relu", "conv2"]
    assert headed()[0] == "conv1"
    assert len(headed()) == 11  # 7 entries, and 4 of them have an activation


def test_rules(call):
    for code in all_codes():
        result = call("rule", code)
        assert (result.status, result.err) == (0, "")
        assert result.out.startswith(code)
        assert about(code).title in result.out
    assert call("rule", "cnn204").out == call("rule", "CNN204").out
    page = call("rule", "--all")
    assert page.status == 0
    for code in all_codes():
        assert page.out.count(f"### {code}: {about(code).title}\n") == 1
    assert call("rule").status == 2
    for unknown in ("CNN999", "204", "", "\x1b[31m"):
        result = call("rule", unknown)
        assert (result.status, result.out) == (2, "")


def quickly(name: str) -> list[str]:
    """Options under which a large model runs quickly."""
    size, values = smaller(name)
    options = ["--input", size] if size else []
    return options + [f"--set={key}={value}" for key, value in (values or {}).items()]


@pytest.mark.slow
@pytest.mark.parametrize("name", mostly_by_night(shipped()))
def test_each_shipped_spec_under_every_command(call, name):
    params = cnncalc.analyze(cnncalc.load(name)).totals.params
    for command, format in ON_A_MODEL:
        if command == "forward" and params > 10**7:
            continue  # drawing the weights takes seconds; test_verify runs these
        if format == "text" or "lecture" in Path(shipped()[name]).parts:  # small ones in every format
            changed = quickly(name) if command == "forward" else []
            result = call(command, name, "-f", format, *changed)
            assert result.status == 0, (command, format)
            # a dense layer after a fixed size is another one on another size
            assert result.err == "" or (changed and "CNN530" in result.err), (command, format)


@pytest.mark.slow
def test_all_shipped_specs_are_validated_together(call):
    """They are clean: what is published with such a thing all the same says so on its line."""
    result = call("validate", *shipped().values())
    assert (result.status, result.out, result.err) == (0, f"{len(shipped())} specs: no findings\n", "")


# -- summarize's options


def rows(call, *arguments: object) -> dict[str, list[str]]:
    import csv

    result = call("summarize", *arguments, "-f", "csv")
    assert (result.status, result.err) == (0, "")
    lines = list(csv.reader(result.out.splitlines()))
    return {line[0]: line[1:] for line in lines}


def test_csv(call, lecture):
    table = rows(call, lecture)
    assert list(table.items()) == [
        ("name", ["kind", "output", "params", "macs", "receptive_field"]),
        ("conv1", ["conv 3×3, 8 filters", "26×26×8", "80", "48672", "3"]),
        ("max_pool1", ["max_pool 2×2", "13×13×8", "0", "0", "4"]),
        ("conv2", ["conv 3×3, 16 filters", "11×11×16", "1168", "139392", "8"]),
        ("max_pool2", ["max_pool 2×2", "5×5×16", "0", "0", "10"]),
        ("flatten1", ["flatten", "400", "0", "0", "global"]),
        ("dense1", ["dense 64 units", "64", "25664", "25600", "global"]),
        ("dense2", ["dense 10 units", "10", "650", "640", "global"]),
    ]


def test_columns(call, lecture):
    keys = "name,values,params,trainable_params,non_trainable_params,macs,flops,memory"
    assert rows(call, lecture, "--columns", keys)["conv1"] == [
        "5408", "80", "80", "0", "48672", "97344", str(26 * 26 * 8 * 4)
    ]  # fmt: skip
    assert rows(call, lecture, "--columns", " name , macs ")["dense1"] == ["25600"]
    text = call("summarize", lecture, "--columns", "macs,name").out
    assert text.splitlines()[2].split() == ["MACs", "layer"]
    for wrong in ("nme", "", "name,", "name;macs", "NAME"):
        result = call("summarize", lecture, "--columns", wrong)
        assert (result.status, result.out) == (2, "")
        assert "receptive_field" in result.err


def test_sort(call, lecture):
    def order(key: str) -> list[str]:
        return list(rows(call, lecture, "--sort", key))[1:]

    assert order("macs")[:3] == ["conv2", "conv1", "dense1"]
    assert order("params")[:4] == ["dense1", "conv2", "dense2", "conv1"]
    assert order("values")[:2] == order("output")[:2] == ["conv1", "conv2"]
    assert order("memory")[-1] == "dense2"
    assert order("receptive_field")[-4:] == ["max_pool2", "conv2", "max_pool1", "conv1"]
    assert order("name") == sorted(order("name"))
    result = call("summarize", lecture, "--sort", "size")
    assert (result.status, result.out) == (2, "")
    # a key of the table need not be shown
    assert list(rows(call, lecture, "--columns", "name", "--sort", "macs"))[1] == "conv2"


def totals(call, *arguments: object) -> dict[str, object]:
    result = call("summarize", *arguments, "-f", "json")
    assert (result.status, result.err) == (0, "")
    return json.loads(result.out)["totals"]


def test_dtype_and_batch(call, lecture):
    one = totals(call, lecture)
    for dtype, size in (("float64", 8), ("float32", 4), ("float16", 2), ("bfloat16", 2), ("int8", 1)):
        found = totals(call, lecture, "--dtype", dtype)
        assert found["param_bytes"] == 27562 * size
        assert found["activation_bytes"] == 9570 * size
        assert found["peak_activation_bytes"] == (26 * 26 * 8 + 13 * 13 * 8) * size
        # one byte for every number is not what a quantised model takes: it is said next to the number
        said = call("summarize", lecture, "--dtype", dtype).out
        note = ": biases and norms also count as one byte each" if dtype == "int8" else ""
        assert f"  ({dtype}{note})\nactivation memory" in said
        whole = json.loads(call("summarize", lecture, "--dtype", dtype, "-f", "json").out)
        assert whole.get("note", "") == (f"int8{note}" if note else "")
        assert f"({dtype}{note})" in call("summarize", lecture, "--dtype", dtype, "-f", "markdown").out
    eight = totals(call, lecture, "--batch", 8)
    assert eight["activation_bytes"] == 8 * one["activation_bytes"]
    assert eight["peak_activation_bytes"] == 8 * one["peak_activation_bytes"]
    assert [eight[key] for key in ("params", "macs", "param_bytes")] == [27562, 214304, 110248]
    for wrong in (
        ["--dtype", "int4"], ["--dtype", "FLOAT32"], ["--batch", "0"], ["--batch", "-1"], ["--batch", "1.5"],
        ["--batch", "many"],
    ):  # fmt: skip
        result = call("summarize", lecture, *wrong)
        assert (result.status, result.out) == (2, ""), wrong


def test_an_absurd_batch_is_not_a_bug(call, lecture):
    for digits in (30, 400, 5000):
        assert call("summarize", lecture, "--batch", "9" * digits).status in (0, 2), digits


def test_input(call, lecture, bad):
    def first(*arguments: object) -> tuple[list[int], int]:
        value = json.loads(call("summarize", lecture, "-f", "json", *arguments).out)
        return value["inputs"][0]["shape"], value["layers"][0]["params"]

    assert first("--input", "32x32x1") == first("--input", "32x32") == first("--input", "32×32") == ([32, 32, 1], 80)
    assert first("--input", "32x30x3") == ([32, 30, 3], 3 * 3 * 3 * 8 + 8)
    # in the order that is shown
    shape, params = first("--input", "3x32x30", "--layout", "channels_first")
    assert (shape, params) == ([3, 32, 30], 224)
    assert first("--input", "32x30", "--layout", "channels_first")[0] == [1, 32, 30]
    for wrong in ("", "abc", "28", "0x0", "-3x3", "28x28x1x1x1", "3.5x4", "28x28x", "9999999999x9999999999"):
        result = call("summarize", lecture, f"--input={wrong}")
        assert result.status in (1, 2), wrong
        assert result.out == ""
        assert "--input" in result.err
    too_small = call("summarize", lecture, "--input", "2x2")
    assert (too_small.status, too_small.out) == (1, "")
    assert "CNN301" in too_small.err
    assert "3×3" in too_small.err
    assert "2×2" in too_small.err
    assert "`--input 2x2` leads to this; the file's own input, 28×28×1, does not" in too_small.err
    # two inputs that have different sizes, made of the same variables
    uneven = call("summarize", "detr", "--input", "640x320")
    assert "the inputs have sizes of their own, made of variables: `--set height=640 --set width=320`" in uneven.err
    assert call("summarize", "detr", "--set", "height=640", "--set", "width=320").status == 0
    # a file with mistakes of its own has them without the option
    assert "leads to this" not in call("summarize", bad, "--input", "2x2").err


def test_expectations_are_for_the_file_as_it_is(call, failing):
    assert call("summarize", failing, "--input", "30x30").status == 0


def test_convention(call, write):
    spec = write("input: 8x8x3\nlayers: [{conv: 2x2x4, padding: same, norm: batch_norm}]\n")
    found = {}
    for convention in ("lecture", "keras", "pytorch"):
        value = json.loads(call("summarize", spec, "-f", "json", "--convention", convention).out)
        assert value["model"]["convention"] == convention
        found[convention] = (value["layers"][-1]["output"][0], value["totals"]["params"])
    # an even kernel grows under the lecture's rule; keras counts the moving mean and variance
    weights = 2 * 2 * 3 * 4 + 4
    assert found["lecture"] == (9, weights + 2 * 4)
    assert found["keras"] == (8, weights + 4 * 4)
    assert found["pytorch"][1] == weights + 2 * 4
    assert call("summarize", spec, "--convention", "caffe").status == 2


def test_layout(call, lecture):
    value = json.loads(call("summarize", lecture, "-f", "json", "--layout", "channels_first").out)
    assert value["model"]["layout"] == "channels_first"
    assert value["inputs"] == [{"name": "input", "shape": [1, 28, 28]}]
    assert [layer["output"] for layer in value["layers"]] == [
        [8, 26, 26], [8, 13, 13], [16, 11, 11], [16, 5, 5], [400], [64], [10]
    ]  # fmt: skip
    assert value["totals"]["params"] == 27562
    text = call("summarize", lecture, "--layout", "channels_first").out
    assert "16×11×11" in text
    assert "11×11×16" not in text
    assert "1×28×28" in text
    assert "1×28×28 → 8×26×26" in call("explain", lecture, "conv1", "--layout", "channels_first").out
    step = json.loads(call("explain", lecture, "conv1", "-f", "json", "--layout", "channels_first").out)["layers"][0]
    assert (step["input"], step["output"]) == ([1, 28, 28], [8, 26, 26])
    assert call("summarize", lecture, "--layout", "nchw").status == 2


def test_layout_of_a_spec_written_channels_first(call, write):
    spec = write("layout: channels_first\ninput: 3x8x6\nlayers: [conv: 3x3x4]\n")
    for layout, shape, output in (("channels_first", [3, 8, 6], [4, 6, 4]), ("channels_last", [8, 6, 3], [6, 4, 4])):
        value = json.loads(call("summarize", spec, "-f", "json", "--layout", layout).out)
        assert value["inputs"][0]["shape"] == shape
        assert value["layers"][0]["output"] == output
    assert json.loads(call("summarize", spec, "-f", "json").out)["model"]["layout"] == "channels_first"


# -- hyperparameters


def test_hyperparameters_of_the_lecture(call):
    value = json.loads(call("hyperparameters", "typical_cnn", "-f", "json").out)
    layers = {layer["name"]: layer for layer in value["layers"]}
    assert "kernels" in layers["conv2"]["learned"]
    assert layers["conv2"]["params"] == 1168
    assert layers["conv2"]["hyperparameters"] == {
        "kernel size": "3×3", "number of kernels": "16", "stride": "1", "padding": "0", "activation": "relu"
    }  # fmt: skip
    assert layers["max_pool1"]["learned"] is None
    assert layers["max_pool1"]["hyperparameters"] == {
        "pooling method": "max", "window size": "2×2", "stride": "2", "padding": "0"
    }  # fmt: skip
    assert "weights" in layers["dense1"]["learned"]
    assert layers["dense1"]["hyperparameters"]["activation"] == "relu"
    assert value["others"]["optimizer"] == "adam"
    assert value["others"]["dataset splitting"] == "80:10:10"
    text = call("hyperparameters", "typical_cnn").out
    for said in ("learned from the data", "set beforehand", "Glorot uniform"):
        assert said in text


def test_hyperparameters_not_given(call, lecture):
    others = json.loads(call("hyperparameters", lecture, "-f", "json").out)["others"]
    assert {"optimizer", "learning rate", "epochs", "regularization"} <= {
        name for name, value in others.items() if value is None
    }
    assert call("hyperparameters", lecture).out.count("not given") >= 8


# -- validate


@pytest.mark.usefixtures("bad")
def test_validate_searches_directories(call, tmp_path, write, failing):
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "x.yaml").write_text("nonsense")
    (tmp_path / "deep" / "er").mkdir(parents=True)
    write("input: 8x8x1\nlayers: [conv: 3x3x8]\n", "deep/er/fine.yml")
    result = call("validate", tmp_path, "-f", "json")
    value = json.loads(result.out)
    assert result.status == 1
    assert [(Path(file["file"]).name, file["ok"]) for file in value["files"]] == [
        ("bad.yaml", False), ("failing.yaml", False), ("fine.yml", True)
    ]  # fmt: skip
    assert value["totals"]["files"] == 3
    assert value["totals"]["failed"] == 2
    assert {found["severity"] for found in value["diagnostics"]} == {"error"}
    for found in value["diagnostics"]:
        assert set(found) >= {"code", "severity", "message", "file", "line", "column", "end_line", "end_column", "help"}
        assert found["code"] in all_codes()
    twice = json.loads(call("validate", failing, tmp_path, failing, "-f", "json").out)
    assert twice["totals"]["files"] == 3


ELSEWHERE = """\
input: 12x12x3
layers:
  - {conv: 3x3x4, bias: false, origin: features.0, norm: {batch_norm, origin: features.1}, activation: relu}
  - {conv: 3x3x4, padding: 1, repeat: 2, origin: body.$index.c1}
  - {conv: 3x3x4, name: plain}
"""


@pytest.mark.parametrize(
    ("command", "shown"),
    [
        (["summarize"], ["features.0", "body.0.c1", "body.1.c1", "plain"]),
        (["summarize", "--fold"], ["features.0", "body.0…1.c1", "plain"]),
        (["receptive-field", "--all"], ["features.0", "features.1", "features.0.relu", "body.1.c1", "plain"]),
        (["hyperparameters"], ["features.0", "body.0.c1", "plain"]),
        (["forward", "--all"], ["features.0", "features.1", "body.1.c1", "plain"]),
        (["verify"], ["features.0", "body.0.c1", "plain"]),
    ],
)
def test_layers_under_the_names_that_they_have_elsewhere(call, write, command, shown):
    first, *options = command
    result = call(first, write(ELSEWHERE), *options, "--names", "origin")
    words = {line.split()[0] for line in result.out.splitlines() if line.strip()}
    assert words >= set(shown)
    assert not {"conv1", "conv2.0", "conv2"} & (words - {"conv2"})


def test_differences_under_the_names_that_layers_have_elsewhere(call, write):
    before, after = (
        write(ELSEWHERE, "before.yaml"),
        write(ELSEWHERE.replace("3x3x4, bias", "3x3x8, bias"), "after.yaml"),
    )
    assert "features.0" in call("compare", before, after, "--names", "origin").out
