"""Whatever a file holds: no exception, every finding inside the file, and something said wherever there is no spec."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import cnncalc
from cnncalc.checks.model import Model
from cnncalc.checks.notes import read_with_notes
from cnncalc.checks.registry import findings
from cnncalc.layers import KINDS, layer_class
from cnncalc.report.findings.text_and_json import diagnostic_json, diagnostics_text
from cnncalc.source.diagnostics import Diagnostic
from cnncalc.source.files import Source, Unreadable, decode
from cnncalc.spec.expect import KEYS
from cnncalc.spec.top_level import TOP_LEVEL

SPECS = sorted((Path(__file__).parents[2] / "specs").rglob("*.yaml"))


def check(source: Source) -> list[Diagnostic]:
    """All that is asked of any text; returns what was found in it."""
    spec, found = read_with_notes(source)
    assert spec or any(each.is_error for each in found), "no spec, and no word why"
    if spec:
        assert not any(each.is_error for each in found)
        found = [*found, *findings(Model.of(spec), ["CNN401"])]
    for each in found:
        line, column, end_line, end_column = each.span
        assert 1 <= line <= len(source.lines), each
        assert 1 <= column <= len(source.lines[line - 1]) + 1, each
        assert (line, column) <= (end_line, end_column), each
        assert end_line <= len(source.lines) + 1, each
        assert each.message
        assert diagnostic_json(each)["code"] == each.code
    assert len({(each.code, each.span, each.message) for each in found}) == len(found), "the same thing twice"
    assert diagnostics_text(found).isprintable() or "\n" in diagnostics_text(found)
    return found


def check_text(text: str) -> list[Diagnostic]:
    """The same for a text, as a file would hold it."""
    return check(Source("net.yaml", text))


# -- values

HOSTILE = [
    "0", "1", "-1", "-0", "00", "010", "0x10", "999999999", "1000000000", "1000000001", "9" * 25, "9" * 5000, "1_000",
    "1,000", "12:30", "1e9", "1e999", "-1e999", "1e-400", "1.0", "1.5", ".5", "3.", "+3", "inf", "-inf", ".inf", "nan",
    ".nan", "3x", "x3", "x", "xx", "3xx3", "-1x-1", "3x3", "3x3x3x3", "3x3x3x3x3", "0x0", "3x0", "3×3", "3 x 3", "3*3",
    "x".join(["3"] * 999), "١٢", "٣x٣", "²", "½", "１", "\u200b3", "3\u00a0", "é", "😀", "卷积", "true", "True", "TRUE",
    "false", "yes", "no", "on", "off", "null", "~", "", '""', '" "', "''", "'3x3'", "none", "'none'", "[]", "[[]]",
    "[[[]]]", "{}", "[{}]", "[1]", "[1, 2]", "[1, 2, 3]", "[1, 2, 3, 4, 5]", "[[1, 2]]", "[[1, 2], [3, 4]]",
    "[[1, 2], 3]", "[1, [2, 3]]", "[[1]]", "[null]", "[~, 3]", "[3x3, 2]", "[same]", "[[same, same], [0, 0]]",
    "[-1, -1]", "[0, end]", "[end, 0]", "[5, 1]", "{a: 1}", "{kernel: 3}", "{relu}", "[relu]", "[relu: 3]",
    "{conv: {conv: {conv: 3}}}", "{: }", "{~: ~}", "$x", "$(x)", "$(1 + 2)", "$(a, b)", "$", "same", "valid", "causal",
    "end", "global", "input", "conv1", "relu", "'<= 5M'", "'>= 3'", "'~1.5k'", "'~0'", "'>'", "'<= " + "9" * 50 + "'",
    "'~0.0000001M'", "'\\n'", '"\\n"', '"\\x1b[31m"', '"\\u202e"', "!!python/object/apply:os.system [ls]", "&a [*a]",
    "*a", "{<<: {a: b}}", "{a: b, a: c}", "{? [a]: b}", "{batch_norm: {scale: false}}", "{batch_norm: none}",
    "{group_norm: 0}", "{group_norm: 3}", "{leaky_relu: none}", "{relu: 3}",
]  # fmt: skip
ENTRIES = [
    "[{relu, name: input}]", "[{relu, name: a}, {relu, name: a}]", "[{relu, name: relu2}, relu, relu]",
    "[{relu, from: relu1}]", "[{relu, from: relu2}, relu]", "[{relu, from: [input]}]",
    "[{relu, name: a, from: b}, {relu, name: b, from: a}]", "[{}, {}]", "[null, null]", "[[], []]", "[[relu]]",
    "[{[relu]: 1}]", "[relu, relu: ]", "[{relu: {relu: relu}}]", "[{'': ''}]", "[{conv: 3x3x8, activation: [relu]}]",
    "[{conv: 3x3x8, norm: {batch_norm: {scale: false}}}]", "[{conv: none}, {max_pool: none}, {dense: none}]",
    "[{conv: {filters: none, kernel: none}}]",
    "[{conv: 3x3x8, stride: none, padding: none, norm: none, activation: none, name: none, from: none, expect: none}]",
    "[flatten, flatten, {reshape: -1x1x1}, {reshape: 0x-1}, {reshape: -1}]",
    "[{upsample: 1000000000}, {upsample: 1000000000}]",
    "[{pad: 1000000000}, {conv: 1x1x1, stride: 999999999}, {conv_transpose: 1x1x1, stride: 1000000000}]",
    "[{conv: 3x3x8, dilation: 1000000000}, {conv: 1000000000x1000000000x1000000000}]",
    "[{adaptive_avg_pool: 1000000000}]",
    "[{depth_to_space: 1000000000}, {space_to_depth: 1000000000}, {channel_shuffle: 1000000000}]",
    "[{upsample: 999999937, mode: bilinear}, {upsample: 4096}]",
    "[{conv_transpose: 7x7x1, stride: 4095, dilation: 4094}]",
    "[{adaptive_avg_pool: 27}, {adaptive_avg_pool: 25}, {adaptive_avg_pool: 23}, {conv: 3x3x1}]",
]  # fmt: skip
BASE = {"input": "28x28x1", "layers": "[conv: 3x3x8, {max_pool: 2, name: a}, flatten, {dense: 10, from: a}]"}


def spec_text(**keys: str) -> str:
    return "".join(f"{key}: {value}\n" for key, value in {**BASE, **keys}.items())


@pytest.mark.parametrize("key", [*TOP_LEVEL, "bogus"])
def test_hostile_values_at_the_top_level(key: str):
    for number, value in enumerate([*HOSTILE, *ENTRIES]):
        check_text(spec_text(**{key: value}) if number % 4 else f"{key}: {value}\n")


@pytest.mark.parametrize("kind", KINDS)
def test_hostile_values_of_a_kind(kind: str):
    settings_of_it = [*layer_class(kind).settings, "name", "from", "expect", "norm", "activation", "repeat", "bogus"]
    for number, value in enumerate(HOSTILE):
        if number % 3 == 0 or layer_class(kind).principal:
            check_text(spec_text(layers=f"[{kind}: {value}]"))
        # one setting a value, another one for each kind: together they meet all
        key = settings_of_it[number % len(settings_of_it)]
        if number % 2:
            check_text(spec_text(layers=f"[{{{kind}: {{{key}: {value}}}}}, relu]"))
        else:
            check_text(spec_text(layers=f"[{{{kind}: 2, {key}: {value}}}]", defaults=f"{{{kind}: {{{key}: {value}}}}}"))


@pytest.mark.parametrize("key", [*KEYS, "bogus"])
def test_hostile_expectations(key: str):
    for value in HOSTILE:
        check_text(
            spec_text(
                layers=f"[{{conv: 3x3x8, expect: {{{key}: {value}}}}}, global_avg_pool]", expect=f"{{{key}: {value}}}"
            )
        )


@pytest.mark.parametrize(
    "shape", ["7", "7x3", "8x8x3", "4x4x4x2", "1x1x1", "1000000000", "1000000000x1000000000x1000000000"]
)
@pytest.mark.parametrize("convention", ["lecture", "keras", "pytorch"])
def test_every_kind_on_every_rank(shape: str, convention: str):
    for kind in KINDS:
        for entry in (kind, f"{kind}: 2", f"{kind}: 2x3", f"{kind}: 2x2x4", f"{{{kind}: 2, padding: same, stride: 2}}"):
            check_text(spec_text(input=shape, convention=convention, layers=f"[{entry}, relu]"))


@pytest.mark.parametrize("outputs", ["[]", "input", "[[]]", "[conv1, input]"])
def test_nothing_to_give_back(outputs: str):
    found = check_text(spec_text(outputs=outputs, expect="{output: 3, params: 3, receptive_field: 3}"))
    assert any(each.is_error and each.code != "CNN401" for each in found)


@pytest.mark.parametrize("expect", ["{}", "{output: 3}"])
def test_nothing_to_begin_with(expect: str):
    assert check_text(f"inputs: {{}}\nlayers: [conv: 3x3x8]\nexpect: {expect}\n")


# -- anything at all


@settings(max_examples=200, derandomize=True)
@given(st.binary(max_size=80))
@example(b"\xff\xfe")
@example(b"\xef\xbb\xbf\xef\xbb\xbf")
@example(b"\x00")
def test_any_bytes(data: bytes):
    try:
        source = decode(data, "net.yaml")
    except Unreadable as error:
        diagnostics_text(error.diagnostics)
    else:
        check(source)


@settings(max_examples=200, derandomize=True)
@given(st.text(st.characters(), max_size=60))
@example('a: "\\ud800"')
@example("? ")
@example("\u2028")
def test_any_text(text: str):
    check_text(text.replace("\r", "\n"))


@pytest.mark.parametrize("text", ["{", "[", "a: {", "a: ["])
def test_a_bracket_at_the_very_end(text: str):
    (found,) = check_text(text)
    assert (found.code, found.message, found.span.column) == ("CNN111", f"this `{text[-1]}` is never closed", len(text))


@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_line_ends_of_a_text_from_python(end: str):
    with pytest.raises(cnncalc.SpecError) as caught:
        cnncalc.load(f"input: 28x28x1{end}layers:{end}  - convv: 3{end}\n")
    (found, *_) = caught.value.diagnostics
    assert found.source[found.span.line - 1] == "  - convv: 3"


@pytest.mark.parametrize(
    "keys",
    [
        {"layers": f"[conv: {'3x' * 999}3]"},
        {"expect": f"{{receptive_field: {'3x' * 999}3}}"},
        {"input": "3x" * 999 + "3"},
    ],
    ids=["conv", "receptive_field", "input"],
)
def test_messages_are_short_whatever_the_value(keys: dict[str, str]):
    found = check_text(spec_text(**keys))
    assert found
    assert all(len(each.message) < 200 and len(each.label) < 200 for each in found)


_WORDS = ["kernel", "stride", "padding", "from", "norm", "28x28x1", "3x3x8", "2", "relu", "conv1", "same"]
_SIGNS = [
    ": ",
    ": ",
    "- ",
    ", ",
    "[",
    "]",
    "{",
    "}",
    "\n",
    "\n",
    "\n  ",
    "\n  - ",
    "\n    ",
    "'",
    '"',
    "# ",
    "? ",
    "&a ",
    "*a",
    "!b ",
    "<<: ",
]
_tokens = st.sampled_from([*KINDS, *TOP_LEVEL, *KEYS, *_WORDS, *_SIGNS])


@settings(max_examples=200, derandomize=True)
@given(st.lists(_tokens, max_size=25).map("".join), st.booleans())
def test_any_words_of_the_language(text: str, is_entry: bool):
    check_text(f"input: 28x28x1\nlayers:\n  - {text}\n" if is_entry else f"{text}\n")


def mutated(text: str, choices: random.Random) -> str:
    """A text with a few of its lines or words exchanged, doubled, dropped, indented, or made hostile."""
    lines = text.split("\n")
    for _ in range(choices.randint(1, 4)):
        here, there = choices.randrange(len(lines)), choices.randrange(len(lines))
        words = lines[here].split(" ")
        word = choices.randrange(len(words))
        match choices.randrange(9):
            case 0:
                del lines[here : here + choices.randint(1, 3)]
                lines = lines or [""]
            case 1:
                lines.insert(there, lines[here])
            case 2:
                lines[here], lines[there] = lines[there], lines[here]
            case 3:
                lines[here] = " " * choices.randint(0, 8) + lines[here].lstrip()
            case 4:
                words[word] = choices.choice(HOSTILE)
                lines[here] = " ".join(words)
            case 5:
                other = lines[there].split(" ")
                words[word] = choices.choice(other)
                lines[here] = " ".join(words)
            case 6:
                at = choices.randrange(len(lines[here]) + 1)
                lines[here] = lines[here][:at] + choices.choice("{}[],:-#&*!|>'\"%@` \t?é") + lines[here][at:]
            case 7:
                at = choices.randrange(len(lines[here]) + 1)
                lines[here] = lines[here][:at] + lines[here][at + 1 :]
            case 8:
                key = lines[here].partition(":")[0]
                lines[here] = f"{key}: {choices.choice([*HOSTILE, *ENTRIES])}"
    return "\n".join(lines)


@pytest.mark.slow
@settings(max_examples=200, derandomize=True)
@given(st.sampled_from(SPECS), st.integers(0, 2**32))
def test_shipped_specs_a_little_changed(path: Path, seed: int):
    check_text(mutated(path.read_text(encoding="utf-8"), random.Random(seed)))


def test_the_mutations_reach_the_language():
    """Enough of them are still YAML, and some still a model."""
    codes: set[str] = set()
    good = 0
    for seed in range(150):
        choices = random.Random(seed)
        found = check_text(mutated(choices.choice(SPECS).read_text(encoding="utf-8"), choices))
        codes |= {each.code[:4] for each in found}
        good += not found
    assert {"CNN1", "CNN2", "CNN3"} <= codes
    assert good


def test_long_chains():
    """A thousand layers, and a name for each."""
    entries = "".join(f"  - {{conv: 3x3x8, padding: 1, name: layer{number}}}\n" for number in range(1000))
    assert check_text(f"input: 28x28x1\nlayers:\n{entries}") == []
    spec: Any = cnncalc.load(f"input: 28x28x1\nlayers:\n{entries}")
    assert len(spec.graph.entries) == 1000
