"""Arrays of a file: their types, their bytes when somebody wants them, and the numbers of small ones."""

from __future__ import annotations

import os
import struct
from array import array
from collections.abc import Callable, Sequence
from math import prod
from typing import NoReturn

from cnncalc.importing._kept_file import name_of_kept
from cnncalc.importing.onnx._messages import TensorMessage
from cnncalc.importing.onnx._wire import DAMAGED, Wire
from cnncalc.importing.operations import Constant
from cnncalc.importing.stored import Stored
from cnncalc.source.diagnostics import START, Diagnostic
from cnncalc.source.files import Unreadable

MAX_VALUES = 1000
"""A constant has its numbers at hand if there are no more."""
MAX_FOLDED = 200_000
"""Numbers of an array that is calculated with."""

DTYPES = {
    27: "float6_e2m3",
    28: "float6_e3m2",
    1: "float32",
    2: "uint8",
    3: "int8",
    4: "uint16",
    5: "int16",
    6: "int32",
    7: "int64",
    8: "string",
    9: "bool",
    10: "float16",
    11: "float64",
    12: "uint32",
    13: "uint64",
    14: "complex64",
    15: "complex128",
    16: "bfloat16",
    17: "float8_e4m3fn",
    18: "float8_e4m3fnuz",
    19: "float8_e5m2",
    20: "float8_e5m2fnuz",
    21: "uint4",
    22: "int4",
    23: "float4_e2m1",
    24: "float8_e8m0",
    25: "uint2",
    26: "int2",
}
"""The types of numbers, by what ONNX calls them."""

BITS = {
    "float32": 32,
    "float16": 16,
    "bfloat16": 16,
    "float64": 64,
    "complex64": 64,
    "complex128": 128,
    "bool": 8,
    **{f"{sign}int{bits}": bits for sign in ("", "u") for bits in (2, 4, 8, 16, 32, 64)},
    "float8_e4m3fn": 8,
    "float8_e4m3fnuz": 8,
    "float8_e5m2": 8,
    "float8_e5m2fnuz": 8,
    "float8_e8m0": 8,
    "float6_e2m3": 6,
    "float6_e3m2": 6,
    "float4_e2m1": 4,
}

_FORMS = {
    "float32": "f",
    "float64": "d",
    "int8": "b",
    "uint8": "B",
    "int16": "h",
    "uint16": "H",
    "int32": "i",
    "uint32": "I",
    "int64": "q",
    "uint64": "Q",
    "bool": "B",
}
_FIELDS = {"float32": 4, "complex64": 4, "int64": 7, "float64": 10, "complex128": 10, "uint32": 11, "uint64": 11}
"""The field that has the numbers of a type where they are not raw; of all others it is 5."""


def is_float(dtype: str) -> bool:
    """Whether numbers of this type are floating-point ones."""
    return dtype.startswith(("float", "bfloat"))


