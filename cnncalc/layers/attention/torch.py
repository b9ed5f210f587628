"""Attention in PyTorch."""

from __future__ import annotations

from typing import Any

from cnncalc.layers.attention._equals import AttentionEqual
from cnncalc.layers.attention._projections import TABLE, OriginalProjections
from cnncalc.layers.equals import Array, Equal, call, row
from cnncalc.layers.torch import TorchOfRows
from cnncalc.settings.shape import Shape

_ATTENTION = '''\
class Attention(nn.Module):
    """Attention whose heads have any size, and may share keys and values."""

    def __init__(
        self,
        channels: int,
        heads: int,
        key_size: int,
        value_size: int,
        output: int,
        key_heads: int,
        keys: int | None = None,
        values: int | None = None,
        bias: bool = True,
        output_bias: bool = True,
        causal: bool = False,
    ) -> None:
        super().__init__()
        self.heads, self.key_heads, self.causal = heads, key_heads, causal
        self.query = nn.Linear(channels, heads * key_size, bias)
        self.key = nn.Linear(keys or channels, key_heads * key_size, bias)
        self.value = nn.Linear(values or keys or channels, key_heads * value_size, bias)
        self.output = nn.Linear(heads * value_size, output, output_bias)

    def forward(
        self, x: Tensor, keys: Tensor | None = None, values: Tensor | None = None
    ) -> Tensor:
        keys = x if keys is None else keys
        values = keys if values is None else values
        q = self.by_head(self.query, x, self.heads)
        k = self.by_head(self.key, keys, self.key_heads)
        v = self.by_head(self.value, values, self.key_heads)
        sums = self.attend(q, k, v).transpose(1, 2).flatten(2)
        mixed: Tensor = self.output(sums).unflatten(1, x.shape[1:-1])
        return mixed

    def by_head(self, projection: nn.Linear, x: Tensor, heads: int) -> Tensor:
        rows = projection(x.flatten(1, -2))  # batch, positions, channels
        split: Tensor = rows.unflatten(2, (heads, -1)).transpose(1, 2)
        return split

    def attend(self, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        return F.scaled_dot_product_attention(
            q, k, v, is_causal=self.causal, enable_gqa=True
        )
'''

_WINDOW_ATTENTION = '''

class WindowAttention(Attention):
    """Attention inside windows, which may be shifted (Swin) or have gaps (MaxViT)."""

    places: Tensor
    hidden: Tensor

    def __init__(
        self,
        spatial: tuple[int, ...],
        window: tuple[int, ...],
        shift: tuple[int, ...],
        dilation: tuple[int, ...],
        position_bias: bool,
        *sizes: Any,
        **options: Any,
    ) -> None:
        super().__init__(*sizes, **options)
        axes = [*zip(spatial, window, dilation)]
        split = [part for n, w, d in axes for part in (n // w, w // d, d)]
        inside_last = sorted(range(len(split)), key=lambda axis: axis % 3 == 1)
        count = math.prod(w // d for w, d in zip(window, dilation))

        def windows(grid: Tensor) -> Tensor:  # a row per window
            grid = grid.roll([-s for s in shift], [*range(len(axes))])
            return grid.reshape(split).permute(inside_last).reshape(-1, count)

        grids = torch.meshgrid(*map(torch.arange, spatial), indexing="ij")
        places = windows(torch.arange(math.prod(spatial)).view(spatial))
        seen, differences = torch.tensor(True), []
        for grid, s, w, d in zip(map(windows, grids), shift, window, dilation):
            is_before = grid < s  # the positions before the first window
            seen = seen & (is_before[:, :, None] == is_before[:, None, :])
            differences.append((grid[0][:, None] - grid[0] + w) // d - 1)
        if self.causal:
            seen = seen & (places[:, :, None] >= places[:, None, :])
        self.register_buffer("places", places, persistent=False)
        self.register_buffer("hidden", ~seen[:, None], persistent=False)
        self.differences = tuple(differences)
        self.biases = [2 * (w // d) - 1 for w, d in zip(window, dilation)]
        self.position_bias: nn.Parameter | None = None
        if position_bias:
            zeros = torch.zeros(math.prod(self.biases), self.heads)
            self.position_bias = nn.Parameter(zeros)

    def attend(self, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        q, k, v = (each[:, :, self.places].transpose(1, 2) for each in (q, k, v))
        bias = q.new_zeros(1)
        if self.position_bias is not None:
            table = self.position_bias.view(*self.biases, self.heads)
            bias = table[self.differences].movedim(-1, 0)
        mask = bias.masked_fill(self.hidden, float("-inf"))
        sums = F.scaled_dot_product_attention(q, k, v, mask, enable_gqa=True)
        return sums.transpose(1, 2).flatten(2, 3)[:, :, self.places.flatten().argsort()]
'''


