"""A spec as text, a sheet about it, and a student's answers graded."""

import cnncalc
from cnncalc.analysis import analyze
from cnncalc.homework.grading.one_sheet import Grader
from cnncalc.homework.sheet.questions import COLUMNS, sheet_of

EVERYTHING = (*COLUMNS, "total", "memory")


def sheet(layers, input="28x28x3", ask=EVERYTHING, **head):
    lines = ["name: net", f"input: {input}", *(f"{key}: {value}" for key, value in head.items()), "layers:"]
    return sheet_of(analyze(cnncalc.load("\n".join([*lines, *(f"  - {layer}" for layer in layers)]) + "\n")), ask)


def grade(sheet, answers, right=False, **options):
    """Answers by `conv1.output`; the others left blank, or right."""
    texts = key(sheet) if right else {}
    texts |= {tuple(place.rsplit(".", 1)): str(text) for place, text in answers.items()}
    return {f"{g.question.entry}.{g.question.column}": g for g in Grader(sheet, **options).grade(texts)}


def names(graded, place):
    return [mistake.name for mistake in graded[place].mistakes]


def key(sheet):
    return {
        (q.entry, q.column): "x".join(map(str, q.answer)) if isinstance(q.answer, tuple) else str(q.answer)
        for q in sheet.questions
    }
