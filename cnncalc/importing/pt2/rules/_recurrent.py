"""Recurrent layers, which PyTorch exports whole unless they are decomposed into their steps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cnncalc.importing.operations import Tensor
from cnncalc.importing.pt2._nodes import AtenNode, NotTranslatedError, is_one_number, known_sizes

_PARTS = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")


def _recurrent(name: str, nonlinearity: str = "") -> Callable[[AtenNode], None]:
    """States of zeros are what a layer without any begins with."""

    def translate(node: AtenNode) -> None:
        weights = node.tensors("params")
        directions = 2 if node.get("bidirectional", False) else 1
        arrays = _names(node, directions)
        if node.overload != "input" or len(arrays) != len(weights):
            raise NotTranslatedError("weights")
        states: list[Tensor | None] = list(node.tensors("hx") if name == "lstm" else [node.tensor("hx")])
        states = [None if state is None or is_one_number(state, 0) else state for state in states]
        settings: dict[str, Any] = {
            "hidden": known_sizes(weights[1])[1],
            "layers": node.get("num_layers", 1),
            "directions": directions,
            "batch_first": node.get("batch_first", False),
            "arrays": arrays,
        }
        if name == "gru":
            settings["reset_after"] = True
        if nonlinearity:
            settings["nonlinearity"] = nonlinearity
        inputs = [node.tensor("input"), *states, *([None] if name != "lstm" else []), *weights]
        node.emit(name, inputs, node.outputs, **settings)

    return translate


def _names(node: AtenNode, directions: int) -> tuple[str, ...]:
    """As PyTorch calls the weights, in its order."""
    parts = _PARTS if node.get("has_biases", True) else _PARTS[:2]
    ends = ("", "_reverse")[:directions]
    layers = range(min(node.get("num_layers", 1), 1000))
    return tuple(f"{part}_l{layer}{end}" for layer in layers for end in ends for part in parts)


TRANSLATIONS: dict[str, Callable[[AtenNode], None]] = {
    "lstm": _recurrent("lstm"),
    "gru": _recurrent("gru"),
    "rnn_tanh": _recurrent("rnn", "tanh"),
    "rnn_relu": _recurrent("rnn", "relu"),
}
