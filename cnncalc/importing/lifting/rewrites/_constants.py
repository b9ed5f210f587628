"""The numbers of constants that rules must know: masks and indices, never weights of any size."""

from __future__ import annotations

import sys
from array import array
from collections.abc import Sequence
from math import prod

from cnncalc.importing.lifting.rewrites.plumbing import places_after_transpose
from cnncalc.importing.operations import Tensor
from cnncalc.importing.stored import TYPECODES, Stored

MOST_NUMBERS = 1_000_000
MOST_COMPARED = 100


def numbers_of(tensor: Tensor) -> Sequence[float] | None:
    """All numbers of a constant, in a row; None if it has too many, or they cannot be read."""
    constant, count = tensor.constant, prod(tensor.sizes or ())
    if constant is None or count > MOST_NUMBERS:
        return None
    if constant.values is not None and len(constant.values) in (1, count):
        return constant.values if len(constant.values) == count else [constant.values[0]] * count
    return None if constant.stored is None else _read(constant.stored)


def is_all(tensor: Tensor, value: float) -> bool:
    """Whether a constant has this number everywhere."""
    numbers = numbers_of(tensor)
    return numbers is not None and all(each == value for each in numbers)


def are_equal(one: Tensor, other: Tensor, is_turned: bool = False) -> bool:
    """Whether two constants are one array: by name, or with the same numbers where a few are looked at. With
    `is_turned` the other has its last two axes swapped, as exporters store it again."""
    if one.constant is None or other.constant is None or not one.sizes:
        return False
    *outer, rows, columns = one.sizes
    if other.sizes != ((*outer, columns, rows) if is_turned else one.sizes):
        return False
    if not is_turned and one.constant.identity == other.constant.identity:
        return True
    a, b, whole = _bytes_of(one), _bytes_of(other), prod(one.sizes)
    if a is None or b is None or len(a) != len(b) or len(a) % whole or whole != rows * columns:
        return False
    width = len(a) // whole
    for place in range(0, whole, max(1, whole // MOST_COMPARED)):
        row, column = divmod(place, columns)
        there = column * rows + row if is_turned else place
        if bytes(a[place * width : (place + 1) * width]) != bytes(b[there * width : (there + 1) * width]):
            return False
    return True


def _bytes_of(tensor: Tensor) -> bytes | memoryview | None:
    """The bytes of a constant in the order in which it is seen."""
    stored = tensor.constant.stored if tensor.constant else None
    if stored is None or stored.joined or any(name != "reshape" for name, _ in stored.steps):
        return None
    try:
        return stored.read()
    except (OSError, ValueError):
        return None


def _read(stored: Stored) -> Sequence[float] | None:
    code = TYPECODES.get(stored.dtype)
    if code is None or stored.joined or prod(stored.sizes) > MOST_NUMBERS:
        return None
    try:
        data = bytes(stored.read())
    except (OSError, ValueError):
        return None
    if len(data) != prod(stored.sizes) * array(code).itemsize:
        return None
    values = array(code)
    values.frombytes(data)
    if sys.byteorder == "big":
        values.byteswap()
    return _stepped(values, stored)


def _stepped(values: Sequence[float], stored: Stored) -> Sequence[float] | None:
    sizes = stored.sizes
    for name, how in stored.steps:
        if name == "reshape":
            sizes = how
        elif name == "transpose":
            values = [values[place] for place in places_after_transpose(sizes, how)]
            sizes = tuple(sizes[axis] for axis in how)
        else:
            return None
    return values
