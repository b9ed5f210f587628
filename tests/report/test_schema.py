"""The JSON Schema of specs: it is current, takes every good spec, and refuses what a schema can see to be bad."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from cnncalc.checks.registry import about, all_codes
from cnncalc.report.schemas.spec import spec_schema
from cnncalc.report.starter import STARTER
from cnncalc.source.files import Source, read_file
from cnncalc.source.open_model import shipped
from cnncalc.source.parse import parse
from cnncalc.source.yaml_nodes import YamlMapping, YamlNode, YamlScalar, YamlSequence

ROOT = Path(__file__).parents[2]
KEPT = ROOT / "schema" / "cnncalc.schema.json"
CASES = ROOT / "tests" / "cases"
VALIDATOR = Draft202012Validator(spec_schema())

_WORDS = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_NUMBERS = (
    (re.compile(r"[-+]?[0-9]{1,300}"), int),
    (re.compile(r"0o[0-7]+"), lambda text: int(text[2:], 8)),
    (re.compile(r"0x[0-9a-fA-F]+"), lambda text: int(text, 16)),
    (re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?"), float),
)
"""How editors (yaml-language-server) read a plain scalar: the core schema of YAML 1.2, section 10.3."""


def as_an_editor_reads(node: YamlNode) -> Any:
    """The document as JSON."""
    if isinstance(node, YamlSequence):
        return [as_an_editor_reads(item) for item in node.items]
    if isinstance(node, YamlMapping):
        return {key.text: as_an_editor_reads(value) for key, value in node.pairs}
    assert isinstance(node, YamlScalar)
    if node.quoted:
        return node.text
    if node.text in _WORDS:
        return _WORDS[node.text]
    return next((read(node.text) for form, read in _NUMBERS if form.fullmatch(node.text)), node.text)


def errors(path: str | Path) -> list[str]:
    """What the schema says of a file."""
    return errors_in(read_file(str(path)).text)


def errors_in(text: str) -> list[str]:
    """What the schema says of a spec."""
    root, _ = parse(Source("net.yaml", text))
    return [
        f"{'/'.join(map(str, each.path))}: {each.message[:200]}"
        for each in VALIDATOR.iter_errors(as_an_editor_reads(root))
    ]


def test_it_is_a_schema():
    Draft202012Validator.check_schema(spec_schema())


def test_the_kept_one_is_current():
    """`cnncalc schema -o schema/cnncalc.schema.json` writes it."""
    assert json.loads(KEPT.read_text(encoding="utf-8")) == spec_schema()


def test_every_reference_leads_somewhere():
    schema = spec_schema()
    for target in set(re.findall(r'"\$ref": "#/([^"]+)"', json.dumps(schema))):
        found: Any = schema
        for part in target.split("/"):
            found = found[part]


@pytest.mark.parametrize("path", shipped().values(), ids=shipped())
def test_shipped_specs(path: str):
    assert errors(path) == []


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(path, id=path.stem)
        for path in sorted(CASES.glob("*/*.yaml"))
        if path.parent.name in ("ok", "design")
    ],
)
def test_good_cases(path: Path):
    assert errors(path) == []


@pytest.mark.parametrize("code", [code for code in all_codes() if about(code).right])
def test_what_the_book_of_codes_calls_right(code: str):
    assert errors_in(about(code).right) == []


def test_what_new_writes():
    assert errors_in(STARTER) == []


# -- bad ones

UNSEEN = {
    "numbers that are the same in JSON": ("CNN206-plus", "CNN206-version-decimal", "CNN207-real-too-large"),
    "several numbers in one text": ("CNN207-two-free-sizes",),
    "what the kind's `defaults` may give": ("CNN208-(each|filters|group|kernel|none|nothing|opaque|vocabulary).*",),
    "names: which there are, and which stand twice": ("CNN209-.*", "CNN204-variant-variable-unknown"),
    "names that the version of the language reserves": (
        "CNN210-block-named-like-a-new-kind",
        "CNN220-(key|opaque|setting).*",
    ),
    "calls of blocks, and what a block takes": (
        "CNN201-block-misspelt",
        "CNN204-(activation-on-a-call|argument-unknown|first-of-a-block)",
        "CNN208-argument-missing",
        "CNN212-cut-at-a-comma-in-a-call",
        "CNN213-(argument-declared-twice|argument-twice|too-many-arguments)",
        "CNN218-.*",
    ),
    "what is inside an expression, and its value": (
        "CNN203-nothing-is-left",
        "CNN206-(argument-of-the-wrong-type|expression-gives-a-text|not-a-whole-number)",
        "CNN207-(value-of-an-expression|variant-value-fails)",
        "CNN212-(expression|name|sample-c_in|argument-not-declared|arithmetic-on-a-text|c-style-operators)",
        "CNN212-(compare-text-with-number|default-uses-a-later-argument|division-by-zero|index-.*|unknown-.*)",
        "CNN212-wrong-use-of-a-list",
        "CNN221-.*",
        "CNN212-(mistake-inside-.*|no-expression-in-python|no-names-at-all|too-.*|vars-later-one)",
    ),
    "a model inside": ("CNN204-mistakes-in-a-model", "CNN213-model-variant-twice"),
    "one setting in two places": ("CNN213-(filters-twice|inside-and-outside|kernel-twice)",),
    "one setting that leaves another without a meaning": ("CNN219-.*",),
    "the order of keys": ("CNN214-.*",),
    "the number of axes, and of inputs": (
        "CNN203-(which-input|several-inputs-which-one)",
        "CNN205-sample",
        "CNN215-.*",
    ),
}
"""What a schema cannot see, and the cases of it."""


def _bad(*codes: str) -> list[Any]:
    paths = [path for path in CASES.glob("*/*.yaml") if path.parent.name in ("bad", "graph") and path.stem[:4] in codes]
    return [pytest.param(path, id=path.stem) for path in sorted(paths)]


@pytest.mark.parametrize("path", _bad("CNN2"))
def test_bad_cases_are_refused_but_for_these(path: Path):
    unseen = [reason for reason, cases in UNSEEN.items() if any(re.fullmatch(case, path.stem) for case in cases)]
    assert len(unseen) == (0 if errors(path) else 1)


@pytest.mark.parametrize("path", _bad("CNN3", "CNN4"))
def test_what_is_no_matter_of_form_is_let_through(path: Path):
    is_malformed_too = "[CNN2" in path.with_suffix(".out").read_text(encoding="utf-8")
    assert is_malformed_too or errors(path) == []


HEAD = "input: 28x28x1\nlayers:\n"


@pytest.mark.parametrize(
    "text",
    [
        HEAD + "  - {conv: 3x3x8, strde: 2}\n",
        HEAD + "  - {cnv: 3x3x8}\n",
        HEAD + "  - add: [[], [{residual: [{cnv: 3x3x8}]}]]\n",
        HEAD + "  - {residual: [relu], shortcut: {cnv: 3x3x8}}\n",
        "blocks: {unit: [{conv: 3x3x8, strde: 2}]}\n" + HEAD + "  - unit\n",
        "blocks: {unit: [relu]}\n" + HEAD + "  - {conv: 3x3x8, strde: 2}\n",
    ],
)
def test_misspelt(text: str):
    assert errors_in(text)


@pytest.mark.parametrize(
    "text",
    [
        "blocks: {unit: {args: [width], layers: [{conv: $width, kernel: 3}]}}\n" + HEAD + "  - {unit: 8, repeat: 2}\n",
        HEAD + "  - {conv: 3x3x$(8 * 2), stride: $(1 + 1), bias: $(1 == 1), padding: [$(1), 0], name: $(1)}\n",
        HEAD + "  - {conv: 3x3x8, norm: {batch_norm: {scale: false}}, activation: {leaky_relu: 0.1}}\n  - scale\n",
        HEAD + "  - {batch_norm, scale: false}\n  - {scale: , initial: 0.1}\n",
    ],
)
def test_good_forms(text: str):
    assert errors_in(text) == []


def test_settings_show_their_documentation():
    settings = spec_schema()["$defs"]["conv-settings"]["properties"]
    step = "Step of the window.\n\nA whole number of at least 1, or one per axis (3x5). Default: 1."
    assert settings["stride"]["description"] == step
    assert settings["stride"]["default"] == 1
    slope = spec_schema()["$defs"]["leaky_relu-settings"]["properties"]["slope"]
    assert slope["description"].endswith("Default: 0.01 under lecture, 0.3 under keras, 0.01 under pytorch.")
