"""Answers as people write them.

The values are those of the lecture's network: 26 = 28 − 3 + 1 positions, 8 filters; 400·64 + 64 = 25,664 and
3·3·8·16 + 16 = 1,168 parameters; 27,562 parameters in all, of 4 bytes each: 110,248 bytes, 107.66 KiB.
"""

from contextlib import suppress
from fractions import Fraction

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cnncalc.homework.sheet.answers import (
    BLANK,
    UNITS,
    FormatError,
    Manner,
    agrees_rounded,
    has_decimal_comma,
    read_answer,
    reading_text,
)

COLUMNS = {"output": (26, 26, 8), "params": 25664, "receptive_field": 8, "macs": 25664, "memory": 110248}
"""A right answer in each column."""
LAST, FIRST, COMMAS = Manner(), Manner("channels_first"), Manner(has_commas=True)


def value(text, column, right=None, manner=LAST):
    return read_answer(text, column, right or COLUMNS[column], manner).value


def readings(text, column, right=None, manner=LAST):
    found = read_answer(text, column, right or COLUMNS[column], manner)
    return [reading_text(each) for each in found.readings]


@pytest.mark.parametrize("text", ["1168", "1,168", "1 168", "1'168", " 1168 ", '"1168"', "3*3*8*16+16", "3×3×8×16 + 16",
                                  "(3*3*8+1)*16", "3·3·8·16+16", "3x3x8x16+16", "= 1168", "3*3*8*16+16 = 1,168",
                                  "1.168k", "1\u202f168", "73*2^4"])  # fmt: skip
def test_a_number(text):
    assert value(text, "params", 1168) == 1168


NUMBERS = {
    "25664": ["25664.", "25664 ✓", "✓ 25664", "“25664”", "`25664`", "**25664**", "(25664)", "２５６６４", "٢٥٦٦٤",
              "25664 =",
              "25.664", "25,664", "25 664", "25\u202f664", "25\u00a0664", "25'664", "25’664", "25_664", "25{,}664",
              "25,664.00", "25.664,00", "25 664,00", "2.5664E+04", "2,5664E+04", "2.5664e4", "25.664k",
              "~25664", "≈ 25664", "about 25,664", "ca. 25664", "etwa 25.664", "$25\\,664$", "\\(25664\\)",
              "400*64+64", "$400\\cdot64+64$", "$400\\times64 + 64 = 25\\,664$", "(400+1)64", "64(400+1)",
              "(400+1)(64)", "400·64+8²", "400·64+8^2", "400*64+8**2", "４００×６４＋６４", "\\frac{51328}{2}",
              "$\\left(400+1\\right)\\cdot 64$", "400x64+64 = 25664", "400 mal 64 + 64", "400 times 64 + 64",
              "⌊51329/2⌋", "$\\left\\lfloor\\frac{51329}{2}\\right\\rfloor$", "400*64 → 400*64 + 64"],
}  # fmt: skip
"""Forms of a number, which are the same in every column of numbers."""


@pytest.mark.parametrize("column", ["params", "macs", "memory"])
@pytest.mark.parametrize("text", NUMBERS["25664"])
def test_the_forms_of_a_number_in_every_column_of_numbers(text, column):
    assert value(text, column) == 25664


@pytest.mark.parametrize("text", NUMBERS["25664"])
def test_the_same_where_a_vector_or_a_field_is_asked_for(text):
    assert value(text, "output", 25664) == 25664
    assert value(text, "receptive_field", 25664) == 25664


@pytest.mark.parametrize(
    ("text", "column", "expected"),
    [
        ("25664 params", "params", 25664), ("25664 Parameter", "params", 25664), ("27562 in total", "params", 27562),
        ("total: 27562 parameters", "params", 27562), ("params = 80", "params", 80), ("80 (with bias)", "params", 80),
        ("9*8 weights + 8 biases", "params", 80), ("80 learnable parameters.", "params", 80),
        ("5408 MACs", "macs", 5408), ("5408 multiply-adds", "macs", 5408), ("5,408 in total", "macs", 5408),
        ("8 px", "receptive_field", 8), ("8px", "receptive_field", 8), ("8 pixels wide", "receptive_field", 8),
        ("8x8 px", "receptive_field", 8), ("8 px x 8 px", "receptive_field", 8), ("8 by 8", "receptive_field", 8),
        ("64 neurons", "output", 64), ("64 units", "output", 64), ("64 Neuronen", "output", 64),
        ("[64]", "output", 64), ("(64,)", "output", 64), ("(None, 64)", "output", 64), ("[None, 64]", "output", 64),
        ("torch.Size([1, 64])", "output", 64), ("torch.Size([64])", "output", 64), ("1x64", "output", 64),
        ("80 params (9*8+8)", "params", 80), ("160:2", "params", 80), ("80 (= 9*8 + 8)", "params", 80),
        ("80 (=(9+1)*8)", "params", 80), ("80 (9*8 + 8)", "params", 80),
        ("1.2 million", "params", 1_200_000), ("25,6 Tsd.", "params", 25_600), ("1e1", "params", 10),
    ],
)  # fmt: skip
def test_units_and_words(text, column, expected):
    found = read_answer(text, column, expected)
    assert (found.value, found.doubt) == (expected, "")


