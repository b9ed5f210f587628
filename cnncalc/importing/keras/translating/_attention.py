"""Attention."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from cnncalc.importing.keras._calls import KerasCall, Variable
from cnncalc.importing.keras._tensors import KerasTensor
from cnncalc.importing.keras.translating._merges import multiplied

_PARTS = ("query", "key", "value", "output")


class Heads:
    """The sizes of a layer with heads.

    Attributes:
        owners: what its four dense layers are called.
    """

    def __init__(self, heads: int, key_heads: int, key_size: int, value_size: int, output: int, bias: bool) -> None:
        self.heads = heads
        self.key_heads = key_heads
        self.key_size = key_size
        self.value_size = value_size
        self.output = output
        self.bias = bias

    def made(self, part: str) -> int:
        """How many numbers a part calculates for each position."""
        sizes = {
            "query": self.heads * self.key_size,
            "key": self.key_heads * self.key_size,
            "value": self.key_heads * self.value_size,
            "output": self.output,
        }
        return sizes[part]

    def params(self, query: int, key: int, value: int) -> int:
        """How many parameters there are."""
        read = (query, key, value, self.heads * self.value_size)
        return sum(self.made(part) * (channels + self.bias) for part, channels in zip(_PARTS, read, strict=True))

    def arrays(self, query: int, key: int, value: int) -> dict[str, Variable]:
        """Where the arrays are, whose axes of heads and sizes are one here."""
        found = {}
        for part, channels in zip(_PARTS, (query, key, value, self.heads * self.value_size), strict=True):
            made = self.made(part)
            found[part] = Variable(f"{part}_dense", 0, (("reshape", (channels, made)),))
            if self.bias:
                found[f"{part}_bias"] = Variable(f"{part}_dense", 1, (("reshape", (made,)),))
        return found


def _multi_head_attention(call: KerasCall) -> Any:
    """`MultiHeadAttention`."""
    heads, key_size = call.whole("num_heads"), call.whole("key_dim")
    output = call.config.get("output_shape")
    sizes = output if isinstance(output, list) else [output]
    width = sizes[0] if len(sizes) == 1 and type(sizes[0]) is int else 0
    is_odd = len(sizes) > 1 or bool(call.config.get("use_gate")) or call.config.get("sliding_window") is not None
    made = Heads(heads, heads, key_size, call.whole("value_dim", key_size), width, _has_bias(call))
    return _attention(call, made, is_odd)


def _grouped_query_attention(call: KerasCall) -> Any:
    """`GroupedQueryAttention`, several heads of which share keys and values."""
    size, heads, shared = (call.whole(each) for each in ("head_dim", "num_query_heads", "num_key_value_heads"))
    is_odd = bool(call.config.get("use_gate")) or call.config.get("sliding_window") is not None
    return _attention(call, Heads(heads, shared, size, size, 0, _has_bias(call)), is_odd)


def _has_bias(call: KerasCall) -> bool:
    return call.config.get("use_bias", True) is not False


def _attention(call: KerasCall, own: Heads, is_odd: bool) -> Any:
    query = call.argument(0, "query")
    value = call.argument(1, "value")
    key = call.argument(2, "key", default=value)
    key = key if isinstance(key, KerasTensor) else value
    if not isinstance(query, KerasTensor) or not isinstance(value, KerasTensor) or call.lead:
        return call.opaque()
    query, value, key = (call.facing(each, each.rank - 1) for each in (query, value, key))
    own.output = own.output or query.channels
    is_odd = is_odd or _is_partial(call, query) or query.rank < 2 or 1 in call.used
    channels = query.channels, key.channels, value.channels
    params = own.params(*channels)
    is_masked = any(isinstance(call.argument(place, name), KerasTensor) for place, name in _MASKS)
    sizes = query.with_channels(own.output)
    if is_odd or is_masked:
        scores = [(own.heads, query.sizes[0], value.sizes[0])] if query.rank == value.rank == 2 else []
        known = _outputs(call, sizes, scores)
        return call.opaque(None, *known, params=None if call.config.get("use_gate") else params)
    settings: dict[str, Any] = {"heads": own.heads, "key_size": own.key_size}
    if own.value_size != own.key_size:
        settings["value_size"] = own.value_size
    if own.output != query.channels:
        settings["output"] = own.output
    if own.key_heads != own.heads:
        settings["key_heads"] = own.key_heads
    if key.source is not query.source:
        settings["keys"] = key.source
    if value.source is not key.source:
        settings["values"] = value.source
    causal = call.argument(None, "use_causal_mask") is True
    return call.add("attention", query, sizes, arrays=own.arrays(*channels), **settings, bias=own.bias, causal=causal)


_MASKS = ((3, "query_mask"), (4, "value_mask"), (5, "key_mask"), (6, "attention_mask"))


def _is_partial(call: KerasCall, query: KerasTensor) -> bool:
    """Whether positions are compared along some axes only."""
    axes = call.config.get("attention_axes")
    if axes is None:
        return False
    listed = axes if isinstance(axes, list) else [axes]
    return sorted(call.axis(each, query.rank) for each in listed) != list(range(query.rank - 1))


def _dot_attention(call: KerasCall) -> Any:
    """`Attention` of two or three sequences, without weights but for one factor: products of matrices."""
    read = [call.facing(each, each.rank - 1) for each in call.tensors]
    masked = call.argument(None, "use_causal_mask", "causal") is True or len(read) > 3
    scales, scores = call.config.get("use_scale") is True, call.config.get("score_mode", "dot")
    if len(read) < 2 or masked or scores != "dot" or {each.rank for each in read} != {2} or call.lead or 1 in call.used:
        return call.opaque(None, *_weighted_sum(call, read), params=int(scales) + int(scores == "concat"))
    query, value, key = read[0], read[1], read[2] if len(read) > 2 else read[1]
    made = multiplied(call, query, key, "second")
    if scales:
        made = call.add("scale", made, arrays={"scale": Variable("", 0, (("reshape", (1,)),))}, per="all")
    return multiplied(call, call.add("softmax", made), value)


def _additive_attention(call: KerasCall) -> Any:
    """`AdditiveAttention`, which has no kind."""
    read = call.tensors
    scale = read[0].sizes[-1] if call.config.get("use_scale", True) is not False else 0
    return call.opaque(None, *_weighted_sum(call, read), params=scale)


def _weighted_sum(call: KerasCall, read: Sequence[KerasTensor]) -> list[tuple[int, ...]]:
    """The sizes of what an attention without projections makes of a query and a value, and of its scores."""
    if len(read) < 2 or min(each.rank for each in read) < 2:
        return []
    query, value = read[0].sizes, read[1].sizes
    return _outputs(call, (*query[:-1], value[-1]), [(*query[:-1], value[-2])])


def _outputs(call: KerasCall, sizes: tuple[int, ...], scores: Sequence[tuple[int, ...]]) -> list[tuple[int, ...]]:
    """The sizes of what it makes, with the scores where they are read; none where the file has to state them."""
    if 1 not in call.used:
        return [sizes]
    return [sizes, *scores] if scores else []


LAYERS: dict[str, Callable[[KerasCall], Any]] = {
    "MultiHeadAttention": _multi_head_attention,
    "GroupedQueryAttention": _grouped_query_attention,
    "GroupQueryAttention": _grouped_query_attention,
    "Attention": _dot_attention,
    "AdditiveAttention": _additive_attention,
}
