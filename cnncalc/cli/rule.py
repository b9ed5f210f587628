"""`cnncalc rule`."""

from typing import Annotated

import typer

from cnncalc.checks.registry import all_codes
from cnncalc.cli import common
from cnncalc.cli.options.usage import Rule, with_option_groups
from cnncalc.report.findings.codes import codes_markdown, rule_text
from cnncalc.source.diagnostics import nearest

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
    """Explains the code of a finding, with a wrong and a right example."""
    if all_:
        target.write(codes_markdown())
        return
    if code is None:
        raise typer.BadParameter("name a code, as in CNN204, or use --all", param_hint="CODE")
    wanted = code.upper()
    if wanted not in all_codes():
        close = nearest(wanted, all_codes())
        raise typer.BadParameter(
            f"there is no code {code!r}{f'; did you mean {close}?' if close else ''}", param_hint="CODE"
        )
    target.write(rule_text(wanted))
