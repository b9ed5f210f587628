"""Where the values of parameters and buffers are: in members of the archive, each the storage of one or of several."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from cnncalc.importing.archives.zip_archive import ZipArchive
from cnncalc.importing.stored import Stored
from cnncalc.source.diagnostics import START, Diagnostic, name_text
from cnncalc.source.files import Unreadable

DTYPES = {
    1: "uint8", 2: "int8", 3: "int16", 4: "int32", 5: "int64", 6: "float16", 7: "float32", 8: "float64",
    9: "complex32", 10: "complex64", 11: "complex128", 12: "bool", 13: "bfloat16", 28: "uint16",
    29: "float8_e4m3fn", 30: "float8_e5m2", 31: "float8_e4m3fnuz", 32: "float8_e5m2fnuz", 33: "float8_e8m0fnu",
    34: "uint32", 35: "uint64",
}  # fmt: skip
"""The types of numbers, by PyTorch's `ScalarType`."""

_BYTES = {"bool": 1, "complex32": 4, "complex64": 8, "complex128": 16}


def bytes_of(dtype: str) -> int:
    """How many bytes a number has."""
    if dtype in _BYTES:
        return _BYTES[dtype]
    digits = dtype.removeprefix("b").lstrip("abcdefghijklmnopqrstuvwxyz").partition("_")[0]
    return int(digits) // 8


def stored_array(archive: ZipArchive, name: str, member: str, payload: Mapping[str, Any]) -> Stored | None:
    """The values of an array; None if the file does not have them, or only as a pickle."""
    meta = payload.get("tensor_meta")
    if payload.get("use_pickle") or not meta or member not in archive.members:
        return None
    sizes: tuple[int, ...] = tuple(int(each["as_int"]) for each in meta["sizes"])
    strides = tuple(int(each["as_int"]) for each in meta["strides"])
    if not archive.members[member].size and 0 not in sizes:
        return None
    dtype = DTYPES[meta["dtype"]]
    offset = int(meta["storage_offset"]["as_int"])
    return Stored(sizes, dtype, _reader(archive, member, sizes, strides, offset, bytes_of(dtype)), name)


def _reader(
    archive: ZipArchive, member: str, sizes: tuple[int, ...], strides: tuple[int, ...], offset: int, width: int
) -> Callable[[], bytes]:
    """What reads an array from the storage that it is a view of."""

    def read() -> bytes:
        if len(sizes) != len(strides) or min((*sizes, *strides, offset)) < 0:
            _refuse(archive, member)
        if not math.prod(sizes):
            return b""
        end = offset + sum((size - 1) * stride for size, stride in zip(sizes, strides, strict=True)) + 1
        if math.prod(sizes) > end - offset or archive.is_packed(member):  # some are there several times
            storage = archive.read(member, archive.members[member].size)[offset * width : end * width]
        else:
            storage = archive.part(member, offset * width, (end - offset) * width)
        if len(storage) != (end - offset) * width or math.prod(sizes) > 2**32:
            _refuse(archive, member)
        return _gathered(storage, sizes, strides, width)

    return read


def _gathered(storage: bytes, sizes: tuple[int, ...], strides: tuple[int, ...], width: int) -> bytes:
    """The elements of a strided array, one after the other."""
    axis, run = len(sizes), 1
    while axis and (strides[axis - 1] == run or sizes[axis - 1] == 1):
        axis -= 1
        run *= sizes[axis]
    starts = [0]
    for size, stride in zip(sizes[:axis], strides[:axis], strict=True):
        starts = [start + step * stride for start in starts for step in range(size)]
    if len(starts) == 1:
        return storage[: run * width]
    return b"".join(storage[start * width : (start + run) * width] for start in starts)


def _refuse(archive: ZipArchive, member: str) -> NoReturn:
    message = f"`{name_text(member)}` does not have the array that is said to be in it"
    raise Unreadable(Diagnostic("CNN150", message, archive.name, START, "", ("save or download the file again",)))
