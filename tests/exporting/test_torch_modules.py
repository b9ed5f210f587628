"""Networks of PyTorch that become code again: with the classes and attributes of the original, whose state fits."""

from __future__ import annotations

import re
from collections import OrderedDict
from pathlib import Path

import pytest

import cnncalc

pytest.importorskip("torch", reason="PyTorch is not installed (pip install -e '.[oracle]')")
pytest.importorskip("safetensors", reason="safetensors is not installed (pip install -e '.[oracle]')")

import torch
import torch.nn.functional as F  # noqa: N812
from importing.pt2.exports import exported
from safetensors import torch as package
from torch import Tensor, nn

FITS = "`load_state_dict` takes the original's `state_dict`."
FITS_NOT = "The original's `state_dict` does not fit"


class Basic(nn.Module):
    def __init__(self, entering: int, width: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(entering, width, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.downsample = None
        if stride > 1:
            self.downsample = nn.Sequential(nn.Conv2d(entering, width, 1, stride, bias=False), nn.BatchNorm2d(width))

    def forward(self, x: Tensor) -> Tensor:
        y = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        return self.relu(y + (x if self.downsample is None else self.downsample(x)))


class Residual(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 4, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(4)
        self.layer1 = nn.Sequential(Basic(4, 4), Basic(4, 4))
        self.layer2 = nn.Sequential(Basic(4, 6, 2), Basic(6, 6), Basic(6, 6))
        self.fc = nn.Linear(6, 5)

    def forward(self, x: Tensor) -> Tensor:
        x = torch.relu(self.bn1(self.conv1(x)))
        return self.fc(self.layer2(self.layer1(x)).mean((2, 3)))


class Perceptron(nn.Sequential):
    """Has numbers with gaps where a decomposed program has no dropout."""

    def __init__(self, width: int) -> None:
        super().__init__(nn.Linear(width, 8), nn.GELU(), nn.Dropout(0.1), nn.Linear(8, width), nn.Dropout(0.1))


class Mixing(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.mlp = Perceptron(width)
        self.gamma = nn.Parameter(torch.full((width,), 0.5))

    def forward(self, x: Tensor) -> Tensor:
        return x + self.gamma * self.mlp(self.norm(x))


class Tokens(nn.Module):
    """Has parameters of its own, of sizes that are others here, and named copies."""

    def __init__(self) -> None:
        super().__init__()
        self.patches = nn.Conv2d(3, 4, 8, 8)
        self.class_token = nn.Parameter(torch.randn(1, 1, 4))
        self.pos_embedding = nn.Parameter(torch.randn(1, 5, 4))
        self.layers = nn.Sequential(OrderedDict((f"layer_{i}", Mixing(4)) for i in range(3)))
        self.heads = nn.Sequential(OrderedDict(head=nn.Linear(4, 2)))

    def forward(self, x: Tensor) -> Tensor:
        x = self.patches(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.class_token.expand(x.shape[0], -1, -1), x], dim=1) + self.pos_embedding
        return self.heads(self.layers(x)[:, 0])


class Scaled(nn.Module):
    """Has a scale as PyTorch broadcasts it over maps, and one of all channels."""

    def __init__(self) -> None:
        super().__init__()
        self.layer_scale = nn.Parameter(torch.randn(3, 1, 1))
        self.conv = nn.Conv2d(3, 4, 3)
        self.gamma = nn.Parameter(torch.randn(4))

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(x * self.layer_scale) * self.gamma.reshape(1, -1, 1, 1)


class Lists(nn.Module):
    """Has lists: one that is a chain, and one whose modules are called on their own."""

    def __init__(self) -> None:
        super().__init__()
        self.chain = nn.ModuleList(nn.Conv2d(3, 3, 3) for _ in range(3))
        self.apart = nn.ModuleList([nn.Conv2d(3, 4, 1), nn.Identity(), nn.Conv2d(3, 4, 1)])
        self.by_name = nn.ModuleDict({"spare": nn.Conv2d(4, 2, 1), "deep": nn.Conv2d(4, 2, 1)})

    def forward(self, x: Tensor) -> Tensor:
        for each in self.chain:
            x = each(x)
        x = self.apart[2](x) * self.apart[0](x)
        return self.by_name["deep"](x) + x[:, :2]


class Named(nn.Module):
    """Has names that nobody can write as attributes, and names that modules have for something else."""

    def __init__(self) -> None:
        super().__init__()
        for name in ("class", "0", "conv-1", "__hidden", "größe", "lambda"):
            self.add_module(name, nn.Conv2d(3, 3, 1))
        self.add_module("add", nn.Conv2d(3, 3, 1))
        self.register_parameter("__gain", nn.Parameter(torch.randn(3, 1, 1)))

    def forward(self, x: Tensor) -> Tensor:
        y = x
        for name in ("class", "0", "conv-1", "__hidden", "größe", "lambda", "add"):
            x = self.get_submodule(name)(x)
        return (x + y) * self.get_parameter("__gain")


class Tree(nn.Module):
    """Has modules of its own class in it."""

    def __init__(self, depth: int) -> None:
        super().__init__()
        self.left = Tree(depth - 1) if depth else nn.Conv2d(3, 3, 1)
        self.right = Tree(depth - 1) if depth else nn.Conv2d(3, 3, 1)

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(self.left(x)) + self.right(x)


class Twice(nn.Module):
    """Calls a block twice, and layers inside another block by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.block = Basic(3, 3)
        self.other = Basic(3, 3)

    def forward(self, x: Tensor) -> Tensor:
        x = self.block(torch.relu(self.block(x)))
        y = self.other.conv1(x)
        x = torch.tanh(x)
        return self.other.conv2(y) * x


class Crossed(nn.Module):
    """Has a module that reads and gives several values."""

    class Pair(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.one = nn.Conv2d(3, 3, 1)
            self.two = nn.Conv2d(3, 3, 1)

        def forward(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
            x = self.one(x)
            return x, self.two(y) * x

    def __init__(self) -> None:
        super().__init__()
        self.pairs = nn.ModuleList(Crossed.Pair() for _ in range(2))

    def forward(self, x: Tensor) -> Tensor:
        y = x.tanh()
        for pair in self.pairs:
            x, y = pair(x, y)
        return x - y


class Joined(nn.Module):
    """Has modules that read all that came before, as in a DenseNet."""

    class Layer(nn.Module):
        def __init__(self, entering: int) -> None:
            super().__init__()
            self.norm = nn.BatchNorm2d(entering)
            self.conv = nn.Conv2d(entering, 2, 3, padding=1)

        def forward(self, before: list[Tensor]) -> Tensor:
            return self.conv(torch.relu(self.norm(torch.cat(before, 1))))

    def __init__(self) -> None:
        super().__init__()
        for number in range(3):
            self.add_module(f"layer{number}", Joined.Layer(3 + 2 * number))

    def forward(self, x: Tensor) -> Tensor:
        found = [x]
        for layer in self.children():
            found.append(layer(found))
        return torch.cat(found, 1)


class Fused(nn.Module):
    """Attention as in timm: queries, keys and values of one projection."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        b, n, c = x.shape
        q, k, v = self.qkv(x).reshape(b, n, 3, self.heads, c // self.heads).permute(2, 0, 3, 1, 4).unbind(0)
        return self.proj(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(b, n, c))


class Crossing(nn.Module):
    """Attention with a projection each, or one of keys and values, of the first position to all."""

    def __init__(self, width: int, heads: int, is_fused: bool) -> None:
        super().__init__()
        self.heads = heads
        self.q = nn.Linear(width, width, bias=False)
        if is_fused:
            self.kv = nn.Linear(width, 2 * width, bias=False)
        else:
            self.k = nn.Linear(width, width, bias=False)
            self.v = nn.Linear(width, width, bias=False)
        self.merge = nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        q = self.q(x[:, :1])
        k, v = self.kv(x).chunk(2, -1) if hasattr(self, "kv") else (self.k(x), self.v(x))
        q, k, v = (each.unflatten(-1, (self.heads, -1)).transpose(1, 2) for each in (q, k, v))
        sums = ((q @ k.transpose(-2, -1)) * q.shape[-1] ** -0.5).softmax(-1) @ v
        return self.merge(sums.transpose(1, 2).flatten(2))


class Attending(nn.Module):
    """Has attention with projections of all kinds."""

    def __init__(self) -> None:
        super().__init__()
        self.patches = nn.Conv2d(3, 8, 4, 4)
        self.blocks = nn.ModuleList(Fused(8, heads) for heads in (2, 4))
        self.apart = Crossing(8, 2, is_fused=False)
        self.memory = Crossing(8, 4, is_fused=True)

    def forward(self, x: Tensor) -> Tensor:
        x = self.patches(x).flatten(2).transpose(1, 2)
        for block in self.blocks:
            x = x + block(x)
        return (self.apart(x) - self.memory(x)).flatten(1)


class Windowed(nn.Module):
    """Attention as in Swin: inside windows, with a table of numbers per difference of places."""

    def __init__(self, width: int, heads: int, size: int) -> None:
        super().__init__()
        self.heads, self.size = heads, size
        self.relative_position_bias_table = nn.Parameter(torch.randn((2 * size - 1) ** 2, heads))
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)
        places = torch.stack(torch.meshgrid(torch.arange(size), torch.arange(size), indexing="ij")).flatten(1)
        differences = places[:, :, None] - places[:, None, :] + size - 1
        index = differences[0] * (2 * size - 1) + differences[1]
        self.register_buffer("index", index, persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        b, h, w, c = x.shape
        s, count = self.size, self.size**2
        rows = x.view(b, h // s, s, w // s, s, c).permute(0, 1, 3, 2, 4, 5).reshape(-1, count, c)
        split = self.qkv(rows).reshape(-1, count, 3, self.heads, c // self.heads).permute(2, 0, 3, 1, 4)
        q, k, v = split[0] * (c // self.heads) ** -0.5, split[1], split[2]
        bias = self.relative_position_bias_table[self.index.view(-1)].view(count, count, -1).permute(2, 0, 1)
        sums = (q @ k.transpose(-2, -1) + bias[None]).softmax(-1) @ v
        rows = self.proj(sums.transpose(1, 2).reshape(-1, count, c))
        return rows.view(b, h // s, w // s, s, s, c).permute(0, 1, 3, 2, 4, 5).reshape(b, h, w, c)


class Windows(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.patches = nn.Conv2d(3, 8, 2, 2)
        self.blocks = nn.Sequential(Windowed(8, 2, 4), Windowed(8, 4, 2))

    def forward(self, x: Tensor) -> Tensor:
        return self.blocks(self.patches(x).permute(0, 2, 3, 1)).mean((1, 2))


class Halving(nn.Module):
    """Reads maps, and gives rows."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(4, 4, 2, 2)
        self.norm = nn.LayerNorm(4)

    def forward(self, x: Tensor) -> Tensor:
        return self.norm(self.conv(x.permute(0, 3, 1, 2)).permute(0, 2, 3, 1))


class Stage(nn.Module):
    def __init__(self, is_smaller: bool) -> None:
        super().__init__()
        self.halving = Halving() if is_smaller else nn.Identity()
        self.mixing = Mixing(4)

    def forward(self, x: Tensor) -> Tensor:
        return self.mixing(self.halving(x))


class Stages(nn.Module):
    """Has a module that changes the order of axes, and is missing in some stages."""

    def __init__(self) -> None:
        super().__init__()
        self.patches = nn.Conv2d(3, 4, 2, 2)
        self.stages = nn.Sequential(Stage(False), Stage(True), Stage(True))

    def forward(self, x: Tensor) -> Tensor:
        return self.stages(self.patches(x).permute(0, 2, 3, 1)).mean((1, 2))


NETWORKS = {
    "residual": Residual(),
    "sequence": nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Sequential(nn.Dropout(), nn.Conv2d(4, 2, 1))),
    "tokens": Tokens(),
    "scaled": Scaled(),
    "lists": Lists(),
    "named": Named(),
    "tree": Tree(2),
    "twice": Twice(),
    "crossed": Crossed(),
    "joined": Joined(),
    "attending": Attending(),
    "windows": Windows(),
    "stages": Stages(),
}


def code_of(module: nn.Module, path: Path, decomposed: bool = False, **wishes: object) -> str:
    """The code of a module that was saved, and read again."""
    file = path / "saved.pt2"
    file.write_bytes(exported(module.eval(), torch.randn(2, 3, 16, 16), decomposed=decomposed))
    code = cnncalc.export(cnncalc.load(file), "torch", **wishes)
    assert isinstance(code, str)
    return code


def made_by(code: str) -> nn.Module:
    """The model that code makes."""
    scope: dict[str, object] = {"__name__": "exported"}
    exec(compile(code, "exported.py", "exec"), scope)
    name = re.search(r"parameters = (\w+)\(\)", code)
    assert name
    return scope[name[1]]().eval()  # type: ignore[operator]


def assert_same(model: nn.Module, original: nn.Module) -> None:
    x = torch.randn(2, 3, 16, 16)
    with torch.no_grad():
        torch.testing.assert_close(model(x), original(x), rtol=1e-4, atol=1e-5)


def shaken(module: nn.Module) -> nn.Module:
    """A module whose state is not what it begins with."""
    with torch.no_grad():
        for name, each in module.state_dict().items():
            if each.is_floating_point():
                each.copy_(torch.rand_like(each) + 0.5 if "var" in name else torch.randn_like(each))
    return module


CASES = [(name, decomposed) for name in NETWORKS for decomposed in (False, True)]
CASES.remove(("named", True))  # PyTorch itself writes `self.class` then, and stops


@pytest.mark.parametrize(("name", "decomposed"), CASES)
def test_code_takes_the_state_of_the_original(name, decomposed, tmp_path):
    torch.manual_seed(0)
    original = shaken(NETWORKS[name])
    code = code_of(original, tmp_path, decomposed)
    left = {"twice": 10, "lists": 2}.get(name, 0)  # of layers that nothing calls
    assert (FITS in code) == (not left)
    model = made_by(code)
    assert len(original.state_dict()) - len(model.state_dict()) == left
    model.load_state_dict(original.state_dict(), strict=not left)
    assert_same(model, original)


@pytest.mark.parametrize("flat", [False, True])
@pytest.mark.parametrize("name", NETWORKS)
def test_weights_fit_the_code(name, flat, tmp_path):
    original = shaken(NETWORKS[name])
    path = tmp_path / "weights.safetensors"
    model = made_by(code_of(original, tmp_path, flat=flat, weights_to=path))
    model.load_state_dict(package.load_file(path), strict=True)
    assert_same(model, original)


@pytest.mark.parametrize("name", NETWORKS)
def test_the_same_file_is_the_same_code(name, tmp_path):
    assert code_of(NETWORKS[name], tmp_path) == code_of(NETWORKS[name], tmp_path)


class Multiplied(nn.Module):
    """Has a matrix that is called as that of a `Linear`, but the other way round."""

    class Matrix(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = nn.Parameter(torch.randn(3, 3))

        def forward(self, x: Tensor) -> Tensor:
            return x @ self.weight

    def __init__(self) -> None:
        super().__init__()
        self.matrix = Multiplied.Matrix()

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(self.matrix(x.mean((2, 3))))


def test_equal_names_are_not_enough(tmp_path):
    """A square matrix fits in its names and sizes, and is still another one."""
    original, path = Multiplied(), tmp_path / "weights.safetensors"
    code = code_of(original, tmp_path, weights_to=path)
    assert FITS_NOT in code
    model = made_by(code)
    model.load_state_dict(package.load_file(path), strict=True)
    assert_same(model, original)


class WithSpare(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.spare = nn.Linear(4, 2)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(x)


def test_what_nothing_reads_is_named(tmp_path):
    code = code_of(WithSpare(), tmp_path)
    assert (
        "\n`load_state_dict` takes the original's `state_dict` with `strict=False`: nothing here\n"
        "reads `spare.weight`, `spare.bias`.\n"
    ) in code


def test_the_code_reads_as_the_original(tmp_path):
    """Its classes are those above, with what differs between the blocks as their arguments."""
    code = code_of(Residual(), tmp_path)
    assert code.startswith('"""Residual\n')
    for line in (
        "class Basic(nn.Module):",
        "class Residual(nn.Module):",
        "        self.layer1 = nn.Sequential(*(Basic(4, filters=4) for _ in range(2)))",
        "            Basic(4, stride=2, has_downsample=True), *(Basic(6) for _ in range(2))",
        "        x = self.layer1(x)\n        x = self.layer2(x)\n",
        "        self.downsample: nn.Module = nn.Identity()",
        "        x = self.downsample(x)",
    ):
        assert line in code
    assert code.count("class ") == 2


def test_projections_are_those_of_the_original(tmp_path):
    """Three kinds of attention are three classes, and those of one kind are one."""
    code = code_of(Attending(), tmp_path)
    for line in (
        "class Attention(nn.Module):",
        "        self.qkv = nn.Linear(channels, 3 * channels)",
        "        q, k, v = map(self.by_head, self.qkv(x).chunk(3, dim=-1))",
        "class Attention2(nn.Module):",
        "        self.v = nn.Linear(channels, channels, bias=False)",
        "        v = self.by_head(self.v(keys))",
        "class Attention3(nn.Module):",
        "        self.kv = nn.Linear(channels, 2 * channels, bias=False)",
        "        k, v = map(self.by_head, self.kv(keys).chunk(2, dim=-1))",
        "        mixed: Tensor = self.merge(rows)",
        "        self.memory = Attention3(8, heads=4)",
    ):
        assert line in code
    assert code.count("class ") == 4


class Interleaved(Fused):
    """Has the queries, keys and values of a head next to one another."""

    def forward(self, x: Tensor) -> Tensor:
        x = x.flatten(2).transpose(1, 2)
        q, k, v = self.qkv(x).unflatten(-1, (self.heads, 3, -1)).transpose(1, 3).unbind(1)
        return self.proj(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2))


class Badly(nn.Module):
    """Calls its projections what the class of the code has for something else, and has another layer besides."""

    def __init__(self, names: tuple[str, str], is_alone: bool) -> None:
        super().__init__()
        self.names = names
        for name, width in zip(names, (9, 3), strict=True):
            self.add_module(name, nn.Linear(3, width))
        if not is_alone:
            self.norm = nn.LayerNorm(3)

    def forward(self, x: Tensor) -> Tensor:
        x = x.flatten(2).transpose(1, 2)
        if hasattr(self, "norm"):
            x = self.norm(x)
        q, k, v = (each[:, None] for each in self.get_submodule(self.names[0])(x).chunk(3, -1))
        return self.get_submodule(self.names[1])(F.scaled_dot_product_attention(q, k, v)[:, 0])


@pytest.mark.parametrize(
    "inner",
    [
        Interleaved(3, 1),
        Interleaved(3, 3),
        Badly(("heads", "proj"), is_alone=True),
        Badly(("lambda", "proj"), is_alone=True),
        Badly(("q" * 29, "proj"), is_alone=True),
        Badly(("qkv", "proj"), is_alone=False),
    ],
)
def test_what_cannot_have_the_projections_of_the_original_has_its_own(inner, tmp_path):
    """With one head, to be next to one another is to be in the usual order."""
    original, path = shaken(nn.Sequential(nn.Conv2d(3, 3, 4, 4), inner, nn.Flatten())), tmp_path / "weights.safetensors"
    code = code_of(original, tmp_path, weights_to=path)
    assert (FITS in code) == (isinstance(inner, Interleaved) and inner.heads == 1)
    model = made_by(code)
    model.load_state_dict(package.load_file(path), strict=True)
    assert_same(model, original)


def test_numbers_with_gaps_stay(tmp_path):
    """Without its dropouts, the decomposed program has layers 0, 1 and 3."""
    code = code_of(Tokens(), tmp_path, decomposed=True)
    assert "nn.Linear(4, 8), nn.GELU(), nn.Identity(), nn.Linear(8, 4)" in code
    assert "self.heads = nn.Sequential(OrderedDict(head=nn.Linear(4, 2)))" in code


def test_flat_code_has_no_classes(tmp_path):
    assert code_of(Residual(), tmp_path, flat=True).count("class ") == 1


@pytest.mark.parametrize("to", ["torch", "keras"])
def test_other_files_become_blocks(to, tmp_path):
    """An ONNX file names no modules: it has the blocks that `cnncalc import` finds; so has Keras code of any file."""
    pytest.importorskip("onnx", reason="onnx is not installed (pip install -e '.[onnx]')")
    (tmp_path / "saved.pt2").write_bytes(exported(Residual().eval(), torch.randn(2, 3, 16, 16)))
    if to == "torch":
        (tmp_path / "saved.onnx").write_bytes(cnncalc.export(cnncalc.load(tmp_path / "saved.pt2"), "onnx"))
    spec = cnncalc.load(tmp_path / f"saved.{'onnx' if to == 'torch' else 'pt2'}")
    code = cnncalc.export(spec, to)
    assert ("class ResidualBlock(" if to == "torch" else "def basic(") in code
    assert "range(2)" in code
    assert len(code) < len(cnncalc.export(spec, to, flat=True))


def test_blocks_of_other_files_have_their_weights(tmp_path):
    pytest.importorskip("onnx", reason="onnx is not installed (pip install -e '.[onnx]')")
    original, path = shaken(Residual().eval()), tmp_path / "weights.safetensors"
    (tmp_path / "saved.pt2").write_bytes(exported(original, torch.randn(2, 3, 16, 16)))
    (tmp_path / "saved.onnx").write_bytes(cnncalc.export(cnncalc.load(tmp_path / "saved.pt2"), "onnx"))
    model = made_by(cnncalc.export(cnncalc.load(tmp_path / "saved.onnx"), "torch", weights_to=path))
    model.load_state_dict(package.load_file(path), strict=True)
    assert_same(model, original)
