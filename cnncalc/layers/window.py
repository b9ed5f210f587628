"""What convolutions and pools have in common: a window that moves over the input."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from math import gcd

from cnncalc import formulas
from cnncalc.layers.base import NOTHING, Problem, Reads, pattern
from cnncalc.named_tuple import NamedTuple
from cnncalc.settings.setting import setting
from cnncalc.settings.shape import Padding, Shape
from cnncalc.settings.types import STEPS

Sizes = tuple[int, ...]


def dilation_setting() -> Sizes:
    """The setting `dilation` of a kind that has a window."""
    return setting(
        STEPS,
        "step between the positions that one window reads; 1 leaves no gaps",
        "1",
        symbol="d",
        short="dilation {}",
    )


class SlidingWindow(NamedTuple):
    """A window that moves over the input, one stride at a time.

    Attributes:
        setting: the setting for its size, `kernel` or `window`.
        kernel: its taps, per axis; `stride`, `padding` (before and after) and `dilation` are also per axis.
        rounding: whether a last window that is cut short is left out (`floor`) or kept (`ceil`).
    """

    setting: str
    kernel: Sizes
    stride: Sizes
    padding: Padding
    dilation: Sizes
    rounding: str = "floor"

    @property
    def spans(self) -> Sizes:
        """How far the window reaches, per axis: its taps and the gaps between them."""
        return tuple(map(formulas.span, self.kernel, self.dilation))

    def counts(self, spatial: Sizes, rule: Callable[..., int] | None = None) -> Sizes:
        """How many windows fit, per axis; by `rule` instead of that of the rounding, if given."""
        rule = rule or (formulas.windows if self.rounding == "floor" else formulas.windows_ceil)
        axes = zip(spatial, self.kernel, self.stride, self.padding, self.dilation, strict=True)
        return tuple(rule(n, k, s, before, after, d) for n, k, s, (before, after), d in axes)

    def reads(self) -> tuple[Reads, ...]:
        """The window of each position, per axis."""
        axes = zip(self.kernel, self.stride, self.padding, self.dilation, strict=True)
        return tuple(Reads(1, s, (-before,), (formulas.span(k, d) - 1 - before,)) for k, s, (before, _), d in axes)

    def writes(self) -> tuple[Reads, ...]:
        """What reaches each position if the windows are written to, per axis: the windows that it is in."""
        axes = zip(self.kernel, self.stride, self.padding, self.dilation, strict=True)
        return tuple(_spread_reads(k, s, before, d) for k, s, (before, _), d in axes)

    def shared(self) -> tuple[Reads, ...]:
        """What is in the same windows as each position, per axis."""
        axes = zip(self.writes(), self.stride, self.padding, self.spans, strict=True)
        return tuple(_of_windows(windows, s, before, span) for windows, s, (before, _), span in axes)

    def unwritten(self, spatial: Sizes) -> tuple[tuple[int, int], ...]:
        """How many more windows would end in the input before the first one, and begin in it after the last one, per
        axis."""
        axes = zip(spatial, self.stride, self.padding, self.spans, self.counts(spatial), strict=True)
        return tuple(
            (max((span - 1 - before) // s, 0), max(formulas.ceil_div(n + before, s) - count, 0))
            for n, s, (before, _), span, count in axes
        )

    def border(self, spatial: Sizes, counts: Sizes = (), added: Sequence[int] = ()) -> tuple[tuple[int, int], ...]:
        """How far the windows, or so many of them, reach beyond the input, before and after, per axis: past the padding
        too if the last one is cut short, and less than the padding if no window gets to its end.

        Args:
            added: how many of them come before the usual first one, per axis.
        """
        begins = [
            before + more * s
            for (before, _), more, s in zip(self.padding, added or [0] * len(spatial), self.stride, strict=True)
        ]
        axes = zip(spatial, self.stride, begins, self.spans, counts or self.counts(spatial), strict=True)
        return tuple((before, max((m - 1) * s + span - n - before, 0)) for n, s, before, span, m in axes)

    def dropped(self, spatial: Sizes, border: Sequence[tuple[int, int]] = ()) -> Sizes:
        """How many positions at the end of a map the windows stop short of, per axis.

        Only the map itself counts, not the padding of the window nor the border of a `pad`. Where the stride is larger
        than the window, what lies between two windows is left out at every size: that is not dropped.

        Args:
            spatial: the sizes of the map, with the border if it has one.
            border: how much of them is border, before and after, per axis.
        """
        axes = zip(spatial, self.kernel, self.stride, self.padding, self.dilation, self.counts(spatial), strict=True)
        beyond = [formulas.unreached(n, k, s, before, d, count) for n, k, s, (before, _), d, count in axes]
        after = [width for _, width in border] or [0] * len(spatial)
        return tuple(max(count - width, 0) for count, width in zip(beyond, after, strict=True))

    def outside(self, spatial: Sizes) -> tuple[int, int] | None:
        """The axis and the start of a window that lies entirely in the padding; None if none does."""
        axes = zip(spatial, self.spans, self.stride, self.padding, self.counts(spatial), strict=True)
        for axis, (n, span, s, (before, after), count) in enumerate(axes):
            if before >= span:
                return axis, -before
            last = (count - 1) * s - before
            if after >= span and last >= n:
                return axis, last
        return None

    def too_large(self, x: Shape) -> Iterator[Problem]:
        """The problem of a window that does not fit even once into its padded input."""
        if min(self.counts(x.spatial)) >= 1:
            return
        padded = tuple(n + before + after for n, (before, after) in zip(x.spatial, self.padding, strict=True))
        window, size = "×".join(map(str, self.spans)), "×".join(map(str, padded))
        dilated = f" ({'×'.join(map(str, self.kernel))} dilated)" if self.spans != tuple(self.kernel) else ""
        with_padding = f" ({'×'.join(map(str, x.spatial))} and the padding)" if padded != x.spatial else ""
        yield Problem(
            "CNN301",
            self.setting,
            f"the {self.setting} {window}{dilated} is larger than its input, {size}{with_padding}",
            "no window fits",
            (f"use a smaller {self.setting}, more padding, or less stride and pooling before this layer",),
        )


def _spread_reads(k: int, s: int, before: int, d: int) -> Reads:
    """Output i is reached by input j through tap m where j·s − before + m·d = i."""
    shared = gcd(s, d)
    step = s // shared  # the distance between the taps that reach one output
    inverse = pow(d // shared, -1, step)

    def sources(i: int) -> tuple[int, int]:
        target = i + before
        nearest = target // shared * inverse % step
        if target % shared or nearest >= k:
            return NOTHING
        farthest = nearest + (k - 1 - nearest) // step * step
        return (target - farthest * d) // s, (target - nearest * d) // s

    return pattern(s, 1, sources)


def _of_windows(windows: Reads, s: int, before: int, span: int) -> Reads:
    """All positions of the windows that each position is in."""

    def positions(i: int) -> tuple[int, int]:
        first, last = windows.low[i], windows.high[i]
        return (first * s - before, last * s - before + span - 1) if first <= last else NOTHING

    return pattern(s, s, positions)
