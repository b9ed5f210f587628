"""Our JSON is JSON, and the same as the standard library's where lines do not matter."""

from __future__ import annotations

import json as standard
import math
import random

import pytest

from cnncalc.report.formats.json import json

CHARACTERS = 'ab"\\/\n\r\t\f\b\x00\x1f\x7f\x85é×→😀\u2028\ufeff\u200e\ud800 #['


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({}, "{}"),
        ([], "[]"),
        ({"a": 1, "b": None}, '{\n  "a": 1,\n  "b": null\n}'),
        ([1, 2.5, True, None], "[1, 2.5, true, null]"),
        ([[1, 2], (), [3]], "[[1, 2], [], [3]]"),
        ([[[1], [2]], [[3]]], "[\n  [[1], [2]],\n  [[3]]\n]"),
        (["a", 1], '[\n  "a",\n  1\n]'),
        ([1, [2]], "[\n  1,\n  [2]\n]"),
        ({"a": {"b": [1]}}, '{\n  "a": {\n    "b": [1]\n  }\n}'),
        ([math.inf, -math.inf, math.nan], "[Infinity, -Infinity, NaN]"),
        ("##[group]", '"##\\u005bgroup]"'),
    ],
)
def test_its_form(value, text: str):
    assert json(value) == text


@pytest.mark.parametrize("ascii_only", [False, True])
def test_any_value_is_read_back(ascii_only: bool):
    draw = random.Random(1)
    for _ in range(2000):
        value = _value(draw, 4)
        text = json(value, ascii_only)
        assert standard.loads(text) == value
        assert text.replace("\n", "").isprintable()
        assert text.isascii() or not ascii_only


def _value(draw: random.Random, depth: int) -> object:
    text = "".join(draw.choices(CHARACTERS, k=draw.randrange(6)))
    numbers = [draw.choice([1, -2.5, 1e30, 10**20, True, None]) for _ in range(draw.randrange(4))]
    if not depth:
        return draw.choice([text, *numbers])
    inside = [_value(draw, depth - 1) for _ in range(draw.randrange(4))]
    return draw.choice([text, numbers, inside, dict(zip(map(str, numbers), inside, strict=False)), {text: inside}])


def test_what_json_has_no_form_for():
    with pytest.raises(TypeError, match="JSON has no complex"):
        json([1j])
