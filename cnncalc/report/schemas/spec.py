"""JSON Schema (2020-12) of the spec language, made from what the kinds declare about their settings.

Editors complete and check specs with it and show what each setting means. It checks less than `cnncalc validate`: not
shapes, names, values of expressions, or the order of keys. `errorMessage`, `enumDescriptions` and the titles are for
editors, above all for yaml-language-server; other programs ignore them.
"""

from __future__ import annotations

from collections.abc import Sequence
from keyword import kwlist

from cnncalc.layers import KINDS, layer_class
from cnncalc.report.schemas._entries import ALL, NAME, chain, definitions
from cnncalc.report.schemas._settings import (
    EXPRESSION_SCHEMA,
    Schema,
    alternatives,
    or_expression,
    ref,
    type_definitions,
)
from cnncalc.settings.setting import CONVENTIONS, LATEST, LAYOUTS
from cnncalc.settings.types import TRUTH, Real, ShapeType, sizes_schema
from cnncalc.spec.expand.entries import COMMON
from cnncalc.spec.language.blocks import TAKEN, is_taken
from cnncalc.spec.top_level import TRAINING

ID = "https://json-schema.org/draft/2020-12/schema"
_SCALAR: Schema = {"type": ["string", "number", "boolean", "null"]}
_RELATION = r"^((<=|>=|<|>|=|~)?\s*[0-9]+(\.[0-9]+)?\s*[kMG]?|\$.*)$"
_CONVENTIONS = {
    "lecture": "the rules of the lecture, and PyTorch's defaults",
    "keras": "as in Keras",
    "pytorch": "as in PyTorch",
}
_LAYOUTS = {"channels_last": "height × width × channels", "channels_first": "channels × height × width"}
_COUNTS = {
    "params": "All parameters, as in 26k or <= 1M.",
    "trainable_params": "The parameters that training changes.",
    "macs": "Multiply-adds of one forward pass.",
}
_TRAINING = {
    "optimizer": "How the weights are changed, as in adam.",
    "learning_rate": "The step size of the optimizer.",
    "loss": "What is minimised, as in cross-entropy.",
    "batch_size": "Samples per step.",
    "epochs": "Passes over the training data.",
    "regularization": "What prevents overfitting, as in dropout or L2.",
    "initialization": "How the weights are initialised, as in He.",
    "dataset_split": "Training, validation and test data, as in 80:10:10.",
}


def spec_schema() -> Schema:
    """The schema of a spec."""
    one_input = {"required": ["input"], "errorMessage": "The input is missing, as in `input: 28x28x1`."}
    both = {"patternProperties": {"^input$": False}, "errorMessage": "Write `input` or `inputs`, not both."}
    known = {"patternProperties": {"^layers$": {"items": ref("known-entry")}}}
    return {
        "$schema": ID,
        "title": "cnncalc spec",
        "description": "A convolutional network, for cnncalc.",
        "type": "object",
        "properties": _top_level(),
        "additionalProperties": False,
        "allOf": [
            {"required": ["layers"], "errorMessage": "The layers are missing, as in `layers: [flatten, dense: 10]`."},
            {"if": {"required": ["inputs"]}, "then": both, "else": one_input},
            # without blocks, an entry that has no kind has a misspelt one
            {"if": {"required": ["blocks"]}, "else": known},
        ],
        "$defs": {**_general(), **definitions(), **_types()},
    }


def _about(title: str, description: str, schema: Schema) -> Schema:
    return {**schema, "title": title, "description": description}


# -- the top level


def _top_level() -> dict[str, Schema]:
    expect = _about("expect", "What must hold for the model.", ref("expect_of_the_model"))
    return {
        "cnncalc": _about(
            "cnncalc",
            "Version of the language.",
            {"enum": [each for number in range(1, LATEST + 1) for each in (number, str(number))]},
        ),
        "name": _about("name", "The model's name.", _SCALAR),
        "description": _about("description", "What the model is.", _SCALAR),
        "input": ref("input"),
        "inputs": ref("inputs"),
        "layers": _about("layers", "The entries, in order.", chain(1)),
        "outputs": _about(
            "outputs",
            "Names of the output layers; the last entry by default.",
            {"type": ["string", "number", "array"], "items": {"type": ["string", "number"]}, "minItems": 1},
        ),
        "convention": _words("convention", "Rules for padding, parameters and defaults.", CONVENTIONS, _CONVENTIONS),
        "layout": _words("layout", "The order of sizes in this file.", LAYOUTS, _LAYOUTS),
        "vars": _about("vars", "Values for expressions, by name.", ref("vars")),
        "variants": _variants(expect),
        "defaults": ref("defaults"),
        "blocks": _blocks(),
        "expect": expect,
        "training": _training(),
        "sample": alternatives(
            "sample",
            of_the_input=ref("values"),
            by_input={"type": "object", "additionalProperties": ref("values")},
        )
        | {"description": "Example input values for the forward pass."},
    }


def _words(title: str, description: str, words: tuple[str, ...], meanings: dict[str, str]) -> Schema:
    return _about(title, description, {"enum": list(words), "enumDescriptions": [meanings[word] for word in words]})