@pytest.mark.parametrize("text", ["26x26x8", "26×26×8", "26*26*8", "(26, 26, 8)", "[26,26,8]", "26 x 26 x 8", "26X26X8",
                                  "26, 26, 8", "26;26;8", "26·26·8", "26 26 8", "26 by 26 by 8", "26 mal 26 mal 8",
                                  "8@26x26", "8 @ 26 × 26", "8@(26,26)", "26x26@8", "$26\\times26\\times8$",
                                  "26{\\times}26{\\times}8", "(None, 26, 26, 8)", "[None, 26, 26, 8]",
                                  "(1, 26, 26, 8)", "(-1, 26, 26, 8)", "(N, 26, 26, 8)", "(batch_size, 26, 26, 8)",
                                  "None x 26 x 26 x 8",
                                  "tf.TensorShape([None, 26, 26, 8])", "26x26x8=5408", "26x26x8 = 5,408 values",
                                  "(28-3+1)x26x8", "(28-3+1)x(28-3+1)x8", "28-3+1 x 28-3+1 x 8",
                                  "(28-3+1)x(28-3+1)x8 = 26x26x8", "26²x8", "26^2·8", "２６×２６×８", "26х26х8",
                                  "26∗26∗8", "26x26x8 (5408)",
                                  "26x26x8 (= 5408)", "26.0x26.0x8.0", "(26, 26, 8) (28-3+1 = 26)",
                                  "26 px x 26 px x 8 channels", "26 wide, 26 high, 8 deep", "26x26, 8", "(26,26), 8",
                                  "26x26x8 ✓", "26x26x8.", "'26x26x8'", "shape: (26, 26, 8)", "~26x26x8",
                                  "$\\left\\lfloor\\frac{28-3}{1}\\right\\rfloor+1 \\times 26 \\times 8$"])  # fmt: skip
def test_sizes(text):
    assert value(text, "output", (26, 26, 8)) == (26, 26, 8)


@pytest.mark.parametrize("text", ["8x26x26", "8@26x26", "torch.Size([1, 8, 26, 26])", "(None, 8, 26, 26)", "8,26²"])
def test_sizes_where_channels_come_first(text):
    right = (8, 26, 26)
    found = read_answer(text, "output", right, FIRST)
    assert right in (found.value, *(each.value for each in found.readings))


def test_sizes_that_imply_another_order_than_that_of_the_sheet_may_mean_two_things():
    assert readings("torch.Size([1, 8, 26, 26])", "output") == ["26x26x8", "8x26x26"]
    assert readings("(None, 26, 26, 8)", "output", (8, 26, 26), FIRST) == ["8x26x26", "26x26x8"]
    assert readings("8x26x26", "output") == []


@pytest.mark.parametrize(("text", "expected"), [("26x26", (26, 26)), ("32x26x26x8", (32, 26, 26, 8)),
                                                ("8x26x26", (8, 26, 26)), ("(8, 26, 26)", (8, 26, 26)),
                                                ("1x1x26x26x8", (1, 1, 26, 26, 8))])  # fmt: skip
