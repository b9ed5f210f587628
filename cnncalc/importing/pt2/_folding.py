"""What a program calculates from constants alone: masks of windows, positions, indices."""

from __future__ import annotations

import itertools
import math
import operator
from collections.abc import Callable, Sequence
from typing import Any

from cnncalc.importing.pt2._arrays import SmallArray, check_size
from cnncalc.importing.pt2._nodes import AtenNode, Ints, NotTranslatedError, counted_axes, counted_axis

_MOST_CALCULATED = 3_000_000
"""After this many numbers, nothing more is calculated: they take a second or two."""

Fold = Callable[[AtenNode], list[SmallArray]]


class Folding:
    """Calculates what can be, as long as it is little."""

    def __init__(self) -> None:
        self._left = _MOST_CALCULATED

    def fold(self, node: AtenNode) -> list[SmallArray] | None:
        """The outputs of a node, the tensors among whose arguments are arrays; None if they are not calculated."""
        rule = (_WRITES if node.writes_in_place else _RULES).get(node.op)
        if rule is None:
            return None
        try:
            for output in node.outputs:
                check_size(output.sizes or (0,), output.dtype)
                self._left -= math.prod(output.sizes or ())
            if self._left < 0:
                return None
            made = rule(node)
        except (NotTranslatedError, ArithmeticError):
            return None
        stated = [(output.sizes, output.dtype) for output in node.outputs]
        return made if [(each.sizes, each.dtype) for each in made] == stated else None


def _out(node: AtenNode, numbers: Any) -> list[SmallArray]:
    """A new array with the sizes and the type that the file states."""
    return [SmallArray.of(numbers, _sizes(node), node.output.dtype)]


def _sizes(node: AtenNode) -> Ints:
    if node.output.sizes is None:
        raise NotTranslatedError
    return node.output.sizes


def _array(node: AtenNode, name: str = "self") -> SmallArray:
    value = node.arguments.get(name)
    if isinstance(value, SmallArray):
        return value
    if isinstance(value, (int, float)):
        return SmallArray.of([value], (), "float64" if isinstance(value, float) else "int64")
    raise NotTranslatedError


def _spread(node: AtenNode, name: str) -> Sequence[float]:
    """An argument, spread to the sizes of the output."""
    return _array(node, name).expanded(_sizes(node)).numbers()


# -- from nothing


def _filled(value: float | None) -> Fold:
    def fold(node: AtenNode) -> list[SmallArray]:
        number = node.get("fill_value", node.get("s", 0)) if value is None else value
        if isinstance(number, SmallArray):
            number = number.numbers()[0]
        return _out(node, [number] * math.prod(_sizes(node)))

    return fold


def _arange(node: AtenNode) -> list[SmallArray]:
    start, step = node.get("start", 0), node.get("step", 1)
    return _out(node, (start + place * step for place in range(_sizes(node)[0])))


def _linspace(node: AtenNode) -> list[SmallArray]:
    count = _sizes(node)[0]
    start, end = node.get("start"), node.get("end")
    return _out(node, (start + place * (end - start) / max(count - 1, 1) for place in range(count)))


def _eye(node: AtenNode) -> list[SmallArray]:
    rows, columns = _sizes(node)
    return _out(node, (row == column for row in range(rows) for column in range(columns)))


# -- views


def _viewed(node: AtenNode) -> list[SmallArray]:
    return [_array(node).reshaped(_sizes(node))]


def _permuted(node: AtenNode) -> list[SmallArray]:
    x = _array(node)
    rank = len(x.sizes)
    axes = list(range(rank))
    if node.op == "permute":
        axes = [counted_axis(axis, rank) for axis in node.get("dims", ())]
    else:
        first, second = counted_axis(node.get("dim0", 0), rank), counted_axis(node.get("dim1", rank - 1), rank)
        axes[first], axes[second] = axes[second], axes[first]
    return [x.permuted(axes)]


def _expanded(node: AtenNode) -> list[SmallArray]:
    return [_array(node).expanded(_sizes(node))]


def _slice_of(node: AtenNode, x: SmallArray) -> SmallArray:
    axis = counted_axis(node.get("dim", 0), len(x.sizes))
    size = x.sizes[axis]
    start, stop, step = slice(node.get("start"), node.get("end"), node.get("step", 1)).indices(size)
    return x.sliced(axis, start, stop, step)


def _sliced(node: AtenNode) -> list[SmallArray]:
    return [_slice_of(node, _array(node))]


