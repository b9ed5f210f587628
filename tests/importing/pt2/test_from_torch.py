"""`cnncalc.from_torch`: a module in the interpreter that has it."""

from __future__ import annotations

import numpy
import pytest

pytest.importorskip("torch", reason="PyTorch is not installed (pip install -e '.[oracle]')")
import torch
from torch import nn

import cnncalc


def net() -> nn.Sequential:
    torch.manual_seed(0)
    layers = (nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Dropout(), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    return nn.Sequential(*layers, nn.Linear(8, 10))


PARAMS = (3 * 9 * 8 + 8) + 2 * 8 + (8 * 10 + 10)


@pytest.mark.parametrize(
    "example",
    ["3x12x12", (3, 12, 12), torch.zeros(1, 3, 12, 12), (torch.zeros(4, 3, 12, 12),), {"input": "3x12x12"}],
    ids=["text", "sizes", "tensor", "tensors", "by name"],
)
def test_numbers(example: object) -> None:
    spec = cnncalc.from_torch(net(), example)
    totals = cnncalc.analyze(spec).totals
    assert (totals.trainable_params, totals.macs) == (PARAMS, 10 * 10 * 3 * 9 * 8 + 8 * 10)
    assert (spec.name, spec.convention) == ("Sequential", "pytorch")


def test_values_and_modes() -> None:
    """The weights come along, and the module stays in the mode that each of its parts has."""
    module = net()
    module[1].eval()
    spec = cnncalc.from_torch(module, "3x12x12")
    assert [each.training for each in module] == [True, False, True, True, True, True, True]
    x = torch.randn(1, 3, 12, 12)
    made = list(cnncalc.run(spec, x.numpy()).values())[-1]
    numpy.testing.assert_allclose(made.ravel(), module.eval()(x).detach().numpy().ravel(), rtol=1e-4, atol=1e-6)


class Two(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 1)
        self.dense = nn.Linear(5, 4)

    def forward(self, image: torch.Tensor, extra: torch.Tensor) -> torch.Tensor:
        return self.conv(image).mean((2, 3)) + self.dense(extra)


@pytest.mark.parametrize("examples", [("3x8x8", (5,)), {"image": "3x8x8", "extra": "5"}], ids=["in order", "by name"])
def test_several_inputs(examples: object) -> None:
    analysis = cnncalc.analyze(cnncalc.from_torch(Two(), examples))
    assert analysis.totals.params == (3 * 4 + 4) + (5 * 4 + 4)


class DependsOnValues(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x if x.sum() > 0 else -x


def test_what_cannot_be_exported(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(cnncalc.SpecError) as caught:
        cnncalc.from_torch(DependsOnValues(), "3x8x8")
    (finding,) = caught.value.diagnostics
    assert (finding.code, finding.file) == ("CNN152", "DependsOnValues")
    assert finding.message.startswith("PyTorch cannot export the module: GuardOnDataDependentSymNode")
    assert isinstance(caught.value, cnncalc.CnncalcError)
    assert capfd.readouterr() == ("", "")


def test_an_input_that_does_not_fit() -> None:
    with pytest.raises(cnncalc.SpecError, match="to have 3 channels, but got 4"):
        cnncalc.from_torch(net(), "4x8x8")


@pytest.mark.parametrize("example", ["x3", "", (), (0, 3), None, 5])
def test_no_shape(example: object) -> None:
    with pytest.raises(ValueError, match="neither a shape without the batch"):
        cnncalc.from_torch(net(), example)
