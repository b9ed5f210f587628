"""What comes of an export as code."""

from __future__ import annotations

from collections.abc import Mapping

from cnncalc.layers.equals import Places
from cnncalc.named_tuple import NamedTuple


class Exported(NamedTuple):
    """A model as the code of a framework.

    Attributes:
        text: the code.
        places: where the arrays of the layers are in the model that the code makes: by the layer's name and the
            array's, the path of the attribute that has the layer's module, and the places in that module. Layers that
            share the weights of others are left out.
    """

    text: str
    places: Mapping[str, Mapping[str, tuple[str, Places]]]