def _selection_of(node: AtenNode, x: SmallArray) -> SmallArray:
    axis = counted_axis(node.get("dim", 0), len(x.sizes))
    place = counted_axis(node.get("index", 0), x.sizes[axis])
    return x.sliced(axis, place, place + 1, 1).reshaped(x.sizes[:axis] + x.sizes[axis + 1 :])


def _selected(node: AtenNode) -> list[SmallArray]:
    return [_selection_of(node, _array(node))]


def _parts(node: AtenNode) -> list[SmallArray]:
    """`split` and `unbind`: the outputs say where."""
    x = _array(node)
    axis = counted_axis(node.get("dim", 0), len(x.sizes))
    made, start = [], 0
    for output in node.outputs:
        size = 1 if node.op == "unbind" else (output.sizes or ())[axis]
        made.append(x.sliced(axis, start, start + size, 1).reshaped(output.sizes or ()))
        start += size
    return made


def _itself(node: AtenNode) -> list[SmallArray]:
    return [_array(node)]


# -- copies


def _copied(node: AtenNode) -> list[SmallArray]:
    return _out(node, _array(node).numbers())


def _in_a_row(node: AtenNode) -> list[SmallArray]:
    x = _array(node)
    return [x] if x.is_contiguous and x.dtype == node.output.dtype else _copied(node)


def _source(node: AtenNode) -> list[SmallArray]:
    return _out(node, _spread(node, "src"))


def _scattered(part_of: Callable[[AtenNode, SmallArray], SmallArray]) -> Fold:
    """A copy, a part of which is replaced."""

    def fold(node: AtenNode) -> list[SmallArray]:
        (whole,) = _copied(node)
        part = part_of(node, whole)
        part.write(_array(node, "src").expanded(part.sizes).numbers())
        return [whole]

    return fold


def _joined(node: AtenNode) -> list[SmallArray]:
    parts = node.get("tensors", [])
    if not all(isinstance(each, SmallArray) for each in parts):
        raise NotTranslatedError
    (whole,) = _filled(0)(node)
    axis = counted_axis(node.get("dim", 0), len(whole.sizes))
    start = 0
    for part in parts:
        if node.op == "stack":
            part = part.reshaped((*part.sizes[:axis], 1, *part.sizes[axis:]))
        whole.sliced(axis, start, start + part.sizes[axis], 1).write(part.numbers())
        start += part.sizes[axis]
    return [whole]


def _repeated(node: AtenNode) -> list[SmallArray]:
    x, times = _array(node), tuple(node.get("repeats", ()))
    sizes = (1,) * (len(times) - len(x.sizes)) + x.sizes
    pairs = tuple(itertools.chain(*zip(times, sizes, strict=True)))
    lone = tuple(itertools.chain(*((1, size) for size in sizes)))
    return _out(node, x.reshaped(lone).expanded(pairs).numbers())


def _rolled(node: AtenNode) -> list[SmallArray]:
    x = _array(node)
    for shift, axis in zip(node.get("shifts", ()), node.get("dims", ()), strict=True):
        size = x.sizes[axis]
        x = _taken(x, counted_axis(axis, len(x.sizes)), [(place - shift) % size for place in range(size)])
    return _out(node, x.numbers())


def _flipped(node: AtenNode) -> list[SmallArray]:
    x = _array(node)
    for axis in node.get("dims", ()):
        x = _taken(x, counted_axis(axis, len(x.sizes)), range(x.sizes[axis])[::-1])
    return _out(node, x.numbers())


def _taken(x: SmallArray, axis: int, places: Sequence[int]) -> SmallArray:
    numbers = x.numbers()
    after = math.prod(x.sizes[axis + 1 :])
    size = x.sizes[axis]
    taken = [
        numbers[(before * size + place) * after + rest]
        for before in range(math.prod(x.sizes[:axis]))
        for place in places
        for rest in range(after)
    ]
    return SmallArray.of(taken, (*x.sizes[:axis], len(places), *x.sizes[axis + 1 :]), x.dtype)


def _gathered(node: AtenNode) -> list[SmallArray]:
    """`index_select`, and `index` with indices of the first axes."""
    x = _array(node)
    if node.op == "index_select":
        places = [int(place) for place in _array(node, "index").numbers()]
        return _out(node, _taken(x, counted_axis(node.get("dim", 0), len(x.sizes)), places).numbers())
    indices = node.get("indices", [])
    if not all(isinstance(each, SmallArray) and each.dtype == "int64" for each in indices):
        raise NotTranslatedError
    spread = _sizes(node)[: len(_sizes(node)) - len(x.sizes) + len(indices)]
    rows = [0] * math.prod(spread)
    for axis, each in enumerate(indices):
        size = x.sizes[axis]
        along = (int(place) % size for place in each.expanded(spread).numbers())
        rows = [row * size + place for row, place in zip(rows, along, strict=True)]
    after = math.prod(x.sizes[len(indices) :])
    numbers = x.numbers()
    return _out(node, (numbers[row * after + rest] for row in rows for rest in range(after)))


