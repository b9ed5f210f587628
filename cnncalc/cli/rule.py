"""`cnncalc rule`."""

from typing import Annotated

from cnncalc.checks.registry import code_named
from cnncalc.cli import common
from cnncalc.cli.options.declared import Option, Positional
from cnncalc.cli.options.rules import Rule, UsageError
from cnncalc.report.findings.codes import codes_markdown, rule_text

TOGETHER = (Rule("--all", excludes=("CODE",)),)


def rule(
    code: Annotated[str | None, Positional("CODE", help="As in CNN204.")] = None,
    all_: Annotated[bool, Option("--all", help="All codes, as Markdown.")] = False,
    *,
    target: common.FileOptions,
) -> None:
    """Explains the code of a finding.

    With a wrong and a right example.
    """
    if all_:
        target.write(codes_markdown())
        return
    if code is None:
        raise UsageError("name a code, as in CNN204, or use --all", "CODE")
    try:
        wanted = code_named(code)
    except ValueError as error:
        raise UsageError(str(error), "CODE") from None
    target.write(rule_text(wanted))
