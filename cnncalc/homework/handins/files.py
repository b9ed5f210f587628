"""Which files were handed in. Each has its row, even those that cannot be graded, with the reason.

Students decide what is in a folder of hand-ins, so nothing in it may lead outside: links are not followed, and only
regular files are opened.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Sequence

from cnncalc.errors import CnncalcError
from cnncalc.homework.language import translatable
from cnncalc.named_tuple import NamedTuple

SUFFIXES = (".yaml", ".yml", ".csv", ".tsv", ".json", ".txt", ".md", ".xlsx", ".ods")
"""The extensions of answer sheets."""
SPREADSHEETS = (".xlsx", ".ods")
"""Those that are not text."""
MAX_BYTES = 1_000_000
"""The largest size of an answer sheet, in bytes."""
LINK = "a link, which is not followed; hand in the file itself"

_OTHER_SPREADSHEETS = frozenset({".xls", ".xlsm", ".xltx", ".xlsb", ".fods", ".numbers"})
_ARCHIVES = frozenset({".zip", ".tar", ".gz", ".tgz", ".7z", ".rar", ".bz2", ".xz"})
_CLUTTER = frozenset({"thumbs.db", "desktop.ini", "__macosx"})
"""What systems leave in folders, besides names that begin with a dot."""


class HandIn(NamedTuple):
    """A file that was handed in.

    Attributes:
        refused: why it is not opened, "" if it is.
        is_named: whether the caller named the file itself (which may be a link); otherwise it was in a folder.
        data: what is in it, if it is no file on the disk.
    """

    path: str
    refused: str = ""
    is_named: bool = True
    data: bytes | None = None


class UnreadableFile(CnncalcError):
    """A file is not an answer sheet; the message says why, for student and teacher."""


def find(paths: Sequence[str], besides: Iterable[str | None] = ()) -> list[HandIn]:
    """The files named, and those in the folders named, in order, each once.

    What systems leave in folders (names that begin with a dot, `__MACOSX`, …) is left out, and so is `besides`: files
    and folders that the caller names for another purpose (the key, the rubric, the folder for feedback).
    """
    others = {_identity(path) for path in besides if path}
    seen: set[str] = set()
    found = []
    for each in (each for path in paths for each in _at(path)):
        # a link in a folder counts as itself, whatever it points to
        identity = os.path.abspath(each.path) if each.refused == LINK else _identity(each.path)
        if identity not in seen and (each.is_named or not _is_below(identity, others)):
            seen.add(identity)
            found.append(each)
    return found


def _identity(path: str) -> str:
    return os.path.normcase(os.path.realpath(path))


def _is_below(identity: str, others: set[str]) -> bool:
    """Whether a path is one of the others, or is in one of them."""
    return any(identity == other or identity.startswith(other + os.sep) for other in others)


def _at(path: str) -> Iterator[HandIn]:
    if not os.path.isdir(path):
        yield HandIn(path, _refused_by_name(path))
        return
    errors: list[OSError] = []
    for folder, folders, files in os.walk(path, onerror=errors.append):
        inner = [name for name in sorted(folders) if not is_clutter(name)]
        links = [name for name in inner if _is_link(os.path.join(folder, name))]
        folders[:] = [name for name in inner if name not in links]
        for name in (*sorted(files), *links):
            if not is_clutter(name):
                yield HandIn(os.path.join(folder, name), _refusal(os.path.join(folder, name)), False)
        if not files and not folders and folder != path and folder.lower().endswith(SUFFIXES):
            yield HandIn(folder, "an empty folder", False)
    for error in errors:
        yield HandIn(str(error.filename), f"a folder that cannot be opened: {error.strerror}", False)


def is_clutter(name: str) -> bool:
    """Whether a file was left by a system or a program, rather than handed in."""
    return name.startswith((".", "~$")) or name.lower() in _CLUTTER


def _is_link(path: str) -> bool:
    return os.path.islink(path) or bool(getattr(os.path, "isjunction", lambda _: False)(path))


def _refusal(path: str) -> str:
    """Why a file in a folder is not opened."""
    if _is_link(path):
        return LINK
    return _refused_by_name(path)


def _refused_by_name(path: str) -> str:
    """Why a file is not opened whose extension shows that it is not an answer sheet."""
    suffix = os.path.splitext(path)[1].lower()
    if suffix in SUFFIXES or not os.path.lexists(path):
        return ""
    shown = "".join(each if each.isprintable() else "?" for each in suffix)
    if suffix in _OTHER_SPREADSHEETS:
        return f"{shown} is not read; save the spreadsheet as .xlsx or CSV, and hand in that file"
    if suffix in _ARCHIVES:
        return f"{shown} is not unpacked; hand in the sheet that is in it"
    what = f"{shown} is not read" if suffix else "a file without an extension"
    return f"{what}; hand in the filled-in sheet as .yaml, .csv, .json or .txt"


def content(hand_in: HandIn) -> bytes:
    """What is in the file.

    Raises:
        UnreadableFile: it cannot be opened, is not a file, or is too large.
    """
    if hand_in.refused:
        raise UnreadableFile(hand_in.refused)
    if hand_in.data is not None:
        return hand_in.data
    path = hand_in.path
    follow = hand_in.is_named
    try:
        if not stat.S_ISREG(os.stat(path, follow_symlinks=follow).st_mode):
            raise UnreadableFile(translatable("it is not a file"))
        # the file may have been replaced since it was checked: a pipe must not hold up the class
        flags = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
        with open(os.open(path, flags if follow else flags | getattr(os, "O_NOFOLLOW", 0)), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise UnreadableFile(translatable("it is not a file"))
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise UnreadableFile(translatable("there is no such file")) from None
    except (OSError, ValueError) as error:
        raise UnreadableFile(getattr(error, "strerror", None) or translatable("it cannot be opened")) from None
    if len(data) > MAX_BYTES:
        raise UnreadableFile(f"it is larger than {MAX_BYTES:,} bytes")
    return data