def _variants(expect: Schema) -> Schema:
    changes = {
        "vars": _about("vars", "Other values for expressions.", ref("vars")),
        "input": ref("input"),
        "inputs": ref("inputs"),
        "expect": expect,
        "description": _about("description", "What the variant is.", _SCALAR),
    }
    one = {"type": ["object", "null"], "properties": changes, "additionalProperties": False}
    return _about(
        "variants",
        "Variants of the model by name, and what they change.",
        {"type": "object", "additionalProperties": one},
    )


def _training() -> Schema:
    known = {name: _about(name, _TRAINING[name], _SCALAR) for name in TRAINING}
    return _about(
        "training",
        "Hyperparameters outside the layers.",
        {"type": "object", "properties": known, "additionalProperties": _SCALAR},
    )


def _blocks() -> Schema:
    named = {"pattern": r"^[A-Za-z_][\w-]*$", "not": {"enum": _reserved(ALL)}}
    one = alternatives("block", entries=chain(0), with_arguments=_block())
    return _about(
        "blocks",
        "Reusable groups of entries, by name.",
        {"type": "object", "propertyNames": named, "additionalProperties": one},
    )


def _reserved(words: Sequence[str]) -> list[str]:
    """Those that no block or argument may have as its name, also in a file from before the latest version."""
    return [word for word in words if is_taken(word, None)]


def _block() -> Schema:
    taken = "|".join([*TAKEN, *kwlist, *_reserved(sorted(COMMON))])
    argument = {
        "type": "string",
        # a default is not a mapping
        "pattern": rf"^(?!\s*({taken})\s*(=|$))\s*[A-Za-z_][A-Za-z0-9_]*\s*(=(?!\s*\{{)|$)",
        "errorMessage": "Expected a name, or a name and its default, as in stride=1.",
    }
    arguments = {**argument, "type": ["string", "array", "null"], "items": argument}
    return {
        "type": "object",
        "properties": {
            "args": _about("args", "Names of the arguments, as in [width, stride=1].", arguments),
            "layers": _about("layers", "The entries of the block.", chain(0)),
            "description": _about("description", "What the block is.", _SCALAR),
        },
        "additionalProperties": False,
        "allOf": [{"required": ["layers"], "errorMessage": "The block's layers are missing."}],
    }


# -- what several places need


def _general() -> dict[str, Schema]:
    """The parts that do not belong to one kind."""
    shape = {**or_expression(ShapeType().schema()), "errorMessage": f"Expected {ShapeType.expects}."}
    by_name = {"type": "object", "minProperties": 1, "propertyNames": NAME, "additionalProperties": ref("input")}
    word = {"pattern": r"^[A-Za-z_][A-Za-z0-9_]*$", "not": {"enum": [*TAKEN, *kwlist]}}
    number = {**Real().schema(), "type": ["number", "string", "array"], "items": ref("values"), "minItems": 1}
    return {
        "expression": EXPRESSION_SCHEMA,
        "shape": shape,
        "input": _about("input", "The shape of the input, as in 28x28x1.", ref("shape")),
        "inputs": _about("inputs", "The inputs by name.", alternatives("inputs", by_name=by_name, one=ref("shape"))),
        "vars": {"type": "object", "propertyNames": word, "additionalProperties": ref("value")},
        "value": {"type": ["string", "number", "boolean", "null", "array"], "items": ref("value")},
        "expect": _about("expect", "What must hold here.", _expect({})),
        "expect_of_the_model": _about("expect", "What must hold for the model.", _expect(_same_as())),
        "values": or_expression(number),
    }


def _same_as() -> dict[str, Schema]:
    """What only a whole model can be: the same network as another one."""
    name = {"type": "string", "minLength": 1, "errorMessage": "Expected the name of a model, as in model.pt2."}
    mapping = {
        "type": "object",
        "properties": {
            "model": _about("model", "A file below the folder of this one, or what ships.", name),
            "allow_folded": _about("allow_folded", "Whether norms may be folded.", or_expression(TRUTH.schema())),
        },
        "required": ["model"],
        "additionalProperties": False,
    }
    about = "The model that this one is the same network as: a file below the folder of this one, or what ships."
    return {"same_as": _about("same_as", about, alternatives("same_as", name=name, mapping=mapping))}


def _expect(more: dict[str, Schema]) -> Schema:
    count = {
        "type": ["integer", "string"],
        "minimum": 0,
        "pattern": _RELATION,
        "errorMessage": "Expected a number, or a relation and a number, as in <= 30k.",
    }
    field = alternatives(
        "receptive_field",
        size={**or_expression(sizes_schema(1, 3)), "errorMessage": "Expected one size, or one per axis (3x5)."},
        a_relation={"type": "string", "pattern": _RELATION},
        word={"enum": ["global"]},
    )
    return {
        "type": "object",
        "properties": {
            "output": _about("output", "The shape of the output.", ref("shape")),
            **{name: _about(name, text, count) for name, text in _COUNTS.items()},
            "receptive_field": _about("receptive_field", "What one output value sees of the input.", field),
            **more,
        },
        "additionalProperties": False,
    }


def _types() -> dict[str, Schema]:
    """The types of settings."""
    return type_definitions(each.type for kind in KINDS for each in layer_class(kind).settings.values())
