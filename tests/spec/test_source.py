"""From text to nodes: every value in its place, every bound held, and the same with either of PyYAML's parsers."""

from __future__ import annotations

import string
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cnncalc.source import files
from cnncalc.source import parse as module
from cnncalc.source.diagnostics import Diagnostic, in_order
from cnncalc.source.files import MAX_BYTES, MAX_DEPTH, Source, Unreadable
from cnncalc.source.parse import MAX_NODES
from cnncalc.source.yaml_nodes import YamlMapping, YamlNode, YamlScalar, YamlSequence
from cnncalc.spec.parsed import Parsed
from cnncalc.spec.reader import read

PARSERS = pytest.mark.parametrize("pure_python", [False, True], ids=["libyaml", "pure Python"])


def parse(text: str, pure_python: bool = False) -> YamlNode:
    """The root of a text in which nothing is wrong."""
    root, found = module.parse(Source("net.yaml", text), pure_python)
    assert found == []
    return root


def refusal(text: str, pure_python: bool = False) -> Diagnostic:
    """Why a text is not read at all."""
    with pytest.raises(Unreadable) as caught:
        module.parse(Source("net.yaml", text), pure_python)
    return caught.value.diagnostics[-1]


def marked(text: str, node: YamlNode) -> str:
    """What the place of a node covers, of a text of one or more lines."""
    lines = text.split("\n")
    if node.line == node.end_line:
        return lines[node.line - 1][node.column - 1 : node.end_column - 1]
    first, last = lines[node.line - 1][node.column - 1 :], lines[node.end_line - 1][: node.end_column - 1]
    return "\n".join([first, *lines[node.line : node.end_line - 1], last])


def scalars(node: YamlNode) -> list[YamlScalar]:
    """All texts below a node, in the order of the file."""
    if isinstance(node, YamlScalar):
        return [node]
    if isinstance(node, YamlSequence):
        return [each for item in node.items for each in scalars(item)]
    assert isinstance(node, YamlMapping)
    return [each for pair in node.pairs for item in pair for each in scalars(item)]


# -- which parser


@pytest.mark.skipif(not yaml.__with_libyaml__, reason="PyYAML has no libyaml here")
def test_libyaml_is_used(monkeypatch: pytest.MonkeyPatch):
    loaders = []
    plain = yaml.parse

    def spy(text: Any, Loader: Any) -> Any:  # noqa: N803
        loaders.append(Loader)
        return plain(text, Loader=Loader)

    monkeypatch.setattr(yaml, "parse", spy)
    for pure_python in (False, True):
        parse("a: b", pure_python)
    fast, slow = loaders
    assert issubclass(fast, yaml.cyaml.CParser)
    assert not issubclass(slow, yaml.cyaml.CParser)


# -- places


@PARSERS
@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a: bc", ["a", "bc"]),
        ("a: bc   # d", ["a", "bc"]),
        ("größe: 3×3×8", ["größe", "3×3×8"]),
        ("{卷积: 池化, b: 2}", ["卷积", "池化", "b", "2"]),
        ("{😀: [😀, x], e\u0301: y}", ["😀", "😀", "x", "e\u0301", "y"]),
        ("- {conv: 3x3x8, pad: [[1, 2], [3, 4]]}", ["conv", "3x3x8", "pad", "1", "2", "3", "4"]),
        ("'a b': \"c d\"", ["'a b'", '"c d"']),
        ("a: 'it''s'", ["a", "'it''s'"]),
        ('a: "\\u00e9\\n"', ["a", '"\\u00e9\\n"']),
        ("a:\tb\t# c", ["a", "b"]),
        ("a:\n  - b\n  -   c\n  - - d\n    - e", ["a", "b", "c", "d", "e"]),
        ("a: [b,\n    c]", ["a", "b", "c"]),
    ],
)
def test_the_place_of_a_scalar_is_what_was_written(text: str, parts: list[str], pure_python: bool):
    assert [marked(text, node) for node in scalars(parse(text, pure_python))] == parts


@PARSERS
@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a: [b, [c, d]]", "[b, [c, d]]"),
        ("a: {b: {c: d}}   # e", "{b: {c: d}}"),
        ("é: [×, 卷]", "[×, 卷]"),
        ("a: [b,\n  c]\nd: e", "[b,\n  c]"),
        ("a: []", "[]"),
    ],
)
def test_the_place_of_a_bracket_is_what_was_written(text: str, written: str, pure_python: bool):
    root = parse(text, pure_python)
    assert isinstance(root, YamlMapping)
    assert marked(text, root.pairs[0][1]) == written


