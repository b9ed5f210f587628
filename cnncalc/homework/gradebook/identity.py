"""Who is meant: compares names and ids as people write them."""

from __future__ import annotations

import re
import unicodedata


def name_key(name: str) -> str:
    """A name regardless of order, case, accents and punctuation: `Lovelace, Ada` is `Ada Lovelace` is
    `ada_lovelace`."""
    return " ".join(sorted(_words(name)))


def id_key(text: str) -> str:
    """An id, a login or an address, in which the order counts: `1-23` is not `23-1`, `li.wei` not `wei.li`."""
    return " ".join(_words(text))


def may_be(name: str, other: str) -> bool:
    """Whether two names may be those of one person: one may leave out names, or have no spaces, as Canvas writes
    `lovelaceada`."""
    words, others = _words(name), _words(other)
    if not words or not others:
        return False
    return set(words) <= set(others) or set(others) <= set(words) or sorted("".join(words)) == sorted("".join(others))


def _words(name: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", name).casefold())
    # accents of Latin, Greek and Cyrillic letters; the vowel signs of other scripts make a different name
    plain = re.sub("[\u0300-\u036f]", "", plain)
    return "".join(each if each.isalnum() or unicodedata.category(each)[0] == "M" else " " for each in plain).split()
