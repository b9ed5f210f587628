"""What has no kind is counted all the same, as PyTorch counts it; what can be said in kinds has PyTorch's values."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

import cnncalc
from cnncalc.importing.operation_macs import operation_macs
from cnncalc.importing.operations import Constant, Operation, Tensor

torch = pytest.importorskip("torch")
exports = pytest.importorskip("importing.lifting.exports")
nn, F = torch.nn, torch.nn.functional

SEQUENCE, MAP = (10, 12), (3, 9, 8)


class Written(nn.Module):  # type: ignore[misc, name-defined]
    """A module that is one function of its parts and its input."""

    def __init__(self, function: Callable[[Any, Any], Any], **parts: Any) -> None:
        super().__init__()
        self.function = function
        for name, part in parts.items():
            setattr(self, name, part)

    def forward(self, x: Any) -> Any:
        return self.function(self, x)


def between_convolutions(function: Callable[[Any], Any]) -> Callable[[], Any]:
    """A module with a function of each value between two convolutions."""
    return lambda: Written(lambda own, x: own.b(function(own.a(x))), a=nn.Conv2d(3, 4, 3), b=nn.Conv2d(4, 2, 3))


# -- what has no kind


def cross_covariance(own: Any, x: Any) -> Any:
    """XCiT's attention between channels."""
    b, n, c = x.shape
    q, k, v = own.qkv(x).reshape(b, n, 3, 2, c // 2).permute(2, 0, 3, 4, 1).unbind(0)
    weights = (F.normalize(q, dim=-1) @ F.normalize(k, dim=-1).transpose(-2, -1) * own.t).softmax(-1)
    return own.out((weights @ v).permute(0, 3, 1, 2).reshape(b, n, c))


def linear_attention(own: Any, x: Any) -> Any:
    """EfficientViT's attention without a softmax."""
    b, _, height, width = x.shape
    q, k, v = own.qkv(x).reshape(b, 3, 2, 4, height * width).unbind(1)
    q, k, v = F.relu(q), F.relu(k), F.pad(v, (0, 0, 0, 1), value=1.0)
    y = (v @ k.transpose(-1, -2)) @ q
    return own.out((y[:, :, :-1] / (y[:, :, -1:] + 1e-5)).reshape(b, 8, height, width))


def with_weights(own: Any, x: Any) -> Any:
    return own.m(x, x, x)


def normed_queries(own: Any, x: Any) -> Any:
    q, k, v = (each(x).unflatten(2, (3, 4)).transpose(1, 2) for each in (own.q, own.k, own.v))
    return own.out(F.scaled_dot_product_attention(own.norm(q), k, v).transpose(1, 2).flatten(2))


def fewer_keys(own: Any, x: Any) -> Any:
    q = own.norm(own.q(x).unflatten(2, (4, 3)).transpose(1, 2))
    k, v = (each(x).unflatten(2, (2, 3)).transpose(1, 2) for each in (own.k, own.v))
    return own.out(F.scaled_dot_product_attention(q, k, v, enable_gqa=True).transpose(1, 2).flatten(2))


def linears(**sizes: tuple[int, int]) -> dict[str, Any]:
    return {name: nn.Linear(*each) for name, each in sizes.items()}


COUNTED: dict[str, tuple[Callable[[], Any], tuple[int, ...]]] = {
    "attention between channels": (
        lambda: Written(cross_covariance, **linears(qkv=(12, 36), out=(12, 12)), t=nn.Parameter(torch.ones(2, 1, 1))),
        SEQUENCE,
    ),
    "attention without a softmax": (
        lambda: Written(linear_attention, qkv=nn.Conv2d(8, 24, 1), out=nn.Conv2d(8, 8, 1)),
        (8, 5, 6),
    ),
    "weights that are returned": (
        lambda: Written(with_weights, m=nn.MultiheadAttention(12, 3, batch_first=True)),
        SEQUENCE,
    ),
    "normed queries": (
        lambda: Written(
            normed_queries, norm=nn.LayerNorm(4), **linears(q=(12, 12), k=(12, 12), v=(12, 12), out=(12, 12))
        ),
        SEQUENCE,
    ),
    "fewer keys than queries": (
        lambda: Written(fewer_keys, norm=nn.LayerNorm(3), **linears(q=(12, 12), k=(12, 6), v=(12, 6), out=(12, 12))),
        SEQUENCE,
    ),
    "rows of a map": (
        lambda: Written(lambda own, x: own.a(x) @ own.b(x).transpose(-1, -2), **linears(a=(8, 6), b=(8, 6))),
        MAP,
    ),
    "Einstein's notation": (
        lambda: Written(
            lambda own, x: torch.einsum("bhwc,bhvc->bhwv", own.a(x), own.b(x)), **linears(a=(8, 6), b=(8, 6))
        ),
        MAP,
    ),
    "a matrix for each channel": (
        lambda: Written(lambda own, x: x @ own.w, w=nn.Parameter(torch.randn(3, 8, 6))),
        MAP,
    ),
    "windows put in rows": (
        lambda: Written(lambda own, x: F.unfold(own.a(x), 3, padding=1), a=nn.Conv2d(3, 4, 3)),
        MAP,
    ),
    "values that are sorted": (
        lambda: Written(lambda own, x: own.a(x.sort(-1)[0].topk(3)[0]), a=nn.Linear(3, 2)),
        MAP,
    ),
    "places that are looked up": (
        lambda: Written(
            lambda own, x: F.grid_sample(x, own.a(x).permute(0, 2, 3, 1), align_corners=False), a=nn.Conv2d(3, 2, 1)
        ),
        MAP,
    ),
    "sums so far": (between_convolutions(lambda x: x.cumsum(1)), MAP),
    "deviation": (between_convolutions(lambda x: x * x.std((2, 3), keepdim=True)), MAP),
}


def totals_of(program: Any, tmp_path: Any) -> Any:
    torch.export.save(program, tmp_path / "model.pt2")
    spec = cnncalc.load(tmp_path / "model.pt2")
    return spec, cnncalc.analyze(spec).totals


def counted(module: Any, x: Any) -> int:
    """The multiply-adds of a module, as PyTorch counts them without its fused operations."""
    from torch.nn.attention import SDPBackend, sdpa_kernel
    from torch.utils.flop_counter import FlopCounterMode

    torch.backends.mha.set_fastpath_enabled(False)
    try:
        counter = FlopCounterMode(display=False)
        with torch.no_grad(), counter, sdpa_kernel(SDPBackend.MATH), torch.backends.mkldnn.flags(enabled=False):
            module(x)
    finally:
        torch.backends.mha.set_fastpath_enabled(True)
    return counter.get_total_flops() // 2


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # of torch.export
@pytest.mark.parametrize("is_decomposed", [False, True], ids=["as it is", "decomposed"])
@pytest.mark.parametrize("name", COUNTED)
def test_totals_are_exact_where_only_a_kind_is_missing(name: str, is_decomposed: bool, tmp_path: Any) -> None:
    make, sizes = COUNTED[name]
    module = make()
    program = exports.program(module, sizes)
    spec, totals = totals_of(program.run_decompositions() if is_decomposed else program, tmp_path)
    assert (totals.params, totals.macs) == (
        sum(each.numel() for each in module.parameters()),
        counted(module, torch.randn(1, *sizes)),
    )
    (warning,) = [each.message for each in spec.remarks if each.severity == "warning"]
    assert "operations not understood: " in warning
    assert "lower bounds" not in warning


def test_weights_that_are_calculated_are_counted_once() -> None:
    """A product of two parameters is made once, whatever the number of samples is."""
    module = Written(
        lambda own, x: x @ (own.a @ own.b), a=nn.Parameter(torch.ones(8, 2)), b=nn.Parameter(torch.ones(2, 6))
    )
    settings = [layer.settings for layer in exports.lifted(exports.program(module, (5, 8))).layers]
    assert sum(each["params"] for each in settings) == 8 * 2 + 2 * 6
    assert sum(each["macs"] for each in settings) == 5 * 8 * 6 + 8 * 2 * 6


def test_what_nobody_knows_is_not_counted_as_nothing() -> None:
    draft = exports.lifted(exports.program(Written(lambda _, x: torch.fft.fft(x).real), (8,)))
    assert any(layer.kind == "opaque" and "macs" not in layer.settings for layer in draft.layers)


# -- an operation by its sizes


def operation(name: str, *sizes: tuple[int, ...] | None, **settings: Any) -> Operation:
    *read, made = sizes
    inputs = [
        None if each is None else Tensor("x", each, constant=Constant(None) if place else None)
        for place, each in enumerate(read)
    ]
    return Operation(name, inputs, [Tensor("y", made)], settings)


@pytest.mark.parametrize(
    ("sizes", "macs"),
    [
        (("conv", (7, 6, 9, 9), (8, 3, 3, 3), None, (7, 8, 7, 7)), 7 * 7 * 8 * 3 * 3 * 3),
        (("conv_transpose", (7, 6, 5, 5), (6, 4, 2, 2), (7, 4, 10, 10)), 5 * 5 * 6 * 4 * 2 * 2),
        (("linear", (7, 9, 5), (3, 5), (7, 9, 3)), 9 * 5 * 3),
        (("matmul", (7, 2, 9, 5), (7, 2, 5, 4), (7, 2, 9, 4)), 2 * 9 * 5 * 4),
        (("attention", (7, 2, 9, 5), (7, 2, 6, 5), (7, 2, 6, 4), (7, 2, 9, 4)), 2 * 9 * 6 * (5 + 4)),
        (("exp", (7, 9), (7, 9)), 0),
        (("cumulate", (7, 9), (7, 9)), 0),
        (("matmul", (7, 9, 5), (7, 5, 4), None), None),
        (("unknown", (7, 9), (7, 9)), None),
        (("lstm", (7, 9, 5), (7, 9, 5)), None),
    ],
    ids=lambda each: each[0] if isinstance(each, tuple) else "",
)
def test_multiply_adds_follow_from_sizes(sizes: Any, macs: int | None) -> None:
    assert operation_macs(operation(*sizes), 7) == macs


@pytest.mark.parametrize("does", ["elementwise", "no products"])
def test_an_unknown_operation_that_is_no_product(does: str) -> None:
    assert operation_macs(operation("unknown", (7, 9), (7, 9), does=does), 7) == 0


# -- what each position reads


@pytest.mark.filterwarnings("ignore")  # of torch.export
@pytest.mark.parametrize(
    "function",
    [torch.exp, torch.sin, torch.floor, torch.tan, lambda x: x.pow(1.5), lambda x: (x > 0.2).float(),
     lambda x: torch.where(x > 0.1, x, 0.0), lambda x: torch.hypot(x, x + 1), lambda x: 1 / (x.relu() + 1),
     lambda x: x.int().float()],
    ids=["exp", "sin", "floor", "tan", "power", "comparison", "choice", "two tensors", "reciprocal", "cast"],
)  # fmt: skip
def test_a_function_of_each_value_keeps_the_field(function: Callable[[Any], Any], tmp_path: Any) -> None:
    program = exports.program(between_convolutions(function)(), MAP)
    spec, totals = totals_of(program, tmp_path)
    field = cnncalc.analyze(spec).end.fields["input"]
    assert (field.status, field.size) == ("local", (5, 5))  # two windows of 3
    assert totals.macs == 7 * 6 * 4 * 3 * 9 + 5 * 4 * 2 * 4 * 9


# -- what can be said in kinds


def causal_by_mask(own: Any, x: Any) -> Any:
    """As nanoGPT has it."""
    b, n, c = x.size()
    q, k, v = own.qkv(x).split(c, dim=2)
    q, k, v = (each.view(b, n, 3, c // 3).transpose(1, 2) for each in (q, k, v))
    scores = (q @ k.transpose(-2, -1)) * (1.0 / math.sqrt(k.size(-1)))
    scores = scores.masked_fill(own.mask[:, :, :n, :n] == 0, float("-inf"))
    return own.out((F.softmax(scores, dim=-1) @ v).transpose(1, 2).contiguous().view(b, n, c))


def of_visible(own: Any, x: Any) -> Any:
    b, n, c = x.shape
    q, k, v = (each.view(b, n, 3, c // 3).transpose(1, 2) for each in own.qkv(x).chunk(3, -1))
    scores = torch.where(own.mask[:, :, :n, :n] > 0, (q @ k.mT) * (c // 3) ** -0.5, -1e9)
    return own.out((scores.softmax(-1) @ v).transpose(1, 2).reshape(b, n, c))


def masked(function: Callable[[Any, Any], Any]) -> Any:
    module = Written(function, **linears(qkv=(12, 36), out=(12, 12)))
    module.register_buffer("mask", torch.tril(torch.ones(16, 16)).view(1, 1, 16, 16))
    return module


def frame_by_frame(own: Any, x: Any) -> Any:
    b, n = x.shape[:2]
    return own.head(own.body(x.flatten(0, 1)).reshape(b, n, -1))


def frames_second(own: Any, x: Any) -> Any:
    """The frames before the batch."""
    y = own.body(x.transpose(0, 1).flatten(0, 1))
    return own.head(y.reshape(x.shape[1], x.shape[0], -1).transpose(0, 1))


def body(*layers: Any) -> Any:
    return nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.ReLU(), *layers)


VIDEO = (5, 3, 12, 12)
KINDS: dict[str, tuple[Callable[[], Any], tuple[int, ...], dict[str, int]]] = {
    "causal by a mask": (lambda: masked(causal_by_mask), SEQUENCE, {"attention": 1}),
    "causal by what is visible": (lambda: masked(of_visible), SEQUENCE, {"attention": 1}),
    "frames": (
        lambda: Written(
            frame_by_frame,
            body=body(
                *(nn.MaxPool2d(2), nn.Conv2d(4, 8, 3, 2, 1, groups=2)),
                *(nn.Conv2d(8, 8, 3, 1, 1, groups=8), nn.AdaptiveAvgPool2d(1)),
            ),
            head=nn.Linear(8, 3),
        ),
        VIDEO,
        {"conv": 2, "relu": 1, "max_pool": 1, "depthwise_conv": 1, "reduce": 1, "flatten": 1, "dense": 1},
    ),
    "frames, the largest": (
        lambda: Written(
            frame_by_frame, body=body(nn.AvgPool2d(3, 2, 1), nn.AdaptiveMaxPool2d(1)), head=nn.Linear(4, 3)
        ),
        VIDEO,
        {"conv": 1, "relu": 1, "avg_pool": 1, "reduce": 1, "flatten": 1, "dense": 1},
    ),
    "frames before the batch": (
        lambda: Written(frames_second, body=body(nn.AdaptiveAvgPool2d(1)), head=nn.Linear(4, 3)),
        VIDEO,
        {"conv": 1, "relu": 1, "reduce": 1, "flatten": 1, "dense": 1},
    ),
    "slopes for each channel": (lambda: nn.Sequential(nn.Conv2d(3, 4, 3), nn.PReLU(4)), MAP, {"conv": 1, "prelu": 1}),
    "one slope": (lambda: nn.Sequential(nn.Conv2d(3, 4, 3), nn.PReLU()), MAP, {"conv": 1, "prelu": 1}),
    "slopes of features": (lambda: nn.Sequential(nn.Linear(7, 4), nn.PReLU(4)), (7,), {"dense": 1, "prelu": 1}),
    "a slope by hand": (
        between_convolutions(lambda x: torch.where(x > 0, x, 0.3 * x)), MAP, {"conv": 2, "leaky_relu": 1}
    ),
    "a slope from the other side": (
        between_convolutions(lambda x: torch.where(x < 0, x * 0.3, x)), MAP, {"conv": 2, "leaky_relu": 1}
    ),
    "square": (between_convolutions(torch.square), MAP, {"conv": 2, "multiply": 1}),
    "cube": (between_convolutions(lambda x: x**3), MAP, {"conv": 2, "multiply": 1}),
    "magnitude": (between_convolutions(torch.abs), MAP, {"conv": 2, "rescale": 1, "maximum": 1}),
    "at least": (between_convolutions(lambda x: x.clamp(min=-0.3)), MAP, {"conv": 2, "rescale": 2, "relu": 1}),
    "at most": (between_convolutions(lambda x: x.clamp(max=0.4)), MAP, {"conv": 2, "rescale": 2, "relu": 1}),
}  # fmt: skip
AS_IT_IS: dict[str, tuple[Callable[[], Any], dict[str, int]]] = {
    "celu": (between_convolutions(lambda x: F.celu(x, 1.3)), {"conv": 2, "rescale": 2, "elu": 1}),
    "steep softplus": (between_convolutions(lambda x: F.softplus(x, 2.0)), {"conv": 2, "rescale": 2, "softplus": 1}),
    "soft shrinking": (between_convolutions(lambda x: F.softshrink(x, 0.2)), {"conv": 2, "clip": 1, "subtract": 1}),
    "random slopes": (between_convolutions(F.rrelu), {"conv": 2, "leaky_relu": 1}),
}
"""Functions that decompositions take apart into more than we put together again."""


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # of torch.export
@pytest.mark.parametrize("is_decomposed", [False, True], ids=["as it is", "decomposed"])
@pytest.mark.parametrize("name", KINDS)
def test_kinds_have_the_values_of_pytorch(name: str, is_decomposed: bool) -> None:
    make, sizes, kinds = KINDS[name]
    turned = ["CNN573"] if "frames" in name else []  # a row for each frame in the file, a column in the spec
    assert exports.kinds(exports.check(make(), sizes, decomposed=is_decomposed, remarks=turned)) == kinds


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # of torch.export
@pytest.mark.parametrize("name", AS_IT_IS)
def test_functions_have_the_values_of_pytorch(name: str) -> None:
    make, kinds = AS_IT_IS[name]
    assert exports.kinds(exports.check(make(), MAP)) == kinds


def test_attention_by_a_mask_is_causal() -> None:
    (layer,) = exports.check(masked(causal_by_mask), SEQUENCE).layers
    assert layer.settings == {"heads": 3, "causal": True}
