"""What a command lists of a model: `--columns`, `--names`, `--depth` and `--fold`."""

from collections.abc import Sequence
from typing import Annotated, Any

from cnncalc.cli.common import choice
from cnncalc.cli.options.declared import Option, OptionGroup
from cnncalc.cli.options.rules import Rule, UsageError
from cnncalc.report.views.rows import NAMES, Listing

LISTING_OPTIONS = ("--columns", "--names", "--depth", "--fold")
TABLES = ("--format csv", "--format tsv")
"""Formats of values, always with whole names."""
LISTED_FOR_PEOPLE = (
    *(Rule(option, excludes=("--format json",)) for option in LISTING_OPTIONS),
    Rule("--names", excludes=TABLES),
)
"""JSON always has every layer and every number."""


_ALSO = {"name": "layer", "layer": "name"}


def listing_options(known: Sequence[str], *without: str) -> OptionGroup:
    """The options of a command whose table has these columns, without those in `without`."""

    def read(text: str) -> list[str]:
        """The keys; a layer's name is the column `name` or `layer`, whichever the table has."""
        keys = [key.strip() for key in text.split(",")]
        return [_ALSO.get(key, key) if key not in known and _ALSO.get(key) in known else key for key in keys]

    def check(text: str | None) -> str | None:
        if text is not None:
            keys = read(text)
            for key in keys:
                if key not in known:
                    raise UsageError(f"there is no column {key!r}; columns: {', '.join(known)}")
                if keys.count(key) > 1:
                    raise UsageError(f"the column {key!r} is given twice")
        return text

    chosen: Any = Option(
        "--columns", metavar="NAMES", check=check, help=f"Any of {', '.join(known)}, separated by commas."
    )
    naming: Any = choice(
        NAMES,
        "Whole names, without the parts in the rows above, or as the layers are called elsewhere (`origin`).",
        "--names",
    )
    levels: Any = Option("--depth", min=1, help="Levels of the tree; numbers below are added up.")
    folding: Any = Option("--fold", help="One row per group of identical copies.")

    def make(
        columns: Annotated[str | None, chosen] = None,
        names: Annotated[str, naming] = "full",
        depth: Annotated[int | None, levels] = None,
        fold: Annotated[bool, folding] = False,
    ) -> Listing:
        return Listing(tuple(read(columns)) if columns else None, names, depth, fold)

    return OptionGroup(make, *without)
