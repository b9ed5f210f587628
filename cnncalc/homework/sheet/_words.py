"""The words beside a number, in `27562 parameters in total` or `80 (with bias)`: which may be left out."""

from __future__ import annotations

import re
from collections.abc import Container

from cnncalc.homework.sheet._amounts import FACTORS, NUMBER, SUFFIX
from cnncalc.homework.sheet._notation import without_marks

_KNOWN = frozenset({
    "param", "params", "parameter", "parameters", "parametern", "paramètres", "weight", "weights", "gewichte",
    "gewichten", "poids", "bias", "biases", "px", "pixel", "pixels", "pixeln", "pix", "neuron", "neurons", "neurone",
    "neuronen", "neurones", "unit", "units", "channel", "channels", "kanal", "kanäle", "kanälen", "canaux", "filter",
    "filters", "filtern", "filtre", "filtres", "feature", "features", "map", "maps", "value", "values", "wert",
    "werte", "werten", "with", "mit", "avec", "valeurs", "element", "elements", "elemente", "elementen", "éléments",
    "entry", "entries", "einträge", "number", "numbers", "output", "outputs", "ausgaben", "ausgänge", "class",
    "classes", "klassen", "mac", "macs", "mult-adds", "multiply-adds", "multiply-accumulates", "multiplications",
    "multiplikationen", "in", "total", "totals", "all", "overall", "altogether", "insgesamt", "gesamt", "summe",
    "sum", "together", "zusammen", "au", "learnable", "trainable", "lernbare", "trainierbare", "each", "the", "is",
    "are", "of", "a", "it", "ok", "answer", "antwort", "result", "ergebnis", "résultat", "size", "größe", "taille",
    "shape", "wide", "high", "deep", "width", "height", "depth", "breit", "hoch", "tief", "dimensions", "dims",
    "dimensionen", "node", "nodes", "knoten", "vector", "vektor",
})  # fmt: skip
"""Words that say nothing about the value."""
_CHANGING = frozenset({
    "or", "oder", "ou", "and", "und", "et", "vs", "not", "nicht", "no", "kein", "keine", "non", "without", "ohne",
    "sans", "if", "wenn", "between", "zwischen", "to", "bis", "than", "least", "most", "mindestens", "höchstens",
    "minus", "plus", "less", "more", "fewer", "weniger", "mehr", "per", "pro", "wrong", "falsch", "half", "hälfte",
    "double", "doppelt", "percent", "prozent", "bit", "bits", "dozen", "dutzend", "squared", "cubed", "hundred",
    "hundert",
})  # fmt: skip
"""Words that change a value; an answer with one of them is not guessed at."""
_GONE = "\0"
"""Where a word was."""
_WORD = re.compile(rf"{NUMBER}{SUFFIX}|(?P<word>[^\W\d_]+(?:[-'.][^\W\d_]+)*\.?:?)")
_BEFORE = re.compile(r"^[^\W\d_](?:[^\W\d_]|[-'.: ])*[ :](?=[0-9(])")
_AFTER = re.compile(r"(?<=[0-9)kKMG])(?: ?\(| )(?:[^\W\d_]|[-'. ])+\)?$")


def without_words(text: str, kept: Container[str] = ()) -> tuple[str, str]:
    """The text without words that say nothing about the value; and unknown ones that were left out too, before and
    after it. Those in `kept` stay."""
    text = _WORD.sub(lambda found: _unless_known(text, found), text)
    if re.search(rf"[0-9)] *{_GONE}[ {_GONE}]*[0-9]", text):
        return text, ""  # words between two numbers say how they belong together, and are not guessed at
    text = re.sub(rf"\([ {_GONE}]*{_GONE}[ {_GONE}]*\)", " ", text)
    text = re.sub(r"(?<=\() +| +(?=\))", "", without_marks(" ".join(text.replace(_GONE, " ").split())))
    unknown = [found.group().strip(" ():") for each in (_BEFORE, _AFTER) if (found := each.search(text))]
    words = re.findall(r"[^\W\d_]+", " ".join(unknown).lower())
    if not words or changes_value(" ".join(words)) or any(word in kept or word in FACTORS for word in words):
        return text, ""
    return _AFTER.sub("", _BEFORE.sub("", text)), " ".join(unknown)


def changes_value(text: str) -> bool:
    """Whether there is a word in a text that changes what it says, such as `not`."""
    return not _CHANGING.isdisjoint(re.findall(r"[^\W\d_]+", text.lower()))


def _unless_known(text: str, found: re.Match[str]) -> str:
    word = found["word"]
    following = text[found.end() : found.end() + 1]
    is_name = following.isalnum() or following in ("_", "(") or text[: found.start()].endswith("_")
    if word and word.rstrip(".:").lower() in _KNOWN and not is_name:
        return _GONE
    return found.group()
