"""One notation for what people write: LaTeX, superscripts, other digits and operators become `26×26×8`, `400*64 + 64`.

The signs that are left: digits with their separators, `+ - * / ^ ( )`, `×` between sizes, `=` and `≈` before a result,
`⌊…⌋` as `floor(…)`, and words.
"""

from __future__ import annotations

import re
import unicodedata

from cnncalc.named_tuple import NamedTuple

_RAISED = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻]+")
_DIGITS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-")
_SIGNS = str.maketrans({
    **dict.fromkeys("−–—‐‑‒﹣", "-"), **dict.fromkeys("·⋅∙•∗⁎", "*"), **dict.fromkeys("✕✖⨯╳хХ", "×"),
    **dict.fromkeys("÷∕⁄", "/"), **dict.fromkeys("≃≅∼~≒", "≈"), **dict.fromkeys("→⇒⟹⟶⇨", "="),
    **dict.fromkeys("‘’ʼ´", "'"), **dict.fromkeys("[{", "("), **dict.fromkeys("]}", ")"),
    "⌊": " floor(", "⌋": ")", "⌈": " ceil(", "⌉": ")",
})  # fmt: skip
_INVISIBLE = re.compile("[\ufeff\u200b-\u200f\u202a-\u202e\u2060\u00ad\ufe0e\ufe0f]")
_QUOTES = {"*": "*", '"': '"', "'": "'", "`": "`", "“": "”", "„": "“", "‚": "‘", "‘": "’", "«": "»", "»": "«", "”": "”"}
_CROSSES = "✗✘❌❎"
"""Signs that say that something is wrong; other pictures, such as ✓, say nothing about the value."""

_COMMAND = re.compile(r"\\([A-Za-z]+)\s*")
_COMMANDS = {
    **dict.fromkeys(("times",), "×"), **dict.fromkeys(("cdot", "ast", "bullet"), "*"), "div": "/",
    **dict.fromkeys(("approx", "simeq", "cong", "sim"), "≈"),
    **dict.fromkeys(("to", "rightarrow", "Rightarrow", "implies", "longrightarrow"), "="),
    "lfloor": "⌊", "rfloor": "⌋", "lceil": "⌈", "rceil": "⌉",
    **dict.fromkeys(("left", "right", "big", "Big", "bigl", "bigr", "Bigl", "Bigr", "displaystyle", "textstyle"), ""),
    **dict.fromkeys(("underline", "limits", "checkmark"), " "),
    **dict.fromkeys(("quad", "qquad", "thinspace", "textit", "textbf", "mathbf", "boxed"), " "),
}  # fmt: skip
_LATEX_TEXT = re.compile(r"\\(?:text|mathrm|mathit|operatorname|mbox|textrm|mathtt|texttt)\s*\{([^{}]*)\}")
_FRACTION = re.compile(r"\\[dt]?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}")

_MARKS = re.compile(r"^(?:[ ;:_']|[.,](?![0-9]))+|[ .,;:_']+$")
_TIMES = re.compile(r"(?<![^\W\d_])(?:by|times|mal|par|x)(?![^\W\d_])", re.IGNORECASE)
_ABOUT = re.compile(
    r"(?:about|approx(?:\.|imately)?|ca\.?|circa|around|roughly|etwa|ungefähr|rund|environ)(?![^\W\d_])\s*",
    re.IGNORECASE,
)


class AnswerPart(NamedTuple):
    """A part of an answer between `=` or `≈`; the last one is its result.

    Attributes:
        is_about: whether it is said to be approximate.
    """

    text: str
    is_about: bool


def tidied(text: str) -> str:
    """An answer as it is shown: without quotes or emphasis around it, and with single spaces."""
    text = " ".join(_INVISIBLE.sub("", text).split())
    while len(text) > 1 and _QUOTES.get(text[0]) == text[-1]:
        text = text[1:-1].strip()
    return text


def in_one_notation(text: str) -> str:
    """An answer in one notation.

    A power is written with `^`, as in `3^(2)`. Nothing is calculated.
    """
    if not text.isascii():
        text = _in_ascii(text)
    if re.search(r"[\\$]", text):
        text = _without_latex(text)
    text = re.sub(r"\{\s*([×*/.,+-])\s*\}", r"\1", text)
    text = re.sub(r"[-=]>", "=", text.replace("**", "^")).translate(_SIGNS)
    text = re.sub(r"(?<=[0-9)]) ?: ?(?=[0-9(])", "/", text)
    text = re.sub(r"(?<=[0-9])-(?=[^\W\d_]{2})", " ", text)  # `64-dimensional`
    return without_marks(" ".join(_TIMES.sub("×", text).split()))


def without_marks(text: str) -> str:
    """The text without punctuation around it; the decimal sign of `.5` stays."""
    return _MARKS.sub("", text)


def _in_ascii(text: str) -> str:
    """The text with ASCII digits, and without pictures such as ✓; full-width operators become plain ones."""
    text = _RAISED.sub(lambda found: f"^({found.group().translate(_DIGITS)})", text)
    return "".join(map(_plain_sign, text))


def _plain_sign(sign: str) -> str:
    normal = sign if sign == "…" else unicodedata.normalize("NFKC", sign)
    if unicodedata.category(sign) == "So" and sign not in _CROSSES:
        return " "
    return "".join(str(unicodedata.decimal(each)) if each.isdecimal() else each for each in normal)


def _without_latex(text: str) -> str:
    text = re.sub(r"\\[()\[\]]|\$", " ", text)
    text = re.sub(r"\\[,;:! ]", " ", text)
    text = _LATEX_TEXT.sub(r" \1 ", text)
    while (inner := _FRACTION.sub(r"((\1)/(\2))", text)) != text:
        text = inner
    return _COMMAND.sub(lambda found: _COMMANDS.get(found[1], found[0]), text)


def answer_parts(text: str) -> list[AnswerPart]:
    """The parts of an answer between `=` and `≈`, none of them empty."""
    pieces = re.split("([=≈])", text)
    found = []
    for sign, piece in zip(["", *pieces[1::2]], pieces[::2], strict=True):
        bare = _ABOUT.sub("", piece.strip(), count=1) if _ABOUT.match(piece.strip()) else piece.strip()
        if bare:
            found.append(AnswerPart(bare, sign == "≈" or bare != piece.strip()))
    return found
