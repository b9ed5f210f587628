"""What Gradescope says about a hand-in (who handed it in, and what was handed in before), and what it is told.

`/autograder/submission_metadata.json` has `users`, each with a `name` and an `email`, and `previous_submissions`, each
with its `submission_time`, `score` and `results`, the `results.json` of that hand-in. Its documentation:
https://gradescope-autograders.readthedocs.io/en/latest/submission_metadata/
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any

from cnncalc.named_tuple import NamedTuple


class Try(NamedTuple):
    """An earlier hand-in that was graded.

    Attributes:
        score: its points.
        tests: the tests of its `results.json`.
    """

    score: float
    tests: Sequence[Any]


class SubmissionMetadata(NamedTuple):
    """What Gradescope says about a hand-in.

    Attributes:
        names: of those who handed it in, several in a group.
        tries: what they handed in before and was graded, in order. What could not be graded, such as a picture, was no
            try.
    """

    names: tuple[str, ...] = ()
    tries: tuple[Try, ...] = ()


VISIBLE = ("visible", "after_due_date", "after_published", "hidden")
"""When students see a test, in Gradescope's words."""


class GradescopeRules(NamedTuple):
    """What students see on Gradescope and when, and how often they may hand in.

    Attributes:
        visible: when they see the points, one of `VISIBLE`.
        feedback_visible: when they see what is said about their answers.
        tries: how many hand-ins are graded; None for any number.
        metadata: what Gradescope says about the hand-in; None if it says nothing.
    """

    visible: str = "visible"
    feedback_visible: str = "visible"
    tries: int | None = None
    metadata: SubmissionMetadata | None = None

    @property
    def students(self) -> tuple[str, ...]:
        """Who handed in, as far as Gradescope says."""
        return self.metadata.names if self.metadata else ()


def read_metadata(data: bytes) -> SubmissionMetadata:
    """Reads `submission_metadata.json`; what is not there is taken for empty.

    Raises:
        ValueError: it is not a JSON object.
    """
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        raise ValueError("it is not JSON") from None
    if not isinstance(found, dict):
        raise ValueError("it is not an object")
    names = (each.get("name") for each in _objects(found.get("users")))
    earlier = sorted(_objects(found.get("previous_submissions")), key=lambda each: str(each.get("submission_time", "")))
    known = tuple(name for name in names if isinstance(name, str) and name)
    return SubmissionMetadata(known, tuple(filter(None, map(_try, earlier))))


def _objects(value: Any) -> list[Mapping[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _try(submission: Mapping[str, Any]) -> Try | None:
    """An earlier hand-in, unless it could not be graded."""
    results = submission.get("results")
    own = results if isinstance(results, dict) else {}
    tests = own.get("tests")
    if isinstance(results, dict) and not tests:
        return None
    try:
        score = float(own.get("score", submission.get("score", "")))
    except (TypeError, ValueError):
        return None
    if not isfinite(score):
        return None
    return Try(score, tests if isinstance(tests, list) else [])
