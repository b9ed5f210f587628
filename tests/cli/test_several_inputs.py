"""`--input NAME=SHAPE`: each input gets a shape of its own."""

import json

import pytest

import cnncalc
from cnncalc.cli import run
from cnncalc.source.files import Unreadable
from cnncalc.spec.given_inputs import GivenInputs

TWO = """\
name: two
inputs: {left: 8x8x3, right: 6x6x1, age: 1}
layers:
  - {conv: 3x3x8, from: left}
  - {global_avg_pool, name: seen}
  - {conv: 5x5x4, from: right}
  - flatten
  - {concat: [[], seen, age]}
  - dense: 2
"""


@pytest.fixture
def call(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "two.yaml").write_text(TWO)

    def _call(*arguments):
        status = run(list(arguments))
        output = capsys.readouterr()
        return status, output.out, output.err

    return _call


def shapes(call, *arguments):
    status, out, err = call("summarize", "two.yaml", "-f", "json", *arguments)
    assert status == 0, err
    return [each["shape"] for each in json.loads(out)["inputs"]]


OWN = [[8, 8, 3], [6, 6, 1], [1]]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ([], OWN),
        (["--input", "9x7"], [[9, 7, 3], [9, 7, 1], [1]]),  # one for all, vectors stay
        (["--input", "left=9x7"], [[9, 7, 3], *OWN[1:]]),
        (["--input", "left=9x7x2"], [[9, 7, 2], *OWN[1:]]),
        (["--input", "age=5"], [*OWN[:2], [5]]),
        (["--input", "right=5x5", "--input", "left=3x3"], [[3, 3, 3], [5, 5, 1], [1]]),
        (["--input", "left=2x9x7", "--layout", "channels_first"], [[2, 9, 7], [1, 6, 6], [1]]),
    ],
)
def test_each_input_gets_its_shape(call, options, expected):
    assert shapes(call, *options) == expected


def test_the_only_input_has_a_name_too(call):
    status, out, _ = call("summarize", "lenet5", "--input", "input=36x36", "-f", "json")
    assert (status, json.loads(out)["inputs"][0]["shape"]) == (0, [36, 36, 1])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["9x9", "8x8"], "it is given twice; leave one out"),
        (["left=9x9", "left=8x8"], "left is given twice; leave one out"),
        (["left=9x9", "8x8"], "one shape for all inputs does not go with NAME=SHAPE: give each input its own"),
        (["8x8", "left=9x9"], "one shape for all inputs does not go with NAME=SHAPE: give each input its own"),
        (["left="], "expected SHAPE or NAME=SHAPE, found 'left='"),
        (["=9x9"], "expected SHAPE or NAME=SHAPE, found '=9x9'"),
    ],
)
def test_what_cannot_be_meant_is_a_usage_error(call, options, message):
    status, out, err = call("summarize", "two.yaml", *(word for each in options for word in ("--input", each)))
    assert (status, out) == (2, "")
    assert err.endswith(f"Error: Invalid value for --input: {message}\n")


@pytest.mark.parametrize(
    ("given", "message", "label"),
    [
        ("lefd=9x9", "--input: there is no input `lefd`", "did you mean `left`?"),
        ("left=big", "--input left: expected sizes such as 28x28x1, found `big`", ""),
        ("left=3x3x3x3", "--input left: `3x3x3x3` cannot replace 8×8×3", "it has a different number of sizes"),
        ("age=3x3", "--input age: `3x3` cannot replace 1", "it has a different number of sizes"),
    ],
)
def test_what_does_not_fit_the_model_is_a_finding(call, given, message, label):
    status, out, err = call("summarize", "two.yaml", "--input", given)
    assert (status, out) == (1, "")
    assert f"error[CNN216]: {message}\n" in err
    assert label in err
    assert err.count("error[") == 1
    assert ("inputs of the model: left, right, age" in err) == ("no input" in message)


