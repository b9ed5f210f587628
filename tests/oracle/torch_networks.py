"""Networks that PyTorch does not ship, written out in its modules from their papers and their authors' settings."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, reduce

import torch
from torch import Tensor, nn


class Parallel(nn.Module):
    """Branches that read the same tensor, and what is made of them."""

    def __init__(self, join: Callable[[list[Tensor]], Tensor], *branches: nn.Module) -> None:
        super().__init__()
        self.join, self.branches = join, nn.ModuleList(branches)

    def forward(self, x: Tensor) -> Tensor:
        return self.join([branch(x) for branch in self.branches])


added = partial(Parallel, partial(reduce, torch.add))
joined = partial(Parallel, partial(torch.cat, dim=1))


class Separable(nn.Sequential):
    """What Keras has as one layer: each channel along time, then across the channels."""


def conv(inside: int, filters: int, kernel: int, stride: int = 1, dilation: int = 1, act: bool = True) -> nn.Sequential:
    """Without a bias, but with a norm; its padding keeps the size if the stride is 1."""
    padding = dilation * (kernel // 2)
    layers = [
        nn.Conv2d(inside, filters, kernel, stride, padding, dilation, bias=False),
        nn.BatchNorm2d(filters),
    ]
    return nn.Sequential(*layers, *([nn.ReLU()] if act else []))


# -- pix2pix


class PatchGAN(nn.Sequential):
    """The discriminator: C64-C128-C256-C512 of the paper, and a score."""

    def __init__(self) -> None:
        super().__init__(nn.Conv2d(6, 64, 4, 2, 1), nn.LeakyReLU(0.2))
        for inside, filters, stride in ((64, 128, 2), (128, 256, 2), (256, 512, 1)):
            self.append(nn.Conv2d(inside, filters, 4, stride, 1, bias=False))
            self.extend([nn.BatchNorm2d(filters), nn.LeakyReLU(0.2)])
        self.append(nn.Conv2d(512, 1, 4, 1, 1))

    def forward(self, given: Tensor, answer: Tensor) -> Tensor:
        return super().forward(torch.cat([given, answer], 1))


def pix2pix(width: int = 64) -> nn.Module:
    """Inside out: each level goes down, through all levels below it, and up again, next to its own input."""

    def down(inside: int, filters: int) -> nn.Module:
        return nn.Conv2d(inside, filters, 4, 2, 1, bias=False)

    def up(inside: int, filters: int) -> list[nn.Module]:
        transposed = nn.ConvTranspose2d(inside, filters, 4, 2, 1, bias=False)
        return [nn.ReLU(), transposed, nn.BatchNorm2d(filters)]

    deep = 8 * width
    net = joined(nn.Identity(), nn.Sequential(nn.LeakyReLU(0.2), down(deep, deep), *up(deep, deep)))
    for outside, inside in 3 * [(deep, deep)] + [(4 * width, deep), (2 * width, 4 * width), (width, 2 * width)]:
        before = [nn.LeakyReLU(0.2), down(outside, inside), nn.BatchNorm2d(inside)]
        net = joined(nn.Identity(), nn.Sequential(*before, net, *up(2 * inside, outside)))
    return nn.Sequential(down(3, width), net, nn.ReLU(), nn.ConvTranspose2d(2 * width, 3, 4, 2, 1), nn.Tanh())


# -- EDSR


class Times(nn.Module):
    def __init__(self, factor: float) -> None:
        super().__init__()
        self.factor = factor

    def forward(self, x: Tensor) -> Tensor:
        return self.factor * x


class Shifted(nn.Module):
    """A number per channel, added or taken away."""

    def __init__(self, sign: int, mean: tuple[float, ...]) -> None:
        super().__init__()
        self.by = sign * torch.tensor(mean)[:, None, None]

    def forward(self, x: Tensor) -> Tensor:
        return x + self.by


def edsr(width: int, units: int, residual: float, factors: tuple[int, ...]) -> nn.Module:
    def three(inside: int, filters: int) -> nn.Module:
        return nn.Conv2d(inside, filters, 3, padding=1)

    def unit() -> nn.Module:
        inner = [three(width, width), nn.ReLU(), three(width, width), Times(residual)]
        return added(nn.Identity(), nn.Sequential(*inner))

    body = nn.Sequential(*(unit() for _ in range(units)), three(width, width))
    tail = [layer for by in factors for layer in (three(width, by**2 * width), nn.PixelShuffle(by))]
    mean = (114.444, 111.4605, 103.02)
    first = [Shifted(-1, mean), three(3, width)]
    return nn.Sequential(*first, added(nn.Identity(), body), *tail, three(width, 3), Shifted(1, mean))


# -- PSPNet


def bottleneck(inside: int, width: int, stride: int = 1, dilation: int = 1) -> nn.Module:
    wide = 4 * width
    body = nn.Sequential(
        conv(inside, width, 1), conv(width, width, 3, stride, dilation), conv(width, wide, 1, act=False)
    )
    shortcut = conv(inside, wide, 1, stride, act=False) if inside != wide else nn.Identity()
    return nn.Sequential(added(body, shortcut), nn.ReLU())


class PSPNet(nn.Module):
    """With ResNet-50; bins of 1, 2, 3 and 6; the head of training too."""

    def __init__(self, classes: int = 21) -> None:
        super().__init__()
        stem = [conv(3, 64, 3, 2), conv(64, 64, 3), conv(64, 128, 3), nn.MaxPool2d(3, 2, 1)]
        stage1 = [bottleneck(128, 64), *(bottleneck(256, 64) for _ in range(2))]
        stage2 = [bottleneck(256, 128, 2), *(bottleneck(512, 128) for _ in range(3))]
        stage3 = [bottleneck(512, 256, 1, 2), *(bottleneck(1024, 256, 1, 2) for _ in range(5))]
        stage4 = [bottleneck(1024, 512, 1, 4), *(bottleneck(2048, 512, 1, 4) for _ in range(2))]
        self.early = nn.Sequential(*stem, *stage1, *stage2, *stage3)
        self.late = nn.Sequential(*stage4)
        self.bins = nn.ModuleList(
            nn.Sequential(nn.AdaptiveAvgPool2d(bins), conv(2048, 512, 1)) for bins in (1, 2, 3, 6)
        )
        self.out = nn.Sequential(conv(4096, 512, 3), nn.Conv2d(512, classes, 1))
        self.aux = nn.Sequential(conv(1024, 256, 3), nn.Conv2d(256, classes, 1))

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        def spread(x: Tensor, like: Tensor) -> Tensor:
            return nn.functional.interpolate(x, like.shape[2:], mode="bilinear", align_corners=True)

        middle = self.early(image)
        last = self.late(middle)
        pyramid = torch.cat([last, *(spread(each(last), last) for each in self.bins)], 1)
        return spread(self.out(pyramid), image), spread(self.aux(middle), image)


# -- QuartzNet


def quartznet(repeat: int = 3) -> nn.Module:
    def along(inside: int, filters: int, kernel: int, stride: int = 1, dilation: int = 1) -> list[nn.Module]:
        padding = dilation * (kernel // 2)
        depthwise = nn.Conv1d(inside, inside, kernel, stride, padding, dilation, groups=inside, bias=False)
        return [Separable(depthwise, nn.Conv1d(inside, filters, 1, bias=False)), nn.BatchNorm1d(filters)]

    def unit(inside: int, filters: int, kernel: int) -> list[nn.Module]:
        modules = along(inside, filters, kernel)
        for _ in range(4):
            modules += [nn.ReLU(), *along(filters, filters, kernel)]
        shortcut = nn.Sequential(nn.Conv1d(inside, filters, 1, bias=False), nn.BatchNorm1d(filters))
        return [added(nn.Sequential(*modules), shortcut), nn.ReLU()]

    layers, inside = [*along(64, 256, 33, 2), nn.ReLU()], 256
    for filters, kernel in ((256, 33), (256, 39), (512, 51), (512, 63), (512, 75)):
        for _ in range(repeat):
            layers += unit(inside, filters, kernel)
            inside = filters
    layers += [*along(512, 512, 87, 1, 2), nn.ReLU()]
    layers += [nn.Conv1d(512, 1024, 1, bias=False), nn.BatchNorm1d(1024), nn.ReLU()]
    return nn.Sequential(*layers, nn.Conv1d(1024, 29, 1), nn.LogSoftmax(1))


# -- TCN


def tcn(width: int = 25, levels: int = 8, kernel: int = 7) -> nn.Module:
    """For sequential MNIST; weight normalisation is folded in."""

    def past(inside: int, dilation: int) -> list[nn.Module]:
        zeros = nn.ConstantPad1d((dilation * (kernel - 1), 0), 0.0)
        return [zeros, nn.Conv1d(inside, width, kernel, dilation=dilation), nn.ReLU()]

    layers, inside = [], 1
    for level in range(levels):
        shortcut = nn.Conv1d(inside, width, 1) if inside != width else nn.Identity()
        body = nn.Sequential(*past(inside, 2**level), *past(width, 2**level))
        layers += [added(body, shortcut), nn.ReLU()]
        inside = width
    return nn.Sequential(*layers, Last(), nn.Linear(width, 10), nn.LogSoftmax(1))


class Last(nn.Module):
    """The last position of a sequence."""

    def forward(self, x: Tensor) -> Tensor:
        return x[:, :, -1]


# -- YOLOv8


class YOLOv8(nn.Module):
    """By its depth, width and largest number of channels; for the 80 classes of COCO."""

    BINS = 16

    def __init__(self, depth: float, width: float, most: int) -> None:
        super().__init__()
        c = [int(width * min(most, full)) for full in (64, 128, 256, 512, 1024)]
        n = [max(1, round(depth * full)) for full in (3, 6)]
        stage3 = [silu(3, c[0], 3, 2), silu(c[0], c[1], 3, 2), C2f(c[1], c[1], n[0], True)]
        self.stage3 = nn.Sequential(*stage3, silu(c[1], c[2], 3, 2), C2f(c[2], c[2], n[1], True))
        self.stage4 = nn.Sequential(silu(c[2], c[3], 3, 2), C2f(c[3], c[3], n[1], True))
        self.stage5 = nn.Sequential(silu(c[3], c[4], 3, 2), C2f(c[4], c[4], n[0], True), SPPF(c[4]))
        self.up4, self.up3 = C2f(c[4] + c[3], c[3], n[0]), C2f(c[3] + c[2], c[2], n[0])
        self.down4, self.down5 = silu(c[2], c[2], 3, 2), silu(c[3], c[3], 3, 2)
        self.out4, self.out5 = C2f(c[2] + c[3], c[3], n[0]), C2f(c[3] + c[4], c[4], n[0])
        boxes, classes = max(c[2] // 4, 4 * self.BINS), max(c[2], 80)
        self.boxes = nn.ModuleList(self.head(inside, boxes, 4 * self.BINS) for inside in c[2:])
        self.classes = nn.ModuleList(self.head(inside, classes, 80) for inside in c[2:])
        self.bins = nn.Conv2d(self.BINS, 1, 1, bias=False)

    @staticmethod
    def head(inside: int, width: int, outputs: int) -> nn.Module:
        return nn.Sequential(silu(inside, width, 3), silu(width, width, 3), nn.Conv2d(width, outputs, 1))

    def forward(self, image: Tensor) -> Tensor:
        def above(x: Tensor, other: Tensor) -> Tensor:
            return torch.cat([nn.functional.interpolate(x, scale_factor=2.0), other], 1)

        p3 = self.stage3(image)
        p4 = self.stage4(p3)
        p5 = self.stage5(p4)
        middle = self.up4(above(p5, p4))
        p3 = self.up3(above(middle, p3))
        p4 = self.out4(torch.cat([self.down4(p3), middle], 1))
        p5 = self.out5(torch.cat([self.down5(p4), p5], 1))
        sides = torch.cat([head(p).flatten(2) for head, p in zip(self.boxes, (p3, p4, p5), strict=True)], 2)
        scores = torch.cat([head(p).flatten(2) for head, p in zip(self.classes, (p3, p4, p5), strict=True)], 2)
        # distribution focal loss: each side of a box is the mean of 16 bins, by their probabilities
        likely = sides.unflatten(1, (4, self.BINS)).transpose(1, 2).softmax(1)
        return torch.cat([self.bins(likely).squeeze(1), scores.sigmoid()], 1)


def silu(inside: int, filters: int, kernel: int, stride: int = 1) -> nn.Module:
    convolution = nn.Conv2d(inside, filters, kernel, stride, kernel // 2, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(filters, eps=1e-3), nn.SiLU())


class C2f(nn.Module):
    """Two halves, and what units make of the second one after another: all of them are joined."""

    def __init__(self, inside: int, filters: int, units: int, residual: bool = False) -> None:
        super().__init__()
        half = filters // 2
        self.first, self.last = silu(inside, filters, 1), silu((2 + units) * half, filters, 1)
        pairs = [nn.Sequential(silu(half, half, 3), silu(half, half, 3)) for _ in range(units)]
        self.units = nn.ModuleList(added(nn.Identity(), pair) if residual else pair for pair in pairs)

    def forward(self, x: Tensor) -> Tensor:
        parts = list(self.first(x).chunk(2, 1))
        for unit in self.units:
            parts.append(unit(parts[-1]))
        return self.last(torch.cat(parts, 1))


class SPPF(nn.Module):
    """A map and its maxima over 5×5, 9×9 and 13×13 positions."""

    def __init__(self, inside: int) -> None:
        super().__init__()
        self.first, self.last = silu(inside, inside // 2, 1), silu(2 * inside, inside, 1)
        self.pool = nn.MaxPool2d(5, 1, 2)

    def forward(self, x: Tensor) -> Tensor:
        parts = [self.first(x)]
        for _ in range(3):
            parts.append(self.pool(parts[-1]))
        return self.last(torch.cat(parts, 1))
