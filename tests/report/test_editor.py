"""What an editor with yaml-language-server shows of a spec: completion, hover, what it marks.

The server itself is run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers import neighbour

from cnncalc.layers import ACTIVATIONS, KINDS, MERGES, NORMS, layer_class
from cnncalc.report.schemas._entries import about_kind
from cnncalc.report.schemas.spec import spec_schema
from cnncalc.source.open_model import shipped
from cnncalc.spec.language.names import STRUCTURES
from cnncalc.spec.top_level import TOP_LEVEL

driver = neighbour(__file__, "language_server")
schema_tests = neighbour(__file__, "test_schema")

HEAD = "input: 28x28x1\nlayers:\n"
BLOCKS = "blocks: {unit: [relu]}\n"
COMMON = {"name", "from", "when", "repeat", "first", "expect", "trainable", "origin", "for"}
OWN = {"filters", "kernel", "stride", "padding", "dilation", "bias", "groups", "norm", "activation"}
OWN |= {"standardize", "gain", "epsilon"}
CONV = {*OWN, "weights", *COMMON}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[driver.LanguageServer]:
    command, reason = driver.server_command()
    if not command:
        pytest.skip(reason)
    running = driver.LanguageServer(command, tmp_path_factory.mktemp("specs"), spec_schema())
    yield running
    running.close()


def documented(items: dict[str, dict[str, object]]) -> set[str]:
    """What is offered; every item says what it is."""
    assert [label for label, item in items.items() if not item.get("documentation")] == []
    return set(items)


# -- completion


@pytest.mark.parametrize(
    "text",
    [
        HEAD + "  - |\n",
        HEAD + "  - |",
        HEAD + "  - relu\n  - |\n  - flatten\n",
        HEAD + "  - co|\n",
        HEAD + "  - {|}\n",
        HEAD + "  - {co|}\n",
        HEAD + "  - residual:\n      - |\n",
        HEAD + "  - residual:\n      - relu\n      - |\n",
        HEAD + "  - residual: [|]\n",
        HEAD + "  - {residual: [relu, c|]}\n",
        HEAD + "  - residual:\n      - relu\n    shortcut:\n      - |\n",
        HEAD + "  - group:\n      - |\n",
        HEAD + "  - add:\n      - - |\n",
        HEAD + "  - add: [[], [|]]\n",
        HEAD + "  - concat:\n      - []\n      - - relu\n        - |\n",
        BLOCKS + HEAD + "  - |\n",
        BLOCKS + HEAD + "  - residual:\n      - |\n",
        "blocks:\n  unit:\n    - |\n" + HEAD + "  - unit\n",
        "blocks:\n  unit:\n    args: [width]\n    layers:\n      - |\n" + HEAD + "  - unit: 8\n",
    ],
)
def test_every_kind_is_offered_with_what_it_is(server, text):
    assert documented(server.complete(text)) >= {*KINDS, *STRUCTURES}


@pytest.mark.parametrize("text", [HEAD + "  - |\n", BLOCKS + HEAD + "  - |\n"])
def test_nothing_but_kinds_is_offered_for_an_entry(server, text):
    assert set(server.complete(text)) == {*KINDS, *STRUCTURES}


def test_a_kind_is_inserted_with_a_colon_where_it_needs_a_value(server):
    found = server.complete(HEAD + "  - |\n")
    inserted = {kind: found[kind]["insertText"] for kind in ("conv", "max_pool", "residual", "relu", "flatten")}
    assert inserted == {
        "conv": "conv: ",
        "max_pool": "max_pool: ",
        "residual": "residual: ",
        "relu": "relu",
        "flatten": "flatten",
    }


@pytest.mark.parametrize(
    ("text", "written"),
    [
        (HEAD + "  - conv: 8\n    |\n", set()),
        (HEAD + "  - conv: 8\n    st|\n", set()),
        (HEAD + "  - conv: 8\n    kernel: 3\n    |\n  - relu\n", {"kernel"}),
        (HEAD + "  - {conv: 8, st|}\n", set()),
        (HEAD + "  - {conv: 8, kernel: 3, st|}\n", {"kernel"}),
        (HEAD + "  - {conv: 8,\n     |}\n", set()),
        (HEAD + "  - conv:\n      filters: 8\n      |\n", {"filters"}),
        (HEAD + "  - residual:\n      - conv: 8\n        |\n", set()),
        (HEAD + "  - add: [[], [{conv: 8, st|}]]\n", set()),
        (BLOCKS + HEAD + "  - conv: 8\n    |\n", set()),
        ("blocks:\n  unit:\n    - conv: 8\n      |\n" + HEAD + "  - unit\n", set()),
    ],
)
def test_the_settings_of_a_kind(server, text, written):
    assert documented(server.complete(text)) == CONV - written


@pytest.mark.parametrize(
    ("text", "offered"),
    [
        (HEAD + "  - residual:\n      - relu\n    |\n", {"shortcut", "skip", "norm", "activation"} | COMMON),
        (HEAD + "  - add:\n      - []\n      - [relu]\n    |\n", {"norm", "activation"} | COMMON),
        (
            HEAD + "  - relu\nexpect:\n  |\n",
            {"output", "params", "trainable_params", "macs", "receptive_field", "same_as"},
        ),
        (HEAD + "  - relu\nvariants:\n  small:\n    |\n", {"input", "inputs", "vars", "expect", "description"}),
        (HEAD + "  - relu\nblocks:\n  unit:\n    |\n", {"args", "layers", "description"}),
        (HEAD + "  - relu\ndefaults:\n  |\n", set(KINDS)),
        (HEAD + "  - relu\ndefaults:\n  conv:\n    |\n", OWN | {"trainable"}),
        ("|", set(TOP_LEVEL)),
        ("input: 28x28x1\n|\n", set(TOP_LEVEL) - {"input"}),
        ("input: 28x28x1\nla|\n", set(TOP_LEVEL) - {"input"}),
    ],
)
def test_keys_elsewhere(server, text, offered):
    assert documented(server.complete(text)) == offered


@pytest.mark.parametrize("entry", ["{{conv: 8, {key}: {value}}}", "conv: 8\n    {key}: {value}"])
@pytest.mark.parametrize(
    ("key", "value", "offered"),
    [
        ("padding", "|", {"same", "valid", "causal", "0", "none"}),
        ("padding", "s|", {"same", "valid", "causal", "0", "none"}),
        ("bias", "|", {"true", "false"}),
        ("activation", "|", {*ACTIVATIONS, "none"}),
        ("activation", "re|", {*ACTIVATIONS, "none"}),
        ("norm", "|", {*NORMS, "none"}),
    ],
)
def test_values(server, entry, key, value, offered):
    found = server.complete(HEAD + "  - " + entry.format(key=key, value=value) + "\n")
    assert set(found) == offered
    if key in ("activation", "norm"):
        documented(found)


def test_values_of_the_top_level(server):
    assert set(server.complete("convention: |\n" + HEAD + "  - relu\n")) == {"lecture", "keras", "pytorch"}
    assert set(server.complete("layout: |\n" + HEAD + "  - relu\n")) == {"channels_last", "channels_first"}


# -- hover

VALUES = {
    "true or false": ("true", "$b"),
    "true, false or": ("true",),
    "the name of a layer": ("stem",),
    "the name of a `max_pool`": ("stem",),
    "[start, stop]": ("[0, 8]",),
    "[low, high]": ("[0, 6]",),
    "the name of an axis": ("width", "$a"),
    "what the layer is called elsewhere": ("RoiAlign",),
    "a shape": ("100x4", "{boxes: 100x4, scores: 100}"),
    "sizes such as": ("4x4x8", "$s"),
    "a whole number": ("3", "$n"),
    "a number": ("0.5", "$x"),
}
"""A value, and an expression, for what a setting expects."""


def _values(expects: str) -> list[str]:
    words = [
        word
        for word in (
            *("valid", "floor", "nearest", "blocks", "zeros", "channel", "mean", "softmax", "scaled"),
            *("concat", "sequence", "tanh", "relative", "second"),
        )
        if word in re.findall(r"\w+", expects)
    ]
    pairs = ["[[1, 1]]"] if "pairs" in expects else []
    plain = next((values for start, values in VALUES.items() if expects.startswith(start)), ())
    return [*plain, *words, *pairs]


def plain(markdown: str) -> str:
    """Markdown without its escapes."""
    return markdown.replace("\\", "")


@pytest.mark.parametrize("form", ["{kind}: {{|{name}: {value}}}", "{kind}:\n    |{name}: {value}"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_setting_says_what_it_means(server, kind, form):
    if kind in MERGES:
        form = form.replace("{kind}: {{|{name}: {value}}}", "{{{kind}: [[], [relu]], |{name}: {value}}}")
        form = form.replace("{kind}:\n", "{kind}: [[], [relu]]\n")
    for name, declared in layer_class(kind).settings.items():
        values = _values(declared.type.expects)
        assert values, declared.type.expects
        for value in values:
            shown = plain(server.hover(HEAD + "  - " + form.format(kind=kind, name=name, value=value) + "\n"))
            about = declared.meaning
            assert shown.startswith(f"#### {name}"), value
            assert f"{about[0].upper()}{about[1:]}." in shown, value
            assert " || " not in shown


@pytest.mark.parametrize("form", ["|{kind}", "{{|{kind}: {{name: x}}}}"])
@pytest.mark.parametrize("kind", [kind for kind in KINDS if layer_class(kind).principal_schema() is None])
def test_kinds_that_may_stand_alone(server, kind, form):
    if kind in MERGES:
        form = "|{kind}: [[], [relu]]"
    assert about_kind(kind) in plain(server.hover(HEAD + "  - " + form.format(kind=kind) + "\n"))


@pytest.mark.parametrize(
    ("text", "heading", "shown"),
    [
        (HEAD + "  - {co|nv: 8, padding: same}\n", "conv", "A window of weights that moves over"),
        (HEAD + "  - co|nv: $w\n    padding: same\n", "conv", "A window of weights that moves over"),
        (HEAD + "  - co|nv:\n      filters: 8\n", "conv", "A window of weights that moves over"),
        (HEAD + "  - resid|ual: [relu]\n", "residual", "Entries whose output is added to their input"),
        (HEAD + "  - resid|ual: {conv: 8}\n", "layer", "Entries whose output is added to their input"),
        (HEAD + "  - gro|up: [relu]\n", "group", "Entries under one name."),
        (HEAD + "  - {conv: 8, padd|ing: same}\n", "padding", "Zeros around the input."),
        (HEAD + "  - {conv: 8, padding: sa|me}\n", "padding", "Zeros around the input."),
        (HEAD + "  - {conv: 8, activ|ation: relu}\n", "activation", "The activation directly after the entry's layer."),
        (HEAD + "  - {conv: 8, activ|ation: {leaky_relu: 0.1}}\n", "activation", "The activation directly after"),
        (HEAD + "  - {conv: 8, activation: {leaky|_relu: 0.1}}\n", "leaky_relu", "x if positive"),
        (HEAD + "  - {conv: 8, no|rm: batch_norm}\n", "norm", "The norm directly after the entry's layer."),
        (HEAD + "  - {conv: 8, na|me: x}\n", "name", "Names the layer"),
        (HEAD + "  - {conv: 8, na|me: $n}\n", "name", "Names the layer"),
        (HEAD + "  - {conv: 8, fr|om: x}\n", "from", "The earlier layer or input to read"),
        (HEAD + "  - {conv: 8, wh|en: $deep}\n", "when", "If false, the entry is left out."),
        (HEAD + "  - {conv: 8, rep|eat: 3}\n", "repeat", "Copies in a row"),
        (HEAD + "  - {conv: 8, repeat: 3, fi|rst: {stride: 2}}\n", "first", "for the first copy"),
        (HEAD + "  - {conv: 8, ex|pect: {params: 3}}\n", "expect", "What must hold here."),
        (HEAD + "  - {conv: 8, expect: {para|ms: 3}}\n", "params", "All parameters"),
        (HEAD + "  - {conv: 8, expect: {recep|tive_field: 3x3}}\n", "receptive_field", "What one output value sees"),
        (HEAD + "  - {conv: 8, weigh|ts: {weight: [1]}}\n", "weights", "Explicit values for the forward pass"),
        (HEAD + "  - residual:\n      - {conv: 8, ker|nel: 1}\n", "kernel", "Size of the window."),
        (HEAD + "  - {residual: [relu], short|cut: {conv: 8}}\n", "shortcut", "What the output is added to"),
        (HEAD + "  - {residual: [relu], shortcut: {conv: 8, ker|nel: 1}}\n", "kernel", "Size of the window."),
        (HEAD + "  - add:\n      - []\n      - - {conv: 8, ker|nel: 1}\n", "kernel", "Size of the window."),
        (BLOCKS + HEAD + "  - {conv: 8, padd|ing: 1}\n", "padding", "Zeros around the input."),
        (BLOCKS + HEAD + "  - {unit, rep|eat: 2}\n", "layer", "Copies in a row"),
        ("blocks: {unit: {ar|gs: [w], layers: [relu]}}\n" + HEAD + "  - relu\n", "args", "Names of the arguments"),
        ("blocks: {unit: [{conv: 8, ker|nel: 1}]}\n" + HEAD + "  - unit\n", "kernel", "Size of the window."),
        ("defaults: {conv: {padd|ing: same}}\n" + HEAD + "  - relu\n", "padding", "Zeros around the input."),
        ("variants: {small: {in|put: 3x3x1}}\n" + HEAD + "  - relu\n", "input", "The shape of the input"),
        ("in|put: 3x3x1\nlayers: [relu]\n", "input", "The shape of the input"),
        ("in|puts: {a: 3}\nlayers: [relu]\n", "inputs", "The inputs by name."),
        ("input: 3\nlay|ers: [relu]\n", "layers", "The entries, in order."),
        ("out|puts: [a]\ninput: 3\nlayers: [relu]\n", "outputs", "Names of the output layers"),
        ("va|rs: {a: 3}\ninput: 3\nlayers: [relu]\n", "vars", "Values for expressions"),
        ("vari|ants: {a: {}}\ninput: 3\nlayers: [relu]\n", "variants", "Variants of the model by name"),
        (
            "defa|ults: {conv: {stride: 2}}\ninput: 3\nlayers: [relu]\n",
            "defaults",
            "Settings that apply to every layer",
        ),
        ("train|ing: {loss: mse}\ninput: 3\nlayers: [relu]\n", "training", "Hyperparameters outside the layers."),
        ("training: {lo|ss: mse}\ninput: 3\nlayers: [relu]\n", "loss", "What is minimised"),
        ("sam|ple: [1, 2, 3]\ninput: 3\nlayers: [relu]\n", "sample", "Example input values"),
        ("sam|ple: {a: [1]}\ninput: 1\nlayers: [relu]\n", "sample", "Example input values"),
        ("conven|tion: keras\ninput: 3\nlayers: [relu]\n", "convention", "Rules for padding"),
    ],
)
def test_hover(server, text, heading, shown):
    found = plain(server.hover(text))
    assert found.split("\n")[0].split(",")[0] == f"#### {heading}"
    assert shown in found
    assert " || " not in found


# -- what is marked

NO_KIND = "There is no layer kind like this, and no setting either."
MISSING = "The layer kind is missing: it comes first, as in `conv: 3x3x8`."
PADDING = (
    "Expected a whole number of at least 0, one per axis (1x0), pairs [[before, after], …], valid, same or causal."
)


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        (HEAD + "  - {cnv: 8}\n", [f"3:6 {NO_KIND}"]),
        (HEAD + "  - {cnv: 8, kernel: 3, padding: same}\n", [f"3:6 {NO_KIND}"]),
        (HEAD + "  - cnv: 8\n    stride: 2\n", [f"3:5 {NO_KIND}"]),
        (HEAD + "  - rleu\n", ["3:5 There is no layer kind like this."]),
        (HEAD + "  - residual:\n      - {cnv: 8}\n", [f"4:10 {NO_KIND}"]),
        (HEAD + "  - residual: {cnv: 8}\n", [f"3:16 {NO_KIND}"]),
        (HEAD + "  - {residual: [relu], shortcut: {cnv: 8}}\n", [f"3:35 {NO_KIND}"]),
        (HEAD + "  - concat: [[], [{cnv: 8}]]\n", [f"3:20 {NO_KIND}"]),
        (HEAD + "  - add: [[], [{residual: [{cnv: 3x3x8}]}]]\n", [f"3:29 {NO_KIND}"]),
        (
            HEAD + "  - {kernel: 3, stride: 2}\n",
            ["3:5 The layer kind is missing: it comes first, as in `conv: 3x3x8`."],
        ),
        (HEAD + "  - {}\n", ["3:5 The layer kind is missing: it comes first, as in `conv: 3x3x8`."]),
        (HEAD + "  - 3\n", ["3:5 Expected a layer, such as `flatten` or `{conv: 3x3x8, stride: 2}`."]),
        (
            HEAD + "  - add\n",
            ["3:5 What is inside is missing, as in `residual: [relu]` or `add: [[], [relu]]`."],
        ),
        (HEAD + "  - {conv: 8, kernel: 3, paddng: same}\n", ["3:26 Property paddng is not allowed."]),
        (HEAD + "  - conv: 8\n    paddng: same\n", ["4:5 Property paddng is not allowed."]),
        (HEAD + "  - conv: {filters: 8, paddng: same}\n", ["3:24 Property paddng is not allowed."]),
        (BLOCKS + HEAD + "  - {conv: 8, paddng: same}\n", ["4:15 Property paddng is not allowed."]),
        ("blocks: {unit: [{conv: 8, strde: 2}]}\n" + HEAD + "  - unit\n", ["1:27 Property strde is not allowed."]),
        (
            HEAD + "  - {conv: 8, dense: 2}\n",
            ["3:15 Property dense is not allowed.", "3:6 Property conv is not allowed."],
        ),
        (
            HEAD + "  - {conv: 8, activation: rleu}\n",
            [f"3:27 There is no activation like this. Expected {', '.join(sorted(ACTIVATIONS))} or none."],
        ),
        (
            HEAD + "  - {conv: 8, norm: batchnorm}\n",
            [f"3:21 There is no norm like this. Expected {', '.join(sorted(NORMS))} or none."],
        ),
        (
            HEAD + "  - {conv: 8, padding: smae}\n",
            [f"3:24 {PADDING}"],
        ),
        (HEAD + "  - {conv: 8, kernel: 3*3}\n", ["3:23 Expected a whole number of at least 1, or one per axis (3x5)."]),
        (HEAD + "  - {conv: 8, stride: 0}\n", ["3:23 Value is below the minimum of 1."]),
        (HEAD + "  - {conv: 8, bias: maybe}\n", ["3:21 Expected true or false."]),
        (HEAD + "  - {max_pool: 2, rounding: up}\n", ["3:29 Expected floor or ceil."]),
        ("layers:\n  - relu\n", ["1:1 The input is missing, as in `input: 28x28x1`."]),
        ("input: 3\ninputs: {a: 3}\nlayers: [relu]\n", ["1:1 Write `input` or `inputs`, not both."]),
        ("input: 3x3x1\n", ["1:1 The layers are missing, as in `layers: [flatten, dense: 10]`."]),
        ("input: 3by3\nlayers: [relu]\n", ["1:8 Expected sizes such as 28x28x1."]),
    ],
)
def test_what_is_wrong_is_named(server, text, marked):
    assert sorted(server.problems(text)) == sorted(marked)


@pytest.mark.slow
@pytest.mark.parametrize("path", shipped().values(), ids=shipped())
def test_nothing_is_marked_in_shipped_specs(server, path):
    assert server.problems(Path(path).read_text(encoding="utf-8")) == []


@pytest.mark.slow
def test_the_server_marks_what_the_schema_refuses(server):
    """Two readers of JSON Schema agree on every case that is YAML for both."""
    for path in sorted(schema_tests.CASES.glob("*/*.yaml")):
        text = path.read_text(encoding="utf-8", errors="replace")
        output = path.with_suffix(".out")
        is_yaml = not output.exists() or "[CNN1" not in output.read_text(encoding="utf-8")
        # the server passes over a key by itself between commas
        if is_yaml and driver.CURSOR not in text and path.stem != "CNN204-comma-in-braces":
            assert bool(server.problems(text)) == bool(schema_tests.errors(path)), path.stem
