"""Networks as PyTorch and Keras have them, built from the texts that the kinds give (`cnncalc.layers.equals`).

Arrays are (batch, *positions, channels) on both sides, whatever the layout of the spec.
"""

from __future__ import annotations

import math
import os
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import Any

import numpy as np

from cnncalc.graph import Graph, Node
from cnncalc.layers.equals import FIRST, LAST, Array, Equal, equal, placed

os.environ.setdefault("KERAS_BACKEND", "torch")

Weights = Mapping[str, Mapping[str, np.ndarray]]


class Framework:
    """How a framework is asked.

    Attributes:
        scope: what the texts need.
    """

    scope: Mapping[str, Any]

    def precise(self) -> AbstractContextManager[None]:
        """Where modules are made, called and loaded in double precision."""
        raise NotImplementedError

    def tensor(self, array: np.ndarray) -> Any:
        """An array of ours."""
        raise NotImplementedError

    def ids(self, tensor: Any) -> Any:
        """A tensor as the whole numbers that it is made of."""
        return tensor

    def array(self, tensor: Any) -> np.ndarray:
        """A tensor as an array of ours."""
        raise NotImplementedError

    def ready(self, module: Any) -> None:
        """Prepares a module for use after training."""

    def load(self, module: Any, place: Array, array: np.ndarray) -> None:
        """Puts an array of ours in its place."""
        raise NotImplementedError

    def arrays(self, module: Any) -> tuple[dict[str, int], int]:
        """The sizes of the arrays of a module that training changes, by name, and of all others together."""
        raise NotImplementedError


class PyTorch(Framework):
    def __init__(self) -> None:
        import oracle.deformable  # noqa: F401 (what torchvision has, where it is not installed)
        import torch

        self.torch = torch
        self.scope = {"torch": torch, "nn": torch.nn, "F": torch.nn.functional}
        self.scope |= {"Tensor": torch.Tensor, "Any": Any, "math": math}

    @contextmanager
    def precise(self) -> Iterator[None]:
        before = self.torch.get_default_dtype()
        self.torch.set_default_dtype(self.torch.float64)
        try:
            yield
        finally:
            self.torch.set_default_dtype(before)

    def tensor(self, array: np.ndarray) -> Any:
        tensor = self.torch.from_numpy(np.ascontiguousarray(array))
        return tensor.movedim(-1, 1) if array.ndim > 2 else tensor

    def ids(self, tensor: Any) -> Any:
        return tensor.long()

    def array(self, tensor: Any) -> np.ndarray:
        return (tensor.movedim(1, -1) if tensor.ndim > 2 else tensor).detach().numpy()

    def ready(self, module: Any) -> None:
        if isinstance(module, self.torch.nn.Module):
            module.eval()
        if isinstance(module, self.torch.nn.Softplus):
            # beyond it, the input is returned: beyond 20 that is off by 2·10⁻⁹, of which a norm makes more
            module.threshold = 40

    def load(self, module: Any, place: Array, array: np.ndarray) -> None:
        whole = dict(module.named_parameters()) | dict(module.named_buffers()) if place.path else {"": module}
        own = place.part(whole[place.path])
        theirs = self.torch.from_numpy(place.there(array).copy(order="C"))
        assert own.shape == theirs.shape, (place, own.shape, theirs.shape)
        with self.torch.no_grad():
            own.copy_(theirs)

    def arrays(self, module: Any) -> tuple[dict[str, int], int]:
        if isinstance(module, self.torch.nn.Parameter):
            return {"": module.numel()}, 0
        learned = {name: each.numel() for name, each in module.named_parameters()}
        kept = {name for name in module.state_dict() if not name.endswith("num_batches_tracked")}
        others = [each.numel() for name, each in module.named_buffers() if name in kept]
        return learned, sum(others)


