"""How much feedback says: the first two levels never give the solution away."""

import re
from itertools import combinations

import pytest
from grades import sheet
from mistake_cases import CASES

from cnncalc.homework.grading.one_sheet import Grader
from cnncalc.homework.grading.scoring import Rubric
from cnncalc.homework.language import LANGUAGES, Language
from cnncalc.report.views.homework.feedback import LEVELS, Feedback


def remarks(whole, place, answer, level, language="en"):
    graded = Grader(whole).grade({tuple(place.rsplit(".", 1)): str(answer)})
    feedback = Feedback(whole, Rubric(), level, Language(language))
    return " ".join(text for each in graded if each.status == "wrong" for text in feedback.remarks(each))


def numbers(text):
    """The numbers in a text, but for those in the names of layers."""
    return [int(found.replace(",", "")) for found in re.findall(r"(?<![\w.])[0-9][0-9,]*", text)]


def solution_of(whole, place):
    return {f"{question.entry}.{question.column}": question.answer for question in whole.questions}[place]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("level", ["name", "hint"])
def test_no_text_of_the_first_two_levels_contains_the_solution_or_adds_up_to_it(level, language):
    """Not by itself, nor added to, taken from or multiplied by the student's own answer."""
    for _, layers, place, answer in CASES:
        whole = sheet(layers)
        solution = solution_of(whole, place)
        found = numbers(remarks(whole, place, answer, level, language))
        wanted = set(solution) if isinstance(solution, tuple) else {solution}
        # 0, 1 and 2 are in rules, as in k − 1, + 1 and 2·p, and are the answer to nothing that is asked here
        known = [number for number in found if number > 2]
        assert not wanted.intersection(known), (place, answer, known)
        if not isinstance(answer, int) or not isinstance(solution, int):
            continue
        for count in range(1, 3):
            for some in combinations(known, count):
                sums = {sum(some), answer + sum(some), answer - sum(some), sum(some) - answer}
                assert solution not in {*sums, *(answer * each for each in some)}, (place, answer, some)


def test_the_levels_say_more_and_more():
    whole, place, answer = sheet(["conv: 3x3x16"]), "conv1.params", 3 * 3 * 3 * 16
    name, hint, full = (remarks(whole, place, answer, level) for level in LEVELS)
    assert name == "conv1 (parameters): perhaps the biases are missing."
    assert hint.startswith(name)
    assert "The rule: k·k·c_in·filters + filters" in hint
    assert "448" not in name + hint
    assert "3·3·3·16 + 16 = 448" in full
    assert "The answer is 448." in full
