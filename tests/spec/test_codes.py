"""The book of codes: what it says is true, and it lists exactly what there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import cnncalc
from cnncalc.checks.policy import Policy
from cnncalc.checks.validation import validate_file
from cnncalc.codes import CODES
from cnncalc.diagnostics import WARNINGS, SpecError, severity_of

PACKAGE = Path(cnncalc.__file__).parent
SHOWN = [code for code, about in CODES.items() if about.wrong]


def _found(text: str, folder: Path, code: str) -> list[str]:
    """The codes of what is found, of advice only this code."""
    path = folder / "net.yaml"
    path.write_text(text, encoding="utf-8", newline="\n")
    wants = Policy(select=("default", code)).wants
    return [each.code for each in validate_file(str(path), wants=wants).diagnostics]


@pytest.mark.parametrize("code", SHOWN)
def test_wrong_gives_this_code_and_no_other(code: str, tmp_path: Path):
    assert set(_found(CODES[code].wrong, tmp_path, code)) == {code}


@pytest.mark.parametrize("code", SHOWN)
def test_right_gives_nothing(code: str, tmp_path: Path):
    assert _found(CODES[code].right, tmp_path, code) == []


@pytest.mark.parametrize(("code", "about"), CODES.items(), ids=list(CODES))
def test_texts(code: str, about: object):
    assert re.fullmatch(r"CNN[1-5]\d\d", code)
    assert about.title
    assert not about.title.endswith(".")
    assert about.explanation.endswith(".")
    assert bool(about.wrong) == bool(about.right)
    assert all(text == "" or text.endswith("\n") for text in (about.wrong, about.right))


def test_the_book_lists_what_the_sources_use():
    sources = [path for path in PACKAGE.rglob("*.py") if path.name != "codes.py"]
    used = {code for path in sources for code in re.findall(r'"(CNN\d{3})"', path.read_text(encoding="utf-8"))}
    assert used == set(CODES)


def test_codes_stand_in_order():
    assert list(CODES) == sorted(CODES)


def test_severities():
    assert {code for code in CODES if severity_of(code) == "warning"} == WARNINGS
    assert all(severity_of(code) == "error" for code in CODES if code < "CNN5" and code != "CNN330")
    assert all(severity_of(code) != "error" for code in CODES if code > "CNN5")


# -- codes that no file can show


@pytest.mark.parametrize(
    ("overrides", "message", "label"),
    [
        ({"convention": "tf"}, "--convention: expected lecture, keras or pytorch, found `tf`", ""),
        ({"layout": "NHWC"}, "--layout: expected channels_last or channels_first, found `NHWC`", ""),
        ({"input": "big"}, "--input: expected sizes such as 28x28x1, found `big`", ""),
        ({"input": "3x3x3x3"}, "--input: `3x3x3x3` cannot stand for 28×28×1", "another number of sizes"),
    ],
    ids=["convention", "layout", "input", "another number of sizes"],
)
def test_command_line(overrides: dict[str, str], message: str, label: str):
    with pytest.raises(SpecError) as caught:
        cnncalc.load("input: 28x28x1\nlayers: [conv: 3x3x8]\n", **overrides)
    (found,) = caught.value.diagnostics
    assert (found.code, found.message, found.label, found.file) == ("CNN216", message, label, "command line")


@pytest.mark.parametrize(
    ("value", "message", "label"),
    [
        ("0", "--set n=0: 0 is too small", "expected a whole number from 1"),
        ("$(1 / 0)", "--set n=$(1 / 0): `$(1 / 0)` divides by zero", ""),
        ("6", "--set n=6: 4 groups do not divide 6 filters", "6 / 4 is not whole"),
    ],
)
def test_a_variable_of_the_command_line_is_blamed_and_not_the_file(value: str, message: str, label: str):
    model = "vars: {n: 8}\ninput: 28x28x4\nlayers: [{conv: $n, kernel: 3, groups: 4}]\n"
    with pytest.raises(SpecError) as caught:
        cnncalc.load(model, vars={"n": value})
    (found,) = caught.value.diagnostics
    assert (found.code, found.message, found.label, found.file) == ("CNN216", message, label, "command line")


def test_what_is_wrong_with_the_file_anyway_is_not_blamed_on_the_command_line():
    model = "vars: {n: 8}\ninput: 28x28x4\nlayers: [{conv: $n, kernel: 3, strid: 4}]\n"
    with pytest.raises(SpecError) as caught:
        cnncalc.load(model, vars={"n": "0"})
    assert [each.code for each in caught.value.diagnostics] == ["CNN204", "CNN216"]
