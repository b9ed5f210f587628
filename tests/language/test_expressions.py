"""Expressions: every operator and function, whole numbers, bounds; `vars`, variants, overrides."""

import math
import random
import subprocess
import sys
import warnings

import pytest
from language.reading import analyzed, codes, output, settings_of, spec

import cnncalc
from cnncalc.spec.language.expressions import ExpressionError, evaluate


def value(expression, top="vars: {n: 10, half: 0.5, word: same, yes_: true}"):
    """What an expression amounts to, as the number of filters."""
    return output(f'{{conv: "{expression}", kernel: 1}}', top=top)[-1]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("$n", 10),
        ("$(n)", 10),
        ("$( n + 1 )", 11),
        ("$(n - 3)", 7),
        ("$(n * 3)", 30),
        ("$(n / 4 * 2)", 5),  # 2.5 · 2
        ("$(n / 5)", 2),
        ("$(n // 4)", 2),
        ("$(-7 // 2 + n)", 6),  # ⌊−3.5⌋ = −4
        ("$(n % 4)", 2),
        ("$(n ** 2)", 100),
        ("$(2 + 3 * 4)", 14),
        ("$((2 + 3) * 4)", 20),
        ("$(-2 ** 2 + n)", 6),  # −(2²) + 10
        ("$(2 ** 3 ** 2)", 512),
        ("$(+n - -n)", 20),
        ("$(32 * 1.0)", 32),
        ("$(32 * half)", 16),
        ("$(1e1)", 10),
        ("$(3 if n > 9 else 4)", 3),
        ("$(3 if n > 10 else 4)", 4),
        ("$(3 if n >= 10 else 4)", 3),
        ("$(3 if n < 10 else 4)", 4),
        ("$(3 if n <= 10 else 4)", 3),
        ("$(3 if n == 10 else 4)", 3),
        ("$(3 if n != 10 else 4)", 4),
        ("$(3 if 5 < n < 20 else 4)", 3),
        ("$(3 if 5 < n < 7 else 4)", 4),
        ("$(3 if n > 5 and n < 7 else 4)", 4),
        ("$(3 if n > 50 or n < 70 else 4)", 3),
        ("$(3 if not n > 5 else 4)", 4),
        ("$(3 if word == 'same' else 4)", 3),
        ("$(3 if yes_ else 4)", 3),
        ("$(3 if yes_ == true else 4)", 3),
        ("$(n if word == 'x' else n + 1 if word == 'same' else 5)", 11),
        ("$(min(n, 3))", 3),
        ("$(max(n, 3, 12))", 12),
        ("$(floor(n / 4))", 2),
        ("$(ceil(n / 4))", 3),
        ("$(round(n / 4 + 0.2))", 3),  # 2.7
        ("$(round(2.5) + round(3.5))", 6),  # halves to the even neighbour, as Python and IEEE 754 round: 2 + 4
        ("$(divisible(32 * 1.1, 8))", 32),  # 35.2 + 4 = 39.2, down to 32 ≥ 0.9 · 35.2 = 31.68
        ("$(divisible(11, 8))", 16),  # 15 down to 8 < 9.9, so one step more
        ("$(divisible(3, 8))", 8),  # at least one step
        ("$(divisible(36, 8))", 40),  # 40 down to 40
        ("$(divisible(35, 8))", 32),  # 39 down to 32 ≥ 31.5
        ("$(divisible(n, 5))", 10),  # 12.5 down to 10
        ("$(max(1, n // 4) * divisible(16 * half, 8))", 2 * 8),
        ("$(c_in + n)", 14),
    ],
)
def test_values(expression, expected):
    assert value(expression) == expected


def published_divisible(v, divisor):
    """The published function of TF-Slim's MobileNet, from its description in the language."""
    steps = math.floor((v + divisor / 2) / divisor)
    rounded = max(divisor, steps * divisor)
    return rounded if rounded >= 0.9 * v else rounded + divisor


@pytest.mark.parametrize("by", [4, 8, 16])
def test_divisible(by):
    entry = f'{{conv: "$(divisible(n, {by}))", kernel: 1, repeat: 1}}'
    for n in (1, 7.5, 12, 17.6, 19, 35.2, 100, 153.6, 999):
        assert output(entry, top=f"vars: {{n: {n}}}")[-1] == published_divisible(n, by)


