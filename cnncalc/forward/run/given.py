"""Arrays from outside: headers are read first, and data only once its name and shape are known to be right.

A NumPy file may contain pickled objects, which run code when loaded: they are recognised by their header and refused.
"""

from __future__ import annotations

import io
import warnings
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import IO, Any, NoReturn

import numpy as np
from numpy.lib import format as npy

from cnncalc.forward.engines.convolution import Array
from cnncalc.named_tuple import NamedTuple
from cnncalc.source.diagnostics import START, DataError, Diagnostic

_NPY, _ZIP, _PICKLE = b"\x93NUMPY", b"PK\x03\x04", b"\x80"
MAX_HEADER = 10_000
"""The longest array header in bytes: NumPy does not accept longer ones either, but reads them into memory first."""
MAX_AXES = 32
_SAVE = "`numpy.savez(file, name=array)` writes a file of plain arrays"


class UnreadArray(NamedTuple):
    """An array that has not been read yet."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    read: Callable[[], Array]


class Given(NamedTuple):
    """Arrays by name, and the file that they are in. A single array without a name is called ""."""

    where: str
    arrays: Mapping[str, UnreadArray]


class DataFindings:
    """Collects what is wrong with data, so that everything is reported together."""

    def __init__(self) -> None:
        self.items: list[Diagnostic] = []

    def add(self, code: str, where: str, message: str, *help: str) -> None:
        self.items.append(Diagnostic(code, message, where, START, "", help))

    def raise_any(self) -> None:
        """Raises DataError if anything was found."""
        if self.items:
            raise DataError(self.items)


def refuse(code: str, where: str, message: str, *help: str) -> NoReturn:
    """Raises a single finding.

    Raises:
        DataError: always.
    """
    raise DataError([Diagnostic(code, message, where, START, "", help)])


def given_arrays(where: str, arrays: Mapping[str, Any]) -> Given:
    """Arrays already in memory."""
    return Given(where, {name: _at_hand(np.asarray(array)) for name, array in arrays.items()})


def _at_hand(array: Array) -> UnreadArray:
    return UnreadArray(array.shape, array.dtype, lambda: array)


@contextmanager
def opened_data(path: str) -> Iterator[IO[bytes]]:
    """A data file, opened; if it cannot be opened or read, that is a DataError."""
    try:
        with open(path, "rb") as file:
            yield file
    except IsADirectoryError:
        refuse("CNN101", path, "this is a directory, not a data file", "name a file in it")
    except FileNotFoundError:
        refuse("CNN101", path, "no such file")
    except OSError as error:
        refuse("CNN101", path, f"the file cannot be read: {error.strerror or error}")


def begins_as_arrays(path: str) -> bool:
    """Whether a file is a NumPy file, or claims to be; a pickle is refused here."""
    with opened_data(path) as file:
        start = file.read(6)
    if start[:1] == _PICKLE and start[1:2] in {b"\x02", b"\x03", b"\x04", b"\x05"}:
        refuse("CNN121", path, "this is a Python pickle, which can run code: it is never loaded", _SAVE)
    return start == _NPY or start.startswith(_ZIP) or path.endswith((".npy", ".npz"))


@contextmanager
def parsed(path: str, what: str) -> Iterator[None]:
    """Turns whatever a parser raises into a DataError: a damaged file can make it raise anything."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except (DataError, MemoryError):
        raise
    except Exception as error:
        refuse("CNN121", path, f"{what} is damaged: {(str(error).splitlines() or [type(error).__name__])[0]}")


def stored_arrays(path: str) -> Given:
    """The arrays of an .npy or .npz file.

    Raises:
        DataError: there is no such file, or it is damaged, not a NumPy file, or contains Python objects.
    """
    with opened_data(path) as file:
        start = file.read(6)
        file.seek(0)
        if start == _NPY:
            return Given(path, {"": _stored(path, file, "", lambda: _value(path))})
        if not start.startswith(_ZIP):
            refuse("CNN121", path, "this is not an .npy or .npz file", _SAVE)
        with parsed(path, "this .npz file"), zipfile.ZipFile(file) as archive:
            members = [each for each in archive.infolist() if each.filename.endswith(".npy")]
            _check_members(path, members)
            arrays = {each.filename.removesuffix(".npy"): _member(path, archive, each.filename) for each in members}
    if not arrays:
        refuse("CNN121", path, "there are no arrays in this file", _SAVE)
    return Given(path, arrays)


