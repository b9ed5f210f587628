"""All codes: what is said of them is true, each check stands where the registry says, and there are no others."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import cnncalc
from cnncalc.checks._errors import ERRORS
from cnncalc.checks.check import Check, declared
from cnncalc.checks.policy import Policy
from cnncalc.checks.registry import ADVICE, MODULES, NOTES, about, all_codes, check_of, codes_in
from cnncalc.checks.validate_files import validate_file
from cnncalc.source.diagnostics import SpecError

PACKAGE = Path(cnncalc.__file__).parent
CODES = all_codes()
SHOWN = [code for code in CODES if about(code).wrong]
WITHOUT_EXAMPLE = {"CNN402", "CNN530", "CNN560"}
"""Checks of which no file by itself can show anything: of a fault of ours, of an input on the command line, of what
`--verify` leaves out."""


def _found(text: str, folder: Path, code: str) -> list[str]:
    """The codes of what is found, of advice only this code."""
    path = folder / "net.yaml"
    path.write_text(text, encoding="utf-8", newline="\n")
    wants = Policy(select=("default", code)).wants
    return [each.code for each in validate_file(str(path), wants=wants).diagnostics]


@pytest.mark.parametrize("code", SHOWN)
def test_wrong_gives_this_code_and_no_other(code: str, tmp_path: Path):
    assert set(_found(about(code).wrong, tmp_path, code)) == {code}


@pytest.mark.parametrize("code", SHOWN)
def test_right_gives_nothing(code: str, tmp_path: Path):
    assert _found(about(code).right, tmp_path, code) == []


@pytest.mark.parametrize("code", CODES)
def test_texts(code: str):
    meant = about(code)
    assert re.fullmatch(r"CNN[1-5]\d\d", code)
    assert meant.title
    assert not meant.title.endswith(".")
    assert meant.explanation.endswith(".")
    assert bool(meant.wrong) == bool(meant.right)
    assert all(text == "" or text.endswith("\n") for text in (meant.wrong, meant.right))


def test_no_code_is_unknown():
    sources = [path for path in PACKAGE.rglob("*.py") if path.name not in ("_errors.py", "registry.py")]
    used = {code for path in sources for code in re.findall(r'"(CNN\d{3})"', path.read_text(encoding="utf-8"))}
    assert used == set(CODES)


def test_codes_stand_in_order():
    assert list(ERRORS) == sorted(ERRORS)
    assert not set(ERRORS) & set(MODULES)


# -- checks


@pytest.mark.parametrize("code", MODULES)
def test_a_check_stands_where_the_registry_says(code: str):
    check = check_of(code)
    assert isinstance(check, Check)
    assert check.search.__module__ == f"cnncalc.checks.{MODULES[code]}"
    assert check.search.__doc__
    assert bool(check.wrong) == (code not in WITHOUT_EXAMPLE)


def test_every_check_is_in_the_registry():
    for code in MODULES:
        check_of(code)
    assert set(declared) == set(MODULES)


def test_severities():
    of_files = {"CNN157", "CNN570", "CNN571", "CNN572", "CNN573"}
    assert {code for code in ERRORS if about(code).severity != "error"} == {"CNN330", *of_files}
    assert {about(code).severity for code in MODULES} == {"error", "warning", "note"}
    assert all((about(code).severity == "error") == code.startswith("CNN4") for code in MODULES)
    assert {about(code).severity for code in codes_in(ADVICE)} == {"note"}
    assert "error" not in {about(code).severity for code in codes_in(NOTES)}


# -- codes that no file can show


@pytest.mark.parametrize(
    ("overrides", "message", "label"),
    [
        ({"convention": "tf"}, "--convention: expected lecture, keras or pytorch, found `tf`", ""),
        ({"layout": "NHWC"}, "--layout: expected channels_last or channels_first, found `NHWC`", ""),
        ({"input": "big"}, "--input: expected sizes such as 28x28x1, found `big`", ""),
        ({"input": "3x3x3x3"}, "--input: `3x3x3x3` cannot replace 28×28×1", "it has a different number of sizes"),
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
        ("0", "--set n=0: 0 is too small", "expected a whole number of at least 1"),
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
    assert [each.code for each in caught.value.diagnostics] == ["CNN216", "CNN204"]