def test_findings_name_the_options_that_lead_to_them(call):
    _, _, err = call("summarize", "two.yaml", "--input", "left=2x2", "--input", "right=7x7")
    given = "`--input left=2x2 --input right=7x7` leads to this; the file's own inputs, 8×8×3 and 6×6×1, do not"
    assert given in err
    _, _, err = call("summarize", "two.yaml", "--input", "left=2x2")
    assert "`--input left=2x2` leads to this; the file's own input, 8×8×3, does not" in err
    _, _, err = call("summarize", "two.yaml", "--input", "2x2")
    assert "the inputs have sizes of their own: `--input left=… --input right=… --input age=…`" in err
    _, _, err = call("summarize", "two.yaml", "--input", "right=7x7")
    assert "warning[CNN530]: --input right=7x7: `dense1` reads 45 values instead of 25" in err  # 3·3·4 + 9, 2·2·4 + 9


def test_two_inputs_that_go_together(call):
    """DETR's second input is a code of positions, 32 times smaller."""
    options = ["--input", "image=640x320", "--input", "positions=20x10"]
    status, out, err = call("summarize", "detr", "-f", "json", *options)
    assert (status, err) == (0, "")
    by_variables = call("summarize", "detr", "-f", "json", "--set", "height=640", "--set", "width=320")[1]
    assert json.loads(out)["layers"] == json.loads(by_variables)["layers"]


@pytest.mark.parametrize(
    "command",
    [
        ["explain", "two.yaml", "seen"],
        ["hyperparameters", "two.yaml"],
        ["receptive-field", "two.yaml"],
        ["forward", "two.yaml"],
        ["verify", "two.yaml"],
        ["compare", "two.yaml", "two.yaml"],
        ["solve", "two.yaml", "--sizes"],
        ["homework", "sheet", "two.yaml"],
        ["homework", "gradescope-kit", "two.yaml", "-o", "kit.zip"],
    ],
    ids=" ".join,
)
def test_every_command_takes_them(call, command):
    assert call(*command, "--input", "left=9x9", "--input", "age=2")[0] == 0
    status, _, err = call(*command, "--input", "up=9x9")
    assert status == 1
    assert "there is no input `up`" in err


def test_a_sheet_is_graded_with_the_inputs_that_it_was_made_with(call, tmp_path):
    options = ["--input", "left=9x9", "--input", "right=5x5"]
    assert call("homework", "sheet", "two.yaml", *options, "-o", "sheet.yaml")[0] == 0
    made = next(line for line in (tmp_path / "sheet.yaml").read_text().splitlines() if line.startswith("made_with:"))
    assert " --input left=9x9 --input right=5x5 --layout" in made
    assert call("homework", "sheet", "two.yaml", *options, "--key", "-o", "key.yaml")[0] == 0
    status, out, _ = call("homework", "grade", "key.yaml", "--key", "two.yaml", "-f", "json")
    (found,) = json.loads(out)["students"]
    assert (status, found["status"], found["percent"]) == (0, "graded", 100)


def test_python_takes_a_mapping():
    spec = cnncalc.load(TWO, input={"left": "9x7", "age": "4"})
    assert [node.output.sizes("channels_last") for node in spec.graph.inputs] == [(9, 7, 3), (6, 6, 1), (4,)]
    assert cnncalc.load(TWO, input={}).overrides == cnncalc.load(TWO).overrides
    assert cnncalc.check(TWO, input={"left": "9x7"}).analysis.spec.graph.inputs[0].output.spatial == (9, 7)
    with pytest.raises(cnncalc.SpecError, match="there is no input `up`"):
        cnncalc.load(TWO, input={"up": "9x7"})
    with pytest.raises(ValueError, match="the names of inputs are texts that are not empty"):
        cnncalc.load(TWO, input={"": "9x7"})


def test_sizes_for_whoever_has_not_read_the_model():
    assert GivenInputs.of_options(["a.b:0=3x640x320", "ids=77"]).sizes() == {"a.b:0": (3, 640, 320), "ids": (77,)}
    assert GivenInputs.of_options(["224×224"]).sizes() == {"": (224, 224)}
    assert GivenInputs().sizes() == {}
    with pytest.raises(Unreadable) as refused:
        GivenInputs.of_options(["a=big", "b=0x3"]).sizes()
    assert [each.message[:10] for each in refused.value.diagnostics] == ["--input a:", "--input b:"]
