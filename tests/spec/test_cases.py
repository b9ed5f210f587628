"""Every file of tests/cases, word for word, with either of the two YAML parsers.

A case is a `.yaml` with its `.out` next to it: what `cnncalc validate FILE` prints. `python tests/cases/update.py`
rewrites them after a change of wording. Those of `design` show the advice that they are named after.
"""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path

import pytest

from cnncalc.checks import validate_files
from cnncalc.checks.policy import Policy
from cnncalc.checks.registry import about, all_codes
from cnncalc.report.findings.text_and_json import diagnostics_text
from cnncalc.report.findings.validation import ValidationReport
from cnncalc.source.diagnostics import Diagnostic
from cnncalc.source.parse import parse
from cnncalc.spec import parsed

CASES = Path(__file__).parents[1] / "cases"


def _cases(folder: str) -> list[object]:
    return [pytest.param(path, id=path.stem) for path in sorted((CASES / folder).glob("*.yaml"))]


@pytest.fixture(params=["libyaml", "pure Python"])
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which of PyYAML's parsers reads the file."""
    monkeypatch.setattr(parsed, "parse", partial(parse, pure_python=request.param == "pure Python"))


def found_in(path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[list[Diagnostic], str]:
    """The findings of a file, and what `validate` prints in its folder."""
    monkeypatch.chdir(path.parent)
    is_advice = path.parent.name == "design"
    policy = Policy(select=("default", path.stem[:6]) if is_advice else ("default",))
    result = validate_files.validate_file(path.name, wants=policy.wants)
    return result.diagnostics, ValidationReport([result]).render()


@pytest.mark.usefixtures("parser")
@pytest.mark.parametrize("path", _cases("bad"))
def test_bad(path: Path, monkeypatch: pytest.MonkeyPatch):
    found, text = found_in(path, monkeypatch)
    assert text == path.with_suffix(".out").read_bytes().decode()
    assert any(each.is_error for each in found)
    places = [(each.span.line, each.span.column) for each in found]
    assert places == sorted(places), "in the order of the file"
    assert len({(each.code, each.span, each.message) for each in found}) == len(found), "nothing is said twice"


@pytest.mark.usefixtures("parser")
@pytest.mark.parametrize("path", [*_cases("ok"), *_cases("design")])
def test_ok(path: Path, monkeypatch: pytest.MonkeyPatch):
    found, text = found_in(path, monkeypatch)
    out = path.with_suffix(".out")
    if out.exists():
        assert text == out.read_bytes().decode()
        assert found
    else:
        assert found == []
    assert not [each for each in found if each.is_error]


@pytest.mark.parametrize("path", [*_cases("bad"), *_cases("ok"), *_cases("design")])
def test_a_case_is_named_after_what_is_found_in_it(path: Path):
    code = re.match(r"CNN\d{3}", path.stem)
    if not code or "-not-" in path.stem:
        return
    assert code[0] in all_codes()
    assert f"[{code[0]}]" in path.with_suffix(".out").read_bytes().decode()


def test_every_code_that_a_file_can_show_has_a_case():
    shown = {path.stem[:6] for path in CASES.glob("*/*.yaml")}
    assert {code for code in all_codes() if about(code).wrong} <= shown


def test_no_out_without_its_case():
    assert [out.name for out in CASES.glob("*/*.out") if not out.with_suffix(".yaml").exists()] == []


def test_all_of_a_folder(monkeypatch: pytest.MonkeyPatch):
    """`validate tests/cases/bad` reports every file, one after the other."""
    monkeypatch.chdir(CASES / "ok")
    results = [validate_files.validate_file(*named) for named in validate_files.find_specs(["."])]
    assert len(results) == len(list((CASES / "ok").rglob("*.yaml")))
    assert [each.file for each in results if not each.is_ok] == []


# -- files that no repository can hold


def test_a_file_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    assert diagnostics_text(found_in(tmp_path / "net.yaml", monkeypatch)[0]) == (
        "error[CNN101]: no such file\n --> net.yaml\n  = help: `cnncalc specs` lists what ships\n"
    )


def test_a_shipped_spec_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    assert diagnostics_text(found_in(tmp_path / "alexent", monkeypatch)[0]) == (
        "error[CNN101]: no such file, and no shipped spec with that name\n"
        " --> alexent\n"
        "  = help: did you mean `alexnet`?\n"
        "  = help: `cnncalc specs` lists what ships\n"
    )


def test_a_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "net.yaml").mkdir()
    assert diagnostics_text(found_in(tmp_path / "net.yaml", monkeypatch)[0]) == (
        "error[CNN101]: this is a directory, neither a spec nor a model\n --> net.yaml\n  = help: name a file in it\n"
    )


def test_a_name_that_no_file_can_have():
    assert [each.code for each in validate_files.validate_file("folder/a\0b.yaml").diagnostics] == ["CNN101"]


def test_more_findings_than_anyone_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "net.yaml").write_text("input: 28x28x1\nlayers:\n" + "  - huh\n" * 500)
    found, _ = found_in(tmp_path / "net.yaml", monkeypatch)
    assert {each.code for each in found[:-1]} == {"CNN201"}
    assert (found[-1].code, found[-1].message) == (
        "CNN104",
        "more than 200 findings; the rest of the file was not read",
    )
    assert 200 <= len(found) <= 202