@PARSERS
def test_a_part_has_its_own_place(pure_python: bool):
    text = "größe: 28×300×1"
    _, value = scalars(parse(text, pure_python))
    assert marked(text, value.part(3, 6)) == "300"


@PARSERS
def test_a_part_of_a_quoted_text_has_the_place_of_the_whole(pure_python: bool):
    text = "a: '28x300'"
    _, value = scalars(parse(text, pure_python))
    part = value.part(3, 6)
    assert (part.text, marked(text, part)) == ("300", "'28x300'")


@PARSERS
@pytest.mark.parametrize(
    "text", ["a: 3", "a:\n  3", "a: '3'", 'a: "3"', "a: |-\n  3", "a: >-\n  3", "{a: 3}", "? a\n: 3"]
)
def test_forms_of_one_value(text: str, pure_python: bool):
    assert [node.text for node in scalars(parse(text, pure_python))] == ["a", "3"]


@PARSERS
@pytest.mark.parametrize(("text", "is_null"), [("", True), ("~", True), ("null", True), ("''", False), ("'~'", False)])
def test_null(text: str, is_null: bool, pure_python: bool):
    assert scalars(parse(f"a: {text}", pure_python))[1].is_null is is_null


def test_get():
    root = parse("a: 1\nb: 2")
    assert isinstance(root, YamlMapping)
    assert [getattr(root.get(key), "text", None) for key in "abc"] == ["1", "2", None]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
def test_line_ends_and_bom(end: str, bom: bytes):
    source = files.decode(bom + f"a: 1{end}b: 2{end}".encode(), "net.yaml")
    assert source.lines == ("a: 1", "b: 2", "")


@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
def test_a_byte_that_is_not_utf8_is_named_with_its_place(bom: bytes):
    with pytest.raises(Unreadable) as caught:
        files.decode(bom + b"a: 1\nb: \xff\n", "net.yaml")
    assert caught.value.diagnostics[0].message == "line 2, column 4: byte 0xFF is not UTF-8 text"


# -- bounds


@PARSERS
@pytest.mark.parametrize(("opening", "closing"), ["[]", ("{a: ", "}"), ("- ", ""), ("? ", "")])
def test_depth(opening: str, closing: str, pure_python: bool):
    assert parse(opening * (MAX_DEPTH - 1) + "[]" + closing * (MAX_DEPTH - 1), pure_python) if closing else True
    found = refusal(opening * MAX_DEPTH + "[]" + closing * MAX_DEPTH, pure_python)
    assert (found.code, found.message) == ("CNN104", "nested deeper than 100 levels")
    assert found.span.column == len(opening) * MAX_DEPTH + 1


@PARSERS
def test_depth_of_blocks(pure_python: bool):
    text = "\n".join(" " * depth + "a:" for depth in range(MAX_DEPTH + 1))
    found = refusal(text, pure_python)
    assert (found.code, found.span.line, found.message) == ("CNN104", MAX_DEPTH + 1, "nested deeper than 100 levels")


MORE = [pytest.param(count, marks=pytest.mark.slow) for count in (999, 1_000, 1_024, 1_100, 10_000, 200_000)]
_BOMBS = ["[", "{", "[{", "[[{", "- ", "? ", "{a: ", "a: {b: [", "{b: [", "[\n", "&a [", "!t [", "? - ", "{[", "[ "]


@PARSERS
@pytest.mark.parametrize("count", [101, 1_001, 1_025, *MORE])
@pytest.mark.parametrize("opening", _BOMBS)
def test_bombs_of_brackets(opening: str, count: int, pure_python: bool):
    """LibYAML reads a thousand characters ahead, and from 0.2.6 on refuses more than a thousand levels itself."""
    found = refusal(opening * count, pure_python)
    assert (found.code, found.message) == ("CNN104", "nested deeper than 100 levels")


@pytest.mark.slow
@PARSERS
@pytest.mark.parametrize("count", [1_001, 5_000])
@pytest.mark.parametrize("lines", [0, 6_000], ids=["short", "long"])
@pytest.mark.parametrize(
    ("before", "outer"), [("y: ", 1), ("y: &a ", 1), ("y:\n  - ", 2), ("y:\n  - [c, '[', {d: ", 4)]
)
def test_where_a_bomb_is_too_deep(before: str, outer: int, count: int, lines: int, pure_python: bool):
    """At the bracket of level 101, even after much text, about which the Python parser is not asked."""
    text = "x:\n" + "- a\n" * lines + before + "[" * count
    found = refusal(text, pure_python)
    assert (found.code, found.message) == ("CNN104", "nested deeper than 100 levels")
    assert found.span.line == text.count("\n") + 1
    column = len(before.split("\n")[-1]) + 1 + (100 - outer)
    assert found.span.column == column


