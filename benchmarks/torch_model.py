"""A graph of cnncalc as a PyTorch module with the same weights: what benchmarks/forward.py times ours against."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from cnncalc.forward.run.executor import Weights
from cnncalc.graph import Graph, Node


class TorchModel(nn.Module):
    """The layers of the graph in its order, channels first; a tensor is let go after its last use, as PyTorch would.

    ReLU works in place where nothing else reads its input, as torchvision's models ask for it.
    """

    def __init__(self, graph: Graph, weights: Weights) -> None:
        super().__init__()
        self.graph = graph
        self.parts = nn.ModuleList([_module(node, weights.get(node.name, {})) for node in graph.nodes])
        readers: dict[Node, int] = {}
        for node in graph.nodes:
            for source in node.inputs:
                readers[source] = readers.get(source, 0) + 1
        for node, part in zip(graph.nodes, self.parts, strict=True):
            if isinstance(part, nn.ReLU | nn.ReLU6):
                part.inplace = readers[node.inputs[0]] == 1 and node.inputs[0].layer is not None
        last = {source: node for node in graph.nodes for source in node.inputs}
        self.ends: dict[Node, list[Node]] = {}
        for source, node in last.items():
            self.ends.setdefault(node, []).append(source)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        alive = {self.graph.inputs[0]: x}
        for node, part in zip(self.graph.nodes, self.parts, strict=True):
            alive[node] = part(*(alive[source] for source in node.inputs))
            for source in self.ends.get(node, ()):
                del alive[source]
        return alive[self.graph.output_nodes[0]]


class _Add(nn.Module):
    def forward(self, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        return a + b


class _Mean(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.mean((2, 3))


def _module(node: Node, weights: dict[str, np.ndarray]) -> nn.Module:
    """One layer, with its weights.

    Raises:
        KeyError: the benchmark does not know the kind.
    """
    return _MODULES[node.kind](node, {name: torch.from_numpy(array) for name, array in weights.items()})


def _conv(node: Node, weights: dict[str, torch.Tensor]) -> nn.Module:
    layer, kernel = node.layer, weights["kernel"]
    is_depthwise = node.kind == "depthwise_conv"
    kernel = kernel.movedim(-1, 0)[:, None] if is_depthwise else kernel.movedim((-1, -2), (0, 1))
    channels = node.inputs[0].output.channels
    groups = channels if is_depthwise else layer.groups
    assert all(before == after for before, after in layer.padding)
    padding = tuple(before for before, _ in layer.padding)
    module = nn.Conv2d(
        channels, len(kernel), layer.kernel, layer.stride, padding, layer.dilation, groups, "bias" in weights
    )
    return _with(module, weight=kernel.contiguous(), bias=weights.get("bias"))


def _with(module: nn.Module, **tensors: torch.Tensor | None) -> nn.Module:
    """The module with these values."""
    state = module.state_dict()
    state.update({name: tensor for name, tensor in tensors.items() if tensor is not None})
    module.load_state_dict(state)
    return module


def _batch_norm(node: Node, weights: dict[str, torch.Tensor]) -> nn.Module:
    module = nn.BatchNorm2d(node.output.channels, node.layer.epsilon)
    return _with(
        module,
        weight=weights["scale"],
        bias=weights["center"],
        running_mean=weights["mean"],
        running_var=weights["variance"],
    )


def _dense(_: Node, weights: dict[str, torch.Tensor]) -> nn.Module:
    module = nn.Linear(*weights["kernel"].shape)
    return _with(module, weight=weights["kernel"].T.contiguous(), bias=weights["bias"])


def _max_pool(node: Node, _: dict[str, torch.Tensor]) -> nn.Module:
    layer = node.layer
    return nn.MaxPool2d(layer.window, layer.stride, tuple(before for before, _ in layer.padding))


_MODULES = {
    "conv": _conv,
    "depthwise_conv": _conv,
    "batch_norm": _batch_norm,
    "dense": _dense,
    "max_pool": _max_pool,
    "relu": lambda *_: nn.ReLU(),
    "relu6": lambda *_: nn.ReLU6(),
    "softmax": lambda *_: nn.Softmax(1),
    "global_avg_pool": lambda *_: _Mean(),
    "adaptive_avg_pool": lambda node, _: nn.AdaptiveAvgPool2d(node.layer.output),
    "flatten": lambda *_: nn.Flatten(),
    "dropout": lambda *_: nn.Dropout(),
    "identity": lambda *_: nn.Identity(),
    "add": lambda *_: _Add(),
}
