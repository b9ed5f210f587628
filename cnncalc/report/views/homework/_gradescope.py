"""The `results.json` of a Gradescope autograder.

Its fields: https://gradescope-autograders.readthedocs.io/en/latest/specs/
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from cnncalc.homework.gradebook.gradescope_metadata import GradescopeRules
from cnncalc.homework.grading.batch import GradedFile
from cnncalc.homework.grading.one_sheet import FOLLOWED, RIGHT
from cnncalc.homework.language import Language
from cnncalc.report.views.homework._remarks import remarks_on, what_to_do, why_not_graded
from cnncalc.report.views.homework._sheet_texts import TITLES
from cnncalc.report.views.homework.feedback import VERDICTS, answered
from cnncalc.report.views.homework.writers import FeedbackWriters


def gradescope_of(
    results: Sequence[GradedFile], writers: FeedbackWriters, seconds: float, rules: GradescopeRules
) -> dict[str, Any]:
    """The `results.json` for everything that one student handed in, which should include a sheet."""
    say = writers.say
    sheets = [result for result in results if not result.error]
    others = [f"{os.path.basename(result.file)}: {why_not_graded(result, say)}" for result in results if result.error]
    tries = rules.metadata.tries if rules.metadata else ()
    if rules.tries is not None and len(tries) >= rules.tries:
        last = tries[rules.tries - 1]
        text = say("This hand-in is not graded, because all tries were used ({tries}).", tries=rules.tries)
        points = say("The points are those of the last try.")
        return {**_head(last.score, seconds, f"{text} {points}"), "tests": list(last.tests)}
    if len(sheets) == 1:
        remarks = [*others, *_on_tries(rules, len(tries) + 1, say)]
        return gradescope_json(sheets[0], writers, seconds, rules, remarks)
    if len(sheets) > 1:
        names = ", ".join(os.path.basename(result.file) for result in sheets)
        return broken_json(say("there is more than one answer sheet ({names}): hand in one file", names=names), seconds)
    refused = [f"{os.path.basename(result.file)}: {what_to_do(result, say)}" for result in results]
    nothing = say("nothing was handed in: hand in the filled-in sheet")
    return broken_json("\n".join(refused) or nothing, seconds)


def _on_tries(rules: GradescopeRules, number: int, say: Language) -> list[str]:
    if rules.tries is None:
        return []
    if rules.metadata is None:
        return [say("Gradescope does not say how many tries there were before this one.")]
    return [say("This is try {number} of {tries}.", number=number, tries=rules.tries)]


def gradescope_json(
    result: GradedFile, writers: FeedbackWriters, seconds: float, rules: GradescopeRules, remarks: Sequence[str] = ()
) -> dict[str, Any]:
    """The same for one sheet; `remarks` are about other files handed in, and about tries."""
    assert result.key
    feedback = writers.of(result.key)
    is_apart = rules.feedback_visible != rules.visible
    tests: list[dict[str, Any]] = []
    said: list[str] = []
    for each in result.graded:
        texts = feedback.remarks(each)
        said += texts
        verdict = f"{answered(each) or '(blank)'}: {VERDICTS[each.status]}"
        tests.append(
            {
                "name": f"{each.question.entry}: {TITLES[each.question.column]}",
                "score": float(result.points_for(each)),
                "max_score": float(result.worth(each.question)),
                "status": "passed" if each.status in (RIGHT, FOLLOWED) else "failed",
                "output": "\n".join([verdict, *([] if is_apart else texts)]),
                "output_format": "text",
                "visibility": rules.visible,
            }
        )
    if is_apart and said:
        test = {"name": feedback.say("feedback"), "output": "\n".join(said), "output_format": "text"}
        tests.append({**test, "visibility": rules.feedback_visible})
    text = "\n".join((*remarks_on(result, feedback.say), *remarks))
    return {**_head(float(result.total.points), seconds, text), "tests": tests}


def _head(score: float, seconds: float, text: str) -> dict[str, Any]:
    return {
        "score": score,
        "execution_time": round(seconds, 3),
        "output": text,
        "output_format": "text",
        "visibility": "visible",
    }


def broken_json(reason: str, seconds: float) -> dict[str, Any]:
    """The same if nothing could be graded: 0 points, and the reason."""
    return {"score": 0.0, "execution_time": round(seconds, 3), "output": reason, "output_format": "text", "tests": []}
