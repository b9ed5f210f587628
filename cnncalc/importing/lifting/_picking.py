"""Places along an axis that are picked by constant indices: a border, another size, or a part."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cnncalc.importing.draft import DraftLayer
from cnncalc.importing.lifting._values import Value
from cnncalc.importing.lifting._views import View, view_of
from cnncalc.importing.lifting._walk import Walk, handles
from cnncalc.importing.operations import Operation
from cnncalc.settings.shape import Shape

_BORDERS: dict[str, Callable[[int, int], int]] = {
    "replicate": lambda place, size: min(max(place, 0), size - 1),
    "reflect": lambda place, size: abs(place) if place < size else 2 * (size - 1) - place,
    "circular": lambda place, size: place % size,
}
"""The place of the input that a place beyond it takes its value from, by mode."""


@handles("gather")
def picked(walk: Walk, operation: Operation) -> Value | None:
    """`pad` or `resize`, where the indices are those that they would read."""
    x, indices = operation.inputs[0], walk.constant(operation.inputs[1])
    if x is None or walk.constant(x) or indices is None or indices.values is None or len(indices.own) != 1:
        return None
    found = walk.apart(walk.view(x))
    axis = operation.settings["axis"]
    if found is None or found[1][axis] == found[0].channel_axis:
        return None
    view, numbers = found
    number = numbers[axis]
    size = view.shape.spatial[number - 1]
    places = [int(place) + size if place < 0 else int(place) for place in indices.values]
    shape = Shape(
        tuple(len(places) if each == number else n for each, n in enumerate(view.shape.spatial, 1)), view.shape.channels
    )
    layer = _resized(walk, view, places, number, shape) or _padded(walk, view, places, number, shape)
    return None if layer is None else view_of(layer, shape, view.batch, numbers)


def _resized(walk: Walk, view: View, places: Sequence[int], number: int, shape: Shape) -> DraftLayer | None:
    """`resize` to the nearest values."""
    n, m = view.shape.spatial[number - 1], len(places)
    is_centered = [*places] == [(2 * i + 1) * n // (2 * m) for i in range(m)]
    if not is_centered and [*places] != [i * n // m for i in range(m)]:
        return None
    settings = {"mode": "nearest", "centers": is_centered and m % n != 0}
    before = _resizing(walk, view, settings)
    if before is not None:
        before.settings["size"] = shape.spatial
        before.output = shape
        return before
    return walk.add("resize", [view], shape, size=shape.spatial, **settings)


def _resizing(walk: Walk, view: View, settings: dict[str, object]) -> DraftLayer | None:
    """The layer before, if it does the same along another axis, and nobody else reads it."""
    layer = view.source
    if not isinstance(layer, DraftLayer) or layer.kind != "resize" or not walk.is_only_reader(layer):
        return None
    if any(layer.settings.get(name) != value for name, value in settings.items()):
        return None
    walk.forget(layer)
    return layer


def _padded(walk: Walk, view: View, places: Sequence[int], number: int, shape: Shape) -> DraftLayer | None:
    """`pad` with values of the input."""
    size = view.shape.spatial[number - 1]
    beyond = len(places) - size
    for mode, source in _BORDERS.items():
        for before in range(min(beyond, size) + 1 if beyond > 0 else 0):
            if all(0 <= place < size for place in places) and [
                source(place - before, size) for place in range(len(places))
            ] == [*places]:
                return _bordered(walk, view, mode, number, (before, beyond - before), shape)
    return None


def _bordered(walk: Walk, view: View, mode: str, number: int, pair: tuple[int, int], shape: Shape) -> DraftLayer:
    layer = view.source
    if isinstance(layer, DraftLayer) and layer.kind == "pad" and layer.settings["mode"] == mode:
        amounts = list(layer.settings["amounts"])
        if not any(amounts[number - 1]) and walk.is_only_reader(layer):
            walk.forget(layer)
            amounts[number - 1] = pair
            layer.settings["amounts"], layer.output = tuple(amounts), shape
            return layer
    amounts = [pair if each == number else (0, 0) for each in range(1, len(view.shape.spatial) + 1)]
    return walk.add("pad", [view], shape, amounts=tuple(amounts), mode=mode)
