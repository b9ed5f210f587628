"""Random small graphs of operations: windows, products, norms, merges, and axes that are split, moved and joined."""

from __future__ import annotations

import random
from collections.abc import Callable
from math import prod

from importing.lifting.operation_graphs import Graph

from cnncalc.importing.operations import BATCH, OperationGraph, Tensor

Step = Callable[["RandomGraph", Tensor], Tensor | None]


class RandomGraph:
    """A graph that grows by random operations."""

    def __init__(self, seed: int, batch: int = BATCH) -> None:
        self.random = random.Random(seed)
        self.graph = Graph(seed, batch)
        rank = self.random.choice([1, 2, 2, 2, 3])
        sizes = [self.random.choice([4, 6, 8]) for _ in range(rank)]
        self.tensors = [self.graph.input(self.random.choice([2, 3, 4, 8]), *sizes)]

    def whole(self, count: int) -> OperationGraph:
        while count:
            x = self.random.choice(self.tensors[-3:])
            made = self.random.choice(STEPS)(self, x)
            if made is not None:
                self.tensors.append(made)
                count -= 1
        return self.graph.returning(self.tensors[-1])

    def one(self, *choices: int) -> int:
        return self.random.choice(choices)

    def inner_axis(self, x: Tensor) -> int:
        return self.random.randrange(1, len(sizes(x)))


def sizes(x: Tensor) -> tuple[int, ...]:
    assert x.sizes
    return x.sizes


def conv(at: RandomGraph, x: Tensor) -> Tensor | None:
    rank = len(sizes(x)) - 2
    channels = sizes(x)[1]
    if not 1 <= rank <= 3:
        return None
    groups = at.one(1, 1, channels, 2)
    filters = at.one(1, 2) * groups * at.one(1, 2, 3)
    if channels % groups or filters > 64:
        return None
    return at.graph.conv(x, filters, at.one(1, 3), at.one(1, 1, 2), groups, bool(at.one(0, 1)))


def linear(at: RandomGraph, x: Tensor) -> Tensor | None:
    return at.graph.linear(x, at.one(1, 4, 6)) if len(sizes(x)) > 1 and sizes(x)[-1] < 2000 else None


def norm(at: RandomGraph, x: Tensor) -> Tensor | None:
    graph, own = at.graph, sizes(x)
    if at.one(0, 1) and len(own) > 1:
        axes = (len(own) - 1,) if at.one(0, 1) else tuple(range(1, len(own)))
        arrays = [graph.array(*(own[axis] for axis in axes)) for _ in range(2)]
        return graph.do("layer_norm", x, *arrays, axes=axes, epsilon=1e-3)  # type: ignore[no-any-return]
    if len(own) < 2:
        return None
    if at.one(0, 1) and len(own) > 2 and prod(own[2:]) > 1:
        groups = at.one(1, 2, own[1])
        if own[1] % groups:
            return None
        return graph.do("group_norm", x, graph.array(own[1]), None, groups=groups, epsilon=1e-3)  # type: ignore[no-any-return]
    variance = graph.array(own[1], values=[at.random.uniform(0.5, 2) for _ in range(own[1])])
    arrays = [graph.array(own[1]) for _ in range(3)]
    return graph.do("batch_norm", x, *arrays, variance, epsilon=1e-3)  # type: ignore[no-any-return]


def activation(at: RandomGraph, x: Tensor) -> Tensor:
    name = at.random.choice(["relu", "sigmoid", "tanh", "silu"])
    return at.graph.do(name, x)  # type: ignore[no-any-return]


def pool(at: RandomGraph, x: Tensor) -> Tensor | None:
    rank = len(sizes(x)) - 2
    if not 1 <= rank <= 3 or min(sizes(x)[2:]) < 3:
        return None
    if at.one(0, 1):
        size = tuple(at.one(1, 2, 3) for _ in range(rank)) if at.one(0, 1) else (1,) * rank
        return at.graph.do("adaptive_avg_pool", x, size=size)  # type: ignore[no-any-return]
    own = {
        "window": (3,) * rank,
        "stride": (2,) * rank,
        "padding": ((at.one(0, 1),) * 2,) * rank,
        "ceil": bool(at.one(0, 1)),
    }
    if at.one(0, 1):
        return at.graph.do("avg_pool", x, **own, count_padding=bool(at.one(0, 1)))  # type: ignore[no-any-return]
    return at.graph.do("max_pool", x, **own | {"ceil": False}, dilation=(1,) * rank)  # type: ignore[no-any-return]


def transpose(at: RandomGraph, x: Tensor) -> Tensor:
    axes = list(range(1, len(sizes(x))))
    at.random.shuffle(axes)
    return at.graph.transpose(x, 0, *axes)


