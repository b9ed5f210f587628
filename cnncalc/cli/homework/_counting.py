"""Which hand-ins count, and what lateness costs: the options of `homework grade`."""

from collections.abc import Callable, Hashable, Sequence
from typing import Annotated

from cnncalc.cli import common
from cnncalc.cli.options.declared import OptionGroup
from cnncalc.cli.options.rules import Rule, UsageError
from cnncalc.homework.grading.batch import GradedFile
from cnncalc.homework.grading.lateness import LatenessError, LatePolicy, lateness, read_due, read_late_policy
from cnncalc.homework.grading.standing import settled
from cnncalc.homework.handins.attempts import POLICIES

RULES = (Rule("--late", needs=("--due",)),)


class Counting:
    """When hand-ins are late, what that costs, and which of several counts."""

    def __init__(
        self,
        attempt: Annotated[
            str | None, common.choice(POLICIES, "Which of several hand-ins by a student counts.", "--attempt")
        ] = None,
        due: Annotated[str | None, common.value("TIME", "When they were due, as in 2026-11-30T23:59.", "--due")] = None,
        late: Annotated[str | None, common.value("POLICY", "What lateness costs, as in 10% per day.", "--late")] = None,
    ) -> None:
        self._attempt = attempt
        try:
            self._due = None if due is None else read_due(due)
        except LatenessError as error:
            raise UsageError(str(error), "--due") from None
        try:
            self._policy = LatePolicy() if late is None else read_late_policy(late)
        except LatenessError as error:
            raise UsageError(str(error), "--late") from None

    def applied(self, results: Sequence[GradedFile], who: Callable[[GradedFile], Hashable]) -> list[GradedFile]:
        """The results, with what their lateness costs, and their standing among those of the same student."""
        return settled([self._late(each) for each in results], self._attempt, who)

    def _late(self, result: GradedFile) -> GradedFile:
        if self._due is None or result.error:
            return result
        return result._replace(lateness=lateness(result.file, self._due, self._policy))


CountingOptions = Annotated[Counting, OptionGroup(Counting)]
