"""The schema of `validate --format json`."""

from cnncalc.report.schemas.outputs._parts import (
    Schema,
    a_count,
    a_list,
    a_record,
    a_text,
    a_truth,
    complete,
    head,
    one_word,
    or_null,
)

_FILE = a_record(
    "A file.",
    file=a_text("Its path."),
    name=or_null(a_text("The model's name; null if the spec cannot be read.")),
    ok=a_truth("Whether there are no errors."),
    findings=a_count("How many findings it has, notes included."),
)
_DIAGNOSTIC = a_record(
    "A finding.",
    code=a_text("As in `CNN204`; `cnncalc rule` explains it."),
    severity=one_word("How bad it is.", "error", "warning", "note"),
    message=a_text("What was found."),
    file=a_text("The file."),
    line=a_count("From 1.", 1),
    column=a_count("From 1, in characters.", 1),
    end_line=a_count("From 1.", 1),
    end_column=a_count("From 1, in characters; the end is excluded.", 1),
    label=a_text("The words next to the mark, or nothing."),
    help=a_list("What to do about it.", a_text()),
    chain=a_list("For a mistake inside a block, the calls that led there, innermost first.", a_text()),
)
_TOTALS = a_record(
    "How many there are.",
    files=a_count("Files."),
    failed=a_count("Files with errors."),
    errors=a_count("Errors in all files."),
)


def _schemas() -> dict[str, Schema]:
    schema = a_record(
        "What was found in files.",
        **head("validate"),
        files=a_list("The files.", _FILE),
        diagnostics=a_list("All findings.", _DIAGNOSTIC),
        totals=_TOTALS,
    )
    return {"validate": complete("validate", "cnncalc validate PATH --format json", schema)}


SCHEMAS = _schemas()
"""By name."""
