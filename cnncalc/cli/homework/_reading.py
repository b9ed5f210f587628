"""Files that a command needs whole, such as a roster or a secret."""

import sys
from collections.abc import Callable
from typing import TypeVar

from cnncalc.cli import FINDINGS
from cnncalc.errors import CnncalcError
from cnncalc.report.text import clean
from cnncalc.source.files import MAX_BYTES

Parsed = TypeVar("Parsed")


def read_or_exit(path: str, parse: Callable[[bytes], Parsed]) -> Parsed:
    """The contents of a file; the reason why not goes to standard error, and ends the command."""
    try:
        with open(path, "rb") as file:
            data = file.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise ValueError(f"it is larger than {MAX_BYTES:,} bytes")
        return parse(data)
    except (OSError, ValueError, CnncalcError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        print(clean(f"cnncalc: {path} cannot be used: {reason}"), file=sys.stderr)
        raise SystemExit(FINDINGS) from None
