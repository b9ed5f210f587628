"""What the kinds have in common in Keras. Tensors there are always (batch, *positions, channels)."""

from __future__ import annotations

from collections.abc import Sequence

from cnncalc.layers.equals import AsIs, InFramework, call, row

Pairs = Sequence[tuple[int, int]]


class Keras(InFramework):
    """How Keras has a kind."""

    @property
    def rank(self) -> str:
        """The end of a layer's name: `2D` for a map."""
        return f"{len(self.x.spatial)}D"


def by_axis(pairs: Pairs) -> AsIs:
    """Amounts before and after each axis, as Keras' layers for borders take them: a number where all are alike."""
    flat = {amount for pair in pairs for amount in pair}
    if len(flat) == 1:
        return AsIs(flat.pop())
    written = [row(pair) for pair in pairs]
    return AsIs(written[0] if len(pairs) == 1 else f"({', '.join(written)})")


def zero_padded(x: str, pairs: Pairs) -> str:
    """The text of a tensor with zeros around it."""
    return f"{call(f'layers.ZeroPadding{len(pairs)}D', by_axis(pairs))}({x})" if any(map(any, pairs)) else x


def cropped(x: str, pairs: Pairs) -> str:
    """The text of a tensor without a border."""
    return f"{call(f'layers.Cropping{len(pairs)}D', by_axis(pairs))}({x})" if any(map(any, pairs)) else x
