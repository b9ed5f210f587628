"""A batch of 1 is found among other axes of size 1, and left open; where that is not clear, nothing changes."""

from __future__ import annotations

from typing import Any

import pytest
from importing.lifting.operation_graphs import Graph

from cnncalc.importing.lifting.rewrites.batches import open_batch
from cnncalc.importing.operations import BATCH, Tensor

torch = pytest.importorskip("torch")
nn = torch.nn


def opened(graph: Graph) -> list[tuple[int, ...] | None]:
    """The sizes that the operations make, in order."""
    open_batch(graph.graph)
    return [each.output.sizes for each in graph.graph.operations]


def test_positions_first():
    """As `nn.MultiheadAttention` divides heads."""
    graph = Graph(batch=1)
    turned = graph.transpose(graph.input(5, 6), 1, 0, 2)
    heads = graph.reshape(turned, 5, 2, 3)
    graph.reshape(graph.reshape(graph.transpose(heads, 1, 0, 2), 1, 2, 5, 3), 2, 5, 3)
    graph.reshape(graph.reshape(turned, 5, 6), 5, 1, 6)
    assert opened(graph) == [
        (5, BATCH, 6),
        (5, 2 * BATCH, 3),
        (2 * BATCH, 5, 3),
        (BATCH, 2, 5, 3),
        (2 * BATCH, 5, 3),
        (5 * BATCH, 6),
        (5, BATCH, 6),
    ]
    assert graph.graph.operations[1].settings == {"sizes": (5, 2 * BATCH, 3)}
    assert graph.graph.batch == BATCH


def test_what_all_samples_share_is_repeated():
    graph = Graph(batch=1)
    x = graph.input(5, 6)
    graph.do("concat", graph.array(1, 1, 6), x, axis=1)
    assert opened(graph) == [(BATCH, 1, 6), (BATCH, 6, 6)]
    assert [each.name for each in graph.graph.operations] == ["expand", "concat"]


def test_axes_that_are_left_out_or_new():
    graph = Graph(batch=1)
    x = graph.input(5, 1, 6)
    mean = graph.do("reduce", graph.transpose(x, 1, 0, 2, 3), how="mean", axes=(0, 2), keep_dims=False)
    graph.do("matmul", graph.reshape(mean, 1, 1, 6), graph.array(6, 4))
    assert opened(graph) == [(5, BATCH, 1, 6), (BATCH, 6), (BATCH, 1, 6), (BATCH, 1, 4)]


def test_of_two_new_axes_the_one_that_fits_is_the_batch():
    """As decomposed recurrent layers add a state to a row of one."""
    graph = Graph(batch=1)
    x = graph.input(6)
    row = graph.reshape(x, 1, 1, 6)
    graph.do("add", row, x)
    assert opened(graph) == [(1, BATCH, 6), (1, BATCH, 6)]


def mixed(graph: Graph) -> Tensor:
    x = graph.input(5, 6)
    return graph.do("softmax", x, axis=0)  # type: ignore[no-any-return]


def differing(graph: Graph) -> Tensor:
    x = graph.input(1, 6)
    return graph.do("add", x, graph.transpose(x, 1, 0, 2))  # type: ignore[no-any-return]


@pytest.mark.parametrize("write", [mixed, differing])
def test_what_cannot_be_followed_stays(write: Any):
    graph = Graph(batch=1)
    write(graph)
    before = [each.output.sizes for each in graph.graph.operations]
    assert opened(graph) == before
    assert graph.graph.batch == 1


class Crossed(nn.Module):  # type: ignore[misc, name-defined]
    """Keys and values of other sizes."""

    def __init__(self) -> None:
        super().__init__()
        self.own = nn.MultiheadAttention(12, 3, batch_first=True, kdim=5, vdim=5, bias=False)

    def forward(self, x: Any, memory: Any) -> Any:
        return self.own(x, memory, memory, need_weights=False)[0]


MODULES: dict[str, tuple[Any, list[tuple[int, ...]], int]] = {
    "cross attention": (Crossed, [(7, 12), (4, 5)], 1),
    "encoder": (lambda: nn.TransformerEncoderLayer(12, 3, 8, batch_first=True), [(7, 12)], 1),
    "decoder": (lambda: nn.TransformerDecoderLayer(12, 3, 8, batch_first=True), [(7, 12), (4, 12)], 2),
}


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # of torch.export
@pytest.mark.parametrize("decomposed", [False, True], ids=["as it is", "decomposed"])
@pytest.mark.parametrize(("module", "sizes", "count"), MODULES.values(), ids=MODULES)
def test_attention_exported_for_one_sample(module: Any, sizes: Any, count: int, decomposed: bool):
    from importing.lifting import exports

    draft = exports.check(module(), *sizes, decomposed=decomposed, batch=1)
    assert exports.kinds(draft)["attention"] == count
