"""Workflow commands, read as GitHub's runner reads them."""

from __future__ import annotations

import os

from cnncalc.checks.registry import about
from cnncalc.checks.validate_files import FileFindings
from cnncalc.report.findings.github import MAX_SHOWN
from cnncalc.report.findings.validation import ValidationReport
from cnncalc.source.diagnostics import Diagnostic, Span


def commands(text: str) -> list[tuple[str, dict[str, str], str]]:
    """The commands in a log, as documented and as the runner finds them: leading blanks do not count, `%XX` is undone.

    It knows `##[command]`, of old, anywhere in a line; and looks for nothing between `stop-commands` and its mark.
    """
    found = []
    stopped = ""
    for line in text.split("\n"):
        line = line.lstrip()
        if stopped:
            stopped = "" if line == f"::{stopped}::" else stopped
            continue
        if not line.startswith("::") or "::" not in line[2:]:
            assert "##[" not in line, line
            continue
        head, data = line[2:].split("::", 1)
        name, _, properties = head.partition(" ")
        if name == "stop-commands":
            stopped = data
            continue
        pairs = dict(each.split("=", 1) for each in properties.split(",") if each)
        found.append((name, {key: unescaped(value, ":,") for key, value in pairs.items()}, unescaped(data)))
    assert not stopped
    return found


def unescaped(text: str, also: str = "") -> str:
    for character in f"\r\n{also}%":
        text = text.replace(f"%{ord(character):02X}", character)
    return text


def finding(code: str, line: int, file: str = "net.yaml", message: str = "m") -> Diagnostic:
    return Diagnostic(code, message, file, Span(line, 3, line, 7), severity=about(code).severity)


def test_a_finding(found):
    results = found(net="input: 28x28x1\nlayers:\n  - {conv: 3x3x8, strde: 2}\n")
    ((name, properties, message),) = commands(ValidationReport(results).render("github"))
    assert name == "error"
    assert properties == {
        "file": "net.yaml", "line": "3", "endLine": "3", "col": "19", "endColumn": "24", "title": "CNN204",
    }  # fmt: skip
    assert message.startswith("`conv` has no setting `strde`\nhere it is called `stride`\n")


def test_nothing_that_is_quoted_becomes_a_command(hostile):
    text = ValidationReport(hostile).render("github")
    found = commands(text)
    assert text.count("\n") == len(found) == 2
    for name, properties, message in found:
        assert name == "error"
        assert properties["file"] == hostile[0].file.replace("\x1b", "\\x1b")
        assert set(properties) == {"file", "line", "endLine", "col", "endColumn", "title"}
        assert "\x1b" not in message
    assert "`::error file=a.py,line=1::x ]]> %0A%25 [`" in found[0][2]


def test_errors_come_first_and_the_others_are_told_of():
    """Ten of each level are shown; GitHub would drop the others without a word."""
    notes = [finding("CNN503", line) for line in range(1, 13)]
    warnings = [finding("CNN501", line) for line in range(1, 12)]
    errors = [finding("CNN204", line, "::error::f.yaml", "##[error]x") for line in range(1, 6)]
    text = ValidationReport([FileFindings("net.yaml", "", [*notes, *warnings, *errors])]).render("github")
    assert [name for name, *_ in commands(text)] == ["error"] * 5 + ["warning"] * 10 + ["notice"] * 10
    assert text.split("\n")[25] == "3 more, which GitHub would not show:"
    assert [line for line in text.split("\n") if line.startswith("net.yaml:")] == [
        "net.yaml:11:3: CNN501 m",
        "net.yaml:11:3: CNN503 m",
        "net.yaml:12:3: CNN503 m",
    ]


def test_the_others_are_no_commands():
    many = [finding("CNN204", line, "::error::f.yaml", "##[error]x") for line in range(1, 13)]
    text = ValidationReport([FileFindings("f", "", many)]).render("github")
    assert len(commands(text)) == MAX_SHOWN
    assert "./::error::f.yaml:12:3: CNN204 ##[error]x\n" in text


def test_several_lines_have_no_columns():
    """GitHub: columns only where the first line is the last."""
    found = Diagnostic("CNN204", "m", "net.yaml", Span(3, 5, 5, 2))
    ((_, properties, _),) = commands(ValidationReport([FileFindings("net.yaml", "", [found])]).render("github"))
    assert properties == {"file": "net.yaml", "line": "3", "endLine": "5", "title": "CNN204"}


def test_paths_are_those_of_the_checkout(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = str(tmp_path / "nets" / "a.yaml")
    ((_, properties, _),) = commands(
        ValidationReport([FileFindings(path, "", [finding("CNN204", 1, path)])]).render("github")
    )
    assert properties["file"] == "nets/a.yaml"
    assert os.sep not in properties["file"].replace("/", "")
