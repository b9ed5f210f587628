"""What the model of generated code has as its state, in the framework's own order of axes: PyTorch's `state_dict`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from cnncalc.layers.equals import FrozenArray, equal
from cnncalc.named_tuple import NamedTuple

if TYPE_CHECKING:
    from cnncalc.exporting.exported import Places
    from cnncalc.graph import Node
    from cnncalc.layers.equals import Array
    from cnncalc.spec.reader import Spec

Numbers = Any
"""An array of NumPy's."""


class StateTensor(NamedTuple):
    """A tensor of the state.

    Attributes:
        parts: the arrays that it consists of, with where they are; one after the other along its first axis.
        constant: what it is if it has none.
        is_count: whether its numbers are whole.
    """

    parts: tuple[tuple[Numbers, Array], ...] = ()
    constant: FrozenArray | None = None
    is_count: bool = False

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of its numbers, the low byte first."""
        return np.dtype("<i8" if self.is_count else "<f4")

    @property
    def sizes(self) -> tuple[int, ...]:
        """Its sizes."""
        if self.constant:
            return self.constant.sizes
        first, *others = (place.there(np.broadcast_to(np.int8(), own.shape)).shape for own, place in self.parts)
        return (first[0] + sum(each[0] for each in others), *first[1:]) if others else first

    def array(self) -> Numbers:
        """Its numbers."""
        if self.constant:
            return np.full(self.constant.sizes, self.constant.value, self.dtype)
        made = [place.there(own) for own, place in self.parts]
        return np.asarray(made[0] if len(made) == 1 else np.concatenate(made), self.dtype, order="C")


def state_of(
    spec: Spec, places: Places, weights: Mapping[str, Mapping[str, Numbers]], framework: str
) -> dict[str, StateTensor]:
    """The tensors of the code of a model, by name; those of a module in the order of the layer's arrays.

    Args:
        framework: as the parts of kinds call it.
        places: where the layers' arrays are in the code.
        weights: layer → name → array.
    """
    found: dict[str, list[tuple[Numbers, Array]]] = {}
    others: dict[str, StateTensor] = {}
    for node in spec.graph.nodes:
        own = places.get(node.name, {})
        for name, several in own.items():
            for each in several:
                array = weights[node.name][name]
                part = array if each.row is None else array[each.row]
                found.setdefault(_path(each.module, each.array.path), []).append((part, each.array))
        module = next((each.module for several in own.values() for each in several), None)
        if module is not None:
            others.update((_path(module, name), each) for name, each in _beyond_the_layer(spec, node, framework))
    state = {name: _whole(parts) for name, parts in found.items()}
    return state | others


def _whole(parts: list[tuple[Numbers, Array]]) -> StateTensor:
    in_order = sorted(parts, key=lambda part: part[1].rows)
    return StateTensor(tuple(in_order), is_count=parts[0][1].is_count)


def _beyond_the_layer(spec: Spec, node: Node, framework: str) -> Iterator[tuple[str, StateTensor]]:
    """What a module has in its state that the layer does not have."""
    assert node.layer
    order = node.rules.order if node.rules else spec.order
    module = equal(node.kind, framework, node.layer, node.input_shapes, node.output, order)
    for name, constant in module.frozen.items():
        yield name, StateTensor(constant=constant)
    for name in module.counters:
        yield name, StateTensor(constant=FrozenArray((), 0), is_count=True)


def _path(*names: str) -> str:
    return ".".join(filter(None, names))
