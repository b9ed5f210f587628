"""What a student wrote in one blank: a number, sizes, arithmetic, the word `global`, nothing, or something else.

Answers are read as people write them: `1168`, `1,168 params`, `26x26x8`, `(None, 26, 26, 8)`, `3*3*8*16+16 = 1168`.
First they are brought into one notation (`_notation`), then read as sizes (`_sizes`) or as numbers (`_amounts`), as the
column asks. Where people may mean several things, all readings are kept.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from math import prod

from cnncalc.homework.language import translatable
from cnncalc.homework.sheet._amounts import NUMBER, Amount, FormatError, amounts, has_decimal_comma
from cnncalc.homework.sheet._notation import AnswerPart, answer_parts, in_one_notation, tidied
from cnncalc.homework.sheet._sizes import WrittenSizes, is_power, sizes_in
from cnncalc.homework.sheet._words import changes_value, without_words
from cnncalc.homework.sheet.questions import TOTALS, Value
from cnncalc.named_tuple import NamedTuple

__all__ = ["FormatError", "has_decimal_comma"]

MAX_LENGTH = 200
"""The most characters of one answer."""

Read = int | Fraction | tuple[int, ...] | str


class Answer(NamedTuple):
    """An answer that was read.

    Attributes:
        text: as it was written.
        value: its value; None for a blank.
        worked: the arithmetic that led to the value, if that was written.
        unit: the unit of an amount of memory, "" if none was written.
        is_about: whether it is right to as many digits as are written.
        step: the place value of the last digit that was written.
        readings: all readings, the likeliest first, if there are several.
        doubt: why a teacher should look at it, "" if there is no doubt.
    """

    text: str
    value: Read | None
    worked: bool = False
    unit: str = ""
    is_about: bool = False
    step: Fraction = Fraction(1)
    readings: tuple[Answer, ...] = ()
    doubt: str = ""


class Manner(NamedTuple):
    """What the reading of an answer depends on besides its column.

    Attributes:
        layout: the order of sizes that the sheet asks for.
        has_commas: whether the file has decimal commas.
    """

    layout: str = "channels_last"
    has_commas: bool = False


BLANK = Answer("", None)
_USUAL = Manner()
_BLANKS = frozenset({"", "-", "--", "—", "–", "?", "~", "null", "none", "n/a", "...", "…", "_", "__", "___"})
_GLOBAL = frozenset(
    {
        *("global", "all", "everything", "whole input", "the whole input", "entire input", "the entire input"),
        *("whole", "full", "entire", "all pixels", "all positions", "all inputs", "complete input"),
        *("whole image", "the whole image", "entire image", "the entire image", "full input", "full image"),
        *("alles", "ganz", "das ganze bild", "ganzes bild", "gesamtes bild", "das gesamte bild", "gesamte eingabe"),
        *("die ganze eingabe", "ganze eingabe", "die gesamte eingabe", "toute l'entrée", "toute l'image", "globale"),
    }
)
_RESULT = re.compile(r"(.*[0-9)]) ?\([=≈]([^()]*(?:\([^()]*\)[^()]*)*)\)")
"""How something was calculated, in brackets after it: `80 (= 9*8 + 8)`."""
_EXPLAINED = re.compile(r"(.*[0-9)]) \(([^()]*(?:\([^()]*\)[^()]*)*)\)")
"""The same without `=`, which may also be a product."""
_REMARK = re.compile(r"(?<=[\w)]) \((?:[^()]|\([^()]*\))*\)$")
"""A remark in brackets after an answer."""
_NOTHING = re.compile(r"(?:no|zero|nothing|keine?|nichts|aucun)(?: (?:params?|parameters?|weights|gewichte|macs))?")
_UNIT = re.compile(
    r"(.*?[0-9.)])\s*(B|bytes?|octets?|bits?|[kKMG]i?B|[kKMG]bit|[kKMG]i?o|(?:kilo|mega|giga|kibi|mebi|gibi)bytes?)",
    re.IGNORECASE,
)
UNITS = {name: Fraction(1) for name in ("", "b", "byte", "bytes", "octet", "octets")}
UNITS |= {"bit": Fraction(1, 8), "bits": Fraction(1, 8)}
for _letter, _long, _power in (("k", "kilo", 1), ("m", "mega", 2), ("g", "giga", 3)):
    UNITS |= dict.fromkeys(
        (f"{_letter}b", f"{_letter}o", f"{_long}byte", f"{_long}bytes"), Fraction(10 ** (3 * _power))
    )
    UNITS |= dict.fromkeys(
        (f"{_letter}ib", f"{_letter}io", f"{_long[:2]}bibyte", f"{_long[:2]}bibytes"), Fraction(2 ** (10 * _power))
    )
    UNITS[f"{_letter}bit"] = Fraction(10 ** (3 * _power), 8)
"""Bytes of each unit of memory."""
_SHOWN_UNITS = {each.lower(): each for each in ("B", "kB", "MB", "GB", "KiB", "MiB", "GiB")}


@lru_cache(maxsize=8192)
def read_answer(text: str, column: str, right: Value, manner: Manner = _USUAL) -> Answer:
    """Reads an answer to a question; `right` shows what form is asked for.

    Raises:
        FormatError: it is not an answer.
    """
    plain = tidied(text)
    if right == 0 and plain.lower() == "none":
        return Answer(plain, 0, doubt="it may mean 0, or no answer")
    if is_blank(text):
        return Answer(text.strip(), None)
    is_short = not isinstance(right, tuple) or len(right) == 2  # (one axis, written without its channels)
    if plain.isascii() and plain.isdigit() and len(plain) <= MAX_LENGTH and is_short:
        return Answer(plain, int(plain))  # most answers
    notation = in_one_notation(plain) if len(plain) <= MAX_LENGTH else ""
    if len(plain) > MAX_LENGTH or len(notation) > 2 * MAX_LENGTH:
        raise FormatError(translatable("an answer may have at most {count} characters"), count=MAX_LENGTH)
    bare, doubt = _without_question_mark(notation)
    if column == "receptive_field" and _is_global(bare.lower()):
        return Answer(plain, "global", doubt=doubt)
    if column in TOTALS and _NOTHING.fullmatch(bare.lower()):
        return Answer(plain, 0, doubt="it may mean 0")
    readings, doubt = _readings(plain, notation, column, right, manner)
    if column == "receptive_field" and re.search(r"\bglobal\b", notation.lower()) and not changes_value(notation):
        readings = [Answer("", "global"), *readings]
    return _doubtful([each._replace(text=plain) for each in readings], doubt)


def _is_global(text: str) -> bool:
    """Whether a field is said to be the whole input, in words alone but for a remark in brackets."""
    bare = re.sub(r" ?\(.*\)$", "", text)
    return bare in _GLOBAL or bool(re.fullmatch(r"global(?: [^\W\d]+){0,3}", bare) and not changes_value(text))


def _without_question_mark(text: str) -> tuple[str, str]:
    """The text without a `?` or `!` at its end; and the doubt that it means."""
    bare = text.rstrip("?! ")
    return bare, f"`{text[len(bare) :].strip()}` stands after it" if bare != text else ""


def _readings(plain: str, notation: str, column: str, right: Value, manner: Manner) -> tuple[list[Answer], str]:
    """The readings, without a remark in brackets if they cannot be read with it; and why there is doubt."""
    try:
        return _Reader(plain, notation, column, right, manner).readings()
    except FormatError as error:
        remark = _REMARK.search(notation)
        failure = FormatError(error.reason.text, **{**error.reason.values, "found": plain})
    try:
        if remark:
            bare = notation[: remark.start()]
            return _Reader(plain, bare, column, right, manner).readings()[0], f"`{remark[0].strip()}` was left out"
    except FormatError:
        pass
    raise failure


def is_blank(text: str) -> bool:
    """Whether nothing was answered: an empty cell, or a sign for nothing, such as `-` or `?`."""
    return tidied(text).lower() in _BLANKS


def _doubtful(readings: Sequence[Answer], doubt: str) -> Answer:
    """The likeliest reading, with the others and the reason for doubt if there is one."""
    distinct = tuple(dict.fromkeys(readings))
    if len(distinct) == 1:
        return distinct[0]._replace(doubt=doubt)
    meant = " or ".join(dict.fromkeys(reading_text(each) for each in distinct))
    return distinct[0]._replace(readings=distinct, doubt="; ".join(filter(None, (doubt, f"it may mean {meant}"))))


def reading_text(answer: Answer) -> str:
    """How an answer was read: `26x26x8`, `1,168`, `about 25,700`, `107.7 kib`."""
    value = answer.value
    if isinstance(value, tuple):
        return "x".join(map(str, value))
    if isinstance(value, int | Fraction):
        number = f"{value:,}" if isinstance(value, int) else f"{float(value):,.6g}"
        unit = f" {_SHOWN_UNITS.get(answer.unit, answer.unit)}" if answer.unit else ""
        return f"{'about ' if answer.is_about else ''}{number}{unit}"
    return value or ""


class _Reader:
    """Reads one answer."""

    def __init__(self, plain: str, notation: str, column: str, right: Value, manner: Manner) -> None:
        self.plain = plain
        self.notation = notation
        self.column = column
        self.right = right
        self.manner = manner
        self.doubt = ""

    def readings(self) -> tuple[list[Answer], str]:
        """The readings, the likeliest first, and why there is doubt beyond their number."""
        bare, self.doubt = _without_question_mark(self.notation)
        parts = answer_parts(_RESULT.sub(r"\2 = \1", bare))
        texts = [(text, each.is_about) for each in parts for text in self._said_twice(self._bare(each.text))]
        pieces = [AnswerPart(text, is_about) for text, is_about in texts if text]
        if not pieces:
            raise self._unlike()
        if self.column == "output" and isinstance(self.right, tuple):
            found = self._tensor(pieces, len(self.right))
        elif self.column == "output":
            found = self._vector(pieces)
        elif self.column == "receptive_field":
            found = self._field(pieces)
        else:
            found = self._numbers(pieces)
        return found, self.doubt

    def _said_twice(self, text: str) -> list[str]:
        """How a number was calculated and then the number, if one of them stands in brackets after the other."""
        found = _EXPLAINED.fullmatch(text)
        if not found or self._value(found[1]) is None or self._value(found[1]) != self._value(found[2]):
            return [text]
        return [found[2], found[1]] if re.fullmatch(NUMBER, found[1]) else [found[1], found[2]]

    def _bare(self, text: str) -> str:
        bare, unknown = without_words(text, UNITS if self.column == "memory" else ())
        if unknown:
            self.doubt = f"`{unknown}` was left out"
        return bare

    def _tensor(self, pieces: Sequence[AnswerPart], rank: int) -> list[Answer]:
        """Sizes; those with as many as are asked for come before the product of them that may follow."""
        found = [sizes.without_batch(rank) for each in pieces if (sizes := sizes_in(each.text, True))]
        if not found:
            raise self._unlike()
        sizes = next((each for each in reversed(found) if len(each.sizes) == rank), found[-1])
        is_worked = len(pieces) > 1 or bool(re.search(r"[-+/(]\s*[0-9]+\s*[-+/*]", self.notation))
        return [Answer("", each, is_worked) for each in self._in_order(sizes)]

    def _in_order(self, sizes: WrittenSizes) -> list[tuple[int, ...]]:
        """Sizes in the order of the sheet, if they imply another one; then as written."""
        written = sizes.sizes
        if not sizes.order or sizes.order == self.manner.layout or len(written) < 2:
            return [written]
        turned = (*written[1:], written[0]) if sizes.order == "channels_first" else (written[-1], *written[:-1])
        return [turned] if sizes.separator == "@" else [turned, written]

    def _vector(self, pieces: Sequence[AnswerPart]) -> list[Answer]:
        """The length of a vector; sizes with × between them are a tensor that is not a vector."""
        last = pieces[-1]
        sizes = sizes_in(last.text, False)
        if sizes is None or sizes.separator == "*" or is_power(last.text):
            return self._numbers(pieces)
        ones = tuple(size for size in sizes.sizes if size != 1)
        found = [Answer("", ones[0] if len(ones) == 1 else 1 if not ones else sizes.sizes)]
        if _is_grouped(last.text):
            return [*self._numbers(pieces), *(found if last.text[0] == "(" else [])]
        return [*found, *self._numbers(pieces)] if sizes.separator == " " else found

    def _field(self, pieces: Sequence[AnswerPart]) -> list[Answer]:
        """A size that holds for all axes, or a size per axis; their product may follow."""
        last = pieces[-1]
        if (explained := _EXPLAINED.fullmatch(last.text)) and re.fullmatch(NUMBER, explained[1]):
            self.doubt = self.doubt or f"`({explained[2]})` was left out"
            last = last._replace(text=explained[1])
            pieces = [*pieces[:-1], last]
        sizes = sizes_in(last.text, False)
        before = sizes_in(pieces[-2].text, False) if len(pieces) > 1 else None
        if sizes is None and before and self._value(last.text) == prod(before.sizes):
            sizes = before
        if sizes is None:
            return self._numbers(pieces)
        field = sizes.sizes[0] if len(set(sizes.sizes)) == 1 else sizes.sizes
        found = [Answer("", field)]
        if _is_grouped(last.text):
            return self._numbers(pieces)
        if sizes.separator == "*" and re.search(r"[-+/()]", last.text):
            return self._numbers(pieces)
        is_product = sizes.separator in ("*", " ") or is_power(last.text)
        return [*found, *self._numbers(pieces)] if is_product else found

    def _value(self, text: str) -> Read | None:
        try:
            return amounts(text, is_whole=True, has_commas=False)[0].value
        except FormatError:
            return None

    def _numbers(self, pieces: Sequence[AnswerPart]) -> list[Answer]:
        """A number, or arithmetic; the last part is the result."""
        text, is_about = pieces[-1]
        unit = ""
        if self.column == "memory" and (found := _UNIT.fullmatch(text)):
            text, unit = found[1].strip(), found[2].lower()
        readings = []
        for each in self._amounts(_unbracketed(text), UNITS[unit] <= 1):
            step = max(each.step, _round_step(each.value)) if is_about else each.step
            answer = Answer("", each.value, each.is_worked or len(pieces) > 1, unit, is_about, step)
            readings.append(answer)
            if each.is_scientific and not is_about and each.step > 1 and each.value >= 100 * each.step:
                readings.append(answer._replace(is_about=True))  # spreadsheets round to `2,57E+04`
        return readings

    def _amounts(self, text: str, is_whole: bool) -> list[Amount]:
        """The readings of a number or of arithmetic; brackets after a number may also say how it was calculated."""
        found = _EXPLAINED.fullmatch(text)
        if not found or not re.fullmatch(NUMBER, found[1]):
            return amounts(text, is_whole, self.manner.has_commas)
        alone = amounts(found[1], is_whole, self.manner.has_commas)
        return [*amounts(text, is_whole, self.manner.has_commas), *alone]

    def _unlike(self) -> FormatError:
        """The form that is asked for, without any number from the answer."""
        if not isinstance(self.right, tuple):
            return FormatError(
                translatable("`{found}` is not a number: write digits, or arithmetic such as A*B + C"),
                found=self.plain,
            )
        return FormatError(
            translatable("expected {count} sizes with x between them, as in {example}, found `{found}`"),
            count=len(self.right), example="x".join("ABCD"[: len(self.right)]), found=self.plain,
        )  # fmt: skip


def _is_grouped(text: str) -> bool:
    """Whether what separates sizes may as well separate thousands."""
    return bool(re.fullmatch(r"\(*[1-9][0-9]{0,2}(?:(?:[ ,][0-9]{3})+(?:\.[0-9]+)?|(?:[. ][0-9]{3})+,[0-9]+)\)*", text))


def _unbracketed(text: str) -> str:
    """A single number without the brackets around it."""
    found = re.fullmatch(r"\(+\s*([^()]*[^(),\s])\s*,?\s*\)+", text)
    return found[1] if found and not re.search(r"[-+/*^×]", found[1]) else text


# -- rounded amounts


def _round_step(value: int | Fraction) -> Fraction:
    """The place value of the last digit that counts in a round number: zeros at its end do not, after three digits."""
    digits = str(value) if isinstance(value, int) else ""
    zeros = len(digits) - len(digits.rstrip("0"))
    return Fraction(10 ** max(0, min(zeros, len(digits) - 3)))


def agrees_rounded(answer: Answer, value: Fraction) -> bool:
    """Whether a value, rounded to the digits of the answer, is the answer; if it says *about*, also if cut off.

    Only 0 is rounded to 0: otherwise `0 GB` would be right for every network.
    """
    assert isinstance(answer.value, int | Fraction)
    if answer.value == 0:
        return value == 0
    is_rounded = abs(answer.value - value) <= answer.step / 2
    return is_rounded or (answer.is_about and answer.value <= value < answer.value + answer.step)


def is_megabytes(answer: Answer, value: Value) -> bool:
    """Whether an amount in KiB, MiB or GiB is the value in kB, MB or GB."""
    if answer.unit not in ("kib", "mib", "gib") or not isinstance(value, int):
        return False
    decimal = answer.unit.replace("i", "")
    return agrees_rounded(answer, Fraction(value) / UNITS[decimal])


def is_rough(answer: Answer) -> bool:
    """Whether an amount was rounded to fewer than three digits, so that many values round to it."""
    if not (answer.unit or answer.is_about):
        return False
    return len(re.sub("[^0-9]", "", answer.text).lstrip("0")) < 3