def test_brackets_in_a_text_are_no_nesting():
    for inside in ("'" + "[" * 300 + "'", "a" + "[" * 300, "b # " + "[" * 300):
        found = refusal(f"a: {inside}\nb: {{'{'[' * 300}' 'x'}}")
        assert (found.code, found.message) == ("CNN111", "expected `,` or `}` here")


def test_nodes(monkeypatch: pytest.MonkeyPatch):
    assert MAX_NODES == 250_000
    monkeypatch.setattr(module, "MAX_NODES", 50)
    assert parse(f"[{'a, ' * 49}]")
    found = refusal(f"[{'a, ' * 50}]")
    assert (found.code, found.message) == ("CNN104", "more than 50 values in one file")
    assert (found.span.line, found.span.column) == (1, 2 + 3 * 49)


def test_bytes():
    assert MAX_BYTES == 2_000_000
    assert files.decode(b"#" * MAX_BYTES, "net.yaml").text
    with pytest.raises(Unreadable) as caught:
        files.decode(b"#" * (MAX_BYTES + 1), "net.yaml")
    (found,) = caught.value.diagnostics
    assert (found.code, found.message) == ("CNN104", "the file is larger than 2,000,000 bytes")


def test_no_more_of_a_large_file_is_read(tmp_path):
    path = tmp_path / "net.yaml"
    path.write_bytes(b"a: b\n" * 1_000_000)
    with pytest.raises(Unreadable, match="larger than 2,000,000 bytes"):
        files.read_file(str(path))