def test_the_widths_of_efficientnet_b2():
    # Tan and Le; timm and torchvision list 32, 16, 24, 48, 88, 120, 208, 352 for 1.1 times B0's
    widths = [f'{{conv: "$(divisible({n} * 1.1, 8))", kernel: 1}}' for n in (32, 16, 24, 40, 80, 112, 192, 320)]
    layers = analyzed(*widths).layers
    assert [each.node.output.channels for each in layers] == [32, 16, 24, 48, 88, 120, 208, 352]


@pytest.mark.parametrize(
    "expression",
    [
        "$(n / 4)",  # 2.5 filters
        "$(n +)",
        "$(unknown)",
        "$unknown",
        "$(n",
        "$",
        "$()",
        "$(1 / 0)",
        "$(n % 0)",
        "$(n // (n - 10))",
        "$(word + 1)",
        "$(max())",
        "$(min(word))",
        "$(sum(n))",
        "$(max(n, key=n))",
        "$(n.real)",
        "$([n][0])",
        "$(n := 3)",
        "$(lambda: 3)",
        "$(__import__('os'))",
        "$((n, 3))",
        "$(n << 3)",
        "$(n & 3)",
        "$(~n)",
        "$(n is 3)",
        "$(2 ** 99999999)",
        "$(9 ** 9 ** 9)",
        "$(2 ** 63)",
        "$(1e400)",
        "$(1e17 * 1e17)",
        "$(10 ** 30 // 10 ** 29)",
        "$((-8) ** 0.5)",
        "$(0 ** -1)",
        "$(divisible(n, 0))",
        "$(divisible(n))",
        "$(" + "1 + " * 200 + "1)",
        "$(" + "not " * 90 + "1)",
        "$(" + "9" * 390 + ")",
    ],
)
def test_what_is_no_expression_or_has_no_value(expression):
    found = codes(f'{{conv: "{expression}", kernel: 1}}', top="vars: {n: 10, word: same}")
    assert len(found) == 1
    assert found[0] in ("CNN206", "CNN207", "CNN212")


def test_expressions_stand_in_any_scalar():
    top = "vars: {k: 5, s: 2, p: same, act: gelu, off: false}"
    entry = "{conv: 7, kernel: [$k, $(k - 2)], stride: $s, padding: [2, $(k // 4)], bias: $off, activation: $act}"
    layer = settings_of("conv1", entry, top=top)
    assert (layer.kernel, layer.stride, layer.padding, layer.bias) == ((5, 3), (2, 2), ((2, 2), (1, 1)), False)
    assert settings_of("conv1.gelu", entry, top=top) is not None
    assert settings_of("conv1", "{conv: 3x3x7, padding: $p}", top=top).padding == ((1, 1), (1, 1))


def test_expressions_between_sizes():
    top = "vars: {k: 5, f: 6}"
    layer = settings_of("conv1", "conv: 3x5x$f", top=top)
    assert (layer.kernel, layer.filters) == ((3, 5), 6)
    assert settings_of("conv1", "conv: [$k, 3, $(2 * f)]", top=top).filters == 12


def test_expressions_with_brackets_between_sizes():
    top = "vars: {k: 3, f: 6}"
    layer = settings_of("conv1", "conv: 3x$(k + 2)x$(8 * f)", top=top)
    assert (layer.kernel, layer.filters) == ((3, 5), 48)
    assert settings_of("conv1", '{conv: "$(max(k, 1))x$(k)x$f"}', top=top).kernel == (3, 3)


def test_expressions_in_inputs():
    assert output("relu", input="$(n)x$(2 * n)x3", top="vars: {n: 5}") == (5, 10, 3)
    assert output("relu", input="$all", top="vars: {all: 7x9x2}") == (7, 9, 2)
    top = "vars: {n: 5}\nvariants: {large: {vars: {n: 6}}}"
    assert output("relu", input="$(n)x$(n)x3", top=top, variant="large") == (6, 6, 3)
    assert output("{relu, from: b}", input="", top="vars: {n: 5}\ninputs: {a: 1, b: $(n)x$(n)x3}") == (5, 5, 3)
    assert codes("relu", input="$(c_in)x8") == ["CNN212"]


def test_expressions_in_defaults():
    top = "vars: {p: 1, act: relu}\ndefaults: {conv: {padding: $p, activation: $act}}"
    assert settings_of("conv1", "conv: 3x3x4", top=top).padding == ((1, 1), (1, 1))
    assert settings_of("conv1.relu", "conv: 3x3x4", top=top) is not None
    assert codes("conv: 3x3x4", top="defaults: {conv: {padding: $p}}") == ["CNN212"]


