"""Names for files: legal on every system, and another one for each, whatever the case of letters."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

MAX_LENGTH = 80
"""Characters of a name, so that folder, name and ending stay below the 260 that Windows takes."""
MAX_BYTES = 200
"""Bytes of a name; file systems take 255, ending included."""
_FORBIDDEN = re.compile(r'[<>:"/\\|?*]')
_RESERVED = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])[ .]*(\..*)?", re.IGNORECASE)
"""Names of devices on Windows, with any ending."""


def legal(name: str, otherwise: str = "file") -> str:
    """A name as every file system takes it, without its ending."""
    text = unicodedata.normalize("NFC", name)
    text = "".join(each if each.isprintable() else "_" for each in text)
    text = _cut(_FORBIDDEN.sub("_", text).strip(" ")).rstrip(" .")
    if not text:
        return otherwise
    return f"_{text}" if text.startswith(".") or is_reserved(text) else text


def is_reserved(name: str) -> bool:
    """Whether Windows takes a name for that of a device."""
    return bool(_RESERVED.fullmatch(name))


def _cut(text: str) -> str:
    text = text[:MAX_LENGTH]
    while len(text.encode("utf-8", "replace")) > MAX_BYTES:
        text = text[:-1]
    return text


def folded(name: str) -> str:
    """What a file system that knows no case and no accents' forms takes a name for."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def distinct(wishes: Sequence[Sequence[str]]) -> list[str]:
    """A legal name for each; `wishes` are names for it, the shortest first.

    A name that several wish for goes to none of them: they get the next that is theirs alone, and a number where none
    is. So a name says whose it is, whatever other files there are.
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
        taken.update(times)  # nobody gets a name that several wished for
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
