"""Small modules with what rewriting is about: attention in its forms, and what else is several operations in a file."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional


class SelfAttention(nn.Module):
    """PyTorch's own, with the batch first or second, and with weights that are calculated though nobody reads them."""

    def __init__(self, batch_first: bool = True, need_weights: bool = False, **options: Any) -> None:
        super().__init__()
        self.own = nn.MultiheadAttention(12, 3, batch_first=batch_first, **options)
        self.need_weights = need_weights

    def forward(self, x: Tensor) -> Tensor:
        if self.own.batch_first:
            return self.own(x, x, x, need_weights=self.need_weights)[0]
        x = x.transpose(0, 1)
        return self.own(x, x, x, need_weights=False)[0].transpose(0, 1)


class CrossAttention(nn.Module):
    """Keys are values with their places, as in DETR."""

    def __init__(self) -> None:
        super().__init__()
        self.own = nn.MultiheadAttention(12, 3, batch_first=True)
        self.places = nn.Parameter(torch.randn(1, 7, 12))

    def forward(self, x: Tensor, memory: Tensor) -> Tensor:
        return self.own(x, memory + self.places, memory, need_weights=False)[0]


class OtherKeys(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.own = nn.MultiheadAttention(12, 3, batch_first=True, kdim=8, vdim=10)

    def forward(self, x: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        return self.own(x, keys, values, need_weights=False)[0]


class Pooling(nn.Module):
    """Learned queries."""

    def __init__(self) -> None:
        super().__init__()
        self.queries = nn.Parameter(torch.randn(1, 2, 12))
        self.own = nn.MultiheadAttention(12, 3, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        return self.own(self.queries.expand(x.shape[0], -1, -1), x, x, need_weights=False)[0]


class Fused(nn.Module):
    """One projection for queries, keys and values, taken apart in several ways."""

    def __init__(self, how: str = "permuted", **options: Any) -> None:
        super().__init__()
        self.qkv, self.output = nn.Linear(12, 36), nn.Linear(12, 12)
        self.how, self.options = how, options

    def forward(self, x: Tensor) -> Tensor:
        b, n, _ = x.shape
        y = self.qkv(x)
        if self.how == "permuted":
            q, k, v = y.reshape(b, n, 3, 3, 4).permute(2, 0, 3, 1, 4).unbind(0)
        elif self.how == "chunks":
            q, k, v = (each.view(b, n, 3, 4).transpose(1, 2) for each in y.chunk(3, -1))
        else:
            q, k, v = y.view(b, n, 3, 12).transpose(1, 2).chunk(3, -1)
        y = functional.scaled_dot_product_attention(q, k, v, **self.options)
        return self.output(y.transpose(1, 2).reshape(b, n, 12))


class SharedKeys(nn.Module):
    """Two heads share keys and values, by products and a softmax."""

    def __init__(self) -> None:
        super().__init__()
        self.q, self.k, self.v = nn.Linear(12, 12), nn.Linear(12, 6), nn.Linear(12, 6)
        self.output = nn.Linear(12, 12, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        b, n, _ = x.shape
        q = self.q(x).view(b, n, 4, 3).transpose(1, 2)
        k, v = (each(x).view(b, n, 2, 3).transpose(1, 2) for each in (self.k, self.v))
        k, v = (each[:, :, None].expand(b, 2, 2, n, 3).reshape(b, 4, n, 3) for each in (k, v))
        weights = ((q @ k.transpose(-1, -2)) / math.sqrt(3)).softmax(-1)
        return self.output((weights @ v).transpose(1, 2).reshape(b, n, 12))


class ByHand(nn.Module):
    """Keys turned by their view, another scale, values of another size, perhaps a mask."""

    def __init__(self, is_causal: bool = False) -> None:
        super().__init__()
        self.q, self.k, self.v, self.output = (nn.Linear(12, n) for n in (12, 12, 24, 24))
        self.output = nn.Linear(24, 10)
        self.is_causal = is_causal
        self.register_buffer("mask", torch.full((9, 9), float("-inf")).triu(1))

    def forward(self, x: Tensor) -> Tensor:
        b, n, _ = x.shape
        q = self.q(x).view(b, n, 3, 4).transpose(1, 2) * 0.7
        scores = q @ self.k(x).view(b, n, 3, 4).permute(0, 2, 3, 1)
        if self.is_causal:
            scores = scores + self.mask
        y = scores.softmax(-1) @ self.v(x).view(b, n, 3, 8).transpose(1, 2)
        return self.output(y.transpose(1, 2).flatten(2))


class NonLocal(nn.Module):
    """Attention of a map by convolutions of single positions."""

    def __init__(self) -> None:
        super().__init__()
        self.q, self.k, self.v = (nn.Conv2d(8, 4, 1) for _ in range(3))
        self.output = nn.Conv2d(4, 8, 1)

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = (each(x).flatten(2) for each in (self.q, self.k, self.v))
        y = (q.transpose(1, 2) @ k).softmax(-1) @ v.transpose(1, 2)
        return x + self.output(y.transpose(1, 2).reshape(-1, 4, *x.shape[2:]))


class Normed(nn.Module):
    """A norm between the projections and the products, which no kind has."""

    def __init__(self) -> None:
        super().__init__()
        self.qkv, self.output, self.norm = nn.Linear(12, 36), nn.Linear(12, 12), nn.LayerNorm(4)

    def forward(self, x: Tensor) -> Tensor:
        b, n, _ = x.shape
        q, k, v = self.qkv(x).reshape(b, n, 3, 3, 4).permute(2, 0, 3, 1, 4).unbind(0)
        y = functional.scaled_dot_product_attention(self.norm(q), self.norm(k), v)
        return self.output(y.transpose(1, 2).reshape(b, n, 12))


class Windows(nn.Module):
    """Swin's attention: windows, perhaps shifted, and a bias for each difference of places."""

    def __init__(self, shift: int, window: int = 3, channels: int = 8, heads: int = 2) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(channels)
        self.qkv, self.output = nn.Linear(channels, 3 * channels), nn.Linear(channels, channels)
        self.shift, self.window, self.heads = shift, window, heads
        self.table = nn.Parameter(torch.randn((2 * window - 1) ** 2, heads))
        places = torch.stack(torch.meshgrid(torch.arange(window), torch.arange(window), indexing="ij")).flatten(1)
        rows, columns = places[:, :, None] - places[:, None, :] + window - 1
        self.register_buffer("index", rows * (2 * window - 1) + columns)

    def forward(self, x: Tensor) -> Tensor:
        b, height, width, c = x.shape
        w, n = self.window, self.window**2
        y = self.norm(x)
        if self.shift:
            y = y.roll((-self.shift, -self.shift), (1, 2))
        y = y.view(b, height // w, w, width // w, w, c).permute(0, 1, 3, 2, 4, 5).reshape(-1, n, c)
        q, k, v = self.qkv(y).reshape(-1, n, 3, self.heads, c // self.heads).permute(2, 0, 3, 1, 4).unbind(0)
        scores = (q * (c // self.heads) ** -0.5) @ k.transpose(-2, -1)
        scores = scores + self.table[self.index.view(-1)].view(n, n, -1).permute(2, 0, 1).unsqueeze(0)
        if self.shift:
            mask = self.mask(height, width)
            apart = scores.view(-1, len(mask), self.heads, n, n) + mask.unsqueeze(1).unsqueeze(0)
            scores = apart.view(-1, self.heads, n, n)
        y = self.output((scores.softmax(-1) @ v).transpose(1, 2).reshape(-1, n, c))
        y = y.view(b, height // w, width // w, w, w, c).permute(0, 1, 3, 2, 4, 5).reshape(b, height, width, c)
        return x + (y.roll((self.shift, self.shift), (1, 2)) if self.shift else y)

    def mask(self, height: int, width: int) -> Tensor:
        """Positions of other parts of the map are not seen."""
        w, parts, count = self.window, torch.zeros(height, width), 0
        for rows in (slice(0, -w), slice(-w, -self.shift), slice(-self.shift, None)):
            for columns in (slice(0, -w), slice(-w, -self.shift), slice(-self.shift, None)):
                parts[rows, columns] = count
                count += 1
        parts = parts.view(height // w, w, width // w, w).permute(0, 2, 1, 3).reshape(-1, w * w)
        others = parts.unsqueeze(1) - parts.unsqueeze(2)
        return others.masked_fill(others != 0, -100.0).masked_fill(others == 0, 0.0)


class Grid(nn.Module):
    """Attention between every other position of a map, as in MaxViT."""

    def __init__(self) -> None:
        super().__init__()
        self.qkv, self.output = nn.Linear(8, 24), nn.Linear(8, 8)

    def forward(self, x: Tensor) -> Tensor:
        x = x.permute(0, 2, 3, 1)
        b, height, width, c = x.shape
        y = x.view(b, 2, height // 2, 2, width // 2, c).permute(0, 2, 4, 1, 3, 5).reshape(-1, 4, c)
        q, k, v = self.qkv(y).reshape(-1, 4, 3, 2, 4).permute(2, 0, 3, 1, 4).unbind(0)
        y = self.output(functional.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(-1, 4, c))
        y = y.view(b, height // 2, width // 2, 2, 2, c).permute(0, 3, 1, 4, 2, 5).reshape(b, height, width, c)
        return (x + y).permute(0, 3, 1, 2)


class Tokens(nn.Module):
    """Patches, a class token and two more, and places."""

    def __init__(self) -> None:
        super().__init__()
        self.patches, self.head = nn.Conv2d(3, 8, 4, 4), nn.Linear(8, 5)
        self.first, self.more = nn.Parameter(torch.randn(1, 1, 8)), nn.Parameter(torch.randn(1, 2, 8))
        self.places = nn.Parameter(torch.randn(1, 12, 8))

    def forward(self, x: Tensor) -> Tensor:
        x = self.patches(x).flatten(2).transpose(1, 2)
        tokens = [each.expand(x.shape[0], -1, -1) for each in (self.first, self.more)]
        return self.head((torch.cat([*tokens, x], 1) + self.places)[:, 0])


class Recurrent(nn.Module):
    """A recurrent layer, and what is taken of its states."""

    def __init__(self, kind: type[nn.RNNBase], take: str = "all", **options: Any) -> None:
        super().__init__()
        self.own, self.take = kind(6, 5, batch_first=True, **options), take

    def forward(self, x: Tensor) -> Any:
        states, last = self.own(x)
        last = last[0] if isinstance(last, tuple) else last
        ways = {"all": lambda: states, "end": lambda: states[:, -1], "last": lambda: last[-1]}
        ways |= {"both": lambda: (states, last[-1]), "ends": lambda: torch.cat([last[-2], last[-1]], -1)}
        return ways[self.take]()


class StartedDecoder(nn.Module):
    """A sequence that is read from the state in which another one ended."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder, self.decoder = nn.GRU(6, 5, batch_first=True), nn.GRU(4, 5, batch_first=True)

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        return self.decoder(y, self.encoder(x)[1])[0]


class ResponseNorm(nn.Module):
    """The global response norm of ConvNeXt V2, in timm's words."""

    def __init__(self) -> None:
        super().__init__()
        self.before = nn.Linear(3, 8)
        self.scale, self.center = nn.Parameter(torch.randn(8)), nn.Parameter(torch.randn(8))

    def forward(self, x: Tensor) -> Tensor:
        x = self.before(x)
        norm = x.norm(p=2, dim=(1, 2), keepdim=True)
        share = norm / (norm.mean(dim=-1, keepdim=True) + 1e-6)
        return x + torch.addcmul(self.center.view(1, 1, 1, -1), self.scale.view(1, 1, 1, -1), x * share)


class Standardized(nn.Module):
    """A convolution with standardised filters, as timm calculates them by a batch norm."""

    def __init__(self, has_gain: bool) -> None:
        super().__init__()
        self.own = nn.Conv2d(3, 6, 3, padding=1)
        self.gain = nn.Parameter(torch.ones(6, 1, 1, 1)) if has_gain else None

    def forward(self, x: Tensor) -> Tensor:
        filters = self.own.weight
        gain = None if self.gain is None else (self.gain * (1.7 * 27**-0.5)).view(-1)
        filters = functional.batch_norm(filters.reshape(1, 6, -1), None, None, gain, None, True, 0.0, 1e-5).reshape_as(
            filters
        )
        return functional.conv2d(x, filters, self.own.bias, padding=1)


class Gated(nn.Module):
    def __init__(self, gate: Any) -> None:
        super().__init__()
        self.before, self.after, self.gate = nn.Linear(6, 16), nn.Linear(8, 6), gate

    def forward(self, x: Tensor) -> Tensor:
        value, gate = self.before(x).chunk(2, -1)
        return self.after(value * self.gate(gate))


class ChannelNorm(nn.Module):
    """A layer norm of the channels of a map, by arithmetic."""

    def __init__(self) -> None:
        super().__init__()
        self.before = nn.Conv2d(3, 6, 1)
        self.scale, self.center = nn.Parameter(torch.ones(6)), nn.Parameter(torch.ones(6))

    def forward(self, x: Tensor) -> Tensor:
        x = self.before(x)
        centered = x - x.mean(1, keepdim=True)
        x = centered / torch.sqrt(centered.pow(2).mean(1, keepdim=True) + 1e-6)
        return self.scale[:, None, None] * x + self.center[:, None, None]


class Selective(nn.Module):
    """Two paths of which each channel chooses, as in SKNet."""

    def __init__(self) -> None:
        super().__init__()
        self.paths = nn.ModuleList([nn.Conv2d(4, 6, 3, padding=d, dilation=d) for d in (1, 2)])
        self.reduce, self.select = nn.Conv2d(6, 3, 1), nn.Conv2d(3, 12, 1)

    def forward(self, x: Tensor) -> Tensor:
        paths = torch.stack([path(x) for path in self.paths], 1)
        share = self.select(functional.relu(self.reduce(paths.sum(1).mean((2, 3), keepdim=True))))
        return (paths * share.view(-1, 2, 6, 1, 1).softmax(1)).sum(1)


class Merging(nn.Module):
    """Four neighbours become one position, in the order of torchvision's Swin or of timm's: column by column."""

    def __init__(self, has_slices: bool) -> None:
        super().__init__()
        self.has_slices = has_slices
        self.before, self.norm, self.reduce = nn.Linear(3, 3), nn.LayerNorm(12), nn.Linear(12, 5, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        x = self.before(x)
        b, height, width, c = x.shape
        if self.has_slices:
            x = torch.cat([x[:, row::2, column::2] for column in (0, 1) for row in (0, 1)], -1)
        else:
            x = x.reshape(b, height // 2, 2, width // 2, 2, c).permute(0, 1, 3, 4, 2, 5).flatten(3)
        return self.reduce(self.norm(x))
