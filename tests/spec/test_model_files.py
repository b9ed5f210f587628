"""Files of other tools given as a spec: each is named for what it is, whatever its name, and none is opened further."""

from __future__ import annotations

import io
import json
import pickle
import struct
import zipfile
from pathlib import Path

import pytest

from cnncalc.source._model_files import recognised
from cnncalc.source.files import MAX_BYTES, Unreadable, decode, read_file
from cnncalc.source.open_model import open_variant
from cnncalc.source.parse import parse


def zipped(*names: str, content: bytes = b"x") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            archive.writestr(name, content)
    return buffer.getvalue()


def message(field: int, content: bytes | int) -> bytes:
    """A field of a Protocol Buffer."""
    if isinstance(content, int):
        return varint(field << 3) + varint(content)
    return varint(field << 3 | 2) + varint(len(content)) + content


def varint(value: int) -> bytes:
    *more, last = [value >> shift & 127 for shift in range(0, max(value.bit_length(), 1), 7)]
    return bytes([*(each | 128 for each in more), last])


NODE = message(1, b"x") + message(2, b"y") + message(4, b"Relu")
GRAPH = message(1, NODE) + message(2, b"main") + message(11, message(1, b"x"))
OPSET = message(2, 17)
ONNX = message(1, 8) + message(2, b"pytorch") + message(3, b"2.1") + message(7, GRAPH) + message(8, OPSET)
META_GRAPH = message(1, message(4, b"serve")) + message(2, message(1, message(1, b"a") + message(2, b"Const")))
SAVED_MODEL = message(1, 1) + message(2, META_GRAPH)
FROZEN = message(1, message(1, b"input") + message(2, b"Placeholder")) + message(4, b"\x08\x1b")
CORE_ML = message(1, 4) + message(2, message(1, b"x")) + message(500, b"\x0a\x00")
HEADER = json.dumps({"conv1.weight": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}).encode()
KERAS_JSON = b'{"module": "keras", "class_name": "Sequential", "config": {"name": "net", "layers": []}}'

FILES = {
    "keras": zipped("metadata.json", "config.json", "model.weights.h5"),
    "pt2": zipped("net/data/weights/weight_0", "net/models/model.json", "net/archive_format"),
    "torchscript": zipped("net/data.pkl", "net/code/__torch__.py", "net/constants.pkl"),
    "torch": zipped("net/data.pkl", "net/byteorder", "net/data/0"),
    "hdf5": b"\x89HDF\r\n\x1a\n" + bytes(100),
    "pickle": pickle.dumps({"conv1.weight": [1.0, 2.0]}, 2),
    "onnx": ONNX,
    "saved_model": SAVED_MODEL,
    "graph": FROZEN,
    "coreml": CORE_ML,
    "tflite": b"\x1c\x00\x00\x00TFL3\x14\x00\x20\x00",
    "safetensors": struct.pack("<Q", len(HEADER)) + HEADER + bytes(4),
    "gguf": b"GGUF\x03\x00\x00\x00",
    "keras_json": KERAS_JSON,
}


def refused(data: bytes, tail: bytes = b"") -> tuple[str, str, tuple[str, ...]]:
    with pytest.raises(Unreadable) as error:
        decode(data, "net", tail)
    [finding] = error.value.diagnostics
    return finding.code, finding.message, finding.help


@pytest.mark.parametrize("format", FILES)
def test_a_model_of_another_tool_is_named(format: str):
    found = recognised(FILES[format])
    assert found
    assert found.format == format
    code, text, help = refused(FILES[format])
    is_read = format in ("keras", "pt2", "hdf5", "onnx", "keras_json")
    assert (code, text) == ("CNN118", f"this is {found.what}, {'not a spec' if is_read else 'which is not read'}")
    assert help == (("`cnncalc import net -o model.yaml` writes a spec of it",) if is_read else WAYS_OUT[format])


