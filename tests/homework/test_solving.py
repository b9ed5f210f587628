"""Inverse questions, each answer held against arithmetic written out or a search of its own."""

import json

import pytest

import cnncalc
from cnncalc.cli import run
from cnncalc.whatif.solving import (
    QuestionError,
    largest_value,
    read_question,
    settings_for,
    solve,
)


def answers(text, transposed=False):
    return [dict(each.values) for each in solve(read_question(text, transposed)).found]


# -- an axis


def test_the_padding_that_keeps_the_size():
    # (32 − 5 + 2p) / 1 + 1 = 32 ⇔ p = 2
    assert answers("n_in=32, k=5, s=1, n_out=32") == [{"p": 2}]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("n_in=28, k=3, s=1, p=0", [{"n_out": 26}]),
        # ⌊(n − 3) / 2⌋ + 1 = 7 ⇔ n − 3 is 12 or 13
        ("k=3, s=2, p=0, n_out=7", [{"n_in": 15}, {"n_in": 16}]),
        # (10 − d·2 − 1) / 1 + 1 = 6 ⇔ d = 2
        ("n_in=10, k=3, s=1, p=0, d=?, n_out=6", [{"d": 2}]),
        # ⌊(9 − 3) / s⌋ + 1 = 3 ⇔ s = 3
        ("n_in=9; k=3; p=0; s=?; n_out=3", [{"s": 3}]),
        ("n_in=227, k=11, s=4, p=0, n_out=?", [{"n_out": 55}]),
    ],
)
def test_one_unknown(text, found):
    assert answers(text) == found


def test_two_unknowns_are_all_pairs():
    # 8 − k + 2p + 1 = 8 ⇔ k = 2p + 1
    found = answers("n_in=8, s=1, k=?, p=?, n_out=8")
    assert all(each["k"] == 2 * each["p"] + 1 for each in found)
    assert [each["k"] for each in found] == list(range(1, len(found) * 2, 2))


def test_transposed():
    # (7 − 1)·2 + 4 − 2p = 14 ⇔ p = 1
    assert answers("n_in=7, k=4, s=2, n_out=14", transposed=True) == [{"p": 1}]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("n_in=28, k=3, s=2, p=0, d=?, n_out=16", "the output is at most 13"),
        ("n_in=5, k=9, s=1, p=0", "the window never fits in the input"),
        # p adds 2: 9 − 2 + 2p + 1 is even
        ("n_in=9, k=2, s=1, n_out=9", "the output jumps from 8 to 10"),
    ],
)
def test_why_there_is_none(text, reason):
    solutions = solve(read_question(text))
    assert (list(solutions.found), solutions.reason) == ([], reason)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("n=3", "`n=3` is not part of a question"),
        ("n_in=3, n_in=4", "`n_in` is given twice"),
        ("n_in=0, k=3", "n_in must be at least 1"),
        ("n_in=-3", "`n_in=-3` is not part of a question"),
        ("k=3", "3 unknowns"),
        ("", "unknowns"),
    ],
)
def test_what_cannot_be_read(text, message):
    with pytest.raises(QuestionError) as error:
        read_question(text)
    assert message in str(error.value)


@pytest.mark.parametrize("unknown", ["p", "n_in", "k", "s", "n_out"])
def test_every_answer_is_right_and_none_is_left_out(unknown):
    """Against the floor formula written out here, for every axis of a small range."""

    def outputs(n_in, k, s, p):
        return (n_in - k + 2 * p) // s + 1 if k <= n_in + 2 * p else None

    known = {"n_in": 9, "k": 3, "s": 2, "p": 1, "n_out": 5}
    text = ", ".join(f"{name}={'?' if name == unknown else value}" for name, value in known.items())
    found = {each[unknown] for each in answers(text)}
    for value in range(1, 12):
        guess = {**known, unknown: value}
        assert (outputs(guess["n_in"], guess["k"], guess["s"], guess["p"]) == guess["n_out"]) == (value in found)


# -- a layer, a variable, sizes


def test_settings_of_a_layer():
    analysis = cnncalc.analyze(cnncalc.load("typical_cnn"))
    node = analysis.layers[0].node
    changes = settings_for(analysis, node, (14, 14))
    # 28 − 15 + 1; 28 − 2·7
    assert [(each.setting, each.new, each.fits) for each in changes] == [
        ("kernel", "15×15", True),
        ("dilation", "7", True),
    ]
    # (28 − 3) // 2 + 1 = 13, and the whole input with p = 1
    assert {(each.setting, each.new) for each in settings_for(analysis, node, (13, 13))} >= {("stride", "2")}
    assert {(each.setting, each.new) for each in settings_for(analysis, node, (28, 28))} >= {("padding", "1")}
    assert settings_for(analysis, node, (100, 101)) == []


def test_the_largest_value_that_keeps_a_bound():
    found = largest_value(lambda n: n * n + 1, lambda count: count <= 1000, "n")
    assert (found.value, found.result, found.beyond) == (31, 962, (32, 1025))
    assert largest_value(lambda n: 10 + n, lambda count: count <= 5, "n").value is None
    # only multiples of 8 can be built
    only_eighths = largest_value(lambda n: None if n % 8 else n, lambda count: count <= 100, "n")
    assert only_eighths.value == 96


# -- the command


@pytest.fixture
def call(capsys):
    def _call(*arguments):
        status = run(["solve", *arguments])
        output = capsys.readouterr()
        return status, output.out, output.err

    return _call


def test_the_command(call):
    status, out, _ = call("n_in=32, k=5, s=1, n_out=32")
    assert status == 0
    assert "p = 2: ⌊(n_in − k + 2·p) / s⌋ + 1 = ⌊(32 − 5 + 2·2) / 1⌋ + 1 = 32" in out
    assert call("n_in=9, k=2, s=1, n_out=9")[0] == 1


def test_a_variable(call):
    # Keras: width 0.50 has 1,342,536 parameters, width 0.25 has 475,544
    status, out, _ = call("mobilenet_v1", "--params", "<= 1342536", "--vary", "width", "--step", "0.25", "-f", "json")
    found = json.loads(out)
    assert (status, found["value"], found["result"]) == (0, 0.5, 1342536)
    status, _, err = call("mobilenet_v1", "--params", "<= 1M", "--vary", "widht")
    assert status == 2
    assert "did you mean width?" in err


@pytest.mark.parametrize(
    "arguments",
    [
        ["typical_cnn"],
        ["typical_cnn", "--sizes", "--cover"],
        ["typical_cnn", "--layer", "conv1"],
        ["typical_cnn", "--layer", "conv9", "--output", "3"],
        ["typical_cnn", "--layer", "dense1", "--output", "3"],
        ["typical_cnn", "--params", "many", "--vary", "x"],
        ["typical_cnn", "--params", "<= 1M"],
        ["mobilenet_v1", "--params", "<= 1M", "--vary", "width", "--step", "0"],
    ],
)
def test_wrong_usage(call, arguments):
    status, out, err = call(*arguments)
    assert (status, out) == (2, "")
    assert "Error: " in err


def test_cover(call):
    assert call("typical_cnn", "--cover")[0] == 0
