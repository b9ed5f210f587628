"""`expect: {same_as: …}`, `compare --exit-code`, and models of other tools behind both."""

from __future__ import annotations

import json

import pytest

import cnncalc
from cnncalc.cli import run

SPEC = """\
layout: channels_first
convention: pytorch
input: 3x32x32
layers:
  - {conv: 8, kernel: 3, padding: 1, bias: false, norm: batch_norm, activation: relu}
  - residual:
      - {conv: 8, kernel: 3, padding: 1, norm: batch_norm, activation: relu}
      - {conv: 8, kernel: 3, padding: 1, norm: batch_norm}
    activation: relu
  - {max_pool: 2}
  - flatten
  - dense: 10
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.yaml").write_text(SPEC + "expect: {same_as: other.yaml}\n", encoding="utf-8")
    (tmp_path / "other.yaml").write_text(SPEC, encoding="utf-8")
    return tmp_path


def write(folder, name: str, text: str) -> None:
    (folder / name).write_text(text, encoding="utf-8")


def findings(path: str) -> list[str]:
    return [f"{each.code} {each.message}" for each in cnncalc.check(path).findings if each.is_error]


@pytest.mark.usefixtures("folder")
def test_it_holds():
    assert findings("net.yaml") == []
    assert run(["validate", "net.yaml"]) == 0
    assert run(["summarize", "net.yaml"]) == 0


def test_it_does_not(folder, capsys):
    write(folder, "other.yaml", SPEC.replace("dense: 10", "dense: 11"))
    (found,) = findings("net.yaml")
    assert found == (
        "CNN401 the model and `other.yaml` are not the same network; "
        "they part at dense1 (line 12) and dense1 (line 12): units 10 against 11"
    )
    assert run(["validate", "."]) == 1
    assert run(["summarize", "net.yaml"]) == 1
    assert "dense1 (line 12)" in capsys.readouterr().err


def test_folded(folder):
    write(folder, "other.yaml", SPEC.replace(", bias: false", "").replace(", norm: batch_norm", ""))
    (found,) = findings("net.yaml")
    assert found.endswith("the same network, but folded: 3 norms of the first are folded in the second")
    write(folder, "net.yaml", SPEC + "expect: {same_as: {model: other.yaml, allow_folded: true}}\n")
    assert findings("net.yaml") == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("../other.yaml", "is not below the folder"),
        ("/etc/passwd", "is not below the folder"),
        ("nothing.pt2", "there is no file"),
        ("resnet", "not the same network"),
        ("broken.yaml", "cannot be compared"),
        ("broken.onnx", "cannot be compared"),
    ],
)
def test_what_cannot_be_compared_is_an_error(folder, name, text):
    write(folder, "broken.yaml", "input: 3x3\n")
    (folder / "broken.onnx").write_bytes(b"\x08\x07\x12\x04")
    write(folder, "net.yaml", f"{SPEC}expect: {{same_as: {name}}}\n")
    (found,) = findings("net.yaml")
    assert text in found


def test_models_may_name_one_another(folder):
    write(folder, "other.yaml", SPEC + "expect: {same_as: net.yaml}\n")
    assert findings("net.yaml") == findings("other.yaml") == []


def test_variants_have_it_too(folder):
    variants = "variants: {wide: {vars: {n: 12}}, odd: {vars: {n: 11}, expect: {same_as: other.yaml}}}\nvars: {n: 10}\n"
    write(folder, "net.yaml", SPEC.replace("dense: 10", "dense: $n") + variants + "expect: {same_as: other.yaml}\n")
    odd, wide = findings("net.yaml")
    assert "units 11 against 10" in odd
    assert "units 12 against 10" in wide


def test_that_of_a_model_inside(folder):
    inner = SPEC.replace("dense: 10", "dense: 11") + "expect: {same_as: other.yaml}\n"
    write(folder, "inner.yaml", inner)
    write(folder, "net.yaml", "layout: channels_first\ninput: 3x32x32\nlayers: [model: inner.yaml]\n")
    assert [each.split(":")[0] for each in findings("net.yaml")] == [
        "CNN401 the model and `other.yaml` are not the same network; they part at dense1 (line 12) and dense1 (line 12)"
    ]


# -- the command


@pytest.mark.parametrize("format", ["text", "json", "csv", "markdown"])
def test_exit_code(folder, format, capsys):
    folded = SPEC.replace(", bias: false", "").replace(", norm: batch_norm", "")
    write(folder, "folded.yaml", folded)
    write(folder, "more.yaml", SPEC.replace("flatten", "relu\n  - flatten"))
    options = ["--exit-code", "-f", format]
    assert run(["compare", "net.yaml", "other.yaml", *options]) == 0
    assert run(["compare", "net.yaml", "folded.yaml", *options]) == 1
    assert run(["compare", "net.yaml", "folded.yaml", *options, "--allow-folded"]) == 0
    assert run(["compare", "net.yaml", "other.yaml", "more.yaml", *options]) == 1
    assert "relu1 (line 11): only the second model has this layer" in capsys.readouterr().err
    assert run(["compare", "net.yaml", "other.yaml", "--allow-folded"]) == 2


def test_json(folder, capsys):
    write(folder, "other.yaml", SPEC.replace("dense: 10", "dense: 11"))
    assert run(["compare", "net.yaml", "other.yaml", "-f", "json"]) == 0
    (network,) = json.loads(capsys.readouterr().out)["networks"]
    assert network["verdict"] == "different"
    assert network["parting"]["settings"] == {"units": {"first": "10", "second": "11"}}
    assert (network["parting"]["first"]["name"], network["parting"]["first"]["line"]) == ("dense1", 12)


@pytest.mark.usefixtures("folder")
def test_the_function():
    specs = [cnncalc.load(name) for name in ("net.yaml", "other.yaml")]
    report = cnncalc.compare(*specs)
    assert report.is_same()
    assert [each.verdict for each in report.sameness] == ["same"]


# -- files of PyTorch


@pytest.mark.slow
def test_an_exported_module(folder):
    torch = pytest.importorskip("torch")
    from importing.pt2.exports import exported

    nn = torch.nn

    class Residual(nn.Sequential):
        def forward(self, x):
            return torch.relu(x + super().forward(x))

    def unit(*more, bias=True):
        return nn.Conv2d(more[0], 8, 3, padding=1, bias=bias), nn.BatchNorm2d(8)

    stem = (*unit(3, bias=False), nn.ReLU())
    residual = Residual(*unit(8), nn.ReLU(), *unit(8))
    net = nn.Sequential(*stem, residual, nn.MaxPool2d(2), nn.Dropout(), nn.Flatten(), nn.Linear(2048, 10)).eval()
    (folder / "net.pt2").write_bytes(exported(net, torch.randn(2, 3, 32, 32)))
    write(folder, "net.yaml", SPEC + "expect: {same_as: net.pt2}\n")
    assert findings("net.yaml") == []
    net[4] = nn.AvgPool2d(2)
    (folder / "net.pt2").write_bytes(exported(net, torch.randn(2, 3, 32, 32)))
    (found,) = findings("net.yaml")
    assert "max_pool1 (line 10)" in found
    assert found.endswith("`max_pool` against `avg_pool`")


@pytest.mark.slow
def test_the_shipped_resnet50_is_what_the_paper_says_in_pytorch(folder):
    torch = pytest.importorskip("torch")
    from importing.pt2.exports import exported

    nn = torch.nn

    def conv(c_in, c_out, kernel=1, stride=1):
        return nn.Conv2d(c_in, c_out, kernel, stride, kernel // 2, bias=False), nn.BatchNorm2d(c_out)

    class Bottleneck(nn.Module):
        def __init__(self, c_in, width, stride):
            super().__init__()
            first, second = conv(c_in, width), conv(width, width, 3, stride)
            self.body = nn.Sequential(*first, nn.ReLU(), *second, nn.ReLU(), *conv(width, 4 * width))
            is_projected = stride > 1 or c_in != 4 * width
            self.shortcut = nn.Sequential(*conv(c_in, 4 * width, 1, stride)) if is_projected else nn.Identity()

        def forward(self, x):
            return torch.relu(self.body(x) + self.shortcut(x))

    layers = [*conv(3, 64, 7, 2), nn.ReLU(), nn.MaxPool2d(3, 2, 1)]
    c_in = 64
    for width, units, stride in ((64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)):
        for unit in range(units):
            layers.append(Bottleneck(c_in, width, stride if unit == 0 else 1))
            c_in = 4 * width
    net = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(2048, 1000)).eval()
    (folder / "net.pt2").write_bytes(exported(net, torch.randn(2, 3, 224, 224)))
    assert run(["compare", "resnet50", "net.pt2", "--exit-code"]) == 0
    net[1].eps = 1e-3
    (folder / "net.pt2").write_bytes(exported(net, torch.randn(2, 3, 224, 224)))
    assert run(["compare", "resnet50", "net.pt2", "--exit-code"]) == 1