def byte_count(sizes: Sequence[int], dtype: str) -> int:
    """How many bytes an array has."""
    return -(-prod(sizes) * BITS[dtype] // 8)


def constant_of(wire: Wire, message: TensorMessage) -> tuple[Constant, str]:
    """The constant that an array of the file is, and the type of its numbers."""
    dtype = DTYPES.get(message.kind, "")
    if not dtype:
        wire.fail(message.place, f"`{message.name}` has numbers of type {message.kind}, which ONNX has not")
    if any(size < 0 for size in message.sizes):
        wire.fail(message.place, f"`{message.name}` has a negative size")
    if dtype == "string":
        return Constant(None, identity=message.name), dtype
    stored = Stored(message.sizes, dtype, _reader(wire, message, dtype), message.name)
    values = None
    if prod(message.sizes) <= MAX_VALUES and message.external is None:
        values = decoded_numbers(_bytes_now(wire, message, dtype), dtype, prod(message.sizes))
    return Constant(stored, values, identity=message.name), dtype


def _reader(wire: Wire, message: TensorMessage, dtype: str) -> Callable[[], bytes]:
    size, name = byte_count(message.sizes, dtype), wire.name
    if message.external is not None:
        return _external(wire, message, size)
    if message.raw:
        start, end = message.raw
        if end - start != size:
            wire.fail(start, f"`{message.name}` should have {size:,} bytes and has {end - start:,}")
        return lambda: _read_part(name, start, size, name, name)
    known = _bytes_now(wire, message, dtype)
    return lambda: known


def _bytes_now(wire: Wire, message: TensorMessage, dtype: str) -> bytes:
    """The bytes of an array, while the file is open."""
    if message.raw:
        start, end = message.raw
        return wire.data[start:end]
    data = _typed_bytes(wire, message, dtype)
    if len(data) != (size := byte_count(message.sizes, dtype)):
        wire.fail(message.place, f"`{message.name}` should have {size:,} bytes and has {len(data):,}")
    return data


def _typed_bytes(wire: Wire, message: TensorMessage, dtype: str) -> bytes:
    number = _FIELDS.get(dtype, 5)
    fields = [field for field in message.typed if field[0] == number]
    if number in (4, 10):
        return b"".join(wire.data[field[2] : field[3]] for field in fields)
    values = [value for field in fields for value in wire.integers(field)]
    if BITS[dtype] < 8:
        return bytes(value & 255 for value in values)
    return b"".join((value & (1 << BITS[dtype]) - 1).to_bytes(BITS[dtype] // 8, "little") for value in values)


def _external(wire: Wire, message: TensorMessage, size: int) -> Callable[[], bytes]:
    entries = message.external or {}
    location = entries.get("location", "")
    parts = location.replace("\\", "/").split("/")
    if not location or ".." in parts or os.path.isabs(location) or not parts[0] or ":" in parts[0]:
        _refuse_outside(wire.name, message.name, location)
    try:
        offset, length = int(entries.get("offset") or 0), int(entries.get("length") or size)
    except ValueError:
        wire.fail(message.place, f"`{message.name}` has an offset or a length that is no number")
    if offset < 0:
        wire.fail(message.place, f"`{message.name}` is said to begin at byte {offset:,} of `{location}`")
    if length != size:
        wire.fail(message.place, f"`{message.name}` should have {size:,} bytes and has {length:,} in `{location}`")
    return lambda: _read_external(wire.name, message.name, location, offset, size)


def _read_external(model: str, name: str, location: str, offset: int, size: int) -> bytes:
    shown = name_of_kept(model)
    if shown:
        message = f"the values of `{name}` are in `{location}`, another file, and what is read here has no folder"
        help = f"name the file of the model, with `{location}` in its folder"
        raise Unreadable(Diagnostic("CNN101", message, shown, START, "", (help,)))
    folder = os.path.realpath(os.path.dirname(model) or ".")
    path = os.path.realpath(os.path.join(folder, *location.split("/")))
    if os.path.commonpath((folder, path)) != folder:
        help = f"`{location}` is a link out of that folder: put a copy of the file in its place"
        _refuse_outside(model, name, location, help)
    if not os.path.isfile(path):
        message = f"the values of `{name}` are in `{location}`, which is not there"
        raise Unreadable(Diagnostic("CNN101", message, model, START, "", ("keep both files in one folder",)))
    return _read_part(path, offset, size, model, location)


def _refuse_outside(model: str, name: str, location: str, *help: str) -> NoReturn:
    message = f"the values of `{name}` are in `{location}`, outside the model's folder"
    ways = ("only files in the folder of the model are opened", *help)
    raise Unreadable(Diagnostic("CNN152", message, model, START, "", ways))


def _read_part(path: str, start: int, size: int, name: str, shown: str) -> bytes:
    """A part of a file, which findings call as is given."""
    try:
        with open(path, "rb") as file:
            file.seek(start)
            data = file.read(size)
    except OSError as error:
        message = f"`{shown}` cannot be read: {error.strerror or error}"
        raise Unreadable(Diagnostic("CNN101", message, name, START)) from None
    if len(data) != size:
        message = f"`{shown}` ends at byte {start + len(data):,}, in the middle of an array"
        raise Unreadable(Diagnostic("CNN150", message, name, START, "", (DAMAGED,)))
    return data


# -- numbers

_NARROW = ("float8", "float6", "float4")


def is_stored_narrow(dtype: str) -> bool:
    """Whether numbers of this type only stand for others, with a scale: all but floats of 16 bits or more."""
    return dtype.startswith(_NARROW) or not is_float(dtype)


def decoded_numbers(data: bytes, dtype: str, count: int) -> Sequence[float] | None:
    """The numbers that these bytes are; None for types that nothing is calculated with."""
    if dtype in _FORMS:
        found = array(_FORMS[dtype])
        found.frombytes(data)
        return found
    if dtype == "float16":
        return struct.unpack(f"<{count}e", data)
    if dtype == "bfloat16":
        widened = b"".join(b"\0\0" + data[at : at + 2] for at in range(0, len(data), 2))
        return struct.unpack(f"<{count}f", widened)
    if dtype in ("int4", "uint4", "int2", "uint2"):
        return _narrow(data, BITS[dtype], dtype[0] == "i")[:count]
    return None


def _narrow(data: bytes, bits: int, is_signed: bool) -> list[int]:
    mask, half = (1 << bits) - 1, 1 << bits - 1
    values = [byte >> place & mask for byte in data for place in range(0, 8, bits)]
    return [value - 2 * half if is_signed and value >= half else value for value in values]


def packed(values: Sequence[float], dtype: str) -> bytes:
    """The bytes of numbers that were calculated."""
    if dtype == "bfloat16":
        return b"".join(struct.pack("<f", value)[2:] for value in values)
    form = "e" if dtype == "float16" else _FORMS[dtype]
    return struct.pack(f"<{len(values)}{form}", *values)


def calculated(values: Sequence[float], sizes: tuple[int, ...], dtype: str) -> Constant:
    """A constant of numbers that were calculated."""
    return Constant(Stored(sizes, dtype, lambda: packed(values, dtype)), values)
