"""Each question of a class: right, points, discrimination, wrong answers with their mistakes."""

import csv
import json
from math import sqrt
from pathlib import Path

import pytest

NET = "name: net\ninput: 9x9x1\nlayers: [{conv: 3x3x8, name: a}, {conv: 3x3x2, name: b}, {conv: 1x1x3, name: c}]\n"
"""3·3·8 + 8 = 80 parameters, 3·3·8·2 + 2 = 146, 2·3 + 3 = 9."""


@pytest.fixture
def questions(call):
    """The statistics of students, by layer; each student's answers for a, b and c."""

    def grade(*students: tuple[str, str, str]):
        Path("in").mkdir()
        Path("net.yaml").write_text(NET)
        for number, answers in enumerate(students):
            lines = [f" {layer}:\n  params: {answer}\n" for layer, answer in zip("abc", answers, strict=True)]
            Path(f"in/{number}.yaml").write_text(f"student: S{number}\nanswers:\n{''.join(lines)}")
        options = ("--key", "net.yaml", "--ask", "params", "--statistics", "statistics.csv")
        _, out, _ = call("grade", "in", *options, "-f", "json")
        return {each["layer"]: each for each in json.loads(out)["questions"]}

    return grade


def test_the_discrimination_of_a_question(questions):
    """By hand: a is right for the first three of five; on b and c they have 2, 2, 1, 1 and 0 points.

    Means: 3/5 and 6/5. The sum of the products of deviations is 5 - 5·(3/5)·(6/5) = 7/5; the sums of squares are
    3 - 5·9/25 = 6/5 and 10 - 5·36/25 = 14/5. The correlation is (7/5) / √(6/5 · 14/5) = 7 / √84.
    """
    students = (("80", "146", "9"), ("80", "146", "9"), ("80", "146", "0"), ("1", "146", "0"), ("1", "0", "0"))
    found = questions(*students)
    assert found["a"]["discrimination"] == pytest.approx(7 / sqrt(84), abs=1e-4)
    assert (found["a"]["right"], found["a"]["asked"], found["a"]["points"]) == (3, 5, 0.6)


def test_the_question_itself_is_left_out_of_the_total(questions):
    """Whoever is right about a, is wrong about b and c: -1, which the total with a would hide."""
    found = questions(*[("80", "0", "0")] * 3, *[("0", "146", "9")] * 2)
    assert found["a"]["discrimination"] == -1


@pytest.mark.parametrize(
    "students",
    [
        [("80", "146", "9")] * 5,  # everybody
        [("1", "146", "9"), ("1", "0", "0"), ("1", "0", "9"), ("2", "0", "9"), ("3", "0", "9")],  # nobody
        [("80", "146", "9"), ("1", "0", "0"), ("80", "0", "9"), ("1", "0", "9")],  # four
        [("80", "146", "9"), ("1", "146", "9"), ("80", "146", "9"), ("1", "146", "9"), ("1", "146", "9")],  # the rest
    ],
    ids=["everybody is right", "nobody is right", "four sheets", "the rest is the same"],
)
def test_an_undefined_discrimination_is_null(questions, students):
    assert questions(*students)["a"]["discrimination"] is None


def test_wrong_answers_with_their_mistakes(questions):
    """72 and 144 are 80 and 146 without the biases."""
    found = questions(("72", "144", "9"), ("72", "144", "9"), ("80", "146", "9"), ("?", "145", "9"))
    first, second = found["b"]["wrong_answers"]
    assert first == {"answer": "144", "count": 2, "mistakes": ["bias forgotten"]}
    assert (second["answer"], second["count"]) == ("145", 1)
    assert found["a"]["mistakes"] == [{"name": "bias forgotten", "answers": 2}]
    assert (found["a"]["answered"], found["a"]["asked"]) == (3, 4)
    rows = {row["layer"]: row for row in csv.DictReader(Path("statistics.csv").read_text("utf-8").splitlines())}
    assert rows["a"]["wrong_answers"] == "72 (2×, bias forgotten)"
    assert (rows["a"]["right"], rows["a"]["asked"], rows["a"]["discrimination"]) == ("1", "4", "")
