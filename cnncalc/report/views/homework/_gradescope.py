"""The `results.json` of a Gradescope autograder."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from cnncalc.homework.grading.batch import GradedFile
from cnncalc.homework.grading.one_sheet import FOLLOWED, RIGHT
from cnncalc.report.views.homework._remarks import remarks_on
from cnncalc.report.views.homework._sheet_texts import TITLES
from cnncalc.report.views.homework.feedback import VERDICTS, answered, not_graded
from cnncalc.report.views.homework.writers import FeedbackWriters


def gradescope_of(results: Sequence[GradedFile], writers: FeedbackWriters, seconds: float) -> dict[str, Any]:
    """The `results.json` of a Gradescope autograder for everything that one student handed in, which should include a
    sheet."""
    sheets = [result for result in results if not result.error]
    others = [f"{os.path.basename(result.file)}: {not_graded(result)}" for result in results if result.error]
    if len(sheets) == 1:
        return gradescope_json(sheets[0], writers, seconds, others)
    if len(sheets) > 1:
        names = ", ".join(os.path.basename(result.file) for result in sheets)
        return broken_json(f"there is more than one answer sheet ({names}): hand in one file", seconds)
    return broken_json("\n".join(others) or "nothing was handed in: hand in the filled-in sheet", seconds)


def gradescope_json(
    result: GradedFile, writers: FeedbackWriters, seconds: float, others: Sequence[str] = ()
) -> dict[str, Any]:
    """The same for one sheet; `others` are remarks about the other files handed in."""
    assert result.key
    feedback = writers.of(result.key)
    tests = [
        {
            "name": f"{each.question.entry}: {TITLES[each.question.column]}",
            "score": float(result.points_for(each)),
            "max_score": float(result.worth(each.question)),
            "status": "passed" if each.status in (RIGHT, FOLLOWED) else "failed",
            "output": "\n".join([f"{answered(each) or '(blank)'}: {VERDICTS[each.status]}", *feedback.remarks(each)]),
            "output_format": "text",
            "visibility": "visible",
        }
        for each in result.graded
    ]
    return {
        "score": float(result.total.points),
        "execution_time": round(seconds, 3),
        "output": "\n".join((*remarks_on(result, feedback.say), *others)),
        "output_format": "text",
        "visibility": "visible",
        "tests": tests,
    }


def broken_json(reason: str, seconds: float) -> dict[str, Any]:
    """The same if nothing could be graded: 0 points, and the reason."""
    return {"score": 0.0, "execution_time": round(seconds, 3), "output": reason, "output_format": "text", "tests": []}
