"""Values at other indices: flattened, with other sizes, moved, repeated, left out, or in other channels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import product

from cnncalc.layers.definition import (
    Definition,
    Index,
    Multiplier,
    Settings,
    TensorSizes,
    TensorValues,
    Unchanged,
    numbers_in,
)


def in_a_row(shape: TensorSizes, layout: str) -> list[Index]:
    """The indices of a tensor in the order of a layout: position by position, or channel by channel."""
    if layout == "channels_last":
        return list(shape.indices())
    return [(*position, channel) for channel in range(shape.channels) for position in shape.positions()]


class IdentityDefinition(Unchanged):
    """The same values."""


class _InARowDefinition(Definition):
    """All values in one row, and perhaps in other sizes."""

    def shape(self) -> TensorSizes:
        return TensorSizes((), numbers_in((*self.x.spatial, self.x.channels)))

    def value(self, x: TensorValues, weights: Mapping[str, TensorValues], times: Multiplier) -> TensorValues:
        places = zip(in_a_row(self.shape(), self.layout), in_a_row(self.x, self.layout), strict=True)
        return {place: x[source] for place, source in places}

    def moves(self) -> tuple[Fraction | None, ...] | None:
        # if the positions stay the same, only channels have other names
        is_kept = bool(self.x.spatial) and self.shape().spatial == self.x.spatial
        return super().moves() if is_kept else None

    def smaller(self) -> Iterator[tuple[Settings, Sequence[TensorSizes]]]:
        yield {}, [self.x.at_most(3, 2)]


class FlattenDefinition(_InARowDefinition):
    """All values in one row; or all positions, each with its channels."""

    def shape(self) -> TensorSizes:
        if self.positions:
            return TensorSizes((len(list(self.x.positions())),), self.x.channels)
        return super().shape()

    def value(self, x: TensorValues, weights: Mapping[str, TensorValues], times: Multiplier) -> TensorValues:
        if not self.positions:
            return super().value(x, weights, times)
        rows = enumerate(self.x.positions())
        return {(row, channel): x[*at, channel] for row, at in rows for channel in range(self.x.channels)}

    def moves(self) -> tuple[Fraction | None, ...] | None:
        if not self.positions:
            return super().moves()
        # one step along the first axis takes as many as there are positions beside it; the others begin again
        return (Fraction(1, numbers_in(self.x.spatial[1:])), *(Fraction(0) for _ in self.x.spatial[1:]))


class ReshapeDefinition(_InARowDefinition):
    """The flattened values with other sizes; -1 stands for what is left."""

    def shape(self) -> TensorSizes:
        spatial, channels = self.settings["shape"]
        return TensorSizes(tuple(spatial), channels)

    def smaller(self) -> Iterator[tuple[Settings, Sequence[TensorSizes]]]:
        wanted = self.shape()
        if not wanted.spatial:
            few = self.x.at_most(3, 2)
            yield {"shape": ((), few.values())}, [few]
            return
        small = wanted.at_most(3, 3)
        yield {"shape": small}, [self._of_as_many(small)]

    def _of_as_many(self, small: TensorSizes) -> TensorSizes:
        """An input with as many values: a vector, the same positions, or all of them along one axis."""
        if not self.x.spatial:
            return TensorSizes((), small.values())
        if self.x.spatial == self.shape().spatial:
            return small
        others = (1,) * len(self.x.spatial[1:])
        return TensorSizes((numbers_in(small.spatial), *others), small.channels)


class _MovedDefinition(Definition):
    """Along each axis, every output position takes the value of an input position; if there is none, it is zero."""

    def sources(self) -> list[list[int | None]]:
        raise NotImplementedError

    def shape(self) -> TensorSizes:
        return TensorSizes(tuple(map(len, self.sources())), self.x.channels)

    def value(self, x: TensorValues, weights: Mapping[str, TensorValues], times: Multiplier) -> TensorValues:
        y = {}
        for along in product(*(enumerate(axis) for axis in self.sources())):
            for channel in range(self.x.channels):
                source = (*(place for _, place in along), channel)
                y[*(index for index, _ in along), channel] = 0.0 if None in source else x[source]  # type: ignore[index]
        return y


def _capped(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Amounts of at most 5, which differ if they differed before."""
    few = [(min(before, 4), min(after, 4)) for before, after in pairs]
    return [
        (b, a + 1) if b == a and before != after else (b, a) for (b, a), (before, after) in zip(few, pairs, strict=True)
    ]


