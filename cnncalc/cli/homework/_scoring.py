"""How many points answers are worth: the options of sheets and grading."""

from collections.abc import Sequence
from typing import Annotated

from cnncalc.cli import common
from cnncalc.cli.options.declared import OptionGroup
from cnncalc.homework.grading.scoring import FOLLOW_THROUGH, Rubric, read_rubric
from cnncalc.homework.sheet.questions import Sheet

RubricOption = Annotated[str | None, common.value("FILE", "Points by column and layer.", "--rubric")]


class Scoring:
    """How many points an answer is worth."""

    def __init__(
        self,
        rubric: RubricOption = None,
        follow_through: Annotated[
            str,
            common.choice(
                tuple(FOLLOW_THROUGH), "Points for what follows from an earlier mistake.", "--follow-through"
            ),
        ] = "full",
    ) -> None:
        self.rubric = rubric
        self.follow_through = follow_through

    def rules(self, sheets: Sequence[Sheet]) -> Rubric:
        """The rubric for some sheets; the mistakes of its file go to standard error, and end the command."""
        rules = rubric_in(self.rubric, sheets) if self.rubric else Rubric()
        return rules._replace(follow_through=FOLLOW_THROUGH[self.follow_through])


ScoringOptions = Annotated[Scoring, OptionGroup(Scoring)]


def rubric_in(path: str, sheets: Sequence[Sheet]) -> Rubric:
    """The rubric in a file; its mistakes go to standard error, and end the command."""
    from cnncalc.source.files import Unreadable, read_file
    from cnncalc.source.parse import parse
    from cnncalc.spec.findings import Findings

    try:
        source = read_file(path)
        root, problems = parse(source)
    except Unreadable as error:
        raise common.complain(error.diagnostics) from None
    findings = Findings(source)
    rubric = read_rubric(root, sheets, findings)
    if problems or findings.items:
        raise common.complain([*problems, *findings.items])
    return rubric
