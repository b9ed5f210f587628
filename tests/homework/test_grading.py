"""Grading a sheet: follow-through, blanks, formats, tolerance, and which mistake it was."""

from fractions import Fraction

import pytest
from grades import EVERYTHING, grade, key, names, sheet

import cnncalc
from cnncalc.analysis import analyze
from cnncalc.homework.grading.batch import GradedFile, grade_file
from cnncalc.homework.grading.one_sheet import Grader
from cnncalc.homework.grading.scoring import FOLLOW_THROUGH, Rubric, score
from cnncalc.homework.grading.statistics import common_mistakes
from cnncalc.homework.sheet.questions import COLUMNS, sheet_of
from cnncalc.report.views.homework.sheet import SheetReport
from cnncalc.source.open_model import shipped

CHAIN = ["conv: 3x3x8", "max_pool: 2", "conv: 3x3x16", "flatten", "dense: 10"]
# 28x28x3 -> 26x26x8 -> 13x13x8 -> 11x11x16 -> 1936 -> 10


def test_follow_through_along_a_chain_and_into_the_totals():
    """The first size is wrong; everything after it follows correctly from it."""
    answers = {
        "conv1.output": "24x24x8",
        "conv1.macs": 24 * 24 * 3 * 3 * 3 * 8,
        "max_pool1.output": "12x12x8",
        "conv2.output": "10x10x16",
        "conv2.macs": 10 * 10 * 3 * 3 * 8 * 16,
        "flatten1.output": 1600,
        "dense1.params": 1600 * 10 + 10,
        "dense1.macs": 1600 * 10,
        "total.params": 3 * 3 * 3 * 8 + 8 + 3 * 3 * 8 * 16 + 16 + 1600 * 10 + 10,
        "total.macs": 24 * 24 * 216 + 10 * 10 * 1152 + 1600 * 10,
        "total.memory": 4 * (224 + 1168 + 16010),
    }
    graded = grade(sheet(CHAIN), answers, right=True)
    statuses = {place: graded[place].status for place in answers}
    assert statuses.pop("conv1.output") == "wrong"
    assert set(statuses.values()) == {"follow-through"}
    assert graded["conv2.params"].status == "right"
    assert graded["dense1.params"].expected == 16010


@pytest.mark.parametrize(("choice", "points"), [("full", 2), ("half", Fraction(3, 2)), ("none", 1)])
def test_points_for_follow_through(choice, points):
    graded = grade(sheet(CHAIN, ask=("output",)), {"conv1.output": "24x24x8", "max_pool1.output": "12x12x8",
                                                  "dense1.output": 10})  # fmt: skip
    rubric = Rubric()._replace(follow_through=FOLLOW_THROUGH[choice])
    assert score(list(graded.values()), rubric).points == points


def test_what_was_not_asked_is_carried_in_mind():
    """Only parameters are asked; the dense layer's tell that the flattened vector was 13 * 13 positions."""
    graded = grade(sheet([*CHAIN[:2], *CHAIN[3:]], ask=("params",)), {"dense1.params": 13 * 13 * 10 + 10}, right=True)
    assert names(graded, "dense1.params")[0] in ("flatten without channels", "dense on the unflattened size")


def test_a_blank_is_unanswered_and_an_odd_text_unreadable():
    graded = grade(sheet(CHAIN), {"conv1.output": "-", "conv1.params": "many", "max_pool1.output": "13x13x8"})
    assert graded["conv1.output"].status == "unanswered"
    assert (graded["conv1.params"].status, str(graded["conv1.params"].reason)) == (
        "unreadable",
        "`many` is not a number: write digits, or arithmetic such as A*B + C",
    )
    assert graded["max_pool1.output"].status == "right"


@pytest.mark.parametrize(("tolerance", "status"), [(0, "wrong"), (0.01, "right"), (0.001, "wrong")])
def test_tolerance(tolerance, status):
    graded = grade(sheet(CHAIN), {"conv2.params": 1170}, tolerance=tolerance)  # 1168: 0.17 % off
    assert graded["conv2.params"].status == status


def test_two_mistakes_in_one_answer():
    graded = grade(sheet(CHAIN), {"conv1.params": 3 * 3 * 8, "conv2.params": 3 * 3 * 16})
    assert names(graded, "conv1.params") == names(graded, "conv2.params")
    assert set(names(graded, "conv1.params")) == {"bias forgotten", "input channels forgotten"}


def test_two_mistakes_that_never_stand_alone():
    layers = ["conv: 3x3x8", "conv: 5x5x16"]
    answers = {"conv1.params": 2 * 3 * 3 * 8, "conv2.params": 2 * 5 * 5 * 16}
    graded = grade(sheet(layers), answers)
    assert [each.name for each in graded["conv2.params"].alternatives[0]] == [
        "input channels forgotten",
        "one bias per weight",
    ]


