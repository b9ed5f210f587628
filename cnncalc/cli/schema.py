"""`cnncalc schema`."""

from typing import Annotated

from cnncalc.cli import common
from cnncalc.cli.options.declared import Positional
from cnncalc.cli.options.rules import UsageError
from cnncalc.report.schemas.catalogue import SCHEMA_NAMES, SPEC, json_schema, schema_named


def _known(name: str) -> str:
    try:
        return schema_named(name)
    except ValueError as error:
        raise UsageError(str(error)) from None


def schema(
    name: Annotated[
        str,
        Positional(
            "NAME",
            check=_known,
            suggestions=SCHEMA_NAMES,
            help="Of the JSON that a command writes, as in summary.",
        ),
    ] = SPEC,
    *,
    target: common.FileOptions,
) -> None:
    """The JSON Schema of specs, or of a command's JSON.

    Editors use that of specs for completion and checks.
    """
    target.write_json(json_schema(name))
