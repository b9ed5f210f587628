"""torchvision's `DeformConv2d`, or where torchvision is not installed one that does the same with `grid_sample`.

Values of torchvision itself are in tests/data/deform_conv.json; both are compared with them.
"""

from __future__ import annotations

import importlib.util
import sys
from itertools import product
from types import ModuleType
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812


class OwnDeformConv2d(nn.Conv2d):
    """Each tap samples the input where its offset says, as an image is sampled."""

    def forward(self, x: Any, offset: Any, mask: Any = None) -> Any:
        taps = list(product(*map(range, self.kernel_size)))
        groups = offset.shape[1] // (2 * len(taps))
        parts = [self._sampled(part, offset, g, taps) for g, part in enumerate(x.chunk(groups, 1))]
        columns = torch.cat(parts, 1)  # (batch, channels, taps, height, width)
        if mask is not None:
            factors = mask.unflatten(1, (groups, len(taps))).repeat_interleave(x.shape[1] // groups, 1)
            columns = columns * factors
        filters = self.weight.flatten(1)[..., None, None]  # taps are channels
        return F.conv2d(columns.flatten(1, 2), filters, self.bias, groups=self.groups)

    def _sampled(self, x: Any, offset: Any, group: int, taps: list[tuple[int, ...]]) -> Any:
        """The values of some channels at every tap."""
        *_, rows, columns = offset.shape
        own = offset.unflatten(1, (-1, len(taps), 2))[:, group]
        found = []
        for index, tap in enumerate(taps):
            places = []
            for axis, (count, view) in enumerate(((rows, (-1, 1)), (columns, (1, -1)))):
                start = torch.arange(count, dtype=x.dtype).reshape(view) * self.stride[axis] - self.padding[axis]
                place = start + tap[axis] * self.dilation[axis] + own[:, index, axis]
                places.append((2 * place + 1) / x.shape[2 + axis] - 1)
            grid = torch.stack(places[::-1], -1)
            found.append(F.grid_sample(x, grid, "bilinear", "zeros", align_corners=False))
        return torch.stack(found, 2)


if importlib.util.find_spec("torchvision"):
    from torchvision.ops import DeformConv2d
else:
    DeformConv2d = OwnDeformConv2d
    for name in ("torchvision", "torchvision.ops"):
        sys.modules.setdefault(name, ModuleType(name))
    sys.modules["torchvision.ops"].DeformConv2d = OwnDeformConv2d  # type: ignore[attr-defined]
