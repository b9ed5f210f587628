"""Every command in every format that it offers: well formed, and with the same numbers in each.

The commands and their formats come from the registry: a new format, or a command's new form, is tried here by itself.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from importlib import import_module
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml

from cnncalc.cli import COMMANDS, homework
from cnncalc.cli.options.declared import module_name
from cnncalc.report.formats.registry import FORMATS

NET = """\
name: net
inputs: {left: 12x12x3, right: 12x12x3}
blocks:
  unit: [{conv: 3x3x8, padding: 1, norm: batch_norm, activation: relu}, {conv: 3x3x8, padding: 1}]
layers:
  - {conv: 3x3x8, padding: 1, from: left, name: a}
  - {conv: 3x3x8, padding: 1, from: right, name: b}
  - {add: [a, b], name: sum}
  - {residual: [unit], repeat: 3, name: body}
  - {max_pool: 2, name: half}
  - flatten
  - {dense: 10, activation: softmax, name: score}
outputs: [half, score]
"""
WAYS = {
    "summarize": [["net.yaml"], ["net.yaml", "--fold"], ["net.yaml", "--depth", "1"]],
    "explain": [["net.yaml", "body"]],
    "hyperparameters": [["net.yaml"]],
    "receptive-field": [["net.yaml"], ["net.yaml", "--layer", "half"]],
    "forward": [["net.yaml"], ["net.yaml", "--trace", "half"], ["net.yaml", "--shift", "1,0"]],
    "verify": [["net.yaml", "--quick"]],
    "compare": [["net.yaml", "other.yaml"], ["net.yaml", "other.yaml", "net.yaml"]],
    "validate": [["net.yaml", "wrong.yaml"]],
    "solve": [["n_in=32, k=5, s=1, n_out=32"], ["net.yaml", "--layer", "half", "--output", "6x6"]],
    "specs": [[]],
    "report": [["net.yaml"]],
    "homework sheet": [["net.yaml"], ["net.yaml", "--key"]],
    "homework grade": [["sheet.yaml", "--key", "net.yaml"], ["sheet.yaml", "--key", "net.yaml", "--by", "question"]],
}
"""Ways to call each command that offers formats. (`homework exercise` writes the sheets that `homework sheet` does.)"""
REFUSED = {
    ("summarize --fold", "json"), ("summarize --depth", "json"), ("forward --trace", "csv"), ("forward --trace", "tsv"),
    ("homework grade --by", "json"), ("homework grade --by", "gradescope"),
}  # fmt: skip
"""What has no such form: an option, and the format."""


def offered() -> dict[str, tuple[str, ...]]:
    """The formats of each command that has some."""
    names = [*COMMANDS, *(f"homework {name}" for name in homework.COMMANDS)]
    modules = {name: import_module(module_name(name)) for name in names}
    return {name: module.OFFERED for name, module in modules.items() if hasattr(module, "OFFERED")}


def _tries() -> list[Any]:
    tries = []
    for command, formats in offered().items():
        for arguments in WAYS.get(command, []):
            options = [each for each in arguments if each.startswith("--")]
            way = " ".join([command, *options])
            refused = {format for option in options for each, format in REFUSED if each == f"{command} {option}"}
            tries += [
                pytest.param(command, arguments, name, id=f"{way} {name}") for name in formats if name not in refused
            ]
    return tries


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("net.yaml").write_text(NET, encoding="utf-8")
    Path("other.yaml").write_text(NET.replace("3x3x8, padding: 1}]", "1x1x8}]"), encoding="utf-8")
    Path("wrong.yaml").write_text("input: 8x8x1\nlayers: [{conv: 3x3x8, strde: 2}]\n", encoding="utf-8")
    Path("sheet.yaml").write_text(call("homework", "sheet", "net.yaml", "--key").out, encoding="utf-8")
    return tmp_path


def test_every_command_with_formats_is_tried():
    assert {*offered()} == {*WAYS, "homework exercise"}
    assert {format for formats in offered().values() for format in formats} == {*FORMATS}


@pytest.mark.parametrize(("command", "arguments", "format"), _tries())
@pytest.mark.usefixtures("folder")
def test_a_format_is_well_formed(call, command: str, arguments: list[str], format: str):
    out = f"out{FORMATS[format].suffix}"
    shown = call(*command.split(), *arguments, "-f", format)
    written = call(*command.split(), *arguments, "-f", format, "-o", out)
    assert (shown.status, written.status) in ((0, 0), (1, 1)), shown.err
    text = Path(out).read_text(encoding="utf-8")
    assert text.endswith("\n")
    CHECKS.get(f"{command} {format}", CHECKS[format])(text)
    if format != "gradescope":  # it is told how long grading took
        assert shown.out == text


# -- what well formed means: as another program reads it


def _text(text: str) -> None:
    lines = text.splitlines()
    assert any(lines)
    assert all(line == line.rstrip() for line in lines)
    assert "\t" not in text


def _markdown(text: str) -> None:
    markdown_it = pytest.importorskip("markdown_it")
    shown = markdown_it.MarkdownIt("commonmark").enable("table").render(text)
    tables = re.findall(r"<table>.*?</table>", shown, re.S)
    assert len(tables) == len(re.findall(r"^\| (?::---|---:)", text, re.M))
    for table in tables:
        rows = re.findall(r"<tr>.*?</tr>", table, re.S)
        assert len({row.count("<t") for row in rows}) == 1


def _latex(text: str) -> None:
    assert text.startswith("\\documentclass")
    assert text.endswith("\\end{document}\n")
    names = re.findall(r"\\(begin|end)\{([a-z*]+)\}", text)
    open_: list[str] = []
    for word, name in names:
        if word == "begin":
            open_.append(name)
        else:
            assert open_.pop() == name
    assert open_ == []


def _html(text: str) -> None:
    page = ElementTree.fromstring(re.sub(r"<(meta[^>]*|br)>", r"<\1/>", text.replace("<!doctype html>", "")))
    assert page.find("head/title") is not None
    assert page.find(".//script") is None
    assert not [each for each in page.iter() if {"src", "href", "class", "id"} & {*each.attrib}]
    for table in page.iter("table"):
        cells = [[cell for cell in row if cell.tag in ("td", "th")] for row in table.iter("tr")]
        widths = {sum(int(cell.get("colspan", 1)) for cell in row) for row in cells}
        assert len(widths) <= 1 or not table.findall("thead")


def _page(text: str) -> None:
    """What `report` writes has scripts and styles; every element that begins ends, in its order."""
    tags = _Tags()
    tags.feed(text)
    tags.close()
    assert tags.open == []
    (data,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', text, re.S)
    assert json.loads(data)["version"] == 1


class _Tags(HTMLParser):
    """Which elements have begun and not ended."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert not {name for name, _ in attrs if name == "style" or name.startswith("on")}
        if tag not in ("meta", "br", "input", "col"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Of SVG."""

    def handle_endtag(self, tag: str) -> None:
        while self.open[-1] != tag and self.open[-1] in ("td", "th", "tr"):  # whose ends may be left out
            self.open.pop()
        assert self.open.pop() == tag


def _csv(text: str) -> None:
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert len(rows) > 1
    if rows[0][0] != "worksheet":  # an answer file has lines of its own above the table
        assert {len(row) for row in rows} == {len(rows[0])}


def _tsv(text: str) -> None:
    rows = [line.split("\t") for line in text.splitlines()]
    assert len(rows) > 1
    if rows[0][0] != "worksheet":
        assert {len(row) for row in rows} == {len(rows[0])}


CHECKS: dict[str, Callable[[str], Any]] = {
    "text": _text,
    "markdown": _markdown,
    "latex": _latex,
    "html": _html,
    "json": json.loads,
    "csv": _csv,
    "tsv": _tsv,
    "yaml": yaml.safe_load,
    "gradescope": json.loads,
    "concise": _text,
    "github": _text,
    "gitlab": json.loads,
    "sarif": json.loads,
    "junit": ElementTree.fromstring,
    "svg": ElementTree.fromstring,
    "tikz": lambda text: _latex(re.sub(r"\A(%.*\n)+", "", text)),
    "report html": _page,
}


# -- the same numbers


def _numbers(text: str, format: str) -> set[int]:
    """Every whole number in a text; documents have separators in them."""
    if FORMATS[format].form != "document":
        return set(map(int, re.findall("[0-9]+", text)))
    text = text.replace("{,}", ",")
    return {int(found.replace(",", "")) for found in re.findall("[0-9][0-9,]*", text)}


def _counts() -> dict[str, set[int]]:
    """The parameters and MACs of NET's layers, written out."""
    first, inner = 3 * 3 * 3 * 8 + 8, 3 * 3 * 8 * 8 + 8
    dense = 6 * 6 * 8 * 10 + 10
    params = {first, inner + 16, inner, dense}
    macs = {12 * 12 * 3 * 3 * 3 * 8, 12 * 12 * 3 * 3 * 8 * 8, dense - 10}
    return {"summarize": params | macs, "verify": params | macs, "hyperparameters": params}


@pytest.mark.parametrize("command", _counts())
@pytest.mark.usefixtures("folder")
def test_every_format_has_the_same_numbers(call, command: str):
    for format in offered()[command]:
        text = call(*command.split(), "net.yaml", "-f", format).out
        # layer by layer the two numbers of a channel's norm are not with those of its convolution
        by_layer = format == "json" or (command == "verify" and FORMATS[format].form == "table")
        apart = {3 * 3 * 8 * 8 + 8 + 16} if by_layer else set()
        missing = _counts()[command] - apart - _numbers(text, format)
        assert not missing, (format, missing)


@pytest.mark.parametrize(("command", "arguments"), [(name, way) for name, ways in WAYS.items() for way in ways])
@pytest.mark.usefixtures("folder")
def test_tsv_holds_what_csv_does(call, command: str, arguments: list[str]):
    if "tsv" not in offered()[command] or "--trace" in arguments:
        pytest.skip("no table")
    rows, other = (call(*command.split(), *arguments, "-f", format).out for format in ("csv", "tsv"))
    assert list(csv.reader(io.StringIO(rows, newline=""))) == [line.split("\t") for line in other.splitlines()]


# -- what keeps its place


@pytest.mark.usefixtures("folder")
def test_the_tree_is_seen_in_every_document(call):
    by_format = {
        format: call("summarize", "net.yaml", "-f", format).out for format in ("text", "markdown", "html", "latex")
    }
    assert re.search(r"^  body\.0 ", by_format["text"], re.M)
    assert re.search(r"^    body\.0\.conv1 |^      body\.0\.\S*conv1 ", by_format["text"], re.M)
    assert "| &emsp;body.0 |" in by_format["markdown"]
    assert re.search(r"padding-left: 2\.2em[^>]*>body\.0<", by_format["html"])
    assert r"\hspace*{1em}body.0" in by_format["latex"]


@pytest.mark.usefixtures("folder")
def test_outputs_are_marked(call):
    text = call("summarize", "net.yaml").out
    assert re.search(r"^half →\s+max_pool", text, re.M)
    assert re.search(r"^score →\s+dense", text, re.M)
    assert re.search(r"^outputs →\s+half 6×6×8, score 10$", text, re.M)
    assert "→" not in call("summarize", "typical_cnn").out
