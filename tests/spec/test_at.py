"""`spec.at`: the same model with other values, as if it had been loaded with them."""

from __future__ import annotations

from collections import Counter

import pytest

import cnncalc
from cnncalc.spec import parsed

FAMILY = """
input: 28x28x1
vars: {width: 8, wide: false, last: 10}
defaults: {conv: {bias: $wide}}
variants: {large: {vars: {width: 16}}}
layers:
  - {conv: 3x3x$width, norm: batch_norm}
  - {conv: $(2 * width if wide else width), kernel: 3}
  - flatten
  - dense: $last
"""


def numbers(spec: cnncalc.Spec) -> list[object]:
    return [(each.name, each.node.output, each.params, each.macs) for each in cnncalc.analyze(spec).layers]


@pytest.mark.parametrize("values", [{"width": 4}, {"width": 4, "wide": True}, {"last": 3, "wide": False}, {}])
@pytest.mark.parametrize("variant", [None, "large"])
def test_it_is_what_load_gives(values, variant):
    spec = cnncalc.load(FAMILY, variant=variant)
    assert numbers(spec.at(**values)) == numbers(cnncalc.load(FAMILY, variant=variant, vars=values))


@pytest.mark.parametrize("name", ["efficientnet_b0", "mobilenet_v1"])
def test_it_is_what_load_gives_for_published_networks(name):
    spec = cnncalc.load(name)
    for width in (0.35, 0.5, 0.75, 1, 1.4):
        assert numbers(spec.at(width=width)) == numbers(cnncalc.load(name, vars={"width": width}))


def test_values_add_to_those_of_before():
    spec = cnncalc.load(FAMILY, vars={"width": 4}).at(last=3)
    assert numbers(spec) == numbers(cnncalc.load(FAMILY, vars={"width": 4, "last": 3}))
    assert numbers(spec.at(width=5)) == numbers(cnncalc.load(FAMILY, vars={"width": 5, "last": 3}))


def test_a_value_that_does_not_fit_is_a_mistake_of_the_command_line():
    with pytest.raises(cnncalc.SpecError) as error:
        cnncalc.load(FAMILY).at(width=0)
    with pytest.raises(cnncalc.SpecError) as loaded:
        cnncalc.load(FAMILY, vars={"width": 0})
    assert error.value.diagnostics == loaded.value.diagnostics


def test_a_variable_that_does_not_exist():
    with pytest.raises(cnncalc.SpecError, match="the model has no variable `widht`"):
        cnncalc.load(FAMILY).at(widht=4)


def test_true_is_not_one():
    """An expression is worked out once for equal values, and Python calls these equal."""
    bias = cnncalc.load("input: 4\nvars: {x: true}\nlayers: [{dense: 3, bias: $x}]\n")
    count = cnncalc.load("input: 4\nvars: {x: 1}\nlayers: [dense: $x]\n")
    for _ in range(2):
        assert bias.at(x=True).graph.nodes[0].layer.bias is True
        assert count.at(x=1).graph.nodes[0].layer.units == 1
        with pytest.raises(cnncalc.SpecError, match="expected true or false"):
            bias.at(x=1)
        with pytest.raises(cnncalc.SpecError, match="found `true`"):
            count.at(x=True)


def test_the_text_is_parsed_once(monkeypatch):
    calls = Counter()
    monkeypatch.setattr(parsed, "parse", counted(parsed.parse, calls))
    spec = cnncalc.load(FAMILY)
    for width in range(1, 20):
        spec.at(width=width)
    assert calls == {"parse": 1}


def test_layers_that_stay_the_same_are_shared():
    spec = cnncalc.load(FAMILY)
    norms = {spec.at(width=width).graph.nodes[1].layer for width in range(1, 20)}
    assert len(norms) == 1, "a batch norm is the same for every number of channels"


def test_defaults_that_change_are_not_shared():
    spec = cnncalc.load(FAMILY)
    without, with_bias = spec.at(width=8), spec.at(wide=True)
    assert (without.graph.nodes[0].layer.bias, with_bias.graph.nodes[0].layer.bias) == (False, True)


def test_variants_are_parsed_and_checked_once(monkeypatch):
    from cnncalc.spec import _variables

    calls = Counter()
    monkeypatch.setattr(parsed, "parse", counted(parsed.parse, calls))
    monkeypatch.setattr(_variables, "_check_variant", counted(_variables._check_variant, calls))
    variants = "".join(f"  v{width}: {{vars: {{width: {width}}}}}\n" for width in range(1, 31))
    checked = cnncalc.check(FAMILY.replace("variants: {large: {vars: {width: 16}}}", f"variants:\n{variants}"))
    assert checked.is_ok
    assert calls == {"parse": 1, "_check_variant": 30}


def test_variants_with_too_many_layers_together():
    text = "input: 8x8x4\nvars: {n: 1}\nvariants: {a: {vars: {n: 150000}}, b: {vars: {n: 150000}}}\n"
    checked = cnncalc.check(text + "layers: [{relu: , repeat: $n}]\n")
    (found,) = checked.findings
    assert (found.code, found.message) == ("CNN104", "more than 200,000 layers in all variants together")
    assert found.label == "at least 300,000"
    assert found.span.line == 3


def test_variants_with_too_many_entries_that_are_left_out():
    """Each has to be looked at in every variant."""
    entries = "".join("  - {relu: , when: $present}\n" for _ in range(3000))
    variants = ", ".join(f"v{index}: " for index in range(100))
    text = f"input: 8x8x4\nvars: {{present: false}}\nvariants: {{{variants}}}\nlayers:\n  - tanh\n{entries}"
    assert [each.message for each in cnncalc.check(text).findings] == [
        "more than 200,000 layers in all variants together"
    ]


@pytest.mark.slow
def test_variants_whose_size_depends_on_the_channels():
    """Nothing is known beforehand, and the variants are placed until they are too many."""
    text = "input: 8x8x4\nvars: {n: 0}\nvariants: {a: {vars: {n: 120000}}, b: {vars: {n: 120000}}}\n"
    checked = cnncalc.check(text + "layers: [{relu: , repeat: $(c_in * n // 4 + 1)}]\n")
    assert [(each.code, each.label) for each in checked.findings] == [("CNN104", "")]


def counted(function, calls):
    """The function, with its calls counted."""

    def call(*arguments, **options):
        calls[function.__name__] += 1
        return function(*arguments, **options)

    return call
