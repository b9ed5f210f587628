"""The schema of `forward --format json`: tensors; with `--trace` windows; with `--shift` verdicts."""

from cnncalc.report.schemas.outputs._parts import (
    Schema,
    a_count,
    a_list,
    a_pair,
    a_real,
    a_record,
    a_text,
    complete,
    either,
    nested_numbers,
    of_model,
    one_word,
    or_null,
    shared,
)

_INPUT = a_record(
    "An input.",
    name=a_text("Its name."),
    shape=shared("shape"),
    source=a_text("Where its values come from: `sample` (in the spec), `seed`, or a file."),
)
_TENSOR = a_record(
    "An input or the output of a layer.",
    name=a_text("Its full name."),
    kind=a_text("The layer's kind, or `input`."),
    shape=shared("shape"),
    min=or_null(a_real("The smallest value.")),
    mean=or_null(a_real("The mean.")),
    max=or_null(a_real("The largest value.")),
    values=nested_numbers(
        "All values in the order of the layout; null if they were not asked for or there are too many."
    ),
)
_PART = a_record(
    "What one input channel adds.",
    channel=or_null(a_count("The input channel, from 0.")),
    patch=nested_numbers("The values under the window."),
    inside={"description": "Whether each is in the input rather than in its padding.", "$ref": "#/$defs/truths"},
    kernel=nested_numbers("The weights; null for a pool."),
    products=nested_numbers("Values times weights; null for a pool."),
    sum=or_null(a_real("The sum of the products; null for a pool.")),
    factor=or_null(a_real("The factor by which a separable convolution multiplies the sum; otherwise null.")),
)
_WINDOW = a_record(
    "How one value is calculated.",
    layer=a_text("The layer."),
    position=a_list("The position of the value along each axis, from 0.", a_count()),
    channel=a_count("Its channel, from 0."),
    operation=a_text("What is done with the values under the window."),
    reads=a_list("First and last position of the input under the window, along each axis.", a_pair()),
    parts=a_list("Its parts.", _PART),
    bias=or_null(a_real("The bias; null if there is none.")),
    divisor=or_null(a_count("The divisor of a mean; null if nothing is divided.")),
    value=or_null(a_real("The value that the run gave.")),
)
_MOVED = a_record(
    "Whether the map of a layer moved with the input.",
    name=a_text("Its full name."),
    kind=a_text("Its kind."),
    verdict=a_text("The verdict."),
    reason=a_text("Why; empty if there is nothing to say."),
    moves_by=or_null(a_list("Units by which it should move, along each axis; null if unknown.", a_count(low=None))),
    compared=a_count("Units that have a partner in the other map."),
    border_differences=a_count("Units at the border that differ from it."),
    border_lines=a_list(
        "Where units at the border differ, along each axis.", a_list("Rows, or columns, from 0.", a_count())
    ),
    inner_differences=a_count("Other units that differ from it."),
    largest_inner_difference=or_null(a_real("The largest difference of these.", 0)),
)
_TRUTHS = {
    "description": "true or false, in nested lists.",
    "type": ["boolean", "array"],
    "items": {"$ref": "#/$defs/truths"},
}


def _schemas() -> dict[str, Schema]:
    begin = {
        **of_model("forward"),
        "dtype": one_word("The type of the numbers.", "float64", "float32", "float16"),
        "seed": a_count("The seed from which numbers were drawn.", None),
        "weights": a_list("Where the weights come from: `spec`, `seed`, or a file; empty without weights.", a_text()),
        "inputs": a_list("The inputs.", _INPUT),
    }
    tensors = a_record(
        "The values of all layers.",
        **begin,
        tensors=a_list("The inputs and all layers, in the order they run.", _TENSOR),
        outputs=a_list("The names of the entries that the model returns.", a_text()),
    )
    trace = a_record("With `--trace`: how values are calculated.", **begin, trace=a_list("The values.", _WINDOW))
    shift = a_record(
        "With `--shift`: which maps move with the input.",
        **begin,
        shift=a_list("Positions by which the input moved, along each axis.", a_count(low=None)),
        layers=a_list("The layers, in the order they run.", _MOVED),
    )
    schema = either(
        "The values of all layers; with `--trace`, how values are calculated; with `--shift`, which maps move.",
        *(tensors, trace, shift),
    )
    return {"forward": complete("forward", "cnncalc forward MODEL --format json", schema, truths=_TRUTHS)}


SCHEMAS = _schemas()
"""By name."""
