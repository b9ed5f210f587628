"""Attention, with heads: over all positions, inside windows, or of one tensor to another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Self

from cnncalc import formulas
from cnncalc.layers.attention._misfits import (
    needs_own_positions,
    shift_without_window,
    undivided_channels,
    undivided_heads,
    unfit_dilation,
    unfit_windows,
    unlike_keys,
    unordered,
    without_positions,
)
from cnncalc.layers.attention._windows import Windows
from cnncalc.layers.base import Fans, Initial, Layer, Normal, Problem, Reads, Weight, pattern, plural
from cnncalc.settings.numbers import OwnCount
from cnncalc.settings.setting import Like, Reading, setting
from cnncalc.settings.shape import Shape
from cnncalc.settings.size_of import NewSizes
from cnncalc.settings.tensor_of import TENSOR
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
    multiplies_tensors = True
    has_last_changes = True
    also_reads = ("keys", "values")
    heads = setting(
        COUNT, "how many queries, keys and values each position has", symbol="heads", short=lambda n: plural(n, "head")
    )
    key_size = setting(
        _OWN_COUNT,
        "length of each query and key; left out, the channels divided by the heads",
        "none",
        symbol="q",
        short=lambda n: f"key size {n:,}" if n else "",
    )
    value_size = setting(
        _OWN_COUNT,
        "length of each value; left out, that of a key",
        Like("key_size"),
        symbol="v",
        short=lambda n: f"value size {n:,}" if n else "",
    )
    output = setting(
        _OWN_COUNT,
        "channels of the output; left out, those of the input",
        "none",
        symbol="o",
        short=lambda n: plural(n, "channel") if n else "",
    )
    bias = setting(TRUTH, "numbers added to the queries, keys and values", "true", short=lambda _: "no bias")
    output_bias = setting(
        TRUTH,
        "a number added to each channel of the output",
        Like("bias"),
        short=lambda added: "output bias" if added else "no output bias",
    )
    key_heads = setting(
        COUNT,
        "how many keys and values each position has; where they are fewer than the queries, several heads share them",
        Like("heads"),
        symbol="key\\_heads",
        short=lambda n: plural(n, "key head"),
    )
    keys = setting(
        TENSOR,
        "the layer or input that the keys are made from, and the values too; left out, the input of this layer",
        "none",
        symbol="keys",
        short="keys of {}",
    )
    values = setting(
        TENSOR,
        "the layer or input that the values are made from; left out, that of the keys",
        "none",
        symbol="values",
        short="values of {}",
    )
    window = setting(
        NewSizes(),
        "size of the windows inside which positions see each other; left out, all do",
        "none",
        symbol="m",
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

    @classmethod
    def normalise(cls, values: dict[str, Any], at: Reading) -> None:
        if at.shape is not None and values["window"]:
            axes = zip(at.shape.spatial, values["window"], values["shift"], strict=False)
            values["shift"] = tuple([0 if s < w == n else s for n, w, s in axes])

    def problems(self, x: Shape) -> Iterator[Problem]:
        if not self.key_size and x.channels % self.heads:
            yield undivided_channels(x.channels, self.heads)
        if self.heads % self.key_heads:
            yield undivided_heads(self.heads, self.key_heads)
        if self.window:
            yield from unfit_windows(x.spatial, self.window, self.shift)
        elif any(self.shift):
            yield shift_without_window()
        yield from unfit_dilation(self.window or x.spatial, self.dilation, "window" if self.window else "input")
        if self.causal:
            yield from unordered("the input", x)
        yield from self._unfit_tensors(x)

    def _unfit_tensors(self, x: Shape) -> Iterator[Problem]:
        keys, values = self._sources(x)
        for name, tensor in (("keys", self.keys), ("values", self.values)):
            if tensor and tensor.shape.is_vector:
                yield without_positions(name, tensor)
        if self.values and values.spatial != keys.spatial and not values.is_vector:
            yield unlike_keys(self.values, self.keys, keys)
        if self.keys and keys.spatial != x.spatial and not keys.is_vector:
            if self.causal:
                yield from unordered(f"`{self.keys.name}`", keys)
            for name in ("window", "dilation", "position_bias"):
                if not self.is_default(name) and (name != "dilation" or set(self.dilation) != {1}):
                    yield needs_own_positions(name, self.keys, x)

    # -- sizes

    def filled_in(self, x: Shape) -> Self:
        return self if self.key_size else self.with_settings(key_size=self._key_size(x))

    def _key_size(self, x: Shape) -> int:
        return self.key_size or formulas.exact_div(x.channels, self.heads)

    def _value_size(self, x: Shape) -> int:
        key_size = self._key_size(x)
        return key_size if self.value_size in (None, key_size) else self.value_size

    @property
    def _shared(self) -> int:
        """How many heads there are for keys and values."""
        return self.heads if self.key_heads == self.heads else self.key_heads

    def _sources(self, x: Shape) -> tuple[Shape, Shape]:
        """The tensors that keys and values are made from."""
        keys = self.keys.shape if self.keys else x
        return keys, self.values.shape if self.values else keys

    def windows(self, spatial: tuple[int, ...]) -> Windows:
        """Which positions of a tensor of this size see each other."""
        window = self.window or spatial
        axes = zip(spatial, window, self.shift, strict=True)
        return Windows(spatial, window, tuple(0 if w == n else s for n, w, s in axes), self.dilation)

    def seen(self, x: Shape) -> tuple[int, ...]:
        """How many positions a query is compared with, per axis."""
        keys, _ = self._sources(x)
        return self.windows(keys.spatial).taken if keys.spatial == x.spatial else keys.spatial

    def output_shape(self, x: Shape) -> Shape:
        return Shape(x.spatial, self.output or x.channels)

    def weights(self, x: Shape) -> Mapping[str, Weight]:
        (keys, values), key_size, value_size = self._sources(x), self._key_size(x), self._value_size(x)
        shapes = {
            "query": (x.channels, self.heads * key_size),
            "key": (keys.channels, self._shared * key_size),
            "value": (values.channels, self._shared * value_size),
            "output": (self.heads * value_size, self.output or x.channels),
        }
        arrays = {}
        for name, (taken, made) in shapes.items():
            arrays[name] = Weight((taken, made))
            if self.output_bias if name == "output" else self.bias:
                arrays[f"{name}_bias"] = Weight((made,))
        if self.position_bias == "relative":
            arrays["position_bias"] = Weight((formulas.product(2 * n - 1 for n in self.seen(x)), self.heads))
        return arrays

    def initial_values(self, name: str, shape: tuple[int, ...]) -> Initial:
        if name == "position_bias":
            return Normal(0.02)
        return 0.0 if name.endswith("_bias") else Fans(*shape)

    def macs_in_parts(self, x: Shape, y: Shape) -> Mapping[str, int]:
        (keys, values), key_size, value_size = self._sources(x), self._key_size(x), self._value_size(x)
        seen = self.seen(x)
        return {
            "query projection": formulas.product([*x.spatial, x.channels, self.heads, key_size]),
            "key projection": formulas.product([*keys.spatial, keys.channels, self._shared, key_size]),
            "value projection": formulas.product([*values.spatial, values.channels, self._shared, value_size]),
            "scores": formulas.product([*x.spatial, *seen, self.heads, key_size]),
            "weighted sums": formulas.product([*x.spatial, *seen, self.heads, value_size]),
            "output projection": formulas.product([*x.spatial, self.heads, value_size, self.output or x.channels]),
        }

    # -- in NumPy

    def run(self, xp: Any, x: Any, weights: Mapping[str, Any]) -> Any:
        windows = self.windows(x[0].shape[1:-1])
        own, *others = (windows.split(xp, each) for each in x)
        keys = others[0] if self.keys else own
        query = self._projected(xp, own, weights, "query")
        query *= query.shape[-1] ** -0.5
        key = self._projected(xp, keys, weights, "key")
        value = self._projected(xp, others[-1] if self.values else keys, weights, "value")
        visible = self._visible(xp, windows, key.shape[-2])
        y = xp.attend(query, key, value, self._biases(xp, windows, weights), visible)
        output = weights["output"]
        y = y.transpose(0, 1, 4, 2, 3, 5).reshape(len(y), y.shape[1], y.shape[4], len(output))
        y = xp.matmul(y, output)
        if self.output_bias:
            y += weights["output_bias"]
        return windows.join(xp, y)

    def _projected(self, xp: Any, groups: Any, weights: Mapping[str, Any], name: str) -> Any:
        """(batch, group, key head, head of it, position, size); each key head has one key, and several queries."""
        y = xp.matmul(groups, weights[name])
        if self.bias:
            y += weights[f"{name}_bias"]
        each = self.heads // self.key_heads if name == "query" else 1
        size = y.shape[-1] // (self.key_heads * each)
        return y.reshape(*y.shape[:3], self.key_heads, each, size).transpose(0, 1, 3, 4, 2, 5)

    def _biases(self, xp: Any, windows: Windows, weights: Mapping[str, Any]) -> Any:
        """(key head, head of it, query, key): what is added to their match; None for nothing."""
        if self.position_bias == "none":
            return None
        biases = weights["position_bias"].take(windows.places_of_offsets(xp), 0).transpose(2, 0, 1)
        return biases.reshape(self.key_heads, self.heads // self.key_heads, *biases.shape[1:])

    def _visible(self, xp: Any, windows: Windows, keys: int) -> Any:
        """Which keys each query sees, in a form that spreads over heads; None for all."""
        visible = windows.visible(xp)
        if self.causal:
            (queries,) = windows.taken
            before = xp.tri(queries, keys, dtype=bool)
            visible = before if visible is None else visible & before
        return visible if visible is None or visible.ndim == 2 else visible[:, None, None]

    # -- what is seen

    def reads(self, x: Shape) -> tuple[Reads | None, ...] | None:
        return super().reads(x) if self.keys else self._reads(x, x)

    def reads_further(self, name: str, x: Shape) -> tuple[Reads | None, ...] | None:
        return self._reads(x, self._sources(x)[0])

    def _reads(self, x: Shape, keys: Shape) -> tuple[Reads | None, ...] | None:
        """What is seen through keys at these positions."""
        if keys.spatial == x.spatial:
            reads = self.windows(x.spatial).reads(self.causal)
            return reads if any(reads) else None
        if not self.causal:
            return None
        (n,), (last,) = x.spatial, keys.spatial
        return (pattern(n, n, lambda place: (0, min(place, last - 1))),)

    def reads_channels(self, x: Shape) -> Reads | None:
        return None
