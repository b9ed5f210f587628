"""Weights in the format that Keras 3 calls `.weights.h5`.

It is HDF5, with a group for each layer. Keras finds a layer's group by its class and place, not by its name, and so
does what is written here (`cnncalc.exporting.keras.operations`). The older `.h5`, whose groups are called as the
layers, would be no safer: it is read in the order of the file as well, unless `by_name=True` is said, and then leaves
alone without a word what it has no group for. This one is refused if anything is missing. The names are there too, as
Keras writes them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import IO

import h5py

from cnncalc.exporting.weights.state import StateTensor


def write(file: IO[bytes], state: Mapping[str, StateTensor], groups: Mapping[str, str]) -> None:
    """Writes a file, for which one tensor is made at a time.

    Args:
        state: the tensors, called as their layers and what they are there; those of a layer in the order that Keras
            makes them in.
        groups: by the names of layers, or of layers in these.
    """
    with h5py.File(file, "w") as opened:
        for path, tensor in _numbered(state, groups):
            array = tensor.array()
            opened.create_dataset(path, data=array.astype("<i4") if tensor.is_count else array)
        for layer, group in groups.items():
            if f"{group}/vars" in opened and "." not in layer:
                opened[f"{group}/vars"].attrs["name"] = layer


def _numbered(state: Mapping[str, StateTensor], groups: Mapping[str, str]) -> Iterator[tuple[str, StateTensor]]:
    """The tensors and their places: Keras numbers those of an object, as it made them."""
    counts: Counter[str] = Counter()
    for name, tensor in state.items():
        *path, _ = name.split(".")
        known = next(end for end in range(len(path), 0, -1) if ".".join(path[:end]) in groups)
        group = "/".join([groups[".".join(path[:known])], *path[known:]])
        yield f"{group}/vars/{counts[group]}", tensor
        counts[group] += 1
