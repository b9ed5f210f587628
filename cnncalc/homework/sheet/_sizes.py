"""Sizes as people write them: `26x26x8`, `(26, 26, 8)`, `8@26×26`, `torch.Size([1, 8, 26, 26])`, `(28-3+1)x26x8`."""

from __future__ import annotations

import re
from itertools import chain

from cnncalc.homework.sheet._amounts import whole_sizes
from cnncalc.named_tuple import NamedTuple

_TORCH = re.compile(r"(?:torch\.)?size\s*\((.*)\)", re.IGNORECASE)
_WRAPPED = re.compile(r"(?:tf\.)?(?:tensorshape|shape)\s*\((.*)\)", re.IGNORECASE)
_BATCH = re.compile(r"(?:none|n|b|bs|batch|batch_size|batchsize|\?|-1)\s*[,;×]\s*", re.IGNORECASE)
_OPEN_BATCH = re.compile(r"none\b", re.IGNORECASE)
_POWER = re.compile(r"\(?([0-9]+)\^\(?([23])\)?\)?")
_PLAIN = re.compile(r"[0-9]+(?:[.,][0-9]{3})*(?:\.0+)?")
_PRODUCT = re.compile(r"[0-9)] \(")
"""What is rather a remark after a size than a factor of it."""
_MOST = 12
"""The most sizes."""


class WrittenSizes(NamedTuple):
    """Sizes that were read.

    Attributes:
        order: the layout that the way of writing implies, as `torch.Size` does; "" if none.
        has_batch: whether a batch of unknown size was left out.
        separator: what stands between them.
    """

    sizes: tuple[int, ...]
    order: str = ""
    has_batch: bool = False
    separator: str = ""

    def without_batch(self, rank: int) -> WrittenSizes:
        """These sizes without a batch of 1, if there is one more than asked for."""
        if len(self.sizes) == rank + 1 and self.sizes[0] == 1 and self.separator != "@":
            return self._replace(sizes=self.sizes[1:])
        return self


def sizes_in(text: str, may_calculate: bool) -> WrittenSizes | None:
    """Sizes with separators between them; None if there are none.

    Args:
        may_calculate: whether arithmetic in a size needs no brackets, as in `28-3+1x26x8`.
    """
    order, inner = _unwrapped(text)
    bare = _BATCH.sub("", inner, count=1) if _BATCH.match(inner) else inner
    has_batch = bare != inner
    if _OPEN_BATCH.match(inner):
        order = "channels_last"  # Keras' own
    if "@" in bare:
        return _with_maps(bare, may_calculate)
    separator, factors = _factors(bare)
    sizes = _all_sizes(factors, may_calculate)
    if sizes and 0 in sizes and not may_calculate:
        return None  # `8,0` has a decimal comma
    if sizes is None or (len(sizes) < 2 and not has_batch and not order and not bare.endswith(",")):
        return None
    return WrittenSizes(sizes, order, has_batch, separator)


def _unwrapped(text: str) -> tuple[str, str]:
    """The layout that the way of writing implies, and what is inside the brackets."""
    order = ""
    if found := _TORCH.fullmatch(text):
        order, text = "channels_first", found[1]
    elif found := _WRAPPED.fullmatch(text):
        order, text = "channels_last", found[1]
    text = text.strip()
    if text[:1] == "<" and text[-1:] == ">":
        text = text[1:-1].strip()
    while text[:1] == "(" and _closing(text) == len(text) - 1:
        text = text[1:-1].strip()
    return order, text


def _closing(text: str) -> int:
    """The place of the bracket that closes the first one; -1 if none does."""
    depth = 0
    for place, each in enumerate(text):
        depth += {"(": 1, ")": -1}.get(each, 0)
        if depth == 0:
            return place
    return -1


def _with_maps(text: str, may_calculate: bool) -> WrittenSizes | None:
    """Sizes with the number of maps before an `@`, `8@26x26`, or after it: in the order channels first."""
    sides = [_all_sizes(_factors(_unwrapped(side)[1])[1], may_calculate) for side in text.split("@")]
    known = [each for each in sides if each]
    if len(sides) != 2 or len(known) != 2:
        return None
    maps, rest = known if len(known[0]) == 1 else known[::-1]
    return WrittenSizes((*maps, *rest), "channels_first", separator="@") if len(maps) == 1 else None


def _factors(text: str) -> tuple[str, list[str]]:
    """What stands between the sizes, and the text of each."""
    bare = re.sub(r"\s*([-+/^*×;@])\s*|\s+(?=[,)])|(?<=\()\s+", r"\1", text).rstrip(",; ")
    for separator in (";", ", ", "×", ",", "*", " "):
        if len(pieces := _split(bare, separator)) > 1:
            return separator, [*chain(*map(_inner, pieces))] if separator[0] in ",;" else pieces
    return "", [bare]


def _inner(piece: str) -> list[str]:
    """The sizes in a piece between commas: `26x26` in `(26x26), 8`."""
    bare = _unwrapped(piece)[1]
    separator = "×" if "×" in bare else ","
    return found if len(found := _split(bare, separator)) > 1 else [piece]


def _split(text: str, separator: str) -> list[str]:
    """The pieces between separators that are not in brackets."""
    pieces = [""]
    depth = place = 0
    while place < len(text):
        depth += {"(": 1, ")": -1}.get(text[place], 0)
        if depth == 0 and text.startswith(separator, place):
            pieces.append("")
            place += len(separator)
        else:
            pieces[-1] += text[place]
            place += 1
    return [piece.strip() for piece in pieces]


def _all_sizes(factors: list[str], may_calculate: bool) -> tuple[int, ...] | None:
    """The value of each factor; `26^2` is two sizes. None if one is not a whole number."""
    texts = [text for factor in factors for text in _powers(factor)]
    if (
        len(texts) > _MOST
        or any(map(_PRODUCT.search, texts))
        or not all(may_calculate or _is_single(text) for text in texts)
    ):
        return None
    found = list(whole_sizes(texts))
    return None if None in found else tuple(each for each in found if each is not None)


def _powers(factor: str) -> list[str]:
    found = _POWER.fullmatch(factor)
    return [found[1]] * int(found[2]) if found else [factor]


def is_power(text: str) -> bool:
    """Whether this is a size that holds for several axes, `26^2`."""
    return bool(_POWER.fullmatch(text))


def _is_single(text: str) -> bool:
    """Whether a size is one number, or arithmetic in brackets."""
    return bool(_PLAIN.fullmatch(text)) or (text[:1] == "(" and _closing(text) == len(text) - 1)
