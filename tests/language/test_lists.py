"""Lists as values, what expressions make of them, and expressions inside names."""

import pytest
from language.reading import analyzed, codes, names, output, reads, spec

import cnncalc

TOP = "vars: {widths: [8, 16, 24], rows: [[3, 8], [5, 16]], k: 2, words: [relu1, relu2], none_at_all: []}"


def kernel(expression):
    """What an expression in the place of a kernel gives."""
    layers = analyzed(f'{{conv: 1, kernel: "{expression}", padding: 99}}', top=TOP).layers
    return layers[0].node.layer.kernel[0]


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("$(widths[0])", 8),
        ("$(widths[k])", 24),
        ("$(widths[-1])", 24),
        ("$(rows[1][0])", 5),
        ("$(len(widths))", 3),
        ("$(len(rows[0]) + len(range(4)))", 6),
        ("$(sum(widths))", 48),
        ("$(sum(range(4)))", 0 + 1 + 2 + 3),
        ("$(min(widths))", 8),
        ("$(max(rows[1]))", 16),
        ("$(log2(8))", 3),
        ("$(sqrt(49))", 7),
        ("$(abs(3 - 8))", 5),
        ("$(1 if widths == widths else 2)", 1),
        ("$(1 if none_at_all else 2)", 2),
    ],
)
def test_what_lists_give(expression, value):
    assert kernel(expression) == value


def test_a_list_as_a_setting():
    layer = analyzed('{conv: 1, kernel: "$(rows[0])", padding: 99}', top=TOP).layers[0].node.layer
    assert layer.kernel == (3, 8)


def test_a_list_as_several_arguments():
    top = f"{TOP}\nblocks: {{unit: {{args: [k, width], layers: [{{conv: $width, kernel: $k}}]}}}}"
    assert output('unit: "$(rows[0])"'.join(["{", "}"]), top=top) == (6, 6, 8)
    assert output("{unit: [3, 8]}", top=top) == (6, 6, 8)


def test_a_list_as_one_argument():
    blocks = "blocks: {stage: {args: [widths, k=1], layers: [{conv: $(widths[0]), kernel: $k}]}, "
    blocks = blocks.replace("$(widths[0])", '"$(widths[0])"') + "around: {args: [ws], layers: [{stage: $ws, k: 3}]}}"
    assert output("{stage: {widths: $widths, k: 3}}", top=f"{TOP}\n{blocks}") == (6, 6, 8)
    assert output("{around: $widths}", top=f"{TOP}\n{blocks}") == (6, 6, 8)
    assert output("{around: [[5, 6]]}", top=f"{TOP}\n{blocks}") == (6, 6, 5)


def test_a_list_as_a_default():
    top = 'blocks: {unit: {args: ["ks=[1, 3]", "more=[]"], layers: [{conv: 1, kernel: "$(ks[1])"}]}}'
    assert output("unit", top=top) == (6, 6, 1)
    assert output("{unit: {ks: [1, 2]}}", top=top) == (7, 7, 1)
    assert codes("unit", top=top.replace("[1, 3]", "[1, 3"))[0] == "CNN205"
    assert codes("unit", top=top.replace("[1, 3]", "{a: 3}"))[0] == "CNN205"


def test_another_list_from_outside():
    entries = ('{conv: "$(widths[0])", kernel: 1}',)
    assert output(*entries, top=TOP, vars={"widths": [5, 6]}) == (8, 8, 5)
    assert spec(*entries, top=TOP).at(widths=(7,)).graph.nodes[-1].output.channels == 7
    assert spec("{relu, from: input}", top=TOP).at(words=["a, b", 'say "x"', True, 0.5]).overrides.vars == (
        ("words", '["a, b", "say \\"x\\"", true, 0.5]'),
    )
    variant = f"{TOP}\nvariants: {{wide: {{vars: {{widths: [64]}}}}}}"
    assert output(*entries, top=variant, variant="wide") == (8, 8, 64)


@pytest.mark.parametrize("text", ["[24, 56", "[", "[{a: 1}]"])
def test_what_is_no_list_from_outside(text):
    with pytest.raises(cnncalc.SpecError) as refused:
        spec('{conv: "$(widths[0])", kernel: 1}', top=TOP, vars={"widths": text})
    assert {each.code for each in refused.value.diagnostics} <= {"CNN205", "CNN216"}


