"""What of a model a command lists: `--columns`, `--names`, `--depth` and `--fold`."""

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from cnncalc.cli.common import choice
from cnncalc.cli.options.usage import OptionGroup, Rule
from cnncalc.report.views.rows import NAMES, Listing

LISTING_OPTIONS = ("--columns", "--names", "--depth", "--fold")
TABLES = ("--format csv", "--format tsv")
"""Formats that hold values: always with whole names."""
LISTED_FOR_PEOPLE = (
    *(Rule(option, excludes=("--format json",)) for option in LISTING_OPTIONS),
    Rule("--names", excludes=TABLES),
)
"""JSON holds every layer and every number."""


def listing_options(known: Sequence[str], *without: str) -> OptionGroup:
    """The options of a command whose table has these columns; `without` some of them."""

    def check(text: str | None) -> str | None:
        if text is not None:
            keys = [key.strip() for key in text.split(",")]
            for key in keys:
                if key not in known:
                    raise typer.BadParameter(f"there is no column {key!r}; known are {', '.join(known)}")
                if keys.count(key) > 1:
                    raise typer.BadParameter(f"the column {key!r} is named twice")
        return text

    chosen: Any = typer.Option(
        "--columns", metavar="NAMES", callback=check, help=f"Of {', '.join(known)}; with commas between."
    )
    naming: Any = choice(NAMES, "Whole names, or without what the rows above say.", "--names")
    levels: Any = typer.Option("--depth", min=1, help="Levels of the tree; the numbers below are added up.")
    folding: Any = typer.Option("--fold", help="One row per group of identical copies.")

    def make(
        columns: Annotated[str | None, chosen] = None,
        names: Annotated[str, naming] = "full",
        depth: Annotated[int | None, levels] = None,
        fold: Annotated[bool, folding] = False,
    ) -> Listing:
        keys = tuple(key.strip() for key in columns.split(",")) if columns else None
        return Listing(keys, names, depth, fold)

    return OptionGroup(make, *without)
