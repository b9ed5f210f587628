"""Numbers that record what is done to them: they compute like ints, and what they write can be computed back."""

import math
from fractions import Fraction

import pytest
from helpers import evaluate, evaluate_latex
from hypothesis import assume, given
from hypothesis import strategies as st

from cnncalc import formulas
from cnncalc.recorded_numbers import (
    Number,
    html_symbolic,
    is_derived,
    latex_numeric,
    latex_symbolic,
    named,
    numeric,
    quotient_before_rounding,
    symbolic,
)

LETTERS = "abcdefgh"


# -- random calculations, drawn as trees and computed twice

leaves = st.tuples(st.just("leaf"), st.integers(0, 20), st.sampled_from(["", *LETTERS]))
trees = st.recursive(
    leaves,
    lambda below: (
        st.tuples(st.sampled_from(["+", "-", "*", "//", "ceil", "exact"]), below, below)
        | st.tuples(st.just("neg"), below)
    ),
    max_leaves=12,
)


def compute(tree, leaf):
    """The calculation on whatever `leaf` makes of a value and a letter; None where it divides by zero."""
    if tree[0] == "leaf":
        return leaf(tree[1], tree[2])
    operands = [compute(below, leaf) for below in tree[1:]]
    if None in operands:
        return None
    match tree[0]:
        case "neg":
            return -operands[0]
        case "+":
            return operands[0] + operands[1]
        case "-":
            return operands[0] - operands[1]
        case "*":
            return operands[0] * operands[1]
    if operands[1] == 0:
        return None
    if tree[0] == "//":
        return operands[0] // operands[1]
    if tree[0] == "ceil":
        return formulas.ceil_div(*operands)
    # make the division exact first
    return formulas.exact_div(operands[0] * operands[1], operands[1])


@given(trees)
def test_numbers_compute_like_ints(tree):
    expected = compute(tree, lambda value, _: value)
    assume(expected is not None)
    assert int(compute(tree, Number)) == expected


@given(trees)
def test_what_is_written_can_be_computed_back(tree):
    expected = compute(tree, lambda value, _: value)
    assume(expected is not None)
    number = compute(tree, Number)
    assert evaluate(numeric(number)) == expected, numeric(number)
    assert evaluate_latex(latex_numeric(number)) == expected, latex_numeric(number)


@given(trees, st.lists(st.integers(1, 20), min_size=len(LETTERS), max_size=len(LETTERS)))
def test_symbols_are_the_same_calculation(tree, values):
    """The letters of the symbolic form, replaced by their numbers, give the value: every letter is in its place."""
    by_letter = dict(zip(LETTERS, values, strict=True))

    def value_of(value, letter):
        return by_letter.get(letter, value)

    expected = compute(tree, value_of)
    assume(expected is not None)
    number = compute(tree, lambda value, letter: Number(value_of(value, letter), letter))
    text = "".join(str(by_letter.get(character, character)) for character in symbolic(number))
    assert evaluate(text) == expected, symbolic(number)
    assert text == numeric(number)


@given(st.integers(-50, 50), st.integers(-50, 50))
def test_comparisons_and_hashes_are_those_of_ints(a, b):
    assert (Number(a, "a") < Number(b, "b")) is (a < b)
    assert (Number(a, "a") == b) is (a == b)
    assert hash(Number(a, "a")) == hash(a)
    assert Number(a, "a") % (abs(b) + 1) == a % (abs(b) + 1)
    assert max(Number(a, "a"), b) == max(a, b)
    assert bool(Number(a, "a")) is bool(a)


@given(st.integers(-50, 50), st.integers(1, 20))
def test_the_ceil_idiom_is_written_as_a_ceiling(a, b):
    number = formulas.ceil_div(Number(a, "a"), Number(b, "b"))
    assert number == math.ceil(Fraction(a, b))
    assert symbolic(number) == "⌈a / b⌉"


def test_a_division_that_leaves_nothing_has_no_floor():
    number = formulas.exact_div(Number(12, "c_in"), Number(4, "groups"))
    assert (int(number), symbolic(number), numeric(number)) == (3, "c_in / groups", "12 / 4")
    # without brackets one would read c_in / (groups·k)
    assert symbolic(number * Number(2, "k")) == "(c_in / groups)·k"
    assert symbolic(Number(2, "k") * number) == "k·(c_in / groups)"


# -- the known formulas, word for word

N, K, S, P, D = (Number(28, "n_in"), Number(3, "k"), Number(1, "s"), Number(0, "p"), Number(1, "d"))
BEFORE, AFTER = named((0, 1), ("p_before", "p_after"))
TWICE = Number(2, "d")


