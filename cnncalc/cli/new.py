"""`cnncalc new`."""

import sys
from typing import Annotated

from cnncalc.cli import FINDINGS
from cnncalc.cli.options.declared import Positional
from cnncalc.report.starter import quoted, write_starter
from cnncalc.report.text import clean


def new(
    path: Annotated[str, Positional("[FILE]", help="The file to write; it must not exist.")] = "model.yaml",
) -> None:
    """Writes a commented spec to start from.

    It never overwrites a file.
    """
    try:
        write_starter(path)
    except FileExistsError:
        print(f"cnncalc: {clean(path)} already exists and was left alone; choose another name", file=sys.stderr)
        raise SystemExit(FINDINGS) from None
    except OSError as error:
        print(f"cnncalc: {clean(path)} was not written: {error.strerror or error}", file=sys.stderr)
        raise SystemExit(FINDINGS) from None
    print(f"wrote {clean(path)}; now: cnncalc summarize {quoted(path)}", flush=True)
