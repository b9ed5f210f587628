"""What is joined again and again: a concat of all tensors so far, as one of the last such concat and what is new.

PyTorch's DenseNet joins everything before each layer. The values are those of a concat that goes on where the last one
ended, which reads better and repeats.
"""

from __future__ import annotations

from collections.abc import Mapping

from cnncalc.importing.draft import Draft, DraftLayer, Source

Inputs = Mapping[DraftLayer, tuple[Source, ...]]


def rejoined_inputs(draft: Draft) -> Inputs:
    """What each layer reads, where a concat that begins like a whole earlier one reads that one."""
    beginnings = _Beginnings()
    found = {}
    for layer in draft.layers:
        found[layer] = layer.inputs
        if layer.kind == "concat" and not layer.shares:
            found[layer] = beginnings.shortened(layer)
    return found


class _Beginnings:
    """The concats so far, by what they begin with, as a tree of their inputs."""

    def __init__(self) -> None:
        self._next: dict[tuple[int, object], int] = {}
        self._whole: dict[int, DraftLayer] = {}

    def shortened(self, layer: DraftLayer) -> tuple[Source, ...]:
        place = self._after(0, layer.settings.get("axis", "channels"))
        inputs = layer.inputs
        for number, source in enumerate(layer.inputs, 1):
            place = self._after(place, source)
            if number < len(layer.inputs) and place in self._whole:
                inputs = (self._whole[place], *layer.inputs[number:])
        self._whole.setdefault(place, layer)
        return inputs

    def _after(self, place: int, what: object) -> int:
        return self._next.setdefault((place, what), len(self._next) + 1)
