"""All findings of files."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from cnncalc.checks.checked import examine, file_name
from cnncalc.checks.notes import open_any
from cnncalc.checks.policy import Policy
from cnncalc.named_tuple import NamedTuple
from cnncalc.source.diagnostics import Diagnostic
from cnncalc.source.files import Source, Unreadable
from cnncalc.source.open_model import open_model
from cnncalc.spec.expect import Expectation


class FileFindings(NamedTuple):
    """What was found in one file."""

    file: str
    name: str
    """The model's name; "" where it could not be read."""
    diagnostics: list[Diagnostic]

    @property
    def is_ok(self) -> bool:
        return not any(each.is_error for each in self.diagnostics)


class SpecPath(NamedTuple):
    """A file to check, and whether it was named itself or found in a folder that was."""

    path: str
    by_itself: bool


def find_specs(paths: Iterable[str]) -> list[SpecPath]:
    """The files named (also by patterns such as `**/*.yaml`), and the *.yaml and *.yml files in the folders named;
    each once."""
    found: dict[str, SpecPath] = {}
    for path in paths:
        if os.path.isdir(path):
            several = _below(path)
        elif glob.has_magic(path) and not os.path.lexists(path):
            matches = sorted(set(_matching(path)))
            several = (SpecPath(each, by_itself=False) for each in matches if _is_readable(each))
        else:
            several = iter([SpecPath(path, by_itself=True)])
        for each in several:
            key = os.path.normpath(each.path)
            if key not in found or each.by_itself:
                found[key] = each
    return list(found.values())


def _below(path: str) -> Iterator[SpecPath]:
    locked: list[str] = []
    for folder, folders, files in os.walk(path, onerror=lambda error: locked.append(error.filename)):  # (no links)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            if name.endswith((".yaml", ".yml")) and _is_readable(os.path.join(folder, name)):
                yield SpecPath(os.path.join(folder, name), by_itself=False)
    yield from (SpecPath(folder, by_itself=True) for folder in locked)  # to be reported as unreadable


def _matching(pattern: str) -> Iterator[str]:
    """The paths that a glob matches. `**` does not follow links: two folders that link to themselves would be 2⁴⁰
    folders."""
    parts = re.split(r"[/\\\\]" if os.name == "nt" else "/", pattern)
    if "**" not in parts:
        yield from glob.glob(pattern)
        return
    at = parts.index("**")
    before, rest = "/".join(parts[:at]), parts[at + 1 :] or ["*"]
    for base in glob.glob(before) if before else ["/" if at else ""]:
        for folder, folders, _ in os.walk(base or os.curdir):
            folders[:] = [name for name in folders if not name.startswith(".")]
            below = folder if base else os.path.relpath(folder)
            yield from _matching("/".join([*([] if below == os.curdir else [glob.escape(below)]), *rest]))


def _is_readable(path: str) -> bool:
    """Whether what a search found is a file, or a broken link, which is reported; a pipe might never end."""
    return os.path.isfile(path) or not os.path.exists(path)


_LOOKS_LIKE_A_SPEC = re.compile(r"""(?:^|\A\s*\{(?:.*,)?\s*)["']?(?:layers?|input)["']?\s*:""", re.MULTILINE)
"""A top-level key of a spec, in either style of YAML."""


_DEFAULT = Policy()


def validate_file(
    path: str,
    by_itself: bool = True,
    demands: Sequence[Expectation] = (),
    stdin_name: str = "",
    wants: Callable[[str], bool] = _DEFAULT.wants,
    verify: bool = False,
) -> FileFindings | None:
    """All findings of one file (`-` is standard input; the name of a shipped spec will do too).

    None where it was found by search and is not a spec: folders contain other YAML files too.

    Args:
        by_itself: whether it was named, rather than found by search.
        demands: what must hold besides what the file itself expects.
        stdin_name: what findings call standard input.
        wants: which lints are run, by code.
        verify: whether to run every model and compare sizes, counts and values with what is measured.
    """
    try:
        source, _ = open_any(path, opening=lambda model: (open_model(model), None))
    except Unreadable as error:
        name = stdin_name if path == "-" and stdin_name else error.diagnostics[-1].file
        return FileFindings(name, "", [each._replace(file=name) for each in error.diagnostics])
    if isinstance(source, Source) and path == "-" and stdin_name:
        source = Source(stdin_name, source.text, stdin_name)
    if isinstance(source, Source) and not by_itself and not _LOOKS_LIKE_A_SPEC.search(source.text):
        return None
    model, found = examine(source, demands=demands, wants=wants, verify=verify)
    return FileFindings(file_name(source), model.spec.name if model else "", found)
