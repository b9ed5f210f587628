"""Which findings count: the codes selected, comments in the spec, and the level at which a run fails."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import takewhile
from typing import Any

from cnncalc.checks.registry import ADVICE, about, all_codes, codes_in
from cnncalc.errors import CnncalcError
from cnncalc.named_tuple import NamedTuple
from cnncalc.settings.setting import Mistake
from cnncalc.source.diagnostics import Diagnostic, did_you_mean
from cnncalc.source.files import MAX_BYTES
from cnncalc.spec.expect import Expectation, read_demand

LEVELS = ("error", "warning", "never")
GROUPS = ("default", "design", "all")
_COMMENT = re.compile(r"#\s*cnncalc:\s*ignore(-file)?\b[:\s]*((?:CNN[0-9]+[,\s]*)*)")


class PolicyError(CnncalcError, ValueError):
    """An option (or the same setting in a file) with an invalid value; the message says why."""


class Policy(NamedTuple):
    """What a run of `validate` asks for.

    Attributes:
        select: codes, beginnings of codes or groups (`default`, `design`, `all`); errors are always selected.
        ignore: the same, to leave out.
        fail_level: the lowest severity at which the run fails: `error`, `warning`, `never`.
        expect: expectations that must hold for every model, such as `params <= 5M`.
    """

    select: tuple[str, ...] = ("default",)
    ignore: tuple[str, ...] = ()
    fail_level: str = "error"
    quiet: bool = False
    statistics: bool = False
    expect: tuple[str, ...] = ()
    verify: bool = False

    def wants(self, code: str) -> bool:
        """Whether findings of a code are reported. Errors of the file itself always are."""
        if not is_optional(code):
            return True
        is_left_out = any(_matches(code, name) for name in self.ignore)
        return not is_left_out and any(_matches(code, name) for name in self.select)

    def fails(self, found: Diagnostic) -> bool:
        """Whether a run with this finding fails."""
        worst = {"error": ("error",), "warning": ("error", "warning"), "never": ()}[self.fail_level]
        return found.severity in worst

    def is_serious(self, found: Diagnostic) -> bool:
        """Whether a finding is reported in quiet runs: errors, and whatever else fails the run."""
        return found.is_error or self.fails(found)

    @property
    def demands(self) -> list[Expectation]:
        """The expectations in `expect`."""
        return list(map(read_demand, self.expect))

    def kept(self, findings: Iterable[Diagnostic]) -> list[Diagnostic]:
        """The findings that are reported."""
        return [each for each in findings if self.wants(each.code) and not is_ignored(each)]


def is_optional(code: str) -> bool:
    """Whether a code may be left out: expectations, warnings and notes may. A spec with other errors has no numbers."""
    return code >= "CNN4"


_DESIGN = frozenset(codes_in(ADVICE))


def _matches(code: str, name: str) -> bool:
    if name == "all":
        return True
    if name in ("default", "design"):
        return (code in _DESIGN) == (name == "design")
    return code.startswith(name)


def is_ignored(found: Diagnostic) -> bool:
    """Whether the file says to ignore a finding.

    `# cnncalc: ignore CNN503` says so on the line of the finding, `# cnncalc: ignore-file CNN503` above the first key.
    """
    if not is_optional(found.code):
        return False
    here = found.source[found.span.line - 1 : found.span.line] if found.span.line > 0 else ()
    return any(_names(line, found.code, "") for line in here) or any(
        _names(line, found.code, "-file") for line in _above_the_first_key(found.source)
    )


def _names(line: str, code: str, reach: str) -> bool:
    """Whether a comment on this line leaves a code out, for the line (reach "") or the file (`-file`)."""
    comment = _COMMENT.search(line)
    if not comment or (comment.group(1) or "") != reach:
        return False
    codes = re.findall(r"CNN[0-9]+", comment.group(2))
    return not codes or any(code.startswith(each) for each in codes)


def _above_the_first_key(lines: Sequence[str]) -> Iterator[str]:
    """The comments that a file begins with."""
    return takewhile(lambda line: line.lstrip()[:1] in ("", "#") or line.startswith("---"), lines)


# -- where it comes from

_LISTS = ("select", "ignore", "expect")
_TRUTHS = ("quiet", "statistics", "verify")
SETTINGS = (*_LISTS, *_TRUTHS, "fail-level")


def checked_codes(policy: Policy) -> Policy:
    """The policy, if all names in it are known.

    Raises:
        PolicyError: one of them is not.
    """
    codes = all_codes()
    for option, names in (("select", policy.select), ("ignore", policy.ignore)):
        for name in names:
            if name not in GROUPS and not any(code.startswith(name) for code in codes):
                known = f"use a code (CNN503), the beginning of one (CNN5), or {', '.join(GROUPS)}"
                help = did_you_mean(name, [*codes, *GROUPS], "") or known
                raise PolicyError(f"{option}: there is no code `{name}`; {help}")
            if (
                option == "ignore"
                and name not in GROUPS
                and not any(code.startswith(name) and is_optional(code) for code in codes)
            ):
                raise PolicyError(f"ignore: {name} is an error in the file itself, which cannot be ignored")
    for text in policy.expect:
        try:
            read_demand(text)
        except Mistake as mistake:
            raise PolicyError(f"expect: {'; '.join([mistake.message, *mistake.help])}") from None
    if policy.fail_level not in LEVELS:
        raise PolicyError(f"fail-level: expected {', '.join(LEVELS)}, found `{policy.fail_level}`")
    return policy


def policy_from(options: Mapping[str, Any], start: str = ".") -> Policy:
    """The options given (None: not given), the others taken from a pyproject.toml.

    Raises:
        PolicyError: one of either is invalid.
    """
    given = {name: value for name, value in options.items() if value is not None and value != ()}
    checked_codes(Policy(**given))
    policy = Policy(**{**_from_file(start), **given})
    for name in given.get("select", ()):
        if name not in GROUPS and any(map(name.startswith, policy.ignore)):
            raise PolicyError(f"select: {name} is also under ignore; name it in only one of them")
    return policy


def _from_file(start: str) -> dict[str, Any]:
    """`[tool.cnncalc]` of the first pyproject.toml that has it, from a folder up through its parents."""
    folder = os.path.abspath(start)
    while True:
        path = os.path.join(folder, "pyproject.toml")
        if os.path.isfile(path) and (found := _table(path)) is not None:
            return _read(found, path)
        parent = os.path.dirname(folder)
        if parent == folder:
            return {}
        folder = parent


def _table(path: str) -> Any:
    try:
        with open(path, "rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise PolicyError(f"{path}: {error.strerror or error}") from None
    if b"cnncalc" not in data:
        return None  # saves the import of tomllib, a hundredth of a second
    if len(data) > MAX_BYTES:
        raise PolicyError(f"{path}: the file is larger than {MAX_BYTES:,} bytes")
    import tomllib

    try:
        tool = tomllib.loads(data.decode()).get("tool", {})
    except (ValueError, RecursionError) as error:
        reason = "nested too deeply" if isinstance(error, RecursionError) else error
        raise PolicyError(f"{path}: {reason}") from None
    return tool.get("cnncalc") if isinstance(tool, dict) else None


def _read(table: Any, path: str) -> dict[str, Any]:
    if not isinstance(table, dict):
        raise PolicyError(f"{path}: [tool.cnncalc] must be a table")
    found: dict[str, Any] = {}
    for name, value in table.items():
        key = name.replace("_", "-")
        if key not in SETTINGS:
            help = did_you_mean(key, SETTINGS, "") or f"settings: {', '.join(SETTINGS)}"
            raise PolicyError(f"{path}: [tool.cnncalc] has no setting `{name}`; {help}")
        if key in _LISTS:
            if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
                raise PolicyError(f'{path}: {name} must be a list of strings, as in ["CNN503"]')
            found[key] = tuple(value)
        elif key in _TRUTHS:
            if not isinstance(value, bool):
                raise PolicyError(f"{path}: {name} must be true or false")
            found[key] = value
        else:
            found["fail_level"] = str(value)
    try:
        checked_codes(Policy(**found))
    except PolicyError as error:
        raise PolicyError(f"{path}: {error}") from None
    return found


def statistics(findings: Sequence[Diagnostic]) -> list[tuple[str, int]]:
    """How many findings each code has, most frequent first."""
    counts: dict[str, int] = {}
    for each in findings:
        counts[each.code] = counts.get(each.code, 0) + 1
    return sorted(counts.items(), key=lambda pair: (-pair[1], about(pair[0]).severity != "error", pair[0]))
