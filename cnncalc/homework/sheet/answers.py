"""What a student wrote in one blank: a number, sizes, arithmetic, the word `global`, nothing, or something else.

Answers are read as people write them: `1168`, `1,168`, `1 168`, `26x26x8`, `26×26×8`, `(26, 26, 8)`, `3*3*8*16+16`.
"""

from __future__ import annotations

import re
from fractions import Fraction

from cnncalc.errors import CnncalcError
from cnncalc.homework.sheet.questions import Value
from cnncalc.named_tuple import NamedTuple
from cnncalc.spec.language.expressions import ExpressionError, evaluate

MAX_LENGTH = 200
"""The most characters of one answer."""

Read = int | Fraction | tuple[int, ...] | str


class FormatError(CnncalcError, ValueError):
    """The answer cannot be read; the message says why, for the student."""


class Answer(NamedTuple):
    """An answer that was read.

    Attributes:
        text: as it was written.
        value: its value; None for a blank.
        worked: the arithmetic that led to the value, if that was written.
        unit: the unit of an amount of memory, "" if none was written.
    """

    text: str
    value: Read | None
    worked: bool = False
    unit: str = ""


BLANK = Answer("", None)
_BLANKS = frozenset({"", "-", "--", "—", "?", "~", "null", "none", "n/a", "...", "…", "_", "__", "___"})
_GLOBAL = frozenset({"global", "all", "everything", "whole input", "the whole input", "entire input", "whole image"})
_GROUPED = re.compile(r"[0-9]{1,3}(?:([, '_\u00a0\u2009\u202f])[0-9]{3})(?:\1[0-9]{3})*")
_SIZES = re.compile(r"[0-9]+(?:\s*[x×X*·,;]\s*[0-9]+)+")
_NUMBER = re.compile(r"([0-9]+(?:\.[0-9]+)?|\.[0-9]+)\s*([kKmMgG])?")
_MEMORY = re.compile(r"(.*?[0-9.)])\s*(B|bytes?|[kKMG]i?B)", re.IGNORECASE)
UNITS = dict.fromkeys(("", "b", "byte", "bytes"), 1)
UNITS |= {"kb": 10**3, "mb": 10**6, "gb": 10**9, "kib": 2**10, "mib": 2**20, "gib": 2**30}
"""Bytes of each unit of memory."""


def read_answer(text: str, column: str, right: Value) -> Answer:
    """Reads an answer to a question; `right` shows what form is asked for.

    Raises:
        FormatError: it is not an answer.
    """
    plain = _plain(text)
    if is_blank(text):
        return Answer(text.strip(), None)
    if len(plain) > MAX_LENGTH:
        raise FormatError(f"an answer may have at most {MAX_LENGTH} characters")
    if column == "receptive_field" and plain.lower() in _GLOBAL:
        return Answer(plain, "global")
    if column == "memory":
        return _memory(plain)
    if column == "output" and isinstance(right, int):
        return _vector(plain)
    if column == "output" or (isinstance(right, tuple) and _sizes(plain)):
        sizes = _sizes(plain)
        if sizes is None:
            raise FormatError(f"expected {_wanted(right)}, found `{plain}`")
        return Answer(plain, sizes)
    if column == "receptive_field" and (sizes := _sizes(plain)) and not _GROUPED.fullmatch(plain) and "*" not in plain:
        return Answer(plain, sizes[0] if len(set(sizes)) == 1 else sizes)
    return _arithmetic(plain)


def is_blank(text: str) -> bool:
    """Whether nothing was answered: an empty cell, or a sign for nothing, such as `-` or `?`."""
    return _plain(text).lower() in _BLANKS


def _plain(text: str) -> str:
    """The text without surrounding quotes, tabs and line ends, and with Python's arithmetic operators."""
    text = " ".join(text.replace("\ufeff", "").split())
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'`":
        text = text[1:-1].strip()
    return text.replace("−", "-").replace("–", "-")


def _wanted(right: Value) -> str:
    """The form that is asked for, without any number from the answer."""
    if not isinstance(right, tuple):
        return "sizes, or one number"
    return f"{len(right)} sizes with x between them, as in {'x'.join('ABCD'[: len(right)])}"


