"""Layers about whole axes: put in another order, or reduced to one number each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cnncalc.layers.base import CHANNEL_AXIS, ITSELF, Layer, Problem, Reads, wide
from cnncalc.settings.axes import CHANNELS, SOME_AXES, OldAxis, axes_of
from cnncalc.settings.setting import Mistake, Reading, setting
from cnncalc.settings.shape import Shape
from cnncalc.settings.types import TRUTH, Choice
from cnncalc.source.yaml_nodes import YamlNode


def _from(new: str) -> str:
    """The setting that says which axis the values along a new one come from."""
    return setting(
        OldAxis(new),
        f"the axis of the input that becomes `{new}`",
        new,
        short=lambda old: "" if old == new else f"{new} from {old}",
    )


class Permute(Layer):
    """The same values with the axes in another order."""

    since = 2
    rearranges = True
    takes = "positions"
    channels = _from(CHANNELS)
    position = _from("position")
    height = _from("height")
    width = _from("width")
    depth = _from("depth")

    @classmethod
    def principal_settings(cls, node: YamlNode, at: Reading) -> dict[str, YamlNode]:
        ways = ("as in `permute: {channels: height, height: channels}`", "axes that are not named stay")
        raise Mistake("CNN205", node, "`permute` takes the new axes, each with an old one", "", *ways)

    @classmethod
    def normalise(cls, values: dict[str, Any], at: Reading) -> None:
        if at.rank is not None:
            for absent in values.keys() - axes_of(at.rank):
                del values[absent]

    def keeps_ids(self) -> bool:
        return True

    def _sources(self, rank: int) -> list[str]:
        """For each axis of the output, the one that its values come from."""
        return [vars(self)[axis] for axis in axes_of(rank)]

    def problems(self, x: Shape) -> Iterator[Problem]:
        axes = axes_of(len(x.spatial))
        sources = self._sources(len(x.spatial))
        twice = next((axis for index, axis in enumerate(sources) if axis in sources[:index]), "")
        if twice:
            left_out = next(axis for axis in axes if axis not in sources)
            message = f"`{twice}` is taken twice, and `{left_out}` not at all"
            help = f"name every axis that moves, as in `permute: {{{twice}: {left_out}, {left_out}: {twice}}}`"
            new = next(axis for axis, old in zip(axes, sources, strict=True) if old == twice != axis)
            yield Problem("CNN320", new, message, "axes that are not named stay", (help,))
        elif sources == [*axes]:
            swap = f"as in `permute: {{{axes[0]}: {axes[-1]}, {axes[-1]}: {axes[0]}}}`"
            yield Problem("CNN320", "", "this `permute` leaves all axes where they are", "", (swap, "or remove it"))

    def output_shape(self, x: Shape) -> Shape:
        own = dict(zip(axes_of(len(x.spatial)), x.sizes("channels_last"), strict=True))
        return Shape.of(tuple(own[axis] for axis in self._sources(len(x.spatial))))

    def run(self, xp: Any, x: Any, weights: Mapping[str, Any]) -> Any:
        axes = axes_of(x.ndim - 2)
        return x.transpose(0, *(1 + axes.index(axis) for axis in self._sources(x.ndim - 2)))

    def moves_along(self, x: Shape) -> tuple[int, ...]:
        sources = self._sources(len(x.spatial))
        places = map(sources.index, axes_of(len(x.spatial)))
        return tuple(CHANNEL_AXIS if place == len(x.spatial) else place for place in places)


class Reduce(Layer):
    """One number for all places along some axes."""

    since = 2
    takes = "positions"
    principal = "how"
    example = "mean"
    how = setting(
        Choice("mean", "sum", "max", "min", "l2"),
        "what is made of the values; `l2` is the root of the sum of their squares",
        short="{}",
    )
    axes = setting(SOME_AXES, "the axes that are reduced", "positions", short=lambda axes: f"over {' and '.join(axes)}")
    keep_dims = setting(
        TRUTH,
        "whether to keep these axes, with size 1; `channels` always stays",
        "false",
        short=lambda _: "keep dims",
    )

    def keeps_ids(self) -> bool:
        return self.how in ("max", "min")

    def _kept(self, rank: int) -> list[int]:
        """The spatial axes of the input that the output has."""
        return [axis for axis, name in enumerate(axes_of(rank)[:-1]) if self.keep_dims or name not in self.axes]

    def output_shape(self, x: Shape) -> Shape:
        axes = axes_of(len(x.spatial))
        kept = tuple(1 if axes[axis] in self.axes else x.spatial[axis] for axis in self._kept(len(x.spatial)))
        return Shape(kept, 1 if CHANNELS in self.axes else x.channels)

    def run(self, xp: Any, x: Any, weights: Mapping[str, Any]) -> Any:
        axes = axes_of(x.ndim - 2)
        y = self._reduced(xp, x, tuple(1 + axes.index(axis) for axis in self.axes))
        return y.reshape(len(x), *(y.shape[1 + axis] for axis in self._kept(x.ndim - 2)), y.shape[-1])

    def _reduced(self, xp: Any, x: Any, over: tuple[int, ...]) -> Any:
        if self.how == "l2":
            values = wide(xp, x)
            return xp.sqrt(xp.sum(values * values, over, keepdims=True)).astype(x.dtype, copy=False)
        return getattr(x, self.how)(over, keepdims=True)

    def reads(self, x: Shape) -> tuple[Reads | None, ...] | None:
        return tuple(None if axis in self.axes else ITSELF for axis in axes_of(len(x.spatial))[:-1])

    def reads_channels(self, x: Shape) -> Reads | None:
        return None if CHANNELS in self.axes else ITSELF

    def moves_along(self, x: Shape) -> tuple[int, ...]:
        kept = self._kept(len(x.spatial))
        return (*(kept.index(axis) if axis in kept else 0 for axis in range(len(x.spatial))), CHANNEL_AXIS)
