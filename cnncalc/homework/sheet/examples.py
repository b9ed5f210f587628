"""Examples of how answers are written, none of which is an answer: a sheet must not give anything away."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import count

from cnncalc.homework.sheet.questions import Sheet
from cnncalc.settings.shape import Shape


def examples(sheet: Sheet, words: Iterable[str]) -> str:
    """A number, arithmetic and sizes in the sheet's rank and order, as far as it asks for them.

    `words` are the rest of the sheet; no number in an example occurs there, or is an answer or part of one.
    """
    questions = sheet.questions
    known: set[int] = set()
    for text in words:
        known |= _numbers_in(text.replace(",", ""))
    for answer in {each.answer for each in questions}:
        known |= _numbers_in(str(answer))
    numbers = {question.column for question in questions if isinstance(question.answer, int)}
    is_of_sizes = any(isinstance(question.answer, tuple) for question in questions)
    texts = [str(next(_free(known, 1234, 111)))] if numbers or not is_of_sizes else []
    if numbers - {"output", "receptive_field"}:
        texts.append(next(f"5*{n}*{n} + 9" for n in count(7) if not {5 * n, n * n, 5 * n * n, 5 * n * n + 9} & known))
    texts += _sizes(sheet, known)
    return "; ".join(texts)


def _sizes(sheet: Sheet, known: set[int]) -> list[str]:
    """Sizes like those of an output, or of a receptive field if only those are asked for."""
    positions, channels = next(_free(known, 40)), next(_free(known, 7))
    for question in sheet.questions:
        if isinstance(question.answer, tuple):
            rank = len(question.answer)
            sizes = Shape((positions,) * (rank - 1), channels).sizes(sheet.layout)
            return ["x".join(map(str, sizes if question.column == "output" else (positions,) * rank))]
    return []


def _free(known: set[int], start: int, step: int = 1) -> Iterator[int]:
    return (number for number in count(start, step) if number not in known)


def _numbers_in(text: str) -> set[int]:
    return {int(found) for found in re.findall("[0-9]{1,20}", text)}
