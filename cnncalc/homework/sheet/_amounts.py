"""Numbers and arithmetic as people write them, with every reading that their separators allow."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from fractions import Fraction

from cnncalc.errors import CnncalcError
from cnncalc.homework.language import Message, translatable
from cnncalc.named_tuple import NamedTuple
from cnncalc.spec.language.expressions import ExpressionError, evaluate


class FormatError(CnncalcError, ValueError):
    """The answer cannot be read; the message says why, for the student.

    Attributes:
        reason: the message, which can be said in any language.
    """

    def __init__(self, text: str, **values: object) -> None:
        self.reason = Message(text, values)
        super().__init__(str(self.reason))


class Amount(NamedTuple):
    """A reading of a number or of arithmetic.

    Attributes:
        step: the place value of the last digit that was written.
        is_worked: whether it was calculated.
        is_scientific: whether it was written with an exponent.
    """

    value: int | Fraction
    step: Fraction = Fraction(1)
    is_worked: bool = False
    is_scientific: bool = False


NUMBER = (
    r"(?:[0-9]{1,3}(?:[ '_][0-9]{3})+(?![0-9])(?:[.,][0-9]+)?|[0-9]+(?:[.,][0-9]+)*|[.,][0-9]+)"
    r"(?:[eE][+-]?[0-9]+)?"
)
"""Digits with separators between thousands or before decimals, and an exponent."""
FACTORS = {"k": 10**3, "m": 10**6, "g": 10**9, "mio": 10**6, "mrd": 10**9, "tsd": 10**3, "thousand": 10**3,
           "tausend": 10**3, "million": 10**6, "billion": 10**9}  # fmt: skip
"""What may follow a number, and multiplies it."""
SUFFIX = rf"(?:\s?(?i:{'|'.join(FACTORS)})(?![^\W\d_])\.?)?"

_TOKEN = re.compile(
    rf"\s*(?:(?P<number>{NUMBER})(?P<suffix>{SUFFIX})|(?P<function>floor|ceil)(?=\()|(?P<sign>[-+*/^×()]))"
)
_SUFFIXED = re.compile(r"[0-9]\s?[^\W\d_x]")
_SIGNS = {"×": "*", "^": "**"}
_THOUSANDS = re.compile(r"[1-9][0-9]{0,2}(?:[.,][0-9]{3})+")
_SIDE_BY_SIDE = re.compile(r"[0-9]+(?: [0-9]+)+")
_MOST_DIGITS = 30

WHOLE, POINT, COMMA = "whole", "point", "comma"
"""Styles of writing numbers: both `.` and `,` separate thousands where they can; only one of them does."""
_STYLES = {
    POINT: re.compile(r"((?:[1-9][0-9]{0,2}(?:,[0-9]{3})+|[0-9]+))?(?:\.([0-9]+))?"),
    COMMA: re.compile(r"((?:[1-9][0-9]{0,2}(?:\.[0-9]{3})+|[0-9]+))?(?:,([0-9]+))?"),
}


def amounts(text: str, is_whole: bool, has_commas: bool) -> list[Amount]:
    """Every reading of a number or of arithmetic, the likeliest first.

    Args:
        is_whole: whether a whole number is asked for, so that `25.664` has a separator of thousands.
        has_commas: whether the file has decimal commas.

    Raises:
        FormatError: there is no reading.
    """
    if _SIDE_BY_SIDE.fullmatch(text) and not re.fullmatch(NUMBER, text):
        return [_calculated(text.replace(" ", "*"), WHOLE, has_commas), Amount(int(text.replace(" ", "")))]
    found: dict[int | Fraction, Amount] = {}
    failure: FormatError | None = None
    has_separators = "." in text or "," in text
    for style in _styles(is_whole, has_commas, bool(_SUFFIXED.search(text))) if has_separators else [WHOLE]:
        try:
            amount = _calculated(text, style, has_commas)
            found.setdefault(amount.value, amount)
        except FormatError as error:
            failure = failure or error
    if not found:
        raise failure or _no_number(text)
    likely = [each for each in found.values() if isinstance(each.value, int)] if is_whole else []
    return likely or list(found.values())


def _styles(is_whole: bool, has_commas: bool, may_be_fraction: bool = True) -> list[str]:
    order = [COMMA, POINT] if has_commas else [POINT, COMMA]
    if is_whole and not (has_commas or may_be_fraction):
        return [WHOLE, POINT]
    return [WHOLE, *order] if is_whole else order


def has_decimal_comma(text: str) -> bool:
    """Whether a number in a text can only be read with a decimal comma: `107,7`, `1.168,00`."""
    numbers = [found[0] for found in re.finditer(r"[0-9][0-9.,]*", text)]
    return any("," in each and _decimals(each.rstrip(".,"), POINT) is None and _decimals(each.rstrip(".,"), COMMA)
               is not None and not _THOUSANDS.fullmatch(each) for each in numbers)  # fmt: skip


def _calculated(text: str, style: str, has_commas: bool) -> Amount:
    """The value of a number or of arithmetic in one style."""
    pieces: list[str] = []
    numbers: list[Amount] = []
    place = 0
    while place < len(text.rstrip()):
        found = _TOKEN.match(text, place)
        if not found:
            raise _foreign_sign(text, place)
        place = found.end()
        if found["number"]:
            numbers.append(_number(found["number"], found["suffix"], style, has_commas))
            _append(pieces, _as_python(numbers[-1].value))
        else:
            sign = found["function"] or found["sign"]
            _append(pieces, _SIGNS.get(sign, sign))
    if len(pieces) == 1 and numbers:
        return numbers[0]
    if not numbers:
        raise _no_number(text)
    return Amount(_evaluated(text, " ".join(pieces)), numbers[-1].step, is_worked=True)


def _append(pieces: list[str], piece: str) -> None:
    """Adds a piece of an expression, and the × that is left out in `(400 + 1)64`."""
    before = pieces[-1] if pieces else ""
    is_number = piece[-1].isdigit() or (len(piece) > 1 and piece[0] == "(")
    if (piece in ("(", "floor", "ceil") and before and before[-1] not in "(+-*/rl") or (is_number and before == ")"):
        pieces.append("*")
    pieces.append(piece)


def _as_python(value: int | Fraction) -> str:
    return str(value) if isinstance(value, int) else f"({value})"


def _evaluated(text: str, expression: str) -> int | Fraction:
    try:
        value = evaluate(f"$({expression})", {})
    except ExpressionError as error:
        raise _incalculable(text, error) from None
    if isinstance(value, bool | str | tuple):
        raise _no_number(text)
    return int(value) if value == int(value) else Fraction(value).limit_denominator(10**9)


def _number(text: str, suffix: str, style: str, has_commas: bool) -> Amount:
    """The value of a single number, and the place value of its last digit.

    Raises:
        FormatError: it is not a number in this style, or too large.
    """
    if text.isdigit() and not suffix:
        return Amount(int(text))
    mantissa, _, exponent = text.lower().partition("e")
    digits = re.sub("[ '_]", "", mantissa)
    if len(digits) > 200 or len(exponent) > 4 or abs(int(exponent or 0)) > _MOST_DIGITS:
        raise FormatError(
            translatable("`{found}` cannot be calculated: a number in it is larger than 10¹⁸"), found=text
        )
    is_plain = not exponent and not suffix
    if style == WHOLE and is_plain and _THOUSANDS.fullmatch(digits):
        return Amount(int(re.sub("[.,]", "", digits)))
    order = _styles(False, has_commas) if style == WHOLE else [style]
    found = next((each for each in (_decimals(digits, style) for style in order) if each), None)
    if found is None:
        raise FormatError(translatable("`{found}` cannot be calculated: commas only separate thousands"), found=text)
    whole, decimals = found
    power = Fraction(10) ** int(exponent or 0) * FACTORS.get(suffix.strip(" .").lower(), 1)
    step = power / 10 ** len(decimals)
    return Amount(_plain(int((whole + decimals) or "0") * step), step, is_scientific=bool(exponent))


def _decimals(digits: str, style: str) -> tuple[str, str] | None:
    """The digits before and after the decimal sign; None if it is not a number in this style."""
    found = _STYLES[style].fullmatch(digits)
    return (re.sub("[.,]", "", found[1] or ""), found[2] or "") if found and digits else None


def _plain(value: Fraction) -> int | Fraction:
    return int(value) if value.denominator == 1 else value


# -- reasons, which students read


def _no_number(text: str) -> FormatError:
    return FormatError(
        translatable("`{found}` is not a number: write digits, or arithmetic such as A*B + C"), found=text
    )


def _foreign_sign(text: str, place: int) -> FormatError:
    if re.fullmatch(r"\s*,.*", text[place:]):
        return FormatError(translatable("`{found}` cannot be calculated: commas only separate thousands"), found=text)
    return _no_number(text)


def _incalculable(text: str, error: ExpressionError) -> FormatError:
    """What is wrong with arithmetic, in words for students: the error's own are about the language of specs."""
    reasons = {
        "zero": translatable("`{found}` cannot be calculated: it divides by zero"),
        "large": translatable("`{found}` cannot be calculated: a number in it is larger than 10¹⁸"),
        "real": translatable("`{found}` cannot be calculated: it is the root of a negative number"),
    }
    other = translatable(
        "`{found}` cannot be calculated: an operator or bracket is missing in it, or there is one too many"
    )
    return FormatError(next((text for sign, text in reasons.items() if sign in error.message), other), found=text)


def whole_sizes(texts: Sequence[str]) -> Iterator[int | None]:
    """The likeliest value of each text; None for one that is not a whole number."""
    for text in texts:
        try:
            value = _calculated(text, WHOLE, has_commas=False).value
        except FormatError:
            value = Fraction(1, 2)
        yield value if isinstance(value, int) else None
