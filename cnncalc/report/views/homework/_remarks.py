"""What a student reads about a hand-in as a whole."""

from __future__ import annotations

from datetime import timedelta

from cnncalc.homework.grading.batch import SEVERAL, SUPERSEDED, GradedFile
from cnncalc.homework.grading.lateness import Lateness
from cnncalc.homework.language import Language


def remarks_on(result: GradedFile, say: Language) -> list[str]:
    """Remarks about the whole hand-in: lines that cannot be read, other hand-ins, lateness. Nothing in them is about
    anybody else."""
    texts = [f"{note[:1].upper()}{note[1:]}." for note in map(say.message, result.notes)]
    if result.standing == SUPERSEDED:
        texts.append(say("Another hand-in with your name counts instead of this one."))
    elif result.standing == SEVERAL:
        texts.append(say("There are several hand-ins with your name, and none of them counts yet."))
    if result.lateness.by is not None:
        texts.append(_on_lateness(result, result.lateness, result.lateness.by, say))
    return texts


def why_not_graded(result: GradedFile, say: Language) -> str:
    """Why a hand-in was not graded."""
    return say("not graded: {reason}", reason=say(result.error))


def what_to_do(result: GradedFile, say: Language) -> str:
    """Why a hand-in was not graded, and what to hand in instead, if the reason does not say it."""
    reason = why_not_graded(result, say)
    if result.submission is not None or "hand in" in result.error:
        return reason
    return say("{reason}. Hand in the filled-in sheet as .yaml, .csv, .json or .txt.", reason=reason)


def _on_lateness(result: GradedFile, lateness: Lateness, by: timedelta, say: Language) -> str:
    late = _span(by, say)
    if not lateness.share:
        return say("Handed in {late} late.", late=late)
    deducted = result.score.points - result.total.points
    return say("Handed in {late} late: {points} points are deducted.", late=late, points=say.decimal(deducted))


def _span(by: timedelta, say: Language) -> str:
    """Days, hours and minutes that have begun."""
    minutes = -(-by // timedelta(minutes=1))
    days, hours, rest = minutes // 1440, minutes % 1440 // 60, minutes % 60
    if days:
        return say("{days} d {hours} h", days=days, hours=hours) if hours else say("{days} d", days=days)
    return say("{hours} h {minutes} min", hours=hours, minutes=rest) if hours else say("{minutes} min", minutes=rest)
