"""Zip files, of which nothing is believed: listed and read within bounds, and never kept open."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable, Mapping
from typing import BinaryIO, NoReturn

from cnncalc.importing.archives._zip_list import BadList, ListedMember, LongList, members_of
from cnncalc.source.diagnostics import START, Diagnostic, name_text
from cnncalc.source.files import Unreadable

MOST_LISTED_BYTES = 5_000_000
"""A list of members that is larger is not read: some 40,000 members."""
MOST_TEXT_BYTES = 50_000_000
"""A member that is text may be as large as this when it is unpacked."""
_BEST_RATIO = 1_100
"""Deflate makes nothing smaller than 1/1032 of its size."""
_WORST_RATIO = 1.01
"""What it cannot make smaller grows by a few bytes for every block."""

_STORED, _DEFLATED = 0, 8
_ENCRYPTED = 1
_LOCAL_HEADER = struct.Struct("<4s22xHH")


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
        self.members: Mapping[str, ListedMember] = self._listed()

    def read(self, member: str, most: int = MOST_TEXT_BYTES) -> bytes:
        """The bytes of a member, unpacked.

        Args:
            member: which; it has to be in `members`.
            most: the bound of its size.

        Raises:
            Unreadable: it is damaged, encrypted, or over the bound.
        """
        info = self.members[member]
        if info.size > most:
            self.refuse("CNN156", member, f"has {info.size:,} bytes, and at most {most:,} are read")
        packed = self.part(member, 0, info.packed_size)
        data = packed if info.method == _STORED else self._unpacked(info, packed)
        if len(data) != info.size or zlib.crc32(data) != info.crc:
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
                if start < 0 or start + size > info.packed_size:
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
        return self.members[member].method != _STORED

    def _listed(self) -> dict[str, ListedMember]:
        members: dict[str, ListedMember] = {}
        try:
            with self._opened() as file:
                for each in members_of(file, MOST_LISTED_BYTES):
                    self._check(each, members)
                    members[each.name] = each
        except LongList:
            self.refuse("CNN156", "", f"the list of its files is larger than {MOST_LISTED_BYTES:,} bytes")
        except (BadList, OSError) as error:
            self.refuse("CNN150", "", f"the zip archive is damaged or incomplete: {error}")
        return members

    def _check(self, info: ListedMember, before: Mapping[str, ListedMember]) -> None:
        name = info.name
        if name in before:
            self.refuse("CNN150", name, "is in the archive twice")
        if info.flags & _ENCRYPTED:
            self.refuse("CNN150", name, "is encrypted")
        if info.method not in (_STORED, _DEFLATED):
            self.refuse("CNN150", name, f"is packed by method {info.method}, which is not read")
        if info.method == _STORED and info.size != info.packed_size:
            self.refuse("CNN150", name, "is not packed, but its two sizes differ")
        if info.size > max(info.packed_size, 1) * _BEST_RATIO:
            self.refuse("CNN150", name, f"cannot have {info.size:,} bytes: only {info.packed_size:,} are in the file")
        if info.packed_size > info.size * _WORST_RATIO + 100:
            self.refuse("CNN150", name, f"is packed in {info.packed_size:,} bytes, and has only {info.size:,}")

    def _begin(self, file: BinaryIO, info: ListedMember) -> int:
        """Where a member's bytes begin: after its header, the length of which it says itself."""
        file.seek(info.offset)
        header = file.read(_LOCAL_HEADER.size)
        if len(header) < _LOCAL_HEADER.size or not header.startswith(b"PK\x03\x04"):
            self.refuse("CNN150", info.name, f"does not begin at byte {info.offset:,}")
        _, name_length, extra_length = _LOCAL_HEADER.unpack(header)
        return int(info.offset + _LOCAL_HEADER.size + name_length + extra_length)

    def _unpacked(self, info: ListedMember, packed: bytes) -> bytes:
        try:
            return zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, info.size + 1)
        except zlib.error as error:
            self.refuse("CNN150", info.name, f"is damaged: {error}")

    def _opened(self) -> BinaryIO:
        return io.BytesIO(self._source) if isinstance(self._source, bytes) else open(self._source, "rb")

    def refuse(self, code: str, member: str, message: str) -> NoReturn:
        """Reports what is wrong with a member, or with the whole archive."""
        about = f"`{name_text(member)}` {message}" if member else message
        raise Unreadable(Diagnostic(code, about, self.name, START, "", ("save or download the file again",)))