@pytest.mark.parametrize(
    "expression",
    [
        "$(widths[3])",
        "$(widths[0.5])",
        "$(widths[true])",
        "$(widths['a'])",
        "$(k[0])",
        "$(widths[0:1])",
        "$(widths * 2)",
        "$(-widths)",
        "$(widths > 1)",
        "$(widths < rows)",
        "$(sum(k))",
        "$(len(k))",
        "$(sum(rows))",
        "$(sum(words))",
        "$(range(widths))",
        "$(range(0.5))",
        "$(range(0 - 1))",
        "$(len(range(1001)))",
        "$(log2(0))",
        "$(sqrt(0 - 1))",
        "$(abs(words[0]))",
        "$(len(widths, rows))",
        "$(min(none_at_all))",
        "$([1, 2])",
    ],
)
def test_what_cannot_be_calculated(expression):
    assert codes(f'{{conv: 1, kernel: "{expression}"}}', top=TOP) == ["CNN212"]


@pytest.mark.parametrize("entry", ["{dense: $widths}", "{conv: 1, kernel: 1, bias: $widths}", "{relu, from: $widths}"])
def test_a_list_where_something_else_belongs(entry):
    assert codes(entry, top=TOP) == ["CNN205"]


@pytest.mark.parametrize("entry", ["{relu, from: $(words[0])}", "{conv: 4, kernel: $(max(widths[0], 2))}"])
def test_what_braces_cut_at_a_bracket(entry):
    with pytest.raises(cnncalc.SpecError) as refused:
        spec(entry, top=TOP)
    (only,) = refused.value.diagnostics
    assert (only.code, only.message) == ("CNN212", "an expression that was cut at its `[`")
    expression = entry.partition(": $")[2].removesuffix("}") if "max" not in entry else "(max(widths[0], 2))"
    assert only.help == (f'put it in quotes: "${expression}"',) or f'"${expression}"' in only.help[0]


def test_variables_that_are_no_lists_of_values():
    assert codes("relu", top="vars: {xs: [{conv: 8}]}") == ["CNN205"]
    assert codes("relu", top=f"vars: {{xs: [{', '.join(['1'] * 1001)}]}}") == ["CNN205"]
    assert codes("relu", top="cnncalc: 1\nvars: {xs: [1, 2]}") == ["CNN220"]


def test_names_of_functions_that_came_later():
    assert output("{conv: $(range + len), kernel: $(len(range(3)))}", top="vars: {range: 5, len: 2}") == (6, 6, 7)
    assert codes("relu", top="vars: {min: 5}") == ["CNN210"]


# -- names


def test_expressions_inside_names():
    entries = ("relu", "relu", "{tanh, from: relu$(k - 1)}", "{tanh, from: re$half$k}")
    assert reads("tanh1", *entries, top="vars: {k: 2, half: lu}") == ["relu1"]
    assert reads("tanh2", *entries, top="vars: {k: 2, half: lu}") == ["relu2"]


def test_wherever_a_name_is_written():
    entries = (
        "{conv: 1x1x4, name: a$k}",
        "{group: [relu], name: g}",
        "{max_pool: 2, from: a$k}",
        "{resize: {like: g.relu$(k - 1)}}",
        "{share: a$k}",
        "add: [[], g.relu$(k - 1)]",
    )
    assert reads("add1", *entries, top="vars: {k: 2}") == ["share1", "g.relu1"]
    assert spec(*entries, top="vars: {k: 2}\noutputs: [a$k, add$(k - 1)]").graph.outputs == ["a2", "add1"]
    assert codes("{relu, from: relu$k}", top="vars: {k: 2}") == ["CNN310"]
    assert codes("{relu, from: relu$q}", top="vars: {k: 2}") == ["CNN212"]


BLOCKS = """
blocks:
  pick: {args: [xs, j], layers: [relu, {relu, from: "$(xs[j])"}]}
  inside: {args: [x], layers: [relu, {relu, from: $x.relu1}]}
  either: {args: [a, b, is_a], layers: [relu, {relu, from: $(a if is_a else b)}]}
"""


def test_a_name_from_a_list_is_looked_for_where_the_call_stands():
    assert reads("pick1.relu2", "relu", "tanh", "{pick: [[relu1, tanh1], 0]}", top=BLOCKS) == ["relu1"]
    assert reads("pick1.relu2", "relu", "tanh", "{pick: [[relu1, tanh1], 1]}", top=BLOCKS) == ["tanh1"]
    assert reads("either1.relu2", "relu", "tanh", "{either: [relu1, tanh1, true]}", top=BLOCKS) == ["relu1"]
    assert reads("inside1.relu2", "{group: [relu], name: g}", "{inside: g}", top=BLOCKS) == ["g.relu1"]


def test_numbers_of_names_are_their_own():
    assert names("{conv: 1x1x4, name: a$k}", "{conv: 1x1x4, name: a$(k + 1)}", top="vars: {k: 2}") == ["a2", "a3"]