def _sizes(text: str) -> tuple[int, ...] | None:
    """Sizes with separators between them, in brackets or not."""
    inner = re.fullmatch(r"[\[({<]?\s*(.*?)\s*[\])}>]?", text)
    found = inner and _SIZES.fullmatch(inner.group(1))
    return tuple(int(size) for size in re.findall("[0-9]+", inner.group(1))) if inner and found else None


def _vector(text: str) -> Answer:
    """The length of a vector; sizes with × between them are a tensor that is not a vector."""
    bare = re.fullmatch(r"[\[(]\s*([0-9]+)\s*,?\s*[\])]", text)
    if bare:
        return Answer(text, int(bare.group(1)))
    if not _GROUPED.fullmatch(text) and (sizes := _sizes(text)) and not re.search(r"[*·]", text):
        ones = tuple(size for size in sizes if size != 1)
        return Answer(text, ones[0] if len(ones) == 1 else sizes)
    return _arithmetic(text)


def _memory(text: str) -> Answer:
    found = _MEMORY.fullmatch(text)
    if not found:
        return _arithmetic(text)
    amount = _arithmetic(found.group(1))
    return Answer(text, amount.value, amount.worked, found.group(2).lower())


def _arithmetic(text: str) -> Answer:
    """A number, or arithmetic; the part after the last `=` is the answer."""
    *_, last = (part.strip() for part in text.split("="))
    number = _number(last)
    if number is not None:
        return Answer(text, number, worked="=" in text)
    expression = _GROUPED.sub(lambda found: re.sub(r"[^0-9]", "", found.group()), last)
    expression = re.sub(r"(?<=[0-9)\s])\s*[x×·]\s*(?=[0-9(\s])", "*", expression).replace("^", "**").replace("÷", "/")
    if not re.fullmatch(r"[0-9+\-*/().,\s]+", expression) or not re.search(r"[0-9]", expression):
        raise FormatError(f"`{text}` is not a number")
    if "," in expression:
        raise FormatError(f"`{text}` cannot be calculated: commas only separate thousands, as in 12,345")
    try:
        value = evaluate(f"$({expression})", {})
    except ExpressionError as error:
        raise FormatError(f"`{text}` cannot be calculated{_why(error)}") from None
    if isinstance(value, bool | str):
        raise FormatError(f"`{text}` is not a number")
    return Answer(text, _exact(value), worked=True)


def _why(error: ExpressionError) -> str:
    """What is wrong with arithmetic, in words for students: the error's own are about the language of specs."""
    reasons = {"zero": "it divides by zero", "large": "a number in it is larger than 10¹⁸",
               "real": "it is the root of a negative number"}  # fmt: skip
    known = [reason for sign, reason in reasons.items() if sign in error.message]
    return f": {known[0] if known else 'an operator or bracket is missing in it, or there is one too many'}"


def _number(text: str) -> int | Fraction | None:
    """A plain number, with separators between its thousands, or followed by k, M or G."""
    if _GROUPED.fullmatch(text):
        return int(re.sub(r"[^0-9]", "", text))
    found = _NUMBER.fullmatch(text)
    if not found:
        return None
    value = Fraction(found.group(1)) * {"k": 10**3, "m": 10**6, "g": 10**9}.get((found.group(2) or "").lower(), 1)
    return int(value) if value.denominator == 1 else value


def _exact(value: float) -> int | Fraction:
    return int(value) if value == int(value) else Fraction(value).limit_denominator(10**9)


# -- rounded amounts of memory


def agrees_rounded(answer: Answer, value: Fraction) -> bool:
    """Whether a value, rounded to the digits of the answer, is the answer."""
    assert isinstance(answer.value, int | Fraction)
    digits = answer.text.partition(".")[2]
    places = len(digits) - len(digits.lstrip("0123456789"))
    places = sum(1 for each in digits if each.isdigit()) if places == 0 else places
    return abs(answer.value - value) <= Fraction(1, 2 * 10**places)


def is_megabytes(answer: Answer, value: Value) -> bool:
    """Whether an amount in KiB, MiB or GiB is the value in kB, MB or GB."""
    if answer.unit not in ("kib", "mib", "gib") or not isinstance(value, int):
        return False
    decimal = answer.unit.replace("i", "")
    return agrees_rounded(answer, Fraction(value, UNITS[decimal]))


def is_rough(answer: Answer) -> bool:
    """Whether an amount was rounded to fewer than three digits, so that many values round to it."""
    return bool(answer.unit) and len(re.sub("[^0-9]", "", answer.text).lstrip("0")) < 3
