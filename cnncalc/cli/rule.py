"""`cnncalc rule`."""

from typing import Annotated

import typer

from cnncalc.checks.registry import code_named
from cnncalc.cli import common
from cnncalc.cli.options.usage import Rule, with_option_groups
from cnncalc.report.findings.codes import codes_markdown, rule_text

app = typer.Typer(add_completion=False, rich_markup_mode=None)
TOGETHER = (Rule("--all", excludes=("CODE",)),)


@app.command()
@with_option_groups
def rule(
    code: Annotated[str | None, typer.Argument(metavar="CODE", help="As in CNN204.")] = None,
    all_: Annotated[bool, typer.Option("--all", help="All codes, as Markdown.")] = False,
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
        raise typer.BadParameter("name a code, as in CNN204, or use --all", param_hint="CODE")
    try:
        wanted = code_named(code)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="CODE") from None
    target.write(rule_text(wanted))