@pytest.mark.parametrize(
    ("number", "symbols", "numbers"),
    [
        (formulas.windows(N, K, S, P, P, D), "⌊(n_in − k + 2·p) / s⌋ + 1", "⌊(28 − 3 + 2·0) / 1⌋ + 1"),
        (
            formulas.windows(N, K, S, BEFORE, AFTER, D),
            "⌊(n_in − k + p_before + p_after) / s⌋ + 1",
            "⌊(28 − 3 + 0 + 1) / 1⌋ + 1",
        ),
        (
            formulas.windows(N, K, S, P, P, TWICE),
            "⌊(n_in + 2·p − d·(k − 1) − 1) / s⌋ + 1",
            "⌊(28 + 2·0 − 2·(3 − 1) − 1) / 1⌋ + 1",
        ),
        (
            formulas.windows(N, K, S, BEFORE, AFTER, TWICE),
            "⌊(n_in + p_before + p_after − d·(k − 1) − 1) / s⌋ + 1",
            "⌊(28 + 0 + 1 − 2·(3 − 1) − 1) / 1⌋ + 1",
        ),
        (formulas.windows_ceil(N, K, S, P, P, D), "⌈(n_in − k + 2·p) / s⌉ + 1", "⌈(28 − 3 + 2·0) / 1⌉ + 1"),
        (formulas.transposed(N, K, S, P, P, D, 0), "(n_in − 1)·s + k − 2·p", "(28 − 1)·1 + 3 − 2·0"),
        (
            formulas.transposed(N, K, Number(2, "s"), BEFORE, AFTER, TWICE, Number(1, "output_padding")),
            "(n_in − 1)·s + d·(k − 1) + 1 − p_before − p_after + output_padding",
            "(28 − 1)·2 + 2·(3 − 1) + 1 − 0 − 1 + 1",
        ),
        (formulas.field_size(Number(4, "r_in"), Number(2, "j_in"), K, D), "r_in + (k − 1)·j_in", "4 + (3 − 1)·2"),
        (formulas.field_stride(Number(2, "j_in"), Number(2, "s")), "j_in·s", "2·2"),
        (
            formulas.product([K, K, Number(1, "c_in"), Number(8, "filters")]) + Number(8, "filters"),
            "k·k·c_in·filters + filters",
            "3·3·1·8 + 8",
        ),
        (formulas.dense_equivalent(Number(36, "n_in"), Number(16, "n_out")), "(n_in + 1)·n_out", "(36 + 1)·16"),
    ],
)
def test_formulas_read_as_in_the_lecture(number, symbols, numbers):
    assert symbolic(number) == symbols
    assert numeric(number) == numbers
    assert evaluate(numbers) == int(number)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (N - (K - S), "n_in − (k − s)"),
        (N - (K + S), "n_in − (k + s)"),
        (N - K - S, "n_in − k − s"),
        (N + (K - S), "n_in + k − s"),
        (N * (K + S), "n_in·(k + s)"),
        ((N + K) * S, "(n_in + k)·s"),
        (N * (K * S), "n_in·k·s"),
        (N // (K * S), "⌊n_in / (k·s)⌋"),
        ((N * K) // S, "⌊n_in·k / s⌋"),
        (N // K // S, "⌊⌊n_in / k⌋ / s⌋"),
        (-(N + K), "−(n_in + k)"),
        (3 - N, "3 − n_in"),
        (3 + N, "3 + n_in"),
        (3 * N, "3·n_in"),
        (300 // N, "⌊300 / n_in⌋"),
    ],
)
def test_brackets_stand_where_they_are_needed_and_nowhere_else(number, text):
    assert symbolic(number) == text


def test_latex_is_written_with_fractions_and_upright_words():
    number = formulas.windows(N, K, S, P, P, D)
    assert latex_symbolic(number) == r"\left\lfloor \frac{n_{\mathrm{in}} - k + 2 \cdot p}{s} \right\rfloor + 1"
    assert latex_numeric(number) == r"\left\lfloor \frac{28 - 3 + 2 \cdot 0}{1} \right\rfloor + 1"
    assert latex_symbolic(Number(8, "filters")) == r"\mathrm{filters}"
    exact = formulas.exact_div(Number(12, "c_in"), Number(4, "groups"))
    assert latex_symbolic(exact) == r"\frac{c_{\mathrm{in}}}{\mathrm{groups}}"


def test_html_has_subscripts():
    assert html_symbolic(formulas.windows(N, K, S, BEFORE, AFTER, TWICE)) == (
        "⌊(n<sub>in</sub> + p<sub>before</sub> + p<sub>after</sub> − d·(k − 1) − 1) / s⌋ + 1"
    )
    assert html_symbolic(Number(3, "k_h") * Number(64, "values_in")) == "k<sub>h</sub>·values<sub>in</sub>"
    assert html_symbolic(Number(8, "filters") + 1) == "filters + 1"


def test_an_underscore_in_a_name_is_no_subscript():
    extra = Number(1, r"output\_padding")
    assert symbolic(extra) == "output_padding"
    assert html_symbolic(extra) == "output_padding"
    assert latex_symbolic(extra) == r"\mathrm{output\_padding}"
    per_axis = Number(1, r"output\_padding_h")
    assert symbolic(per_axis) == "output_padding_h"
    assert html_symbolic(per_axis) == "output_padding<sub>h</sub>"
    assert latex_symbolic(per_axis) == r"\mathrm{output\_padding}_{\mathrm{h}}"


# -- what else can be asked


def test_only_a_calculation_is_derived():
    assert not is_derived(3)
    assert not is_derived(Number(3))
    assert not is_derived(N)
    assert is_derived(N + 1)


def test_named_gives_each_value_its_symbol():
    assert [symbolic(number) for number in named((5, 7), ("h_in", "w_in"))] == ["h_in", "w_in"]
    with pytest.raises(ValueError, match="shorter"):
        named((5, 7), ("h_in",))


@pytest.mark.parametrize(
    ("number", "quotient"),
    [
        (formulas.windows(Number(6, "n"), K, Number(2, "s"), P, P, D), (3, 2)),
        (formulas.windows_ceil(Number(6, "n"), K, Number(2, "s"), P, P, D), (3, 2)),
        (N + K, None),
        (28, None),
    ],
)
def test_what_stood_before_the_rounding(number, quotient):
    assert quotient_before_rounding(number) == quotient
