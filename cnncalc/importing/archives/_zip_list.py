"""The list at the end of a zip file, of what is in it.

Python's `zipfile` reads the same, but its import alone takes as long as reading a whole model.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from typing import BinaryIO

from cnncalc.errors import CnncalcError
from cnncalc.named_tuple import NamedTuple

_END = struct.Struct("<4s8xLLH")
_END_64_LOCATOR_SIZE = 20
_END_64 = struct.Struct("<4s36xQQ")
_ENTRY = struct.Struct("<4s4xHH4xLLLHHH8xL")
_MOST_COMMENT = 0xFFFF
_IN_EXTRA = 0xFFFF_FFFF
"""A number that does not fit into four bytes, and is among the extra fields of its entry."""
_UTF_8 = 0x800


class ListedMember(NamedTuple):
    """What the list says of a file.

    Attributes:
        flags: whether it is encrypted, and the like.
        method: by which it is packed.
        crc: the checksum of its contents.
        packed_size: of its bytes as they are in the archive.
        size: of its contents.
        offset: where its header is.
    """

    name: str
    flags: int
    method: int
    crc: int
    packed_size: int
    size: int
    offset: int


class BadList(CnncalcError):
    """There is no list, or it is damaged; says why."""


class LongList(BadList):
    """The list is over the bound."""


def members_of(file: BinaryIO, most: int) -> Iterator[ListedMember]:
    """What is in a zip file, in the order of its list.

    Args:
        most: the bound of the list's bytes.

    Raises:
        BadList: the file has none, or a damaged one.
        LongList: it is over the bound.
    """
    start, size, shift = _place(file)
    if size > most:
        raise LongList
    file.seek(start)
    data = file.read(size)
    at = 0
    while at < size:
        if at + _ENTRY.size > size:
            raise BadList("its list of files ends early")
        sign, flags, method, crc, *numbers = _ENTRY.unpack_from(data, at)
        packed, whole, name_size, extra_size, comment_size, offset = numbers
        name_at = at + _ENTRY.size
        extra_at = name_at + name_size
        at = extra_at + extra_size + comment_size
        if sign != b"PK\x01\x02" or at > size:
            raise BadList("its list of files is no list")
        whole, packed, offset = _with_extra((whole, packed, offset), data[extra_at : extra_at + extra_size])
        if offset + shift + packed > start:
            raise BadList("one of its files ends after the list of them begins")
        yield ListedMember(_name(data[name_at:extra_at], flags), flags, method, crc, packed, whole, offset + shift)


def _place(file: BinaryIO) -> tuple[int, int, int]:
    """Where the list begins, its size, and how far everything is from where the archive says that it is: as far as
    something was put before it."""
    length = file.seek(0, os.SEEK_END)
    tail_at = max(length - _END.size - _MOST_COMMENT, 0)
    file.seek(tail_at)
    tail = file.read(length - tail_at)
    place = tail.rfind(b"PK\x05\x06")
    if place < 0 or place + _END.size > len(tail):
        raise BadList("it has no list of files")
    _, size, offset, _ = _END.unpack_from(tail, place)
    end = tail_at + place
    if large := _large_end(file, end):
        end, size, offset = large
    start = end - size
    if start < 0 or offset > start:
        raise BadList("its list of files begins before the file does")
    return start, size, start - offset


def _large_end(file: BinaryIO, end: int) -> tuple[int, int, int] | None:
    """The end of the list of an archive of over four gigabytes, its size and its place; None where there is none."""
    place = end - _END_64_LOCATOR_SIZE - _END_64.size
    if place < 0:
        return None
    file.seek(place)
    data = file.read(end - place)
    if data[_END_64.size :][:4] != b"PK\x06\x07" or data[:4] != b"PK\x06\x06":
        return None
    _, size, offset = _END_64.unpack_from(data)
    return place, size, offset


def _with_extra(numbers: tuple[int, int, int], extra: bytes) -> tuple[int, int, int]:
    """The two sizes and the place of a file, where they do not fit into four bytes."""
    if _IN_EXTRA not in numbers:
        return numbers
    while len(extra) >= 4:
        kind, size = struct.unpack_from("<HH", extra)
        if kind == 1:
            large = iter(struct.unpack_from(f"<{min(size, len(extra) - 4) // 8}Q", extra, 4))
            found = [next(large, -1) if number == _IN_EXTRA else number for number in numbers]
            if -1 in found:
                raise BadList("its list of files leaves out a size")
            whole, packed, offset = found
            return whole, packed, offset
        extra = extra[4 + size :]
    return numbers


def _name(data: bytes, flags: int) -> str:
    try:
        return data.decode("utf-8" if flags & _UTF_8 or data.isascii() else "cp437")
    except UnicodeDecodeError:
        raise BadList("a name in its list of files is not UTF-8") from None
