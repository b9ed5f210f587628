"""Sums of tensors that have a learned number each, and learned tensors that something is calculated with alone, as
PyTorch exports them: the layers, and the module's own values."""

from __future__ import annotations

import numpy as np
import pytest

import cnncalc

torch = pytest.importorskip("torch", reason="PyTorch is not installed (pip install -e '.[oracle]')")
nn = torch.nn


class Fusion(nn.Module):
    """The sum of three maps, each times a number of its own."""

    def __init__(self, how: str) -> None:
        super().__init__()
        self.how = how
        self.weight = nn.Parameter(torch.tensor([0.5, -0.25, 2.0]))

    def forward(self, a, b, c):
        w = self.weight
        if self.how == "divided first":
            w = w.relu()
            w = w / (w.sum(0) + 1e-3)
        elif self.how == "divided last":  # as in timm
            w = w.relu()
            total = w.sum() + 1e-3
            return torch.stack([x * w[place] / total for place, x in enumerate((a, b, c))], -1).sum(-1)
        elif self.how == "softmax":
            w = w.softmax(0)
        elif self.how == "other order":
            return a * w[2] + (b * w[0] + w[1] * c)
        return w[0] * a + w[1] * b + w[2] * c


class Decoder(nn.Module):
    """Learned queries, which look at one another, and then at what is read."""

    def __init__(self) -> None:
        super().__init__()
        self.queries = nn.Parameter(torch.randn(1, 5, 16))
        self.norm = nn.LayerNorm(16)
        self.own, self.across = (nn.MultiheadAttention(16, 2, batch_first=True) for _ in range(2))

    def forward(self, x):
        asking = self.queries.expand(x.shape[0], -1, -1)
        apart = self.norm(self.own(asking, asking, asking, need_weights=False)[0] + asking)
        return self.across(apart + asking, x, x, need_weights=False)[0]


def imported(module, inputs, path):
    """The spec, and what the module and the spec's forward pass give of the inputs."""
    module.eval()
    batch = torch.export.Dim("batch")
    shapes = tuple({0: batch} for _ in inputs)
    torch.export.save(torch.export.export(module, inputs, dynamic_shapes=shapes), path)
    spec = cnncalc.load(path)
    given = {
        node.name: np.moveaxis(each.numpy(), 1, -1) if spec.layout == "channels_last" else each.numpy()
        for node, each in zip(spec.graph.inputs, inputs, strict=True)
    }
    ours = cnncalc.run(spec, given)[spec.graph.output_nodes[0].name]
    with torch.no_grad():
        return spec, ours, module(*inputs).numpy()


@pytest.mark.parametrize(
    ("how", "normalize", "epsilon"),
    [
        ("plain", "none", 1e-4),
        ("other order", "none", 1e-4),
        ("divided first", "sum", 1e-3),
        ("divided last", "sum", 1e-3),
        ("softmax", "softmax", 1e-4),
    ],
)
def test_a_number_for_each_tensor(how, normalize, epsilon, tmp_path):
    inputs = tuple(torch.randn(2, 4, 5, 6, generator=torch.Generator().manual_seed(seed)) for seed in range(3))
    spec, ours, theirs = imported(Fusion(how), inputs, tmp_path / "net.pt2")
    (node,) = spec.graph.nodes
    assert (node.kind, node.layer.normalize) == ("weighted_add", normalize)
    assert node.layer.epsilon == pytest.approx(epsilon)
    assert cnncalc.analyze(spec).totals.trainable_params == 3
    np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)


def test_numbers_of_two_rows_are_no_such_sum(tmp_path):
    class Other(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.one, self.two = nn.Parameter(torch.ones(2)), nn.Parameter(torch.ones(2))

        def forward(self, a, b):
            return self.one[0] * a + self.two[1] * b

    inputs = tuple(torch.randn(2, 4, 5, 6) for _ in range(2))
    spec, ours, theirs = imported(Other(), inputs, tmp_path / "net.pt2")
    assert {node.kind for node in spec.graph.nodes} == {"scale", "add"}
    np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)


def test_learned_queries_are_a_layer(tmp_path):
    module = Decoder()
    x = torch.randn(2, 7, 16)
    module.eval()
    shapes = ({0: torch.export.Dim("batch")},)
    torch.export.save(torch.export.export(module, (x,), dynamic_shapes=shapes), tmp_path / "net.pt2")
    spec = cnncalc.load(tmp_path / "net.pt2")
    kinds = [node.kind for node in spec.graph.nodes]
    assert kinds == ["learned", "attention", "add", "layer_norm", "add", "attention"]
    # queries 5·16, twice 4·(16·16 + 16), norm 2·16
    assert cnncalc.analyze(spec).totals.trainable_params == 80 + 2 * 4 * 272 + 32
    (node,) = spec.graph.inputs
    given = x.numpy() if spec.layout == "channels_last" else np.moveaxis(x.numpy(), -1, 1)
    ours = cnncalc.run(spec, {node.name: given})[spec.graph.output_nodes[0].name]
    ours = ours if ours.shape[-1] == 16 else np.moveaxis(ours, 1, -1)
    with torch.no_grad():
        np.testing.assert_allclose(ours, module(x).numpy(), rtol=1e-4, atol=1e-5)
