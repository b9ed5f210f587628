"""What the kinds have in common in PyTorch. Tensors there are always (batch, channels, *positions)."""

from __future__ import annotations

from collections.abc import Sequence

from cnncalc.layers.equals import AsIs, InFramework, call, row

Pairs = Sequence[tuple[int, int]]

ON_CHANNELS = "{module}({0}.movedim(1, -1)).movedim(-1, 1)"
"""How a module that works on the last axis is applied to the channels of a map."""


class Torch(InFramework):
    """How PyTorch has a kind."""

    @property
    def rank(self) -> str:
        """The end of a module's name: `2d` for a map, and `1d` for a vector too."""
        return f"{max(len(self.x.spatial), 1)}d"


def with_border(x: str, pairs: Pairs, value: float = 0, mode: str = "constant") -> str:
    """The text of a tensor with a border; amounts below 0 cut something off."""
    if not any(map(any, pairs)):
        return x
    return call("F.pad", AsIs(x), AsIs(last_first(pairs)), mode=(mode, "constant"), value=(value, 0))


def last_first(pairs: Pairs) -> str:
    """Amounts before and after, as PyTorch wants them: the last axis first, all in one row."""
    return row([amount for pair in reversed(pairs) for amount in pair])


def symmetric(pairs: Pairs) -> tuple[int, ...] | None:
    """One amount per axis; None if one before an axis differs from that after it."""
    return tuple(before for before, _ in pairs) if all(before == after for before, after in pairs) else None


def ones(axes: int) -> str:
    """What indexes a vector per sample so that it has this many positions: `[:, :, None, None]`."""
    return f"[:, :{', None' * axes}]"


def at_positions(name: str, axes: int) -> str:
    """A parameter of one number per channel, as it is broadcast over a map."""
    return f"{name}.view({row((-1, *(1,) * axes))[1:-1]})" if axes else name


def names(count: int) -> list[str]:
    """Places for the inputs of a merge."""
    return [f"{{{index}}}" for index in range(count)]
