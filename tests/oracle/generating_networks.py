"""A network that generates images, written out in PyTorch's modules from its paper and its authors' code."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class DDPM(nn.Module):
    """For CIFAR-10; of the time step it reads the sines and cosines."""

    FILTERS = (128, 256, 256, 256)

    def __init__(self) -> None:
        super().__init__()
        self.moment = nn.Sequential(nn.Linear(128, 512), nn.SiLU(), nn.Linear(512, 512))
        self.first = nn.Conv2d(3, 128, 3, padding=1)
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        skips = [inside := 128]
        for level, filters in enumerate(self.FILTERS):
            for _ in range(2):
                self.down.append(Unit(inside, filters, attend=level == 1))
                skips.append(inside := filters)
            if level < 3:
                self.down.append(Halved(inside))
                skips.append(inside)
        self.middle = nn.ModuleList([Unit(inside, inside, attend=True), Unit(inside, inside)])
        for level, filters in reversed([*enumerate(self.FILTERS)]):
            for _ in range(3):
                self.up.append(Unit(inside + skips.pop(), filters, attend=level == 1))
                inside = filters
            if level > 0:
                self.up.append(Doubled(inside))
        self.last = nn.Sequential(norm(inside), nn.SiLU(), nn.Conv2d(inside, 3, 3, padding=1))

    def forward(self, image: Tensor, time: Tensor) -> Tensor:
        moment = self.moment(time)
        maps = [self.first(image)]
        for module in self.down:
            maps.append(module(maps[-1], moment))
        x = maps[-1]
        for module in self.middle:
            x = module(x, moment)
        for module in self.up:
            x = module(torch.cat([x, maps.pop()], 1) if isinstance(module, Unit) else x, moment)
        return self.last(x)


def norm(channels: int) -> nn.Module:
    return nn.GroupNorm(32, channels, eps=1e-6)


class Unit(nn.Module):
    """Two convolutions, between which it hears of the time step; at one resolution, and in the middle, attention."""

    def __init__(self, inside: int, filters: int, attend: bool = False) -> None:
        super().__init__()
        self.first = nn.Sequential(norm(inside), nn.SiLU(), nn.Conv2d(inside, filters, 3, padding=1))
        self.moment = nn.Sequential(nn.SiLU(), nn.Linear(512, filters))
        self.second = nn.Sequential(
            norm(filters), nn.SiLU(), nn.Dropout(0.1), nn.Conv2d(filters, filters, 3, padding=1)
        )
        self.shortcut = nn.Conv2d(inside, filters, 1) if inside != filters else nn.Identity()
        self.norm, self.attention = (norm(filters), MapAttention(filters)) if attend else (None, None)

    def forward(self, x: Tensor, moment: Tensor) -> Tensor:
        y = self.first(x) + self.moment(moment)[:, :, None, None]
        y = self.shortcut(x) + self.second(y)
        return y + self.attention(self.norm(y).movedim(1, -1)).movedim(-1, 1) if self.attention else y


class MapAttention(nn.MultiheadAttention):
    """Each position of a map looks at all of them; the channels come last."""

    def __init__(self, channels: int) -> None:
        super().__init__(channels, 1, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        rows = x.flatten(1, 2)
        seen, _ = super().forward(rows, rows, rows, need_weights=False)
        return seen.unflatten(1, x.shape[1:3])


class Halved(nn.Module):
    """Padded as TensorFlow does, after the map only."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(channels, channels, 3, stride=2)

    def forward(self, x: Tensor, _: Tensor) -> Tensor:
        return self.convolution(nn.functional.pad(x, (0, 1, 0, 1)))


class Doubled(nn.Module):
    """Every position four times, and a convolution."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x: Tensor, _: Tensor) -> Tensor:
        return self.convolution(nn.functional.interpolate(x, scale_factor=2.0))
