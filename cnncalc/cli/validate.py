"""`cnncalc validate`."""

import sys
from typing import Annotated

from cnncalc.checks.policy import LEVELS, Policy, PolicyError, policy_from, statistics
from cnncalc.checks.registry import about
from cnncalc.checks.validate_files import FileFindings, find_specs, validate_file
from cnncalc.cli import FINDINGS, NOTHING_TO_DO, common
from cnncalc.cli.options.declared import Option, Positional
from cnncalc.cli.options.rules import UsageError
from cnncalc.report.findings.validation import ValidationReport
from cnncalc.report.formats.registry import formats_of
from cnncalc.report.progress import progress
from cnncalc.report.text import clean

OFFERED = formats_of(ValidationReport)


def validate(
    paths: Annotated[
        list[str],
        Positional("PATH...", help="Specs, folders to search for *.yaml and *.yml, globs, or `-`."),
    ],
    select: Annotated[
        list[str] | None,
        common.value("CODES", "Warnings and notes to report: CNN503, CNN5, default, design.", "--select"),
    ] = None,
    ignore: Annotated[list[str] | None, common.value("CODES", "Warnings and notes to leave out.", "--ignore")] = None,
    expect: Annotated[
        list[str] | None,
        common.value("WHAT", 'What must hold for every model: "params <= 5M".', "--expect"),
    ] = None,
    fail_level: Annotated[
        str | None, common.choice(LEVELS, "The lowest severity at which the run fails.", "--fail-level")
    ] = None,
    verify: Annotated[bool | None, Option("--verify", help="Run every model, and prove its sizes and counts.")] = None,
    quiet: Annotated[
        bool | None, Option("--quiet", "-q", help="Only errors and what else fails the run; no summary.")
    ] = None,
    statistics: Annotated[bool | None, Option("--statistics", help="Count the findings per code.")] = None,
    stdin_filename: Annotated[
        str, common.value("NAME", "The name of standard input in findings.", "--stdin-filename")
    ] = "",
    format: Annotated[str, common.format_choice(OFFERED)] = "text",
    *,
    target: common.FileOptions,
) -> None:
    """Finds every mistake in every spec.

    Also checks whether their expectations hold.
    """
    if stdin_filename and "-" not in paths:
        raise UsageError("it needs `-`, standard input, among the paths", "--stdin-filename")
    given = {
        "select": _words(select),
        "ignore": _words(ignore),
        "expect": tuple(expect or ()),
        "fail_level": fail_level,
        "verify": verify,
        "quiet": quiet,
        "statistics": statistics,
    }
    try:
        policy = policy_from(given)
    except PolicyError as error:
        raise UsageError(str(error)) from None
    results = _results(paths, policy, stdin_filename)
    if not results:
        print(clean(f"cnncalc: no spec in {', '.join(paths)}"), file=sys.stderr)
        raise SystemExit(NOTHING_TO_DO)
    _write(results, policy, format, target)
    if any(policy.fails(found) for result in results for found in result.diagnostics):
        raise SystemExit(FINDINGS)


def _words(options: list[str] | None) -> tuple[str, ...]:
    """The codes in `CNN501,CNN502`, or in several options."""
    return tuple(word.strip() for option in options or () for word in option.split(",") if word.strip())


def _results(paths: list[str], policy: Policy, stdin_name: str) -> list[FileFindings]:
    demands = policy.demands
    results = []
    found = find_specs(paths)
    with progress("validate", "checking files", len(found), is_quiet=policy.quiet) as work:
        for path, by_itself in found:
            result = validate_file(path, by_itself, demands, stdin_name, policy.wants, policy.verify)
            if result is not None:
                results.append(result._replace(diagnostics=policy.kept(result.diagnostics)))
            work.step()
    return results


def _write(results: list[FileFindings], policy: Policy, format: str, target: common.Target) -> None:
    """Writes the findings; the statistics come last, or on standard error where a machine reads the rest."""
    counts = statistics([found for result in results for found in result.diagnostics]) if policy.statistics else []
    if policy.quiet:
        results = [each._replace(diagnostics=list(filter(policy.is_serious, each.diagnostics))) for each in results]
    target.write_report(ValidationReport(results, policy.fails, is_summed_up=not policy.quiet), format)
    text = "".join(f"{count:>5}  {code}  {about(code).title}\n" for code, count in counts)
    if format in ("text", "concise") and target.output is None:
        target.write(text)
    else:
        sys.stderr.write(text)
