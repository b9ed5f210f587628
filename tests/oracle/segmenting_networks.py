"""Networks that answer for every place of an image or scan, written in PyTorch's modules from the authors' code."""

from __future__ import annotations

import torch
from torch import Tensor, nn

# -- SegNet


def three(inside: int, filters: int) -> nn.Module:
    return nn.Sequential(nn.Conv2d(inside, filters, 3, padding=1), nn.BatchNorm2d(filters), nn.ReLU())


class SegNet(nn.Module):
    STAGES = ((3, 64, 64), (64, 128, 128), (128, 256, 256, 256), (256, 512, 512, 512), (512, 512, 512, 512))
    """The channels before, between and after the convolutions of each stage of the encoder."""

    def __init__(self, classes: int = 11) -> None:
        super().__init__()
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        for channels in self.STAGES:
            back = channels[::-1]
            self.down.append(nn.Sequential(*map(three, channels, channels[1:])))
            self.up.insert(0, nn.Sequential(*map(three, back, back[1:])))
        self.up[-1][-1] = nn.Conv2d(64, classes, 3, padding=1)
        self.pool, self.unpool = nn.MaxPool2d(2, ceil_mode=True, return_indices=True), nn.MaxUnpool2d(2)

    def forward(self, x: Tensor) -> Tensor:
        places = []
        for stage in self.down:
            x = stage(x)
            size = x.shape
            x, winners = self.pool(x)
            places.append((winners, size[2:]))
        for stage in self.up:
            winners, size = places.pop()
            x = stage(self.unpool(x, winners, output_size=size))
        return x


# -- Attention U-Net


def cubes(inside: int, filters: int, kernel: int = 1) -> list[nn.Module]:
    return [nn.Conv3d(inside, filters, kernel, padding=kernel // 2), nn.BatchNorm3d(filters), nn.ReLU()]


def double(inside: int, filters: int) -> nn.Module:
    return nn.Sequential(*cubes(inside, filters, 3), *cubes(filters, filters, 3))


def larger(factor: int = 2) -> nn.Module:
    return nn.Upsample(scale_factor=factor, mode="trilinear")


class Gate(nn.Module):
    """How much of each position passes, by a signal from the coarser level."""

    def __init__(self, channels: int, signal: int) -> None:
        super().__init__()
        self.theta = nn.Conv3d(channels, channels, 2, 2, bias=False)
        self.phi = nn.Conv3d(signal, channels, 1)
        self.psi = nn.Sequential(nn.ReLU(), nn.Conv3d(channels, 1, 1), nn.Sigmoid(), larger())
        self.out = nn.Sequential(nn.Conv3d(channels, channels, 1), nn.BatchNorm3d(channels))

    def forward(self, x: Tensor, signal: Tensor) -> Tensor:
        return self.out(x * self.psi(self.theta(x) + self.phi(signal)))


class Up(nn.Module):
    """A skip through its gates, beside the coarser level."""

    def __init__(self, inside: int, filters: int, gates: int) -> None:
        super().__init__()
        self.gates = nn.ModuleList(Gate(filters, inside) for _ in range(gates))
        self.gated = nn.Sequential(*cubes(gates * filters, filters)) if gates else nn.Identity()
        self.larger, self.body = larger(), double(inside + filters, filters)

    def forward(self, x: Tensor, skip: Tensor, signal: Tensor) -> Tensor:
        if self.gates:
            skip = torch.cat([gate(skip, signal) for gate in self.gates], 1)
        return self.body(torch.cat([self.gated(skip), self.larger(x)], 1))


class AttentionUNet(nn.Module):
    def __init__(self, gates: int = 1, classes: int = 4, widths: tuple[int, ...] = (16, 32, 64, 128, 256)) -> None:
        super().__init__()
        self.down = nn.ModuleList(map(double, (1, *widths), widths))
        self.pool = nn.MaxPool3d(2)
        self.signal = nn.Sequential(*cubes(widths[-1], widths[-1])) if gates else nn.Identity()
        wide = widths[::-1]
        numbers = (gates, gates, gates, 0)
        self.up = nn.ModuleList(map(Up, wide, wide[1:], numbers))
        self.answers = nn.ModuleList(
            nn.Sequential(nn.Conv3d(width, classes, 1), larger(2**level)) for level, width in enumerate(widths[:-1])
        )
        self.last = nn.Conv3d(4 * classes, classes, 1)

    def forward(self, x: Tensor) -> Tensor:
        skips = []
        for stage in self.down:
            x = stage(self.pool(skips[-1]) if skips else x)
            skips.append(x)
        signal = self.signal(skips.pop())
        levels = []
        for stage in self.up:
            x = signal = stage(x, skips.pop(), signal)
            levels.insert(0, x)
        return self.last(torch.cat([answer(x) for answer, x in zip(self.answers, levels, strict=True)], 1))
