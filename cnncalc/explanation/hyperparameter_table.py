"""The lecture's table: what a layer learns, and what is set beforehand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.explanation.derivation import words_of
from cnncalc.layers.base import plural
from cnncalc.named_tuple import NamedTuple
from cnncalc.settings.setting import ByConvention, Reading

if TYPE_CHECKING:
    from cnncalc.analysis import Analysis, EntryNumbers
    from cnncalc.graph import Node
    from cnncalc.layers.base import Layer

PARAMETER = "A parameter is a variable inside the model; it is learned from the data while the model is trained."
HYPERPARAMETER = (
    "A hyperparameter is set beforehand by whoever builds or trains the model, and training does not change it."
)

NOT_GIVEN = "not given"
OTHERS = (
    ("optimizer", "optimizer"),
    ("learning_rate", "learning rate"),
    ("loss", "loss function"),
    ("batch_size", "mini-batch size"),
    ("epochs", "epochs"),
    ("regularization", "regularization"),
    ("initialization", "weight initialization"),
    ("dataset_split", "dataset splitting"),
)
"""Keys of `training:` and what the table calls them."""


class HyperparameterRow(NamedTuple):
    """What a layer learns and what is set beforehand.

    Attributes:
        learned: what training changes, and how many numbers that is; "" for nothing.
        beforehand: the hyperparameters and their values, in order.
    """

    name: str
    kind: str
    learned: str
    params: int
    beforehand: tuple[tuple[str, str], ...]


def hyperparameters_of(numbers: EntryNumbers, convention: str, layout: str) -> HyperparameterRow:
    """What an entry's layers learn, and what is set beforehand. It must have layers of its own."""
    own = numbers.layers[0].node
    layer = own.layer
    assert layer is not None
    said = words_of(own, layout)
    beforehand = [*said.before()]
    order = sorted(layer.settings, key=lambda name: name != (layer.leads or layer.principal))
    for name in order:
        if name in vars(layer) and _is_shown(name, layer, convention, said.always):
            declared = layer.settings[name]
            value = declared.show(vars(layer)[name], layout)
            beforehand.append((said.called.get(name, name.replace("_", " ")), value))
    beforehand += said.after()
    learned = _learned(own, layout)
    if learned and vars(layer).get("bias"):
        learned.append("biases")
    for follower in numbers.layers[1:]:
        node = follower.node
        what = "activation" if node.layer and node.layer.is_activation else "normalization"
        beforehand.append((what, node.kind))
        learned += [f"{what} of {node.kind}" for what in _learned(node, layout)]
    return HyperparameterRow(
        numbers.name, own.kind, ", ".join(learned), sum(layer.params for layer in numbers.layers), tuple(beforehand)
    )


def _learned(node: Node, layout: str) -> list[str]:
    """What training changes in a layer, apart from its biases."""
    layer = node.layer
    if layer is None or layer.is_merge:
        return []
    arrays = [name for name, weight in layer.weights(node.inputs[0].output).items() if not weight.is_statistic]
    if not arrays:
        return []
    return [words_of(node, layout).learned or " and ".join(arrays)]


def _is_shown(name: str, layer: Layer, convention: str, always: frozenset[str]) -> bool:
    """The lecture's own settings always; any other if it is not the default."""
    declared = layer.settings[name]
    if name in always or declared.is_required:
        return True
    if name == "bias":
        return not vars(layer)["bias"]
    if isinstance(declared.default, ByConvention):
        return bool(vars(layer)[name] != declared.default_value(Reading(convention)))
    return not layer.is_default(name)


def training_row(analysis: Analysis) -> HyperparameterRow:
    """The row `others`: the architecture, and what is set for the training."""
    spec = analysis.spec
    architecture = f"{spec.name}, {plural(sum(bool(entry.layers) for entry in analysis.walk()), 'layer')}"
    known = [(title, spec.training.get(key, NOT_GIVEN)) for key, title in OTHERS]
    further = [(key.replace("_", " "), value) for key, value in spec.training.items() if key not in dict(OTHERS)]
    return HyperparameterRow("others", "", "", 0, (("model architecture", architecture), *known, *further))
