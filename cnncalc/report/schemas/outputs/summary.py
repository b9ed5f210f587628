"""The schema of `summarize --format json`."""

from cnncalc.report.schemas.outputs._layer_settings import settings_record
from cnncalc.report.schemas.outputs._parts import (
    Schema,
    a_count,
    a_list,
    a_real,
    a_record,
    a_text,
    a_truth,
    complete,
    maybe_unknown,
    not_always,
    of_model,
    one_word,
    or_null,
    shared,
)

_PLACE = not_always(
    a_record(
        "Where its kind is written in the file; for an entry of a block, in the block.",
        file=a_text("The file; only for an entry of a model inside."),
        line=a_count("From 1.", 1),
        column=a_count("From 1, in characters.", 1),
        end_line=a_count("From 1.", 1),
        end_column=a_count("From 1, in characters; the end is excluded.", 1),
    ),
    "file",
)
_ENTRY = a_record(
    "An entry of the spec in its place, and what is inside it.",
    name=a_text("Its whole path, as in `stage1.0.conv1`."),
    kind=a_text(
        "A layer kind, `residual`, `group`, `share`, `model`, the name of a block, or `repeat` for a run of copies."
    ),
    words=a_text("Its kind and settings in words, as the table has them."),
    copies=a_count("How many copies a `repeat` has; 1 for any other entry.", 1),
    layers=a_list("The names of all layers in it, in the order of the forward pass.", a_text()),
    place=_PLACE,
    entries=a_list("The entries inside it, in order.", shared("entry")),
    origin=a_text("Only if the spec says so: what it is called elsewhere."),
)


_NOT_TRAINED = "Parameters that training does not change: those of frozen layers, and statistics if they count."


def _shares() -> Schema:
    about = "As a fraction of the total, from 0 to 1; 0 if the total is 0, null if one of the two is unknown."
    return a_record(
        "The layer's share of the model's totals.",
        params=or_null(a_real(about, 0, 1)),
        macs=or_null(a_real(about, 0, 1)),
        activation_bytes=a_real(about, 0, 1),
    )


def _layer() -> Schema:
    layer = a_record(
        "A layer; the norm and the activation of an entry are separate layers, and so is a merge.",
        name=a_text("Its full name."),
        kind=a_text("Its kind."),
        inputs=a_list("The names of the layers and inputs that it reads, in order.", a_text()),
        input_shapes=a_list("The shapes of these.", shared("shape")),
        settings=settings_record(),
        output=shared("shape", "The shape of the output."),
        params=a_count("Parameters, trainable or not."),
        trainable_params=a_count("Parameters that training changes."),
        non_trainable_params=a_count(_NOT_TRAINED),
        macs=a_count("Multiply-adds for one sample."),
        activation_bytes=a_count("Bytes of the output, for the whole batch."),
        alive_bytes=a_count("Bytes of all tensors alive while the layer runs, for the whole batch."),
        of_total=_shares(),
        receptive_field=shared("fields"),
        shares=a_text("Only if a layer is reused: the layer whose weights it uses."),
        like=a_text("Only for a `resize`: the layer or input whose size it gets."),
        frozen=a_truth("Only if it is: whether training leaves its parameters as they are."),
        origin=a_text("Only if the spec says so: what it is called elsewhere."),
    )
    layer = not_always(layer, "shares", "like", "frozen", "origin")
    return maybe_unknown(layer, "params", "trainable_params", "non_trainable_params", "macs")


_TOTALS = maybe_unknown(
    a_record(
        "Sums over all layers.",
        params=a_count("Parameters, trainable or not."),
        trainable_params=a_count("Parameters that training changes."),
        non_trainable_params=a_count("Parameters that it does not change."),
        macs=a_count("Multiply-adds for one sample; FLOPs are twice as many."),
        param_bytes=a_count("Bytes of all parameters."),
        activation_bytes=a_count("Bytes of the outputs of all layers, for the whole batch."),
        peak_activation_bytes=a_count(
            "The most bytes of tensors alive at once in a forward pass, for the whole batch."
        ),
        peak_at=a_text("The layer during which this happens."),
    ),
    "params",
    "trainable_params",
    "non_trainable_params",
    "macs",
    "param_bytes",
)
_OUTPUT_LAYER = a_record(
    "Where an output comes from.",
    output=a_text("The entry that is returned."),
    layer=a_text("The layer that it ends in."),
    shape=shared("shape", "The shape of the output."),
)


def _summary() -> Schema:
    summary = a_record(
        "Every number of a model.",
        **of_model("summary"),
        dtype=one_word("The type that bytes are counted for.", "float64", "float32", "float16", "bfloat16", "int8"),
        batch=a_count("Samples in the batch that bytes are counted for.", 1),
        note=a_text("Only if there is a note about the bytes of this type."),
        inputs=shared("inputs"),
        entries=a_list("The entries of the spec, a tree.", shared("entry")),
        layers=a_list("Every layer, in the order of the forward pass.", _layer()),
        outputs=a_list("The names of the entries that the model returns.", a_text()),
        output_layers=a_list("The layers that these end in, in the same order.", _OUTPUT_LAYER),
        totals=_TOTALS,
    )
    return not_always(summary, "note")


def _schemas() -> dict[str, Schema]:
    return {
        "summary": complete(
            "summary", "cnncalc summarize MODEL --format json", _summary(), entry=not_always(_ENTRY, "origin")
        )
    }


SCHEMAS = _schemas()
"""By name."""
