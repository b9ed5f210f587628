"""The JSON Schemas of what commands write: every JSON of the documentation and of the commands has their form."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import outputs
import pytest
from helpers import neighbour
from jsonschema import Draft202012Validator

import cnncalc
from cnncalc.forward.proof.verification import verify
from cnncalc.layers.base import Reads
from cnncalc.report.schemas.catalogue import SCHEMA_NAMES, SPEC, json_schema
from cnncalc.report.views.running.verify import VerificationReport

make_schemas = neighbour(__file__, "make_schemas")

ROOT = Path(__file__).parents[2]
OUTPUTS = [name for name in SCHEMA_NAMES if name != SPEC]
REFERENCE = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")


@cache
def validator(name: str) -> Draft202012Validator:
    return Draft202012Validator(json_schema(name))


def check(found: dict[str, Any]) -> str:
    """Holds a JSON against the schema that it names; the schema's name."""
    name = found["schema"].removeprefix("cnncalc/")
    errors = [
        f"{'/'.join(map(str, each.absolute_path))}: {each.message[:300]}" for each in validator(name).iter_errors(found)
    ]
    assert errors == []
    return name


def parts(schema: Any) -> Iterator[dict[str, Any]]:
    """A schema and all inside it."""
    if isinstance(schema, dict):
        yield schema
        inside = schema.items()
        for key, each in inside:
            # the properties are no schema, but those of an object
            yield from (
                (part for one in each.values() for part in parts(one))
                if key in ("properties", "$defs")
                else parts(each)
            )
    elif isinstance(schema, list):
        for each in schema:
            yield from parts(each)


def fields(name: str) -> dict[str, dict[str, Any]]:
    """All properties in a schema by name."""
    return {key: each for part in parts(json_schema(name)) for key, each in part.get("properties", {}).items()}


# -- the schemas themselves


@pytest.mark.parametrize("name", OUTPUTS)
def test_it_is_a_schema(name: str):
    schema = json_schema(name)
    Draft202012Validator.check_schema(schema)
    assert schema["title"] == f"cnncalc/{name}, version 1"
    for part in parts(schema):
        if "$ref" in part:
            assert part["$ref"].removeprefix("#/$defs/") in schema["$defs"]


@pytest.mark.parametrize("name", SCHEMA_NAMES)
def test_the_kept_ones_are_current(name: str):
    assert json.loads(make_schemas.kept(name).read_text(encoding="utf-8")) == json_schema(name)


def test_nothing_else_is_kept():
    assert sorted(make_schemas.FOLDER.iterdir()) == sorted(map(make_schemas.kept, SCHEMA_NAMES))


@pytest.mark.parametrize("name", OUTPUTS)
def test_no_object_is_open(name: str):
    """Objects have named fields and no others, or keys of the user's and one form of value."""
    for part in parts(json_schema(name)):
        if "object" in str(part.get("type")):
            closed = part["additionalProperties"] is False
            assert closed == ("properties" in part), part
            assert closed or part["additionalProperties"]


@pytest.mark.parametrize("name", OUTPUTS)
def test_every_field_says_what_it_is(name: str):
    definitions = json_schema(name).get("$defs", {})
    for key, field in fields(name).items():
        about = field.get("description") or definitions[field["$ref"].removeprefix("#/$defs/")]["description"]
        assert re.fullmatch(r"[A-Z`[].*[.:…]", about, re.DOTALL), key


@pytest.mark.parametrize("name", OUTPUTS)
def test_bytes_and_counts_say_their_unit(name: str):
    for key, field in fields(name).items():
        if key.endswith("bytes"):
            assert (
                "Bytes" in field["description"] or "fraction" in field["description"] or "bytes" in field["description"]
            )
        if key == "macs" and field.get("type") == "integer":
            assert "ultiply-adds" in field["description"]


# -- the documentation


def own_section(name: str) -> str:
    """What the reference says of a JSON."""
    found = re.search(rf"^### cnncalc/{name}\n(.*?)(?=^##|\Z)", REFERENCE, re.DOTALL | re.MULTILINE)
    assert found, f"docs/commands.md has no section cnncalc/{name}"
    return found[1]


