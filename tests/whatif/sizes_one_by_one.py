"""Input sizes the slow way: the text is read again at every size, and every row that a window reads is marked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import cnncalc
from cnncalc.graph import Graph


class Found(NamedTuple):
    """What happens at one size: whether it is legal, whether a stride drops rows, and whether one does not divide."""

    size: int
    drops: bool
    is_even: bool


def one_by_one(load: Callable[[int], cnncalc.Spec], sizes: Iterable[int], given: Graph | None) -> list[Found]:
    """What happens at those of these sizes at which the model is legal.

    Args:
        given: the model at the size that is given; what is broadcast there is meant to be.
    """
    meant = set(_spread(given)) if given else set()
    found = []
    for size in sizes:
        try:
            spec = load(size)
        except cnncalc.SpecError:
            continue
        if set(_spread(spec.graph)) <= meant and not (spec.convention == "pytorch" and _is_too_small(spec.graph)):
            found.append(Found(size, *_strides(spec.graph)))
    return found


def _spread(graph: Graph) -> Iterator[tuple[str, int, int]]:
    """Where maps are broadcast that have one row only at this size: the merge, the branch and the axis."""
    gates: set[str] = set()
    for node in graph.nodes:
        read = {each.name for each in node.inputs}
        if node.kind.startswith(("global_", "adaptive_")) or read <= gates:
            gates.add(node.name)
        broadcasts = node.layer.is_merge and node.kind not in ("concat", "matmul")  # not where keys or a pool are named
        for index, branch in enumerate(node.inputs if broadcasts else ()):
            if branch.name not in gates and len(branch.output.spatial) == len(node.output.spatial):
                for axis, (rows, merged) in enumerate(zip(branch.output.spatial, node.output.spatial, strict=True)):
                    if rows == 1 < merged:
                        yield node.name, index, axis


def _is_too_small(graph: Graph) -> bool:
    """Whether PyTorch's AvgPool3d would refuse an input that is smaller than its window."""
    for node in graph.nodes:
        rows = node.x.spatial
        if node.kind == "avg_pool" and len(rows) == 3 and any(map(int.__gt__, vars(node.layer)["window"], rows)):
            return True
    return False


def _strides(graph: Graph) -> tuple[bool, bool]:
    drops, is_even = False, True
    for node in graph.nodes:
        settings: dict[str, Any] = vars(node.layer)
        if node.kind in ("conv", "depthwise_conv", "separable_conv", "max_pool", "avg_pool"):
            source = node.inputs[0]
            kernel = settings.get("kernel") or settings["window"]
            border = vars(source.layer)["amounts"] if source.kind == "pad" else [(0, 0)] * len(kernel)
            for axis, rows in enumerate(source.output.spatial):
                k, s, d = kernel[axis], settings["stride"][axis], settings.get("dilation", (1,) * len(kernel))[axis]
                before, after = border[axis]
                windows = node.output.spatial[axis]
                marked = set()
                for window in range(windows):
                    start = window * s - settings["padding"][axis][0]
                    marked.update(start + tap * d + gap for tap in range(k) for gap in range(d if tap < k - 1 else 1))
                    marked.update(range(start, start + s))  # what lies before the next window is left out on purpose
                # what a `pad` adds is not the input either
                drops = drops or not marked.issuperset(range(before, rows - after))
                is_even = is_even and (s == 1 or windows * s == rows - before - after)
    return drops, is_even and not drops
