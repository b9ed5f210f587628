"""The schema of `specs --format json`."""

from cnncalc.report.schemas.outputs._parts import (
    AT_LEAST,
    FIELD,
    Schema,
    a_count,
    a_list,
    a_map,
    a_record,
    a_text,
    complete,
    head,
    not_always,
    or_null,
    shared,
)

_FIELD = a_record(
    "The last local receptive field in an input; null if there is none.",
    layer=a_text("The layer that made it."),
    size=FIELD["size"],
)
_NUMBERS = {
    "inputs": shared("inputs"),
    "params": or_null(a_count("Parameters; null if an opaque layer makes them unknown.")),
    "macs": or_null(a_count("Multiply-adds for one sample; null if an opaque layer makes them unknown.")),
    "at_least": a_map(AT_LEAST, a_count("At least so many.")),
    "last_local_field": a_map("By input.", or_null(_FIELD)),
}
_VARIANT = not_always(
    a_record(
        "A variant; with its numbers if it was analysed.",
        name=a_text("Its name for the command line, as in `resnet@18`."),
        **_NUMBERS,
    ),
    *_NUMBERS,
)
_SPEC = a_record(
    "A shipped spec.",
    name=a_text("Its name for the command line."),
    file=a_text("Its path."),
    description=a_text("The whole description."),
    **_NUMBERS,
    variants=a_list("Its variants.", _VARIANT),
)
_SPEC = not_always(_SPEC, "at_least")


def _schemas() -> dict[str, Schema]:
    schema = a_record("The shipped specs.", **head("specs"), specs=a_list("The specs, by name.", _SPEC))
    return {"specs": complete("specs", "cnncalc specs --format json", schema)}


SCHEMAS = _schemas()
"""By name."""
