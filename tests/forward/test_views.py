"""Arrays as they come from outside: views, other types, other orders. What counts is what they hold."""

from __future__ import annotations

from math import prod

import numpy as np
import pytest
from forward.running import drawn
from forward.test_engines import CASES, by_loops, random
from layers.examples import EXAMPLES_OF, each_example
from numpy.testing import assert_allclose, assert_array_equal

import cnncalc
from cnncalc.forward.engines import convolution
from cnncalc.forward.engines._pooling import adaptive, window_counts, window_max, window_sum
from cnncalc.forward.engines.arrays import Arrays
from cnncalc.forward.engines.convolution import convolve, convolve_depthwise, convolve_transposed, sum_of_products
from cnncalc.forward.engines.strided_views import in_one_piece, padded, window_view
from cnncalc.forward.run.executor import run_layer
from cnncalc.forward.run.weights import flat, initialised


def odd_stride(x):
    """The same with a stride in every axis of size 1 that leads far out of the array."""
    strides = [10**6 * x.itemsize if size == 1 else step for size, step in zip(x.shape, x.strides, strict=True)]
    return np.lib.stride_tricks.as_strided(x, x.shape, strides)


def every_second(x):
    wide = np.full((*x.shape[:-1], 2 * x.shape[-1]), 7, x.dtype)
    wide[..., ::2] = x
    return wide[..., ::2]


def read_only(x):
    x = x.copy()
    x.flags.writeable = False
    return x


VIEWS = {
    "as it is": lambda x: x,
    "channels first": lambda x: np.moveaxis(np.moveaxis(x, -1, 1).copy(), 1, -1),
    "a new axis": lambda x: x[..., 0].copy()[..., None] if x.shape[-1] == 1 else x,
    "a new batch": lambda x: x[0].copy()[None] if len(x) == 1 else x,
    "odd strides": odd_stride,
    "reversed": lambda x: x[:, ::-1].copy()[:, ::-1],
    "channels reversed": lambda x: x[..., ::-1].copy()[..., ::-1],
    "transposed": lambda x: x.T.copy().T,
    "Fortran order": np.asfortranarray,
    "every second value": every_second,
    "part of a larger one": lambda x: np.pad(x, 1)[tuple(slice(1, -1) for _ in x.shape)],
    "read-only": read_only,
}
TYPES = ["float16", "float32", "float64", ">f4", ">f8", "<f2"]


def views(x):
    """Arrays with the same values, by their layout in memory."""
    found = {name: view(x) for name, view in VIEWS.items()}
    for view in found.values():
        assert_array_equal(view, x)
    return found


# -- the one function that makes views of windows


@pytest.mark.parametrize("dtype", [*TYPES, "int32", ">i2", "bool", "uint8"])
@pytest.mark.parametrize("shape", [(1, 9, 1), (2, 9, 3), (1, 7, 6, 1), (2, 7, 1, 2), (1, 4, 5, 6, 1)])
def test_windows_hold_what_their_positions_hold(shape, dtype):
    rank = len(shape) - 2
    window, stride, dilation = (3, 1, 2)[:rank], (2, 1, 1)[:rank], (1, 3, 2)[:rank]
    original = (random(*shape) * 100).astype(dtype)
    for name, x in views(original).items():
        found = window_view(x, window, stride, dilation)
        assert found.dtype == dtype
        assert not found.flags.writeable
        for at in np.ndindex(*found.shape[1 : 1 + rank]):
            for tap in np.ndindex(*window):
                place = [i * s + t * d for i, s, t, d in zip(at, stride, tap, dilation, strict=True)]
                assert_array_equal(found[:, *at, *tap], original[:, *place], err_msg=name)