def split_axis(at: RandomGraph, x: Tensor) -> Tensor | None:
    own = sizes(x)
    if not 2 <= len(own) < 7:
        return None
    axis = at.inner_axis(x)
    part = at.one(2, 3)
    if own[axis] % part or own[axis] == part:
        return None
    parts = [part, own[axis] // part]
    at.random.shuffle(parts)
    return at.graph.reshape(x, *own[:axis], *parts, *own[axis + 1 :])


def join_axes(at: RandomGraph, x: Tensor) -> Tensor | None:
    own = sizes(x)
    if len(own) < 3:
        return None
    axis = at.random.randrange(1, len(own) - 1)
    return at.graph.reshape(x, *own[:axis], own[axis] * own[axis + 1], *own[axis + 2 :])


def lone_axis(at: RandomGraph, x: Tensor) -> Tensor | None:
    own = sizes(x)
    axis = at.inner_axis(x) if len(own) > 1 else 1
    return at.graph.reshape(x, *own[:axis], 1, *own[axis:]) if len(own) < 5 else None


def flatten(at: RandomGraph, x: Tensor) -> Tensor | None:
    own = sizes(x)
    return at.graph.reshape(x, own[0], prod(own[1:])) if len(own) > 2 and at.one(0, 1) else None


def shuffle(at: RandomGraph, x: Tensor) -> Tensor | None:
    own = sizes(x)
    if len(own) < 3 or own[1] % 2 or own[1] < 4:
        return None
    apart = at.graph.reshape(x, own[0], 2, own[1] // 2, *own[2:])
    turned = at.graph.transpose(apart, 0, 2, 1, *range(3, len(own) + 1))
    return at.graph.reshape(turned, *own)


def blocks(at: RandomGraph, x: Tensor) -> Tensor | None:
    own = sizes(x)
    if len(own) != 4:
        return None
    b, c, h, w = own
    if at.one(0, 1) and h % 2 == w % 2 == 0:
        apart = at.graph.reshape(x, b, c, h // 2, 2, w // 2, 2)
        axes = (0, 3, 5, 1, 2, 4) if at.one(0, 1) else (0, 1, 3, 5, 2, 4)
        return at.graph.reshape(at.graph.transpose(apart, *axes), b, 4 * c, h // 2, w // 2)
    return at.graph.do("depth_to_space", x, block=2, order="CRD") if c % 4 == 0 else None  # type: ignore[no-any-return]


def part(at: RandomGraph, x: Tensor) -> Tensor | None:
    if len(sizes(x)) < 2:
        return None
    axis = at.inner_axis(x)
    size = sizes(x)[axis]
    start = at.random.randrange(size)
    stop, step = at.random.randint(start + 1, size), at.one(1, 1, 2)
    return at.graph.do("slice", x, axis=axis, start=start, stop=stop, step=step)  # type: ignore[no-any-return]


def joint(at: RandomGraph, x: Tensor) -> Tensor | None:
    axis = at.inner_axis(x) if len(sizes(x)) > 1 else 0
    fitting = [
        each
        for each in at.tensors
        if axis
        and len(sizes(each)) == len(sizes(x))
        and all(n == m for place, (n, m) in enumerate(zip(sizes(each), sizes(x), strict=True)) if place != axis)
    ]
    return at.graph.do("concat", x, at.random.choice(fitting), axis=axis) if fitting else None  # type: ignore[no-any-return]


def merge(at: RandomGraph, x: Tensor) -> Tensor | None:
    def fits(each: Tensor) -> bool:
        pairs = zip(reversed(sizes(each)), reversed(sizes(x)), strict=False)
        return len(sizes(each)) == len(sizes(x)) and all(n == m or 1 in (n, m) for n, m in pairs)

    fitting = [each for each in at.tensors if fits(each)]
    name = at.random.choice(["add", "mul", "sub", "maximum"])
    return at.graph.do(name, x, at.random.choice(fitting)) if fitting else None  # type: ignore[no-any-return]


def learned(at: RandomGraph, x: Tensor) -> Tensor | None:
    own = [size if at.one(0, 1) else 1 for size in sizes(x)[1:]]
    own = own[at.random.randrange(len(own)) :] if own else []
    if prod(own) > 4096:
        return None
    is_parameter = bool(at.one(0, 1, 1))
    name = at.random.choice(["add", "mul"])
    array = at.graph.array(*own, is_parameter=is_parameter)
    pair = [x, array] if at.one(0, 1) else [array, x]
    return at.graph.do(name, *pair)  # type: ignore[no-any-return]


def reduce(at: RandomGraph, x: Tensor) -> Tensor | None:
    axes = [axis for axis in range(1, len(sizes(x))) if at.one(0, 1)]
    if not axes or (len(axes) == len(sizes(x)) - 1 and len(axes) > 1):
        return None
    how = at.random.choice(["mean", "sum", "max", "min", "l2"])
    return at.graph.do("reduce", x, how=how, axes=tuple(axes), keep_dims=bool(at.one(0, 1)))  # type: ignore[no-any-return]


def softmax(at: RandomGraph, x: Tensor) -> Tensor | None:
    return at.graph.do("softmax", x, axis=at.inner_axis(x)) if len(sizes(x)) > 1 else None  # type: ignore[no-any-return]


def pad(at: RandomGraph, x: Tensor) -> Tensor | None:
    rank = len(sizes(x)) - 1
    if not 1 <= rank <= 4:
        return None
    pairs = [(at.one(0, 0, 1, 2), at.one(0, 0, 1)) for _ in range(rank)]
    return at.graph.do("pad", x, pairs=((0, 0), *pairs), mode="constant", value=at.one(0, 0, 2))  # type: ignore[no-any-return]


def resize(at: RandomGraph, x: Tensor) -> Tensor | None:
    own = sizes(x)
    if not 3 <= len(own) <= 5 or prod(own[1:]) > 4000:
        return None
    size = tuple(n * 2 for n in own[2:])
    mode, rule, rounding = at.random.choice([("nearest", "asymmetric", "floor"), ("linear", "half_pixel", None)])
    return at.graph.do("resize", x, size=size, factors=None, mode=mode, rule=rule, rounding=rounding)  # type: ignore[no-any-return]


STEPS: list[Step] = [
    *(conv, linear, norm, activation, pool, transpose, transpose, split_axis, join_axes, lone_axis, flatten, shuffle),
    *(blocks, part, joint, joint, merge, merge, learned, learned, reduce, softmax, pad, resize),
]
