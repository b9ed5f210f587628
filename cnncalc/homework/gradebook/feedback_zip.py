"""A zip of feedback files, each called so that the LMS finds its student.

Moodle ("Upload multiple feedback files in a zip") looks for a folder `NAME_PARTICIPANT_assignfeedback_file`, in which
PARTICIPANT is the number in its downloads and in the first column of its grading worksheet (`importziplib.php` of
Moodle's `assignfeedback_file`). Canvas ("Upload Submissions" in SpeedGrader's zip) looks for the numbers of the student
and of the file that was handed in, in the name that its download gave that file, and attaches ours as a comment
(`infer_comment_context_from_filename` of Canvas). Other names are kept, and no LMS knows whose they are.
"""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Mapping

from cnncalc.homework.gradebook.filenames import MAX_BYTES, folded, legal
from cnncalc.homework.handins.lms_names import named_by_lms


def name_in_zip(path: str, otherwise: str, suffix: str, participant: int | None = None) -> tuple[str, bool]:
    """The name of the feedback about a file, and whether an LMS knows by it whose it is.

    Args:
        otherwise: the name without an extension, if no LMS has named the file.
        participant: the student's number in Moodle, if that is known from its worksheet.
    """
    lms = named_by_lms(path)
    if lms and lms.system == "moodle":
        participant = participant if participant is not None else int(lms.number)
        return _moodle(lms.student if lms.is_name else "Participant", participant, suffix), True
    if participant is not None:
        return _moodle(otherwise, participant, suffix), True
    if lms and lms.system == "canvas":
        return legal(os.path.splitext(os.path.basename(path))[0], "file", MAX_BYTES) + suffix, True
    return otherwise + suffix, False


def _moodle(name: str, participant: int, suffix: str) -> str:
    return f"{legal(name.replace('_', ' '), 'student')}_{participant}_assignfeedback_file/feedback{suffix}"


def numbered(name: str, taken: set[str]) -> str:
    """A name that is not taken yet, and is from now on."""
    stem, suffix = os.path.splitext(name)
    number = 1
    while folded(name) in taken:
        number += 1
        name = f"{stem}-{number}{suffix}"
    taken.add(folded(name))
    return name


def zipped(files: Mapping[str, str]) -> bytes:
    """The texts as a zip file, the same bytes for the same texts."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            archive.writestr(info, text.encode("utf-8", "backslashreplace"))
    return target.getvalue()
