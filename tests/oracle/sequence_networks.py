"""Networks that read sequences, written in PyTorch's modules from the papers and the authors' code."""

from __future__ import annotations

import torch
from oracle.torch_networks import added
from torch import Tensor, nn


class Swapped(nn.Module):
    """Channels first become channels last, and the reverse: PyTorch's layers for sequences differ in what they read."""

    def forward(self, x: Tensor) -> Tensor:
        return x.transpose(1, 2)


# -- recurrent layers


class BothWays(nn.RNNBase):
    """A layer in both directions: what it gives at each step, and not its last state."""

    summed = False
    """Whether the directions are added, and not side by side."""

    def __init__(self, inside: int, units: int) -> None:
        super().__init__(inside, units, batch_first=True, bidirectional=True)

    def forward(self, x: Tensor) -> Tensor:
        steps, _ = super().forward(x)
        return sum(steps.chunk(2, -1)) if self.summed else steps


class LSTM(BothWays, nn.LSTM):
    pass


class SummedLSTM(LSTM):
    summed = True


class SummedGRU(BothWays, nn.GRU):
    summed = True


class SummedRNN(BothWays, nn.RNN):
    summed = True


# -- CRNN


def crnn() -> nn.Module:
    def three(inside: int, filters: int, kernel: int = 3, norm: bool = False) -> list[nn.Module]:
        norms = [nn.BatchNorm2d(filters)] if norm else []
        return [nn.Conv2d(inside, filters, kernel, padding=kernel // 2 if kernel == 3 else 0), *norms, nn.ReLU()]

    lower = nn.MaxPool2d(2, (2, 1), (0, 1))
    return nn.Sequential(
        *three(1, 64), nn.MaxPool2d(2), *three(64, 128), nn.MaxPool2d(2),
        *three(128, 256, norm=True), *three(256, 256), lower,
        *three(256, 512, norm=True), *three(512, 512), lower,
        *three(512, 512, 2, norm=True),
        nn.Flatten(2), Swapped(),
        LSTM(512, 256), nn.Linear(512, 256), LSTM(256, 256), nn.Linear(512, 37),
        nn.LogSoftmax(2), Swapped(),
    )  # fmt: skip


# -- Deep Speech 2


def deep_speech_2(cell: type[nn.Module], layers: int, units: int, characters: int = 29) -> nn.Module:
    def over(inside: int, kernel: tuple[int, int], stride: tuple[int, int]) -> list[nn.Module]:
        padding = (kernel[0] // 2, kernel[1] // 2)
        return [nn.Conv2d(inside, 32, kernel, stride, padding), nn.BatchNorm2d(32), nn.Hardtanh(0, 20)]

    modules = [*over(1, (41, 11), (2, 2)), *over(32, (21, 11), (2, 1)), nn.Flatten(1, 2)]
    for number in range(layers):
        modules += [Swapped(), cell(units if number else 32 * 41, units), Swapped(), nn.BatchNorm1d(units)]
    return nn.Sequential(*modules, Swapped(), nn.Linear(units, characters, bias=False), nn.Softmax(2), Swapped())


# -- PointNet


def for_each(inside: int, *widths: int) -> list[nn.Module]:
    """Layers that are the same for every point."""
    layers = []
    for before, after in zip((inside, *widths), widths, strict=False):
        layers += [nn.Conv1d(before, after, 1), nn.BatchNorm1d(after, eps=1e-3), nn.ReLU()]
    return layers


def for_all(inside: int, *widths: int) -> list[nn.Module]:
    """The strongest answer of all points, and dense layers."""
    layers = [nn.AdaptiveMaxPool1d(1), nn.Flatten()]
    for before, after in zip((inside, *widths), widths, strict=False):
        layers += [nn.Linear(before, after), nn.BatchNorm1d(after, eps=1e-3), nn.ReLU()]
    return layers


class Transformed(nn.Module):
    """Each point times a matrix that is calculated from all of them."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        layers = [*for_each(channels, 64, 128, 1024), *for_all(1024, 512, 256), nn.Linear(256, channels**2)]
        self.matrix = nn.Sequential(*layers, nn.Unflatten(1, (channels, channels)))

    def forward(self, x: Tensor) -> Tensor:
        return torch.bmm(x.transpose(1, 2), self.matrix(x)).transpose(1, 2)


def pointnet(transforms: bool = True) -> nn.Module:
    first, second = ([Transformed(3)], [Transformed(64)]) if transforms else ([], [])
    points = [*first, *for_each(3, 64, 64), *second, *for_each(64, 64, 128, 1024)]
    return nn.Sequential(*points, *for_all(1024, 512, 256), nn.Linear(256, 40))


# -- DETR


class Attention(nn.MultiheadAttention):
    """Eight heads; the batch comes first."""

    def __init__(self, width: int) -> None:
        super().__init__(width, 8, batch_first=True)

    def forward(self, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        return super().forward(query, key, value, need_weights=False)[0]


def forward_of(width: int) -> nn.Module:
    inner = nn.Sequential(nn.Linear(width, 2048), nn.ReLU(), nn.Linear(2048, width))
    return nn.Sequential(added(nn.Identity(), inner), nn.LayerNorm(width))


class EncoderLayer(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.attention, self.norm, self.forward_part = Attention(width), nn.LayerNorm(width), forward_of(width)

    def forward(self, x: Tensor, places: Tensor) -> Tensor:
        placed = x + places
        return self.forward_part(self.norm(x + self.attention(placed, placed, x)))


class DecoderLayer(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.own, self.own_norm = Attention(width), nn.LayerNorm(width)
        self.cross, self.cross_norm = Attention(width), nn.LayerNorm(width)
        self.forward_part = forward_of(width)

    def forward(self, x: Tensor, queries: Tensor, memory: Tensor, places: Tensor) -> Tensor:
        x = self.own_norm(x + self.own(x + queries, x + queries, x))
        x = self.cross_norm(x + self.cross(x + queries, memory + places, memory))
        return self.forward_part(x)


def frozen(inside: int, filters: int, kernel: int, stride: int = 1) -> nn.Module:
    convolution = nn.Conv2d(inside, filters, kernel, stride, kernel // 2, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(filters, affine=False))


def frozen_resnet50() -> nn.Module:
    def unit(inside: int, width: int, stride: int) -> list[nn.Module]:
        narrow = [frozen(inside, width, 1), nn.ReLU(), frozen(width, width, 3, stride), nn.ReLU()]
        body = nn.Sequential(*narrow, frozen(width, 4 * width, 1))
        shortcut = frozen(inside, 4 * width, 1, stride) if inside != 4 * width else nn.Identity()
        return [added(body, shortcut), nn.ReLU()]

    layers, inside = [frozen(3, 64, 7, 2), nn.ReLU(), nn.MaxPool2d(3, 2, 1)], 64
    for width, units, stride in ((64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)):
        for number in range(units):
            layers += unit(inside, width, 1 if number else stride)
            inside = 4 * width
    return nn.Sequential(*layers)


class DETR(nn.Module):
    def __init__(self, width: int = 256, classes: int = 91) -> None:
        super().__init__()
        self.backbone, self.narrow = frozen_resnet50(), nn.Conv2d(2048, width, 1)
        self.encoder = nn.ModuleList(EncoderLayer(width) for _ in range(6))
        self.decoder = nn.ModuleList(DecoderLayer(width) for _ in range(6))
        self.queries, self.norm = nn.Embedding(100, width), nn.LayerNorm(width)
        self.scores = nn.Linear(width, classes + 1)
        wide = [nn.Linear(width, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU()]
        self.boxes = nn.Sequential(*wide, nn.Linear(width, 4), nn.Sigmoid())

    def forward(self, image: Tensor, positions: Tensor) -> tuple[Tensor, Tensor]:
        memory = self.narrow(self.backbone(image)).flatten(2).transpose(1, 2)
        places = positions.flatten(2).transpose(1, 2)
        for layer in self.encoder:
            memory = layer(memory, places)
        queries = self.queries.weight.expand(len(image), -1, -1)
        x = torch.zeros_like(queries)
        for layer in self.decoder:
            x = layer(x, queries, memory, places)
        x = self.norm(x)
        return self.scores(x).transpose(1, 2), self.boxes(x).transpose(1, 2)
