"""Cells that do nothing where they are opened."""

from __future__ import annotations

import re
from typing import Any

from cnncalc.at_least import AtLeast
from cnncalc.report.text import BRACKET, line_start


def inert(cell: Any) -> Any:
    """A cell that no spreadsheet runs as a formula and no build server as a command; numbers stay numbers.

    A number of which only a lower bound is known leaves its cell empty: a spreadsheet would add up the bounds.
    """
    if not isinstance(cell, str):
        return None if isinstance(cell, AtLeast) else cell
    text = "\n".join(map(line_start, cell.split("\n"))) if "::" in cell else cell
    text = re.sub(BRACKET, r"\1\\x5b", text) if "##" in text else text
    return f"'{text}" if cell.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r")) else text
