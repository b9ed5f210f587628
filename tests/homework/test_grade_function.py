"""`cnncalc.grade`: one sheet from Python, as a notebook or the tests of an autograder call it."""

from pathlib import Path

import numpy as np
import pytest

import cnncalc

SHEETS = Path(__file__).parents[2] / "examples" / "homework" / "sheets"
KEY = "typical_cnn"
"""28×28×1; conv1: 3×3, 8 filters: 26×26×8, 3 * 3 * 8 + 8 = 80 parameters; dense1: 400 * 64 + 64 = 25,664."""


def test_a_mapping():
    found = cnncalc.grade({"conv1": {"output": (26, 26, 8), "params": 80}, "dense1": {"params": "400*64 + 64"}}, KEY)
    assert (found.points, found.out_of, found.is_right) == (3, 3, True)
    assert [(each.layer, each.column, each.status) for each in found.answers] == [
        ("conv1", "output", "right"),
        ("conv1", "params", "right"),
        ("dense1", "params", "right"),
    ]


def test_what_is_wrong_is_explained():
    found = cnncalc.grade({"conv1": {"params": 72}, "conv2": {"params": 1152}}, KEY)
    assert (found.points, found.out_of, found.is_right) == (0, 2, False)
    first = found.answers[0]
    assert (first.answer, first.status, first.points, first.mistakes) == ("72", "wrong", 0, ("bias forgotten",))
    assert "the biases are missing" in first.remarks[0]
    assert "80" not in found.feedback()
    assert "80" in found.feedback("full")
    assert found.feedback("hint", "markdown").startswith("## typical-cnn")
    assert "the biases are missing" in found._repr_html_()
    assert repr(found) == "<GradedSheet: 0 of 2 points>"


@pytest.mark.parametrize(
    "value", [80, "80", 80.0, np.int64(80), "3*3*8 + 8", " 80 "], ids=["int", "text", "float", "numpy", "sum", "spaces"]
)
def test_a_number_however_it_is_given(value):
    assert cnncalc.grade({"conv1": {"params": value}}, KEY).is_right


@pytest.mark.parametrize("value", [(26, 26, 8), [26, 26, 8], np.array([26, 26, 8]), "26x26x8", "(26, 26, 8)"], ids=str)
def test_sizes_however_they_are_given(value):
    assert cnncalc.grade({"conv1": {"output": value}}, KEY).is_right


def test_a_path_and_a_text():
    path = SHEETS / "grace.yaml"
    for answers in (path, str(path), path.read_text(encoding="utf-8")):
        found = cnncalc.grade(answers, cnncalc.load(KEY))
        assert (found.student, found.points, found.out_of) == ("Grace Hopper", 18, 22)
    table = "student,Ada\nlayer,params\nconv1,80\n"
    assert cnncalc.grade(table, KEY, ask=["params"]).points == 1


def test_what_is_asked():
    answers = {"conv1": {"params": 80}}
    assert cnncalc.grade(answers, KEY).out_of == 1
    assert cnncalc.grade(answers, KEY, ask=["params"]).out_of == 7
    assert cnncalc.grade({"total": {"params": 27562, "memory": "107.7 KiB", "macs": 214304}}, KEY).points == 3


def test_follow_through_and_tolerance():
    answers = {"max_pool2": {"output": (6, 6, 16)}, "flatten1": {"output": 6 * 6 * 16}}
    assert cnncalc.grade(answers, KEY, follow_through="half").points == 0.5
    assert cnncalc.grade({"dense1": {"params": 25600}}, KEY, tolerance=0.01).points == 1


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        ({"conv9": {"params": 80}}, "there is no layer `conv9` in the model"),
        ({"conv1": {"prams": 80}}, "conv1: there is no column `prams`"),
        ({"conv1": 80}, "conv1: expected a mapping of answers, found 80"),
        ({}, "there are no answers in it"),
        ("missing.yaml", "there is no such file"),
        (
            "worksheet: other\nanswers:\n conv1:\n  params: 80\n",
            "the sheet is for `other`, but the key is for `typical-",
        ),
        ("\n", "there are no answers in it"),
        (None, "expected a mapping of answers, a path or a text, found None"),
        ([80], r"expected a mapping of answers, a path or a text, found \[80\]"),
    ],
)
def test_no_answers_to_this_key(answers, message):
    with pytest.raises(ValueError, match=message):
        cnncalc.grade(answers, KEY)


@pytest.mark.parametrize(("layer", "column", "value"), [
    ("conv1", "output", (None, 26, 26, 8)), ("conv1", "output", np.array([26, 26, 8])),
    ("conv1", "params", np.array(80)), ("conv1", "params", np.float32(80)), ("conv1", "output", [26.0, 26.0, 8.0]),
    ("dense1", "output", [None, 64]), ("dense1", "output", (64,)),
])  # fmt: skip
def test_shapes_of_keras_and_numbers_of_numpy(layer, column, value):
    assert cnncalc.grade({layer: {column: value}}, KEY).is_right


@pytest.mark.parametrize(
    "value", [True, object(), {"a": 1}, "x" * 10_000, b"80", float("nan"), 10**30, (), "\0", [[1]]]
)
def test_any_value_is_an_answer(value):
    found = cnncalc.grade({"conv1": {"params": value, "output": value}}, KEY)
    assert found.points == 0


def test_a_number_that_python_does_not_write_is_an_answer():
    found = cnncalc.grade({"conv1": {"params": 10**5000, "output": (10**5000, 26, 8)}}, KEY)
    assert [each.status for each in found.answers] == ["unreadable", "unreadable"]


def test_options_that_do_not_exist():
    for options in ({"ask": ["nothing"]}, {"tolerance": 2}, {"follow_through": "some"}):
        with pytest.raises(ValueError, match="expected"):
            cnncalc.grade({"conv1": {"params": 80}}, KEY, **options)
    with pytest.raises(ValueError, match="expected one of name, hint, full"):
        cnncalc.grade({"conv1": {"params": 80}}, KEY).feedback("nothing")
