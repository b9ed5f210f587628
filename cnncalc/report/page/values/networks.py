"""Which networks are run for a page."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from cnncalc.report.text import clean, short_count
from cnncalc.source.diagnostics import DataError

if TYPE_CHECKING:
    from cnncalc.analysis import Analysis
    from cnncalc.forward.run.memory_estimate import Use
    from cnncalc.forward.run.network import Network
    from cnncalc.source.diagnostics import Diagnostic

MOST_MACS = 500_000_000_000
"""The most multiply-adds of a network that is run without being asked for: a quarter of a minute on one core."""
TOO_LITTLE_MEMORY = "the model needs more memory than is available"


def network_or_reason(
    analysis: Analysis, prepared: Callable[[Use], Network], *, is_asked_for: bool = False
) -> Network | str:
    """The network to be run for a page, or why it has no values.

    Args:
        prepared: makes the network, for a use.
        is_asked_for: whether the user has given numbers to run it with; then it is run, or it is an error.

    Raises:
        DataError: it cannot be run as the user asks.
    """
    from cnncalc.forward.run.given import refuse
    from cnncalc.forward.run.memory_estimate import Use

    macs = int(analysis.totals.macs)
    if macs > MOST_MACS and not is_asked_for:
        return (
            f"a run takes long, with {short_count(macs)} multiply-adds; a smaller --input takes fewer, "
            "and with --input-data the model is run all the same"
        )
    try:
        try:
            return prepared(Use(is_summed_up=True))
        except MemoryError:
            refuse("CNN325", analysis.spec.name, TOO_LITTLE_MEMORY)
    except DataError as error:
        if is_asked_for:
            raise
        return finding_text(error.diagnostics[0])


def finding_text(finding: Diagnostic) -> str:
    """What a finding says, without marks."""
    return clean(finding.message).replace("`", "")