def _padded(node: AtenNode) -> list[SmallArray]:
    x, pad = _array(node), list(node.get("pad", ()))
    whole = SmallArray.of([node.get("value", 0)] * math.prod(_sizes(node)), _sizes(node), node.output.dtype)
    inside = whole
    for axis, (before, after) in enumerate(zip(pad[::2], pad[1::2], strict=True), 1):
        if before < 0 or after < 0:
            raise NotTranslatedError
        inside = inside.sliced(len(x.sizes) - axis, before, before + x.sizes[-axis], 1)
    inside.write(x.numbers())
    return [whole]


def _grid(node: AtenNode) -> list[SmallArray]:
    """`meshgrid`: each vector along an axis of its own."""
    order = [0, 1] if node.get("indexing", "ij") == "ij" else [1, 0]
    made = []
    for place, (part, output) in enumerate(zip(node.get("tensors", []), node.outputs, strict=True)):
        sizes = output.sizes or ()
        axis = order[place] if place < 2 else place
        made.append(part.reshaped(tuple(size if at == axis else 1 for at, size in enumerate(sizes))).expanded(sizes))
    return made


def _triangle(node: AtenNode) -> list[SmallArray]:
    x, diagonal = _array(node), node.get("diagonal", 0)
    rows, columns = x.sizes[-2:]
    keeps = (lambda row, column: column - row <= diagonal) if node.op == "tril" else None
    keeps = keeps or (lambda row, column: column - row >= diagonal)
    return _out(
        node,
        (number if keeps(place // columns % rows, place % columns) else 0 for place, number in enumerate(x.numbers())),
    )


# -- arithmetic


def _of_one(function: Callable[[Any], float]) -> Fold:
    return lambda node: _out(node, map(function, _array(node).numbers()))


def _of_two(function: Callable[[Any, Any], float]) -> Fold:
    def fold(node: AtenNode) -> list[SmallArray]:
        second = "exponent" if node.op == "pow" else "other"
        b, factor = _spread(node, second), node.get("alpha", 1)
        if factor != 1:
            b = [factor * number for number in b]
        return _out(node, map(function, _spread(node, "self"), b))

    return fold


def _divided(node: AtenNode) -> list[SmallArray]:
    rounding = node.get("rounding_mode", "floor" if node.op == "floor_divide" else None)
    pairs = zip(_spread(node, "self"), _spread(node, "other"), strict=True)
    if rounding == "floor":
        return _out(node, (a // b for a, b in pairs))
    if rounding == "trunc":
        return _out(node, (math.trunc(a / b) for a, b in pairs))
    return _out(node, (a / b for a, b in pairs))


def _clamped(node: AtenNode) -> list[SmallArray]:
    low, high = node.get("min", -math.inf), node.get("max", math.inf)
    if isinstance(low, SmallArray) or isinstance(high, SmallArray):
        raise NotTranslatedError
    return _out(node, (min(max(number, low), high) for number in _array(node).numbers()))


def _chosen(node: AtenNode) -> list[SmallArray]:
    where = _spread(node, "condition" if node.op == "where" else "mask")
    if node.op == "where":
        first, second = _spread(node, "self"), _spread(node, "other")
    else:
        first, second = _spread(node, "value"), _spread(node, "self")
    return _out(node, (a if condition else b for condition, a, b in zip(where, first, second, strict=True)))


def _summed_up(node: AtenNode) -> list[SmallArray]:
    x = _array(node)
    axis = counted_axis(node.get("dim", 0), len(x.sizes))
    after, size = math.prod(x.sizes[axis + 1 :]), x.sizes[axis]
    numbers = list(x.numbers())
    for place in range(len(numbers)):
        if place // after % size:
            numbers[place] += numbers[place - after]
    return _out(node, numbers)


def _reduced(function: Callable[[list[Any]], float]) -> Fold:
    def fold(node: AtenNode) -> list[SmallArray]:
        x = _array(node)
        gone = counted_axes(node.get("dim"), len(x.sizes))
        kept = [axis for axis in range(len(x.sizes)) if axis not in gone]
        numbers = list(x.permuted([*kept, *gone]).numbers())
        run = math.prod(x.sizes[axis] for axis in gone)
        return _out(node, (function(numbers[start : start + run]) for start in range(0, len(numbers), run)))

    return fold


# -- writing in place


def _written(rule: Fold) -> Fold:
    """The same in place: a rule's numbers are put where the old ones were."""

    def fold(node: AtenNode) -> list[SmallArray]:
        x = _array(node)
        (made,) = rule(node)
        x.write(made.numbers())
        return [x]

    return fold


def _fill(node: AtenNode) -> list[SmallArray]:
    return _out(node, [_array(node, "value").numbers()[0]] * math.prod(_sizes(node)))


def _remainder(a: float, b: float) -> float:
    return math.fmod(a, b)


_RULES: dict[str, Fold] = {
    **dict.fromkeys(("zeros", "new_zeros", "zeros_like", "empty", "new_empty", "empty_like"), _filled(0)),
    **dict.fromkeys(("ones", "new_ones", "ones_like"), _filled(1)),
    **dict.fromkeys(("full", "new_full", "full_like", "scalar_tensor"), _filled(None)),
    "arange": _arange,
    "linspace": _linspace,
    "eye": _eye,
    **dict.fromkeys(
        ("view", "reshape", "flatten", "unflatten", "squeeze", "unsqueeze", "view_as", "reshape_as", "_unsafe_view"),
        _viewed,
    ),
    **dict.fromkeys(("permute", "transpose", "t", "swapaxes", "numpy_T"), _permuted),
    **dict.fromkeys(("expand", "expand_as", "broadcast_to"), _expanded),
    "slice": _sliced,
    "select": _selected,
    **dict.fromkeys(("split", "split_with_sizes", "chunk", "unbind"), _parts),
    **dict.fromkeys(("alias", "detach"), _itself),
    **dict.fromkeys(("contiguous", "to"), _in_a_row),
    **dict.fromkeys(("clone", "lift_fresh_copy", "lift_fresh", "_to_copy"), _copied),
    "copy": _source,
    "slice_scatter": _scattered(_slice_of),
    "select_scatter": _scattered(_selection_of),
    **dict.fromkeys(("cat", "stack", "concat"), _joined),
    "repeat": _repeated,
    "roll": _rolled,
    "flip": _flipped,
    **dict.fromkeys(("index_select", "index"), _gathered),
    **dict.fromkeys(("constant_pad_nd", "pad"), _padded),
    "meshgrid": _grid,
    **dict.fromkeys(("tril", "triu"), _triangle),
    "neg": _of_one(operator.neg),
    "abs": _of_one(abs),
    "logical_not": _of_one(operator.not_),
    "bitwise_not": _of_one(operator.not_),
    "exp": _of_one(math.exp),
    "log": _of_one(math.log),
    "sqrt": _of_one(math.sqrt),
    "rsqrt": _of_one(lambda x: 1 / math.sqrt(x)),
    "reciprocal": _of_one(lambda x: 1 / x),
    "sin": _of_one(math.sin),
    "cos": _of_one(math.cos),
    "floor": _of_one(math.floor),
    "ceil": _of_one(math.ceil),
    "add": _of_two(operator.add),
    "sub": _of_two(operator.sub),
    "rsub": _of_two(lambda a, b: b - a),
    "mul": _of_two(operator.mul),
    "pow": _of_two(operator.pow),
    "eq": _of_two(operator.eq),
    "ne": _of_two(operator.ne),
    "lt": _of_two(operator.lt),
    "le": _of_two(operator.le),
    "gt": _of_two(operator.gt),
    "ge": _of_two(operator.ge),
    "maximum": _of_two(max),
    "minimum": _of_two(min),
    "logical_and": _of_two(lambda a, b: a and b),
    "bitwise_and": _of_two(lambda a, b: int(a) & int(b)),
    "logical_or": _of_two(lambda a, b: a or b),
    "bitwise_or": _of_two(lambda a, b: int(a) | int(b)),
    "remainder": _of_two(operator.mod),
    "fmod": _of_two(_remainder),
    **dict.fromkeys(("div", "floor_divide", "true_divide"), _divided),
    **dict.fromkeys(("clamp", "clamp_min", "clamp_max"), _clamped),
    **dict.fromkeys(("where", "masked_fill"), _chosen),
    "cumsum": _summed_up,
    "sum": _reduced(sum),
    "any": _reduced(any),
    "all": _reduced(all),
    "amax": _reduced(max),
    "amin": _reduced(min),
}
_WRITES: dict[str, Fold] = {
    "fill": _written(_fill),
    "zero": _written(_filled(0)),
    "copy": _written(_source),
    **{name: _written(_RULES[name]) for name in ("add", "sub", "mul", "div", "masked_fill", "neg", "clamp")},
}
