"""Modules of PyTorch, exported and read: the layers that are found have their parameters and their values."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from importing.lifting.operation_graphs import kinds, outputs_of

from cnncalc.importing.draft import Draft
from cnncalc.importing.lifting import lift
from cnncalc.importing.pt2.reader import read_pt2

torch = pytest.importorskip("torch")
nn, F = torch.nn, torch.nn.functional

pytestmark = pytest.mark.slow

MAP = (3, 8, 10)


class Written(nn.Module):  # type: ignore[misc, name-defined]
    """A module that is one function of its parts and its inputs."""

    def __init__(self, function: Callable[..., Any], **parts: Any) -> None:
        super().__init__()
        self.function = function
        for name, part in parts.items():
            setattr(self, name, part)

    def forward(self, *inputs: Any) -> Any:
        return self.function(self, *inputs)


def shuffled(_: Any, x: Any) -> Any:
    batch, channels, height, width = x.shape
    return x.reshape(batch, 2, channels // 2, height, width).transpose(1, 2).reshape(x.shape)


def gated(own: Any, x: Any) -> Any:
    return x * torch.sigmoid(own.up(F.relu(own.down(F.adaptive_avg_pool2d(x, 1)))))


def number(*sizes: int) -> Any:
    return nn.Parameter(torch.randn(sizes))


MODULES: dict[str, tuple[Callable[[], Any], tuple[int, ...], list[str]]] = {
    "uneven border": (
        lambda: Written(lambda own, x: own.c(F.pad(x, (1, 2, 0, 1))), c=nn.Conv2d(3, 4, 3, 2)),
        *(MAP, ["pad", "conv"]),
    ),
    "limits of every kind": (
        lambda: nn.Sequential(nn.Hardtanh(), nn.Hardtanh(-0.5, 0.25), nn.Hardtanh(0, 6), nn.Hardtanh(-0.1, 0.2)),
        *(MAP, ["clip"]),
    ),
    "reflected border": (lambda: nn.Conv2d(3, 4, 3, padding=1, padding_mode="reflect"), MAP, ["pad", "conv"]),
    "sequence": (lambda: nn.Conv1d(3, 6, 3, groups=3, dilation=2), (3, 12), ["depthwise_conv"]),
    "volume": (lambda: nn.Conv3d(2, 4, (1, 2, 3), padding=(0, 1, 1)), (2, 4, 5, 6), ["conv"]),
    "transposed": (lambda: nn.ConvTranspose2d(4, 6, 3, 2, 1, 1, 2), (4, 5, 6), ["conv_transpose"]),
    "instance norm": (lambda: nn.InstanceNorm2d(4, affine=True), (4, 5, 5), ["instance_norm"]),
    "norm of all values": (lambda: nn.LayerNorm([4, 5, 6]), (4, 5, 6), ["layer_norm"]),
    "slopes": (lambda: nn.Sequential(nn.PReLU(3), nn.PReLU()), MAP, ["prelu", "prelu"]),
    "window cut short": (lambda: nn.AvgPool2d(3, 2, 1, True, False), MAP, ["avg_pool"]),
    "divisor": (lambda: nn.AvgPool2d(2, divisor_override=3), MAP, ["avg_pool", "rescale"]),
    "nearest": (lambda: nn.Upsample((9, 7)), MAP, ["resize"]),
    "nearest exact": (lambda: nn.Upsample((9, 7), mode="nearest-exact"), MAP, ["resize"]),
    "factors": (lambda: nn.Upsample(scale_factor=1.3, mode="bilinear"), MAP, ["resize"]),
    "pixel shuffle": (lambda: nn.PixelShuffle(2), (8, 3, 4), ["depth_to_space"]),
    "channel shuffle": (lambda: Written(shuffled), (8, 3, 4), ["channel_shuffle"]),
    "classifier": (
        lambda: nn.Sequential(nn.Conv2d(3, 4, 3), nn.Flatten(), nn.Linear(192, 5)),
        *(MAP, ["conv", "flatten", "dense"]),
    ),
    "unflattened": (
        lambda: nn.Sequential(nn.Linear(7, 48), nn.Unflatten(1, (3, 4, 4)), nn.Conv2d(3, 2, 3)),
        *((7,), ["dense", "reshape", "conv"]),
    ),
    "gate": (
        lambda: Written(gated, down=nn.Conv2d(3, 2, 1), up=nn.Conv2d(2, 3, 1)),
        *(MAP, ["global_avg_pool", "conv", "relu", "conv", "sigmoid", "multiply"]),
    ),
    "layer scale": (
        lambda: Written(lambda own, x: x + own.g.view(1, 3, 1, 1) * own.c(x), c=nn.Conv2d(3, 3, 1), g=number(3)),
        *(MAP, ["conv", "scale", "add"]),
    ),
    "parts": (
        lambda: Written(lambda own, x: torch.cat([*own.c(x).chunk(3, 1)][::-1], 1), c=nn.Conv2d(3, 6, 1)),
        *(MAP, ["conv", "slice", "slice", "slice", "concat"]),
    ),
    "mixed positions": (
        lambda: Written(lambda own, x: own.b(own.a(x.mT).mT), a=nn.Linear(5, 5), b=nn.Linear(6, 4)),
        *((5, 6), ["dense", "permute", "dense"]),
    ),
    "one norm for two": (
        lambda: Written(lambda own, x: own.c(F.relu(own.c(x))), c=nn.Conv2d(3, 3, 3, padding=1)),
        *(MAP, ["conv", "relu", "conv"]),
    ),
}


def read(module: Any, inputs: tuple[Any, ...], is_decomposed: bool) -> Draft:
    sizes = {0: torch.export.Dim.DYNAMIC}
    free: Any = tuple(sizes for _ in inputs)
    program = torch.export.export(module, inputs, dynamic_shapes=(free,) if isinstance(module, Written) else free)
    file = io.BytesIO()
    torch.export.save(program.run_decompositions() if is_decomposed else program, file)
    return lift(read_pt2(file.getvalue(), {}, "model.pt2"))


@pytest.mark.parametrize("name", MODULES)
@pytest.mark.filterwarnings("ignore")
def test_a_module_has_its_parameters_and_values(name: str) -> None:
    make, sizes, wanted = MODULES[name]
    torch.manual_seed(0)
    module = make().eval()
    x = torch.randn(2, *sizes)
    expected = module(x).detach().numpy()
    for is_decomposed in (False, True):
        draft = read(module, (x,), is_decomposed)
        assert kinds(draft) == wanted or (is_decomposed and name == "slopes")
        assert sum(layer.params or 0 for layer in draft.layers) == sum(each.numel() for each in module.parameters())
        if not draft.not_understood:
            made = outputs_of(draft, {draft.inputs[0].name: x.numpy().astype("float64")})[draft.outputs[0]]
            assert np.allclose(np.sort(made.ravel()), np.sort(expected.ravel()), atol=1e-5)


@pytest.mark.filterwarnings("ignore")
def test_a_module_that_is_used_twice_is_shared() -> None:
    module = MODULES["one norm for two"][0]()
    first, _, second = read(module, (torch.randn(2, *MAP),), False).layers
    assert (second.shares, first.origin) == (first, "c")
