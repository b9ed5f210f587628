"""`cnncalc explain`."""

from typing import Annotated

from cnncalc.analysis import analyze
from cnncalc.cli import common
from cnncalc.cli.options.declared import Option, Positional
from cnncalc.cli.options.listing import TABLES
from cnncalc.cli.options.rules import Rule, UsageError, formats
from cnncalc.report.formats.registry import FORMATS, formats_of
from cnncalc.report.progress import progress
from cnncalc.report.views.explain import ExplainReport

OFFERED = formats_of(ExplainReport)
TOGETHER = (
    Rule("--legend", excludes=TABLES),
    Rule("--layout", needs=("--input", *formats(*(name for name in OFFERED if FORMATS[name].form != "table")))),
)


def explain(
    model: common.Model,
    layers: Annotated[
        list[str] | None, Positional("[LAYER]...", help="Names of layers; all of them by default.")
    ] = None,
    format: Annotated[str, common.format_choice(OFFERED)] = "text",
    *,
    legend: Annotated[bool, Option("--legend", help="Also say what each symbol stands for.")] = False,
    overrides: common.ModelOptions,
    target: common.TargetOptions,
) -> None:
    """How each number of a layer comes about.

    The rule, the rule with numbers substituted, the result, and a plain sentence.
    """
    spec = common.load(model, overrides)
    try:
        with progress("explain"):
            report = ExplainReport.of(analyze(spec), layers or [], legend)
    except ValueError as error:
        raise UsageError(str(error), "LAYER") from None
    target.write_report(report, format)
