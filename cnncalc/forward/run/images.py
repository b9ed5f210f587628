"""Images as input data, through Pillow, which is installed with `cnncalc[image]`."""

from __future__ import annotations

import warnings
from math import prod
from typing import TYPE_CHECKING, NoReturn

import numpy as np

from cnncalc.forward.engines.convolution import Array
from cnncalc.forward.run.given import Given, UnreadArray, opened_data, parsed, refuse

if TYPE_CHECKING:
    from PIL.Image import Image

    from cnncalc.settings.shape import Shape

_MODES = {1: "L", 3: "RGB", 4: "RGBA"}
MAX_PIXELS = 40_000_000
"""A larger image is not decoded, unless the model's input is that large."""
_FORMATS = ("PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF", "PPM")
"""The formats that are opened: none for which another program would be started."""


def image(path: str, shape: Shape, layout: str, resize: bool) -> Given:
    """The pixels of an image, from 0 to 255, greyscale or in colour depending on the channels of the model's input.

    Args:
        shape: the model's input.
        layout: the order in which sizes are reported.
        resize: whether an image of another size is scaled.

    Raises:
        DataError: it is not an image, or has another size; the input has no rows and columns; Pillow is missing.
    """
    if len(shape.spatial) != 2:
        refuse("CNN321", path, f"an image has rows and columns, but the model's input is {shape.text(layout)}")
    if shape.channels not in _MODES:
        refuse("CNN321", path, f"images have 1, 3 or 4 channels, but the model's input is {shape.text(layout)}")
    height, width = shape.spatial
    picture = _decoded(path, shape, layout, resize)
    with parsed(path, "the image"):
        if picture.size != (width, height):
            from PIL.Image import Resampling

            picture = picture.resize((width, height), Resampling.BILINEAR)
        # an image of real numbers keeps them
        mode = "F" if picture.mode == "F" and shape.channels == 1 else _MODES[shape.channels]
        pixels = np.asarray(picture.convert(mode), np.float32).reshape(height, width, shape.channels)
    if layout == "channels_first":
        pixels = np.moveaxis(pixels, -1, 0)
    return Given(path, {"": UnreadArray(pixels.shape, pixels.dtype, lambda: pixels)})


def _decoded(path: str, shape: Shape, layout: str, resize: bool) -> Image:
    """The image as people see it: rotated as the camera was held, with 16-bit greys as 8-bit ones.

    Its size is in the file's header, and is checked before it is decoded: a small file can contain any number of
    pixels.
    """
    try:
        from PIL import Image, ImageOps, UnidentifiedImageError
    except ImportError:
        refuse(
            "CNN121",
            path,
            "this is not an .npy or .npz file, and images are read by Pillow, which is not installed",
            "pip install 'cnncalc[image]'",
        )
    with opened_data(path) as file, parsed(path, "the image"):
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            picture: Image.Image = Image.open(file, formats=_FORMATS)
        except (Image.DecompressionBombError, Image.DecompressionBombWarning):
            refuse("CNN121", path, f"the image has more than {Image.MAX_IMAGE_PIXELS:,} pixels", _SMALLER)
        except UnidentifiedImageError:
            refuse("CNN121", path, "this is not an .npy or .npz file, nor an image that Pillow can read")
        if picture.width * picture.height > max(MAX_PIXELS, prod(shape.spatial)):
            sizes = f"{picture.height}×{picture.width}"
            refuse("CNN121", path, f"the image has {sizes} pixels; at most {MAX_PIXELS:,} are allowed", _SMALLER)
        picture.load()
        ImageOps.exif_transpose(picture, in_place=True)
        if not resize and picture.size != shape.spatial[::-1]:
            _refuse_size(path, picture, shape, layout)
        if picture.mode.startswith("I"):
            greys: Array = np.asarray(picture, np.float32)
            scale = 257 if greys.max(initial=0) > 255 else 1
            picture = Image.fromarray(np.clip(greys / scale, 0, 255).round().astype(np.uint8))
    return picture


_SMALLER = "scale it down in an image editor"


def _refuse_size(path: str, picture: Image, shape: Shape, layout: str) -> NoReturn:
    sizes = f"{picture.height}×{picture.width}"
    height, width = shape.spatial
    refuse(
        "CNN321",
        path,
        f"the image has {sizes} pixels (rows × columns), but the model's input is {shape.text(layout)}",
        f"`--resize` scales the image to {height}×{width}",
        f"`--input {picture.height}x{picture.width}` runs the model on this size",
    )
