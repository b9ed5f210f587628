"""Estimates of the memory that a run needs, against what NumPy allocates as tracemalloc sees it."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from math import prod

import numpy as np
import pytest
from layers.examples import EXAMPLES_OF, Example, each_example, written

import cnncalc
from cnncalc import cli
from cnncalc.forward.engines import convolution
from cnncalc.forward.engines.arrays import Arrays
from cnncalc.forward.engines.meta_arrays import MetaArrays
from cnncalc.forward.proof.verification import verify
from cnncalc.forward.run import memory_check
from cnncalc.forward.run.executor import owner, run_layer
from cnncalc.forward.run.memory_estimate import MemoryEstimate, estimated_memory, layer_need
from cnncalc.graph import Node
from cnncalc.layers.index import KINDS

MIB = 2**20
OWN = MIB // 2 if np.lib.NumpyVersion(np.__version__) < "2.2.0" else MIB // 4
"""NumPy's own buffers and Python's objects, which are not estimated. Old ones copy more in grouped convolutions."""
AT_MOST = 1.5


def peak_of(action: Callable[[], object]) -> int:
    """The most bytes allocated during a call, beyond those before it."""
    tracemalloc.start()
    try:
        action()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def compare(node: Node, batch: int, dtype: str = "float32", layout: str = "channels_last") -> None:
    """Compares the estimate of one layer with its run; both include the inputs."""
    assert node.layer is not None
    types = [np.dtype(float if node.layer.ids() else dtype)] * len(node.input_shapes)
    sizes = [(batch, *shape.sizes("channels_last")) for shape in node.input_shapes]
    sources = [np.zeros(size, each) for size, each in zip(sizes, types, strict=True)]
    given = sum(each.nbytes for each in sources)
    shapes = node.weights
    weights = {owner(node).name: {name: np.ones(each.shape, dtype) for name, each in shapes.items()}}
    convolution._buffer.bytes = np.empty(convolution.MAX_BUFFER, np.uint8)  # which stays, and so counts once for a run
    need = layer_need(node, layout, dtype, batch, types)
    true = peak_of(lambda: run_layer(node, sources, weights, Arrays(layout, dtype)))
    assert true <= need.allocated + OWN, f"{true / MIB:.2f} MiB, estimated {need.allocated / MIB:.2f}"
    most = AT_MOST * (given + true) + OWN
    assert given + need.allocated <= most, f"{true / MIB:.2f} MiB, estimated {need.allocated / MIB:.2f}"


@pytest.mark.parametrize("layout", ["channels_last", "channels_first"])
@pytest.mark.parametrize("kind", EXAMPLES_OF)
def test_every_kind(kind: str, layout: str):
    def check(example: Example) -> None:
        node = example.analysis().layers[0].node
        largest = max(prod(sizes) for sizes in [*example.inputs.values(), node.output.sizes("channels_last")])
        compare(node, batch=-(-MIB // 4 // largest), layout=layout)

    each_example(check, kind)


def test_no_kind_is_left_out():
    assert set(EXAMPLES_OF) == set(KINDS) - {"opaque"}


def one_layer(entry: str, sizes: tuple[int, ...]) -> Node:
    """The only layer of a model."""
    return cnncalc.load(f"input: {written(sizes)}\nlayout: channels_last\nlayers:\n  - {entry}\n").graph.nodes[0]


LARGE = [
    ("conv: 3x3x32, padding: 1", (200, 200, 16)),
    ("conv: 21x21x4, padding: 10", (150, 150, 8)),
    ("conv: 998x999x1", (1000, 1000, 1)),  # one window, larger than the buffer
    ("conv: 8, kernel: 201, padding: 100", (40_000, 4)),
    ("conv: 1x1x64, stride: 2", (200, 200, 32)),
    ("conv: 1x1x512, groups: 2", (100, 100, 8)),
    ("conv: 3x3x64, groups: 8, padding: 1", (100, 100, 64)),
    ("conv: 3x3x3x16, padding: 1, dilation: 2", (40, 40, 40, 8)),
    ("conv: 3x3x32, groups: 32, padding: same", (150, 150, 32)),
    ("depthwise_conv: 31, padding: 15", (150, 150, 16)),
    ("depthwise_conv: 101, padding: 50", (150, 150, 8)),
    ("depthwise_conv: 3, multiplier: 4, padding: 1", (150, 150, 16)),
    ("depthwise_conv: 501, padding: 250", (50_000, 8)),
    ("separable_conv: 5x5x32, multiplier: 2, padding: same", (150, 150, 16)),
    ("conv_transpose: 2x2x32, stride: 2", (100, 100, 32)),
    ("conv_transpose: 3x3x32, stride: 2, padding: 1, groups: 4", (100, 100, 32)),
    ("conv_transpose: 24x24x16, padding: 10", (60, 60, 32)),
    ("conv_transpose: 300x300x8", (3, 3, 4)),
    ("conv_transpose: 3001x3001x1, padding: 1000", (1, 1, 1)),
    ("conv_transpose: 8, kernel: 100001, padding: 50000", (4, 2)),
    ("conv_transpose: 3x3x3x8, stride: 2, dilation: 2", (20, 20, 20, 16)),
    ("max_pool: 3, stride: 1, padding: 1", (200, 200, 16)),
    ("max_pool: 101, stride: 1", (700, 700, 1)),
    ("avg_pool: 3, stride: 2, padding: 1, rounding: ceil, count_padding: true", (300, 300, 16)),
    ("avg_pool: 5, stride: 1, padding: 2", (400_000, 1)),  # the counts are as large as the sums
    ("adaptive_avg_pool: 2000", (4_000, 100)),
    ("adaptive_max_pool: 99x77", (300, 300, 8)),
    ("upsample: 2, mode: bilinear", (200, 200, 16)),
    ("upsample: 3x2, mode: nearest", (200, 200, 16)),
    ("upsample: 7, mode: bilinear", (100_000, 1)),  # the places take more memory than the values
    ("upsample: 2, mode: bilinear", (40, 40, 40, 4)),
    ("local_response_norm: 5", (100, 100, 64)),
    ("local_response_norm: 1000000000", (100, 100, 16)),
    ("local_response_norm: 5", (500_000,)),
    ("layer_norm", (100, 100, 64)),
    ("group_norm: 8", (100, 100, 64)),
    ("flatten", (100, 100, 64)),
    ("softmax", (100, 100, 64)),
    ("dense: 64", (200, 100, 32)),
    ("embedding: {width: 8, vocabulary: 100}", (100_000,)),
]


@pytest.mark.parametrize(("entry", "sizes"), LARGE, ids=[f"{entry} on {written(sizes)}" for entry, sizes in LARGE])
def test_large_windows_and_maps(entry: str, sizes: tuple[int, ...]):
    compare(one_layer(f"{{{entry}}}" if ": " in entry else entry, sizes), 1)


@pytest.mark.parametrize("dtype", ["float16", "float64"])
@pytest.mark.parametrize("kind", EXAMPLES_OF)
def test_every_type(kind: str, dtype: str):
    example = EXAMPLES_OF[kind][-1]
    node = example.analysis().layers[0].node
    largest = max(prod(sizes) for sizes in [*example.inputs.values(), node.output.sizes("channels_last")])
    compare(node, batch=-(-MIB // 2 // largest), dtype=dtype)


def test_what_is_not_known_has_no_estimate():
    x = MetaArrays("channels_last", "float32").array((1, 2))
    with pytest.raises(TypeError, match=r"numpy\.cumsum"):
        np.cumsum(x)
    with pytest.raises(TypeError, match="add"):
        np.add.accumulate(x)


def test_a_whole_model_by_hand():
    text = "input: 100x100x8\nlayers: [{conv: 3x3x16, padding: 1, bias: false}, relu, {max_pool: 2}]\n"
    spec = cnncalc.load(text)
    found = estimated_memory(spec.graph, spec.order, "float32")
    assert found.parameters == 4 * 9 * 8 * 16
    # the input stays; while relu runs, its own input and output are there too
    assert found.activations == 4 * 100 * 100 * (8 + 16 + 16)
    # relu's tiles go directly to its output; afterwards there is one mark per value, and a buffer for windows
    assert found.work == 100 * 100 * 16 + 2 * MIB
    assert found.total == found.parameters + found.activations + found.work


def test_a_billion_taps():
    """The kernel and the output are 31,623² numbers each, and nothing else is large."""
    spec = cnncalc.load("input: 1x1x1\nlayers: [{conv_transpose: 31623x31623x1, bias: false}]\n")
    found = estimated_memory(spec.graph, spec.order, "float32")
    assert found.parameters == 4 * 31_623**2
    assert found.activations == 4 * (31_623**2 + 1)
    assert found.work < 1.01 * 31_623**2 + 5 * MIB  # whether each value is finite, and a block of products


MODEL = """\
input: 128x128x8
layers:
  - {conv: 1x3x64, padding: [0, 1], norm: batch_norm, name: first}
  - concat:
      - [{conv: 1x1x32, padding: 1, name: wide}, {crop: 1}]
      - [{max_pool: 3, stride: 1, padding: 1}, {conv: 1x1x32}]
  - {conv: 2x2x128, stride: 4, norm: batch_norm}
  - global_avg_pool
  - {dense: 1024}
  - {dense: 1024}