def test_expressions_in_what_is_expected():
    top = "vars: {n: 4}\nexpect: {params: $(9 * 4 * n + n), output: 6x6x$n}"
    values = [each.value for each in spec("conv: 3x3x$n", top=top).expectations]
    assert (values[0], values[1].sizes("channels_last")) == (148, (6, 6, 4))
    block = "blocks: {b: {args: [w], layers: [{conv: 1x1x$w, expect: {params: $(c_in * w + w)}}]}}"
    assert [each.value for each in spec("b: 3", "b: 5", top=block).expectations] == [15, 20]


def test_expressions_in_names_and_texts():
    top = (
        "vars: {end: relu1, rate: 0.1, size: small}\nname: net-$size\ntraining: {learning_rate: $rate}\noutputs: [$end]"
    )
    model = spec("relu", "tanh", top=top.replace("net-$size", "$size"))
    assert (model.name, model.training["learning_rate"], model.graph.outputs) == ("small", "0.1", ["relu1"])


def test_a_mistake_in_a_variable_is_told_once():
    entries = ("conv: 3x3x$n", "{conv: $n, kernel: 1}", "b: $n")
    top = "vars: {n: $(8 / 0), m: $(2 * n)}\nblocks: {b: {args: [w], layers: [{conv: 1x1x$w}, {conv: 1x1x$m}]}}"
    assert codes(*entries, top=top, input="$(n)x8x4") == ["CNN212"]


def test_a_forgotten_quote_has_a_message_of_its_own():
    with pytest.raises(cnncalc.SpecError) as caught:
        analyzed("{conv: $(divisible(32, 8)), kernel: 1}")
    assert any("quote" in help for each in caught.value.diagnostics for help in each.help)


# -- vars

VARS = "vars: {a: 3, b: $(2 * a), c: $(a + b), d: 1.5, t: hello}"


def test_later_vars_use_earlier_ones():
    assert value("$c", top=VARS) == 9
    assert value("$(d * 4)", top=VARS) == 6
    assert codes("relu", top="vars: {b: $a, a: 3}") == ["CNN212"]


def test_c_in_is_not_known_to_vars():
    assert codes("relu", top="vars: {b: $c_in}") != []


def test_overrides_replace_vars_and_what_follows_from_them():
    entry = "{conv: $c, kernel: 1}"
    assert output(entry, top=VARS, vars={"a": 5}) == (8, 8, 15)
    assert output(entry, top=VARS, vars={"b": 1}) == (8, 8, 4)
    assert output(entry, top=VARS, vars={"c": "$(a * 7)"}) == (8, 8, 21)
    assert output("{relu, when: $a}", "{conv: 2, kernel: 1}", top="vars: {a: true}", vars={"a": False}) == (8, 8, 2)
    assert codes(entry, top=VARS, vars={"z": 1}) == ["CNN216"]


# -- variants

MODEL = """
description: all
vars: {a: 3, b: $(2 * a)}
variants:
  plain:
  wide: {vars: {a: 5}, description: wide}
  odd: {vars: {b: 7}, expect: {params: 35}}
  small: {input: 2x2x1}
expect: {params: 30}
"""
ENTRY = "{conv: $b, kernel: 1}"


@pytest.mark.parametrize(
    ("variant", "sizes"),
    [(None, (8, 8, 6)), ("plain", (8, 8, 6)), ("wide", (8, 8, 10)), ("odd", (8, 8, 7)), ("small", (2, 2, 6))],
)
def test_a_variant_replaces(variant, sizes):
    assert output(ENTRY, top=MODEL, variant=variant) == sizes


def test_what_a_variant_does_not_say_stays():
    def said(variant):
        model = analyzed(ENTRY, top=MODEL, variant=variant).spec
        return model.name, model.description, [each.value for each in model.expectations]

    assert said("wide") == ("wide", "wide", [30])
    assert said("odd") == ("odd", "all", [35])
    assert said("plain") == ("plain", "all", [30])


def test_a_command_line_wins_over_a_variant():
    assert output(ENTRY, top=MODEL, variant="wide", vars={"a": 1}) == (8, 8, 2)
    text = f"{MODEL}input: 8x8x4\nlayers: [{ENTRY}]"
    model = cnncalc.load(text, variant="small", input="4x4")
    assert model.graph.output_nodes[0].output.sizes("channels_last") == (4, 4, 6)


def test_variants_are_listed_in_order():
    assert analyzed(ENTRY, top=MODEL).spec.variants == ("plain", "wide", "odd", "small")


