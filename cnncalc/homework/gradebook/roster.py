"""Who gets an exercise: the students of a roster, each with a seed that nobody without the secret can work out."""

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
from cnncalc.homework.gradebook.filenames import is_reserved
from cnncalc.named_tuple import NamedTuple

MIN_SECRET = 16
"""Bytes of a secret: what is shorter can be found by trying."""
_IDS = (  # the most lasting first
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
        identity: what the seed is made from: an id where there is a column for it (names are corrected, ids are not).
        name: as the sheet shows it.
        file: for the names of files, another one for each.
    """

    identity: str
    name: str
    file: str


def read_roster(data: bytes) -> list[RosterStudent]:
    """The students of a table with a line of headings, as gradebooks export it.

    Raises:
        RosterError: it is none, it has no column that says who a row is about, or two rows say the same.
    """
    try:
        rows = cells(data)
    except GradebookError as error:
        raise RosterError(str(error)) from None
    headings = [heading.lower() for heading in rows[0]] if rows else []
    people = [_person(dict(zip(headings, row, strict=False))) for row in rows[1:]]
    if not {*_IDS, *_NAMES, *_FIRST, *_LAST} & set(headings):
        raise RosterError("no column says who a row is about: write a heading such as `id`, `student` or `email`")
    found = [
        (identity, name) for identity, name in people if identity and not name.lower().startswith("points possible")
    ]
    twice = [identity for identity, count in Counter(identity for identity, _ in found).items() if count > 1]
    if twice:
        raise RosterError(f"two rows are about `{twice[0]}`: a column `id` tells them apart")
    plain = [_file_name(name or identity) for identity, name in found]
    taken = Counter(plain)
    return [
        RosterStudent(
            identity, name or identity, file if _is_free(file) and taken[file] == 1 else _unique(file, identity)
        )
        for (identity, name), file in zip(found, plain, strict=True)
    ]


def _person(row: dict[str, str]) -> tuple[str, str]:
    """Identity and name."""
    parts = " ".join(filter(None, (_first(row, _FIRST), _first(row, _LAST))))
    name = unicodedata.normalize("NFC", parts or _first(row, _NAMES))
    return unicodedata.normalize("NFC", _first(row, _IDS)) or name, name


def _first(row: dict[str, str], headings: Sequence[str]) -> str:
    return next((row[heading].strip() for heading in headings if row.get(heading, "").strip()), "")


def _file_name(name: str) -> str:
    """Letters and digits of ASCII, which every file system takes."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60]


def _is_free(file: str) -> bool:
    """Whether a name is no device's, and not that of another student's sheet or key: of `ada` comes `ada-key`."""
    return bool(file) and not is_reserved(file) and not file.endswith(("-sheet", "-key"))


def _unique(file: str, identity: str) -> str:
    return f"{file or 'student'}-{hashlib.sha256(identity.encode()).hexdigest()[:8]}"


def read_secret(data: bytes) -> bytes:
    """The secret in a file, without the line end that an editor adds.

    Raises:
        RosterError: it is too short to be one.
    """
    secret = data.rstrip(b"\r\n")
    if len(secret) < MIN_SECRET:
        raise RosterError(f"a secret has at least {MIN_SECRET} bytes: write a long sentence, or random characters")
    return secret


def seed_of(student: RosterStudent, assignment: str, secret: bytes) -> str:
    """The seed of a student: the same whenever it is asked for, whoever else is in the roster."""
    message = json.dumps([assignment, student.identity]).encode()
    return hmac.new(secret, message, hashlib.sha256).hexdigest()