def laughs(levels: int) -> str:
    """`levels` anchors, each ten times the one before."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, levels)]
    return "\n".join(lines)


@PARSERS
def test_billion_laughs(pure_python: bool):
    root, found = module.parse(Source("net.yaml", laughs(10)), pure_python)
    assert len(scalars(root)) == 10 + 10 * 10  # an alias is never followed
    assert {each.code for each in found} == {"CNN114"}


@PARSERS
@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a" * 100_000 + ": b", None),
        ("? " + "a" * 100_000 + "\n: b", None),
        ("a: " + "b" * 100_000, None),
        ("a: '" + "b" * 100_000 + "'", None),
        ("a: " + "9" * 5_000, None),
        ("a: [" + "b, " * 10_000 + "]", None),
        ("a: b" + " " * 100_000 + "# c", None),
        ("a: &" + "b" * 100_000 + " c", "CNN114"),
        ("a: !" + "b" * 100_000 + " c", "CNN113"),
        ("\n" * 100_000 + "a: b", None),
        ("- a\n" * 10_000, None),
    ],
    ids=["key", "explicit key", "value", "quoted", "number", "line", "spaces", "anchor", "tag", "empty lines", "lines"],
)
def test_very_long(text: str, code: str | None, pure_python: bool):
    try:
        found = module.parse(Source("net.yaml", text), pure_python)[1]
    except Unreadable as error:
        found = list(error.diagnostics)
    assert all(len(each.message) < 200 for each in found)
    if code or not text.startswith(("a" * 1_000, "? ")):  # a key longer than 1,024 characters is no YAML
        assert [each.code for each in found] == ([code] if code else [])


@pytest.mark.parametrize(
    "character", ["\0", "\x07", "\x1b", "\x7f", "\x85", "\u2028", "\u2029", "\ufeff", "\ud800", "\uffff"]
)
@PARSERS
def test_characters_that_have_no_place(character: str, pure_python: bool):
    found = refusal(f"a: b\nc: d{character}e", pure_python)
    assert (found.code, found.message) == ("CNN102", f"the character U+{ord(character):04X} is not allowed in a spec")
    assert (found.span.line, found.span.column, found.span.end_column) == (2, 5, 6)


@PARSERS
def test_what_was_found_before_the_text_breaks_off_is_kept(pure_python: bool):
    with pytest.raises(Unreadable) as caught:
        module.parse(Source("net.yaml", "a: &x 1\na: 2\nb: [c, d\n"), pure_python)
    found = caught.value.diagnostics
    assert [(each.code, each.span.line, each.span.column) for each in found] == [
        ("CNN114", 1, 4), ("CNN112", 2, 1), ("CNN111", 3, 4)
    ]  # fmt: skip


# -- the two parsers agree

_WORDS = [
    "conv",
    "3x3x8",
    "-1",
    "é",
    "卷",
    "😀",
    "a b",
    "",
    " ",
    "'q r'",
    '"q"',
    '"\\n"',
    "$(a, b)",
    "a#b",
    "~",
    "x: y",
]
_SIGNS = [
    ": ",
    ":",
    "- ",
    "-",
    ", ",
    ",",
    "[",
    "]",
    "{",
    "}",
    "\n",
    "\n  ",
    "\n    ",
    "? ",
    "> ",
    "&a ",
    "*a",
    "!t ",
    "# ",
    "\t",
    "'",
    '"',
    "@",
    "`",
    "%",
    "---\n",
    "...\n",
    "<<: ",
    "\\",
    "&",
    "*",
    "::",
]
_near_yaml = st.lists(st.one_of(st.sampled_from(_WORDS), st.sampled_from(_SIGNS)), max_size=14).map(
    lambda parts: "".join(parts) + "\n"
)
_names = st.text(string.ascii_lowercase + "é卷 ", min_size=1, max_size=4).map(lambda text: text.strip() or "a")
_values = st.recursive(
    st.one_of(_names, _names.map(lambda text: f"'{text}'"), _names.map(lambda text: f'"{text}"'), st.just("3x3")),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]"),
        st.dictionaries(_names, inner, max_size=3).map(
            lambda pairs: "{" + ", ".join(f"{key}: {value}" for key, value in pairs.items()) + "}"
        ),
    ),
    max_leaves=6,
)
_blocks = st.lists(st.tuples(_names, _values), min_size=1, max_size=4, unique_by=lambda pair: pair[0]).map(
    lambda pairs: "".join(f"{key}: {value}\n" for key, value in pairs)
)


def outline(node: YamlNode) -> Any:
    """A tree as plain data: texts, and where each begins and ends (an empty one has no end of its own)."""
    if isinstance(node, YamlScalar):
        if not node.text and not node.quoted:
            return "nothing", node.line  # the parsers differ by blanks
        return node.text, node.quoted, node.line, node.column, node.end_line, node.end_column
    if isinstance(node, YamlSequence):
        return "list", node.line, node.column, [outline(item) for item in node.items]
    assert isinstance(node, YamlMapping)
    return "mapping", node.line, node.column, [(outline(key), outline(value)) for key, value in node.pairs]


def outcome(text: str, pure_python: bool) -> Any:
    """The tree and the findings of a text; None where it is refused (why, the parsers see differently in garbage)."""
    try:
        root, found = module.parse(Source("net.yaml", text), pure_python)
    except Unreadable:
        return None
    return outline(root), found


@pytest.mark.slow
@settings(max_examples=120, derandomize=True)
@given(st.one_of(_blocks, _blocks.map(lambda text: text.replace(": ", ":\t"))))
def test_both_parsers_agree_on_good_text(text: str):
    assert outcome(text, False) == outcome(text, True)
    assert all(marked(text, node).strip("'\"") == node.text for node in scalars(parse(text)))


@pytest.mark.slow
@settings(max_examples=250, derandomize=True)
@given(_near_yaml)
@example('a: "\\q"')
@example("- {a: }\n- {b}\n- [c, ]")
@example("a:\n- b\nc:")
def test_both_parsers_agree_on_what_is_hardly_yaml(text: str):
    assert outcome(text, False) == outcome(text, True)


@pytest.mark.parametrize("text", ["{a: }", "a: [b, {c: }]", "{a:  , b: 1}"])
def test_both_parsers_place_nothing_alike(text: str):
    places = [[(node.line, node.column) for node in scalars(parse(text, pure))] for pure in (False, True)]
    assert places[0] == places[1]


@pytest.mark.slow
@settings(max_examples=100, derandomize=True)
@given(_blocks)
def test_both_parsers_give_the_same_findings_in_a_spec(text: str):
    source = Source("net.yaml", f"input: 28x28x1\nlayers: [relu]\n{text}")
    assert _findings(source, False) == _findings(source, True)


def _findings(source: Source, pure_python: bool) -> list[Diagnostic]:
    try:
        return read(Parsed(source, *module.parse(source, pure_python)))[1]
    except Unreadable as error:
        return in_order(error.diagnostics)
