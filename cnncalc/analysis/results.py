"""The results of an analysis: the numbers of each layer, each entry, and the whole model."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from cnncalc.at_least import AtLeast
from cnncalc.named_tuple import NamedTuple

if TYPE_CHECKING:
    from typing import Any

    from cnncalc.analysis.receptive_field import Field
    from cnncalc.graph import Entry, Node
    from cnncalc.reported import Shown
    from cnncalc.settings.shape import Shape
    from cnncalc.spec.reader import Spec

DTYPES = {"float64": 8, "float32": 4, "float16": 2, "bfloat16": 2, "int8": 1}
"""Bytes of a number of each type."""
NOTES = {"int8": "biases and norms also count as one byte each"}
"""Notes about a number of bytes, by type."""


class LayerNumbers(NamedTuple):
    """The numbers of one layer.

    Attributes:
        params: learned numbers and, under `keras`, the statistics; trainable and non-trainable ones together. An
            `AtLeast`, as `macs` may be, if nobody knows how many an opaque layer has.
        macs: multiply-adds for one sample.
        activation_bytes: memory of the output, for the whole batch.
        fields: the receptive field in each of the model's inputs that the layer sees, by the input's name.
        alive_bytes: memory of all tensors alive while the layer runs, its inputs and output among them, for the batch.
    """

    node: Node
    trainable_params: int
    non_trainable_params: int
    macs: int
    activation_bytes: int
    fields: dict[str, Field]
    alive_bytes: int = 0

    @property
    def name(self) -> str:
        return self.node.name

    @property
    def params(self) -> int:
        return self.trainable_params + self.non_trainable_params


class EntryNumbers(NamedTuple):
    """The numbers of one entry of the spec, including everything inside it.

    Attributes:
        layers: its own layer, and those of its `norm` and `activation`; none for a group.
        children: the entries inside it, in order.
        end: the layer that it ends in.
    """

    entry: Entry
    layers: list[LayerNumbers]
    children: list[EntryNumbers]
    end: LayerNumbers
    trainable_params: int
    non_trainable_params: int
    macs: int
    activation_bytes: int

    @classmethod
    def of(cls, entry: Entry, numbers: Mapping[Node, LayerNumbers]) -> EntryNumbers:
        """The numbers of an entry and everything inside it, from those of the layers."""
        layers = [numbers[node] for node in entry.nodes]
        children = [cls.of(child, numbers) for child in entry.children]
        end = layers[-1] if layers else numbers[entry.passed_on] if entry.passed_on else children[-1].end
        if len(layers) == 1 and not children:
            return cls(entry, layers, children, end, *end[1:5])  # the numbers of its only layer
        trainable = non_trainable = macs = activations = 0
        parts: list[LayerNumbers | EntryNumbers] = [*layers, *children]
        for part in parts:
            trainable += part.trainable_params
            non_trainable += part.non_trainable_params
            macs += part.macs
            activations += part.activation_bytes
        return cls(entry, layers, children, end, trainable, non_trainable, macs, activations)

    @property
    def name(self) -> str:
        return self.entry.name

    @property
    def kind(self) -> str:
        return self.entry.kind

    @property
    def output(self) -> Shape:
        return self.end.node.output

    @property
    def params(self) -> int:
        return self.trainable_params + self.non_trainable_params

    @property
    def fields(self) -> dict[str, Field]:
        return self.end.fields

    def walk(self) -> Iterator[EntryNumbers]:
        """The entry and everything inside it, outermost first."""
        yield self
        for child in self.children:
            yield from child.walk()


class Totals(NamedTuple):
    """The numbers of the whole model; an `AtLeast` where a layer's share is unknown.

    Attributes:
        macs: multiply-adds for one sample; FLOPs are twice as many.
        param_bytes: memory of all parameters.
        activation_bytes: memory of all layers' outputs together, for the whole batch.
        peak_activation_bytes: the largest sum of tensors alive at one moment of the forward pass, for the whole batch.
        peak_at: the layer at which that occurs.
    """

    trainable_params: int
    non_trainable_params: int
    macs: int
    param_bytes: int
    activation_bytes: int
    peak_activation_bytes: int
    peak_at: str

    @property
    def params(self) -> int:
        return self.trainable_params + self.non_trainable_params

    def share(self, key: str, value: int) -> float | None:
        """What fraction of a total, from 0 to 1, a number is; 0 of a total of 0, None if one of them is unknown."""
        whole: int = getattr(self, key)
        if AtLeast in (type(value), type(whole)):
            return None
        return value / whole if whole else 0.0

    @classmethod
    def of(cls, layers: Iterable[LayerNumbers], number_bytes: int, peak: int, peak_at: str) -> Totals:
        """The sums over all layers."""
        trainable = non_trainable = macs = activations = 0
        for layer in layers:
            trainable += layer.trainable_params
            non_trainable += layer.non_trainable_params
            macs += layer.macs
            activations += layer.activation_bytes
        return cls(
            trainable, non_trainable, macs, (trainable + non_trainable) * number_bytes, activations, peak, peak_at
        )


class Analysis(NamedTuple):
    """Every number of a model.

    Attributes:
        layers: every layer in the order of the forward pass, including those of `norm` and `activation`.
        entries: the same by entry of the spec, as a tree.
    """

    spec: Spec
    layers: list[LayerNumbers]
    entries: list[EntryNumbers]
    totals: Totals
    dtype: str
    batch: int

    @property
    def end(self) -> LayerNumbers:
        """The numbers of the layer that gives the model's (first) output."""
        end = self.spec.graph.output_nodes[0]
        return next(layer for layer in reversed(self.layers) if layer.node is end)

    def walk(self) -> Iterator[EntryNumbers]:
        """All entries, outermost first, in order."""
        for entry in self.entries:
            yield from entry.walk()

    def to_dict(self) -> dict[str, Any]:
        """Everything, field by field: the JSON of `cnncalc summarize`."""
        return self._report().to_dict()

    def render(self, format: str = "text") -> str:
        """The output of `cnncalc summarize` in one of its formats.

        Raises:
            ValueError: there is no such format.
        """
        return self._report().render(format)

    def _repr_html_(self) -> str:
        """The table, for notebooks."""
        return self._report()._repr_html_()

    def _report(self) -> Shown:
        from cnncalc.reported import report_on

        return report_on(self)