class PadDefinition(Definition):
    """A border: of a constant, of values reflected at the outermost position, of the outermost value, or of those from
    the other end; and channels of the constant."""

    def constant(self) -> float:
        return float(self.settings["value"]) if self.mode == "constant" else 0.0

    def added(self) -> tuple[int, int]:
        """How many channels are added before and after."""
        before, after = self.channels
        return before, after

    def shape(self) -> TensorSizes:
        sizes = [len(range(-b, n + a)) for n, (b, a) in zip(self.x.spatial, self.amounts, strict=True)]
        return TensorSizes(tuple(sizes), sum((self.x.channels, *self.added())))

    def value(self, x: TensorValues, weights: Mapping[str, TensorValues], times: Multiplier) -> TensorValues:
        y = {}
        for *at, channel in self.shape().indices():
            axes = zip(at, self.amounts, self.x.spatial, strict=True)
            source = (*(self._source(place - pair[0], n) for place, pair, n in axes), channel - self.added()[0])
            y[*at, channel] = x.get(source, self.constant())
        return y

    def _source(self, place: int, n: int) -> int:
        outermost = min(max(place, 0), n - 1)
        if self.mode == "replicate":
            return outermost
        if self.mode == "reflect":
            return outermost + (outermost - place)
        return place % n if self.mode == "circular" else place

    def smaller(self) -> Iterator[tuple[Settings, Sequence[TensorSizes]]]:
        amounts = _capped(self.amounts)
        spatial = tuple(min(n, max(pair) + 2) for n, pair in zip(self.x.spatial, amounts, strict=True))
        settings = {"amounts": amounts, "channels": _capped([self.added()])[0]}
        yield settings, [TensorSizes(spatial, min(self.x.channels, 2))]

    @classmethod
    def one_channel(cls, channels: int) -> Settings:
        return {"channels": (0, 0)}


class CropDefinition(_MovedDefinition):
    """What is left without a border."""

    def sources(self) -> list[list[int | None]]:
        return [
            [place for place in range(n) if place >= before and n - 1 - place >= after]
            for n, (before, after) in zip(self.x.spatial, self.amounts, strict=True)
        ]

    def smaller(self) -> Iterator[tuple[Settings, Sequence[TensorSizes]]]:
        amounts = _capped(self.amounts)
        sizes = zip(self.shape().spatial, amounts, strict=True)
        spatial = tuple(sum(pair) + min(rest, 3) for rest, pair in sizes)
        yield {"amounts": amounts}, [TensorSizes(spatial, min(self.x.channels, 2))]


class _BlocksDefinition(Definition):
    """Blocks of positions on the one side, channels on the other: the two directions of one correspondence."""

    def correspondence(self, coarse: TensorSizes, each: int) -> Iterator[tuple[Index, Index]]:
        """Indices in the tensor with fewer positions, and in the one with fewer (`each`) channels."""
        blocks = list(product(range(self.block), repeat=len(coarse.spatial)))
        insides = (
            [(inside, channel) for inside in blocks for channel in range(each)]
            if self.order == "blocks"
            else [(inside, channel) for channel in range(each) for inside in blocks]
        )
        for position in coarse.positions():
            for stacked, (inside, channel) in enumerate(insides):
                fine = tuple(i * self.block + offset for i, offset in zip(position, inside, strict=True))
                yield (*position, stacked), (*fine, channel)

    def area(self) -> int:
        """The number of positions in a block."""
        return len(list(product(range(self.block), repeat=len(self.x.spatial))))

    def fewer(self) -> int:
        """A smaller block, with an even side if it was even."""
        return int(min(self.block, 4 + self.block % 2))


class DepthToSpaceDefinition(_BlocksDefinition):
    """Channels become blocks of positions."""

    def moves(self) -> tuple[Fraction | None, ...] | None:
        return tuple(Fraction(1, self.block) for _ in self.x.spatial)

    def shape(self) -> TensorSizes:
        each = len(range(0, self.x.channels, self.area()))
        return TensorSizes(tuple(len(range(n * self.block)) for n in self.x.spatial), each)

    def value(self, x: TensorValues, weights: Mapping[str, TensorValues], times: Multiplier) -> TensorValues:
        return {fine: x[coarse] for coarse, fine in self.correspondence(self.x, self.shape().channels)}

    def smaller(self) -> Iterator[tuple[Settings, Sequence[TensorSizes]]]:
        block = self.fewer()
        channels = numbers_in([block] * len(self.x.spatial)) * min(self.shape().channels, 2)
        yield {"block": block}, [self.x.at_most(2, 1)._replace(channels=channels)]


