"""HDF5 files, by h5py: what the extra `h5` is for. Links to other files are not followed."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from cnncalc.importing.archives.zip_archive import ZipArchive
from cnncalc.importing.stored import Stored
from cnncalc.named_tuple import NamedTuple
from cnncalc.source.diagnostics import START, Diagnostic, excerpt
from cnncalc.source.files import Unreadable

_MOST_BYTES = 100 * 2**30
"""The largest weights in an archive that are unpacked; such that are not packed are read in their place."""

MOST_GROUPS, MOST_DEEP = 50_000, 300
"""How many groups are read, and how deep: a model inside another one takes four levels."""

_WITHOUT_IT = (
    "install it with cnncalc: `pip install 'cnncalc[h5]'`",
    "or save the model as `model.keras`, whose layers are read without it: `model.save('model.keras')`",
)

_AGAIN = "save or download the file again"
_DAMAGES = (OSError, KeyError, RuntimeError, ValueError, TypeError, AttributeError, OverflowError)
"""What h5py raises of files that are damaged."""


class Hdf5Source(NamedTuple):
    """A file by itself, or a member of an archive.

    Attributes:
        path: of the file.
        archive: that it is in.
        member: its name there.
    """

    path: str
    archive: ZipArchive | None = None
    member: str = ""

    def opened(self) -> Any:
        """What h5py opens: a path, or something like a file."""
        if self.archive is None:
            return self.path
        if self.archive.is_packed(self.member):
            return io.BytesIO(self.archive.read(self.member, _MOST_BYTES))
        return io.BufferedReader(_Member(self.archive, self.member), 2**16)


class Hdf5:
    """A file whose arrays are found by their paths."""

    def __init__(self, source: Hdf5Source) -> None:
        self._source = source
        self._arrays: dict[str, Stored] | None = None
        self._names: dict[str, list[str]] = {}

    @property
    def is_quickly_opened(self) -> bool:
        """Whether the time does not depend on its size: not if all of it has to be unpacked for anything in it."""
        return self._source.archive is None or not self._source.archive.is_packed(self._source.member)

    def attributes(self, *names: str) -> dict[str, str]:
        """Texts that belong to the whole file; "" where there is none."""
        with self._file() as file:
            return {name: _text(file.attrs.get(name, "")) for name in names}

    def arrays(self) -> Mapping[str, Stored]:
        """All arrays by their paths, none of them read."""
        if self._arrays is None:
            found: dict[str, Stored] = {}
            with self._file() as file:
                for path, item in _arrays_in(file):
                    self._note(found, path, item)
            self._arrays = found
        return self._arrays

    def listed(self, layer: str) -> Mapping[str, Stored]:
        """The arrays of a layer by their names, in order, as files that Keras calls legacy list them."""
        if layer not in self._names:
            with self._file() as file:
                group = _inside(file, f"model_weights/{layer}")
                listed = group.attrs.get("weight_names")
                if listed is None:
                    parts = [
                        group.attrs[f"weight_names{i}"]
                        for i in range(len(group.attrs))
                        if f"weight_names{i}" in group.attrs
                    ]
                    listed = [name for part in parts for name in part]
                self._names[layer] = list(map(_text, listed))
        arrays, found = self.arrays(), {}
        for name in self._names[layer]:
            if (path := f"model_weights/{layer}/{name}") not in arrays:
                message = f"the HDF5 file is damaged or incomplete: it lists `{excerpt(path, 200)}`, which is not in it"
                raise _finding("CNN150", message, self._source.path, _AGAIN)
            found[name] = arrays[path]
        return found

    def _note(self, found: dict[str, Stored], path: str, item: Any) -> None:
        if item.shape is None or item.external or item.is_virtual:
            return  # nothing, or numbers that are in another file
        kept = _text(item.attrs.get("dtype", "")) or item.dtype.name
        found[path] = Stored(tuple(map(int, item.shape)), kept, self._reader(path), path)

    def _reader(self, path: str) -> Callable[[], bytes]:
        def read() -> bytes:
            with self._file() as file:
                values = file[path][()]
                values = values.astype(values.dtype.newbyteorder("<"))
                return bytes(values.tobytes())

        return read

    @contextmanager
    def _file(self) -> Iterator[Any]:
        try:
            import h5py
        except ImportError:
            message, ways = "HDF5 is read by the package h5py, which is not installed", list(_WITHOUT_IT)
            raise _finding("CNN155", message, self._source.path, *ways[: 1 if self._source.member else 2]) from None
        try:
            with h5py.File(self._source.opened(), "r") as file:
                yield file
        except _DAMAGES as error:
            message = f"the HDF5 file is damaged or incomplete: {' '.join(str(error).split())[:200]}"
            raise _finding("CNN150", message, self._source.path, _AGAIN) from None


class _Member(io.RawIOBase):
    """A member of an archive that is not packed, as a file."""

    def __init__(self, archive: ZipArchive, member: str) -> None:
        super().__init__()
        self._archive = archive
        self._member = member
        self._size = archive.members[member].size
        self._place = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._size}[whence]
        self._place = max(start + offset, 0)
        return self._place

    def tell(self) -> int:
        return self._place

    def readinto(self, buffer: Any) -> int:
        size = max(min(len(buffer), self._size - self._place), 0)
        if size:
            buffer[:size] = self._archive.part(self._member, self._place, size)
        self._place += size
        return size


def _arrays_in(file: Any) -> Iterator[tuple[str, Any]]:
    """All arrays with their paths. (h5py's own `visititems` takes a time that grows with the square of the depth.)

    Raises:
        ValueError: groups are too deep inside one another, or there are too many.
    """
    seen: set[Any] = set()
    waiting = [("", file, 0)]
    while waiting:
        path, group, depth = waiting.pop()
        if group.id in seen:
            continue  # it is part of itself, or has several names
        seen.add(group.id)
        if depth > MOST_DEEP or len(seen) > MOST_GROUPS:
            raise ValueError(f"it has more than {MOST_GROUPS:,} groups, or is more than {MOST_DEEP} groups deep")
        for name in group:
            if not _is_link(group, name):
                item = group[name]
                if hasattr(item, "keys"):
                    waiting.append((f"{path}{name}/", item, depth + 1))
                elif hasattr(item, "shape"):
                    yield path + name, item


def _inside(group: Any, name: str) -> Any:
    """A part of a group.

    Raises:
        KeyError: it has none of this name, or a link.
    """
    for each in name.split("/"):
        if _is_link(group, each):
            raise KeyError(f"{name} is no part of the file")
        group = group[each]
    return group


def _is_link(group: Any, name: str) -> bool:
    """Whether this name is a link to somewhere else, maybe to another file."""
    return type(group.get(name, getlink=True)).__name__ != "HardLink"


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _finding(code: str, message: str, file: str, *help: str) -> Unreadable:
    return Unreadable(Diagnostic(code, message, file, START, "", help))
