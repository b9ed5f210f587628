"""Findings whose texts and file names mean something to whoever reads a report."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from cnncalc.checks.validate_files import FileFindings, validate_file

HOSTILE = "::error file=a.py,line=1::x ]]> %0A%25 [bold]red[/bold] ##[group]g <b> &amp; {0} [l](http://x)"


@pytest.fixture
def found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[FileFindings]]:
    """What `validate` finds in some files: their names and texts."""
    monkeypatch.chdir(tmp_path)

    def found(**files: str) -> list[FileFindings]:
        results = []
        for stem, text in files.items():
            name = f"{stem}.yaml"
            Path(name).write_text(text, encoding="utf-8", newline="\n")
            result = validate_file(name)
            assert result is not None
            results.append(result)
        return results

    return found


@pytest.fixture
def hostile(found: Callable[..., list[FileFindings]]) -> list[FileFindings]:
    """An error whose message quotes hostile text, in a file with a hostile name."""
    if os.name == "nt":
        pytest.skip("no such names on Windows")
    layers = (f'{{conv: 3x3x8, "{HOSTILE[:40]}": 2}}', f'"{HOSTILE[40:]}\\e[31m\\r\\n::error::y": 3')
    text = "input: 28x28x1\nlayers:\n" + "".join(f"  - {layer}\n" for layer in layers)
    return found(**{f"{HOSTILE.replace('/', '|')}\x1b[31m, a:b\n::error::z": text})
