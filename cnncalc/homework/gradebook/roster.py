"""Who gets an exercise: the students of a roster, each with a seed that cannot be calculated without the secret."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

from cnncalc.errors import CnncalcError
from cnncalc.homework.gradebook.exports import GradebookError, cells
from cnncalc.homework.gradebook.filenames import distinct, is_reserved
from cnncalc.named_tuple import NamedTuple

MIN_SECRET = 16
"""The least length of a secret, in bytes: shorter ones can be found by trying."""
_IDS = (  # the most stable first
    "id number",
    "sis user id",
    "id",
    "student id",
    "student number",
    "matrikelnummer",
    "sis login id",
    "username",
    "login",
    "email address",
    "email",
)
_NAMES = ("student", "full name", "name")
_FIRST, _LAST = ("first name", "given name", "vorname"), ("surname", "last name", "family name", "nachname")


class RosterError(CnncalcError):
    """The roster or the secret cannot be used; the message says why."""


class RosterStudent(NamedTuple):
    """A row of the roster.

    Attributes:
        identity: what the seed is made from: an id if there is a column for it (names may be corrected, ids are not).
        name: as the sheet shows it.
        file: for file names; different for each student.
    """

    identity: str
    name: str
    file: str


def read_roster(data: bytes) -> list[RosterStudent]:
    """The students of a table with a line of headings, as gradebooks export it.

    Raises:
        RosterError: it is not a table, no column says who a row is about, or two rows are about the same student.
    """
    try:
        rows = cells(data)
    except GradebookError as error:
        raise RosterError(str(error)) from None
    headings = [heading.lower() for heading in rows[0]] if rows else []
    people = [_person(dict(zip(headings, row, strict=False))) for row in rows[1:]]
    if not {*_IDS, *_NAMES, *_FIRST, *_LAST} & set(headings):
        raise RosterError("no column says who a row is about: add a heading such as `id`, `student` or `email`")
    found = [
        (identity, name) for identity, name in people if identity and not name.lower().startswith("points possible")
    ]
    twice = [identity for identity, count in Counter(identity for identity, _ in found).items() if count > 1]
    if twice:
        raise RosterError(f"two rows are about `{twice[0]}`: add a column `id` to tell them apart")
    files = distinct([_wishes(name or identity, identity) for identity, name in found])
    return [
        RosterStudent(identity, name or identity, file) for (identity, name), file in zip(found, files, strict=True)
    ]


def _person(row: dict[str, str]) -> tuple[str, str]:
    """Identity and name."""
    parts = " ".join(filter(None, (_first(row, _FIRST), _first(row, _LAST))))
    name = unicodedata.normalize("NFC", parts or _first(row, _NAMES))
    return unicodedata.normalize("NFC", _first(row, _IDS)) or name, name


def _first(row: dict[str, str], headings: Sequence[str]) -> str:
    return next((row[heading].strip() for heading in headings if row.get(heading, "").strip()), "")


def _wishes(name: str, identity: str) -> list[str]:
    """Names for a student's files: the student's own, and one that no other student has.

    Only ASCII letters and digits, which are easily typed. From `ada` also come `ada-sheet` and `ada-key`, so these are
    left to her.
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    plain = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60]
    unique = f"{plain or 'student'}-{hashlib.sha256(identity.encode()).hexdigest()[:8]}"
    is_free = plain and not is_reserved(plain) and not plain.endswith(("-sheet", "-key"))
    return [plain, unique] if is_free else [unique]


def read_secret(data: bytes) -> bytes:
    """The secret in a file, without the line end that editors add.

    Raises:
        RosterError: it is too short.
    """
    secret = data.rstrip(b"\r\n")
    if len(secret) < MIN_SECRET:
        raise RosterError(f"a secret needs at least {MIN_SECRET} bytes: use a long sentence, or random characters")
    return secret


def seed_of(student: RosterStudent, assignment: str, secret: bytes) -> str:
    """The seed of a student: always the same, whoever else is in the roster."""
    message = json.dumps([assignment, student.identity]).encode()
    return hmac.new(secret, message, hashlib.sha256).hexdigest()
