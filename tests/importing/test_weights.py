"""Imported networks give the values that PyTorch and Keras give: every array in its place, and in its order."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import cnncalc

NEAR = 2e-5
"""How far float32 may be off, as a fraction of the largest value."""


def assert_near(found: np.ndarray, expected: np.ndarray, what: str = "") -> None:
    assert found.size == expected.size, what
    off = np.abs(found.ravel() - expected.ravel()).max() / np.abs(expected).max()
    assert off < NEAR, f"{what}: {off}"


def values_of(path: Path, *inputs: np.ndarray, **options: Any) -> np.ndarray:
    """The output of an imported network, of which everything is understood."""
    spec = cnncalc.load(path, **options)
    assert [each.message for each in spec.remarks if each.code in ("CNN157", "CNN570")] == []
    given = dict(zip((node.name for node in spec.graph.inputs), inputs, strict=True))
    return cnncalc.run(spec, given)[spec.graph.output_nodes[0].name]


# -- PyTorch


def networks() -> dict[str, tuple[Callable[[], Any], tuple[int, ...]]]:
    """Networks that differ in the arrays that they have, each with the shape of its input."""
    from torch import nn

    class Residual(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv1, self.norm1 = nn.Conv2d(3, 8, 3, 2, 1, bias=False), nn.BatchNorm2d(8)
            self.conv2, self.norm2 = nn.Conv2d(8, 8, 3, padding=1, bias=False), nn.BatchNorm2d(8, eps=1e-3)
            self.short = nn.Sequential(nn.Conv2d(3, 8, 1, 2, bias=False), nn.BatchNorm2d(8))

        def forward(self, x: Any) -> Any:
            y = self.norm2(self.conv2(self.norm1(self.conv1(x)).relu()))
            return (y + self.short(x)).relu()

    class Gate(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.down, self.up = nn.Conv2d(8, 2, 1), nn.Conv2d(2, 8, 1)

        def forward(self, x: Any) -> Any:
            return x * self.up(self.down(x.mean((2, 3), keepdim=True)).relu()).sigmoid()

    class Unet(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.down, self.inner = nn.Conv2d(2, 6, 3, 2, 1), nn.Conv2d(6, 9, 3, padding=2, dilation=2, groups=3)
            self.up = nn.ConvTranspose2d(9, 6, 3, 2, 1, output_padding=1, groups=3)

        def forward(self, x: Any) -> Any:
            import torch

            return torch.cat([x, self.up(self.inner(self.down(x)))], 1)

    class Scaled(nn.Module):
        def __init__(self) -> None:
            import torch

            super().__init__()
            self.mix, self.norm = nn.Conv2d(4, 4, 5, padding=2, groups=4), nn.LayerNorm(4)
            self.wide, self.narrow = nn.Linear(4, 12), nn.Linear(12, 4)
            self.scale = nn.Parameter(torch.rand(4, 1, 1))

        def forward(self, x: Any) -> Any:
            y = self.norm(self.mix(x).permute(0, 2, 3, 1))
            y = self.narrow(nn.functional.gelu(self.wide(y))).permute(0, 3, 1, 2)
            return x + self.scale * y

    class Transformer(nn.Module):
        def __init__(self) -> None:
            import torch

            super().__init__()
            self.patches, self.token = nn.Conv2d(3, 8, 4, 4), nn.Parameter(torch.rand(1, 1, 8))
            self.places = nn.Parameter(torch.rand(1, 7, 8))
            self.layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True, norm_first=True, activation="gelu")
            self.head = nn.Linear(8, 5)

        def forward(self, x: Any) -> Any:
            import torch

            x = self.patches(x).flatten(2).transpose(1, 2)
            x = torch.cat([self.token.expand(x.shape[0], -1, -1), x], 1) + self.places
            return self.head(self.layer(x)[:, 0])

    class Recurrent(nn.Module):
        def __init__(self, kind: str) -> None:
            super().__init__()
            self.conv = nn.Conv1d(3, 4, 3, padding=1)
            self.cells = getattr(nn, kind)(4, 5, bidirectional=True, batch_first=True)
            self.head = nn.Linear(10, 2)

        def forward(self, x: Any) -> Any:
            return self.head(self.cells(self.conv(x).transpose(1, 2))[0])

    def chain(*modules: Any) -> Callable[[], Any]:
        return lambda: nn.Sequential(*modules)

    weight_norm, spectral_norm = nn.utils.weight_norm, nn.utils.spectral_norm
    return {
        "residual": (Residual, (3, 9, 8)),
        "mobile": (
            chain(nn.Conv2d(3, 8, 3, 2, 1, groups=1), nn.ReLU6(), nn.Conv2d(8, 16, 3, groups=8), nn.BatchNorm2d(16),
                  nn.Hardswish(), nn.Conv2d(16, 8, 1), Gate(), nn.Flatten(), nn.Linear(8 * 2 * 3, 4)),
            (3, 8, 9),
        ),
        "unet": (Unet, (2, 8, 8)),
        "scaled": (Scaled, (4, 6, 5)),
        "transformer": (Transformer, (3, 8, 12)),
        "lstm": (lambda: Recurrent("LSTM"), (3, 6)),
        "gru": (lambda: Recurrent("GRU"), (3, 6)),
        "normed weights": (
            chain(weight_norm(nn.Conv2d(3, 4, 3)), nn.ReLU(), spectral_norm(nn.Conv2d(4, 6, 3)), nn.Flatten(),
                  spectral_norm(nn.Linear(6 * 4 * 3, 5)), weight_norm(nn.Linear(5, 2), dim=None)),
            (3, 8, 7),
        ),
        "norms": (
            chain(nn.Conv2d(2, 6, 3), nn.GroupNorm(3, 6), nn.PReLU(6), nn.Conv2d(6, 4, 1),
                  nn.InstanceNorm2d(4, affine=True), nn.AvgPool2d(2), nn.Flatten(), nn.LayerNorm(12),
                  nn.Linear(12, 3), nn.Softmax(1)),
            (2, 8, 5),
        ),
        "signal": (
            chain(nn.Conv1d(2, 4, 3, dilation=2), nn.BatchNorm1d(4), nn.ConvTranspose1d(4, 3, 4, 2), nn.Tanh()),
            (2, 11),
        ),
        "film": (
            chain(nn.Conv3d(2, 4, (1, 3, 3)), nn.BatchNorm3d(4), nn.MaxPool3d(2), nn.Flatten(),
                  nn.Linear(4 * 2 * 2 * 3, 3)),
            (2, 4, 6, 8),
        ),
    }  # fmt: skip


NAMES = (
    "residual",
    "mobile",
    "unet",
    "scaled",
    "transformer",
    "lstm",
    "gru",
    "normed weights",
    "norms",
    "signal",
    "film",
)


def made(name: str) -> tuple[Any, Any]:
    """A network whose every parameter and statistic matters, and an input."""
    import torch

    torch.manual_seed(3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the norms of weights that can be exported in every form
        make, sizes = networks()[name]
        module = make().eval()
    with torch.no_grad():
        for each in module.parameters():
            each.add_(torch.randn_like(each) * 0.1)
        for each in module.buffers():
            if each.is_floating_point():
                each.add_(torch.rand_like(each))
    return module, torch.randn(2, *sizes)


def saved(module: Any, x: Any, form: str, folder: Path) -> Path:
    """The network as a file."""
    import torch

    path = folder / ("net.onnx" if form == "onnx" else "net.pt2")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if form == "onnx":
            torch.onnx.export(
                module, (x,), str(path), dynamo=False, input_names=["x"], dynamic_axes={"x": {0: "batch"}}
            )
        else:
            program = torch.export.export(module, (x,), dynamic_shapes=({0: torch.export.Dim("batch")},))
            torch.export.save(program.run_decompositions() if form == "decomposed" else program, path)
    return path


DECOMPOSED = [name for name in NAMES if name not in ("lstm", "gru", "norms")]
"""Those of which something is left: a recurrent layer becomes the operations of its steps."""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "form"),
    [*((name, form) for name in NAMES for form in ("pt2", "onnx")), *((name, "decomposed") for name in DECOMPOSED)],
)
def test_values_of_pytorch(name: str, form: str, tmp_path: Path):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed (pip install -e '.[oracle]')")
    if form == "onnx":
        pytest.importorskip("onnx", reason="ONNX is not installed (pip install -e '.[oracle]')")
    module, x = made(name)
    with torch.no_grad():
        expected = module(x)[0].numpy()
    found = values_of(saved(module, x, form, tmp_path), x[0].numpy())
    assert found.shape == expected.shape or found.shape == expected.T.shape
    assert_near(found if found.shape == expected.shape else found.T, expected)


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["float64", "float16", "bfloat16"])
def test_other_types_of_numbers(dtype: str, tmp_path: Path):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed (pip install -e '.[oracle]')")
    module, x = made("norms")
    module, x = module.to(getattr(torch, dtype)), x.to(getattr(torch, dtype))
    path = saved(module, x, "pt2", tmp_path)
    with torch.no_grad():
        expected = module.double()(x.double())[0].numpy()
    assert_near(values_of(path, x[0].double().numpy()), expected)


# -- Keras


def keras_networks() -> dict[str, tuple[Callable[[Any], Any], tuple[int, ...]]]:
    """What is put on an input of Keras, and the shape of that."""
    from keras import layers

    def mobile(x: Any) -> Any:
        y = layers.Conv2D(8, 3, 2, "same", use_bias=False)(x)
        y = layers.ReLU(6.0)(layers.BatchNormalization()(y))
        y = layers.DepthwiseConv2D(3, padding="same", depth_multiplier=2)(y)
        y = layers.SeparableConv2D(8, 3, padding="same")(y)
        gate = layers.Dense(8, "sigmoid")(layers.Dense(2, "relu")(layers.GlobalAveragePooling2D(keepdims=True)(y)))
        return layers.Dense(4, "softmax")(layers.Flatten()(layers.multiply([y, gate])))

    def unet(x: Any) -> Any:
        y = layers.Conv2D(6, 3, padding="same", groups=3, dilation_rate=2)(x)
        y = layers.Conv2DTranspose(4, 3, 2, "same")(layers.MaxPooling2D()(y))
        return layers.LayerNormalization()(layers.PReLU(shared_axes=[1, 2])(layers.concatenate([x, y])))

    def recurrent(x: Any) -> Any:
        y = layers.Bidirectional(layers.LSTM(4, return_sequences=True))(x)
        return layers.Dense(2)(layers.GRU(3)(layers.Add()([y, layers.TimeDistributed(layers.Dense(8))(y)])))

    def attentive(x: Any) -> Any:
        y = layers.MultiHeadAttention(2, 3)(x, x)
        return layers.GlobalAveragePooling1D()(layers.LayerNormalization()(layers.add([x, y])))

    return {
        "mobile": (mobile, (8, 9, 3)),
        "unet": (unet, (8, 8, 3)),
        "recurrent": (recurrent, (6, 3)),
        "attentive": (attentive, (6, 8)),
    }


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # between Keras and PyTorch
@pytest.mark.parametrize("name", ["mobile", "unet", "recurrent", "attentive"])
def test_values_of_keras(name: str, tmp_path: Path):
    keras = pytest.importorskip("keras", reason="Keras is not installed (pip install -e '.[oracle]')")
    pytest.importorskip("h5py", reason="h5py is not installed (pip install -e '.[h5]')")
    rng = np.random.default_rng(5)
    put_on, sizes = keras_networks()[name]
    x = keras.Input(sizes)
    model = keras.Model(x, put_on(x))
    model.set_weights([each + rng.random(each.shape).astype(np.float32) * 0.2 for each in model.get_weights()])
    model.save(tmp_path / "net.keras")
    data = rng.normal(size=(1, *sizes)).astype(np.float32)
    assert_near(values_of(tmp_path / "net.keras", data[0]), keras.ops.convert_to_numpy(model(data))[0])


# -- the command


@pytest.mark.slow
def test_the_command_uses_the_weights_of_the_file(tmp_path: Path, capsys: pytest.CaptureFixture, monkeypatch: Any):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed (pip install -e '.[oracle]')")
    from cnncalc.cli import run

    monkeypatch.chdir(tmp_path)
    module = torch.nn.Sequential(torch.nn.Conv2d(1, 2, 3), torch.nn.Flatten(), torch.nn.Linear(18, 2)).eval()
    x = torch.randn(1, 1, 5, 5)
    saved(module, x.expand(2, -1, -1, -1), "pt2", tmp_path)
    np.save("x.npy", x[0].numpy())

    def call(*options: str) -> str:
        assert run(["forward", "net.pt2", "--input-data", "x.npy", *options]) == 0, capsys.readouterr().err
        return capsys.readouterr().out

    assert "weights: net.pt2" in call("--save", "all.npz", "--save-weights", "weights.npz")
    with torch.no_grad(), np.load("all.npz") as file:
        assert_near(list(file.values())[-1], module(x)[0].numpy())
    with np.load("weights.npz") as file:
        weights = dict(file)
    assert_near(
        next(each for each in weights.values() if each.ndim == 4), module[0].weight.detach().permute(2, 3, 1, 0).numpy()
    )
    name = next(iter(weights)).partition(".")[0]
    assert f"{float(module[0].bias.detach()[1]):.2f}"[:4] in call("--trace", name, "--at", "0,0", "--channel", "1")
    assert name in call("--shift", "1,0")
    assert run(["forward", "net.pt2", "--input-data", "x.npy", "--seed", "3"]) == 2
    assert "nothing is drawn" in capsys.readouterr().err