@pytest.mark.parametrize("shape", [(1, 6, 6, 1), (2, 5, 7, 3), (1, 3, 4, 5, 1), (3, 3, 3, 3, 2)])
def test_joined_windows_hold_the_same(shape):
    rank = len(shape) - 2
    settings = (2,) * rank, (*(2,) * (rank - 1), 1), (1,) * rank
    for name, x in views(random(*shape)).items():
        apart, joined = window_view(x, *settings), window_view(x, *settings, are_joined=True)
        rows = np.moveaxis(apart, rank, -2)  # the last axis of positions next to the channels
        assert_array_equal(joined, rows.reshape(*rows.shape[:-2], -1), err_msg=name)


def test_windows_of_nothing_are_none():
    assert window_view(np.zeros((0, 5, 5, 2)), (3, 3), (1, 1), (1, 1)).shape == (0, 3, 3, 3, 3, 2)
    assert window_view(np.zeros((0, 5, 5, 1)), (3, 3), (1, 1), (1, 1), are_joined=True).shape == (0, 3, 3, 3, 3)
    with pytest.raises(ValueError, match="does not fit"):
        window_view(np.zeros((1, 2, 5, 1)), (3, 3), (1, 1), (1, 1))


@pytest.mark.parametrize("shape", [(1, 6, 6, 1), (4, 1, 3), (1, 1, 1), (0, 3, 1)])
def test_in_one_piece_has_the_strides_of_its_shape(shape):
    for name, x in views(random(*shape)).items():
        found = in_one_piece(x)
        assert_array_equal(found, x)
        assert found.strides == np.empty(prod(shape) + 1)[:-1].reshape(shape).strides or not x.size, name


def test_nothing_else_makes_views_by_their_strides():
    import cnncalc.forward

    for file in __import__("pathlib").Path(cnncalc.forward.__path__[0]).rglob("*.py"):
        if file.name != "strided_views.py":
            text = file.read_text(encoding="utf-8")
            assert "stride_tricks" not in text, file
            assert ".strides" not in text, file


# -- every engine


