"""Cells that do nothing where they are opened."""

from __future__ import annotations

import re
from typing import Any

from cnncalc.report.text import BRACKET, line_start


def inert(cell: Any) -> Any:
    """A cell that no spreadsheet runs as a formula and no build server as a command; numbers stay numbers."""
    if not isinstance(cell, str):
        return cell
    text = "\n".join(map(line_start, cell.split("\n"))) if "::" in cell else cell
    text = re.sub(BRACKET, r"\1\\x5b", text) if "##" in text else text
    return f"'{text}" if cell.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r")) else text
