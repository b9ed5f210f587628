"""The schema of `hyperparameters --format json`."""

from cnncalc.report.schemas.outputs._parts import (
    Schema,
    a_count,
    a_list,
    a_map,
    a_record,
    a_text,
    complete,
    maybe_unknown,
    of_model,
    or_null,
)

_LAYER = maybe_unknown(
    a_record(
        "An entry that has layers of its own.",
        name=a_text("Its full name."),
        kind=a_text("Its kind."),
        learned=or_null(a_text("What it learns, in words; null if it learns nothing.")),
        params=a_count("How many numbers that is."),
        hyperparameters=a_map("What was chosen beforehand, by name.", a_text("The value.")),
    ),
    "params",
)
_DEFINITIONS = a_record(
    "The meaning of the two words.", parameter=a_text("What is learned."), hyperparameter=a_text("What is chosen.")
)


def _schemas() -> dict[str, Schema]:
    schema = a_record(
        "What is learned and what was chosen beforehand.",
        **of_model("hyperparameters"),
        layers=a_list("The entries, in order.", _LAYER),
        others=a_map(
            "What does not belong to any layer, by name.", or_null(a_text("The value; null if it is not given."))
        ),
        definitions=_DEFINITIONS,
    )
    return {"hyperparameters": complete("hyperparameters", "cnncalc hyperparameters MODEL --format json", schema)}


SCHEMAS = _schemas()
"""By name."""
