"""The cases of tests/cases/graph, word for word: what goes wrong between layers, blocks and variants.

They are like those of tests/cases/bad, and `python tests/cases/update.py` rewrites them too.
"""

from __future__ import annotations

import importlib.util
from functools import partial
from pathlib import Path
from types import ModuleType

import pytest

from cnncalc.checks import validation
from cnncalc.spec.reader import read


def _neighbour(name: str) -> ModuleType:
    """A module in this folder. Tests are imported by path, so that it cannot be named in an import."""
    spec = importlib.util.spec_from_file_location(f"spec_{name}", Path(__file__).with_name(f"{name}.py"))
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


cases = _neighbour("test_cases")
WAITING: dict[str, str] = {
    "CNN204-first-without-repeat": "it is passed over",
    "CNN205-share-of-nothing": "the kind is taken for the name",
    "CNN210-var-names": "any text may name a variable",
    "CNN213-argument-declared-twice": "the last one wins",
    "CNN310-layer-left-out": "it is said to come only later, on an earlier line",
    "CNN310-share-of-an-input": "the entry is dropped without a word",
    "CNN311-group-reads-itself": "a KeyError",
    "CNN311-itself": "the entry is dropped without a word",
    "CNN311-share-inside-what-it-shares": "a KeyError",
    "CNN313-share-of-a-block-with-other-layers": "a ValueError of zip",
}
"""Cases of known bugs, and why: the mark goes when the bug does. Their `.out` is what they should print."""


@pytest.fixture(params=["libyaml", "pure Python"])
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which of PyYAML's parsers reads the file."""
    monkeypatch.setattr(validation, "read", partial(read, pure_python=request.param == "pure Python"))


def _paths() -> list[object]:
    return [
        pytest.param(
            path,
            id=path.stem,
            marks=[pytest.mark.xfail(reason=WAITING[path.stem], strict=False)] if path.stem in WAITING else [],
        )
        for path in sorted((cases.CASES / "graph").glob("*.yaml"))
    ]


@pytest.mark.usefixtures("parser")
@pytest.mark.parametrize("path", _paths())
def test_graph(path: Path, monkeypatch: pytest.MonkeyPatch):
    cases.test_bad(path, monkeypatch)


@pytest.mark.parametrize("path", _paths())
def test_a_case_is_named_after_what_is_found_in_it(path: Path):
    cases.test_a_case_is_named_after_what_is_found_in_it(path)


def test_no_mark_without_its_case():
    assert sorted(set(WAITING) - {path.stem for path in (cases.CASES / "graph").glob("*.yaml")}) == []
