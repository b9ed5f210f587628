"""Which tool a file that is not a spec comes from: recognised by its contents, never by its name, and never executed.

Only the first and the last bytes are looked at, so that a file of any size takes no longer than a spec. If a
format has a signature, it decides; ONNX and TensorFlow write bare Protocol Buffers, whose first fields tell them apart
(field numbers: onnx.proto, saved_model.proto, graph.proto, Model.proto of Core ML).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from cnncalc.named_tuple import NamedTuple

TAIL_BYTES = 100_000
"""This many bytes from the end of a large file are enough: a zip archive lists its files there."""


class ModelFile(NamedTuple):
    """What a file is.

    Attributes:
        format: a short name: `keras`, `hdf5`, `onnx`, …; "" for a file without any model.
        what: the same in words, `a saved Keras model (.keras)`.
        note: what else there is to know; "" for nothing.
        ways_out: how to make a file of the same model that is read.
    """

    format: str
    what: str
    note: str = ""
    ways_out: tuple[str, ...] = ()


_WEIGHTS = "it contains the weights; the layers are in the Python code"
_PICKLED = "it contains a pickle, which can run code when it is opened, so cnncalc never opens one"

_SAVE_A_PT2 = (
    "then `torch.export.save(program, 'model.pt2')`, which is read; or `cnncalc.from_torch(model, '3x224x224')` there"
)
_EXPORT = "`program = torch.export.export(model.eval(), (torch.randn(2, 3, 224, 224),))`"
_MAKE_A_PT2 = (f"in Python, for the module `model`: {_EXPORT}", _SAVE_A_PT2)
_SAVE_KERAS = "or, where it is a model of Keras in Python: `model.save('model.keras')`, which is read"
_UNPACK = "unpack it, and name the model in it if it has one"

_KERAS = ModelFile("keras", "a saved Keras model (.keras)")
_PT2 = ModelFile("pt2", "an exported PyTorch model (.pt2)")
_TORCHSCRIPT = ModelFile(
    "torchscript",
    "a TorchScript model (PyTorch)",
    _PICKLED,
    (f"in Python, for the module `model` that it was made from: {_EXPORT}", _SAVE_A_PT2),
)
_CHECKPOINT = ModelFile("torch", "a PyTorch checkpoint (torch.save)", _PICKLED, _MAKE_A_PT2)
_NUMPY_ARCHIVE = ModelFile("", "an archive of NumPy arrays (.npz)")
_ZIP = ModelFile("", "a zip archive", _UNPACK)
_DAMAGED_ZIP = ModelFile(
    "", "a damaged or incomplete zip archive (no files are listed)", "save, copy or download it again"
)
_EMPTY_ZIP = ModelFile("", "an empty zip archive")
_ONNX = ModelFile("onnx", "an ONNX model")
SAVED_MODEL = ModelFile(
    "saved_model",
    "a TensorFlow SavedModel",
    "",
    ("`python -m tf2onnx.convert --saved-model FOLDER --output model.onnx` makes a file that is read", _SAVE_KERAS),
)
_GRAPH = ModelFile(
    "graph",
    "a frozen TensorFlow graph (.pb)",
    "",
    (
        "`python -m tf2onnx.convert --graphdef FILE --output model.onnx --inputs x:0 --outputs y:0`, with the names of"
        " its inputs and outputs, makes a file that is read",
    ),
)
_CORE_ML = ModelFile(
    "coreml",
    "a Core ML model (.mlmodel)",
    "it was made from another model: name that one, if it is of Keras, PyTorch or ONNX",
    (*_MAKE_A_PT2, _SAVE_KERAS),
)
_TFLITE = ModelFile(
    "tflite",
    "a LiteRT (TensorFlow Lite) model",
    "",
    ("`python -m tf2onnx.convert --tflite FILE --output model.onnx` makes a file that is read", _SAVE_KERAS),
)
_SAFETENSORS = ModelFile("safetensors", "a weights file (safetensors)", _WEIGHTS, _MAKE_A_PT2)
_KERAS_JSON = ModelFile("keras_json", "the architecture of a Keras model, as JSON")

_SIGNATURES: tuple[tuple[bytes, ModelFile], ...] = (
    (b"\x89HDF\r\n\x1a\n", ModelFile("hdf5", "an HDF5 file, as Keras saves models and weights (.h5)")),
    (b"GGUF", ModelFile("gguf", "a weights file (GGUF)", _WEIGHTS, _MAKE_A_PT2)),
    (
        b"\x80",
        ModelFile("pickle", "a Python pickle, as older versions of `torch.save` wrote it", _PICKLED, _MAKE_A_PT2),
    ),
    (b"\x93NUMPY", ModelFile("", "a NumPy array (.npy)")),
    (b"\x89PNG", ModelFile("", "a PNG image")),
    (b"\xff\xd8\xff", ModelFile("", "a JPEG image")),
    (b"%PDF-", ModelFile("", "a PDF document")),
    (b"\x1f\x8b", ModelFile("", "a compressed file (gzip)", _UNPACK)),
)


_READ = ("keras", "pt2", "onnx", "hdf5", "keras_json")
"""The formats that an importer reads."""
_STAND_INS: tuple[tuple[bytes, str, str], ...] = (
    (
        rb"version https://git-lfs\.",
        "a Git LFS pointer in the place of the file",
        "`git lfs pull` fetches the file itself",
    ),
    (rb"(?i)\s*<(!doctype html|html)\b", "a web page (HTML)", "download the file itself"),
)
"""Texts that are often found under the name of a model."""


def is_read(found: ModelFile) -> bool:
    """Whether an importer reads such a file."""
    return found.format in _READ


def stands_in(head: bytes) -> ModelFile | None:
    """What a text is that has the name of a model, but is another thing in its place."""
    return next((ModelFile("", what, way) for form, what, way in _STAND_INS if re.match(form, head)), None)


def recognised(head: bytes, tail: bytes = b"") -> ModelFile | None:
    """What a file is, by its first bytes and, if it is longer, its last ones; None if it is not recognised."""
    for signature, found in _SIGNATURES:
        if head.startswith(signature):
            return found
    if head.startswith(b"PK"):
        return _archive(head, tail)
    if head[4:8] == b"TFL3":
        return _TFLITE
    if head[8:10] == b'{"' and int.from_bytes(head[:8], "little") < 100_000_000:
        return _SAFETENSORS
    return _json(head) or _protocol_buffer(head)


_PYTHON = r"(?m)^(#!.*python|import [\w.]+|from [\w.]+ import |(async )?def \w+\(|class \w+(\(.*)?:)"
_BEGINNING = 20_000


def looks_like_python(text: str) -> bool:
    """Whether a line near the beginning is one that Python source has and no spec."""
    return re.search(_PYTHON, text[:_BEGINNING]) is not None


# -- zip archives

_LOCAL, _CENTRAL, _END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"


def _archive(head: bytes, tail: bytes) -> ModelFile | None:
    """What a zip archive contains, by the names of the files in it."""
    if head.startswith(_END):
        return _EMPTY_ZIP
    if not head.startswith(_LOCAL):
        return None
    names = {name.partition("/")[2] or name for name in _names(head + tail)}
    if {"config.json", "metadata.json"} <= names or {"config.json", "model.weights.h5"} <= names:
        return _KERAS
    if {"archive_format", "serialized_exported_program.json"} & names or any(
        re.fullmatch(r"models/[^/]+\.json", name) for name in names
    ):
        return _PT2
    if "constants.pkl" in names:
        return _TORCHSCRIPT
    if "data.pkl" in names:
        return _CHECKPOINT
    if names and all(name.endswith(".npy") for name in names):
        return _NUMPY_ARCHIVE
    return _ZIP if _END in (tail or head)[-TAIL_BYTES:] else _DAMAGED_ZIP


def _names(data: bytes) -> Iterator[str]:
    """The names of the files in an archive, from the headers before them and from the list at the end.

    The headers are searched, not followed: the sizes in them may be wrong, or come only later.
    """
    for header, length_at, name_at in ((_LOCAL, 26, 30), (_CENTRAL, 28, 46)):
        start = data.find(header)
        while start >= 0:
            length = int.from_bytes(data[start + length_at : start + length_at + 2], "little")
            yield data[start + name_at : start + name_at + min(length, 300)].decode("utf-8", "replace")
            start = data.find(header, start + 4)


# -- JSON


def _json(head: bytes) -> ModelFile | None:
    if not head.lstrip().startswith(b"{"):
        return None
    start = head[:10_000]
    is_known = re.search(rb'"class_name"\s*:\s*"(Sequential|Functional|Model)"', start)
    # a model of a class of one's own, which has no layers here: Keras writes these keys first
    is_own = re.match(rb'\s*\{\s*"(module|class_name)"\s*:', start) and b'"class_name"' in start
    return _KERAS_JSON if (is_known or is_own) and b'"config"' in head else None


# -- Protocol Buffers

_MOST_FIELDS = 20
_TEXT = rb"[\x20-\x7e]*"


class _Field(NamedTuple):
    """A field of a message: its number, its number where it is one, and its bytes (as many as there are)."""

    number: int
    value: int
    data: bytes


def _protocol_buffer(head: bytes) -> ModelFile | None:
    """An ONNX, TensorFlow or Core ML model, by the fields that its message begins with."""
    fields = list(_fields(head))
    numbers = [field.number for field in fields]
    if not fields:
        return None
    first, *others = fields
    if numbers[0] == 1 and not first.data and 0 < first.value < 1000 and others:
        if 7 in numbers or 8 in numbers:
            return _ONNX
        if others[0].number == 2 and {field.number for field in others} == {2}:
            inside = list(_fields(others[0].data))
            return SAVED_MODEL if inside and inside[0].number in (1, 2) else None
        if numbers[1] == 2 and any(200 <= number <= 3000 for number in numbers):
            return _CORE_ML
    node = list(_fields(first.data)) if first.number == 1 and first.data else []
    if [field.number for field in node[:2]] == [1, 2] and all(map(_is_word, node[:2])):
        return _GRAPH
    return None


def _is_word(field: _Field) -> bool:
    return bool(field.data) and re.fullmatch(_TEXT, field.data) is not None


def _fields(data: bytes) -> Iterator[_Field]:
    """The first fields of a message, as far as they go; what is no message ends early."""
    place = 0
    for _ in range(_MOST_FIELDS):
        key, place = _varint(data, place)
        number, wire = key >> 3, key & 7
        if not number or wire not in (0, 2):
            return
        value, place = _varint(data, place)
        if place > len(data):
            return
        yield _Field(number, value, data[place : place + value] if wire == 2 else b"")
        place += value if wire == 2 else 0
        if place >= len(data):
            return


def _varint(data: bytes, place: int) -> tuple[int, int]:
    """A number of any length, and the place after it; a place beyond the end where there is none."""
    value = 0
    for shift, byte in enumerate(data[place : place + 10]):
        value |= (byte & 0x7F) << 7 * shift
        if byte < 0x80:
            return value, place + shift + 1
    return 0, len(data) + 1
