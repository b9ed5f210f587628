"""`cnncalc schema`: of specs, and of what commands write."""

import json

import pytest

from cnncalc.report.schemas.catalogue import SCHEMA_NAMES, json_schema


@pytest.mark.parametrize("arguments", [[], ["spec"]])
def test_of_specs(call, arguments):
    assert json.loads(call("schema", *arguments).out) == json_schema("spec")


@pytest.mark.parametrize("name", SCHEMA_NAMES[1:])
def test_of_what_a_command_writes(call, name):
    result = call("schema", name)
    assert (result.status, result.err) == (0, "")
    assert json.loads(result.out)["title"] == f"cnncalc/{name}, version 1"


def test_by_the_name_that_stands_in_the_json(call):
    assert call("schema", "cnncalc/summary").out == call("schema", "summary").out


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("sumary", "there is no schema 'sumary'; did you mean summary?"),
        ("receptive_field", "there is no schema 'receptive_field'; did you mean receptive-field?"),
        ("png", f"there is no schema 'png'; expected {', '.join(SCHEMA_NAMES)}"),
    ],
)
def test_a_name_that_is_not_known(call, name, message):
    result = call("schema", name)
    assert (result.status, result.out) == (2, "")
    assert message in " ".join(result.err.split())
