"""What is read from exported modules gives the values that the modules give: before and after decomposition."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="PyTorch is not installed (pip install -e '.[oracle]')")
import torch
from importing.interpreter import run, unknown_in
from importing.pt2.exports import Calls, exported
from torch import nn
from torch.nn import functional

from cnncalc.importing.pt2.reader import read_pt2

IMAGE = (3, 4, 9, 8)


def image(*sizes: int) -> torch.Tensor:
    torch.manual_seed(1)
    return torch.randn(sizes or IMAGE)


def chained(*modules: nn.Module) -> nn.Module:
    """One after the other; running statistics that are not those of a new network."""
    for module in nn.Sequential(*modules).modules():
        if isinstance(module, nn.modules.batchnorm._BatchNorm) and module.running_var is not None:
            module.running_mean.uniform_(-1, 1)
            module.running_var.uniform_(0.5, 2)
    return nn.Sequential(*modules).eval()


def side_by_side(*functions: object) -> nn.Module:
    """Each on the same input, all results returned."""
    return Calls(lambda *inputs: [function(*inputs) for function in functions])


def standardised(self: nn.Module, x: torch.Tensor) -> torch.Tensor:
    w = self.conv.weight
    w = functional.batch_norm(w.reshape(1, w.shape[0], -1), None, None, training=True, momentum=0.0).reshape_as(w)
    return functional.conv2d(x, w, self.conv.bias)


def windows(x: torch.Tensor) -> torch.Tensor:
    """The mask of shifted windows, as Swin makes it: in place, on parts of parts."""
    mask = x.new_zeros((8, 8))
    count = 0
    for h in ((0, -4), (-4, -2), (-2, None)):
        for w in ((0, -4), (-4, -2), (-2, None)):
            mask[h[0] : h[1], w[0] : w[1]] = count
            count += 1
    mask = mask.view(2, 4, 2, 4).permute(0, 2, 1, 3).reshape(4, 16)
    mask = mask.unsqueeze(1) - mask.unsqueeze(2)
    return x.sum((1, 2, 3))[:, None, None, None] + mask.masked_fill(mask != 0, -100.0).masked_fill(mask == 0, 0.0)


def positions(x: torch.Tensor) -> torch.Tensor:
    """Relative positions and their index, from `arange` to a table."""
    grid = torch.stack(torch.meshgrid([torch.arange(3), torch.arange(4)], indexing="ij")).flatten(1)
    relative = (grid[:, :, None] - grid[:, None, :]).permute(1, 2, 0).contiguous()
    relative[:, :, 0] += 2
    relative[:, :, 1] += 3
    relative[:, :, 0] *= 7
    index = relative.sum(-1)
    waves = torch.sin(torch.arange(10, dtype=torch.float32)[:, None] / torch.pow(100.0, torch.arange(4) / 4))
    causal = torch.tril(torch.ones(5, 5, dtype=torch.bool))
    return x.mean() + index.flatten()[:20].float().reshape(4, 5).repeat(1, 2) + waves.T + causal.sum()


class Attentive(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.own = nn.MultiheadAttention(8, 2, batch_first=True)
        self.encoder = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True, norm_first=True, activation="gelu")
        self.token = nn.Parameter(torch.randn(1, 1, 8))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = torch.cat([self.token.expand(x.shape[0], -1, -1), x.flatten(1, 2)], 1)
        x = x + self.own(x, x, x, need_weights=False)[0]
        return self.encoder(x)[:, 0]


def recurrent(self: nn.Module, x: torch.Tensor) -> torch.Tensor:
    rows, _ = self.lstm(x.mean(1))
    rows, last = self.gru(rows)
    made, _ = self.rnn(rows.transpose(0, 1))
    return made[-1] + last[0, :, :3].sum(1, keepdim=True)


def without_gradients(x: torch.Tensor) -> torch.Tensor:
    with torch.no_grad():
        y = torch.relu(x) + 1
    return y * 2


def in_place(x: torch.Tensor) -> torch.Tensor:
    y = x + 1
    z = functional.relu_(y)
    y += x
    return y * z.mean()


def part_in_place(x: torch.Tensor) -> torch.Tensor:
    y = x * 1
    y[:, 1].transpose(1, 2)[:, 2:4] = 0
    y[:, 2:, :, 3] *= 2
    return y + x


def shifted(x: torch.Tensor) -> torch.Tensor:
    """A shift of some channels, as for time."""
    y = torch.zeros_like(x)
    y[:, :2, :-1] = x[:, :2, 1:]
    y[:, 2:] = x[:, 2:]
    return y


def masked_bias(x: torch.Tensor) -> torch.Tensor:
    bias = torch.arange(8.0).clone()
    bias[2:4].zero_()
    return x + bias


def twice_in_place(x: torch.Tensor) -> torch.Tensor:
    y = x + 1
    z = y.relu_().add_(x)
    return y + z


MODULES = {
    "convolutions": chained(
        nn.Conv2d(4, 6, 3, stride=2, padding=(1, 0), dilation=(1, 2), groups=2),
        nn.Conv2d(6, 8, (3, 2), padding="same"),
        nn.ConvTranspose2d(8, 4, 3, stride=2, padding=1, output_padding=1, bias=False, groups=2),
    ),
    "one and three axes": Calls(
        lambda self, x: self.b(self.a(x.flatten(2)).reshape(x.shape[0], 2, 4, 3, 6)),
        a=nn.Conv1d(4, 2, 1),
        b=nn.Conv3d(2, 2, 2),
    ),
    "pools": side_by_side(
        nn.MaxPool2d(3, 2, 1, ceil_mode=True),
        nn.MaxPool2d(2, dilation=2, stride=1),
        nn.AvgPool2d(3, 2, 1, ceil_mode=True, count_include_pad=False),
        nn.AvgPool2d((2, 1), divisor_override=3),
        nn.AdaptiveAvgPool2d((3, 4)),
        nn.AdaptiveAvgPool2d(1),
        nn.AdaptiveMaxPool2d((3, 2)),
        lambda x: functional.max_pool1d(x.flatten(2), 3) + functional.avg_pool1d(x.flatten(2), 3),
        lambda x: functional.adaptive_avg_pool1d(x.flatten(2), 6),
        lambda x: functional.max_pool3d(x[:, None], 2) + functional.avg_pool3d(x[:, None], 2),
        lambda x: functional.lp_pool2d(x, 2.0, 2),
        lambda x: functional.local_response_norm(x, 3),
    ),
    "pads": side_by_side(
        *(nn.ReflectionPad2d((1, 2, 0, 1)), nn.ReplicationPad2d(1), nn.ZeroPad2d((1, 0, 0, 2)), nn.CircularPad2d(1)),
        *(
            lambda x: functional.pad(x, (1, 1, 0, 0, 0, 2), value=2.0),
            lambda x: functional.pad(x, (-1, 0)),
            lambda x: functional.pad(x, (0, 0)),
        ),
    ),
    "sizes": side_by_side(
        lambda x: functional.interpolate(x, (18, 16)),
        lambda x: functional.interpolate(x, scale_factor=2, mode="bilinear"),
        lambda x: functional.interpolate(x, (5, 5), mode="bilinear", align_corners=True),
        lambda x: functional.interpolate(x, (5, 12), mode="bicubic"),
        lambda x: functional.interpolate(x, (5, 12), mode="nearest-exact"),
        lambda x: functional.pixel_unshuffle(functional.pixel_shuffle(x, 2), 2),
        lambda x: functional.channel_shuffle(x, 2),
    ),
    "patches": side_by_side(
        lambda x: functional.unfold(x[:, :, :8], 4, stride=4),
        lambda x: functional.fold(functional.unfold(x[:, :, :8], 2, stride=2) * 3, (8, 8), 2, stride=2),
    ),
    "norms": chained(
        nn.BatchNorm2d(4),
        nn.BatchNorm2d(4, affine=False, eps=1e-3),
        nn.GroupNorm(2, 4),
        nn.InstanceNorm2d(4, affine=True),
        nn.LayerNorm(8),
        nn.LayerNorm((9, 8), elementwise_affine=False),
        nn.LayerNorm(8, bias=False),
        nn.RMSNorm(8),
        nn.Flatten(),
        nn.BatchNorm1d(288),
    ),
    "standardised weights": Calls(standardised, conv=nn.Conv2d(4, 5, 3)),
    "activations": side_by_side(
        *(nn.ReLU(), nn.ReLU6(), nn.LeakyReLU(), nn.LeakyReLU(0.2), nn.ELU(0.5), nn.SELU(), nn.CELU(2.0), nn.GELU()),
        *(nn.GELU("tanh"), nn.Sigmoid(), nn.Hardsigmoid(), nn.LogSigmoid(), nn.Tanh(), nn.Hardtanh(-2, 0.5), nn.SiLU()),
        *(nn.Hardswish(), nn.Mish(), nn.Softplus(2), nn.Softsign(), nn.Threshold(0.5, 0), nn.Tanhshrink()),
        *(nn.Softmax(-1), nn.LogSoftmax(1), nn.GLU(1), nn.Softmin(2)),
        *(lambda x: x.clamp(min=0.1), lambda x: x.clamp(-1, 1), torch.erf, torch.exp, lambda x: (x.abs() + 1).log()),
        *(lambda x: (x**2).sqrt(), lambda x: (x * x + 1).rsqrt(), lambda x: x**3, torch.floor, torch.round, torch.sign),
    ),
    "slopes": chained(nn.PReLU(4), nn.PReLU()),
    "operators": side_by_side(
        *(lambda x: x + 2 * x - x / 3, lambda x: 1 - x, lambda x: torch.maximum(x, -x), lambda x: x // 0.5),
        *(lambda x: torch.add(x, x, alpha=2), lambda x: torch.addcmul(x, x, x, value=0.5), lambda x: x % 2.0),
        *(
            lambda x: torch.where(x > 0, x, -1.0),
            lambda x: x.masked_fill(x != x, 0.0),
            lambda x: ((x > 0) & (x < 1)).float(),
        ),
        *(lambda x: torch.rsub(x, 1.5), lambda x: x * torch.tensor([1.0, 2.0]).repeat(4)),
    ),
    "reductions": side_by_side(
        *(lambda x: x.mean((2, 3)), lambda x: x.sum(-1, keepdim=True), lambda x: x.amax(1), lambda x: x.max(2).values),
        *(lambda x: x.var((1, 2)), lambda x: x.std(-1, correction=0), lambda x: torch.var_mean(x, 1)[0]),
        *(
            lambda x: x.argmax(1),
            lambda x: functional.normalize(x, dim=1),
            lambda x: x.logsumexp(1),
            lambda x: x.cumsum(2),
        ),
        lambda x: x.norm(p=1, dim=1),
    ),
    "arrangements": side_by_side(
        lambda x: x.permute(0, 2, 3, 1).reshape(x.shape[0], -1).unsqueeze(-1).squeeze(2),
        lambda x: torch.cat([*x.chunk(2, 1), *x.split([1, 3], 1), x[:, 2:3]], 1),
        lambda x: torch.stack(x.unbind(1), -1),
        lambda x: torch.stack([x, -x], 1).flatten(1, 2),
        lambda x: x[:, :, ::2, 1:-1] + x.narrow(2, 0, 5)[..., :-2],
        lambda x: x[:, -1].unsqueeze(1).expand(-1, 3, -1, -1),
        lambda x: x.repeat(1, 2, 1, 1) + x.repeat_interleave(2, 1),
        lambda x: x.roll((1, -2), (2, 3)).flip(1),
        lambda x: x.movedim(1, -1).transpose(1, 2).mT,
        lambda x: x[:, [2, 0, 0]] + x.index_select(1, torch.tensor([1, 1, 3])),
        lambda x: x.unflatten(1, (2, 2)).swapaxes(1, 2),
        lambda x: x.to(torch.float64).contiguous().float(),
        lambda x: torch.zeros(x.shape[0], 3) + x[:, :3, 0, 0] + torch.ones_like(x)[:, :3, 0, 0],
    ),
    "products": side_by_side(
        lambda x: x @ x.mT,
        lambda x: torch.einsum("bchw,bdhw->bcd", x, x),
        lambda x: torch.einsum("bchw,cd->bdhw", x, torch.ones(4, 2)),
        lambda x: torch.einsum("bchw,cwd->bchd", x, torch.arange(96.0).reshape(4, 8, 3) / 50),
        lambda x: torch.einsum("bchw->bwc", x),
        lambda x: torch.bmm(x[:, 0], x[:, 1].mT),
        lambda x: torch.baddbmm(x[:, 0], x[:, 0], x[:, 1, :8], beta=0.5, alpha=2),
        lambda x: functional.scaled_dot_product_attention(x, x, x, is_causal=True, scale=0.3),
        lambda x: functional.scaled_dot_product_attention(x[:, 0], x[:, 1], x[:, 2]),
        lambda x: functional.scaled_dot_product_attention(
            x, x, x, (x[:1, :1, :, :1] * 9 > 0) | torch.eye(9, dtype=torch.bool)
        ),
        lambda x: functional.scaled_dot_product_attention(
            x.unflatten(1, (2, 2)), x.unflatten(1, (2, 2)), x.unflatten(1, (2, 2))
        ),
    ),
    "dense": chained(nn.Dropout(0.2), nn.Linear(8, 5), nn.Linear(5, 3, bias=False), nn.Flatten(), nn.Linear(108, 2)),
    "attention": Attentive().eval(),
    "recurrent": Calls(
        recurrent,
        lstm=nn.LSTM(8, 5, 2, batch_first=True, bidirectional=True),
        gru=nn.GRU(10, 6, batch_first=True),
        rnn=nn.RNN(6, 3, nonlinearity="relu"),
    ),
    "windows": Calls(windows),
    "positions": Calls(positions),
    "without gradients": Calls(without_gradients),
    "in place": Calls(in_place),
    "parts in place": side_by_side(part_in_place, shifted, masked_bias, twice_in_place),
}


IN_PIECES = ("recurrent", "patches")
"""A recurrent layer is decomposed into its steps, and patches into indices: they are not one layer any more."""
CASES = [
    (name, decomposed) for name in MODULES for decomposed in (False, True) if not (decomposed and name in IN_PIECES)
]


@pytest.mark.parametrize(
    "settings", [{"stride": 1}, {"stride": 2, "padding": 1}, {"stride": 2, "dilation": 2}, {"stride": 3}]
)
def test_patches_that_overlap_or_leave_something_out_are_no_blocks(settings: dict[str, int]) -> None:
    """Nor those of 2 × 2 that do not fill 9 rows."""
    graph = read_pt2(exported(side_by_side(lambda x: functional.unfold(x, 2, **settings)), image()))
    assert [operation.settings["name"] for operation in unknown_in(graph)] == ["aten.im2col.default"]


@pytest.mark.parametrize(("name", "decomposed"), CASES)
def test_values(name: str, decomposed: bool) -> None:
    module = MODULES[name].eval()
    graph = read_pt2(exported(module, image(), decomposed=decomposed))
    assert not unknown_in(graph), [operation.place for operation in unknown_in(graph)]
    x = image(2, *IMAGE[1:])
    with torch.no_grad():
        wanted, given = module(x), run(graph, [x])
    for a, b in zip(given, wanted if isinstance(wanted, list) else [wanted], strict=True):
        assert a.dtype == b.dtype
        torch.testing.assert_close(a, b, rtol=1e-5, atol=1e-5)
