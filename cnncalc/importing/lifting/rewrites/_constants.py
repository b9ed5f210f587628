"""The numbers of constants that rules must know: masks and indices, never weights of any size."""

from __future__ import annotations

import sys
from array import array
from collections.abc import Sequence
from math import prod

from cnncalc.importing.lifting.rewrites.plumbing import places_after_transpose
from cnncalc.importing.operations import Tensor
from cnncalc.importing.stored import Stored

MOST_NUMBERS = 1_000_000
_CODES = {
    "float32": "f",
    "float64": "d",
    "int64": "q",
    "int32": "i",
    "int16": "h",
    "int8": "b",
    "uint8": "B",
    "bool": "B",
}


def numbers_of(tensor: Tensor) -> Sequence[float] | None:
    """All numbers of a constant, in a row; None if it has too many, or they cannot be read."""
    constant, count = tensor.constant, prod(tensor.sizes or ())
    if constant is None or count > MOST_NUMBERS:
        return None
    if constant.values is not None and len(constant.values) in (1, count):
        return constant.values if len(constant.values) == count else [constant.values[0]] * count
    return None if constant.stored is None else _read(constant.stored)


def _read(stored: Stored) -> Sequence[float] | None:
    code = _CODES.get(stored.dtype)
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
