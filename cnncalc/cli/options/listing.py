"""What a command lists of a model: `--columns`, `--names`, `--depth` and `--fold`."""

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from cnncalc.cli.common import choice
from cnncalc.cli.options.usage import OptionGroup, Rule
from cnncalc.report.views.rows import NAMES, Listing

LISTING_OPTIONS = ("--columns", "--names", "--depth", "--fold")
TABLES = ("--format csv", "--format tsv")
"""Formats of values, always with whole names."""
LISTED_FOR_PEOPLE = (
    *(Rule(option, excludes=("--format json",)) for option in LISTING_OPTIONS),
    Rule("--names", excludes=TABLES),
)
"""JSON always has every layer and every number."""


def listing_options(known: Sequence[str], *without: str) -> OptionGroup:
    """The options of a command whose table has these columns, without those in `without`."""

    def check(text: str | None) -> str | None:
        if text is not None:
            keys = [key.strip() for key in text.split(",")]
            for key in keys:
                if key not in known:
                    raise typer.BadParameter(f"there is no column {key!r}; columns: {', '.join(known)}")
                if keys.count(key) > 1:
                    raise typer.BadParameter(f"the column {key!r} is given twice")
        return text

    chosen: Any = typer.Option(
        "--columns", metavar="NAMES", callback=check, help=f"Any of {', '.join(known)}, separated by commas."
    )
    naming: Any = choice(NAMES, "Whole names, or without the parts in the rows above.", "--names")
    levels: Any = typer.Option("--depth", min=1, help="Levels of the tree; numbers below are added up.")
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