class AttentionTorch(AttentionEqual, TorchOfRows):
    """`MultiheadAttention`, whose heads divide the channels among them; for all others a module of one's own."""

    def equal(self) -> Equal:
        if self.original and (found := self._as_original()):
            return found
        if self.is_windowed:
            return self._own("WindowAttention", _ATTENTION + _WINDOW_ATTENTION, *self.windows)
        return self._usual() if self._is_usual else self._own("Attention", _ATTENTION)

    @property
    def _is_usual(self) -> bool:
        """Whether heads divide the channels among them, and the output has as many."""
        return self._divides_channels and bool(self.layer.bias == self.layer.output_bias)

    @property
    def _divides_channels(self) -> bool:
        heads = self.layer.heads
        sizes = {self.key_size * heads, self.value_size * heads, self.output.channels}
        return bool(sizes == {self.x.channels} and self.layer.key_heads == heads)

    def _as_original(self) -> Equal | None:
        """A class with the attributes of the original; None if it cannot be one."""
        c, layer = self.x.channels, self.layer
        found = OriginalProjections.of(self.original, c)
        tensors = {"query": "x", "key": "keys" if layer.keys else "x"}
        tensors["value"] = "values" if layer.values else tensors["key"]
        are_like = self._divides_channels and {self.keys.channels, self.values.channels} == {c}
        if found is None or not are_like or any(len(set(map(tensors.get, gives))) > 1 for _, gives in found.inner):
            return None
        is_map = any(len(shape.spatial) > 1 for shape in self.inputs)
        helper = found.source(tensors, is_map, layer.causal, self.is_windowed)
        module = call("Attention", c, heads=(layer.heads, ""))
        if self.is_windowed:
            helper += _WINDOW_ATTENTION.replace(f"self.{TABLE}", f"self.{found.table or TABLE}")
            options = {"heads": (layer.heads, ""), "causal": (layer.causal, False)}
            module = call("WindowAttention", *self.windows, c, **options)
        return Equal(module, f"{{module}}({self.tensors})", self.original, helper=helper)

    def _usual(self) -> Equal:
        layer, c, keys = self.layer, self.x.channels, self.keys
        options = {"bias": (layer.bias, True), "kdim": (keys.channels, c), "vdim": (self.values.channels, c)}
        module = call("nn.MultiheadAttention", c, layer.heads, **options, batch_first=(True, False))
        rows = [f"{{{index}}}{_as_rows(shape)}" for index, shape in enumerate(self.inputs)]
        given = f"{rows[0]}, {rows[self.key_input]}, {rows[-1]}"
        if layer.causal:
            sizes = row((*self.x.spatial, *keys.spatial))
            given += f", attn_mask=torch.ones({sizes}, dtype=torch.bool).triu(1)"
        back = "" if len(self.x.spatial) == 1 else f".unflatten(1, {row(self.x.spatial)})"
        return Equal(module, f"{{module}}({given}, need_weights=False)[0]{back}", self._usual_places())

    def _usual_places(self) -> dict[str, Array]:
        """Where the arrays are: those of queries, keys and values in one, unless these have different channels."""
        c, found = self.x.channels, {"output": Array("out_proj.weight", (1, 0)), "output_bias": Array("out_proj.bias")}
        are_one = self.keys.channels == self.values.channels == c
        for index, name in enumerate(("query", "key", "value")):
            rows = (index * c, (index + 1) * c)
            found[name] = (
                Array("in_proj_weight", (1, 0), rows=rows) if are_one else Array(f"{name[0]}_proj_weight", (1, 0))
            )
            found[f"{name}_bias"] = Array("in_proj_bias", rows=rows)
        return {name: found[name] for name in self.layer.weights(self.x)}

    def _own(self, name: str, helper: str, *windows: Any) -> Equal:
        c, keys = self.x.channels, self.keys.channels
        further = {"keys": (keys, c), "values": (self.values.channels, keys)}
        module = call(name, *windows, c, **self.sizes, **further, **self.truths)
        places = {name: self._own_place(name) for name in self.layer.weights(self.x)}
        return Equal(module, f"{{module}}({self.tensors})", places, helper=helper)

    def _own_place(self, name: str) -> Array:
        """Where an array is in a module of one's own."""
        if name == TABLE:
            return Array(name)
        linear, _, is_bias = name.partition("_")
        return Array(f"{linear}.bias") if is_bias else Array(f"{linear}.weight", (1, 0))


def _as_rows(shape: Shape) -> str:
    """What makes a tensor one with a row per position."""
    return "" if len(shape.spatial) == 1 else f".flatten(1, {len(shape.spatial)})"