def _check_members(path: str, members: list[zipfile.ZipInfo]) -> None:
    """Refuses an archive that NumPy would not have written: it could use up memory, or hide one array behind
    another."""
    names = [each.filename for each in members]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        refuse("CNN121", path, f"there are two arrays `{twice.removesuffix('.npy')}` in this file", _SAVE)
    if any(each.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for each in members):
        refuse("CNN121", path, "this .npz file is compressed in a way that NumPy does not use", _SAVE)


def _member(path: str, archive: zipfile.ZipFile, name: str) -> UnreadArray:
    with archive.open(name) as file:
        return _stored(path, file, name.removesuffix(".npy"), lambda: _value(path, name))


def _stored(path: str, file: IO[bytes], name: str, read: Callable[[], Array]) -> UnreadArray:
    """Reads the header of an array."""
    what = f"`{name}`" if name else "the array"
    with parsed(path, f"the header of {what}"):
        version = npy.read_magic(file)
        is_first = version == (1, 0)
        header = npy.read_array_header_1_0 if is_first else npy.read_array_header_2_0
        length = file.read(2 if is_first else 4)
        size = int.from_bytes(length, "little")
        if size > MAX_HEADER:
            refuse(
                "CNN121", path, f"the header of {what} has {size:,} bytes; at most {MAX_HEADER:,} are allowed", _SAVE
            )
        shape, _, dtype = header(io.BytesIO(length + file.read(size)))
        if len(shape) > MAX_AXES or any(n < 0 for n in shape):
            refuse("CNN121", path, f"the header of {what} gives an impossible shape", _SAVE)
    if dtype.hasobject:
        refuse("CNN121", path, f"{what} contains Python objects, which can run code: they are never loaded", _SAVE)
    return UnreadArray(shape, dtype, read)


def _value(path: str, member: str = "") -> Array:
    """The numbers of an array whose header is valid."""
    with opened_data(path) as file, parsed(path, "the file"):
        if not member:
            return npy.read_array(file, allow_pickle=False)
        with zipfile.ZipFile(file) as archive, archive.open(member) as inner:
            return npy.read_array(inner, allow_pickle=False)


def numbers(stored: UnreadArray, what: str, where: str, dtype: np.dtype[Any], findings: DataFindings) -> Array | None:
    """The values of an array as real, finite numbers of this type; None with a finding."""
    if stored.dtype.kind not in "biuf":
        findings.add("CNN122", where, f"{what} must be real numbers, but its type is {stored.dtype}")
        return None
    values = stored.read()
    finite = np.isfinite(values)
    if not finite.all():
        place = ", ".join(map(str, np.argwhere(~finite)[0]))
        count = values.size - int(finite.sum())
        word = "NaN" if np.isnan(values).any() else "infinity"
        several = f", and {count - 1:,} more" if count > 1 else ""
        at = f" at [{place}]" if place else ""
        findings.add("CNN122", where, f"{what} contains {word}{at}{several}", "every value must be a finite number")
        return None
    if values.dtype == dtype:
        return values
    with np.errstate(over="ignore"):
        converted = values.astype(dtype)
    if not np.isfinite(converted).all():
        largest = float(np.abs(values).max())
        limit = float(np.finfo(dtype).max)
        message = f"{what} contains {largest:g}, but the largest {dtype} is {limit:.2g}"
        findings.add("CNN122", where, message, "use a larger `--dtype`")
        return None
    return converted


def shape_text(shape: tuple[int, ...]) -> str:
    """28×28×1; `a single number` for no axes."""
    return "×".join(map(str, shape)) if shape else "a single number"


def listed_names(names: list[str]) -> str:
    """Names for a message, only the first few of many."""
    shown = ", ".join(f"`{name}`" for name in names[:8])
    return shown + (f" and {len(names) - 8:,} more" if len(names) > 8 else "")