class SpaceToDepthDefinition(_BlocksDefinition):
    """Blocks of positions become channels."""

    def moves(self) -> tuple[Fraction | None, ...] | None:
        return tuple(Fraction(self.block) for _ in self.x.spatial)

    def shape(self) -> TensorSizes:
        corners = tuple(len(range(0, n, self.block)) for n in self.x.spatial)
        return TensorSizes(corners, self.area() * self.x.channels)

    def value(self, x: TensorValues, weights: Mapping[str, TensorValues], times: Multiplier) -> TensorValues:
        return {coarse: x[fine] for coarse, fine in self.correspondence(self.shape(), self.x.channels)}

    def smaller(self) -> Iterator[tuple[Settings, Sequence[TensorSizes]]]:
        block = self.fewer()
        spatial = tuple(block * min(n, 2) for n in self.shape().spatial)
        yield {"block": block}, [TensorSizes(spatial, min(self.x.channels, 2))]


class ChannelShuffleDefinition(Definition):
    """In turn the first channel of every group, the second of every group, and so on."""

    def each(self) -> int:
        """The number of channels in a group."""
        return len(range(0, self.x.channels, self.groups))

    def value(self, x: TensorValues, weights: Mapping[str, TensorValues], times: Multiplier) -> TensorValues:
        dealt = [group * self.each() + index for index in range(self.each()) for group in range(self.groups)]
        return {(*at, made): x[*at, source] for at in self.x.positions() for made, source in enumerate(dealt)}

    def smaller(self) -> Iterator[tuple[Settings, Sequence[TensorSizes]]]:
        groups = min(self.groups, 3)
        yield {"groups": groups}, [self.x.at_most(3, 1)._replace(channels=groups * min(self.each(), 2))]

    @classmethod
    def one_channel(cls, channels: int) -> Settings:
        return {"groups": 1}


class SliceDefinition(Definition):
    """Along one axis, every so many places from the first to the one before the last."""

    def along(self) -> int:
        """Which of the places in an index is along the axis; the last one is the channel."""
        names = {1: ["position"], 2: ["height", "width"], 3: ["depth", "height", "width"]}
        return [*names.get(len(self.x.spatial), []), "channels"].index(self.axis)

    def kept(self) -> range:
        first, stop = self.settings["range"]
        return range((*self.x.spatial, self.x.channels)[self.along()])[first : stop : self.step]

    def shape(self) -> TensorSizes:
        sizes = [*self.x.spatial, self.x.channels]
        sizes[self.along()] = len(self.kept())
        return TensorSizes(tuple(sizes[:-1]), sizes[-1])

    def moves(self) -> tuple[Fraction | None, ...] | None:
        return tuple(Fraction(self.step if axis == self.along() else 1) for axis in range(len(self.x.spatial)))

    def value(self, x: TensorValues, weights: Mapping[str, TensorValues], times: Multiplier) -> TensorValues:
        along, kept = self.along(), self.kept()
        return {at: x[*at[:along], kept[at[along]], *at[along + 1 :]] for at in self.shape().indices()}

    def smaller(self) -> Iterator[tuple[Settings, Sequence[TensorSizes]]]:
        first, stop = self.settings["range"]
        sizes = [*self.x.at_most(2, 2).spatial, min(self.x.channels, 2)]
        before, kept, after = min(first, 2), min(stop - first, self.step + 2), min(self._size() - stop, 1)
        sizes[self.along()] = before + kept + after
        yield {"range": (before, before + kept)}, [TensorSizes(tuple(sizes[:-1]), sizes[-1])]

    def _size(self) -> int:
        return (*self.x.spatial, self.x.channels)[self.along()]

    @classmethod
    def of_one_channel(cls, settings: Settings, channels: int) -> Settings:
        return {"range": (0, channels), "step": 1} if settings["axis"] == "channels" else {}