def test_sizes_that_are_not_the_right_ones_stay_as_they_are(text, expected):
    assert value(text, "output") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("400", 400), ("[400]", 400), ("(400,)", 400), ("5*5*16", 400), ("5x5x16", (5, 5, 16)), ("1x1x400", 400),
     ("1,600", 1600), ("20²".replace("²", "^2"), 400), ("20²", 400), ("5x5x16 = 400", 400), ("(1, 168)", 168)],
)  # fmt: skip
def test_the_length_of_a_vector(text, expected):
    assert value(text, "output", 400) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("8", 8), ("8x8", 8), ("3x5", (3, 5)), ("(3, 5)", (3, 5)), ("global", "global"), ("Whole input", "global"),
     ("global (28x28)", "global"), ("global receptive field", "global"), ("28x28 global", "global"),
     ("all pixels", "global"), ("das ganze Bild", "global"), ("8x8 = 64", 8), ("4 + 2x2 = 8", 8), ("8;8", 8),
     ("4 + (3-1)*2", 8), ("1,027", 1027), ("$8\\times8$", 8), ("(1+7)x(1+7)", 8), ("8^2", 8), ("8 8", 8)],
)  # fmt: skip
def test_a_receptive_field(text, expected):
    assert value(text, "receptive_field", 8) == expected


@pytest.mark.parametrize(
    ("text", "expected", "unit"),
    [("110248", 110248, ""), ("107.7 KiB", Fraction(1077, 10), "kib"), ("0.11MB", Fraction(11, 100), "mb"),
     ("27562*4 bytes", 110248, "bytes"), ("107,7 KiB", Fraction(1077, 10), "kib"), ("110.248", 110248, ""),
     ("110,248 B", 110248, "b"), ("110.248 B", 110248, "b"), ("0,11 Mo", Fraction(11, 100), "mo"),
     ("27562·4 B = 110.2 kB", Fraction(1102, 10), "kb"), ("110.2 kB in total", Fraction(1102, 10), "kb"),
     ("881984 bits", 881984, "bits"), ("107.7 kibibytes", Fraction(1077, 10), "kibibytes"),
     ("$27562\\cdot4$ Byte", 110248, "byte"), ("110248/1024 ≈ 107.7 KiB", Fraction(1077, 10), "kib")],
)  # fmt: skip
def test_memory(text, expected, unit):
    found = read_answer(text, "memory", 110248)
    assert (found.value, found.unit) == (expected, unit)


@pytest.mark.parametrize(
    ("text", "manner", "expected"),
    [("107.664 KiB", LAST, Fraction(107664, 1000)), ("107.664 KiB", COMMAS, 107664),
     ("107,664 KiB", LAST, 107664), ("107,664 KiB", COMMAS, Fraction(107664, 1000)), ("107.7 KiB", COMMAS,
     Fraction(1077, 10)), ("107,66 KiB", LAST, Fraction(10766, 100)), ("0.107 MB", COMMAS, Fraction(107, 1000))],
)  # fmt: skip
def test_a_dot_where_fractions_may_stand_is_a_decimal_point_unless_the_file_has_decimal_commas(text, manner, expected):
    assert value(text, "memory", 110248, manner) == expected


def test_a_dot_in_whole_numbers_separates_thousands_in_every_file():
    for manner in (LAST, COMMAS):
        assert read_answer("25.664", "params", 25664, manner)[:2] == ("25.664", 25664)
        assert read_answer("25.664", "params", 25664, manner).readings == ()
    assert readings("1.168k", "params") == ["1,168", "1,168,000"]
    assert readings("1.168k", "params", manner=COMMAS) == ["1,168,000", "1,168"]


@pytest.mark.parametrize(("text", "expected"), [("107,7 KiB", True), ("1.168,00", True), ("2,57E+04", True),
                                                ("0,11", True), ("1,168", False), ("26,26,8", False),
                                                ("107.7", False),
                                                ("1,168,000", False), ("3, 5", False), ("80,", False)])  # fmt: skip
def test_what_shows_decimal_commas(text, expected):
    assert has_decimal_comma(text) == expected


@pytest.mark.parametrize(
    ("text", "column", "expected"),
    [
        ("26 26 8", "params", ["5,408", "26,268"]),
        ("1 2", "params", ["2", "12"]),
        ("(1,168)", "output", ["1,168", "168"]),
        ("8*8", "receptive_field", ["8", "64"]),
        ("4·2", "receptive_field", ["4x2", "8"]),
        ("8 8", "receptive_field", ["8", "64", "88"]),
        ("107.664 KiB", "memory", ["107.664 KiB", "107,664 KiB"]),
        ("2,57E+04", "params", ["25,700", "about 25,700"]),
        ("1,168 k", "params", ["1,168,000", "1,168"]),
        ("64 (400+1)", "params", ["25,664", "64"]),
        ("1.500*2", "params", ["3,000", "3"]),
    ],
)
def test_what_may_mean_several_things(text, column, expected):
    found = read_answer(text, column, 8)
    assert readings(text, column, 8) == expected
    assert found.doubt == f"it may mean {' or '.join(expected)}"
    assert found.readings[0]._replace(readings=found.readings, doubt=found.doubt) == found


