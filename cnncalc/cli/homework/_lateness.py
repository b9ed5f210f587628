"""Late hand-ins: the options of `homework grade`."""

from collections.abc import Sequence
from typing import Annotated

from cnncalc.cli import common
from cnncalc.cli.options.declared import OptionGroup
from cnncalc.cli.options.rules import UsageError
from cnncalc.homework.grading.batch import GradedFile
from cnncalc.homework.grading.lateness import LatenessError, LatePolicy, lateness, read_due, read_late_policy


class LateRule:
    """When hand-ins are late, and what that costs."""

    def __init__(
        self,
        due: Annotated[str | None, common.value("TIME", "When they were due, as in 2026-11-30T23:59.", "--due")] = None,
        late: Annotated[str | None, common.value("POLICY", "What lateness costs, as in 10% per day.", "--late")] = None,
    ) -> None:
        try:
            self.due = None if due is None else read_due(due)
        except LatenessError as error:
            raise UsageError(str(error), "--due") from None
        try:
            self.policy = LatePolicy() if late is None else read_late_policy(late)
        except LatenessError as error:
            raise UsageError(str(error), "--late") from None

    def applied(self, results: Sequence[GradedFile]) -> list[GradedFile]:
        """The results, with what their lateness costs."""
        due = self.due
        if due is None:
            return list(results)
        return [
            result if result.error else result._replace(lateness=lateness(result.file, due, self.policy))
            for result in results
        ]


LateOptions = Annotated[LateRule, OptionGroup(LateRule)]
