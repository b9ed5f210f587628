"""`cnncalc.from_torch`: a module in the interpreter that has it."""

from __future__ import annotations

import warnings

import numpy
import pytest

pytest.importorskip("torch", reason="PyTorch is not installed (pip install -e '.[oracle]')")
import torch
from torch import nn

import cnncalc
from cnncalc.errors import ArgumentError


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
    assert finding.help == (
        "the exporter cannot follow Python that depends on the values in tensors: "
        "give the part of the model without it",
        ALONE,
    )
    assert isinstance(caught.value, cnncalc.CnncalcError)
    assert capfd.readouterr() == ("", "")


ALONE = "`torch.export.export(module.eval(), (example,))` alone shows where it stops"


@pytest.mark.parametrize(
    ("example", "reason", "given"),
    [
        ("4x8x8", "RuntimeError: Given groups=1, weight of size [8, 3, 3, 3], expected input", "2×4×8×8"),
        ("3x2x2", "RuntimeError: Calculated padded input size per channel: (2 x 2)", "2×3×2×2"),
        ((1, 3, 8, 8), "RuntimeError: Expected 3D (unbatched) or 4D (batched) input to conv2d", "2×1×3×8×8"),
        ({"y": "3x8x8"}, "TypeError: missing a required argument", "y=2×3×8×8"),
        (("3x8x8", "3x8x8"), "TypeError: too many positional arguments", "2×3×8×8, 2×3×8×8"),
    ],
    ids=["channels", "too small", "with a batch", "name", "two"],
)
def test_an_input_that_does_not_fit(example: object, reason: str, given: str) -> None:
    """The error of PyTorch itself, and what it was given."""
    with pytest.raises(cnncalc.SpecError) as caught:
        cnncalc.from_torch(net(), example)
    (found,) = caught.value.diagnostics
    assert found.code == "CNN152"
    assert found.message.startswith(f"PyTorch cannot export the module: {reason}")
    assert found.help == (f"forward(input) was given ({given}), the batch included", ALONE)


def test_ids_need_an_example() -> None:
    module = nn.Sequential(nn.Embedding(9, 4), nn.Flatten(), nn.Linear(44, 2))
    with pytest.raises(cnncalc.SpecError) as caught:
        cnncalc.from_torch(module, "11")
    (found,) = caught.value.diagnostics
    assert found.help == (
        "a shape stands for real numbers; for ids, give an example of them: `torch.zeros(2, 11, dtype=torch.long)`",
        "forward(input) was given (2×11), the batch included",
        ALONE,
    )
    params = cnncalc.analyze(cnncalc.from_torch(module, torch.zeros(2, 11, dtype=torch.long))).totals.params
    assert params == 9 * 4 + 44 * 2 + 2


@pytest.mark.parametrize("example", ["x3", "", (), (0, 3), None, 5])
def test_no_shape(example: object) -> None:
    with pytest.raises(ArgumentError) as caught:
        cnncalc.from_torch(net(), example)
    assert str(caught.value) == (
        'input: expected a shape without the batch, "3x224x224" or (3, 224, 224), or a tensor with it, '
        f"found {example!r}"
    )


def test_an_array_is_an_example() -> None:
    spec = cnncalc.from_torch(net(), numpy.zeros((1, 3, 12, 12), "float32"))
    assert cnncalc.analyze(spec).totals.trainable_params == PARAMS


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("net.pt", "expected a module of PyTorch, found a str; `cnncalc.load` reads files"),
        (nn.Conv2d, "expected a module of PyTorch, found the class Conv2d: give an instance, `Conv2d(…)`"),
        (
            net().state_dict(),
            "expected a module of PyTorch, found an OrderedDict: "
            "weights have no layers, the module that they are loaded into has",
        ),
    ],
    ids=["path", "class", "weights"],
)
def test_no_module(given: object, message: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        cnncalc.from_torch(given, "3x8x8")
    assert str(caught.value) == message


def test_a_module_of_torchscript() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        script = torch.jit.script(nn.ReLU())
    with pytest.raises(ArgumentError) as caught:
        cnncalc.from_torch(script, "3x8x8")
    assert str(caught.value) == "a ScriptModule cannot be exported: give the module that it was made from"


def test_a_module_given_to_others() -> None:
    for function, what in ((cnncalc.load, "a path or the text of a spec"), (cnncalc.from_keras, "a model of Keras")):
        with pytest.raises(ArgumentError) as caught:
            function(net())  # type: ignore[operator]
        said = f"expected {what}, found a Sequential; `cnncalc.from_torch` takes modules of PyTorch"
        assert str(caught.value) == said
