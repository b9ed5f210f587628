"""The schema of `receptive-field --format json`: all layers, or one unit."""

from cnncalc.report.schemas.outputs._parts import (
    FIELD,
    Schema,
    a_count,
    a_list,
    a_pair,
    a_real,
    a_record,
    a_text,
    a_truth,
    complete,
    either,
    fields_apart,
    of_model,
    one_word,
    or_null,
    shared,
)

_CENTRE = {
    "centre": a_list(
        "The centre of what unit 0 sees, in positions of the input, along each axis; null if it sees nothing, or all.",
        or_null(a_real()),
    ),
    "centre_fractions": a_list("The same as pairs of numerator and denominator.", or_null(shared("fraction"))),
}
_LAYER = fields_apart(
    "A layer and its field in one input; a layer that sees two inputs is listed once for each.",
    {
        "name": a_text("Its full name."),
        "kind": a_text("Its kind."),
        "input": a_text("The name of the input that the field is in."),
        "changed": a_truth("Whether the layer changes the field."),
    },
    {
        **_CENTRE,
        "covered_percent": a_list("How much of the input it covers, along each axis, in percent.", a_real(low=0)),
        "covered_fractions": a_list(
            "The same as fractions of 1: pairs of numerator and denominator.", shared("fraction")
        ),
        "added": a_list(
            "How many more positions it sees than the layer's inputs do, along each axis; null if it sees all.",
            or_null(a_count(low=None)),
        ),
    },
)
_BRANCH = a_record(
    "A branch.",
    name=a_text("The layer that it ends in."),
    stride=FIELD["stride"],
    stride_fractions=FIELD["stride_fractions"],
    **_CENTRE,
)
_ALIGNED_BY = a_record(
    "A setting that would align them.",
    layer=a_text("The layer to change."),
    setting=a_text("The setting to change."),
    padding=a_list("Its value: zeros before and after, along each axis.", a_pair(low=0)),
)
_MISALIGNMENT = a_record(
    "A merge whose branches look at different places.",
    merge=a_text("The merge."),
    input=a_text("The input in which they do."),
    branches=a_list("The branches.", _BRANCH),
    aligned_by=or_null(_ALIGNED_BY),
)
_PROPOSAL = a_record(
    "A change after which the field covers the input.",
    way=one_word("What is changed.", "layers", "stride", "pool", "dilation"),
    at=a_text("The layer at which it is."),
    amount=a_list("How many layers, or the stride, pool or dilation along each axis.", a_count(low=1)),
    change=a_text("The change in words."),
    size=a_list("The resulting field, in positions along each axis.", a_count()),
    output=shared("shape", "The resulting output of the layer."),
    params=a_count("The change in parameters.", None),
    macs=a_count("The change in multiply-adds for one sample.", None),
    more_layers=a_count("How many layers are added along with a pool."),
)
_REFUSAL = a_record(
    "A kind of change after which the field still does not cover the input.",
    way=one_word("What would be changed.", "layers", "coarser", "dilation"),
    why=a_text("Why not."),
)
_ANSWER = a_record(
    "Whether the field covers an input, and what would make it do so.",
    input=a_text("The name of the input."),
    layer=or_null(a_text("The last layer with a local field; null if there is none.")),
    goal=a_list("The size asked for, in positions along each axis.", a_count(low=1)),
    covered=or_null(a_truth("Whether the field covers it; null if that is unknown.")),
    proposals=a_list("Changes after which it does.", _PROPOSAL),
    refusals=a_list("Changes after which it still does not.", _REFUSAL),
)
_BOX = {
    "input": a_text("The name of the input."),
    "status": one_word("`local`: a box.", "local"),
    "box": shared("box", "First and last position that the unit sees, along each axis, including the padding."),
    "clipped": shared("box", "The same, clipped to the input; null if it sees nothing of it."),
    "gated": FIELD["gated"],
}


def _boxes() -> Schema:
    other = one_word(
        "`global`: the whole input; `unknown`: too long a pattern to follow, or an opaque layer on the way.",
        "global",
        "unknown",
    )
    local = a_record("What the unit sees of an input.", **_BOX)
    return either("What the unit sees of an input.", local, a_record("All of it.", input=_BOX["input"], status=other))


def _schemas() -> dict[str, Schema]:
    begin = {**of_model("receptive-field"), "inputs": shared("inputs")}
    layers = a_record(
        "The fields of all layers.",
        **begin,
        layers=a_list("Every layer.", _LAYER),
        misalignments=a_list("Merges whose branches look at different places.", _MISALIGNMENT),
        answers=a_list("An answer for each input.", _ANSWER),
    )
    unit = a_record(
        "With `--layer`: what one unit sees.",
        **begin,
        layer=a_text("The layer."),
        unit=a_list("The unit: its place along each axis, from 0.", a_count()),
        boxes=a_list("What it sees of each input.", _boxes()),
    )
    schema = either("The fields of all layers; with `--layer`, what one unit sees.", layers, unit)
    return {"receptive-field": complete("receptive-field", "cnncalc receptive-field MODEL --format json", schema)}


SCHEMAS = _schemas()
"""By name."""
