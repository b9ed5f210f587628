"""The lecture's table: what a layer learns, and what is set beforehand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache, partial
from typing import TYPE_CHECKING

from cnncalc.layers.base import plural
from cnncalc.layers.words import Words, words
from cnncalc.named_tuple import NamedTuple
from cnncalc.settings.setting import ByConvention, Reading

if TYPE_CHECKING:
    from cnncalc.analysis import Analysis, EntryNumbers
    from cnncalc.graph import Node
    from cnncalc.layers.base import Layer
    from cnncalc.settings.shape import Shape

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


def hyperparameter_rows(entries: Iterable[EntryNumbers], convention: str, layout: str) -> Iterator[HyperparameterRow]:
    """What the layers of each entry learn, and what is set beforehand. The entries must have layers of their own."""
    row_of = lru_cache(MOST_ALIKE)(partial(_row, convention, layout))
    for entry in entries:
        layers = [_PlacedLayer.of(layer.node) for layer in entry.layers]
        row = row_of(sum([layer.params for layer in entry.layers]), *layers)
        yield row._replace(name=entry.name)


MOST_ALIKE = 1024
"""How many rows are remembered, in case another entry is alike."""


class _PlacedLayer(NamedTuple):
    """A layer between the tensors that it reads and writes.

    Attributes:
        convention: that of the model inside which it is, "" for the model's own.
    """

    kind: str
    layer: Layer
    inputs: tuple[Shape, ...]
    output: Shape
    is_frozen: bool
    convention: str

    @classmethod
    def of(cls, node: Node) -> _PlacedLayer:
        assert node.layer is not None
        inputs = node.input_shapes
        convention = node.rules.convention if node.rules else ""
        return cls(node.kind, node.layer, inputs, node.output, node.is_frozen, convention)

    def words(self, layout: str) -> Words:
        return words(self.kind, self.layer, self.inputs, self.output, [""] * len(self.inputs), layout)


def _row(convention: str, layout: str, params: int, own: _PlacedLayer, *followers: _PlacedLayer) -> HyperparameterRow:
    """The row of layers that follow each other, without a name."""
    layer, said = own.layer, own.words(layout)
    beforehand = [*said.before()]
    order = sorted(layer.settings, key=lambda name: name != (layer.leads or layer.principal))
    for name in order:
        if (
            name in vars(layer)
            and name not in said.no_hyperparameters
            and _is_shown(name, layer, own.convention or convention, said.always)
        ):
            declared = layer.settings[name]
            value = declared.show(vars(layer)[name], layout)
            beforehand.append((said.called.get(name, name.replace("_", " ")), value))
    beforehand += said.after()
    learned = _learned(own, layout)
    for name, several in _MORE_LEARNED.items():
        if learned and vars(layer).get(name):
            learned.append(_as_trained(several, own))
    for follower in followers:
        what = "activation" if follower.layer.is_activation else "normalization"
        beforehand.append((what, follower.kind))
        learned += [f"{what} of {follower.kind}" for what in _learned(follower, layout)]
    return HyperparameterRow("", own.kind, ", ".join(learned), params, tuple(beforehand))


_MORE_LEARNED = {"bias": "biases", "gain": "gains"}
"""Settings that say whether something more is learned, and what."""


def _learned(placed: _PlacedLayer, layout: str) -> list[str]:
    """What training changes in a layer, apart from its biases."""
    layer = placed.layer
    arrays = [name for name, weight in layer.arrays(placed.inputs).items() if not weight.is_statistic]
    if not arrays and not layer.unlisted_params:
        return []
    return [_as_trained(placed.words(layout).learned or " and ".join(arrays), placed)]


def _as_trained(learned: str, placed: _PlacedLayer) -> str:
    return f"frozen {learned}" if placed.is_frozen else learned


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