"""


@pytest.fixture
def estimates(monkeypatch) -> list[MemoryEstimate]:
    """The estimates made during a test."""
    found: list[MemoryEstimate] = []

    def recorded(*arguments) -> MemoryEstimate:
        found.append(estimated_memory(*arguments))
        return found[-1]

    monkeypatch.setattr(memory_check, "estimated_memory", recorded)
    return found


def agree(true: int, estimate: MemoryEstimate) -> None:
    """Compares an estimate with what was allocated; the buffer of convolutions may be there already."""
    about = f"{true / MIB:.2f} MiB; {estimate}"
    assert true <= estimate.total + OWN, about
    assert estimate.total <= AT_MOST * true + convolution.MAX_BUFFER + OWN, about


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["float32", "float64", "float16"])
@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--all",),
        ("--fuse",),
        ("--layer", "first", "--layer", "wide"),
        ("--trace", "wide", "--at", "3,3"),
        ("--shift", "4,0"),
        ("--save", "all.npz"),
        ("--weights", "double.npz"),
        ("--format", "csv"),
    ],
    ids=" ".join,
)
def test_options_of_the_command(options, dtype, estimates, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "model.yaml").write_text(MODEL)
    if "--weights" in options:
        assert cli.run(["forward", "model.yaml", "--save-weights", "double.npz", "--dtype", "float64"]) == 0
    arguments = ["forward", "model.yaml", *options, "--dtype", dtype]
    assert cli.run(arguments) == 0  # so that all modules are there
    agree(peak_of(lambda: cli.run(arguments)), estimates[-1])
    capsys.readouterr()


@pytest.mark.parametrize("batch", [1, 5])
def test_all_outputs_in_python(batch, estimates):
    spec = cnncalc.load(MODEL)
    x = np.zeros((batch, 128, 128, 8), np.float32)
    agree(peak_of(lambda: cnncalc.run(spec, x)), estimates[0])


def test_verify(estimates):
    analysis = cnncalc.analyze(cnncalc.load(MODEL))
    verify(analysis)
    agree(peak_of(lambda: verify(analysis)), estimates[-1])
