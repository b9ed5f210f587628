"""The files that Keras writes: what is in them, opened within bounds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cnncalc.importing.archives.zip_archive import ZipArchive
from cnncalc.importing.json_text import parse_json
from cnncalc.importing.keras._hdf5 import Hdf5, Hdf5Source
from cnncalc.named_tuple import NamedTuple
from cnncalc.source.diagnostics import START, Diagnostic
from cnncalc.source.files import Unreadable

MOST_JSON_BYTES = 30_000_000
"""The largest description of a model that is read; that of EfficientNet-B7 has one of 1.5 MB."""

_CONFIG, _METADATA, _WEIGHTS = "config.json", "metadata.json", "model.weights.h5"


class Contents(NamedTuple):
    """What is in a file.

    Attributes:
        config: the description of the model.
        version: of Keras, "" if the file does not say.
        weights: where they are; None if there are none.
        is_legacy: whether they are as `.h5` files have them: by the names of layers.
    """

    config: Mapping[str, Any]
    version: str = ""
    weights: Hdf5 | None = None
    is_legacy: bool = False


def contents(path: str) -> Contents:
    """What is in a file, which is recognised by its first bytes.

    Raises:
        Unreadable: it is damaged, has no model in it, or needs an extra that is missing.
    """
    try:
        with open(path, "rb") as file:
            head = file.read(8)
            if head[:2] == b"PK":
                return _of_archive(path)
            if head == b"\x89HDF\r\n\x1a\n":
                return _of_hdf5(path)
            data = head + file.read(MOST_JSON_BYTES)
    except OSError as error:
        raise _finding("CNN150", f"the file cannot be read: {error.strerror or error}", path) from None
    if len(data) > MOST_JSON_BYTES:
        raise _finding("CNN156", f"the file has more than {MOST_JSON_BYTES:,} bytes of JSON", path)
    return Contents(parse_json(data, path))


def _of_archive(path: str) -> Contents:
    archive = ZipArchive(path, path)
    folder = next((name[: -len(_CONFIG)] for name in archive.members if name.endswith(_CONFIG)), None)
    if folder is None:
        raise _finding("CNN150", f"there is no `{_CONFIG}` in the archive", path)
    config = parse_json(archive.read(folder + _CONFIG, MOST_JSON_BYTES), path, folder + _CONFIG)
    version = ""
    if (member := folder + _METADATA) in archive.members:
        version = str(parse_json(archive.read(member, MOST_JSON_BYTES), path, member).get("keras_version") or "")
    member = folder + _WEIGHTS
    weights = Hdf5(Hdf5Source(path, archive, member)) if member in archive.members else None
    return Contents(config, version, weights)


def _of_hdf5(path: str) -> Contents:
    file = Hdf5(Hdf5Source(path))
    attributes = file.attributes("model_config", "keras_version")
    if not attributes["model_config"]:
        raise _finding(
            "CNN152",
            "the HDF5 file has no description of a model: it may hold weights alone",
            path,
            "load the weights in Python where the model is, and save it whole: `model.save('model.keras')`",
        )
    config = parse_json(attributes["model_config"], path, "model_config")
    return Contents(config, attributes["keras_version"], file, is_legacy=True)


def _finding(code: str, message: str, file: str, *help: str) -> Unreadable:
    return Unreadable(Diagnostic(code, message, file, START, "", help))
