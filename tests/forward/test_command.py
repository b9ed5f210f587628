"""`cnncalc forward`: what it shows, what it writes, and what it refuses before any work."""

from __future__ import annotations

import json
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest

import cnncalc
from cnncalc.cli import run
from cnncalc.forward.run import memory_check

NET = "name: net\ninput: 4x4x1\nlayers: [conv: 3x3x2, flatten, {dense: 3, activation: softmax}]\n"
# 3·3·1·2 + 2, then 2·2·2 = 8 values: 8·3 + 3
SHAPES = {"conv1.kernel": (3, 3, 1, 2), "conv1.bias": (2,), "dense1.kernel": (8, 3), "dense1.bias": (3,)}
TWO_INPUTS = "inputs: {left: 4x4x1, right: 4x4x1}\nlayers: [add: [left, right]]\n"
IDS = "input: 4\nlayers: [embedding: {width: 2, vocabulary: 5}]\n"


@pytest.fixture
def call(capsys, tmp_path, monkeypatch):
    """Runs a command line in a folder of its own; its status, what it printed, what it complained about."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments):
        capsys.readouterr()
        status = run(["forward", *map(str, arguments)])
        shown = capsys.readouterr()
        assert "Traceback" not in shown.out + shown.err
        return status, shown.out, shown.err

    return call


@pytest.fixture
def net(tmp_path):
    """Writes a spec."""

    def net(text=NET, name="net.yaml"):
        (tmp_path / name).write_text(text, encoding="utf-8")
        return name

    return net


def arrays(file):
    with np.load(file, allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}


# -- what it shows


def test_the_lecture_digit_for_digit(call):
    status, out, err = call("sliding_filters")
    assert (status, err) == (0, "")
    lines = out.split("\n")
    at = lines.index("channel 0     channel 1")
    first = [list(map(int, line.split()[:4])) for line in lines[at + 1 : at + 5]]
    second = [list(map(int, line.split()[4:])) for line in lines[at + 1 : at + 5]]
    assert first == [[3, -1, -3, -1], [-3, 1, 0, -3], [-3, -3, 0, 1], [3, -2, -2, -1]]
    assert second == [[-1, -1, -1, -1], [-1, -1, -2, 1], [-1, -1, -2, 1], [-1, 0, -4, 3]]


def test_ninths_have_three_digits_throughout(call):
    lines = call("letter_x", "--layer", "rescale1")[1].split("\n")
    ninths = [[7, -1, 1, 3, 5, -1, 3], [-1, 9, -1, 3, -1, 1, -1]]
    for line, row in zip(lines[4:], ninths, strict=False):
        assert line.split() == [f"{value / 9:.3f}" for value in row]


def test_a_small_model_shows_every_layer_and_a_large_one_its_output(call, net):
    small = call(net())[1]
    for name in ("input  input", "conv1  conv", "flatten1  flatten", "dense1  dense", "dense1.softmax  softmax"):
        assert f"\n{name}" in small
    large = call("typical_cnn")[1]
    assert "\ndense2.softmax  softmax" in large
    assert "conv1" not in large
    assert "--layer NAME" in large


def test_a_large_tensor_as_least_mean_and_largest(call, tmp_path):
    _, out, _ = call("typical_cnn", "--layer", "max_pool1", "--save", "all.npz", "--input", "56x56")
    values = arrays(tmp_path / "all.npz")["max_pool1"].astype(float)
    found = dict(line.split() for line in out.split("\n") if line.startswith(("min", "mean", "max ")))
    for name, value in found.items():
        assert float(value) == pytest.approx(getattr(values, name)(), rel=1e-3)


def test_a_softmax_has_a_bar_a_class(call, net):
    _, out, _ = call(net(), "--layer", "dense1.softmax", "--save", "all.npz")
    shares = arrays("all.npz")["dense1.softmax"]
    lines = [line.split() for line in out.split("\n")[4:7]]
    for index, (share, line) in enumerate(zip(shares, lines, strict=True)):
        assert line[0] == str(index)
        assert float(line[1]) == pytest.approx(share, abs=5e-4)
        assert len(line[2] if len(line) > 2 else "") == round(40 * float(share))


def test_all_has_a_line_a_layer(call):
    lines = call("typical_cnn", "--all")[1].split("\n")
    assert [line.split()[0] for line in lines[2:] if line][:4] == ["layer", "input", "conv1", "conv1.relu"]


def test_numbers_that_grow_too_large_are_said(call, net):
    text = "input: 2\nlayers: [{rescale: 60000}, {rescale: 60000}]\nsample: [1, 0]\n"
    _, out, err = call(net(text), "--dtype", "float16")
    assert err.startswith("warning[CNN330]: `rescale2` (rescale) overflows float16: 1 of 2 values are infinite\n")
    assert "\n\ninf   0\n" in out
    assert out.endswith("The numbers grew too large for float16, first in rescale2.\n")
    value = json.loads(call("net.yaml", "--dtype", "float16", "--format", "json")[1])
    assert value["tensors"][-1]["values"] == [None, 0]
    assert value["tensors"][-1]["max"] is None


def test_json(call, net):
    status, out, _ = call(net(), "--format", "json", "--save", "all.npz")
    value = json.loads(out)
    assert (status, value["schema"], value["version"]) == (0, "cnncalc/forward", 1)
    saved = arrays("all.npz")
    assert [each["name"] for each in value["tensors"]] == list(saved)
    for each in value["tensors"]:
        assert np.float32(each["values"]).tolist() == saved[each["name"]].tolist()
        assert each["max"] == pytest.approx(float(saved[each["name"]].max()))
    assert value["outputs"] == ["dense1"]


def test_arrays_are_in_the_layout_of_the_model(call, net):
    text = "input: 1x4x5\nlayout: channels_first\nlayers: [conv: 3x3x2, flatten]\n"
    np.save("image.npy", np.arange(20.0).reshape(1, 4, 5))
    assert call(net(text), "--input-data", "image.npy", "--save", "first.npz")[0] == 0
    first = arrays("first.npz")
    assert (first["input"].shape, first["conv1"].shape) == ((1, 4, 5), (2, 2, 3))
    # the other way of showing sizes changes how arrays are read and shown, and nothing else
    np.save("image.npy", np.arange(20.0).reshape(4, 5, 1))
    assert call("net.yaml", "--input-data", "image.npy", "--save", "last.npz", "--layout", "channels_last")[0] == 0
    last = arrays("last.npz")
    assert np.array_equal(np.moveaxis(last["conv1"], -1, 0), first["conv1"])
    assert np.array_equal(last["flatten1"], first["flatten1"])


# -- where numbers come from


def test_seeds(call, net):
    net()
    outputs = [call("net.yaml", *options)[1] for options in ([], ["--seed", 0], ["--seed", 1])]
    assert outputs[0] == outputs[1] != outputs[2]


def test_weights_go_to_a_file_and_back(call, net):
    net()
    one = call("net.yaml", "--seed", 3, "--save-weights", "w.npz", "--save", "one.npz")
    assert one[0] == 0
    assert {name: array.shape for name, array in arrays("w.npz").items()} == SHAPES
    np.save("x.npy", arrays("one.npz")["input"])
    assert call("net.yaml", "--weights", "w.npz", "--input-data", "x.npy", "--save", "two.npz")[0] == 0
    first, second = arrays("one.npz"), arrays("two.npz")
    assert first.keys() == second.keys() == {"input", "conv1", "flatten1", "dense1", "dense1.softmax"}
    assert all(np.array_equal(first[name], second[name]) for name in first)


def test_weights_of_the_spec_are_kept(call):
    assert call("letter_x", "--seed", 5, "--save-weights", "w.npz")[0] == 0
    assert arrays("w.npz")["conv1.kernel"][..., 0, 0].tolist() == [[1, -1, -1], [-1, 1, -1], [-1, -1, 1]]


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_dtype(call, net, dtype):
    assert call(net(), "--dtype", dtype, "--save", "all.npz", "--save-weights", "w.npz")[0] == 0
    assert {array.dtype.name for array in [*arrays("all.npz").values(), *arrays("w.npz").values()]} == {dtype}


def test_folded_norms(call, net):
    text = (
        "input: 6x6x1\nlayers: [{conv: 3x3x2, norm: {batch_norm, weights: {mean: [1, 2], variance: [4, 9]}}}, relu]\n"
    )
    file = net(text)
    assert call(file, "--save", "plain.npz")[0] == call(file, "--fuse", "--save", "fused.npz")[0] == 0
    plain, fused = arrays("plain.npz"), arrays("fused.npz")
    assert set(plain) - set(fused) == {"conv1.batch_norm"}
    assert fused["conv1"] == pytest.approx(plain["conv1.batch_norm"], abs=1e-6)
    assert fused["relu1"] == pytest.approx(plain["relu1"], abs=1e-6)
    status, _, err = call(file, "--fuse", "--layer", "conv1.batch_norm")
    assert status == 2
    assert "conv1.batch_norm is folded into conv1; ask for that" in err
    assert call(file, "--fuse", "--trace", "conv1")[0] == 2


def test_data_with_an_axis_for_the_batch_and_under_any_name(call, net):
    np.savez("x.npz", np.ones((1, 4, 4, 1), np.uint8))
    assert call(net(), "--input-data", "x.npz", "--save", "all.npz")[0] == 0
    assert arrays("all.npz")["input"].tolist() == np.ones((4, 4, 1)).tolist()


def test_several_inputs_by_name(call, net):
    np.savez("x.npz", left=np.ones((4, 4, 1)), right=np.full((4, 4, 1), 2))
    assert call(net(TWO_INPUTS), "--input-data", "x.npz", "--save", "all.npz")[0] == 0
    assert arrays("all.npz")["add1"].tolist() == np.full((4, 4, 1), 3).tolist()


def test_drawn_ids_are_rows_of_the_table(call, net):
    text = "inputs: {ids: 50}\nlayers: [embedding: {width: 2, vocabulary: 5}]\n"
    assert call(net(text), "--save", "all.npz", "--dtype", "float16")[0] == 0
    assert set(arrays("all.npz")["ids"].tolist()) == {0, 1, 2, 3, 4}


# -- images


def picture(name, array):
    """Writes an image."""
    image = pytest.importorskip("PIL.Image", reason="images need Pillow")
    image.fromarray(np.uint8(array)).save(name)


def test_an_image_in_colour_and_in_grey(call, net):
    colours = np.arange(48).reshape(4, 4, 3)
    picture("c.png", colours)
    assert call(net("input: 4x4x3\nlayers: [identity]\n"), "--input-data", "c.png", "--save", "all.npz")[0] == 0
    assert arrays("all.npz")["input"].tolist() == colours.tolist()
    assert call(net(), "--input-data", "c.png", "--save", "all.npz")[0] == 0
    # ITU-R 601, as Pillow documents for L: 0.299 R + 0.587 G + 0.114 B
    grey = colours @ [0.299, 0.587, 0.114]
    assert np.abs(arrays("all.npz")["input"][..., 0] - grey).max() <= 1


def test_images_of_other_kinds(call, net):
    image = pytest.importorskip("PIL.Image", reason="images need Pillow")
    net("input: 2x3x1\nlayers: [identity]\n")
    image.fromarray(np.uint16([[0, 257, 514], [25700, 65535, 257]])).save("deep.png")  # 65535 / 257 = 255
    image.fromarray(np.float32([[0.5, 1, 2], [3, 4, 5]])).save("real.tiff")
    turned, exif = image.fromarray(np.uint8([[1, 2], [3, 4], [5, 6]])), image.Exif()
    exif[0x0112] = 6  # held upright: to be turned by 90° to the right
    turned.save("turned.png", exif=exif)
    for name, expected in (
        ("deep.png", [[0, 1, 2], [100, 255, 1]]),
        ("real.tiff", [[0.5, 1, 2], [3, 4, 5]]),
        ("turned.png", [[5, 3, 1], [6, 4, 2]]),
    ):
        assert call("net.yaml", "--input-data", name, "--save", "all.npz")[0] == 0
        assert arrays("all.npz")["input"][..., 0].tolist() == expected


def test_an_image_of_another_size(call, net):
    picture("i.png", np.zeros((5, 8)))
    status, out, err = call(net(), "--input-data", "i.png")
    assert (status, out) == (1, "")
    assert err == (
        "error[CNN321]: the image has 5×8 pixels (rows × columns), but the model's input is 4×4×1\n"
        " --> i.png\n"
        "  = help: `--resize` scales the image to 4×4\n"
        "  = help: `--input 5x8` runs the model on this size\n"
    )
    assert call("net.yaml", "--input-data", "i.png", "--resize", "--save", "all.npz")[0] == 0
    assert arrays("all.npz")["input"].shape == (4, 4, 1)
    assert call("net.yaml", "--input-data", "i.png", "--input", "5x8")[0] == 0


def test_an_image_for_an_input_that_is_none(call, net):
    picture("i.png", np.zeros((4, 4)))
    assert "but the model's input is 10\n" in call(net("input: 10\nlayers: [dense: 2]\n"), "--input-data", "i.png")[2]
    net("input: 4x4x2\nlayers: [identity]\n")
    assert "images have 1, 3 or 4 channels" in call("net.yaml", "--input-data", "i.png")[2]


def test_a_damaged_image(call, net, tmp_path):
    picture("i.png", np.random.default_rng(0).integers(0, 256, (40, 40)))
    whole = (tmp_path / "i.png").read_bytes()
    for data, words in (
        (whole[:500], "damaged"),
        (b"nonsense", "nor an image that Pillow can read"),
        (b"", "nor an image"),
    ):
        (tmp_path / "i.png").write_bytes(data)
        status, out, err = call(net(), "--input-data", "i.png")
        assert (status, out) == (1, "")
        assert "CNN121" in err
        assert words in err


def test_without_pillow(call, net, monkeypatch, tmp_path):
    monkeypatch.setitem(__import__("sys").modules, "PIL", None)
    (tmp_path / "i.png").write_bytes(b"\x89PNG")
    status, _, err = call(net(), "--input-data", "i.png")
    assert status == 1
    assert "pip install 'cnncalc[image]'" in err


# -- what it refuses


def message(err):
    """The first line of the only finding."""
    assert err.count("error[") == 1, err
    return err.split("\n")[0]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (np.zeros((4, 5, 1)), "CNN321]: the data is 4×5×1, but the model's input `input` is 4×4×1"),
        (np.zeros((4, 4)), "CNN321]: the data is 4×4, but the model's input `input` is 4×4×1"),
        (np.zeros((3, 4, 4, 1)), "CNN321]: the data is 3×4×4×1, but the model's input `input` is 4×4×1"),
        (np.zeros(()), "CNN321]: the data is a single number, but the model's input `input` is 4×4×1"),
        (np.zeros((4, 4, 1), complex), "CNN122]: the data of `input` must be real numbers, but its type is complex128"),
        (np.full((4, 4, 1), "a"), "CNN122]: the data of `input` must be real numbers, but its type is <U1"),
        (np.full((4, 4, 1), 1e300), "CNN122]: the data of `input` contains 1e+300, but the largest float32 is 3.4e+38"),
    ],
    ids=["size", "rank", "batch", "scalar", "complex", "text", "too large"],
)  # fmt: skip
def test_data_that_does_not_fit(call, net, data, expected):
    np.save("x.npy", data)
    status, out, err = call(net(), "--input-data", "x.npy")
    assert (status, out) == (1, "")
    assert message(err) == f"error[{expected}"
    assert err.split("\n")[1] == " --> x.npy"


def test_the_other_layout_is_recognised(call, net):
    np.save("x.npy", np.zeros((3, 4, 5)))
    _, _, err = call(net("input: 4x5x3\nlayers: [identity]\n"), "--input-data", "x.npy")
    assert "`--layout channels_first` reads it that way" in err


@pytest.mark.parametrize(("value", "word"), [(np.nan, "NaN"), (np.inf, "infinity"), (-np.inf, "infinity")])
def test_numbers_that_are_none(call, net, value, word):
    data = np.zeros((4, 4, 1))
    data[1, 2, 0] = value
    np.save("x.npy", data)
    status, _, err = call(net(), "--input-data", "x.npy")
    assert status == 1
    assert message(err) == f"error[CNN122]: the data of `input` contains {word} at [1, 2, 0]"
    weights = {name: np.zeros(shape) for name, shape in SHAPES.items()}
    weights["dense1.bias"][:] = value
    np.savez("w.npz", **weights)
    expected = f"error[CNN122]: `dense1.bias` contains {word} at [0], and 2 more"
    assert message(call("net.yaml", "--weights", "w.npz")[2]) == expected


class Evil:
    """Leaves a trace where it is unpickled."""

    def __reduce__(self):
        return open, ("unpickled", "w")


@pytest.mark.parametrize("option", ["--input-data", "--weights"])
def test_nothing_is_ever_unpickled(call, net, tmp_path, option):
    net()
    (tmp_path / "pickle.npy").write_bytes(pickle.dumps(Evil()))
    np.save("object.npy", np.array([Evil()]), allow_pickle=True)
    np.savez("object.npz", **{"conv1.kernel": np.array([Evil()])})
    with zipfile.ZipFile("inside.npz", "w") as archive:
        archive.writestr("conv1.kernel.npy", pickle.dumps(Evil()))
    for name in ("pickle.npy", "object.npy", "object.npz", "inside.npz"):
        status, out, err = call("net.yaml", option, name)
        assert (status, out) == (1, ""), name
        assert "error[CNN121]" in err
    assert not (tmp_path / "unpickled").exists()


def damaged():
    np.savez("good.npz", **{name: np.zeros(shape) for name, shape in SHAPES.items()})
    good = Path("good.npz").read_bytes()
    np.save("good.npy", np.zeros((4, 4, 1)))
    npy = Path("good.npy").read_bytes()
    yield "cut.npz", good[: len(good) // 2]
    yield "flipped.npz", good[:200].replace(b"\0", b"\1") + good[200:]
    yield "empty.npz", b""
    yield "text.npz", b"1,2,3\n"
    yield "nothing.npz", b"PK\x05\x06" + bytes(18)
    yield "cut.npy", npy[:-8]
    yield "head.npy", npy[:20]
    yield "version.npy", b"\x93NUMPY\x09\x00" + npy[8:]


@pytest.mark.parametrize("option", ["--input-data", "--weights"])
def test_damaged_files(call, net, tmp_path, option):
    net()
    for name, data in damaged():
        (tmp_path / name).write_bytes(data)
        status, out, err = call("net.yaml", option, name)
        assert (status, out) == (1, ""), name
        assert "error[CNN121]" in err or "error[CNN32" in err, (name, err)
        assert f"--> {name}\n" in err


def test_files_that_are_not_there(call, net, tmp_path):
    (tmp_path / "folder").mkdir()
    net()
    for option in ("--input-data", "--weights"):
        for name, words in (("none.npy", "no such file"), ("folder", "this is a directory, not a data file")):
            status, out, err = call("net.yaml", option, name)
            assert (status, out) == (1, "")
            assert message(err) == f"error[CNN101]: {words}"


def test_weights_of_a_wrong_name_or_shape(call, net):
    weights = {name: np.zeros(shape) for name, shape in SHAPES.items()}
    weights["conv1.kernels"] = weights.pop("conv1.kernel")
    weights["dense1.kernel"] = weights["dense1.kernel"].T
    np.savez("w.npz", **weights)
    status, out, err = call(net(), "--weights", "w.npz")
    assert (status, out) == (1, "")
    assert err == (
        "error[CNN323]: the model has no weights named `conv1.kernels`\n --> w.npz\n"
        "  = help: did you mean `conv1.kernel`?\n\n"
        "error[CNN323]: no array for `conv1.kernel`\n --> w.npz\n"
        "  = help: `cnncalc forward MODEL --save-weights FILE.npz` writes a file with every name and shape\n\n"
        "error[CNN322]: `dense1.kernel` is 3×8, but the model's is 8×3\n --> w.npz\n"
    )


def test_a_file_for_another_model_is_told_briefly(call, net):
    np.savez("w.npz", **{f"stage{i}.kernel": np.zeros(1) for i in range(500)})
    status, _, err = call(net(), "--weights", "w.npz")
    assert status == 1
    assert err.count("error[") <= 13


def test_inputs_of_a_wrong_name(call, net):
    np.savez("x.npz", left=np.zeros((4, 4, 1)), rihgt=np.zeros((4, 4, 1)))
    status, _, err = call(net(TWO_INPUTS), "--input-data", "x.npz")
    assert status == 1
    assert "the model has no input `rihgt`" in err
    assert "did you mean `right`?" in err
    assert "no array for `right`" in err


@pytest.mark.parametrize(
    ("ids", "shown"), [([0, 1, 5, 7], "5, and 1 more like it"), ([0, -1, 2, 3], "-1"), ([0, 1.5, 2, 3], "1.5")]
)
def test_ids_outside_the_table(call, net, ids, shown):
    np.save("x.npy", np.array(ids))
    status, _, err = call(net(IDS), "--input-data", "x.npy")
    assert status == 1
    assert message(err) == f"error[CNN324]: `input` contains {shown}; its ids are whole numbers from 0 to 4"


def test_ids_that_a_layer_makes(call, net):
    text = "input: 4\nlayers: [{rescale: 2}, embedding: {width: 2, vocabulary: 5}]\n"
    np.save("x.npy", np.array([0, 1, 2, 3]))
    status, out, err = call(net(text), "--input-data", "x.npy")
    assert (status, out) == (1, "")
    assert message(err) == "error[CNN324]: `rescale1` contains 6; its ids are whole numbers from 0 to 4"


def test_a_model_too_large_for_memory(call, monkeypatch, tmp_path):
    assert call("vgg16", "--input", "100000x100000", "--save", "all.npz")[0] == 1
    monkeypatch.setattr(memory_check, "available", lambda: 100 * 2**20)

    def never(*_):
        raise AssertionError("there should be no work")

    monkeypatch.setattr("cnncalc.forward.run.weights.initialised", never)
    status, out, err = call("vgg16")
    assert (status, out) == (1, "")
    # 138,357,544 parameters are 527.8 MiB. At the peak, the second convolution has its input and its output, 224×224×64
    # each, and the model's input (25.1 MiB), and works with a padded copy, 226×226×64, and a buffer (2 MiB)
    assert message(err) == "error[CNN325]: the model needs about 568 MiB, but only 100 MiB are free"
    assert "parameters 528 MiB, activations 26 MiB, working memory 15 MiB" in err
    assert not (tmp_path / "all.npz").exists()


def test_a_model_too_large_to_be_verified(monkeypatch):
    monkeypatch.setattr(memory_check, "available", lambda: 100 * 2**20)
    with pytest.raises(cnncalc.DataError, match="MiB, but only 100 MiB are free"):
        cnncalc.verify(cnncalc.load("vgg16"), quick=True)


def test_memory_that_runs_out_all_the_same(call, net, monkeypatch):
    def full(*_):
        raise MemoryError

    monkeypatch.setattr("cnncalc.forward.run.weights.initialised", full)
    status, out, err = call(net())
    assert (status, out) == (1, "")
    assert message(err) == "error[CNN325]: the model needs more memory than is available"


def test_memory_of_this_machine():
    free = memory_check.available()
    assert free is None or free > 0


def test_usage(call, net):
    net()
    for arguments, words in (
        (["--layer", "conv2"], "there is no layer 'conv2'; did you mean conv1?"),
        (["--trace", "dnse1"], "did you mean dense1?"),
        (["--trace", "flatten1"], "layers that can be traced: conv1, dense1"),
        (["--trace", "conv1", "--at", "2,0"], "count from 0: no position 2,0"),
        (["--trace", "conv1", "--at", "1"], "conv1 has 2×2 positions, found '1'"),
        (["--trace", "conv1", "--at", "-1,0"], "expected whole numbers as in 0,1"),
        (["--trace", "conv1", "--channel", "2"], "conv1 has channels 0 to 1"),
        (["--at", "0,0"], "it needs --trace too"),
        (["--channel", "0"], "it needs --trace too"),
        (["--resize"], "it needs --input-data too"),
        (["--shift", "1"], "the input has 2 axes, found 1 in '1'"),
        (["--shift", "4,0"], "nothing of it is left"),
        (["--shift", "x"], "expected whole numbers as in 2,0"),
        (["--shift", "1,0", "--trace", "conv1"], "does not go with --trace"),
        (["--trace", "conv1", "--layer", "conv1"], "does not go with --trace"),
        (["--trace", "conv1", "--all"], "does not go with --trace"),
        (["--shift", "1,0", "--save", "x.npz"], "does not go with --shift"),
        (["--save", "x.npz", "--save-weights", "x.npz"], "cannot be written to one file"),
        (["--dtype", "int8"], "expected float32, float64 or float16"),
        (["--seed", "-1"], "--seed"),
        (["--format", "yaml"], "json, csv or tsv, found 'yaml'"),
    ):
        status, out, err = call("net.yaml", *arguments)
        assert (status, out) == (2, ""), arguments
        # typer folds long messages into a box
        assert words in " ".join(err.split()), err


# -- files


def test_files_are_written_whole_or_not_at_all(call, net, tmp_path):
    net(IDS)
    np.save("x.npy", np.array([0, 1, 2, 9]))
    (tmp_path / "all.npz").write_bytes(b"as it was")
    assert call("net.yaml", "--input-data", "x.npy", "--save", "all.npz", "--save-weights", "w.npz")[0] == 1
    net("input: 4\nlayers: [{rescale: 2}, embedding: {width: 2, vocabulary: 3}]\n")
    np.save("x.npy", np.array([0, 1, 2, 2]))  # found only while it runs
    assert call("net.yaml", "--input-data", "x.npy", "--save", "all.npz", "--save-weights", "w.npz")[0] == 1
    assert (tmp_path / "all.npz").read_bytes() == b"as it was"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["all.npz", "net.yaml", "x.npy"]


def test_a_file_that_cannot_be_written(call, net):
    for option in ("--save", "--save-weights"):
        status, out, err = call(net(), option, "no/such/folder.npz")
        assert (status, out) == (1, "")
        assert err == "cnncalc: no/such/folder.npz was not written: No such file or directory\n"


def test_equal_runs_make_equal_files(call, net, tmp_path):
    for name in ("a.npz", "b.npz"):
        call(net(), "--save", name)
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def test_layers_named_like_arguments(call, net):
    net("input: 4\nlayers: [{dense: 2, name: file}, {dense: 2, name: self}]\n")
    assert call("net.yaml", "--save", "a.npz", "--save-weights", "w.npz")[0] == 0
    assert set(arrays("a.npz")) == {"input", "file", "self"}


# -- from Python


def test_python():
    spec = cnncalc.load("sliding_filters")
    outputs = cnncalc.run(spec)
    assert outputs["conv1"][..., 0].tolist() == [[3, -1, -3, -1], [-3, 1, 0, -3], [-3, -3, 0, 1], [3, -2, -2, -1]]
    ones = {"conv1.kernel": np.ones((3, 3, 1, 2))}
    assert cnncalc.run(spec, np.ones((6, 6, 1)), ones)["conv1"].tolist() == np.full((4, 4, 2), 9.0).tolist()
    batch = cnncalc.run(spec, {"input": np.ones((5, 6, 6, 1))}, ones, dtype="float64")["conv1"]
    assert (batch.shape, batch.dtype) == ((5, 4, 4, 2), np.float64)
    with pytest.raises(cnncalc.DataError) as caught:
        cnncalc.run(spec, np.ones((6, 5, 1)))
    assert [each.code for each in caught.value.diagnostics] == ["CNN321"]
    assert isinstance(caught.value, ValueError)
    assert isinstance(pickle.loads(pickle.dumps(caught.value)), cnncalc.DataError)
    with pytest.raises(ValueError, match="dtype"):
        cnncalc.run(spec, dtype="int8")


def test_python_wants_one_size_of_batch():
    spec = cnncalc.load(TWO_INPUTS)
    with pytest.raises(cnncalc.DataError, match="batches of different sizes"):
        cnncalc.run(spec, {"left": np.ones((2, 4, 4, 1)), "right": np.ones((3, 4, 4, 1))})
