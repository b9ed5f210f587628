"""The schema of `compare --format json`."""

from cnncalc.report.schemas.outputs._parts import (
    Schema,
    a_count,
    a_list,
    a_map,
    a_real,
    a_record,
    a_text,
    a_truth,
    complete,
    head,
    maybe_unknown,
    not_always,
    one_word,
    or_null,
    shared,
)

_TOTALS = {
    "params": "Parameters.",
    "trainable_params": "Parameters that training changes.",
    "macs": "Multiply-adds for one sample.",
    "param_bytes": "Bytes of all parameters.",
    "activation_bytes": "Bytes of the outputs of all layers.",
    "peak_activation_bytes": "The most bytes of tensors alive at once.",
}


_CHANGE = {
    "delta": or_null(a_count("The change; null if it is unknown.", None)),
    "percent": or_null(a_real("The change in percent of the first number; null if it is unknown.")),
}


def _total(about: str) -> Schema:
    values = a_list("One for each model, in their order.", or_null(a_count()))
    bounds = a_list("Only if one of these is null: lower bounds of all.", a_count())
    return not_always(a_record(about, values=values, at_least=bounds, **_CHANGE), "at_least", *_CHANGE)


_LINE = maybe_unknown(
    a_record(
        "An entry.",
        name=a_text("Its full name."),
        kind=a_text("Its kind."),
        output=shared("shape", "The shape of the output."),
        params=a_count("Parameters."),
        macs=a_count("Multiply-adds for one sample."),
    ),
    "params",
    "macs",
)
_VALUE: Schema = {
    "description": "As in the settings of `cnncalc/summary`; null if the entry has no such setting.",
    "type": ["null", "boolean", "number", "string", "array", "object"],
    "items": {"type": ["number", "array"], "items": {"type": "integer"}},
    "additionalProperties": {"type": "array", "items": {"type": "integer"}},
}
_ENTRY = a_record(
    "An entry of the first model and what became of it.",
    status=one_word("What became of it.", "added", "removed", "changed", "renamed", "same"),
    before=or_null(_LINE),
    after=or_null(_LINE),
    settings=a_map(
        "The settings that changed, by name.", a_record("Its values on both sides.", before=_VALUE, after=_VALUE)
    ),
    inputs=or_null(
        a_record(
            "The names of its inputs if these changed; otherwise null.",
            before=a_list("In the first model.", a_text()),
            after=a_list("In the second.", a_text()),
        )
    ),
    params=a_record("Parameters.", **_CHANGE),
    macs=a_record("Multiply-adds for one sample.", **_CHANGE),
)
_MODEL = a_record(
    "A model.",
    label=a_text("What distinguishes it from the others."),
    name=a_text("Its name."),
    file=a_text("The file that it was read from."),
    convention=one_word("The rules that were applied.", "lecture", "keras", "pytorch"),
    layout=one_word("The order of the sizes in shapes.", "channels_last", "channels_first"),
    inputs=shared("inputs"),
    outputs=a_list("The outputs.", a_record("An output.", name=a_text("The entry."), shape=shared("shape"))),
    peak_at=a_text("The layer at which memory peaks."),
    receptive_field=shared("fields"),
)
_FAILED = not_always(
    maybe_unknown(
        a_record(
            "A condition of `--fail-if` that is met, or that cannot be judged.",
            condition=a_text("The condition."),
            model=a_count("Which model, from 0."),
            before=or_null(a_real("The number of the first model; null if unknown.")),
            after=or_null(a_real("The number of this model; null if unknown.")),
            judged=a_truth("Only if it is false: that an opaque layer makes the number unknown."),
        ),
        "before",
        "after",
    ),
    "judged",
)


_PLACE = a_record(
    "A layer or input.",
    name=a_text("Its full name."),
    kind=a_text("Its kind."),
    origin=a_text('What it is called elsewhere; "" if the spec does not say.'),
    joined=a_list("Layers that are compared together with it: a `pad` before it, a norm folded into it.", a_text()),
    file=a_text("The text that it is in."),
    line=or_null(a_count("Its line, from 1; null in a file of another tool.")),
    column=or_null(a_count("Its column, from 1; null in a file of another tool.")),
    node=a_text('Where it is in a file of another tool; "" in a spec.'),
    output=shared("shape", "The shape of its output."),
)
_PARTING = a_record(
    "The first place where two networks part.",
    what=one_word(
        "What is different.",
        *("kind", "settings", "shape", "reads", "missing", "shared", "readers", "inputs", "outputs"),
    ),
    message=a_text("What is different, in words."),
    first=or_null(_PLACE),
    second=or_null(_PLACE),
    settings=a_map(
        "The settings that differ, by name.",
        a_record("Its values in words.", first=a_text("In the first model."), second=a_text("In this one.")),
    ),
)
_NETWORK = a_record(
    "Whether a model is the same network as the first.",
    verdict=one_word("`folded`: the same, but for norms that are folded into weights.", "same", "folded", "different"),
    folded=a_record(
        "How many norms are folded in the other model.",
        first=a_count("Of the first model."),
        second=a_count("Of this one."),
    ),
    parting=or_null(_PARTING),
)


def _schemas() -> dict[str, Schema]:
    schema = a_record(
        "Models side by side.",
        **head("compare"),
        different=a_truth("Whether the models differ."),
        failed=a_list("The conditions of `--fail-if` that are met, or that cannot be judged.", _FAILED),
        models=a_list("The models, in their order.", _MODEL),
        totals=a_record(
            "The totals; for two models with the changes.", **{name: _total(about) for name, about in _TOTALS.items()}
        ),
        networks=a_list("For each model after the first, whether it is the same network.", _NETWORK),
        entries=or_null(a_list("For two models, entry by entry; otherwise null.", _ENTRY)),
    )
    return {"compare": complete("compare", "cnncalc compare MODEL MODEL --format json", schema)}


SCHEMAS = _schemas()
"""By name."""
