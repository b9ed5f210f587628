"""Names for files, made from names in files or of students: legal on every system, and different from each other.

The strictest rules are those of Windows, from Microsoft's documentation, "Naming Files, Paths, and Namespaces": none of
`<>:"/\\|?*`, no control characters, no space or dot at the end, and not the name of a device, with any extension.
Windows and macOS also take two names for the same that differ in case, macOS in the form of their accents.

(The arrays in an .npz file are not named by these rules. Their names are keys, by which they are read again.)
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

MAX_LENGTH = 80
"""The most characters of a name, so that folder, name and extension stay below the 260 that Windows allows."""
MAX_BYTES = 200
"""The most bytes of a name; file systems allow 255, including the extension."""
_FORBIDDEN = re.compile(r'[<>:"/\\|?*]')
_RESERVED = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])[ .]*(\..*)?", re.IGNORECASE)
"""Names of devices on Windows, with any extension."""


def legal(name: str, otherwise: str = "file", most: int = MAX_LENGTH) -> str:
    """A name that every file system accepts, without its extension.

    Args:
        otherwise: what to return if nothing of the name is left.
        most: how many characters it may have.
    """
    text = unicodedata.normalize("NFC", name)
    text = "".join(each if each.isprintable() else "_" for each in text)
    text = _cut(_FORBIDDEN.sub("_", text).strip(" "), most).rstrip(" .")
    if not text:
        return otherwise
    return f"_{text}" if text.startswith(".") or is_reserved(text) else text


def is_reserved(name: str) -> bool:
    """Whether Windows takes a name for that of a device."""
    return bool(_RESERVED.fullmatch(name))


def _cut(text: str, most: int) -> str:
    text = text[:most]
    while len(text.encode("utf-8", "replace")) > MAX_BYTES:
        text = text[:-1]
    return text


def folded(name: str) -> str:
    """A key that is equal for two names that some file system takes for the same, because of case or accents.

    Systems fold case by tables of their own, to upper or to lower case. Both are applied, so that a dotless `i` is an
    `i` too.
    """
    plain = unicodedata.normalize("NFD", name)
    return unicodedata.normalize("NFC", plain.upper().casefold())


def distinct(wishes: Sequence[Sequence[str]]) -> list[str]:
    """A legal name for each file; `wishes` lists names for each, the preferred one first.

    A name that several files wish for is given to none of them: each gets the next one that only it wishes for, or if
    there is none, a number. So a name says whose it is, whatever other files there are.
    """
    names: list[str] = [""] * len(wishes)
    open_ = list(range(len(wishes)))
    taken: set[str] = set()
    for level in range(max(map(len, wishes), default=0)):
        wished = {index: legal(wishes[index][min(level, len(wishes[index]) - 1)]) for index in open_}
        times = Counter(map(folded, wished.values()))
        for index, name in wished.items():
            if times[folded(name)] == 1 and folded(name) not in taken:
                names[index] = name
        taken.update(times)  # no file gets a name that several wished for
        open_ = [index for index in open_ if not names[index]]
    for index in open_:
        names[index] = _numbered(legal(wishes[index][-1]), taken)
        taken.add(folded(names[index]))
    return names


def _numbered(name: str, taken: set[str]) -> str:
    number = 1
    while folded(f"{name}_{number}") in taken:
        number += 1
    return f"{name}_{number}"