AMBIGUOUS = ["{conv: 3x3x8, padding: 1}", "{conv: 5x5x8, padding: 2}"]  # 28 both; 27: one side, or + 1 forgotten


@pytest.mark.parametrize(
    ("second", "name"),
    [("24x24x8", "padding counted once"), ("26x26x8", "+ 1 forgotten")],
    ids=["counted once", "+ 1 forgotten"],
)
def test_an_ambiguous_answer_is_told_by_the_rest_of_the_sheet(second, name):
    """27 from 28 is a padding counted once or a forgotten + 1. On 27 these give 27 - 5 + 2 + 1 = 25, and 26."""
    second = "25x25x8" if name == "padding counted once" else second
    graded = grade(sheet(AMBIGUOUS), {"conv1.output": "27x27x8", "conv2.output": second})
    assert (names(graded, "conv1.output"), names(graded, "conv2.output")) == ([name], [name])


@pytest.mark.parametrize(
    ("place", "slip"),
    [("conv1.params", 242), ("conv2.output", "11x11x61"), ("total.params", 20763), ("conv2.receptive_field", 9)],
)
def test_a_slip_has_no_name(place, slip):
    graded = grade(sheet(CHAIN), {place: slip, "max_pool1.output": "13x13x8"}, right=True)
    assert graded[place].status == "wrong"
    assert names(graded, place) == []


@pytest.mark.parametrize(
    ("place", "answer", "named"),
    [
        ("conv1.output", "25x25x8", [["+ 1 forgotten"]]),
        ("conv1.params", 3 * 3 * 3 * 8, [["bias forgotten"]]),
        ("conv1.params", 3 * 3 * 3 * 8 + 1, [["one bias for all"]]),
        ("conv2.params", 3 * 3 * 8 * 16, [["bias forgotten"]]),
        # the layer before reads three channels, and so does the image
        ("conv2.params", 3 * 3 * 3 * 16 + 16, [["channels of the layer before"]]),
    ],
)
def test_one_answer_is_enough_where_the_same_rule_was_right_elsewhere(place, answer, named):
    graded = grade(sheet(CHAIN), {place: answer}, right=True)
    assert [[each.name for each in one] for one in graded[place].alternatives] == named
    assert not graded[place].is_sure


def test_two_that_give_the_same_number_are_both_named():
    """27 from 28, with a padding of 1: counted on one side, or the + 1 forgotten."""
    graded = grade(sheet(["{conv: 3x3x8, padding: 1}", "conv: 3x3x8"]), {"conv1.output": "27x27x8"}, right=True)
    alternatives = graded["conv1.output"].alternatives
    assert {name.name for (name,) in alternatives} == {"padding counted once", "+ 1 forgotten"}


def test_points_for_alternatives_are_those_of_the_better():
    graded = grade(sheet(["{conv: 3x3x8, padding: 1}", "conv: 3x3x8"]), {"conv1.output": "27x27x8"}, right=True)
    rubric = Rubric(mistakes={"+ 1 forgotten": Fraction(1, 2)})
    assert rubric.points_for(graded["conv1.output"]) == Fraction(1, 2)


def test_one_forgotten_bias_costs_less_than_two():
    rubric = Rubric(mistakes={"bias forgotten": Fraction(1, 2)})
    one = grade(sheet(CHAIN, ask=("params",)), {"conv1.params": 216}, right=True)
    two = grade(sheet(CHAIN, ask=("params",)), {"conv1.params": 216, "conv2.params": 1152}, right=True)
    assert (score(list(one.values()), rubric).points, score(list(two.values()), rubric).points) == (4.5, 4)


def test_a_slip_of_the_pen_does_not_hide_a_mistake_behind_it():
    """13x13 is written 31x31 and gone on with as 13x13; the bias is forgotten throughout."""
    answers = {"max_pool1.output": "31x31x8", "conv1.params": 216, "conv2.params": 1152, "dense1.params": 19370}
    graded = grade(sheet(CHAIN), answers, right=True)
    assert names(graded, "max_pool1.output") == []
    assert names(graded, "conv1.params") == names(graded, "conv2.params") == ["bias forgotten"]


def test_megabytes_of_ones_own_total():
    graded = grade(sheet(["flatten", "dense: 100"]), {"total.params": 235200, "total.memory": "0.94 MiB"})
    assert names(graded, "total.memory") == ["MB for MiB"]


# -- every shipped spec


