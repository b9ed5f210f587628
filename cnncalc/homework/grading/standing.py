"""Several hand-ins by one student: which of them counts."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence

from cnncalc.homework.gradebook.identity import name_key
from cnncalc.homework.grading.batch import SEVERAL, SUPERSEDED, GradedFile
from cnncalc.homework.handins.attempts import first_attempts, last_attempts


def person(result: GradedFile) -> Hashable:
    """Who handed in: by the sheet that was made for this student; by name, in any order and case; or without a name by
    the file, which is unique."""
    if result.submission is None or result.submission.is_nameless:
        return "file", result.file
    if result.is_own:
        return "sheet", result.worksheet
    return "name", name_key(result.student) or result.student


def settled(
    results: Sequence[GradedFile], policy: str | None, who: Callable[[GradedFile], Hashable] = person
) -> list[GradedFile]:
    """The results with their standing: of several hand-ins by one student, one counts by the policy, or none."""
    groups: dict[Hashable, list[int]] = {}
    for index, result in enumerate(results):
        if not result.error:
            groups.setdefault(who(result), []).append(index)
    settled = list(results)
    for indices in groups.values():
        if len(indices) > 1:
            for index, (standing, note) in _standings([results[index] for index in indices], indices, policy).items():
                others = [results[other].file for other in indices if other != index]
                asides = (*results[index].asides, f"{len(indices)} files by this student{note or _besides(others)}")
                settled[index] = results[index]._replace(standing=standing, asides=asides)
    return settled


def _besides(others: Sequence[str]) -> str:
    """Which other files a student handed in."""
    more = [f"{len(others) - 3} more"] if len(others) > 3 else []
    return f"; the other{'s are' if len(others) > 1 else ' is'} {', '.join([*others[:3], *more])}"


def _standings(group: Sequence[GradedFile], indices: Sequence[int], policy: str | None) -> dict[int, tuple[str, str]]:
    """The standing of each hand-in of a student, and what to say about it."""
    chosen = None
    if policy == "best":
        chosen = max(range(len(group)), key=lambda index: group[index].total.points)
    elif policy:
        chosen = {"last": last_attempts, "first": first_attempts}[policy]([result.file for result in group])
    if chosen is None:
        why = ", and their names do not show the order" if policy else ""
        return dict.fromkeys(indices, (SEVERAL, why))
    notes = dict.fromkeys(indices, (SUPERSEDED, f"; {group[chosen].file} counts"))
    return {**notes, indices[chosen]: ("", "; this one counts")}
