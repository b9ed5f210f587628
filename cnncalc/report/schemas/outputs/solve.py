"""The schemas of `solve --format json`, one for each form of question; for a field it is `receptive-field`."""

from cnncalc.report.schemas.outputs._parts import (
    Schema,
    a_count,
    a_list,
    a_map,
    a_pair,
    a_real,
    a_record,
    a_text,
    a_truth,
    complete,
    head,
    or_null,
)

_AXIS = a_record(
    "The values along an axis that make the formula true.",
    **head("solve"),
    known=a_map("What was given, by symbol.", a_count(low=None)),
    unknown=a_list("The symbols asked for.", a_text()),
    transposed=a_truth("Whether it is a transposed convolution."),
    bounds=a_map("The first and last values tried, by symbol; empty if the rule has one answer.", a_pair()),
    complete=a_truth("Whether all solutions are listed."),
    solutions=a_list("The solutions.", a_map("Values by symbol.", a_count(low=None))),
    reason=or_null(a_text("Why there is no solution; null if there are any.")),
)
_CHANGE = a_record(
    "A setting that gives the output.",
    setting=a_text("The setting."),
    old=a_text("Its value now."),
    new=a_text("The value that gives it."),
    output=a_list("The positions of the output along each axis.", a_count()),
    fits=a_truth("Whether the layers after it accept that."),
)
_LAYER = a_record(
    "The settings of a layer that give an output.",
    **head("solve-layer"),
    layer=a_text("The layer."),
    changes=a_list("The settings.", _CHANGE),
)
_NEXT: Schema = {
    "description": "The next value and what it would give; null if there is none.",
    "type": ["array", "null"],
    "prefixItems": [a_real("The value."), or_null(a_count("The total; null if it is unknown."))],
    "minItems": 2,
    "maxItems": 2,
}
_VARIABLE = a_record(
    "The largest value of a variable that stays within a bound.",
    **head("solve-variable"),
    variable=a_text("The variable."),
    of=a_text("The total that is bounded."),
    bound=a_text("The bound."),
    value=or_null(a_real("The largest value that stays within the bound; null if none does.")),
    result=or_null(a_count("The total for this value; null if none stays within the bound.")),
    unjudged=a_count("How many values were left out, because an opaque layer makes the total unknown."),
    next=_NEXT,
)
_LISTS = {
    "legal": "The sizes at which every layer fits.",
    "whole": "Of these, the sizes at which no stride drops anything.",
    "even": "Of these again, the sizes at which every stride divides what it reads.",
}
_AXIS_SIZES = a_record(
    "The sizes along one axis, with the others as they are.",
    axis=a_text("The axis: `length`, `depth`, `height` or `width`."),
    **{name: a_list(about, a_count()) for name, about in _LISTS.items()},
)
_GIVEN_SIZE = a_record(
    "What happens at the size that the file or `--input` gives.",
    sizes=a_list("The size, per axis.", a_count()),
    legal=a_truth("Whether every layer fits."),
    dropped_by=or_null(a_text("The first layer whose stride drops something; null if none does.")),
    nearest=a_list("The nearest better sizes, if there is something wrong with it.", a_list("Per axis.", a_count())),
)
_SIZES = a_record(
    "The input sizes that a model accepts.",
    **head("solve-sizes"),
    smallest=or_null(a_count("The smallest legal size in positions, the same along all axes; null if there is none.")),
    whole=a_list("The legal sizes at which no stride drops anything.", a_count()),
    bound=a_count("The largest size that was tried."),
    step=or_null(a_count("The distance between these; null if they are not evenly spaced.")),
    legal=a_list("The sizes at which every layer fits.", a_count()),
    even=a_list("Of the whole sizes, those at which every stride divides what it reads.", a_count()),
    axes=a_list("The sizes of each axis, if they differ.", _AXIS_SIZES),
    inputs=a_map("The inputs whose sizes change: how many times as large as the smallest each is.", a_count()),
    given=_GIVEN_SIZE,
)
_COMMANDS = {
    "solve": ("cnncalc solve n_in=32 k=5 s=1 n_out=32 --format json", _AXIS),
    "solve-layer": ("cnncalc solve MODEL --layer NAME --output SHAPE --format json", _LAYER),
    "solve-variable": ("cnncalc solve MODEL --vary NAME --params BOUND --format json", _VARIABLE),
    "solve-sizes": ("cnncalc solve MODEL --sizes --format json", _SIZES),
}


def _schemas() -> dict[str, Schema]:
    return {name: complete(name, command, schema) for name, (command, schema) in _COMMANDS.items()}


SCHEMAS = _schemas()
"""By name."""
