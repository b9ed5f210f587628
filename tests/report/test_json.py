"""Our JSON is JSON, and the same as the standard library's where lines do not matter."""

from __future__ import annotations

import json as standard
import math
import random

import pytest

from cnncalc.report.formats.json import json, json_file
from cnncalc.report.report import Joined, Shared, written_out

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


@pytest.mark.parametrize(
    "items",
    [
        [],
        [1, 2.5, None],
        [None, 1],
        [[1, 2], [3]],
        [1, [2]],
        ["a", 1],
        [{"a": 1}, {"b": [1]}],
        [{"a": []}, 7, "c"],
        [{"100 %s": "%d"}],
    ],
)
def test_a_list_that_is_made_item_by_item_is_a_list(items: list[object]):
    assert json(each for each in items) == json(items)
    assert json({"a": 1, "b": (each for each in items), "c": 2}) == json({"a": 1, "b": items, "c": 2})
    assert written_out({"b": (each for each in items)}) == {"b": items}


def test_each_item_is_a_piece():
    rows = ({"a": number, "inside": ({"b": each} for each in range(2))} for number in range(3))
    text = list(json_file({"rows": rows}))
    assert len(text) > 3 * 2
    assert standard.loads("".join(text)) == {
        "rows": [{"a": number, "inside": [{"b": 0}, {"b": 1}]} for number in range(3)]
    }


def test_an_object_of_several_mappings():
    shared = Shared({"b": {"c": [1]}, "d": "×"})
    joined = Joined(({"a": 1}, shared, {}, {"e": []}))
    whole = {"a": 1, "b": {"c": [1]}, "d": "×", "e": []}
    # shared fields are written at several depths, and in several encodings
    for ascii_only in (False, True, False):
        assert json([joined, {"f": joined}, joined], ascii_only) == json([whole, {"f": whole}, whole], ascii_only)
    assert json(Joined(({}, Shared({})))) == "{}"
    assert written_out(joined) == whole