@pytest.mark.parametrize(
    ("text", "doubt"),
    [("80?", "`?` stands after it"), ("80 FLOPs", "`FLOPs` was left out"), ("I think 80", "`I think` was left out"),
     ("80 (incl. bias)", "`incl.` was left out"), ("80 (without bias)", "`(without bias)` was left out"),
     ("80!", "`!` stands after it")],
)  # fmt: skip
def test_what_is_read_with_a_doubt(text, doubt):
    found = read_answer(text, "params", 80)
    assert (found.value, found.doubt, found.readings) == (80, doubt, ())


@pytest.mark.parametrize("text", ["no parameters", "zero", "keine", "No params."])
def test_nothing_in_words(text):
    assert read_answer(text, "params", 80)[:2] == (text, 0)
    assert read_answer(text, "params", 80).doubt == "it may mean 0"


@pytest.mark.parametrize("text", ["1168", "1,168", "3*3*8*16+16", "1168 params", "about 1168", "(400+1)64", "1.168"])
def test_what_is_beyond_doubt(text):
    assert read_answer(text, "params", 1168).doubt == ""


@pytest.mark.parametrize("text", ["", " ", "-", "?", "null", "~", "n/a", "…", "''", "–"])
def test_a_blank(text):
    assert read_answer(text, "params", 80) == BLANK._replace(text=text.strip())


@pytest.mark.parametrize(
    "text",
    ["conv1", "3 or 4", "3 oder 4", "80 without bias", "not 80", "80%", "80 ✗", "80 bits", "8n", "n*n*8", "> 80",
     "80..90",
     "80 params 3 units", "8 filters of 3x3", "80, 90", "(80", "80)", "2**", "two", "three hundred", "less than 80",
     "x",
     "80±1", "$", "{}", "\\frac{1}{", "1e999999999", "9e99", "()", "80/0", "at least 80", "NaN", "inf", "True",
     "0b11",
     "80; rm -rf", "=SUM(A1:A2)", "80 percent", "__import__('os')", "[]", "torch.Size([])"],
)  # fmt: skip
def test_what_is_not_a_number(text):
    with pytest.raises(FormatError):
        read_answer(text, "params", 80)


@pytest.mark.parametrize("text", ["5408", "big", "conv1", "26-26-8", "26/26/8", "8@26@26", "26x26x", "axbxc",
                                  "13.5x13x8",
                                  "8 filters of 26x26", "x".join("1" * 20), "global"])  # fmt: skip
def test_what_is_not_sizes(text):
    with pytest.raises(FormatError, match="expected 3 sizes with x between them, as in AxBxC"):
        read_answer(text, "output", (26, 26, 8))


@pytest.mark.parametrize(
    ("text", "column", "right", "message"),
    [
        ("eighty", "params", 80, "`eighty` is not a number: write digits, or arithmetic such as A*B + C"),
        ("1/0", "params", 80, "`1/0` cannot be calculated: it divides by zero"),
        ("9**9**9", "params", 80, "`9**9**9` cannot be calculated: a number in it is larger than 10¹⁸"),
        ("26x26", "output", (26, 26, 8), None),
        ("big", "output", (26, 26, 8), "expected 3 sizes with x between them, as in AxBxC, found `big`"),
        ("9" * 300, "params", 80, "an answer may have at most 200 characters"),
        ("ﷺ" * 200, "params", 80, "an answer may have at most 200 characters"),
        ("(((", "params", 80, "`(((` is not a number: write digits, or arithmetic such as A*B + C"),
        ("3 +", "params", 80,
         "`3 +` cannot be calculated: an operator or bracket is missing in it, or there is one too many"),
        ("80, 90", "params", 80, "`80, 90` cannot be calculated: commas only separate thousands"),
    ],
)  # fmt: skip
def test_what_cannot_be_read(text, column, right, message):
    if message is None:
        assert read_answer(text, column, right).value == (26, 26)
        return
    with pytest.raises(FormatError) as error:
        read_answer(text, column, right)
    assert str(error.value) == message


@pytest.mark.parametrize("text", ["0 GB", "0 MiB", "0.0 MB", "0 kB", "~0"])
def test_only_zero_is_rounded_to_zero(text):
    found = read_answer(text, "memory", 110248)
    assert not agrees_rounded(found, Fraction(110248) / UNITS[found.unit])
    assert agrees_rounded(found, Fraction(0))


