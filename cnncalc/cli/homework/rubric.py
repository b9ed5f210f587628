"""The option `--rubric` of sheets and grading, and the file that it names."""

from typing import Annotated

from cnncalc.cli import common
from cnncalc.homework.grading.scoring import Rubric, read_rubric
from cnncalc.homework.sheet.questions import Sheet

RubricOption = Annotated[str | None, common.value("FILE", "Points by column and layer.", "--rubric")]


def rubric_in(path: str, sheet: Sheet) -> Rubric:
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
    rubric = read_rubric(root, sheet, findings)
    if problems or findings.items:
        raise common.complain([*problems, *findings.items])
    return rubric