EXPORT = "`program = torch.export.export(model.eval(), (torch.randn(2, 3, 224, 224),))`"
SAVE = (
    "then `torch.export.save(program, 'model.pt2')`, which is read; or `cnncalc.from_torch(model, '3x224x224')` there"
)
MAKE_A_PT2 = (f"in Python, for the module `model`: {EXPORT}", SAVE)
PICKLE = "it contains a pickle, which can run code when it is opened, so cnncalc never opens one"
WEIGHTS = "it contains the weights; the layers are in the Python code"
KERAS = "or, where it is a model of Keras in Python: `model.save('model.keras')`, which is read"
WAYS_OUT = {
    "torchscript": (PICKLE, f"in Python, for the module `model` that it was made from: {EXPORT}", SAVE),
    "torch": (PICKLE, *MAKE_A_PT2),
    "pickle": (PICKLE, *MAKE_A_PT2),
    "safetensors": (WEIGHTS, *MAKE_A_PT2),
    "gguf": (WEIGHTS, *MAKE_A_PT2),
    "saved_model": ("`python -m tf2onnx.convert --saved-model . --output model.onnx` makes a file that is read", KERAS),
    "tflite": ("`python -m tf2onnx.convert --tflite net --output model.onnx` makes a file that is read", KERAS),
    "graph": (
        "`python -m tf2onnx.convert --graphdef net --output model.onnx --inputs x:0 --outputs y:0`, with the names of"
        " its inputs and outputs, makes a file that is read",
    ),
    "coreml": (
        "it was made from another model: name that one, if it is of Keras, PyTorch or ONNX",
        *MAKE_A_PT2,
        KERAS,
    ),
}
"""The whole help for files that are not read."""


def test_a_pickle_comes_with_the_two_lines_that_make_a_file_that_is_read():
    for format in ("torchscript", "torch", "pickle"):
        _, _, (why, first, second) = refused(FILES[format])
        assert "never opens one" in why
        assert "torch.export.export(model.eval()" in first
        assert "torch.export.save(program, 'model.pt2')" in second


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (zipped(), "an empty zip archive"),
        (zipped("readme.txt"), "a zip archive"),
        (zipped("x.npy", "y.npy"), "an archive of NumPy arrays (.npz)"),
        (zipped("readme.txt")[:40], "a damaged or incomplete zip archive (no files are listed)"),
        (b"PK\x03\x04", "a damaged or incomplete zip archive (no files are listed)"),
        (b"\x93NUMPY\x01\x00v\x00", "a NumPy array (.npy)"),
        (b"\x89PNG\r\n\x1a\n", "a PNG image"),
        (b"\xff\xd8\xff\xe0", "a JPEG image"),
        (b"\x1f\x8b\x08\x00", "a compressed file (gzip)"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_model_is_named_too(data: bytes, what: str):
    assert refused(data)[:2] == ("CNN102", f"this is {what}, neither a spec nor a model")


def test_what_is_packed_is_to_be_unpacked():
    for data in (zipped("readme.txt"), b"\x1f\x8b\x08\x00"):
        assert refused(data)[2] == ("unpack it, and name the model in it if it has one",)
    assert refused(b"\x89PNG\r\n\x1a\n")[2] == ("name a spec, which is YAML, or a model of Keras, PyTorch or ONNX",)


def refused_file(path: Path) -> tuple[str, str, tuple[str, ...]]:
    with pytest.raises(Unreadable) as error:
        read_file(str(path))
    [finding] = error.value.diagnostics
    return finding.code, finding.message, finding.help


AGAIN = ("save, export or download it again",)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("net.onnx", "an ONNX model"),
        ("net.KERAS", "a Keras model"),
        ("net.pt2", "an exported PyTorch model"),
        ("net.h5", "an HDF5 file"),
        ("net.pt", "a PyTorch checkpoint"),
        ("net.tflite", "a LiteRT model"),
    ],
)
@pytest.mark.parametrize(
    "data",
    [b"\xfe\x01" * 50, bytes(100), b"abc \xff\xfe", b"\xff\xfea\x00", b"\x01abc", b"\xfe" * (MAX_BYTES + 1)],
    ids=["bytes", "zeros", "no text", "UTF-16", "control character", "large"],
)
def test_what_is_not_what_its_name_says(data: bytes, name: str, kind: str, tmp_path: Path):
    (tmp_path / name).write_bytes(data)
    said = f"by its name this is {kind}, by its contents it is not"
    assert refused_file(tmp_path / name) == ("CNN118", said, AGAIN)


def test_an_empty_model_file(tmp_path: Path):
    (tmp_path / "net.onnx").touch()
    assert refused_file(tmp_path / "net.onnx") == ("CNN103", "the file is empty", AGAIN)
    (tmp_path / "net.yaml").touch()
    assert read_file(str(tmp_path / "net.yaml")).text == ""


def test_what_is_in_the_place_of_a_model(tmp_path: Path):
    path = tmp_path / "net.onnx"
    path.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n")
    assert refused_file(path) == (
        "CNN102",
        "this is a Git LFS pointer in the place of the file, neither a spec nor a model",
        ("`git lfs pull` fetches the file itself",),
    )
    path.write_text("\n<!DOCTYPE html>\n<html><body>not found</body></html>\n")
    assert refused_file(path) == (
        "CNN102",
        "this is a web page (HTML), neither a spec nor a model",
        ("download the file itself",),
    )


