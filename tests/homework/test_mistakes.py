"""Every mistake of the catalogue, on one small case, worked out here as someone would who makes it."""

import re
from collections import Counter

import pytest
from grades import grade, names, sheet
from mistake_cases import CASES, CONV

from cnncalc.homework.diagnose.mistakes import BY_NAME
from cnncalc.homework.language import Language


@pytest.mark.parametrize(("name", "layers", "place", "answer"), CASES)
def test_a_mistake_is_named(name, layers, place, answer):
    graded = grade(sheet(layers), {place: answer})
    assert name in names(graded, place)
    assert len(graded[place].alternatives) <= 2
    assert graded[place].status == "wrong"


TWICE = [  # those that a single answer does not show: another mistake, or a slip, is likelier
    ("weights forgotten", {"conv1.params": 16, "conv2.params": 24}),
    ("layer without parameters", {"conv1.params": 0, "conv2.params": 0}),
]


@pytest.mark.parametrize(("name", "answers"), TWICE)
def test_a_mistake_that_takes_several_answers(name, answers):
    whole = sheet([CONV, "conv: 3x3x24"])
    assert all(name in names(grade(whole, answers), place) for place in answers)
    assert name not in names(grade(whole, dict([*answers.items()][:1])), "conv1.params")


UNDER = [  # those that only a convention, or another form of the model, gives an opportunity for
    ("statistics left out of the total", "keras", ["batch_norm", CONV], "total.params", 2 * 3 + 448),
    ("statistics left out", "keras", ["batch_norm"], "batch_norm1.params", 2 * 3),
    ("shared weights counted again", "lecture", ["{dense: 5, name: first}", "{share: first, name: again}"],
     "again.params", 5 * 5 + 5),
]  # fmt: skip


@pytest.mark.parametrize(("name", "convention", "layers", "place", "answer"), UNDER)
def test_a_mistake_is_named_where_it_can_be_made(name, convention, layers, place, answer):
    input = "5" if "shared" in name else "28x28x3"
    assert name in names(grade(sheet(layers, input, convention=convention), {place: answer}), place)


def test_every_mistake_has_its_case():
    assert {name for name, *_ in CASES} | {name for name, *_ in (*UNDER, *TWICE)} == set(BY_NAME)


@pytest.mark.parametrize("mistake", BY_NAME.values(), ids=list(BY_NAME))
def test_hints_are_sentences_without_the_answer(mistake):
    assert re.fullmatch(r"[A-Z].*[.?]", mistake.hint)
    assert re.fullmatch(r"[a-z].*[^.?!]", mistake.title)
    assert not re.search(r"\d\d", mistake.hint + Language("de")(mistake.hint))
    assert len(mistake.title.split()) <= 12


@pytest.mark.parametrize("say", [str, Language("de")], ids=["en", "de"])
def test_no_two_mistakes_are_worded_alike(say):
    """Two that give the same number are both mentioned: what is said of them has to differ."""
    for texts in zip(*((each.name, each.hint) for each in BY_NAME.values()), strict=True):
        assert [text for text, times in Counter(map(say, texts)).items() if times > 1] == []
    by_title = Counter((column, say(each.title)) for each in BY_NAME.values() for column in each.columns)
    assert [title for title, times in by_title.items() if times > 1] == []


@pytest.mark.parametrize(
    ("name", "layers", "answer", "input", "convention"),
    [
        ("kernel not subtracted", ["{conv: 5x16, stride: 2}"], "16x16", "30x4", "lecture"),  # 30 // 2 + 1
        ("+ 1 forgotten", ["conv: 5x5x16"], "16x25x23", "4x30x28", "pytorch"),
        ("+ 1 forgotten", ["conv: 2x3x4x8"], "8x8x7x8", "10x11x11x2", "keras"),
    ],
)
def test_in_every_form(name, layers, answer, input, convention):
    graded = grade(sheet(layers, input, convention=convention), {"conv1.output": answer})
    assert name in names(graded, "conv1.output")


def test_one_less_along_a_single_axis_may_be_a_slip():
    """26 for 25 is one off, as it happens when counting: nothing is read into it."""
    graded = grade(sheet(["conv: 5x16"], "30x4"), {"conv1.output": "25x16"})
    assert names(graded, "conv1.output") == []
