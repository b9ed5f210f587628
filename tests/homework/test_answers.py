"""Answers as people write them."""

from fractions import Fraction

import pytest

from cnncalc.homework.sheet.answers import FormatError, read_answer


@pytest.mark.parametrize("text", ["1168", "1,168", "1 168", "1'168", " 1168 ", '"1168"', "3*3*8*16+16", "3×3×8×16 + 16",
                                  "(3*3*8+1)*16", "3·3·8·16+16", "3x3x8x16+16", "= 1168", "3*3*8*16+16 = 1,168",
                                  "1.168k", "1\u202f168", "73*2^4"])  # fmt: skip
def test_a_number(text):
    assert read_answer(text, "params", 1168).value == 1168


@pytest.mark.parametrize("text", ["26x26x8", "26×26×8", "26*26*8", "(26, 26, 8)", "[26,26,8]", "26 x 26 x 8", "26X26X8",
                                  "26, 26, 8", "(26 26 8)".replace(" ", ";"), "26·26·8"])  # fmt: skip
def test_sizes(text):
    assert read_answer(text, "output", (26, 26, 8)).value == (26, 26, 8)


@pytest.mark.parametrize(
    ("text", "value"),
    [("400", 400), ("[400]", 400), ("(400,)", 400), ("5*5*16", 400), ("5x5x16", (5, 5, 16)), ("1x1x400", 400),
     ("1,600", 1600), ("20²".replace("²", "^2"), 400)],
)  # fmt: skip
def test_the_length_of_a_vector(text, value):
    assert read_answer(text, "output", 400).value == value


@pytest.mark.parametrize(
    ("text", "value"),
    [("8", 8), ("8x8", 8), ("3x5", (3, 5)), ("(3, 5)", (3, 5)), ("global", "global"), ("Whole input", "global"),
     ("4 + (3-1)*2", 8), ("1,027", 1027)],
)  # fmt: skip
def test_a_receptive_field(text, value):
    assert read_answer(text, "receptive_field", 8).value == value


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [("110248", 110248, ""), ("107.7 KiB", Fraction(1077, 10), "kib"), ("0.11MB", Fraction(11, 100), "mb"),
     ("27562*4 bytes", 110248, "bytes")],
)  # fmt: skip
def test_memory(text, value, unit):
    found = read_answer(text, "memory", 110248)
    assert (found.value, found.unit) == (value, unit)


@pytest.mark.parametrize("text", ["", " ", "-", "?", "null", "~", "n/a", "…"])
def test_a_blank(text):
    assert read_answer(text, "params", 80).value is None


@pytest.mark.parametrize(
    ("text", "column", "right", "message"),
    [
        ("eighty", "params", 80, "`eighty` is not a number"),
        ("1/0", "params", 80, "`1/0` cannot be calculated"),
        ("9**9**9", "params", 80, "`9**9**9` cannot be calculated"),
        ("__import__('os')", "params", 80, "`__import__('os')` is not a number"),
        ("26x26", "output", (26, 26, 8), None),
        ("big", "output", (26, 26, 8), "expected 3 sizes with x between them, as in AxBxC, found `big`"),
        ("9" * 300, "params", 80, "an answer may have at most 200 characters"),
        ("(((", "params", 80, "`(((` is not a number"),
        ("3 +", "params", 80, "`3 +` cannot be calculated"),
    ],
)  # fmt: skip
def test_what_cannot_be_read(text, column, right, message):
    if message is None:
        assert read_answer(text, column, right).value == (26, 26)
        return
    with pytest.raises(FormatError) as error:
        read_answer(text, column, right)
    assert str(error.value).startswith(message)
