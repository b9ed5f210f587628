"""The text of a file, and reasons why a file cannot be read."""

from __future__ import annotations

import os
from codecs import BOM_UTF8
from collections.abc import Mapping, Sequence
from typing import BinaryIO, NoReturn

from cnncalc.errors import CnncalcError
from cnncalc.source.diagnostics import START, Diagnostic, Span

MAX_BYTES = 2_000_000
_HEAD_BYTES = 65_536
"""By this many bytes nearly every file of a model is recognised; the rest of it is then not looked at."""
MAX_DEPTH = 100
MAX_FINDINGS = 200
"""After this many findings, no more are kept."""


MODEL_ENDINGS = {
    ".keras": "a Keras model",
    ".h5": "an HDF5 file",
    ".hdf5": "an HDF5 file",
    ".json": "JSON",
    ".onnx": "an ONNX model",
    ".pt2": "an exported PyTorch model",
    ".pt": "a PyTorch checkpoint",
    ".pth": "a PyTorch checkpoint",
    ".safetensors": "a safetensors file",
    ".tflite": "a LiteRT model",
    ".pb": "a TensorFlow graph",
}
"""How names of models of other tools end, and what such a file should be; what it is, its contents say."""


class Source:
    """A file's text, with the name that findings show.

    Attributes:
        origin: where models that the text names are looked up: its path or `git:REVISION:PATH`; "" for a text without
            a file.
        files: the texts of those that are files, by path, where they are kept instead of being read.
    """

    __slots__ = ("files", "lines", "name", "origin", "text")

    def __init__(self, name: str, text: str, origin: str = "", files: Mapping[str, str] | None = None) -> None:
        self.files = files
        self.name = name
        self.text = text
        self.origin = origin
        self.lines = tuple(text.split("\n"))

    def diagnostic(
        self, code: str, span: Span, message: str, label: str = "", help: tuple[str, ...] | list[str] = ()
    ) -> Diagnostic:
        """A finding in this text."""
        return Diagnostic(code, message, self.name, span, label, tuple(help), self.lines)


class Unreadable(CnncalcError):
    """The text is not a document; `diagnostics` say why, the last one where reading stopped."""

    def __init__(self, *diagnostics: Diagnostic) -> None:
        super().__init__(diagnostics[-1].message)
        self.diagnostics = diagnostics


class NotASpec(Unreadable):
    """The file is recognised as what another tool writes.

    Attributes:
        format: which tool's, by the short names of `_model_files`.
        path: of the file; "" if the bytes came from somewhere else.
        data: its bytes, as far as they have been read.
    """

    def __init__(self, diagnostic: Diagnostic, format: str, path: str, data: bytes) -> None:
        super().__init__(diagnostic)
        self.format = format
        self.path = path
        self.data = data


def _refuse(name: str, code: str, message: str, span: Span = START, label: str = "", *help: str) -> NoReturn:
    raise Unreadable(Diagnostic(code, message, name, span, label, help))


def read_file(path: str) -> Source:
    """The text of a file.

    Raises:
        Unreadable: it is missing, not a file, too large, or not UTF-8 text.
    """
    name = path
    try:
        if os.path.isdir(path):
            _refuse_directory(path)
        with open(path, "rb") as file:
            data = file.read(_HEAD_BYTES)
            if len(data) == _HEAD_BYTES and (_is_binary(data) or data[:1] == b"{"):
                _refuse_model(name, data, _tail(file), path, is_all=False)
            data += file.read(MAX_BYTES + 1 - len(data))
            tail = _tail(file) if len(data) > MAX_BYTES else b""
    except FileNotFoundError:
        _refuse(name, "CNN101", "no such file")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        _refuse(name, "CNN101", f"the file cannot be read: {reason}")
    return decode(data, name, tail, name)


_TOO_LARGE = ("a spec is a few pages at most", "it is not recognised as a model of Keras, PyTorch or ONNX either")


def file_too_large(name: str) -> Diagnostic:
    """The finding about a file that is too large to be read."""
    message = f"the file is larger than {MAX_BYTES:,} bytes"
    return Diagnostic("CNN104", message, name, START, "", _TOO_LARGE)


def refuse_python(text: str, name: str) -> None:
    """Refuses Python source; called for a text that cannot be a spec, or has the name of a script.

    Raises:
        Unreadable: it is.
    """
    from cnncalc.source._model_files import looks_like_python

    if looks_like_python(text):
        _refuse(name, "CNN118", "this looks like Python source, not a spec", START, "", _WRITE_ONE)


def _refuse_directory(path: str) -> NoReturn:
    if os.path.isfile(os.path.join(path, "saved_model.pb")):
        from cnncalc.source._model_files import SAVED_MODEL

        ways = _about(path, SAVED_MODEL.ways_out)
        _refuse(path, "CNN118", f"this is {SAVED_MODEL.what}, which is not read", START, "", *ways)
    _refuse(path, "CNN101", "this is a directory, neither a spec nor a model", START, "", "name a file in it")


