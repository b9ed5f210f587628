"""Text in LaTeX: every character that means something there is written so that it is only shown."""

from __future__ import annotations

import re
import unicodedata

_SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "×": r"$\times$",
    "·": r"$\cdot$",
    "−": "$-$",
    "→": r"$\to$",
    "⌊": r"$\lfloor$",
    "⌋": r"$\rfloor$",
    "⌈": r"$\lceil$",
    "⌉": r"$\rceil$",
    "…": r"\dots{}",
    "ß": r"\ss{}",
    "æ": r"\ae{}",
    "ø": r"\o{}",
    "Ø": r"\O{}",
    "ł": r"\l{}",
    "≤": r"$\le$",
    "≠": r"$\ne$",
    "≈": r"$\approx$",
    "Σ": r"$\Sigma$",
    "∑": r"$\sum$",
    "Δ": r"$\Delta$",
    "Φ": r"$\Phi$",
    "÷": r"$\div$",
    "✓": r"$\surd$",
    "✗": r"$\times$",
    "–": "--",
    "—": "---",
    "’": "'",
    "“": "``",
    "”": "''",
    "½": r"$\frac12$",
    "⁻": "$^-$",
    "ˣ": "$^x$",
    "ᵖ": "$^p$",
    **{digit: f"$^{number}$" for number, digit in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")},
    "ı": r"{\i}",
    "├": "|",
    "└": "|",
    "─": "-",
    "│": "|",
    "≥": r"$\ge$",
    "`": r"\textasciigrave{}",
    "-": "-{}",
}

_ACCENTS = {
    "\u0300": r"\`", "\u0301": r"\'", "\u0302": r"\^", "\u0303": r"\~", "\u0304": r"\=", "\u0306": r"\u",
    "\u0307": r"\.",
    "\u0308": r'\"', "\u030a": r"\r", "\u030b": r"\H", "\u030c": r"\v", "\u0327": r"\c", "\u0328": r"\k",
}  # fmt: skip
_ODD = re.compile(f"[{re.escape(''.join(filter(str.isascii, _SPECIAL)).replace('-', ''))}]|-(?=-)|[^\x00-\x7f]")
"""The characters that are not written as they are; two hyphens would become a dash."""


def in_latex(text: str) -> str:
    """A line of text in LaTeX, in ASCII. What the usual fonts lack is shown as its code: `U+5377`, in small letters."""
    return _ODD.sub(_character, text)


def _character(found: re.Match[str]) -> str:
    each = found.group()
    if each in _SPECIAL:
        return _SPECIAL[each]
    base, *marks = list(unicodedata.normalize("NFD", each))
    if len(marks) == 1 and base.isascii() and base.isalpha() and marks[0] in _ACCENTS:
        return rf"{_ACCENTS[marks[0]]}{{{base}}}"
    return rf"{{\tiny U+{ord(each):04X}}}"