def section(name: str) -> str:
    """The same, with what is said of all, and of a summary where it refers to that."""
    preface = REFERENCE[REFERENCE.index("## JSON, field by field") : REFERENCE.index("### cnncalc/summary")]
    text = own_section(name)
    return preface + text + (own_section("summary") if "as in `cnncalc/summary`" in text else "")


def settings() -> set[str]:
    """Settings of layers, which docs/spec.md describes."""
    return {
        each
        for part in parts(json_schema("summary"))
        for each in part.get("properties", {})
        if "kernel" in part.get("properties", {})
    }


@pytest.mark.parametrize("name", OUTPUTS)
def test_every_field_is_in_the_reference(name: str):
    words = {word for span in re.findall(r"`([^`\n]+)`", section(name)) for word in re.findall(r"\w+", span)}
    assert sorted(set(fields(name)) - words - settings()) == []


@pytest.mark.parametrize("name", OUTPUTS)
def test_every_field_of_the_reference_is_in_the_schema(name: str):
    cells = re.findall(r"^\| (`[^|]+`) \|", own_section(name), re.MULTILINE)
    named = {re.findall(r"\w+", span)[-1] for cell in cells for span in re.findall(r"`([^`]+)`", cell)}
    assert sorted(named - set(fields(name))) == []


def examples() -> Iterator[Any]:
    """Every JSON in the documentation that names its schema."""
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
        for start in re.finditer(r'^\{\n  "schema": "cnncalc/', page.read_text(encoding="utf-8"), re.MULTILINE):
            yield pytest.param(page, start.start(), id=f"{page.stem}-{start.start()}")


@pytest.mark.parametrize(("page", "start"), list(examples()))
def test_examples_of_the_documentation(page: Path, start: int):
    found, _ = json.JSONDecoder().raw_decode(page.read_text(encoding="utf-8")[start:])
    check(found)


# -- what commands write


def written(folder: Path, arguments: list[str]) -> dict[str, Any] | None:
    """The JSON of a command line; None where it writes none, for the model has mistakes."""
    _, out, _ = outputs._output(folder, arguments)
    return json.loads(out) if out.startswith("{") else None


SAMPLE = ("typical_cnn", "resnet_v1", "unet", "siamese", "three_d", "one_d", "keras_cnn")


@pytest.mark.parametrize("command", ["summarize", "explain", "hyperparameters", "receptive-field"])
@pytest.mark.parametrize("model", SAMPLE)
def test_commands_of_a_model(command: str, model: str):
    found = written(ROOT, [command, model, "--format", "json"])
    assert found
    check(found)


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ("forward letter_x", "forward"),
        ("forward letter_x --trace conv1", "forward"),
        ("forward one_d --trace conv1 --at 1", "forward"),
        ("forward letter_x --shift 1,1", "forward"),
        ("verify letter_x", "verify"),
        ("verify one_d --quick", "verify"),
        ("receptive-field siamese --layer subtract1", "receptive-field"),
        ("receptive-field typical_cnn --layer max_pool2", "receptive-field"),
        ("summarize typical_cnn --dtype int8 --batch 3", "summary"),
        ("compare lenet5 alexnet", "compare"),
        ("compare lenet5 alexnet vgg16", "compare"),
        ("compare keras_cnn typical_cnn --fail-if params>+1%", "compare"),
        ("validate specs", "validate"),
        ("validate tests/cases/bad/CNN204-setting.yaml tests/cases/ok", "validate"),
        ("specs", "specs"),
        ("solve n_in=32,k=5,s=1,n_out=32", "solve"),
        ("solve n_in=28,k=3,s=2,n_out=16,p=0,d=?", "solve"),
        ("solve n_in=7,k=4,s=2,n_out=14 --transposed", "solve"),
        ("solve typical_cnn --layer conv1 --output 14x14", "solve-layer"),
        ("solve mobilenet_v1 --params <=1M --vary width --step 0.05", "solve-variable"),
        ("solve typical_cnn --sizes", "solve-sizes"),
        ("solve typical_cnn --cover", "receptive-field"),
    ],
)
def test_other_ways_to_call_them(arguments: str, name: str):
    found = written(ROOT, [*arguments.split(), "--format", "json"])
    assert found, outputs._output(ROOT, [*arguments.split(), "--format", "json"])
    assert check(found) == name