@pytest.mark.parametrize("name", sorted(shipped()))
def test_the_key_itself_is_right_all_round(name, tmp_path):
    """In the sheet that students get, filled in with the key, YAML and CSV."""
    whole = sheet_of(analyze(cnncalc.load(name)), EVERYTHING)
    grader = Grader(whole)
    for suffix, text in (
        (".yaml", SheetReport(whole, with_key=True).render("yaml")),
        (".csv", SheetReport(whole, with_key=True).render("csv")),
    ):
        path = tmp_path / f"key{suffix}"
        path.write_text(text, encoding="utf-8")
        result = grade_file(str(path), grader, Rubric())
        wrong = [(g.question, g.answer.text) for g in result.graded if g.status != "right"]
        assert (wrong, result.error, result.notes, result.score.percent) == ([], "", (), 100)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["resnet18", "unet", "efficientnet", "inception_v3"])
def test_branches_do_not_stop_the_search(name):
    """Every answer wrong, or a tenth of them."""
    whole = sheet_of(analyze(cnncalc.load(name)), (*COLUMNS, "total"))
    grader = Grader(whole)
    right = key(whole)
    all_wrong = {place: "7" if "x" not in text else "7x7x7" for place, text in right.items()}
    some = {place: all_wrong[place] if i % 10 == 3 else text for i, (place, text) in enumerate(right.items())}
    for texts in (all_wrong, some):
        graded = grader.grade(texts)
        assert len(graded) == len(right)
        assert any(each.status == "wrong" for each in graded)


def test_the_commonest_mistakes_stand_in_one_order():
    """By students, then answers: never by the order of a set."""
    whole = sheet(CHAIN, ask=("params", "receptive_field"))
    texts = {"conv1.params": 216, "conv2.params": 1152, "conv2.receptive_field": 4 * 3, "dense1.params": 19360}
    graded = list(grade(whole, texts, right=False).values())
    result = GradedFile("a.yaml", None, graded)
    assert common_mistakes([result]) == [
        ("bias forgotten", 1, 2),
        ("fields multiplied", 1, 1),
        ("dense bias forgotten", 1, 1),
    ]


def test_a_doubtful_answer_scores_by_the_reading_that_is_right():
    """(3·3·3)·8 + 8 = 224."""
    texts = {"conv1.output": "torch.Size([1, 8, 26, 26])", "conv1.params": "22 4", "max_pool1.output": "8?"}
    graded = grade(sheet(CHAIN), texts)
    assert (graded["conv1.output"].status, graded["conv1.output"].answer.value) == ("right", (26, 26, 8))
    assert graded["conv1.output"].answer.doubt == "it may mean 26x26x8 or 8x26x26"
    assert (graded["conv1.params"].status, graded["conv1.params"].answer.value) == ("right", 224)
    assert graded["max_pool1.output"].status == "unreadable"


@pytest.mark.parametrize(
    ("text", "status"),
    [("~224", "right"), ("~0.22k", "right"), ("ca. 0,2k", "right"), ("~225", "wrong"), ("~0.23k", "wrong"),
     ("224", "right"), ("0.22k", "wrong"), ("~220", "wrong"), ("2.24E+02", "right"), ("2.2E+02", "wrong")],
)  # fmt: skip
def test_about_is_right_to_the_digits_that_are_written(text, status):
    """(3·3·3)·8 + 8 = 224."""
    assert grade(sheet(CHAIN), {"conv1.params": text})["conv1.params"].status == status


@pytest.mark.parametrize(("text", "status"), [("~25.6k", "right"), ("~25.7k", "right"), ("about 25,700", "right"),
                                              ("2,57E+04", "right"), ("~25.5k", "wrong"), ("~25,800", "wrong"),
                                              ("~26k", "right"), ("25.7k", "wrong"), ("25700", "wrong")])  # fmt: skip
def test_about_of_a_larger_number(text, status):
    """400·64 + 64 = 25,664."""
    vector = sheet(["flatten", "dense: 64"], input="20x20x1")
    assert grade(vector, {"dense1.params": text})["dense1.params"].status == status


def test_a_doubtful_answer_scores_by_the_reading_that_follows():
    """With 25×25×8 after the convolution, the pool gives 12×12×8: ⌊(25 − 2) / 2⌋ + 1 = 12."""
    graded = grade(sheet(CHAIN), {"conv1.output": "25x25x8", "max_pool1.output": "torch.Size([8, 12, 12])"})
    assert graded["max_pool1.output"].status == "follow-through"
    graded = grade(sheet(CHAIN), {"conv1.output": "25x25x8", "max_pool1.output": "(8, 12, 12)"})
    assert graded["max_pool1.output"].status == "wrong"
