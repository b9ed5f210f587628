"""`cnncalc verify`."""

from typing import Annotated

from cnncalc.analysis import analyze
from cnncalc.cli import FINDINGS, common
from cnncalc.cli.options.declared import Option
from cnncalc.cli.options.listing import LISTED_FOR_PEOPLE, TABLES, listing_options
from cnncalc.cli.options.rules import Rule
from cnncalc.report.formats.registry import formats_of
from cnncalc.report.progress import progress
from cnncalc.report.views.rows import Listing
from cnncalc.report.views.running.verify import KEYS, VerificationReport
from cnncalc.source.diagnostics import DataError

OFFERED = formats_of(VerificationReport)
TOGETHER = (
    *LISTED_FOR_PEOPLE,
    *(Rule(option, excludes=TABLES) for option in ("--depth", "--fold")),
)


def verify(
    model: common.Model,
    quick: Annotated[bool, Option("--quick", help="Leave out receptive fields and memory.")] = False,
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
        with progress("verify") as work:
            found = verify_model(analyze(spec), quick=quick, progress=work.reported)
    except DataError as error:
        raise common.complain(error.diagnostics) from None
    target.write_report(VerificationReport(found, listing), format)
    if not found.is_right:
        raise SystemExit(FINDINGS)
