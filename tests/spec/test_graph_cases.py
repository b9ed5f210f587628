"""The cases of tests/cases/graph, word for word: what goes wrong between layers, blocks and variants.

They are like those of tests/cases/bad, and `python tests/cases/update.py` rewrites them too.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
from helpers import neighbour

from cnncalc.source.parse import parse
from cnncalc.spec import parsed

cases = neighbour(__file__, "test_cases")


@pytest.fixture(params=["libyaml", "pure Python"])
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which of PyYAML's parsers reads the file."""
    monkeypatch.setattr(parsed, "parse", partial(parse, pure_python=request.param == "pure Python"))


def _paths() -> list[object]:
    return [pytest.param(path, id=path.stem) for path in sorted((cases.CASES / "graph").glob("*.yaml"))]


@pytest.mark.usefixtures("parser")
@pytest.mark.parametrize("path", _paths())
def test_graph(path: Path, monkeypatch: pytest.MonkeyPatch):
    cases.test_bad(path, monkeypatch)


@pytest.mark.parametrize("path", _paths())
def test_a_case_is_named_after_what_is_found_in_it(path: Path):
    cases.test_a_case_is_named_after_what_is_found_in_it(path)
