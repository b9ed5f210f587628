"""Everything that is wrong with some files."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from cnncalc.analysis import analyze
from cnncalc.checks.expectations import failed_expectations
from cnncalc.checks.unused import UNUSED, unused
from cnncalc.diagnostics import Diagnostic, Span, in_order
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
    findings += [*failed_expectations(analyze(spec)), *unused(spec)]
    by_variant: dict[str, list[Diagnostic]] = {}
    for variant in spec.variants:
        changed, found = read(source, Overrides(variant=variant))
        by_variant[variant] = found + (failed_expectations(analyze(changed)) if changed else [])
        in_vain = {(each.code, each.span) for each in unused(changed)} if changed else set()
        # what one variant leaves out another one may read
        findings = [each for each in findings if each.code not in UNUSED or (each.code, each.span) in in_vain]
    return Result(source.name, spec.name, in_order([*findings, *_only_in_variants(findings, by_variant)]))


def _only_in_variants(findings: list[Diagnostic], by_variant: Mapping[str, list[Diagnostic]]) -> Iterator[Diagnostic]:
    """What variants have and the model itself has not, each mistake once, with the variants that have it."""
    known = {(each.code, each.span) for each in findings}
    first: dict[tuple[str, Span], Diagnostic] = {}
    names: dict[tuple[str, Span], list[str]] = {}
    for variant, found in by_variant.items():
        for each in found:
            key = (each.code, each.span)
            first.setdefault(key, each)
            if variant not in names.setdefault(key, []):
                names[key].append(variant)
    for key, each in first.items():
        if key not in known:
            more = len(names[key]) - 1
            others = f" and {more} other{'' if more == 1 else 's'}" if more else ""
            yield each._replace(chain=(*each.chain, f"in variant `{names[key][0]}`{others}"))