@pytest.mark.parametrize(
    ("top", "code"),
    [
        ("variants: {a: {layers: []}}", "CNN202"),
        ("variants: {a: {vars: {z: 1}}}", None),  # looked at where the variant is asked for
        ("variants: [a]", "CNN205"),
        ("variants: {a: 3}", "CNN205"),
    ],
)
def test_wrong_variants(top, code):
    assert codes("relu", top=top) == ([code] if code else [])
    if code is None:
        assert codes("relu", top=top, variant="a") == ["CNN204"]
    assert codes("relu", top="variants: {a: }", variant="b") == ["CNN216"]


def test_a_variant_with_several_inputs():
    top = "inputs: {l: 8x8x3, r: 8x8x3}\nvariants: {small: {inputs: {l: 4x4x3, r: 4x4x3}}}"
    assert output("{conv: 1x1x2, from: l}", "concat: [[], r]", input=None, top=top, variant="small") == (4, 4, 5)


def test_a_variant_with_one_input_where_the_model_has_several():
    top = "inputs: {input: 8x8x3}\nvariants: {small: {input: 4x4x3}}"
    assert output("{conv: 1x1x2}", input=None, top=top, variant="small") == (4, 4, 2)


# -- what Python's own parser warns of

WARNED_OF = (
    ("1if c_in else 2", 1), ("0x1for c_in", 31), ("c_in if 1and c_in else 2", 3), ("4or 5", 4), ("1_0in c_in", None),
    (r"2 if '\d' == 'd' else 3", 3), ("c_in is 3", None), ("'a' is 'a'", None), ("1(2)", None), ("1[2]", None),
    ("'a'(1)", None), ("b'a' == 'a'", None), ("(1,)(2)", None), (r"'\400' == 'a'", 0),
)  # fmt: skip
"""Expressions and their values; None where they are no part of the language."""


@pytest.mark.parametrize("filter", ["error", "always", "ignore"])
@pytest.mark.parametrize(("source", "value"), WARNED_OF)
def test_no_warning_of_pythons_parser_is_seen(source, value, filter):
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter(filter)
        if value is None:
            with pytest.raises(ExpressionError):
                evaluate(f"$({source})", {"c_in": 3})
        else:
            assert evaluate(f"$({source})", {"c_in": 3}) == value
    assert seen == []


def test_the_verdict_does_not_depend_on_the_filters_of_warnings(tmp_path):
    """As a user has it: `python -W error`, in development mode, with comparisons of bytes as errors."""
    path = tmp_path / "net.yaml"
    entries = "".join(f'  - {{conv: "$({source})", kernel: 1}}\n' for source, _ in WARNED_OF if "\\" not in source)
    path.write_text(f"input: 99x99x3\nlayers:\n{entries}")
    command = ["-m", "cnncalc", "validate", str(path), "-f", "concise"]
    plain, strict = (
        subprocess.run([sys.executable, *flags, *command], capture_output=True, text=True, timeout=120)
        for flags in ((), ("-W", "error", "-X", "dev", "-bb"))
    )
    assert (strict.returncode, strict.stdout, strict.stderr) == (plain.returncode, plain.stdout, plain.stderr)
    assert plain.stderr == ""
    wrong = [source for source, value in WARNED_OF if value is None]
    # after the first that cannot be read, `c_in` is unknown, and what needs it is passed over
    assert plain.stdout.count(": CNN212 ") == len(wrong) - sum("c_in" in source for source in wrong[1:])


SIGNS = (
    *("1", "0x1f", "0777", "1e999", "1for", "5or", "1j", "c_in", "text", "'a'", '"\\d"', "b'x'", "f'{1}'", "True"),
    *("if", "else", "and", "or", "not", "is", "in", "for", "lambda", "min", "floor", "divisible", "...", "yield"),
    *("(", ")", "[", "]", "{", "}", "+", "-", "*", "/", "//", "%", "**", "==", "<", "~", "<<", ",", ".", ":="),
    *(" ", "\t", "\\", "\0", "#", ";", "é", "𝟙", "９" * 30, "9" * 350, "-" * 200, "(" * 150, "not " * 60),
)


def test_whatever_is_written_there_is_a_value_or_a_finding():
    choices = random.Random(12)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for _ in range(5_000):
            source = "".join(choices.choice(SIGNS) for _ in range(choices.randint(1, 12)))
            try:
                value = evaluate(f"$({source})", {"c_in": 3, "text": "a"})
            except ExpressionError:
                continue
            assert isinstance(value, int | float | str), source
