"""Whose a file is, by the name that an LMS gives it in its download of all hand-ins.

Canvas: `lovelaceada_12345_678901_sheet.yaml`, with the family name first, the number of the student, that of the file,
and `_LATE` after the name if it was; `anon_x1y2z_678901_sheet.yaml` for anonymous grading. Moodle: a folder, or the
beginning of the name, is `Ada Lovelace_1234567_assignsubmission_file_`, with the number of the participant; for
anonymous grading `Participant_1234567_assignsubmission_file_`. Blackboard:
`HW1_alovelace_attempt_2026-11-25-03-38-43_sheet.yaml`, with the login.
"""

from __future__ import annotations

import os
import re

from cnncalc.named_tuple import NamedTuple

_MOODLE = re.compile(r"(?P<name>[^_]+)_(?P<number>\d{1,18})_assignsubmission_[a-z]+(_.*)?", re.DOTALL)
_CANVAS = re.compile(r"(?P<name>[^\W_][^_]*)(?:_LATE)?_(?P<number>\d{2,18})_\d{3,18}_.+", re.DOTALL)
_ANONYMOUS = re.compile(r"anon(?:ymous)?(?:_LATE)?_(?P<number>[A-Za-z0-9]{4,20})_\d{3,18}_.+", re.DOTALL)
_BLACKBOARD = re.compile(r".*_(?P<name>[^_]+)_attempt_20\d\d(?:-\d\d){5}(?:[_.].*)?", re.DOTALL)
_WITHOUT_NAME = ("anon", "anonymous", "participant", "teilnehmer", "teilnehmer/in")


class LmsName(NamedTuple):
    """What the name of a file says about its student.

    Attributes:
        student: the name, or the login; Canvas writes names without spaces.
        number: the student's number in the LMS, "" if it is not there.
        system: `moodle`, `canvas` or `blackboard`.
        is_name: whether the student is given by name, not by a login or a number.
    """

    student: str
    number: str = ""
    system: str = ""
    is_name: bool = False


def named_by_lms(path: str) -> LmsName | None:
    """Whose a file is, by its name and that of its folder; None if no LMS has named it."""
    folder, name = os.path.split(path)
    found = _MOODLE.fullmatch(os.path.basename(folder)) or _MOODLE.fullmatch(name)
    system = "moodle" if found else "canvas"
    if found is None:
        found = _ANONYMOUS.fullmatch(name) or _CANVAS.fullmatch(name)
    if found is not None:
        student = " ".join(found["name"].split()) if "name" in found.re.groupindex else "anon"
        is_nameless = student.casefold() in _WITHOUT_NAME
        shown = f"{student} {found['number']}" if is_nameless else student
        return LmsName(shown, found["number"], system, not is_nameless)
    found = _BLACKBOARD.fullmatch(name)
    return LmsName(found["name"], system="blackboard") if found else None
