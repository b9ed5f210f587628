"""No text of a file becomes a command of a build server, whatever it is written as."""

from __future__ import annotations

import ast
import csv
import json
import os
import re
import unicodedata
from pathlib import Path
from xml.etree import ElementTree

import pytest

import cnncalc
from cnncalc.cli import run
from cnncalc.report.text import clean, line_start, title


def is_taken_for_a_command(line: str) -> bool:
    """As GitHub's runner and Azure's agent decide: `::` after blanks, `##[` and `##vso[` anywhere."""
    return line.lstrip().startswith("::") or re.search(r"##(vso)?\[", line) is not None


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("##[group]x", r"##\x5bgroup]x"),
        ("a ##vso[task.setvariable]b", r"a ##\x5bvso[".replace(r"\x5bvso[", r"vso\x5b") + "task.setvariable]b"),
        ("## [a](b)", "## [a](b)"),
        ("a\n::error::b", r"a\n::error::b"),
        ("\x1b[31m\u202e\x00\udcff", r"\x1b[31m\u202e\x00\udcff"),
    ],
)
def test_clean(text, shown):
    assert clean(text) == shown


def test_the_beginning_of_a_line():
    assert title("::error::x") == "'::error::x'"
    assert line_start("  ::error::x") == r"  \x3a:error::x"
    assert line_start("a ::error::x") == "a ::error::x"
    assert not is_taken_for_a_command(line_start("\u3000::error::x"))


NAME = "::error::x ##[group] ##vso[task.x]\x1b[31m\n::warning::y, | `a` <b> $x$ \u202e.yaml"
SPEC = """\
name: "::error::n ##[group]g"
description: "::error::d ##[group]g"
input: 28x28x1
layers:
  - {conv: 3x3x8, strde: "::error::s ##vso[x]"}
  - {"##[group]k": 3}
training: {"::error::t": "::error::v", "##[group]": 1}
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    if os.name == "nt":
        pytest.skip("no such names on Windows")
    monkeypatch.chdir(tmp_path)
    (tmp_path / NAME).write_text(SPEC)
    fine = SPEC.replace(', strde: "::error::s ##vso[x]"', "").replace('  - {"##[group]k": 3}\n', "")
    (tmp_path / "::set-output name=a::fine ##[group].yaml").write_text(fine)
    return tmp_path


@pytest.mark.parametrize("format", ["text", "concise", "json", "sarif", "gitlab", "junit"])
@pytest.mark.usefixtures("folder")
def test_validate(capsys, format):
    assert run(["validate", ".", "-f", format]) == 1
    out, err = capsys.readouterr()
    assert err == ""
    assert not [line for line in out.split("\n") if is_taken_for_a_command(line)]
    assert "\x1b" not in out
    if format in ("json", "sarif", "gitlab"):
        assert NAME in str(json.loads(out)) or "##[group]" in str(json.loads(out))
    if format == "junit":
        names = [case.get("name") or "" for case in ElementTree.fromstring(out).iter("testcase")]
        assert all("##[group]" in name for name in names)


@pytest.mark.parametrize(
    "command",
    [
        ["summarize"], ["summarize", "-f", "json"], ["summarize", "-f", "csv"], ["summarize", "-f", "markdown"],
        ["explain"], ["explain", "--format", "latex"], ["hyperparameters"], ["hyperparameters", "-f", "markdown"],
        ["receptive-field"], ["forward"], ["verify"], ["homework", "sheet"], ["homework", "sheet", "-f", "csv"],
        ["summarize", "--color", "always"], ["hyperparameters", "--color", "always"],
    ],
)  # fmt: skip
def test_other_commands(folder, capsys, command):
    path = next(str(each) for each in folder.iterdir() if "set-output" in each.name)
    path = os.path.relpath(path)
    for arguments in ([*command, path], [*command, NAME]):
        run(arguments)
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        assert not [line for line in (out + err).split("\n") if is_taken_for_a_command(line)], arguments


def test_a_cell_of_csv():
    from cnncalc.report.formats.csv import csv as written
    from cnncalc.report.report import Records

    text = "".join(
        written(Records(["student"], [["::error::x"], ["a\n::error::y"], ["##[group]"], ["=1+1"], ["-1"], [3]]))
    )
    assert not [line for line in text.split("\n") if is_taken_for_a_command(line)]
    assert [row[0] for row in csv.reader(text.splitlines(keepends=True))] == [
        "student", r"\x3a:error::x", "a\n\\x3a:error::y", r"##\x5bgroup]", "'=1+1", "'-1", "3",
    ]  # fmt: skip


def test_every_character_of_ours_has_an_ascii_form():
    """In what commands show: `?` is for what files bring."""
    characters = {
        character
        for path in Path(cnncalc.__file__).parent.rglob("*.py")
        # what students may write, and the letters whose widths are known: never shown
        if path.name not in ("_notation.py", "_words.py", "_amounts.py", "text_width.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        for character in node.value
        if not character.isascii() and character.isprintable()
    }
    assert {"×", "⌊", "Σ"} <= characters
    missing = {character for character in characters if "?" in character.encode("ascii", "cnncalc").decode()}
    # what texts are searched for, and is never shown: accents alone, marks of encodings, the bounds of ranges
    assert {each for each in missing if not unicodedata.combining(each)} <= {"\ufeff", "\ufffd", "\u0131", "\U00010000"}
