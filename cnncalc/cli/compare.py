"""`cnncalc compare`."""

from typing import Annotated

from cnncalc.analysis import analyze
from cnncalc.cli import FINDINGS, common
from cnncalc.cli.options.declared import Option, OptionGroup, Positional
from cnncalc.cli.options.listing import LISTING_OPTIONS, TABLES, listing_options
from cnncalc.cli.options.rules import Rule, UsageError
from cnncalc.comparison.fail_if import Condition, ConditionError, read_condition
from cnncalc.report.formats.registry import formats_of
from cnncalc.report.views.compare import ComparisonReport, breach_text
from cnncalc.report.views.difference_rows import COLUMNS
from cnncalc.report.views.rows import WHOLE, Listing
from cnncalc.spec.top_level import Overrides

OFFERED = formats_of(ComparisonReport)
TOGETHER = (
    *(Rule(option, excludes=("--format json", *TABLES)) for option in LISTING_OPTIONS),
    Rule("--allow-folded", needs=("--exit-code",)),
)


def _several(models: list[str]) -> list[str]:
    if len(models) < 2:
        raise UsageError("a comparison takes two models or more")
    return common.read_once(models)


def compare(
    models: Annotated[
        list[str],
        Positional(
            "MODEL MODEL...",
            check=_several,
            help="Two or more specs; NET.yaml@b1 is the variant b1 of a file.",
        ),
    ],
    fail_if: Annotated[
        list[str] | None,
        Option("--fail-if", metavar="WHAT", help='Exit with status 1 if this is so: "params > +5%", "peak > 30MiB".'),
    ] = None,
    exit_code: Annotated[
        bool, Option("--exit-code", help="Exit with status 1 if a model is not the same network as the first.")
    ] = False,
    allow_folded: Annotated[
        bool, Option("--allow-folded", help="Norms that are folded into the weights before them count as the same.")
    ] = False,
    *,
    listing: Annotated[Listing, listing_options(tuple(COLUMNS))],
    format: Annotated[str, common.format_choice(OFFERED)] = "text",
    overrides: Annotated[Overrides, OptionGroup(common.chosen, "variant")],
    target: common.TargetOptions,
) -> None:
    """Totals side by side, and what changed.

    Two models are also compared layer by layer: what was added, removed or changed. Each model after the first is the
    same network as that, or the place is shown where they first part.
    """
    if len(models) > 2:
        _refuse_listing(listing)
    conditions = list(map(_condition, fail_if or []))
    analyses = list(map(analyze, common.load_together(models, overrides, "MODEL MODEL...")))
    report = ComparisonReport.of(analyses, conditions, listing)
    target.write_report(report, format)
    for each in report.met:
        common.remark(breach_text(each, analyses))
    others = report.not_the_same(allow_folded) if exit_code else []
    for text in others:
        common.remark(text)
    if others and report.is_same(allow_folded=True):
        common.remark("with --allow-folded, that counts as the same")
    if report.met or others:
        raise SystemExit(FINDINGS)


def _refuse_listing(listing: Listing) -> None:
    """More than two models have no table of layers that an option could change."""
    for option, given, unset in zip(LISTING_OPTIONS, listing, WHOLE, strict=True):
        if given != unset:
            raise UsageError("only two models are compared layer by layer", option)


def _condition(text: str) -> Condition:
    try:
        return read_condition(text)
    except ConditionError as error:
        raise UsageError(str(error), "--fail-if") from None
