"""What students see on Gradescope, and how often they may hand in: options of `homework grade` and its kit."""

import sys
from typing import Annotated

from cnncalc.cli import common
from cnncalc.cli.options.declared import Option, OptionGroup
from cnncalc.cli.options.rules import Rule
from cnncalc.homework.gradebook.gradescope_metadata import VISIBLE, GradescopeRules, SubmissionMetadata, read_metadata
from cnncalc.report.text import clean
from cnncalc.source.files import MAX_BYTES

RULES = tuple(
    Rule(option, needs=("--format gradescope",))
    for option in ("--visible", "--feedback-visible", "--tries", "--submission-metadata")
)


def _rules(
    visible: Annotated[str, common.choice(VISIBLE, "When students see their points.", "--visible")] = "visible",
    feedback_visible: Annotated[
        str | None, common.choice(VISIBLE, "When they see feedback; by default with the points.", "--feedback-visible")
    ] = None,
    tries: Annotated[
        int | None, Option("--tries", min=1, max=1000, help="How many hand-ins by a student are graded.")
    ] = None,
    submission_metadata: Annotated[
        str | None, common.value("FILE", "What Gradescope says about the hand-in.", "--submission-metadata")
    ] = None,
) -> GradescopeRules:
    metadata = None if submission_metadata is None else _metadata(submission_metadata)
    return GradescopeRules(visible, feedback_visible or visible, tries, metadata)


def _metadata(path: str) -> SubmissionMetadata | None:
    """What is in the file; if it cannot be read, the hand-in is graded nevertheless."""
    try:
        with open(path, "rb") as file:
            return read_metadata(file.read(10 * MAX_BYTES))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        print(clean(f"cnncalc: {path} cannot be used: {reason}"), file=sys.stderr)
        return None


GradescopeOptions = Annotated[GradescopeRules, OptionGroup(_rules)]
KitOptions = Annotated[GradescopeRules, OptionGroup(_rules, "submission_metadata")]
"""The same without the file, which the kit's script knows."""
