"""The weights of imported models, as arrays in a file: their types, their steps, and what is refused."""

import struct

import numpy as np
import pytest

import cnncalc
from cnncalc.forward.run import memory_check
from cnncalc.forward.run.network import prepare
from cnncalc.importing.stored import Stored
from cnncalc.source.diagnostics import START, Diagnostic
from cnncalc.source.files import Unreadable

NET = "{input: 5x5x2, layers: [conv: 3x3x4, flatten, dense: 3], convention: pytorch, layout: channels_last}"
RANDOM = np.random.default_rng(0)


def stored(array, *steps, dtype=""):
    """An array as a file has it."""
    return Stored(array.shape, dtype or array.dtype.name, lambda: array.tobytes(), "w", steps)


def of_torch(dtype=np.float32):
    """Filters first, units first: as PyTorch has them; and the same as cnncalc has them."""
    kernel, bias = RANDOM.normal(size=(4, 2, 3, 3)).astype(dtype), RANDOM.normal(size=4).astype(dtype)
    matrix, other = RANDOM.normal(size=(3, 36)).astype(dtype), RANDOM.normal(size=3).astype(dtype)
    arrays = {
        "conv1": {"kernel": stored(kernel, ("transpose", (2, 3, 1, 0))), "bias": stored(bias)},
        "dense1": {"kernel": stored(matrix, ("transpose", (1, 0))), "bias": stored(other)},
    }
    own = {
        "conv1.kernel": kernel.transpose(2, 3, 1, 0),
        "conv1.bias": bias,
        "dense1.kernel": matrix.T,
        "dense1.bias": other,
    }
    return arrays, own


def loaded(arrays, text=NET, **options):
    return imported(cnncalc.load(text, filename="net.pt2", **options), arrays)


def imported(spec, arrays):
    spec.parsed.stored = arrays
    return spec


def test_a_network_runs_with_the_weights_of_its_file():
    arrays, own = of_torch()
    x = RANDOM.normal(size=(5, 5, 2)).astype(np.float32)
    found, expected = cnncalc.run(loaded(arrays), x), cnncalc.run(cnncalc.load(NET), x, own)
    assert found.keys() == expected.keys()
    assert all(np.allclose(found[name], expected[name], rtol=1e-5, atol=1e-6) for name in expected)


def test_the_file_is_named_as_the_source_of_the_weights():
    assert prepare(loaded(of_torch()[0])).weight_sources == ("net.pt2",)


def test_other_weights_are_used_instead_and_the_file_is_left_alone():
    arrays, _ = of_torch()
    unreadable = {
        layer: {name: each._replace(read=lambda: 1 / 0) for name, each in own.items()} for layer, own in arrays.items()
    }
    _, other = of_torch()
    assert cnncalc.run(loaded(unreadable), np.ones((5, 5, 2)), other)


def values(one, shape):
    """The array of a `scale` that takes its values from a file."""
    spec = cnncalc.load(f"{{input: {shape}, layers: [{{offset: {{per: value}}}}]}}")
    return prepare(imported(spec, {"offset1": {"offset": one}}), dtype="float64").weights["offset1"]["offset"]


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "int8", "uint8", "int16", "int32", "int64", "bool"])
def test_types(dtype):
    array = np.array([0, 1, 1, 0, 1, 1], dtype)
    assert values(stored(array), 6).tolist() == [0, 1, 1, 0, 1, 1]


def test_the_upper_half_of_a_float():
    # 1.0 is 0x3F800000, -2.5 is 0xC0200000, 3.140625 = 2 · (1 + 0.5703125) is 0x40490000
    halves = struct.pack("<3H", 0x3F80, 0xC020, 0x4049)
    assert values(Stored((3,), "bfloat16", lambda: halves), 3).tolist() == [1.0, -2.5, 3.140625]


def test_steps_are_taken_in_order():
    array = np.arange(24, dtype=np.float32).reshape(4, 6)
    one = stored(array, ("take", (0, 1, 3)), ("reshape", (2, 2, 3)), ("transpose", (1, 0, 2)), ("reshape", (12,)))
    expected = array[1:3].reshape(2, 2, 3).transpose(1, 0, 2).reshape(12)
    assert values(one, 12).tolist() == expected.tolist()


def test_a_size_that_is_left():
    assert values(stored(np.arange(6.0).reshape(2, 3), ("reshape", (3, -1)), ("reshape", (-1,))), 6).tolist() == [
        *range(6)
    ]
    assert refused({"conv1": {"bias": stored(np.ones(4), ("reshape", (3, -1)))}})[-1][2].startswith(
        "`conv1.bias` is 4,"
    )


def test_several_arrays_one_after_the_other():
    """The gates of an ONNX LSTM are in another order: input, output, forget, cell."""
    gates = np.arange(8, dtype=np.float32).reshape(1, 8)
    i, o, f, c = (stored(gates, ("take", (1, 2 * n, 2 * n + 2))) for n in range(4))
    one = i._replace(joined=(f, c, o), along=1).then(("reshape", (8,)), ("multiply", 2))
    assert values(one, 8).tolist() == [0, 2, 8, 10, 12, 14, 4, 6]


