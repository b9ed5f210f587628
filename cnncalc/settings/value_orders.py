"""Sizes in an order other than the one that is read: channels first, with a batch, filters before the kernel.

Nothing here changes a number. `misread` and `misordered` say what was almost certainly meant (docs/spec.md, "Orders
that are easily mistaken", states when); `readings` says what may have been meant, to explain an error.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from cnncalc.named_tuple import NamedTuple
from cnncalc.settings.shape import Shape

Sizes = tuple[int, ...]

IMAGE_CHANNELS = (1, 3, 4)
"""Channels of greyscale, colour and transparent images, and of data like them."""
SIGNAL_CHANNELS = (1, 2, 3)
_SIDE, _LONG_SIDE = 16, 128
"""The least size of what looks like an image: with equal sides, with unequal sides."""
_LENGTH, _WIDTH = 1_000, 4_096
"""The least length of a signal; up to the second number, multiples of 64 are more often the width of a vector."""


class Meant(NamedTuple):
    """What the sizes of a shape probably meant: a code, the sizes as they should be written, and a reason."""

    code: str
    sizes: Sizes
    label: str


def misread(sizes: Sizes, layout: str) -> Meant | None:
    """What sizes were almost certainly meant as; None where they may well mean what they say."""
    if _begins_with_batch(sizes, layout):
        rest = sizes[1:]
        turned = rest if _is_ordered(rest, layout) else _turned(rest, layout)
        return Meant("CNN541", turned, "the batch is left out of a shape")
    if _is_turned(sizes, layout):
        place = "last" if layout == "channels_last" else "first"
        return Meant("CNN540", _turned(sizes, layout), f"the channels come {place} here (`{layout}`)")
    return None


def readings(sizes: Sizes, layout: str) -> Iterator[Sizes]:
    """Other ways to read a shape, the likeliest first."""
    if meant := misread(sizes, layout):
        yield meant.sizes
    if sizes[0] == 1 and len(sizes) > 2:
        yield sizes[1:]
        yield _turned(sizes[1:], layout)
    channels, spatial = _apart(_turned(sizes, layout), layout) if len(sizes) > 1 else (0, (0,))
    if channels < min(spatial) and channels <= (4 if len(spatial) > 1 else 12):
        yield _turned(sizes, layout)
    if len(sizes) == 2 and sizes[0] == sizes[1]:  # an image whose only channel was left out
        yield (*sizes, 1) if layout == "channels_last" else (1, *sizes)


def without_batch(sizes: Sizes, layout: str) -> Sizes:
    """The sizes that followed a batch, in the order of the layout."""
    meant = misread(sizes, layout)
    return meant.sizes if meant else sizes


def in_words(shape: Shape) -> str:
    """How a shape is read: `height 28, width 28 and 1 channel`."""
    names = {1: ("",), 2: ("height", "width"), 3: ("depth", "height", "width")}.get(len(shape.spatial), ())
    parts = [f"{name} {size}" for name, size in zip(names, shape.spatial, strict=True)]
    if len(shape.spatial) == 1:
        parts = [_counted(shape.spatial[0], "position")]
    return f"{', '.join(parts)} and {_counted(shape.channels, 'channel')}" if parts else f"a vector of {shape.channels}"


def sizes_text(sizes: Sizes) -> str:
    """Sizes as a spec would write them."""
    return "x".join(map(str, sizes))


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _turned(sizes: Sizes, layout: str) -> Sizes:
    """Sizes of the other layout in the order of this one."""
    return (*sizes[1:], sizes[0]) if layout == "channels_last" else (sizes[-1], *sizes[:-1])


def _apart(sizes: Sizes, layout: str) -> tuple[int, Sizes]:
    """The channels, and the spatial sizes, as this layout reads them."""
    return (sizes[-1], sizes[:-1]) if layout == "channels_last" else (sizes[0], sizes[1:])


def _is_turned(sizes: Sizes, layout: str) -> bool:
    """Whether these are almost certainly sizes in the other layout."""
    if len(sizes) < 2:
        return False
    return _is_natural(*_apart(_turned(sizes, layout), layout)) and not _is_natural(*_apart(sizes, layout))


def _is_ordered(sizes: Sizes, layout: str) -> bool:
    channels, spatial = _apart(sizes, layout)
    return _is_natural(channels, spatial) or not _is_natural(*_apart(_turned(sizes, layout), layout))


def _is_natural(channels: int, spatial: Sizes) -> bool:
    """Whether an image, a film, a signal, or the last map of a network looks like this."""
    if len(spatial) == 1:
        length = spatial[0]
        return channels in SIGNAL_CHANNELS and length >= _LENGTH and (length > _WIDTH or length % 64 > 0)
    if channels in IMAGE_CHANNELS and spatial[-1] == spatial[-2] >= _SIDE:
        return True
    if channels == 3 and min(spatial) >= _LONG_SIDE:
        return True
    is_small_square = len(spatial) == 2 and spatial[0] == spatial[1] and 4 <= spatial[0] <= 14
    return is_small_square and channels >= 128 and channels % 32 == 0


def _begins_with_batch(sizes: Sizes, layout: str) -> bool:
    """Whether a leading 1 comes before the sizes of an image."""
    if len(sizes) != 4 or sizes[0] != 1 or sizes[1] == sizes[2] == sizes[3]:
        return False
    first, second, third = sizes[1:]
    is_image_last = first == second >= _SIDE and third in IMAGE_CHANNELS
    is_image_first = second == third >= _SIDE and first in IMAGE_CHANNELS
    # with the channels last the 1 would be a depth, and every map only 1 deep
    return is_image_last or is_image_first or (layout == "channels_last" and first == second >= 7)


# -- kernel, filters, windows


class Ordered(NamedTuple):
    """Another order in which the values of a kind may have been written: its description, and what to write here."""

    what: str
    way: str

    @property
    def help(self) -> str:
        return f"write `{self.way}` if these are {self.what}"


_KERNELS = range(2, 12)


def misordered(
    parts: Sizes, rank: int, channels: int, takes_filters: bool, is_error: bool = False
) -> Iterator[Ordered]:
    """Other orders of a convolution's values that were almost certainly meant (or that explain an error).

    Args:
        parts: the values as written.
        rank: how many spatial axes the input has.
        channels: how many channels it has.
        takes_filters: whether the last value is the number of filters; otherwise all belong to the kernel.
        is_error: whether the values are known to be wrong.
    """
    if not takes_filters:
        yield from _of_depthwise(parts, rank, channels)
        return
    if len(parts) == rank + 1:
        yield from _filters_first(parts, rank, is_error)
    if len(parts) == 3 and (rank == 2 or is_error):
        yield from _in_out_kernel(parts, rank, channels, is_error)
    if is_error:
        yield from _other_counts(parts, rank, channels)


def _filters_first(parts: Sizes, rank: int, is_error: bool) -> Iterator[Ordered]:
    filters, *kernel = parts
    if len(set(kernel)) > 1 or filters <= kernel[0]:
        return
    size = kernel[0]
    is_usual = size in _KERNELS and filters >= 8
    if rank == 1:  # a long kernel with few filters is nothing unusual
        is_usual = size in (3, 5, 7) and filters >= 32 and filters & (filters - 1) == 0
    if is_usual or (is_error and size in (1, *_KERNELS) and filters >= 8):
        yield Ordered("filters, then the kernel", sizes_text((*kernel, filters)))


def _in_out_kernel(parts: Sizes, rank: int, channels: int, is_error: bool) -> Iterator[Ordered]:
    c_in, filters, size = parts
    if c_in != channels:
        return
    # a 1×n kernel on one channel is usual, an even n with few filters is not; a last value of 8 is filters
    is_usual = size in (3, 5, 7, 11) and filters >= 6 and filters % 2 == 0
    is_unusual_kernel = c_in >= 3 and filters >= 8 and (size == 1 or size in _KERNELS) and size not in (6, 8, 10)
    if is_usual or is_unusual_kernel or (is_error and size <= 11 and filters > max(size, 5)):
        yield Ordered("input channels, filters and kernel, as in PyTorch", sizes_text((*[size] * rank, filters)))


def _other_counts(parts: Sizes, rank: int, channels: int) -> Iterator[Ordered]:
    """Orders with a different number of values than the input allows."""
    if len(parts) == 2 and rank > 1 and parts[1] in (1, *_KERNELS) and parts[0] >= max(8, parts[1]):
        yield Ordered("filters, then the kernel, as in Keras", sizes_text((*[parts[1]] * rank, parts[0])))
    if len(parts) != rank + 2:
        return
    if parts[1] == channels and max(parts[2:]) <= 11:
        yield Ordered(
            "filters, input channels and kernel, as PyTorch stores weights", sizes_text((*parts[2:], parts[0]))
        )
    elif rank == 2 and parts[0] == channels and parts[2] <= 11 and parts[3] <= parts[2]:
        order = "input channels, filters, kernel and stride, as in PyTorch"
        yield Ordered(order, f"{sizes_text((*[parts[2]] * 2, parts[1]))}`, `stride: {parts[3]}")
    elif parts[-2] == channels and max(parts[:-2]) <= 11:
        order = "kernel, input channels and filters, as Keras stores weights"
        yield Ordered(order, sizes_text((*parts[:-2], parts[-1])))


def _of_depthwise(parts: Sizes, rank: int, channels: int) -> Iterator[Ordered]:
    """A depthwise convolution takes only its kernel; its channels are those of the input."""
    if len(parts) == rank == 2 and parts[0] == channels >= 8 and parts[1] in _KERNELS and parts[1] < channels:
        yield Ordered("channels, then the kernel", sizes_text((parts[1],) * rank))


def kernel_and_stride(parts: Sizes, spatial: Sizes) -> bool:
    """Whether a pool's `[3, 2]` is a window and a stride, as PyTorch and Keras take them, and the map is square."""
    return parts == (3, 2) and len(set(spatial)) == 1


def orders_of(parts: Sizes, settings: Collection[str], x: Shape, is_error: bool = False) -> Iterator[Ordered]:
    """Other orders of the values of a kind with these settings, as `misordered` finds them."""
    if "kernel" in settings and len(parts) > 1:
        yield from misordered(parts, len(x.spatial), x.channels, "filters" in settings, is_error)