def test_a_spec_may_have_the_name_of_a_model(tmp_path: Path):
    (tmp_path / "net.json").write_text('{"input": "8x8x3", "layers": ["relu"]}')
    assert read_file(str(tmp_path / "net.json")).text.startswith('{"input"')


def test_a_file_that_does_not_exist(tmp_path: Path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "resnet.onnx").touch()
    for name, help in (
        ("resent.onnx", ("did you mean `resnet.onnx`?",)),
        ("resnet.pt2", ("did you mean `resnet.onnx`?",)),
        ("other.keras", ()),
        ("models/net.onnx", ("there is no folder `models`",)),
    ):
        with pytest.raises(Unreadable) as error:
            open_variant(name)
        [found] = error.value.diagnostics
        assert (found.code, found.message, found.help) == ("CNN101", "no such file", help)


@pytest.mark.parametrize("format", FILES)
def test_cut_short_it_is_still_named_or_not_read(format: str):
    for length in range(len(FILES[format])):
        found = recognised(FILES[format][:length])
        assert found is None or found.format in (format, "", "torch", "pickle", "graph", "saved_model"), length


def test_a_damaged_archive_is_named_by_the_files_that_are_left():
    data = FILES["keras"]
    assert recognised(data[:-30]) == recognised(data)


def test_a_large_archive_is_named_by_the_list_at_its_end(tmp_path: Path):
    path = tmp_path / "large.pt2"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("net/data/weights/weight_0", bytes(2 * MAX_BYTES))
        archive.writestr("net/models/model.json", "{}")
    with pytest.raises(Unreadable) as error:
        read_file(str(path))
    assert error.value.diagnostics[0].message == "this is an exported PyTorch model (.pt2), not a spec"


def test_a_pickle_is_not_run(tmp_path: Path):
    class Trap:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return Path.touch, (tmp_path / "run",)  # type: ignore[return-value]

    assert "can run code" in refused(pickle.dumps(Trap(), 4))[2][0]
    assert not (tmp_path / "run").exists()


def test_a_saved_model_is_a_directory(tmp_path: Path):
    (tmp_path / "saved_model.pb").write_bytes(SAVED_MODEL)
    convert = f"`python -m tf2onnx.convert --saved-model {tmp_path} --output model.onnx` makes a file that is read"
    whole = ("CNN118", "this is a TensorFlow SavedModel, which is not read", (convert, KERAS))
    assert refused_file(tmp_path) == refused_file(tmp_path / "saved_model.pb") == whole


@pytest.mark.parametrize("text", ['{"input": "28x28x1", "layers": ["relu"]}', "PK: 3", "GGU", "", "{", "%PD"])
def test_text_is_text(text: str):
    assert decode(text.encode(), "net").text == text


def test_any_bytes_end_soon():
    for seed in range(256):
        recognised(bytes([seed]) * 5_000)
        recognised(b"\x08\x08\x3a" + bytes([seed]) * 100)


PYTHON = (
    '"""A network."""\n\nimport torch\n\n\nclass Net(torch.nn.Module):\n    pass\n',
    "from torch import nn\nmodel = nn.Sequential(\n  nn.Linear(2, 3),\n)\n",
    "#!/usr/bin/env python3\nprint(f(x: 3))\n{\n",
    "class Net(Model):\n\tdef call(self, x):\n\t\treturn x\n",
)


@pytest.mark.parametrize("name", ["net.yaml", "net.py"])
@pytest.mark.parametrize("text", PYTHON)
def test_python_source_is_named(text: str, name: str):
    with pytest.raises(Unreadable) as error:
        parse(decode(text.encode(), name))
    [finding] = error.value.diagnostics
    assert (finding.code, finding.message) == ("CNN118", "this looks like Python source, not a spec")
    assert "`cnncalc new`" in finding.help[-1]


def test_a_spec_is_not_taken_for_python():
    text = "input: 8x8x1\ndescription: |\n  import torch\n  class Net:\nlayers: [flatten]\n"
    assert parse(decode(text.encode(), "net.py"))
    with pytest.raises(Unreadable) as error:
        parse(decode(f"{text}  - [\n".encode(), "net.yaml"))
    assert error.value.diagnostics[0].code != "CNN118"


def test_a_shipped_spec_is_not_a_file():
    with pytest.raises(Unreadable) as error:
        open_variant("lenet5.yaml")
    assert error.value.diagnostics[0].help == ("did you mean `lenet5`?", "`cnncalc specs` lists what ships")
