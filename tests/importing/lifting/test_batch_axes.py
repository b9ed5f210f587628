"""Models whose inputs have no batch, or have it as their second axis: those of sequences whose positions come first."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import cnncalc

torch = pytest.importorskip("torch")
nn = torch.nn

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]  # of the exporters
NOTE = "the positions of its inputs come first, and the batch is their second axis"


class Taken(nn.Module):  # type: ignore[misc, name-defined]
    """The first output of a module, called with its input as often as it wants it."""

    def __init__(self, module: Any, times: int = 1, **options: Any) -> None:
        super().__init__()
        self.own, self.times, self.options = module, times, options

    def forward(self, x: Any) -> Any:
        made = self.own(*[x] * self.times, **self.options)
        return made[0] if isinstance(made, tuple) else made


# parameters and multiply-adds: 4 gates of 4 states are 16 · (5 + 4) + 32, and 16 · (5 + 4) at each of 6 positions;
# an attention has 4 products of 8 × 8, and 6 × 6 scores of 8 numbers, twice
SEQUENCES: dict[str, tuple[Callable[[], Any], int, int, int]] = {
    "lstm": (lambda: Taken(nn.LSTM(5, 4)), 5, 16 * 9 + 32, 6 * 16 * 9),
    "gru": (lambda: Taken(nn.GRU(5, 4, bidirectional=True)), 5, 2 * (12 * 9 + 24), 2 * 6 * 12 * 9),
    "attention": (
        lambda: Taken(nn.MultiheadAttention(8, 2), 3, need_weights=False),
        *(8, 4 * (64 + 8), 6 * 4 * 64 + 2 * 6 * 6 * 8),
    ),
    "encoder": (
        lambda: nn.TransformerEncoderLayer(8, 2, 16),
        *(8, 4 * (64 + 8) + 16 * 9 + 8 * 17 + 4 * 8, 6 * 4 * 64 + 2 * 6 * 6 * 8 + 6 * 2 * 128),
    ),
}


def saved(module: Any, x: Any, form: str, folder: Path) -> Path:
    """The module as a file, of a fixed batch or of one that is open."""
    path = folder / ("net.onnx" if form == "onnx" else "net.pt2")
    if form == "onnx":
        torch.onnx.export(module, (x,), str(path), dynamo=False)
        return path
    shapes = ({1: torch.export.Dim.AUTO},) if form == "open" else None
    program = torch.export.export(module, (x,), dynamic_shapes=shapes)
    torch.export.save(program.run_decompositions() if form == "decomposed" else program, path)
    return path


@pytest.mark.parametrize("form", ["fixed", "open", "decomposed", "onnx"])
@pytest.mark.parametrize(("make", "width", "params", "macs"), SEQUENCES.values(), ids=SEQUENCES)
def test_positions_first(make: Any, width: int, params: int, macs: int, form: str, tmp_path: Path) -> None:
    if form == "onnx" and width == 8:
        pytest.skip("the exporter cannot do it with an open size of the sequence")
    torch.manual_seed(0)
    module, x = make().eval(), torch.randn(6, 3, width)
    spec = cnncalc.load(saved(module, x, form, tmp_path))
    assert [each.message for each in spec.remarks if each.code == "CNN573"] == [NOTE]
    totals = cnncalc.analyze(spec).totals
    assert (totals.params, totals.macs) == (params, macs)
    made = cnncalc.run(spec, x[:, 1].numpy())[spec.graph.output_nodes[0].name]
    with torch.no_grad():
        wanted = module(x)[:, 1].numpy()
    assert np.allclose(np.asarray(made).reshape(wanted.shape), wanted, atol=1e-5)


class OfLast(nn.Module):  # type: ignore[misc, name-defined]
    """A classifier that reads what is known after the last position, as tutorials write it."""

    def __init__(self) -> None:
        super().__init__()
        self.cells, self.head = nn.GRU(5, 4), nn.Linear(4, 3)

    def forward(self, x: Any) -> Any:
        return self.head(self.cells(x)[0][-1])


@pytest.mark.parametrize("form", ["fixed", "decomposed", "onnx"])
def test_the_last_of_positions_that_come_first(form: str, tmp_path: Path) -> None:
    torch.manual_seed(0)
    module, x = OfLast().eval(), torch.randn(6, 1, 5)
    spec = cnncalc.load(saved(module, x, form, tmp_path))
    assert [each.message for each in spec.remarks if each.code == "CNN573"] == [NOTE]
    totals = cnncalc.analyze(spec).totals
    assert (totals.params, totals.macs) == (12 * 9 + 24 + 15, 6 * 12 * 9 + 12)
    made = cnncalc.run(spec, x[:, 0].numpy())[spec.graph.output_nodes[0].name]
    with torch.no_grad():
        assert np.allclose(np.asarray(made).ravel(), module(x).numpy().ravel(), atol=1e-5)


@pytest.mark.parametrize(
    ("module", "sizes", "place"),
    [
        (lambda: nn.Conv2d(32, 8, 3), (32, 9, 9), 'node 1 (aten.conv2d.default, "conv2d")'),
        (lambda: nn.ConvTranspose2d(4, 8, 2), (4, 9, 9), 'node 1 (aten.conv_transpose2d.input, "conv_transpose2d")'),
        (lambda: nn.Linear(5, 4), (5,), 'node 1 (aten.linear.default, "linear")'),
    ],
    ids=["conv", "conv_transpose", "dense"],
)
def test_a_sample_without_a_batch(module: Any, sizes: Any, place: str, tmp_path: Path) -> None:
    path = saved(module().eval(), torch.randn(sizes), "fixed", tmp_path)
    with pytest.raises(cnncalc.SpecError) as found:
        cnncalc.load(path)
    (said,) = found.value.diagnostics
    assert said.code == "CNN154"
    assert said.message == f"the network mixes the samples of a batch, the first axis of its inputs: {place}"
    assert said.help == (
        "export it for a batch that is the first axis, and stays it: layers of sequences have `batch_first=True`",
        "an example of a single sample gets its batch by `x[None]`",
    )


def test_what_mixes_samples_along_both_axes(tmp_path: Path) -> None:
    class Both(nn.Module):  # type: ignore[misc, name-defined]
        def forward(self, x: Any) -> Any:
            return torch.softmax(x.mean(0).mean(0), -1)

    with pytest.raises(cnncalc.SpecError) as found:
        cnncalc.load(saved(Both(), torch.randn(6, 3, 5), "fixed", tmp_path))
    assert found.value.diagnostics[0].code == "CNN154"
