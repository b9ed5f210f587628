"""Attention, with heads: over all positions, inside windows, or of one tensor to another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cnncalc import formulas
from cnncalc.layers.attention._misfits import (
    shift_without_window,
    undivided_channels,
    undivided_heads,
    unfit_dilation,
    unfit_windows,
    unordered,
)
from cnncalc.layers.attention._windows import Windows
from cnncalc.layers.base import Fans, Initial, Layer, Normal, Problem, Reads, Weight, plural
from cnncalc.settings.numbers import OwnCount
from cnncalc.settings.setting import Like, setting
from cnncalc.settings.shape import Shape
from cnncalc.settings.size_of import NewSizes
from cnncalc.settings.types import COUNT, STEPS, TRUTH, Choice, Sizes

_OWN_COUNT = OwnCount()


class Attention(Layer):
    """Each position's query is compared with the keys of all positions; it gets the mean of their values, weighted by
    the softmax of how well they match. Several heads do so side by side."""

    since = 2
    also_called = (
        "selfattention crossattention multiheadattention multiheadselfattention mha mhsa scaleddotproductattention"
        " multiheadattentionforward multiqueryattention groupqueryattention groupedqueryattention windowattention"
        " shiftedwindowattention"
    )
    principal = "heads"
    example = "4"
    takes = "positions"
    heads = setting(
        COUNT, "how many queries, keys and values each position has", symbol="h", short=lambda n: plural(n, "head")
    )
    key_size = setting(
        _OWN_COUNT,
        "length of each query and key; left out, the channels divided by the heads",
        "none",
        symbol="k",
        short=lambda n: f"key size {n}" if n else "",
    )
    value_size = setting(
        _OWN_COUNT,
        "length of each value; left out, that of a key",
        Like("key_size"),
        symbol="v",
        short=lambda n: f"value size {n}" if n else "",
    )
    output = setting(
        _OWN_COUNT,
        "channels of the output; left out, those of the input",
        "none",
        symbol="o",
        short=lambda n: plural(n, "channel") if n else "",
    )
    bias = setting(TRUTH, "numbers added to the queries, keys and values", "true", short=lambda _: "no bias")
    output_bias = setting(TRUTH, "a number added to each channel of the output", Like("bias"))
    key_heads = setting(
        COUNT,
        "how many keys and values each position has; where they are fewer than the queries, several heads share them",
        Like("heads"),
        symbol="g",
        short=lambda n: plural(n, "key head"),
    )
    window = setting(
        NewSizes(),
        "size of the windows inside which positions see each other; left out, all do",
        "none",
        symbol="w",
        short="window {}",
    )
    shift = setting(
        Sizes(0, is_step=True),
        "how much later the windows begin; along an axis that one window covers, there is no shift",
        "0",
        short="shift {}",
    )
    dilation = setting(
        STEPS,
        "positions of a window (or of all) see only those at multiples of this distance",
        "1",
        symbol="d",
        short="dilation {}",
    )
    causal = setting(
        TRUTH,
        "whether a position of a sequence sees only itself and those before it",
        "false",
        short=lambda _: "causal",
    )
    position_bias = setting(
        Choice("none", "relative"),
        "`relative` adds to how well a query and a key match a learned number, one per head and "
        "difference of their places",
        "none",
        short=lambda _: "relative position bias",
    )

    def problems(self, x: Shape) -> Iterator[Problem]:
        if not self.key_size and x.channels % self.heads:
            yield undivided_channels(x.channels, self.heads)
        if self.heads % self.key_heads:
            yield undivided_heads(self.heads, self.key_heads)
        if self.causal and len(x.spatial) > 1:
            yield unordered(x)
        if self.window:
            yield from unfit_windows(x.spatial, self.window, self.shift)
        elif any(self.shift):
            yield shift_without_window()
        yield from unfit_dilation(self.window or x.spatial, self.dilation, "window" if self.window else "input")

    # -- sizes

    @property
    def _shared(self) -> int:
        """How many heads there are for keys and values."""
        return self.heads if self.key_heads == self.heads else self.key_heads

    def _key_size(self, x: Shape) -> int:
        return self.key_size or formulas.exact_div(x.channels, self.heads)

    def _value_size(self, x: Shape) -> int:
        key_size = self._key_size(x)
        return key_size if self.value_size in (None, key_size) else self.value_size

    def _windows(self, spatial: tuple[int, ...]) -> Windows:
        window = self.window or spatial
        axes = zip(spatial, window, self.shift, strict=True)
        return Windows(spatial, window, tuple(0 if w == n else s for n, w, s in axes), self.dilation)

    def output_shape(self, x: Shape) -> Shape:
        return Shape(x.spatial, self.output or x.channels)

    def weights(self, x: Shape) -> Mapping[str, Weight]:
        key_size, value_size, channels = self._key_size(x), self._value_size(x), self.output_shape(x).channels
        shapes = {
            "query": (x.channels, self.heads * key_size),
            "key": (x.channels, self._shared * key_size),
            "value": (x.channels, self._shared * value_size),
            "output": (self.heads * value_size, channels),
        }
        arrays = {}
        for name, (taken, made) in shapes.items():
            arrays[name] = Weight((taken, made))
            if self.output_bias if name == "output" else self.bias:
                arrays[f"{name}_bias"] = Weight((made,))
        if self.position_bias == "relative":
            offsets = formulas.product(self._windows(x.spatial).offsets())
            arrays["position_bias"] = Weight((offsets, self.heads))
        return arrays

    def initial_values(self, name: str, shape: tuple[int, ...]) -> Initial:
        if name == "position_bias":
            return Normal(0.02)
        return 0.0 if name.endswith("_bias") else Fans(*shape)

    def macs(self, x: Shape, y: Shape) -> int:
        key_size, value_size = self._key_size(x), self._value_size(x)
        positions, seen = formulas.product(x.spatial), formulas.product(self._windows(x.spatial).taken)
        queries = positions * x.channels * self.heads * key_size
        keys = positions * x.channels * self._shared * key_size
        values = positions * x.channels * self._shared * value_size
        scores = positions * seen * self.heads * key_size
        sums = positions * seen * self.heads * value_size
        return queries + keys + values + scores + sums + positions * self.heads * value_size * y.channels

    # -- in NumPy

    def run(self, xp: Any, x: Any, weights: Mapping[str, Any]) -> Any:
        windows = self._windows(x.shape[1:-1])
        groups = windows.split(xp, x)

        def projected(name: str, each: Any, count: int) -> Any:
            """(batch, group, key head, head of it, position, size)."""
            each = xp.matmul(each, weights[name])
            if self.bias:
                each += weights[f"{name}_bias"]
            each = each.reshape(*each.shape[:3], self.key_heads, count // self.key_heads, -1)
            return each.transpose(0, 1, 3, 4, 2, 5)

        query = projected("query", groups, self.heads)
        query *= query.shape[-1] ** -0.5
        key, value = (projected(name, groups, self.key_heads) for name in ("key", "value"))
        y = xp.attend(query, key, value, self._biases(xp, windows, weights), self._visible(xp, windows))
        y = y.transpose(0, 1, 4, 2, 3, 5).reshape(*groups.shape[:3], -1)
        y = xp.matmul(y, weights["output"])
        if self.output_bias:
            y += weights["output_bias"]
        return windows.join(xp, y)

    def _biases(self, xp: Any, windows: Windows, weights: Mapping[str, Any]) -> Any:
        """(key head, head of it, query, key): what is added to their match; None for nothing."""
        if self.position_bias == "none":
            return None
        biases = weights["position_bias"].take(windows.places_of_offsets(xp), 0).transpose(2, 0, 1)
        return biases.reshape(self.key_heads, self.heads // self.key_heads, *biases.shape[1:])

    def _visible(self, xp: Any, windows: Windows) -> Any:
        """Which keys each query sees, in a form that spreads over heads; None for all."""
        visible = windows.visible(xp)
        if self.causal:
            (positions,) = windows.taken
            before = xp.tri(positions, dtype=bool)
            visible = before if visible is None else visible & before
        return visible if visible is None or visible.ndim == 2 else visible[:, None, None]

    # -- what is seen

    def reads(self, x: Shape) -> tuple[Reads | None, ...] | None:
        reads = self._windows(x.spatial).reads(self.causal)
        return reads if any(reads) else None

    def reads_channels(self, x: Shape) -> Reads | None:
        return None
