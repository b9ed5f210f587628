"""The values that entries inside others were read with, which the parameters of generated code are named after."""

from __future__ import annotations

import cnncalc


def _arguments(text: str) -> dict[str, dict]:
    return {entry.name: dict(entry.arguments) for entry in cnncalc.load(text).graph.walk() if entry.arguments}


def test_arguments_of_a_block_with_its_defaults():
    found = _arguments("""
        input: 8x8x4
        blocks: {unit: {args: [width, stride=1, act=relu], layers: [{conv: $width, kernel: 1, activation: $act}]}}
        layers: [{unit: 8}, {unit: [8, 2], act: gelu, name: second}]
    """)
    assert found == {
        "unit1": {"width": 8, "stride": 1, "act": "relu"},
        "second": {"width": 8, "stride": 2, "act": "gelu"},
    }


def test_arguments_of_copies_and_of_calls_that_are_copied():
    found = _arguments("""
        input: 8x8x4
        blocks:
          inner: {args: [k], layers: [{conv: $c_in, kernel: $k, padding: $(k // 2)}]}
          outer: {args: [n], layers: [{inner: $n}]}
        layers: [{outer: 3, repeat: 3, first: {outer: 1}}]
    """)
    assert found == {
        f"outer1.{index}{name}": {argument: 1 if index == 0 else 3}
        for index in range(3)
        for name, argument in (("", "n"), (".inner1", "k"))
    }


def test_the_names_of_a_for():
    found = _arguments(
        "input: 8x8x4\nlayers: [{group: [{conv: $f, kernel: 1}], for: {f: [2, 3], g: [x, y]}, name: part}]"
    )
    assert found == {"part.0": {"f": 2, "g": "x"}, "part.1": {"f": 3, "g": "y"}}


def test_a_residual_stays_as_it_is_written():
    graph = cnncalc.load("input: 8x8x4\nlayers: [{residual: [{conv: 4, kernel: 1}], skip: $(1 < 2)}]").graph
    assert graph.entries[0].written.value("skip").text == "$(1 < 2)"
