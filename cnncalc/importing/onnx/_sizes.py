"""The sizes of what operators give, from those of what they read."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from cnncalc.importing.operations import BATCH

Sizes = tuple[int, ...]
Pairs = tuple[tuple[int, int], ...]


def with_batch_named(text: str) -> str:
    """A text for users: the size that stands for an open batch is `N`."""
    return text.replace(str(BATCH), "N")


def spread_sizes(*all_sizes: Sizes) -> Sizes | None:
    """The sizes that arrays have together when those of size 1 are repeated; None if they do not fit."""
    found: list[int] = []
    for place in range(1, max(map(len, all_sizes), default=0) + 1):
        here = {sizes[-place] for sizes in all_sizes if place <= len(sizes)} - {1}
        if len(here) > 1:
            return None
        found.append(here.pop() if here else 1)
    return tuple(reversed(found))


def reach(window: int, dilation: int) -> int:
    """How far a window with gaps reaches."""
    return dilation * (window - 1) + 1


def window_output(size: int, reach: int, stride: int, pair: tuple[int, int], ceil: bool) -> int:
    """How often a window fits. Rounded up, the last one still starts inside the input or the padding before it: so it
    is in PyTorch and in the runtimes, while ONNX's own inference counted one more before opset 22."""
    room = size + sum(pair) - reach
    count = (-(-room // stride) if ceil else room // stride) + 1
    if ceil and (count - 1) * stride >= size + pair[0]:
        count -= 1
    return count


def same_pair(size: int, reach: int, stride: int, lower: bool) -> tuple[int, int]:
    """The padding with which as many windows fit as there are strides; an odd one has more after, or before."""
    total = max((-(-size // stride) - 1) * stride + reach - size, 0)
    return (total - total // 2, total // 2) if lower else (total // 2, total - total // 2)


def pairs_of(pads: Sequence[int]) -> Pairs:
    """ONNX's order of a padding, all that is before and then all that is after, as a pair per axis."""
    half = len(pads) // 2
    return tuple(zip(pads[:half], pads[half:], strict=True))


def axis_from_front(axis: int, rank: int) -> int:
    """An axis, counted from 0."""
    if not -rank <= axis < rank:
        raise ValueError(f"there is no axis {axis} of {rank}")
    return axis % rank if rank else 0


def reshaped(sizes: Sizes, target: Sequence[int], keep_zeros: bool) -> Sizes | None:
    """What a reshape gives: 0 keeps a size, -1 is what remains; None if it does not fit."""
    found = [sizes[place] if not size and not keep_zeros else size for place, size in enumerate(target)]
    if found.count(-1) == 1:
        rest = -prod(found)
        if rest < 1 or prod(sizes) % rest:
            return None
        found[found.index(-1)] = prod(sizes) // rest
    return tuple(found) if prod(found) == prod(sizes) and min(found, default=0) >= 0 else None


def reduced_sizes(sizes: Sizes, axes: Sequence[int], keep: bool) -> Sizes:
    """Without some axes, or with size 1 there."""
    if keep:
        return tuple(1 if place in axes else size for place, size in enumerate(sizes))
    return tuple(size for place, size in enumerate(sizes) if place not in axes)


def product_sizes(left: Sizes, right: Sizes) -> Sizes | None:
    """Those of a product of matrices, as NumPy's; None if they do not fit."""
    if not left or not right:
        return None
    a, b = left if len(left) > 1 else (1, *left), right if len(right) > 1 else (*right, 1)
    before = spread_sizes(a[:-2], b[:-2])
    if a[-1] != b[-2] or before is None:
        return None
    return (*before, *a[-2:-1][: len(left) - 1], *b[-1:][: len(right) - 1])


def slice_range(start: int, stop: int, step: int, size: int) -> range:
    """The indices that a slice takes, as Python's, with numbers far outside allowed."""
    return range(*slice(start, stop, step).indices(size))
