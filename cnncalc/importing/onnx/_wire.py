"""The wire format of Protocol Buffers, as far as ONNX uses it: fields with a number, found without copying anything.

The arrays of a model are nearly all of its file. A field is only looked at as far as its length, so the time does not
depend on them.
"""

from __future__ import annotations

import struct
from mmap import mmap
from typing import NoReturn

from cnncalc.source.diagnostics import START, Diagnostic
from cnncalc.source.files import Unreadable

MAX_FIELDS = 1_000_000
"""Fields and numbers in lists, of all that is looked at."""

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
_WIDTHS = {FIXED64: 8, FIXED32: 4}

Field = tuple[int, int, int, int]
"""Number, wire type, and where its content starts and ends; of a varint its value, and where it ends."""


class Wire:
    """The bytes of a file, as fields.

    Attributes:
        data: the mapped file.
        name: of the file, for findings.
    """

    def __init__(self, data: mmap | bytes, name: str) -> None:
        self.data = data
        self.name = name
        self._left = MAX_FIELDS

    def fields(self, start: int, end: int) -> list[Field]:
        """The fields of the message that these bytes are."""
        data, found, at = self.data, [], start
        while at < end:
            begin, tag = at, data[at]
            at += 1
            if tag > 127:  # nearly all are a single byte: this is where the time goes
                tag, at = self._varint(begin, end)
            number, kind = tag >> 3, tag & 7
            if kind in (BYTES, VARINT):
                if at >= end:
                    self.fail(begin, "a field is cut off")
                value = data[at]
                at += 1
                if value > 127:
                    value, at = self._varint(at - 1, end)
                if kind == VARINT:
                    found.append((number, kind, value, at))
                else:
                    found.append((number, kind, at, at + value))
                    at += value
            else:
                width = _WIDTHS.get(kind) or self.fail(begin, f"wire type {kind} is none that ONNX has")
                found.append((number, kind, at, at + width))
                at += width
            if at > end or not number:
                self.fail(begin, "a field ends after what contains it" if number else "field 0 is none")
            self._left -= 1
            if self._left < 0:
                self._too_much(begin)
        return found

    def _varint(self, at: int, end: int) -> tuple[int, int]:
        value = shift = 0
        for byte in self.data[at : min(at + 10, end)]:
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value & 0xFFFF_FFFF_FFFF_FFFF, at + shift // 7
        return self.fail(at, "a number does not end")

    def text(self, field: Field) -> str:
        """The text that a field is."""
        _, kind, start, end = field
        if kind != BYTES:
            self.span(field)
        try:
            return self.data[start:end].decode("utf-8")
        except UnicodeDecodeError:
            return self.fail(field[2], "a name is not UTF-8")

    def content(self, field: Field) -> bytes:
        """The bytes that a field is."""
        start, end = self.span(field)
        return self.data[start:end]

    def span(self, field: Field) -> tuple[int, int]:
        """Where the content of a field is."""
        if field[1] != BYTES:
            self.fail(field[3], f"field {field[0]} has the wrong wire type")
        return field[2], field[3]

    def integer(self, field: Field) -> int:
        """The signed number that a field is."""
        if field[1] != VARINT:
            self.fail(field[2], f"field {field[0]} has the wrong wire type")
        return _signed(field[2])

    def integers(self, field: Field) -> list[int]:
        """The signed numbers of a field of a list, which has one or all of them."""
        return [self.integer(field)] if field[1] == VARINT else [_signed(value) for value in self._packed(field)]

    def _packed(self, field: Field) -> list[int]:
        at, end = self.span(field)
        found = []
        while at < end:
            value, at = self._varint(at, end)
            found.append(value)
            self._left -= 1
            if self._left < 0:
                self._too_much(at)
        return found

    def fixed(self, field: Field, form: str) -> tuple[float, ...]:
        """The floating-point numbers of a field of a list: `f` of 4 bytes, `d` of 8."""
        start, end = field[2], field[3]
        width = struct.calcsize(form)
        if field[1] not in (BYTES, FIXED32 if form == "f" else FIXED64) or (end - start) % width:
            self.fail(start, f"field {field[0]} has the wrong wire type")
        count = (end - start) // width
        self._left -= count
        if self._left < 0:
            self._too_much(start)
        return struct.unpack(f"<{count}{form}", self.data[start:end])

    def fail(self, byte: int, what: str) -> NoReturn:
        """Refuses the file, at a byte."""
        raise Unreadable(Diagnostic("CNN150", f"byte {byte:,}: {what}", self.name, START, "", (DAMAGED,)))

    def _too_much(self, byte: int) -> NoReturn:
        message = f"byte {byte:,}: more than {MAX_FIELDS:,} fields, not counting arrays"
        raise Unreadable(Diagnostic("CNN156", message, self.name, START))


DAMAGED = "the file is damaged or was cut off: copy or export it again"


def _signed(value: int) -> int:
    return value - (1 << 64) if value >> 63 else value