@pytest.mark.parametrize("threads", [False, True])
@pytest.mark.parametrize("case", CASES)
def test_convolutions_of_views(case, threads, monkeypatch):
    monkeypatch.setattr(convolution, "WORTH_A_THREAD", 1 if threads else 10**9)
    shape, kernel_shape, *settings = CASES[case]
    for channels in {1, shape[-1]}:
        groups = settings[-1] if channels > 1 else 1
        x = random(*shape[:-1], channels)[:1]
        kernel = random(*kernel_shape[:-2], channels // groups, kernel_shape[-1])
        depthwise = random(*kernel_shape[:-2], channels * 2)
        expected = by_loops(x, kernel, *settings[:-1], groups)
        apart = by_loops(x, depthwise[..., None, :], *settings[:-1], channels)
        stride, padding, dilation, _ = settings
        for view in views(padded(x, padding)).values():
            assert_allclose(convolve(np.matmul, view, kernel, stride, dilation, groups), expected, atol=1e-12)
            found = convolve_depthwise(sum_of_products, view, depthwise, stride, dilation)
            assert_allclose(found, apart, atol=1e-12)
        for view in views(kernel).values():
            found = convolve(np.matmul, padded(x, padding), view, stride, dilation, groups)
            assert_allclose(found, expected, atol=1e-12)


@pytest.mark.parametrize("shape", [(1, 5, 1), (1, 4, 5, 1), (1, 4, 5, 3), (1, 3, 2, 4, 1)])
def test_the_other_engines_on_views(shape):
    rank = len(shape) - 2
    x, kernel = random(*shape), random(*(3,) * rank, shape[-1], 2)
    ones, two, none = (1,) * rank, (2,) * rank, ((0, 0),) * rank
    border = ((1, 0),) * rank
    engines = {
        "transposed": lambda x: convolve_transposed(
            np.matmul, x, kernel, two, ones, ones, tuple(2 * n for n in x.shape[1:-1])
        ),
        "max": lambda x: window_max(padded(x, border), two, ones, ones),
        "sum": lambda x: window_sum(padded(x, border), two, two),
        "counts": lambda x: window_counts(x, two, two, border, none),
        "adaptive": lambda x: adaptive(x, two, np.mean),
        "values": lambda x: Arrays(dtype="float64").values(lambda part, out: np.negative(part, out=out), x),
        "affine": lambda x: Arrays(dtype="float64").affine(x, np.full(x.shape[-1], 2.0), None),
        "flat": Arrays("channels_first").flat,
        "border": lambda x: Arrays().bordered(x, ((1, 1),) * rank, "replicate"),
    }
    for engine in engines.values():
        expected = engine(x.copy())
        for name, view in views(x).items():
            # the order of additions may differ with the order in memory
            assert_allclose(engine(view), expected, rtol=1e-12, atol=1e-12, err_msg=name)


# -- every kind


@pytest.mark.parametrize("kind", EXAMPLES_OF)
def test_a_kind_reads_any_view_and_never_changes_it(kind):
    each_example(reads_any_view, kind)


def reads_any_view(example):
    node = example.analysis().layers[0].node
    weights = {
        name: {key: read_only(array) for key, array in own.items()}
        for name, own in drawn(node_graph(example), 5, "float64").items()
    }
    ids = node.kind == "embedding"
    sources = [
        np.floor(np.abs(random(1, *each.sizes("channels_last")))) % 9
        if ids
        else random(1, *each.sizes("channels_last"))
        for each in node.input_shapes
    ]
    xp = Arrays(dtype="float64")
    expected = run_layer(node, [source.copy() for source in sources], weights, xp)
    seen = [views(source) for source in sources]
    for name in VIEWS:
        given = [each[name] for each in seen]
        for array in given:
            array.flags.writeable = False  # whoever writes to it fails
        found = run_layer(node, given, weights, xp)
        assert_allclose(found, expected, atol=1e-12, err_msg=name)
        for array, source in zip(given, sources, strict=True):
            assert_array_equal(array, source)
            assert not np.shares_memory(found, array), "the output is an array of its own"
        assert found.flags.writeable
        assert found.strides == in_one_piece(found).strides


@pytest.mark.parametrize("kind", EXAMPLES_OF)
def test_a_kind_takes_a_batch_of_nothing(kind):
    each_example(takes_nothing, kind)


def takes_nothing(example):
    node = example.analysis().layers[0].node
    sources = [np.ones((0, *each.sizes("channels_last")), "float32") for each in node.input_shapes]
    found = run_layer(node, sources, drawn(node_graph(example), 5), Arrays())
    assert found.shape == (0, *node.output.sizes("channels_last"))


def node_graph(example):
    return example.analysis().spec.graph


# -- every way in


NETS = {
    "depthwise, 2-D": ("1x6x6", "{depthwise_conv: 3}"),
    "separable, 2-D": ("1x6x6", "{separable_conv: 3x3x2}"),
    "depthwise, 3-D": ("1x5x4x6", "{depthwise_conv: 3}"),
    "separable, 3-D": ("1x5x4x6", "{separable_conv: 3x3x3x2}"),
    "depthwise, 1-D": ("1x9", "{depthwise_conv: 3}"),
    "conv": ("1x6x6", "{conv: 3x3x2}"),
    "transposed": ("1x4x5", "{conv_transpose: 3x3x2, stride: 2}"),
    "several": ("3x6x6", "{depthwise_conv: 3, multiplier: 2, padding: 1}"),
    "norms and so on": ("1x6x6", "{conv: 1x1x4, norm: {group_norm: 2}, activation: gelu}"),
}


def model(name):
    sizes, entry = NETS[name]
    return cnncalc.load(f"layout: channels_first\ninput: {sizes}\nlayers: [{entry}]\n")


def test_the_windows_of_one_channel_lie_inside():
    # nine ones under nine ones, on data in the order of PyTorch: what a stride that nobody uses says must not matter
    rows = "[[[1, 1, 1], [1, 1, 1], [1, 1, 1]]]"
    spec = cnncalc.load(
        "layout: channels_first\ninput: 1x6x6\n"
        f"layers: [{{depthwise_conv: 3, bias: false, weights: {{kernel: {rows}}}}}]\n"
    )
    (y,) = cnncalc.run(spec, np.ones((1, 6, 6))).values()
    assert_array_equal(y, np.full((1, 4, 4), 9))


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", ">f4", ">f8", "int8", "int64", ">i2", "bool"])
@pytest.mark.parametrize("name", NETS)
def test_data_from_python(name, dtype):
    spec = model(name)
    shape = spec.graph.inputs[0].output.sizes("channels_first")
    values = (np.arange(prod(shape)).reshape(shape) * 7 % 5).astype(dtype)
    weights = flat(initialised(spec.graph, 3, np.dtype("float64")))
    expected = cnncalc.run(spec, values.astype("float64"), weights, dtype="float64")
    ways = {**views(values[None]), "broadcast": np.broadcast_to(values, (1, *shape))}
    for way, given in ways.items():
        before = given.copy()
        for batch in (given, given[0], np.concatenate([given, given[:, ::-1]])[:1]):
            found = cnncalc.run(spec, batch, weights, dtype="float64")
            for layer, array in expected.items():
                assert_array_equal(found[layer].reshape(array.shape), array, err_msg=way)
        assert_array_equal(given, before)
    swapped = {key: odd_stride(array.astype(">f4")) for key, array in weights.items()}
    for layer, array in cnncalc.run(spec, values, swapped).items():
        assert array.dtype == "float32"
        assert_allclose(array, expected[layer], atol=1e-4)


def test_one_value_for_all_positions():
    spec = model("several")
    still = np.broadcast_to(np.float32(1), (3, 6, 6))
    found, expected = cnncalc.run(spec, still), cnncalc.run(spec, np.ones((3, 6, 6)))
    for layer in expected:
        assert_array_equal(found[layer], expected[layer])


@pytest.mark.parametrize("name", NETS)
def test_data_from_files(name, tmp_path):
    spec = model(name)
    shape = spec.graph.inputs[0].output.sizes("channels_first")
    values = random(*shape, dtype="float32")
    expected = cnncalc.run(spec, values)
    mapped = np.lib.format.open_memmap(tmp_path / "x.npy", "w+", ">f4", shape, fortran_order=True)
    mapped[...] = values
    mapped.flush()
    for given in (mapped, np.load(tmp_path / "x.npy", mmap_mode="r"), np.load(tmp_path / "x.npy")):
        found = cnncalc.run(spec, given)
        for layer in expected:
            assert type(found[layer]) is np.ndarray
            assert_array_equal(found[layer], expected[layer])


def test_an_empty_batch_gives_empty_batches():
    spec = cnncalc.load(
        "input: 6x6x1\nlayers: [{conv: 3x3x4, norm: {group_norm: 2}}, {max_pool: 2}, flatten, dense: 3]\n"
    )
    shapes = {name: array.shape for name, array in cnncalc.run(spec, np.zeros((0, 6, 6, 1))).items()}
    assert shapes == {
        "conv1": (0, 4, 4, 4),
        "conv1.group_norm": (0, 4, 4, 4),
        "max_pool1": (0, 2, 2, 4),
        "flatten1": (0, 16),
        "dense1": (0, 3),
    }


def test_ids_stay_exact_and_nothing_else_is_wider_than_asked():
    spec = cnncalc.load(
        "input: 3\nlayers: [{embedding: 2, vocabulary: 100000}, {dense: 2, from: input, name: d}]\n"
        "outputs: [embedding1, d]\n"
    )
    table = np.arange(200_000).reshape(-1, 2) / 200_000
    weights = {"embedding1.table": table, "d.kernel": np.zeros((3, 2)), "d.bias": np.ones(2)}
    found = cnncalc.run(spec, [99_999, 70_001, 3], weights, dtype="float16")
    assert_array_equal(found["embedding1"], table[[99_999, 70_001, 3]].astype("float16"))
    assert {array.dtype for array in found.values()} == {np.dtype("float16")}
