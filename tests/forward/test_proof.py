"""What `verify` proves, it proves without the claims: faults planted in the formulas and in the kinds are all found."""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import pytest
from helpers import analyzed
from layers.examples import EXAMPLES_OF, each_example

import cnncalc
from cnncalc import formulas
from cnncalc.analysis import analyze
from cnncalc.forward.engines import _pooling
from cnncalc.forward.engines.convolution import convolve_depthwise
from cnncalc.forward.proof._ledger import Ledger
from cnncalc.forward.proof.small_layers import Checker, definition
from cnncalc.forward.proof.verification import _Zeros, verify
from cnncalc.layers import KINDS, _window_definition, layer_class, part
from cnncalc.layers.activation.kinds import Relu
from cnncalc.layers.base import Weight
from cnncalc.layers.convolution.kinds import Conv, DepthwiseConv
from cnncalc.layers.definition import MAX_PRODUCTS, Multiplier
from cnncalc.layers.dense.kinds import Dense
from cnncalc.layers.merge.kinds import Subtract
from cnncalc.layers.norm.kinds import BatchNorm, LayerNorm
from cnncalc.layers.pooling.kinds import AvgPool
from cnncalc.layers.shape.kinds import SpaceToDepth
from cnncalc.settings import types

NET = """
convention: keras
input: 22x21x3
layers:
  - {conv: 3x3x4, stride: 2, padding: same, norm: batch_norm, activation: relu}
  - {separable_conv: 3x3x6, padding: same}
  - {max_pool: 3, stride: 2, rounding: ceil}
  - {avg_pool: 2, stride: 1, padding: same}
  - {conv_transpose: 3x3x5, stride: 2, padding: same}
  - {pad: 1}
  - {conv: 4x5x6, groups: 1, dilation: 1}
  - global_avg_pool
  - {dense: 10, activation: softmax}
"""


def found(text=NET):
    """The quantities that are wrong, and `failure` where a layer could not run."""
    result = verify(analyze(cnncalc.load(text)), quick=True)
    return {each.quantity for each in result.differences} | ({"failure"} if result.failure else set())


def test_the_network_is_right():
    assert found() == set()


# -- faults planted in the formulas and the kinds


def changed(original, change):
    return lambda *arguments: change(original(*arguments))


