"""The schema of `explain --format json`."""

from cnncalc.report.schemas.outputs._parts import (
    Schema,
    a_count,
    a_list,
    a_map,
    a_pair,
    a_real,
    a_record,
    a_text,
    complete,
    either,
    fields_apart,
    maybe_unknown,
    not_always,
    of_model,
    one_word,
    or_null,
    shared,
)

_NUMBER = {
    "quantity": a_text("What the number is."),
    "rule": or_null(a_text("The formula in symbols; null if there is none.")),
    "numbers": or_null(a_text("The formula with numbers substituted; null if there is none.")),
    "result": a_count("The number.", None),
}
_STEP = maybe_unknown(a_record("A number.", **_NUMBER, words=a_text("An explanation, in a sentence.")), "result")
_EQUIVALENT = a_record(
    "Another layer between the same two tensors.",
    **_NUMBER,
    factor=a_real("How many times as many parameters it has.", 0),
)
_BRANCH = a_record(
    "A branch of the merge.",
    name=a_text("The layer that it ends in."),
    status=or_null(
        one_word("Its field in the input; null if it does not see the input.", "local", "global", "unknown")
    ),
    box=shared("box"),
)
_HULL = fields_apart(
    "The receptive field in one input: the hull of what the branches see.",
    {"input": a_text("The name of the input."), "branches": a_list("What it sees through each branch.", _BRANCH)},
    {
        "unit": a_list("A unit: its place along each axis, from 0.", a_count()),
        "box": a_list(
            "What this unit sees: first and last position along each axis, null for nothing, or `all`.",
            either("Along an axis.", or_null(a_pair()), {"const": "all"}),
        ),
    },
)
_LAYER = a_record(
    "A layer.",
    name=a_text("Its full name."),
    kind=a_text("Its kind."),
    input=or_null(
        shared("shape", "The shape of its input; for a merge, that of the first branch; null if it reads nothing.")
    ),
    input_shapes=a_list("The shapes of everything that it reads; for a merge, one per branch.", shared("shape")),
    output=shared("shape", "The shape of the output."),
    steps=a_list("Its numbers, each with its formula.", _STEP),
    remarks=a_list("Sentences that do not belong to any one number.", a_text()),
    hulls=a_list("Only for a merge: its receptive field in each input.", _HULL),
    equivalents=a_list("Layers that do the same with a different number of parameters.", _EQUIVALENT),
)


def _schemas() -> dict[str, Schema]:
    schema = a_record(
        "How the numbers of layers are calculated.",
        **of_model("explain"),
        layers=a_list("The layers asked for.", _LAYER),
        legend=a_map("Only with `--legend`: symbols.", a_text("What the symbol stands for.")),
    )
    schema = not_always(schema, "legend")
    return {"explain": complete("explain", "cnncalc explain MODEL --format json", schema)}


SCHEMAS = _schemas()
"""By name."""