def _tail(file: BinaryIO) -> bytes:
    """The end of what is left of a file, where a zip archive lists what is in it."""
    from cnncalc.source._model_files import TAIL_BYTES

    if not file.seekable():
        return b""
    place = file.tell()
    file.seek(max(file.seek(0, os.SEEK_END) - TAIL_BYTES, place))
    tail = file.read(TAIL_BYTES)
    file.seek(place)
    return tail


_IMPORT = "`cnncalc import FILE -o model.yaml` writes a spec of it"
_READABLE = "name a spec, which is YAML, or a model of Keras, PyTorch or ONNX"
_WRITE_ONE = "cnncalc reads specs, which are short YAML files: `cnncalc new` writes one to start from"


def _refuse_model(name: str, data: bytes, tail: bytes = b"", path: str = "", is_all: bool = True) -> None:
    """Reports a file that is known to be something else than text.

    Args:
        is_all: whether these bytes are all that there will be; otherwise a model alone is reported.
    """
    from cnncalc.source._model_files import is_read, recognised, stands_in

    found = recognised(data, tail) or (stands_in(data) if is_all and _kind_by_name(name) else None)
    if found is None or not (found.format or is_all):
        return
    if not found.format:
        message = f"this is {found.what}, neither a spec nor a model"
        _refuse(name, "CNN102", message, START, "", found.note or _READABLE)
    ways = [_IMPORT] if is_read(found) else found.ways_out
    help = (*([found.note] if found.note else []), *_about(name, ways))
    message = f"this is {found.what}, {'not a spec' if is_read(found) else 'which is not read'}"
    raise NotASpec(Diagnostic("CNN118", message, name, START, "", help), found.format, path, data)


def _about(path: str, ways_out: Sequence[str]) -> list[str]:
    """Ways out with the path of the file or its folder, where they have a place for it."""
    import shlex

    folder = path if os.path.isdir(path) else os.path.dirname(path) or os.curdir
    return [way.replace("FILE", shlex.quote(path)).replace("FOLDER", shlex.quote(folder)) for way in ways_out]


def _kind_by_name(name: str) -> str:
    """What a file should be by its name; "" if that does not say."""
    return MODEL_ENDINGS.get(os.path.splitext(name)[1].lower(), "")


def _refuse_by_name(name: str) -> None:
    """Reports a file that is no text, and has the name of a model."""
    if kind := _kind_by_name(name):
        message = f"by its name this is {kind}, by its contents it is not"
        _refuse(name, "CNN118", message, START, "", _MAKE_AGAIN)


_MAKE_AGAIN = "save, export or download it again"


def _is_binary(data: bytes) -> bool:
    """Whether the first bytes hold a character that no text begins with."""
    return any(byte < 9 or 13 < byte < 32 for byte in data[:16])


def decode(data: bytes, name: str, tail: bytes = b"", origin: str = "") -> Source:
    """The text of these bytes, which must be UTF-8 (a BOM and any line ends are fine).

    Args:
        tail: the end of the file, where these bytes are not all of it.
        origin: where they come from (see `Source`).

    Raises:
        Unreadable: they are too many, or not UTF-8 text.
    """
    if not data and _kind_by_name(name):
        _refuse(name, "CNN103", "the file is empty", START, "", _MAKE_AGAIN)
    is_none = len(data) > MAX_BYTES or _is_binary(data)
    if is_none or data[:1] == b"{" or _kind_by_name(name):
        _refuse_model(name, data, tail, origin)
    if is_none:
        _refuse_by_name(name)
    if len(data) > MAX_BYTES:
        raise Unreadable(file_too_large(name))
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") or (b"\x00" in data[:4] and any(data[:4])):
        _refuse(
            name,
            "CNN102",
            "the file is UTF-16 or UTF-32 text, or not text at all; a spec is UTF-8",
            START,
            "",
            "save it as UTF-8 in your editor",
        )
    data = data.removeprefix(BOM_UTF8)
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        _refuse_model(name, data, path=origin)
        _refuse_by_name(name)
        good = data[: error.start].decode()
        line, column = good.count("\n") + 1, len(good) - (good.rfind("\n") + 1) + 1
        _refuse(
            name,
            "CNN102",
            f"line {line}, column {column}: byte 0x{data[error.start]:02X} is not UTF-8 text",
            Span(line, column, line, column + 1),
            "",
            "save the file as UTF-8 in your editor (it may be Latin-1 or Windows-1252, or not text at all)",
        )
    if name.endswith(".py"):
        refuse_python(text, name)
    return Source(name, text.replace("\r\n", "\n").replace("\r", "\n"), origin)