FAULTS = {
    "transposed one short": (formulas, "transposed", lambda n: n - 1),
    "same_padding one short": (formulas, "same_padding", lambda n: max(n - 1, 0)),
    "same_padding one long": (formulas, "same_padding", lambda n: n + 1),
    "same_cut one long": (formulas, "same_cut", lambda n: n + 1),
    "windows one short": (formulas, "windows", lambda n: n - 1),
    "windows one long": (formulas, "windows", lambda n: n + 1),
    "windows_ceil one short": (formulas, "windows_ceil", lambda n: n - 1),
    "same split the other way": (types, "split_same", lambda pair: pair[::-1]),
    "a pool without its last window": (_pooling, "starts", lambda windows: windows[:-1]),
    "MACs of one filter": (Conv, "macs", lambda macs: macs // 2),
    "MACs twice": (Dense, "macs", lambda macs: 2 * macs),
    "no bias among the weights": (Conv, "weights", lambda own: {"kernel": own["kernel"]}),
    "weights that nobody uses": (Conv, "weights", lambda own: {**own, "spare": Weight((3,))}),
    "a kernel turned round": (Conv, "weights", lambda own: {**own, "kernel": Weight(own["kernel"].shape[::-1])}),
    "statistics that are learned": (
        BatchNorm, "weights", lambda own: {name: Weight(each.shape) for name, each in own.items()}
    ),
    "a mean with the padding": (AvgPool, "run", lambda y: y * 0.99),
    "norms with another deviation": (LayerNorm, "_normalised", lambda y: y * 1.001),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found(fault, monkeypatch):
    owner, name, change = FAULTS[fault]
    monkeypatch.setattr(owner, name, changed(getattr(owner, name), change))
    nets = [NET, "input: 9x9x4\nlayers: [{conv_transpose: 3x3x2, stride: 2}, {conv: 3x2x4, norm: layer_norm}]\n"]
    assert any(found(text) for text in nets), fault


def test_units_that_do_not_all_see_everything(monkeypatch):
    # a position sees everything, through all of its channels together, each of which sees one place
    monkeypatch.setattr(Relu, "reads_channels", lambda *_: None)
    result = verify(analyzed("8x2", "{permute: {channels: position, position: channels}}", "relu"))
    [difference] = result.differences
    assert difference.measured.difference == (0, None, None, (0, 7))
    assert "axis 1, all units   nothing   0 to 7" in result.render()


VALUES = {
    "subtract the wrong way": (Subtract, "merged", "{subtract: [[], {conv: 1x1x4}]}"),
    "blocks in another order": (SpaceToDepth, "run", "{space_to_depth: 2}"),
    "flipped kernels": (Conv, "run", "{conv: 3x3x2}"),
    "the channels of another filter": (DepthwiseConv, "run", "{depthwise_conv: 3}"),
}


@pytest.mark.parametrize("fault", VALUES)
def test_right_numbers_with_wrong_values_are_found(fault, monkeypatch):
    kind, name, entry = VALUES[fault]
    original = getattr(kind, name)
    monkeypatch.setattr(kind, name, lambda *arguments: original(*arguments)[..., ::-1])
    result = verify(analyzed("6x6x4", entry))
    assert {each.quantity for each in result.differences} == {"values"}
    assert not result.is_right


def test_a_fault_of_memory_is_one_of_values(monkeypatch):
    # the windows of one channel, moved by a stride that led out of the array: the sizes were right
    def walks_off(product, x, kernel, *settings):
        return convolve_depthwise(product, x, kernel, *settings) + 1e-5

    monkeypatch.setattr("cnncalc.forward.engines.arrays.convolve_depthwise", walks_off)
    assert found("input: 6x6x1\nlayers: [{depthwise_conv: 3}]\n") == {"values"}


# -- the definitions


@pytest.mark.parametrize("kind", [kind for kind in KINDS if not layer_class(kind).is_opaque])
def test_every_kind_has_a_definition(kind):
    assert part(kind, "definition"), f"`{kind}` has no definition in cnncalc/layers/{KINDS[kind]}/definition.py"
    assert part(kind, "definition").__doc__, f"the definition of `{kind}` says nothing of itself"


def test_the_definitions_share_nothing_with_what_they_judge():
    layers = Path(cnncalc.layers.__path__[0])
    files = [*layers.glob("*definition.py"), *layers.glob("*/definition.py")]
    assert len(files) == 2 + len(set(KINDS.values()) - {"opaque"})
    for file in files:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [each.name for each in node.names] if isinstance(node, ast.Import) else []
            for name in names:
                inside = name.startswith("cnncalc.layers.") and name.endswith("definition")
                assert inside or name.split(".")[0] not in ("cnncalc", "numpy"), f"{file} imports {name}"


@pytest.mark.parametrize("kind", EXAMPLES_OF)
def test_definitions_agree_with_the_toy(kind):
    # tests/helpers.py was written a third time, with its settings next to it
    each_example(agrees_with_the_toy, kind)


def agrees_with_the_toy(example):
    spec, toy = example.analysis().spec, example.done()
    node = spec.graph.nodes[-1]
    kind = definition(node, node.input_shapes, node.layer.as_read, spec.rules._replace(order="channels_last"))
    assert tuple(kind.shape()) == (toy.spatial, toy.channels)
    assert kind.multiplications() == toy.macs
    assert {name: len(list(array.indices())) for name, array in kind.arrays().items()} == {
        name: len(used) for name, used in toy.weights.items() if used
    }


@pytest.mark.parametrize("kind", EXAMPLES_OF)
def test_a_reduced_layer_multiplies_little(kind, monkeypatch):
    counts = []
    monkeypatch.setattr(Multiplier, "__call__", lambda self, a, b: counts.append(1) or _count(self, a, b))

    def check(example):
        counts.clear()
        spec = example.analysis().spec
        checker = Checker(spec.rules)
        assert checker.check(spec.graph.nodes[-1]) is None
        # two samples; several times where one axis after the other is long
        assert len(counts) <= 2 * MAX_PRODUCTS * checker.count

    each_example(check, kind)


def _count(times, a, b):
    times.count += 1
    return a * b


def test_the_three_rules_called_same_are_those_of_the_docs():
    # docs/spec.md: six positions, a kernel of 3, a stride of 2; and a kernel of 4 with a stride of 1
    assert _window_definition.around("same", "lecture", 6, 3, 2, 1) == (1, 1)
    assert _window_definition.around("same", "keras", 6, 3, 2, 1) == (0, 1)
    assert _window_definition.around("same", "lecture", 6, 4, 1, 1) == (2, 2)
    assert _window_definition.around("same", "pytorch", 6, 4, 1, 1) == (1, 2)
    assert _window_definition.around("causal", "keras", 8, 3, 1, 2) == (4, 0)


def test_windows_that_are_cut_short():
    # docs/numbers.md: 5 positions, window 2, stride 2, padding 1: the fourth would begin in the padding
    assert _window_definition.stops(5, 2, 2, 1, 1, True) == (-1, 1, 3)
    assert _window_definition.stops(3, 2, 2, 0, 0, True) == (0, 2)
    assert _window_definition.stops(6, 3, 2, 1, 1) == (-1, 1, 3)


# -- memory


def test_an_array_counts_until_it_is_gone():
    ledger = Ledger()
    first = np.zeros(100, "float32")
    ledger.made(first)
    part = first[10:20]
    ledger.made(np.zeros(50, "float32"))  # nobody holds it
    assert ledger.held == 400
    del first
    assert ledger.held == 400, "a view holds what it is a part of"
    del part
    assert ledger.held == 0


def test_an_executor_that_keeps_too_much_is_found(monkeypatch):
    from cnncalc.forward.proof import verification

    kept = []

    def hoarding(*arguments):
        for step in steps(*arguments):
            kept.append(step.output[..., :1])
            yield step

    steps = verification.steps
    monkeypatch.setattr(verification, "steps", hoarding)
    result = verify(analyze(cnncalc.load(NET)))
    assert {each.quantity for each in result.differences} == {"memory"}


# -- what was a false alarm


def test_a_global_tensor_whose_only_output_is_a_hole():
    entries = [
        "{global_avg_pool: {keep_dims: true}}",
        "{conv_transpose: 1x1x2, stride: 3, padding: [[1, 1], [1, 1]], output_padding: 2}",
    ]
    result = verify(analyzed("6x6x2", *entries, "{conv: 1x1x2}"))
    assert result.failure is None
    assert result.differences == []


# -- the run on zeros


def test_the_run_multiplies_nothing_and_counts_everything(monkeypatch):
    summed = []
    multiply, einsum = np.matmul, np.einsum
    monkeypatch.setattr(np, "matmul", lambda a, b, out=None: summed.append(a.shape[-1]) or multiply(a, b, out))
    monkeypatch.setattr(
        np, "einsum", lambda x, *rest, **named: summed.append(x.size * x.ndim) or einsum(x, *rest, **named)
    )
    monkeypatch.setattr(Checker, "check", lambda *_: None)  # the values are a run of their own
    entries = ["{conv: 3x3x6}", "{conv: 3x3x6, groups: 2}", "{depthwise_conv: 3}", "flatten", "{dense: 2}"]
    result = verify(analyzed("9x9x4", *entries), quick=True)
    assert result.is_right
    assert len(summed) == 4
    assert set(summed) == {0}
    # 7·7·9·4·6, 5·5·9·3·6, 3·3·9·6 and 54·2
    assert [each.macs for each in result.layers.values()] == [10584, 4050, 486, 0, 108]


SHAPES = [((5, 3), (3, 2)), ((2, 5, 3), (2, 3, 4)), ((5, 3), (4, 2)), ((2, 5, 3), (3, 3, 4)), ((5, 1), (1, 1))]


@pytest.mark.parametrize(("one", "other"), SHAPES)
def test_a_product_of_zeros_has_the_shape_of_any_other(one, other):
    a, b = np.zeros(one), np.zeros(other)
    try:
        expected = a @ b
    except ValueError:
        with pytest.raises(ValueError, match=r"product|broadcast"):
            _Zeros.product(a, b)
    else:
        assert np.array_equal(_Zeros.product(a, b), expected)
        out = np.ones(expected.shape)
        assert _Zeros.product(a, b, out) is out
        assert not out.any()


@pytest.mark.parametrize("kernel", [(3, 2, 4), (3, 2, 5), (2, 3, 4)])
def test_a_sum_of_zeros_needs_windows_of_the_kernel(kernel):
    windows, out = np.zeros((2, 6, 7, 3, 2, 4)), np.ones((2, 6, 7, 4))
    if kernel == (3, 2, 4):
        assert not _Zeros.sum_of_products(windows, np.zeros(kernel), out).any()
    else:
        with pytest.raises(ValueError, match="windows of"):
            _Zeros.sum_of_products(windows, np.zeros(kernel), out)