@pytest.mark.parametrize(
    ("text", "column", "right", "expected"),
    [
        ("8x8 (64)", "receptive_field", 8, 8), ("3x5 (15)", "receptive_field", (3, 5), (3, 5)),
        ("5*5*16 (400)", "output", 400, 400), ("400 (5x5x16)", "output", 400, 400),
        ("5408 (26x26x8)", "output", (26, 26, 8), (26, 26, 8)), ("9*8+8 (80)", "params", 80, 80),
        ("5408 values (26x26x8)", "output", (26, 26, 8), (26, 26, 8)),
    ],
)  # fmt: skip
def test_a_number_and_how_it_was_calculated_are_not_multiplied(text, column, right, expected):
    found = read_answer(text, column, right)
    assert (found.value, found.doubt) == (expected, "")


@pytest.mark.parametrize(
    ("text", "column", "right", "expected"),
    [
        (".5", "params", 80, Fraction(1, 2)), (".11 MB", "memory", 110248, Fraction(11, 100)),
        (",11 MB", "memory", 110248, Fraction(11, 100)), ("8,0", "receptive_field", 8, 8), ("64,0", "output", 64, 64),
        ("'80", "params", 80, 80), ("80'", "params", 80, 80), ("'26x26x8", "output", (26, 26, 8), (26, 26, 8)),
        ("64-dimensional", "output", 64, 64), ("8-pixel", "receptive_field", 8, 8),
        ("(26²)x8", "output", (26, 26, 8), (26, 26, 8)), ("107,7 Kio", "memory", 110248, Fraction(1077, 10)),
        ("110248 B (107.7 KiB)", "memory", 110248, 110248), ("110248 Byte (4 per float)", "memory", 110248, 110248),
    ],
)  # fmt: skip
def test_signs_around_numbers(text, column, right, expected):
    assert value(text, column, right) == expected


@pytest.mark.parametrize("text", ["global?", "global!", "the whole input?"])
def test_global_with_a_doubt(text):
    found = read_answer(text, "receptive_field", 8)
    assert (found.value, found.doubt) == ("global", f"`{text[-1]}` stands after it")


@pytest.mark.parametrize("text", ["not global", "global no", "global is wrong", "8 (not global)", "not global: 8",
                                  "global or 8", "nicht global"])  # fmt: skip
def test_what_is_said_not_to_be_global(text):
    with suppress(FormatError):
        found = read_answer(text, "receptive_field", "global")
        assert "global" not in (found.value, *(each.value for each in found.readings))


# -- anything


ANYTHING = st.one_of(
    st.text(max_size=220),
    st.text("0123456789.,'_ xX×*·/+-^()[]{}=≈~@;?kKMGe\\$²³", max_size=220),
    st.lists(st.sampled_from(["26", "x", " ", "8@", "\\frac{", "}{", "}", "about ", "params", "None, ", "(", ")",
                              "1,168", "KiB", "torch.Size(", "²", "⌊", "⌋", "E+04", "="]), max_size=40).map("".join),
)  # fmt: skip


@settings(deadline=None, max_examples=300)
@given(ANYTHING, st.sampled_from(sorted(COLUMNS)), st.sampled_from([LAST, FIRST, COMMAS]))
@example("(" * 200, "output", LAST)
@example("\\frac{" * 33, "params", LAST)
@example("1 " * 100, "receptive_field", LAST)
@example("a " * 100, "params", LAST)
@example("8 " + "a" * 197 + "!", "memory", LAST)
@example("9" * 200, "params", LAST)
@example("9x" * 99 + "9", "params", LAST)
@example("9" * 4 + "e" + "9" * 190, "memory", LAST)
@example("-" * 199 + "8", "output", LAST)
@example("\ud800", "params", LAST)
def test_whatever_is_written_is_read_or_refused(text, column, manner):
    """The examples would take minutes where a pattern goes back over what it has matched."""
    for right in (COLUMNS[column], 8, "global"):
        with suppress(FormatError):
            assert isinstance(value(text, column, right, manner), int | Fraction | tuple | str | None)


@pytest.mark.parametrize("text", ["none", "None", "keine"])
def test_none_is_zero_where_nothing_is_learned(text):
    """…and listed, as it may also be no answer; where there are parameters, it is no answer."""
    pool = read_answer(text, "params", 0)
    assert (pool.value, bool(pool.doubt)) == (0, True)
    if text.lower() == "none":
        assert read_answer(text, "params", 80).value is None