class Keras(Framework):
    def __init__(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import keras

        self.keras = keras
        self.scope = {"keras": keras, "layers": keras.layers, "ops": keras.ops, "math": math}

    @contextmanager
    def precise(self) -> Iterator[None]:
        config = self.keras.config
        before = config.floatx(), config.dtype_policy()
        config.set_floatx("float64")
        config.set_dtype_policy("float64")
        try:
            yield
        finally:
            config.set_floatx(before[0])
            config.set_dtype_policy(before[1])

    def tensor(self, array: np.ndarray) -> Any:
        return self.keras.ops.convert_to_tensor(np.ascontiguousarray(array))

    def array(self, tensor: Any) -> np.ndarray:
        return self.keras.ops.convert_to_numpy(tensor)

    def load(self, module: Any, place: Array, array: np.ndarray) -> None:
        theirs = place.there(array).copy(order="C")
        own = module
        for part in place.path.split("."):
            own = own[int(part)] if part.isdigit() else getattr(own, part)
        assert tuple(own.shape) == theirs.shape, (place, own.shape, theirs.shape)
        own.assign(theirs)
        if hasattr(module, "finalize_state"):  # of layers that prepare data
            module.finalize_state()

    def arrays(self, module: Any) -> tuple[dict[str, int], int]:
        learned = {each.path: int(np.prod(each.shape)) for each in module.trainable_weights}
        return learned, sum(int(np.prod(each.shape)) for each in module.non_trainable_weights)


FRAMEWORKS = {"torch": PyTorch, "keras": Keras}


class Built:
    """A layer in its place, in a framework.

    Raises:
        NoEqual: the framework has no such layer.
    """

    def __init__(
        self, framework: Framework, name: str, node: Node, layout: str, module: Any = None, order: str = FIRST
    ) -> None:
        assert node.layer
        self.framework = framework
        self.inputs = node.input_shapes
        self.order = order
        self.equal: Equal = equal(node.kind, name, node.layer, self.inputs, node.output, layout, order=order)
        self.scope = dict(framework.scope)
        if self.equal.helper:
            exec(self.equal.helper, self.scope)
        self.module = module
        if module is None and self.equal.module:
            self.module = eval(self.equal.module, self.scope)
            framework.ready(self.module)

    def __call__(self, *tensors: Any) -> Any:
        """Its output, as a tensor of the framework."""
        if self.order == LAST:
            tensors = tuple(each.movedim(1, -1) for each in tensors)
        named = {f"x{index}": tensor for index, tensor in enumerate(tensors)}
        made = eval(self.equal.applied("module", *named), {**self.scope, **named, "module": self.module})
        return made.movedim(-1, 1) if self.order == LAST else made

    def load(self, weights: Mapping[str, np.ndarray]) -> None:
        """Takes our weights; a layer of Keras has been called before, so that it has its own."""
        assert weights.keys() == self.equal.arrays.keys()
        for name, array in weights.items():
            for place, part in placed(self.equal.arrays[name], array):
                self.framework.load(self.module, place, part)

    def counts(self) -> tuple[int, int]:
        """Parameters that training changes, and others."""
        if not self.equal.module:
            return 0, 0
        learned, others = self.framework.arrays(self.module)
        return sum(size for name, size in learned.items() if name not in self.equal.frozen), others


class Network:
    """All layers of a graph.

    Args:
        order: the order of axes that each layer reads and gives, in PyTorch.
    """

    def __init__(self, graph: Graph, framework: str, layout: str, order: str = FIRST) -> None:
        self.graph = graph
        self.framework = FRAMEWORKS[framework]()
        self.layers: dict[str, Built] = {}
        for node in graph.nodes:
            module = self.layers[node.shares.name].module if node.shares else None
            self.layers[node.name] = Built(self.framework, framework, node, layout, module, order)

    def run(
        self, inputs: Mapping[str, np.ndarray], weights: Weights, seen: Callable[[Node, Any], Any] | None = None
    ) -> dict[str, np.ndarray]:
        """The output of every layer.

        Args:
            seen: is called with each layer and what applies it, and returns what that returns.
        """
        tensors = {name: self.framework.tensor(array) for name, array in inputs.items()}
        for node in self.graph.nodes:
            built, sources = (
                self.layers[node.name],
                [tensors[each.name] for each in node.inputs or self.graph.inputs[:1]],
            )
            if node.layer and node.layer.ids():
                sources = list(map(self.framework.ids, sources))
            if own := weights.get(node.name):
                built(*sources)  # a layer of Keras has its weights once it has been called
                built.load(own)
            apply = partial(built, *sources)
            tensors[node.name] = seen(node, apply) if seen else apply()
        return {node.name: self.framework.array(tensors[node.name]) for node in self.graph.nodes}
