"""The weights of an imported model: arrays that stay in its file until they are needed, made into those of the layers.

What an array becomes follows from its sizes and its steps, so that its shape is checked before a byte of it is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import ceil, prod
from typing import TYPE_CHECKING, Any

import numpy as np

from cnncalc.forward.engines.convolution import Array
from cnncalc.forward.run.given import DataFindings, Given, UnreadArray, listed_names, refuse, shape_text
from cnncalc.forward.run.weights import key, learned
from cnncalc.importing.stored import ADD, DIVIDE_BY_NORM, DIVIDE_BY_SPECTRAL_NORM, MULTIPLY, RESHAPE, TAKE, TRANSPOSE
from cnncalc.source.diagnostics import DataError
from cnncalc.source.files import Unreadable

if TYPE_CHECKING:
    from cnncalc.graph import Graph
    from cnncalc.importing.stored import Step, Stored

BFLOAT16 = "bfloat16"
"""The upper half of a float32; NumPy does not have it."""
_SIGNED = ("int8", "int16", "int32", "int64")
_OF_NUMPY = ("float16", "float32", "float64", "bool", *_SIGNED, *(f"u{name}" for name in _SIGNED))
DTYPES = {**{name: np.dtype(name).newbyteorder("<") for name in _OF_NUMPY}, BFLOAT16: np.dtype("<u2")}
"""The types of numbers that a model file may have, as they are in memory."""
_TOLD = 10
_OTHERS = "`--weights FILE.npz` runs the model with other weights"


def weights_in_file(
    graph: Graph,
    stored: Mapping[str, Mapping[str, Stored]],
    written: Mapping[str, Mapping[str, Any]],
    where: str,
    findings: DataFindings,
) -> Given:
    """The arrays of a model's layers as they are in its file, none of them read yet.

    Args:
        graph: the layers whose weights are needed; others may be in the file.
        written: the arrays that the spec itself gives, which are not needed.
        where: the name of the file.
        findings: receives which arrays are missing, of another shape, or of a type that cannot be read.
    """
    arrays: dict[str, UnreadArray] = {}
    missing, wrong = [], []
    for node, name, weight in learned(graph):
        found, what = _found(stored.get(node.name, {}), name), key(node, name)
        if found is None:
            missing += [] if name in written.get(node.name, {}) else [what]
        elif (array := _unread(found, where)) is None:
            findings.add("CNN122", where, f"`{what}` is of a type that cannot be read: {found.dtype}", _OTHERS)
        elif array.shape != weight.shape:
            sizes = shape_text(found.sizes if array.shape == _NONE else array.shape)
            wrong.append(f"`{what}` is {sizes}, but the model's is {shape_text(weight.shape)}")
        else:
            arrays[what] = array
    if missing:
        findings.add("CNN323", where, f"the file has no values for {listed_names(missing)}", _OTHERS)
    for message in wrong[:_TOLD]:
        findings.add("CNN322", where, message, _OTHERS)
    if len(wrong) > _TOLD:
        findings.add("CNN322", where, f"{len(wrong) - _TOLD:,} more arrays of the wrong shape", _OTHERS)
    return Given(where, arrays)


def _found(arrays: Mapping[str, Stored], name: str) -> Stored | None:
    """Where an array is; some files are opened only now."""
    try:
        return arrays.get(name)
    except Unreadable as error:
        raise DataError(error.diagnostics) from None


def bytes_while_read(given: Given, graph: Graph, stored: Mapping[str, Mapping[str, Stored]]) -> int:
    """Bytes for each number of a layer's array while it is read: what it is a part of, in the file and in a type to
    calculate in, and the array itself with a mark for each number whether it is finite."""
    most = 0
    for node, name, weight in learned(graph):
        if key(node, name) in given.arrays:
            found = stored[node.name][name]
            size = np.dtype(_numbers(found)).itemsize
            part = max(prod(each.sizes) * (DTYPES[each.dtype].itemsize + size) for each in _parts(found))
            most = max(most, ceil(part / max(prod(weight.shape), 1)) + size + 1)
    return most


def _parts(stored: Stored) -> Iterable[Stored]:
    """The arrays in the file that an array is made of."""
    yield stored
    for each in stored.joined:
        yield from _parts(each)


def _unread(stored: Stored, where: str) -> UnreadArray | None:
    """The array that a layer has, before it is read; None if its type is unknown."""
    if any(each.dtype not in DTYPES for each in _parts(stored)):
        return None
    return UnreadArray(
        _NONE if stored.shape is None else stored.shape, np.dtype(_numbers(stored)), lambda: _values(stored, where)
    )


_NONE = (-1,)
"""The shape of an array whose steps do not fit its sizes."""


# -- its values


def _numbers(stored: Stored) -> Any:
    """The type in which an array is calculated: float32 at least for what is no integer, or is calculated with."""
    kinds = [DTYPES[each.dtype] if each.dtype != BFLOAT16 else np.dtype("float32") for each in _parts(stored)]
    steps = [word for each in _parts(stored) for word, _ in (*each.steps, *each.steps_after)]
    if {MULTIPLY, ADD, DIVIDE_BY_NORM, DIVIDE_BY_SPECTRAL_NORM} & {*steps}:
        kinds.append(np.dtype("float32"))
    return np.result_type(*kinds).newbyteorder("=")


def _values(stored: Stored, where: str) -> Array:
    """The values of an array whose shape has been found to be right, in memory of their own."""
    return np.array(_made(stored, _numbers(stored), where), order="C")


def _made(stored: Stored, numbers: Any, where: str) -> Array:
    if not stored.joined:
        return _stepped(_stepped(_raw(stored, where), stored.steps, numbers), stored.steps_after, numbers)
    shape = stored._replace(steps_after=()).shape
    assert shape is not None, "it has been checked"
    whole, begin = np.empty(shape, numbers), 0
    for each in (stored._replace(joined=(), steps_after=()), *stored.joined):  # one at a time in memory
        part = _made(each, numbers, where)
        end = begin + part.shape[stored.along]
        whole[(slice(None),) * stored.along + (slice(begin, end),)] = part
        begin = end
    return _stepped(whole, stored.steps_after, numbers)


def _raw(stored: Stored, where: str) -> Array:
    """The array as it is in the file."""
    kind = DTYPES[stored.dtype]
    try:
        data = stored.read()
    except Unreadable as error:
        raise DataError(error.diagnostics) from None
    if len(data) != prod(stored.sizes) * kind.itemsize:
        expected = f"{prod(stored.sizes) * kind.itemsize:,}"
        refuse("CNN121", where, f"`{stored.name}` has {len(data):,} bytes instead of {expected}: the file is damaged")
    array = np.frombuffer(data, kind).reshape(stored.sizes)
    if stored.dtype == BFLOAT16:
        return (array.astype(np.uint32) << 16).view(np.float32)
    return array


def _stepped(array: Array, steps: Iterable[Step], numbers: Any) -> Array:
    for word, value in steps:
        if word == RESHAPE:
            array = array.reshape(value)
        elif word == TRANSPOSE:
            array = array.transpose(value)
        elif word == TAKE:
            axis, start, stop = value
            array = array[(slice(None),) * axis + (slice(start, stop),)]
        elif word == MULTIPLY:
            array = array.astype(numbers, copy=False) * np.asarray(value, numbers)
        elif word == DIVIDE_BY_NORM:
            array = array.astype(numbers, copy=False)
            array = array / np.sqrt(np.sum(array**2, axis=value, keepdims=True))
        elif word == DIVIDE_BY_SPECTRAL_NORM:
            ways, *vectors = value
            left, right = (_made(each, numbers, each.name) for each in vectors)
            array = array.astype(numbers, copy=False)
            array = array / (left @ _stepped(array, ways, numbers) @ right)
        else:
            assert word == ADD, word
            array = array.astype(numbers, copy=False) + np.asarray(value, numbers)
    return array
