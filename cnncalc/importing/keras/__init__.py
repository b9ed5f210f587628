"""Models of Keras, of its second and third generation, read as drafts: without Keras, and without running anything.

`read_keras` takes a file: `.keras`, the JSON of `to_json()`, or `.h5` (with the extra `h5`). `read_keras_config` takes
what such JSON contains.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cnncalc.importing.draft import Draft
    from cnncalc.importing.opening import ImportedModel

InputSizes = Mapping[str, Sequence["int | None"]]


def read_keras(path: str, sizes: InputSizes | None = None) -> Draft:
    """The model in a file.

    Args:
        path: of a `.keras`, `.json` or `.h5` file.
        sizes: what the file leaves open of its inputs, in the order of the file and without the batch, by the names of
            inputs; of the name "" for all of them. All sizes, or all but the channels; None where the file has one.

    Raises:
        Unreadable: the file is damaged, something in it is refused, or a size is open.
    """
    from cnncalc.importing.keras._reading import read_path

    return read_path(path, sizes)


def read_keras_config(config: Mapping[str, Any], file: str, sizes: InputSizes | None = None) -> Draft:
    """The model that the JSON of `to_json()` describes.

    Args:
        config: as it was read.
        file: what findings call it.
        sizes: see `read_keras`.

    Raises:
        Unreadable: see `read_keras`.
    """
    from cnncalc.importing.keras._reading import read_config

    return read_config(config, file, sizes)


def read_live_model(model: object, sizes: InputSizes | None = None) -> ImportedModel:
    """The spec that a model in the same interpreter is read as.

    Args:
        model: as Keras made it.
        sizes: see `read_keras`.

    Raises:
        ArgumentError: it is no model of Keras.
        Unreadable: see `read_keras`.
    """
    from cnncalc.importing.keras._live import live_model

    return live_model(model, sizes)
