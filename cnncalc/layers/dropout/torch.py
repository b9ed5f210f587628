"""What drops values in PyTorch."""

from __future__ import annotations

from cnncalc.layers.equals import Equal, call
from cnncalc.layers.torch import Torch, TorchInAnyOrder

_DROP_PATH = '''\
class DropPath(nn.Module):
    """Drops the whole tensor of a sample during training (stochastic depth)."""

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.rate = rate

    def forward(self, x: Tensor) -> Tensor:
        if not self.training:
            return x
        kept = torch.rand(len(x), *[1] * (x.ndim - 1), device=x.device) >= self.rate
        return x * kept / (1 - self.rate)
'''


class DropoutTorch(TorchInAnyOrder):
    """`Dropout`."""

    def equal(self) -> Equal:
        return Equal(call("nn.Dropout", self.layer.rate))


class SpatialDropoutTorch(Torch):
    """`Dropout2d`."""

    def equal(self) -> Equal:
        return Equal(call(f"nn.Dropout{self.rank}", self.layer.rate))


class DropPathTorch(TorchInAnyOrder):
    """A module of one's own, as in timm and torchvision (`StochasticDepth`)."""

    def equal(self) -> Equal:
        return Equal(call("DropPath", self.layer.rate), helper=_DROP_PATH)
