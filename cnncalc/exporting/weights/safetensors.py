"""Files of tensors in the format `safetensors`.

A file begins with the length of its header in eight bytes. The header is JSON: what each tensor is called, its type
and sizes, and where its bytes begin and end after the header. Then come the bytes. Tensors are in the order of the
`safetensors` package, larger numbers first and then by name, so that the same weights give the same file.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from math import prod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cnncalc.exporting.weights.state import StateTensor

_ALIGNMENT = 8
"""The header is filled with spaces to a multiple of this."""


def safetensors(tensors: Mapping[str, StateTensor]) -> Iterator[bytes]:
    """The pieces of a file, in which one tensor is made at a time."""
    in_order = sorted(tensors.items(), key=lambda item: (not item[1].is_count, item[0]))
    header: dict[str, object] = {"__metadata__": {"format": "pt"}}
    place = 0
    for name, tensor in in_order:
        sizes = tensor.sizes
        end = place + prod(sizes) * tensor.dtype.itemsize
        header[name] = {"dtype": "I64" if tensor.is_count else "F32", "shape": sizes, "data_offsets": [place, end]}
        place = end
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % _ALIGNMENT)
    yield len(text).to_bytes(8, "little")
    yield text
    for _, tensor in in_order:
        yield tensor.array().tobytes()
