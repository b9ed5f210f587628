"""States of recurrent layers, the order of axes, and products that return their weights."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from cnncalc.importing.opening import spec_of

torch = pytest.importorskip("torch")
exports = pytest.importorskip("importing.lifting.exports")
nn = torch.nn
pytestmark = pytest.mark.filterwarnings("ignore:The tensor attributes")  # of `torch.export`, on recurrent layers


class Calls(nn.Module):  # type: ignore[misc, name-defined]
    """A module with layers, and what it does with them."""

    def __init__(self, does: Any, *layers: Any) -> None:
        super().__init__()
        self.layers, self.does = nn.ModuleList(layers), does

    def forward(self, x: Any, y: Any = None, z: Any = None) -> Any:
        return self.does(self.layers, *(each for each in (x, y, z) if each is not None))


def lstm(**settings: Any) -> Any:
    return nn.LSTM(6, 4, batch_first=True, **settings)


def gru(**settings: Any) -> Any:
    return nn.GRU(6, 4, batch_first=True, **settings)


CASES: dict[str, tuple[Any, list[tuple[int, ...]]]] = {
    "all states of two layers": (
        Calls(lambda own, x: own[0](x)[1].transpose(0, 1).flatten(1), gru(num_layers=2)),
        [(5, 6)],
    ),
    "all states of two layers, both ways": (
        Calls(lambda own, x: own[0](x)[1].transpose(0, 1).flatten(1), gru(num_layers=2, bidirectional=True)),
        [(5, 6)],
    ),
    "all positions, and all states": (
        Calls(lambda own, x: (lambda all, last: (all, last.transpose(0, 1).flatten(1)))(*own[0](x)), gru(num_layers=2)),
        [(5, 6)],
    ),
    "given states": (
        Calls(lambda own, x, h, c: own[0](x, (h.transpose(0, 1), c.transpose(0, 1)))[0], lstm()),
        [(5, 6), (1, 4), (1, 4)],
    ),
    "a given state for each layer": (
        Calls(lambda own, x, h: own[0](x, h.transpose(0, 1).contiguous())[0], gru(num_layers=2)),
        [(5, 6), (2, 4)],
    ),
    "a product of two inputs": (Calls(lambda _, x, y: torch.bmm(x, y)), [(5, 6), (6, 4)]),
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("batch", [None, 2], ids=["open", "of two"])
def test_values_are_those_of_pytorch(name: str, batch: int | None) -> None:
    """Also where the batch has the size of another axis."""
    module, sizes = deepcopy(CASES[name])
    exports.check(module, *sizes, batch=batch)


def test_inputs_are_in_the_order_of_the_file() -> None:
    """Nothing tells what the axes of a second factor are: they are where those of the first are."""
    for name in ("given states", "a product of two inputs"):
        module, sizes = deepcopy(CASES[name])
        draft = exports.lifted(exports.program(module, *sizes))
        assert [given.shape.sizes(draft.layout) for given in draft.inputs] == sizes


@pytest.mark.parametrize("batch", [None, 2], ids=["open", "of two"])
def test_a_cell_that_is_read(batch: int | None) -> None:
    """No kind gives it; at each of 5 positions, 4 gates of 4 units read 6 + 4 numbers."""
    module = Calls(lambda own, x: own[1](own[0](x)[1][1][-1]), lstm(), nn.Linear(4, 3))
    draft = exports.lifted(exports.program(module, (5, 6), batch=batch))
    opaque = next(layer for layer in draft.layers if layer.kind == "opaque")
    assert (opaque.settings["macs"], opaque.params) == (5 * 4 * 4 * (6 + 4), 4 * 4 * (6 + 4) + 2 * 4 * 4)
    (last,) = spec_of(draft, "a_file").graph.output_nodes
    assert (last.output.spatial, last.output.channels) == ((), 3)


@pytest.mark.parametrize(
    ("module", "sizes", "said"),
    [
        (
            Calls(lambda own, x: own[1](own[0](x)), nn.Conv2d(3, 4, 1), nn.Linear(6, 5)),
            (3, 7, 6),
            "5×4×7 here and 4×7×5",
        ),
        (
            Calls(lambda own, x: own[1](own[0](x)), nn.Conv2d(3, 4, 1), nn.LayerNorm(6)),
            (3, 7, 6),
            "6×4×7 here and 4×7×6",
        ),
        (Calls(lambda own, x: own[0](x).softmax(-1), nn.Conv2d(3, 4, 1)), (3, 7, 6), ""),
        (Calls(lambda own, x: own[0](x).permute(0, 2, 3, 1), nn.Conv2d(3, 4, 1)), (3, 7, 6), "4×7×6 here and 7×6×4"),
        (
            Calls(lambda own, x: own[1](own[0](x)).relu(), nn.Linear(6, 5), nn.Conv2d(3, 4, 1)),
            (3, 7, 6),
            "7×5×4 here and 4×7×5",
        ),
    ],
    ids=["a product along the width", "a norm of the width", "a softmax of the width", "channels last", "at first"],
)
def test_what_is_returned_in_another_order_is_said(module: Any, sizes: Any, said: str) -> None:
    """A map is in the layout of the spec, whatever the file returns: that of what reads the input first."""
    draft = exports.check(module, sizes, remarks=["CNN573"] if said else [])
    assert not said or f"is {said} in the file" in draft.remarks[-1].message


def test_states_that_are_returned_before_the_batch_are_said() -> None:
    """PyTorch returns layers × batch × units; a layer has no axis before the batch."""
    module = Calls(lambda own, x: own[0](x)[1], nn.GRU(5, 7, 2, batch_first=True))
    draft = exports.lifted(exports.program(module, (6, 5)))
    (remark,) = draft.remarks
    assert remark.message.endswith("is 14, and 2×batch×7 in the file")


def test_an_axis_of_the_same_size_is_turned() -> None:
    module = Calls(
        lambda own, x: torch.bmm(own[0](x).flatten(2), own[1](x).flatten(2).transpose(1, 2)),
        nn.Conv2d(3, 4, 1),
        nn.Conv2d(3, 4, 1),
    )
    draft = exports.lifted(exports.program(module, (3, 7, 6)))
    message = "outputs have their axes in the order of the spec: `bmm` (4×4) is transposed"
    assert [each.message for each in draft.remarks] == [message]


def test_attention_that_returns_its_weights() -> None:
    """Its products are not one layer, but have their sizes: 2 heads of 5 · 5 scores, of 4 numbers each, and 2 sums."""
    attention = nn.MultiheadAttention(8, 2, batch_first=True)
    draft = exports.lifted(exports.program(Calls(lambda own, x: own[0](x, x, x), attention), (5, 8)))
    opaque = [layer for layer in draft.layers if layer.kind == "opaque"]
    assert [layer.settings["macs"] for layer in opaque] == [2 * 5 * 5 * 4, 2 * 5 * 5 * 4]
    assert draft.not_understood == {opaque[0].settings["operation"]: 2}
    nodes = spec_of(draft, "a_file").graph.output_nodes
    assert [(node.output.spatial, node.output.channels) for node in nodes] == [((5,), 8), ((5,), 5)]