def test_integers_are_calculated_with_as_real_numbers():
    """Quantised: 0.5 · (q − 128)."""
    one = stored(np.array([0, 128, 255], np.uint8), ("add", -128), ("multiply", 0.5))
    assert values(one, 3).tolist() == [-64, 0, 63.5]


def test_memory_is_the_models_own():
    """A mapped file can be closed."""
    array = np.ones(6, np.float64)
    assert values(Stored((6,), "float64", lambda: memoryview(array).cast("B")), 6).flags.owndata


# -- what is refused


def refused(arrays, text=NET, **options):
    with pytest.raises(cnncalc.DataError) as error:
        cnncalc.run(loaded(arrays, text, **options), np.ones((5, 5, 2)))
    return [(each.code, each.file, each.message) for each in error.value.diagnostics]


def test_missing_arrays_are_named_together():
    arrays, _ = of_torch()
    del arrays["dense1"], arrays["conv1"]["bias"]
    message = "the file has no values for `conv1.bias`, `dense1.kernel`, `dense1.bias`"
    assert refused(arrays) == [("CNN323", "net.pt2", message)]


def test_what_the_spec_gives_itself_is_not_missing():
    arrays, _ = of_torch()
    del arrays["conv1"]["bias"]
    spec = NET.replace("conv: 3x3x4", "{conv: 3x3x4, weights: {bias: [1, 2, 3, 4]}}")
    assert prepare(loaded(arrays, spec)).weight_sources == ("spec", "net.pt2")


def test_shapes_are_checked_before_anything_is_read():
    arrays, _ = of_torch()
    arrays["conv1"]["kernel"] = stored(np.ones((4, 2, 3, 3)))._replace(read=lambda: 1 / 0)
    arrays["dense1"]["kernel"] = stored(np.ones(7), ("reshape", (36, 3)))._replace(read=lambda: 1 / 0)
    assert [(code, message[:30]) for code, _, message in refused(arrays)] == [
        ("CNN322", "`conv1.kernel` is 4×2×3×3, but"),
        ("CNN322", "`dense1.kernel` is 7, but the "),
    ]


def test_another_input_may_need_other_weights():
    arrays, _ = of_torch()
    spec = loaded(arrays, input="6x6")
    with pytest.raises(cnncalc.DataError, match=r"`dense1\.kernel` is 36×3, but the model's is 64×3"):
        cnncalc.run(spec)


def test_layers_that_are_cut_off_need_none():
    arrays, _ = of_torch()
    del arrays["dense1"]
    assert cnncalc.run(loaded(arrays, until="conv1"))["conv1"].shape == (3, 3, 4)


def test_a_type_that_numpy_does_not_have():
    arrays, _ = of_torch()
    arrays["conv1"]["bias"] = arrays["conv1"]["bias"]._replace(dtype="float8_e4m3fn")
    assert refused(arrays)[0][2] == "`conv1.bias` is of a type that cannot be read: float8_e4m3fn"


def test_a_file_that_is_too_short():
    arrays, _ = of_torch()
    arrays["conv1"]["bias"] = arrays["conv1"]["bias"]._replace(read=lambda: b"\0" * 15, name="conv.bias")
    message = "`conv.bias` has 15 bytes instead of 16: the file is damaged"
    assert refused(arrays) == [("CNN121", "net.pt2", message)]


def test_a_file_that_cannot_be_read_any_more():
    def fail():
        raise Unreadable(Diagnostic("CNN150", "the checksum is wrong", "net.pt2", START, "", ()))

    arrays, _ = of_torch()
    arrays["conv1"]["bias"] = arrays["conv1"]["bias"]._replace(read=fail)
    assert refused(arrays) == [("CNN150", "net.pt2", "the checksum is wrong")]


def test_numbers_that_are_none():
    arrays, _ = of_torch()
    arrays["conv1"]["bias"] = stored(np.array([1, np.nan, 2, 3]))
    assert refused(arrays)[0][2] == "`conv1.bias` contains NaN at [1]"


def test_memory_is_checked_before_anything_is_read(monkeypatch):
    """Of an array of 160 MB in float32 a quarter is a layer's; three copies are made on the way."""
    monkeypatch.setattr(memory_check, "available", lambda: 300 * 2**20)
    large = Stored((40_000_000,), "float32", lambda: 1 / 0, "w", (("take", (0, 0, 10_000_000)),))
    spec = cnncalc.load("{input: 10000000, layers: [{offset: {per: value}}]}")
    with pytest.raises(cnncalc.DataError, match="the model needs about"):
        prepare(imported(spec, {"offset1": {"offset": large}}))


def test_weights_can_be_saved(tmp_path):
    from cnncalc.forward.run.network import Archive
    from cnncalc.forward.run.weights import flat

    arrays, own = of_torch(np.float16)
    with open(tmp_path / "w.npz", "wb") as file, Archive(file) as archive:
        for name, array in flat(prepare(loaded(arrays)).weights).items():
            archive.add(name, array)
    with np.load(tmp_path / "w.npz") as saved:
        assert {name: saved[name].tolist() for name in saved} == {name: each.tolist() for name, each in own.items()}
