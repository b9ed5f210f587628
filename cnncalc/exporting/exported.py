"""What an export gives."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from cnncalc.named_tuple import NamedTuple

if TYPE_CHECKING:
    from cnncalc.forward.run.given import Given
    from cnncalc.layers.equals import Array


class CodePlace(NamedTuple):
    """Where an array of a layer is in generated code.

    Attributes:
        module: the attributes that lead to its module, or the name of its layer; "" if the model is itself the module.
        array: where it is in the module, and in which order.
        row: which row of ours this is, of an array whose rows are in different places; None for the whole.
    """

    module: str
    array: Array
    row: int | None = None


Places = Mapping[str, Mapping[str, tuple[CodePlace, ...]]]
"""Where the arrays are, by layer and name."""


class Exported(NamedTuple):
    """A model as something else.

    Attributes:
        content: text, or the bytes of a file.
        places: where each array of the layers is in it, for code.
        groups: the group that the weights of each layer are in, in a file of weights that has groups.
        remark: what a person should know besides; "" if nothing.
    """

    content: str | bytes
    places: Places = MappingProxyType({})
    groups: Mapping[str, str] = MappingProxyType({})
    remark: str = ""


class Wishes(NamedTuple):
    """How a model is to be exported.

    Attributes:
        is_flat: layers in a row, instead of a class or function per block.
        depth: how many levels of the tree a drawing shows; None for all.
        weights: arrays to be written, as in `conv1.kernel`; None for those of the model's file, or else drawn ones.
        seed: for weights that are drawn.
    """

    is_flat: bool = False
    depth: int | None = None
    weights: Given | None = None
    seed: int = 0
