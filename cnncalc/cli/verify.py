"""`cnncalc verify`."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from cnncalc.analysis import analyze
from cnncalc.cli import FINDINGS, common
from cnncalc.cli.options.listing import LISTED_FOR_PEOPLE, TABLES, listing_options
from cnncalc.cli.options.usage import Rule, with_option_groups
from cnncalc.report.formats.registry import formats_of
from cnncalc.report.views.rows import Listing
from cnncalc.report.views.running.verify import KEYS, VerificationReport
from cnncalc.source.diagnostics import DataError

app = typer.Typer(add_completion=False, rich_markup_mode=None)
OFFERED = formats_of(VerificationReport)
TOGETHER = (
    *LISTED_FOR_PEOPLE,
    *(Rule(option, excludes=TABLES) for option in ("--depth", "--fold")),
)
PATIENCE = 1.0
"""Seconds after which progress is shown."""


@app.command()
@with_option_groups
def verify(
    model: common.Model,
    quick: Annotated[bool, typer.Option("--quick", help="Leave out receptive fields and memory.")] = False,
    *,
    listing: Annotated[Listing, listing_options(KEYS)],
    format: Annotated[str, common.format_choice(OFFERED)] = "text",
    overrides: common.ModelOptions,
    target: common.TargetOptions,
) -> None:
    """Proves every number by running the model.

    Each number of the analysis is compared with what was measured.
    """
    # not above: `cnncalc --help` imports this module, and should not wait for NumPy
    from cnncalc.forward.proof.verification import verify as verify_model
    from cnncalc.forward.run.work_bound import check_layers

    spec = common.load(model, overrides)
    try:
        check_layers(spec.graph, spec.name)  # before the analysis, which takes a while too
        with _progress() as progress:
            found = verify_model(analyze(spec), quick=quick, progress=progress)
    except DataError as error:
        raise common.complain(error.diagnostics) from None
    target.write_report(VerificationReport(found, listing), format)
    if not found.is_right:
        raise typer.Exit(FINDINGS)


@contextmanager
def _progress() -> Iterator[Callable[[str, int, int], None]]:
    """Shows progress on a terminal's standard error, once it takes longer than a moment."""
    if sys.stderr is None or not sys.stderr.isatty():
        from cnncalc.forward.proof.field_comparison import ignored

        yield ignored
        return
    from rich.console import Console
    from rich.progress import Progress

    bar = Progress(console=Console(file=sys.stderr), transient=True)
    task = bar.add_task("")
    start = time.monotonic()

    def progress(what: str, done: int, total: int) -> None:
        bar.update(task, description=what, completed=done, total=total)
        if time.monotonic() - start > PATIENCE:
            bar.start()

    try:
        yield progress
    finally:
        bar.stop()
