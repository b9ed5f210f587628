"""Vision transformers and a mixer, written out in PyTorch's modules from their papers."""

from __future__ import annotations

import torch
from oracle.torch_networks import added
from torch import Tensor, nn


class SelfAttention(nn.MultiheadAttention):
    """Positions that see one another; the batch comes first."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__(width, heads, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x, x, x, need_weights=False)[0]


class Row(nn.Module):
    """The positions of a map in one row; the channels come last."""

    def forward(self, x: Tensor) -> Tensor:
        return x.flatten(2).mT


def patches(size: int, width: int, inside: int = 3) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(inside, width, size, size), Row())


class Placed(nn.Embedding):
    """Something learned is added for each place."""

    def forward(self, x: Tensor) -> Tensor:
        return x + self.weight


class WithToken(nn.Embedding):
    """A learned row before all others."""

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([self.weight.expand(len(x), -1, -1), x], 1)


class Turned(nn.Module):
    """Rows and columns change places."""

    def forward(self, x: Tensor) -> Tensor:
        return x.mT


class Mean(nn.Module):
    """Of all positions."""

    def forward(self, x: Tensor) -> Tensor:
        return x.mean(1)


class First(nn.Module):
    """The first position."""

    def forward(self, x: Tensor) -> Tensor:
        return x[:, 0]


def mlp(width: int, hidden: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(width, hidden), nn.GELU(), nn.Linear(hidden, width))


def residual(width: int, *inner: nn.Module, eps: float = 1e-6) -> nn.Module:
    return added(nn.Identity(), nn.Sequential(nn.LayerNorm(width, eps), *inner))


def encoder(width: int, heads: int, hidden: int, depth: int, eps: float = 1e-6) -> nn.Sequential:
    units = []
    for _ in range(depth):
        units += [residual(width, SelfAttention(width, heads), eps=eps), residual(width, mlp(width, hidden), eps=eps)]
    return nn.Sequential(*units, nn.LayerNorm(width, eps))


def tiny_vit(width: int = 32) -> nn.Module:
    """For images of digits; the lecture's epsilon."""
    before = patches(7, width, inside=1), Placed(16, width)
    return nn.Sequential(*before, encoder(width, 4, 64, 2, 1e-3), Mean(), nn.Linear(width, 10), nn.Softmax(-1))


def vit(patch: int, count: int, width: int, heads: int, depth: int = 12) -> nn.Module:
    before = patches(patch, width), WithToken(1, width), Placed(1 + count, width)
    return nn.Sequential(*before, encoder(width, heads, 4 * width, depth), First(), nn.Linear(width, 1000))


def mixer(patch: int, count: int, width: int, depth: int) -> nn.Module:
    units = []
    for _ in range(depth):
        units.append(residual(width, Turned(), mlp(count, width // 2), Turned()))
        units.append(residual(width, mlp(width, 4 * width)))
    return nn.Sequential(patches(patch, width), *units, nn.LayerNorm(width, 1e-6), Mean(), nn.Linear(width, 1000))
