"""The schema of `verify --format json`."""

from cnncalc.report.schemas.outputs._parts import (
    Schema,
    a_count,
    a_list,
    a_map,
    a_pair,
    a_record,
    a_text,
    a_truth,
    complete,
    either,
    not_always,
    of_model,
    one_word,
    or_null,
    shared,
)

_QUANTITIES = ("output", "params", "macs", "values", "receptive_field", "memory")
_PARAMS = "Trainable and non-trainable parameters"
_BYTES = "Bytes of the output; or of the peak, and the layer at which it is"


def _difference(quantity: str, measured: Schema, claimed: Schema, **others: Schema) -> Schema:
    return a_record(
        "What contradicts the analysis.",
        layer=a_text("The layer."),
        quantity=one_word("What differs.", quantity),
        measured=measured,
        claimed=claimed,
        **others,
    )


def _bytes(about: str) -> Schema:
    peak = {"type": "array", "prefixItems": [a_count(), a_text()], "minItems": 2, "maxItems": 2}
    return either(about, a_count(), peak)


def _of_a_definition(about: str) -> Schema:
    """A value, a count, a shape, the shapes of weights by name, the steps of a field, or why a layer could not run."""
    value = {"type": ["number", "string", "null", "array"], "items": {"type": ["integer", "string", "null"]}}
    return either(about, value, a_map("Weights by name.", a_list("The shape.", a_count())))


def _values() -> Schema:
    steps = a_list("For `moves`: the same as pairs of numerator and denominator.", or_null(shared("fraction")))
    values = _difference(
        "values",
        _of_a_definition("What the definition says."),
        _of_a_definition("What the layer does."),
        of=one_word("What is not as defined.", "output", "params", "macs", "moves", "values"),
        on=a_list("The shape of each small input.", shared("shape")),
        place=or_null(a_list("For a value: its position and channel, from 0.", a_count())),
        measured_fractions=or_null(steps),
        claimed_fractions=or_null(steps),
    )
    return not_always(values, "measured_fractions", "claimed_fractions")


def _interval(about: str) -> Schema:
    return or_null(a_pair(f"First and last position that the unit sees{about}; null for nothing."))


def _differences() -> Schema:
    pair = a_pair(f"{_PARAMS}, as measured.", 0)
    field = _difference(
        "receptive_field",
        _interval(", as measured"),
        _interval(", as the analysis says"),
        input=a_text("The input."),
        axis=a_count("The axis, from 0."),
        unit=or_null(a_count("The unit along it, from 0; null for what all units see.")),
        claimed_field=or_null(shared("field", "The field that the analysis has.")),
    )
    return either(
        "A contradiction; its fields depend on its `quantity`.",
        _difference("output", shared("shape", "The shape, as measured."), shared("shape", "As the analysis has it.")),
        _difference("params", pair, a_pair(f"{_PARAMS}, as the analysis has them.", 0)),
        _difference("macs", a_count("Multiply-adds, as counted."), a_count("As the analysis has them.")),
        _difference("memory", _bytes(f"{_BYTES}, as measured."), _bytes(f"{_BYTES}, as the analysis has them.")),
        _values(),
        field,
    )


def _measured_field() -> Schema:
    other = one_word(
        "`global`: all of the input; `partial`: less than the layer sees as a whole; `unknown`: not checked.",
        "global", "partial", "unknown",
    )  # fmt: skip
    cut = "null if the field is cut off"
    local = a_record(
        "A box.",
        status=one_word("`local`: a box.", "local"),
        size=or_null(a_list(f"Positions along each axis; {cut}.", a_count())),
        padding=or_null(a_list(f"Positions outside the input, along each axis; {cut}.", or_null(a_count(low=None)))),
    )
    return either("The field that was measured in an input.", local, a_record("No box.", status=other))


_LAYER = a_record(
    "A layer that ran.",
    name=a_text("Its full name."),
    kind=a_text("Its kind."),
    output=shared("shape", "The shape of the output."),
    trainable_params=a_count("Parameters that training changes."),
    non_trainable_params=a_count("Parameters that it does not change."),
    macs=a_count("Multiply-adds for one sample."),
    output_bytes=or_null(a_count("Bytes of the output.")),
    held_bytes=or_null(a_count("Bytes of all that was held while the layer ran.")),
    receptive_fields=or_null(a_map("Fields by input; null if they were not checked.", _measured_field())),
)


def _schemas() -> dict[str, Schema]:
    verdict = or_null(a_truth("Whether everything is right; null if it was not checked."))
    failure = a_record("What could not run.", layer=a_text("The layer."), reason=a_text("Why."))
    peak = a_record(
        "The peak of memory; null if it was not checked.",
        bytes=a_count("Bytes."),
        layer=a_text("The layer at which it is."),
    )
    schema = a_record(
        "Every number compared with a run of the network.",
        **of_model("verify"),
        inputs=shared("inputs"),
        ok=a_truth("Whether all layers that can run did, and nothing contradicts the analysis."),
        verdicts=a_record("By quantity.", **dict.fromkeys(_QUANTITIES, verdict)),
        failure=or_null(failure),
        differences=a_list("What contradicts the analysis.", _differences()),
        layers=a_list("Every layer that ran.", _LAYER),
        stopped=a_list("Only if there are opaque layers, which cannot run: what is left out.", a_text("A sentence.")),
        peak=or_null(peak),
    )
    schema = not_always(schema, "stopped")
    return {"verify": complete("verify", "cnncalc verify MODEL --format json", schema)}


SCHEMAS = _schemas()
"""By name."""
