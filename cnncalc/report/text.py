"""How values look: numbers, bytes, text from a file, and what to do if a stream has no ×."""

from __future__ import annotations

import codecs
import os
import re
from collections.abc import Callable, Sequence
from typing import IO, TYPE_CHECKING

from cnncalc.at_least import AtLeast, layers_text

if TYPE_CHECKING:
    from fractions import Fraction

_ASCII = {
    "⌊": "floor(",
    "⌋": ")",
    "⌈": "ceil(",
    "⌉": ")",
    "×": "x",
    "·": "*",
    "−": "-",
    "–": "-",
    "—": "-",
    "→": "->",
    "…": "...",
    "≤": "<=",
    "≥": ">=",
    "≈": "~",
    "≠": "!=",
    "✓": "ok",
    "✗": "wrong",
    "’": "'",
    "“": '"',
    "”": '"',
    "∑": "sum",
    "Σ": "sum",
    "Δ": "delta",
    "Φ": "Phi",
    "ˣ": "^x",
    "ᵖ": "^p",
    "⁻": "^-",
    **{digit: f"^{number}" for number, digit in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")},
    "½": "1/2",
    "＜": "(",  # in titles of drawings, where < begins a tag
    "＞": ")",
    "＆": "+",
    "÷": "/",
    "√": "sqrt ",
    "∞": "inf",
    "π": "pi",
    "ᵀ": "^T",
    "′": "'",
    "ł": "l",
    "ø": "o",
    "Ø": "O",
    "æ": "ae",
    "ß": "ss",
    "├": "|",
    "└": "`",
    "─": "-",
    "│": "|",
}


def decimal(value: Fraction) -> str:
    """Points as a person would write them: `3`, `2.5`, `0.33`."""
    return f"{float(value):.2f}".rstrip("0").rstrip(".")


def ascii_errors(error: UnicodeError) -> tuple[str, int]:
    """A codec error handler: the ASCII form of a character that a stream cannot encode, `?` if it has none."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    missing = error.object[error.start : error.end]
    return "".join(_ASCII.get(character) or _without_accent(character) for character in missing), error.end


def _without_accent(character: str) -> str:
    import unicodedata

    base = unicodedata.normalize("NFD", character)[0]
    return base if base.isascii() else "?"


codecs.register_error("cnncalc", ascii_errors)


def printable(text: str) -> str:
    """Text from a file, safe on a terminal: control and invisible formatting characters are escaped."""
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() or character == " " else character.encode("unicode_escape").decode()
        for character in text
    )


MANY_TEXTS = 1024
"""How many texts a format remembers in its own form: in long tables few are different, but names."""
BRACKET = r"(##\w*)\["
"""The beginning of `##[group]` and `##vso[…]`."""


def clean(text: str) -> str:
    """The same, also safe in the log of a build server: the bracket of `##[group]` and `##vso[…]` is escaped.

    GitHub's runner and Azure's agent find these anywhere in a line; `::error::` only at its beginning (`line_start`).
    Source: ActionCommand.cs of actions/runner, Command.cs of microsoft/azure-pipelines-agent.
    """
    text = printable(text)
    return re.sub(BRACKET, r"\1\\x5b", text) if "##" in text else text


def is_command(line: str) -> bool:
    """Whether a build server would take a line for a command."""
    return line.lstrip().startswith("::") or ("##" in line and re.search(BRACKET, line) is not None)


def title(text: str) -> str:
    """Text that begins a line: quoted if a build server would take the line for a command."""
    return f"'{clean(text)}'" if is_command(text) else clean(text)


def line_start(line: str) -> str:
    """A line that may begin with text from a file: `::`, which build servers take for a command, is escaped."""
    first = line.lstrip()
    return f"{line[: len(line) - len(first)]}\\x3a{first[1:]}" if first.startswith("::") else line


def width(text: str) -> int:
    """The number of columns that a text takes on a terminal."""
    if text.isascii() or max(text) < "\u0300":
        return len(text)  # the first character that is not one column wide is a combining accent
    import unicodedata

    return sum(
        0 if unicodedata.combining(character) else 2 if unicodedata.east_asian_width(character) in "WF" else 1
        for character in text
    )


def terminal_columns(stream: IO[str]) -> int:
    """The columns of the terminal that a stream is; 0 if it is none."""
    if not stream.isatty():
        return 0
    if (given := os.environ.get("COLUMNS", "")).isdecimal():
        return int(given)
    try:
        return os.get_terminal_size(stream.fileno()).columns
    except (OSError, ValueError):
        return 0


def wrapped(lead: str, text: str, columns: int, margin: int | None = None) -> list[str]:
    """A text behind what leads to it, on lines that are broken between words; a word that is too long stays whole.

    Args:
        columns: of the terminal; 0 if lines may be of any length.
        margin: of the lines after the first; by default the text stays below itself.
    """
    indent = " " * (width(lead) if margin is None else margin)
    if not columns or width(lead) + width(text) <= columns or len(indent) > columns // 2:
        return [f"{lead}{text}"]
    lines, line, is_begun = [], lead, False
    for word in text.split(" "):
        if is_begun and width(line) + 1 + width(word) > columns:
            lines.append(line)
            line, is_begun = indent, False
        line += f" {word}" if is_begun else word
        is_begun = True
    return [*lines, line]


UNKNOWN = "unknown"
"""What is shown instead of a number that nobody knows."""


def number(value: int) -> str:
    """1168 as 1,168; a lower bound as `≥ 1,168`, or as `unknown` where it is 0."""
    return f"{value:,}"


def size_in_bytes(value: int) -> str:
    """110248 as 107.7 KiB."""
    if isinstance(value, AtLeast):
        return bound_text(value, size_in_bytes)
    if value < 1024:
        return f"{value} B"
    power = min((value.bit_length() - 1) // 10, 5)
    if power == 5:
        return f"{value // 1024**5:,} PiB"
    return f"{value / 1024**power:.1f} {('B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB')[power]}"


def short_count(value: int) -> str:
    """15470264320 as 15.47 G; small numbers stay whole."""
    if isinstance(value, AtLeast):
        return bound_text(value, short_count)
    for unit, scale in (("T", 10**12), ("G", 10**9), ("M", 10**6)):
        if value >= scale:
            return f"{value / scale:.2f} {unit}"
    return number(value)


def bound_text(bound: AtLeast, show: Callable[[int], str]) -> str:
    """A lower bound in the form in which a number is shown: `≥ 97.5 MiB`."""
    return str(bound) if bound.is_unknown else f"≥ {show(int(bound))}"


def unknown_note(value: int) -> str:
    """What follows a sum that is only a lower bound: `, 1 layer unknown`."""
    return f", {layers_text(value.layers)}" if isinstance(value, AtLeast) else ""


def per_axis(values: Sequence[int | Fraction | str | None]) -> str:
    """`3` if all axes agree, otherwise `3×5`; None stands for an axis that is seen whole, and is shown as `all`."""
    texts = ["all" if value is None else str(value) for value in values]
    return texts[0] if len(set(texts)) == 1 else "×".join(texts)
