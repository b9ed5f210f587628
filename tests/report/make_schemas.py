"""Writes `schema/`: the JSON Schema of specs, and those of the JSON that commands write.

python tests/report/make_schemas.py
"""

from pathlib import Path

from cnncalc.report.formats.json import json_file
from cnncalc.report.schemas.catalogue import SCHEMA_NAMES, SPEC, json_schema

FOLDER = Path(__file__).parents[2] / "schema"


def kept(name: str) -> Path:
    """The file of a schema."""
    return FOLDER / f"{'cnncalc' if name == SPEC else name}.schema.json"


if __name__ == "__main__":
    for name in SCHEMA_NAMES:
        kept(name).write_text("".join(json_file(json_schema(name))), encoding="utf-8", newline="\n")