def test_grades(tmp_path: Path):
    sheets = ROOT / "examples" / "homework" / "sheets"
    for sheet in sheets.glob("*.yaml"):
        (tmp_path / sheet.name).write_bytes(sheet.read_bytes())
    (tmp_path / "broken.yaml").write_text("answers: [", encoding="utf-8")
    found = written(tmp_path, ["homework", "grade", ".", "--key", "typical_cnn", "--format", "json"])
    assert found
    assert check(found) == "grades"
    assert {each["status"] for each in found["students"]} == {"graded", "not graded", "several"}
    assert any(each["mistakes"] for student in found["students"] for each in student["answers"])


def _reads(advance: int) -> Any:
    """Windows of 43 positions at steps of this size."""
    return lambda *_: (Reads(1, advance, (-21,), (21,)),) * 2


BRANCHES = "input: 8x8x1\nlayers: [{concat: [[{conv: 1x1x2}], []]}, {conv: 3x3x3, activation: relu}]\n"


@pytest.mark.parametrize(
    ("target", "fault", "quantities"),
    [
        ("cnncalc.layers.merge.kinds.Concat.merge_shape", lambda _, shapes: shapes[0], {"output", "memory"}),
        ("cnncalc.analysis.counts.Counts.of", lambda *_: (1, 2, 3), {"params", "macs"}),
        ("cnncalc.analysis.peak_of", lambda alive: (288, next(iter(alive))), {"memory"}),
        ("cnncalc.layers.convolution.kinds.Conv.reads", _reads(1), {"receptive_field"}),
        ("cnncalc.layers.activation.kinds.Relu.run", lambda _self, _xp, x, _weights: x, {"values"}),
    ],
)
def test_contradictions(monkeypatch: pytest.MonkeyPatch, target: str, fault: Any, quantities: set[str]):
    """Faults that are put in, so that `verify` has something to say of each quantity."""
    monkeypatch.setattr(target, fault)
    found = VerificationReport(verify(cnncalc.analyze(cnncalc.load(BRANCHES)))).to_dict()
    assert {each["quantity"] for each in found["differences"]} >= quantities
    check(found)


def test_a_contradiction_in_fractions(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("cnncalc.layers.convolution.kinds.Conv.reads", _reads(2))
    found = VerificationReport(verify(cnncalc.analyze(cnncalc.load(BRANCHES)), quick=True)).to_dict()
    check(found)
    (first, *_) = found["differences"]
    assert (first["of"], first["measured"], first["claimed"]) == ("moves", ["1", "1"], ["2", "2"])
    assert first["measured_fractions"] == [[1, 1], [1, 1]]
    assert first["claimed_fractions"] == [[2, 1], [2, 1]]


def _all(part: str, command: str = "", step: int = 1) -> int:
    """Checks what all command lines of a part write, or every so manyth of them; how many write JSON."""
    count = 0
    lines = (
        (folder, arguments)
        for each, folder, arguments in outputs.invocations()
        if each == part and "json" in arguments and command in ("", arguments[0])
    )
    for folder, arguments in islice(lines, 0, None, step):
        if found := written(folder, arguments):
            check(found)
            count += 1
    return count


EVERY = pytest.mark.parametrize(
    "step",
    [
        pytest.param(11, marks=pytest.mark.slow, id="every eleventh"),  # in turn each line of a model
        pytest.param(1, marks=pytest.mark.nightly, id="all"),
    ],
)


@EVERY
@pytest.mark.parametrize("part", ["specs", "variants", "compare", "cases", "rest"])
def test_every_json_of_every_command(part: str, step: int):
    """The command lines that a change of structure is compared by: every spec, every case."""
    assert _all(part, step=step)


@EVERY
def test_every_run(step: int):
    assert _all("verify", "forward", step)


@pytest.mark.nightly
def test_every_proof():
    assert _all("verify", "verify")
