"""Everything that is wrong with some files."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import NamedTuple

from cnncalc.analysis import analyze
from cnncalc.checks.expectations import failed_expectations
from cnncalc.diagnostics import Diagnostic, in_order
from cnncalc.spec.document import Overrides
from cnncalc.spec.library import open_model
from cnncalc.spec.reader import read
from cnncalc.spec.source import Unreadable


class Result(NamedTuple):
    """What was found in one file."""

    file: str
    name: str
    """The model's name; "" where it could not be read."""
    diagnostics: list[Diagnostic]

    @property
    def is_ok(self) -> bool:
        return not any(each.is_error for each in self.diagnostics)


def find_specs(paths: Iterable[str]) -> list[str]:
    """The files that are named, and the *.yaml and *.yml below the directories that are; each once."""
    found: dict[str, None] = {}
    for path in paths:
        if os.path.isdir(path):
            for folder, folders, files in os.walk(path):
                folders[:] = sorted(name for name in folders if not name.startswith("."))
                found.update(
                    (os.path.join(folder, name), None) for name in sorted(files) if name.endswith((".yaml", ".yml"))
                )
        else:
            found[path] = None
    return list(found)


def validate_file(path: str) -> Result:
    """All findings of one file (`-` is standard input, a shipped spec's name will do too)."""
    try:
        source = open_model(path)
    except Unreadable as error:
        return Result(path, "", list(error.diagnostics))
    spec, findings = read(source)
    if spec is None:
        return Result(source.name, "", findings)
    findings += failed_expectations(analyze(spec))
    for variant in spec.variants:
        changed, more = read(source, Overrides(variant=variant))
        findings += more + (failed_expectations(analyze(changed)) if changed else [])
    return Result(source.name, spec.name, in_order(findings))
