"""Zip files, of which nothing is believed: listed and read within bounds, and never kept open."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from typing import BinaryIO, NoReturn

from cnncalc.source.diagnostics import START, Diagnostic
from cnncalc.source.files import Unreadable

MOST_LISTED_BYTES = 5_000_000
"""A list of members that is larger is not read: some 40,000 members."""
MOST_TEXT_BYTES = 50_000_000
"""A member that is text may be as large as this when it is unpacked."""
_BEST_RATIO = 1_100
"""Deflate makes nothing smaller than 1/1032 of its size."""

_STORED, _DEFLATED = zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED
_ENCRYPTED = 1
_LOCAL_HEADER = struct.Struct("<4s22xHH")
_DAMAGES = (zipfile.BadZipFile, NotImplementedError, OSError, EOFError, ValueError, OverflowError, struct.error)


class ZipArchive:
    """A zip file.

    Attributes:
        name: what findings call it.
        members: by name.
    """

    def __init__(self, source: str | bytes, name: str) -> None:
        """Lists what is in it.

        Args:
            source: its path, or all of its bytes.
            name: what findings call it.

        Raises:
            Unreadable: it is no zip file, damaged, or over a bound.
        """
        self._source = source
        self.name = name
        self.members: Mapping[str, zipfile.ZipInfo] = self._listed()

    def read(self, member: str, most: int = MOST_TEXT_BYTES) -> bytes:
        """The bytes of a member, unpacked.

        Args:
            member: which; it has to be in `members`.
            most: the bound of its size.

        Raises:
            Unreadable: it is damaged, encrypted, or over the bound.
        """
        info = self.members[member]
        if info.file_size > most:
            self.refuse("CNN156", member, f"has {info.file_size:,} bytes, and at most {most:,} are read")
        packed = self.part(member, 0, info.compress_size)
        data = packed if info.compress_type == _STORED else self._unpacked(info, packed)
        if len(data) != info.file_size or zlib.crc32(data) != info.CRC:
            self.refuse("CNN150", member, "is damaged: its contents do not have their checksum")
        return data

    def part(self, member: str, start: int, size: int) -> bytes:
        """Bytes of a member as they are in the file, from the place `start` in it.

        Raises:
            Unreadable: the member does not have them.
        """
        info = self.members[member]
        try:
            with self._opened() as file:
                begin = self._begin(file, info)
                if start < 0 or start + size > info.compress_size:
                    self.refuse("CNN150", member, f"has no bytes {start:,} to {start + size:,}")
                file.seek(begin + start)
                data = file.read(size)
        except OSError as error:
            self.refuse("CNN150", member, f"cannot be read: {error.strerror or error}")
        if len(data) != size:
            self.refuse("CNN150", member, "ends beyond the end of the file")
        return data

    def later(self, member: str, most: int) -> Callable[[], bytes]:
        """What reads a member when it is called (see `read`)."""
        return lambda: self.read(member, most)

    def is_packed(self, member: str) -> bool:
        """Whether the bytes of a member have to be unpacked."""
        return self.members[member].compress_type != _STORED

    def _listed(self) -> dict[str, zipfile.ZipInfo]:
        try:
            with self._opened() as file, zipfile.ZipFile(_Bounded(file, self)) as archive:
                listed = archive.infolist()
        except _DAMAGES as error:
            self.refuse("CNN150", "", f"the zip archive is damaged or incomplete: {error}")
        members: dict[str, zipfile.ZipInfo] = {}
        for info in listed:
            self._check(info, members)
            members[info.filename] = info
        return members

    def _check(self, info: zipfile.ZipInfo, before: Mapping[str, zipfile.ZipInfo]) -> None:
        name = info.filename
        if info.header_offset < 0:
            self.refuse("CNN150", name, "begins before the file does")
        if name in before:
            self.refuse("CNN150", name, "is in the archive twice")
        if info.flag_bits & _ENCRYPTED:
            self.refuse("CNN150", name, "is encrypted")
        if info.compress_type not in (_STORED, _DEFLATED):
            self.refuse("CNN150", name, f"is packed by method {info.compress_type}, which is not read")
        if info.compress_type == _STORED and info.file_size != info.compress_size:
            self.refuse("CNN150", name, "is not packed, but its two sizes differ")
        if info.file_size > max(info.compress_size, 1) * _BEST_RATIO:
            self.refuse(
                "CNN150", name, f"cannot have {info.file_size:,} bytes: only {info.compress_size:,} are in the file"
            )

    def _begin(self, file: BinaryIO, info: zipfile.ZipInfo) -> int:
        """Where a member's bytes begin: after its header, the length of which it says itself."""
        file.seek(info.header_offset)
        header = file.read(_LOCAL_HEADER.size)
        if len(header) < _LOCAL_HEADER.size or not header.startswith(b"PK\x03\x04"):
            self.refuse("CNN150", info.filename, f"does not begin at byte {info.header_offset:,}")
        _, name_length, extra_length = _LOCAL_HEADER.unpack(header)
        return int(info.header_offset + _LOCAL_HEADER.size + name_length + extra_length)

    def _unpacked(self, info: zipfile.ZipInfo, packed: bytes) -> bytes:
        try:
            return zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, info.file_size + 1)
        except zlib.error as error:
            self.refuse("CNN150", info.filename, f"is damaged: {error}")

    def _opened(self) -> BinaryIO:
        return io.BytesIO(self._source) if isinstance(self._source, bytes) else open(self._source, "rb")

    def refuse(self, code: str, member: str, message: str) -> NoReturn:
        """Reports what is wrong with a member, or with the whole archive."""
        about = f"`{name_text(member)}` {message}" if member else message
        raise Unreadable(Diagnostic(code, about, self.name, START, "", ("save or download the file again",)))


def name_text(name: str, most: int = 80) -> str:
    """A name from a file, as a message may show it: short, and without control characters."""
    text = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in name[: most + 1])
    return text if len(text) <= most else f"{text[: most - 1]}…"


class _Bounded:
    """A file that is never asked for more at once than a list of members may have."""

    def __init__(self, file: BinaryIO, archive: ZipArchive) -> None:
        self._file = file
        self._archive = archive
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable

    def read(self, size: int = -1) -> bytes:
        if size > MOST_LISTED_BYTES:
            self._archive.refuse("CNN156", "", f"the list of its files is larger than {MOST_LISTED_BYTES:,} bytes")
        return self._file.read(size)
