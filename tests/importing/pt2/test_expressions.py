"""Sizes in SymPy's notation."""

from __future__ import annotations

import pytest

from cnncalc.importing.pt2._expressions import calculate, only_symbol, symbols_of

S = "Symbol('s0', positive=True, integer=True)"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Integer(7)", 7),
        (S, 33),
        (f"Mul(Integer(49), {S})", 49 * 33),
        (f"Add(FloorDiv(Add({S}, Integer(-1)), Integer(2)), Integer(1))", (33 - 1) // 2 + 1),
        (f"FloorDiv({S}, Integer(-2))", 33 // -2),
        (f"Mod({S}, Integer(8))", 33 % 8),
        ("Pow(Integer(2), Integer(5))", 32),
        (f"Max(Integer(1), Min({S}, Integer(20)))", 20),
        (f"TruncToInt(IntTrueDiv({S}, Integer(4)))", 33 // 4),
        (f"floor(Mul(Rational(1, 2), {S}))", 33 // 2),
        (f"CeilToInt(Mul(Float('1.5', precision=53), {S}))", 50),
        (f"Mul(Rational(1, 2), {S})", None),
        ("Symbol('u0', integer=True)", None),
        (f"Unheard({S})", None),
        (f"FloorDiv({S}, Integer(0))", None),
        ("Pow(Integer(10), Integer(64))", None),
        ("Pow(Integer(10), Integer(100000))", None),
        (f"Mul({S}", None),
        (f"{S})", None),
        (f"{S}, {S}", None),
        ("'text'", None),
        ("__import__('os').getcwd()", None),
        ("", None),
    ],
)
def test_values(text: str, value: int | None) -> None:
    assert calculate(text, {"s0": 33}) == value


def test_symbols() -> None:
    assert symbols_of(f"Mul({S}, Symbol('u1', integer=True))") == {"s0", "u1"}
    assert (only_symbol(S), only_symbol(f"Mul(Integer(2), {S})"), only_symbol("")) == ("s0", "", "")


def test_hostile_texts_take_no_time() -> None:
    for text in ("Add(" * 100_000, "Mul(" * 2000 + "Integer(9)" + ")" * 2000, "9" * 100_000, f"Add({'1, ' * 10**5})"):
        calculate(text, {})
