"""A model in cnncalc's own terms, as a reader understood it and before it is written as a spec.

Every reader ends in a `Draft`: that of Keras directly, those of PyTorch and ONNX by way of `operations` and `lifting`.
Everything later (writing it flat or in blocks, comparing the numbers that the file states, feeding the weights) knows
drafts alone, and so not where a model came from.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cnncalc.importing.stored import Stored
from cnncalc.settings.shape import Shape
from cnncalc.source.diagnostics import Diagnostic

MAX_OPERATIONS = 20_000
"""The most operations of a file that are read, each as often as it is used: from the file to the table, one takes 0.1
to 0.2 ms."""


def too_many(operations: int, what: str = "operations") -> str:
    """What a finding says where a file has more of them; "" where it has not."""
    return f"it has {operations:,} {what}; at most {MAX_OPERATIONS:,} are read" if operations > MAX_OPERATIONS else ""


class DraftInput:
    """An input of the model.

    Attributes:
        name: what the file calls it.
        shape: without the batch.
    """

    def __init__(self, name: str, shape: Shape) -> None:
        self.name = name
        self.shape = shape


class DraftLayer:
    """A layer: what one entry of a spec, without anything inside it, can say.

    Attributes:
        kind: one of cnncalc's kinds, `conv`; of an operation without a kind, `opaque`.
        settings: by name, as plain values: numbers, texts, True and False, None; a size per axis or a list as a tuple;
            a padding as a tuple of pairs; a shape as a `Shape`; the layer or input that a setting names (`keys`,
            `like`, the pool of a `max_unpool`) as itself. Settings that have their default value may be left out.
            An `opaque` layer has `operation`, `output` (a `Shape`, or a dict of them by name), and where they are known
            `params` and `macs`.
        inputs: what it reads, in order; () for a layer that reads nothing. Of an `opaque` layer with several outputs, a
            later one is read as a `DraftOutput`.
        origin: what the file calls it, as in `layer1.0.conv1`; "" if it does not say.
        path: the modules that it is in, outermost first, each by its name and its class (which may be ""): what
            structure is found by. `(("layer1", "Sequential"), ("0", "BasicBlock"), ("conv1", "Conv2d"))`.
        place: where it is in the file, for findings: `node 17 (Conv, "/layer1/conv1")`.
        shares: the layer whose weights it reuses; its settings are then those of that layer.
        trainable: whether training changes its parameters.
        output: the shape of its output as the file states it; None if it does not.
        params: how many parameters the file has for it, statistics included; None if it does not say.
        weights: its arrays, by the names that the kind gives them.
    """

    def __init__(self, kind: str, inputs: tuple[Source, ...] = (), **settings: Any) -> None:
        self.kind = kind
        self.inputs = inputs
        self.settings: dict[str, Any] = settings
        self.origin = ""
        self.path: tuple[tuple[str, str], ...] = ()
        self.place = ""
        self.shares: DraftLayer | None = None
        self.trainable = True
        self.output: Shape | None = None
        self.params: int | None = None
        self.weights: Mapping[str, Stored] = {}

    def __repr__(self) -> str:
        return f"<{self.kind} {self.origin}>"


class DraftOutput:
    """An output after the first of an `opaque` layer."""

    def __init__(self, layer: DraftLayer, name: str) -> None:
        self.layer = layer
        self.name = name


Source = DraftInput | DraftLayer | DraftOutput
"""What a layer reads."""


class Draft:
    """A whole model.

    Attributes:
        name: what the file calls it, "" if it does not.
        model_class: the class of the model's module; "" if the file does not say.
        state: what the state of that module has, with its sizes, by name; empty if the file does not say.
        convention: `keras` or `pytorch`.
        layout: the order of sizes in the file.
        inputs: in order.
        layers: each after all that it reads.
        outputs: what the model returns, in order.
        contradictions: where the file states sizes that are others than those which its reader made of it: each a place
            and both.
        remarks: warnings and notes about the file as a whole: a batch that was dropped, norms that are folded.
        operations: how many operations the file has.
        not_understood: those without a kind, by what the file calls them, and how often.
    """

    def __init__(self, convention: str, layout: str) -> None:
        self.name = ""
        self.model_class = ""
        self.state: Mapping[str, tuple[int, ...]] = {}
        self.convention = convention
        self.layout = layout
        self.inputs: list[DraftInput] = []
        self.layers: list[DraftLayer] = []
        self.outputs: list[Source] = []
        self.contradictions: list[str] = []
        self.remarks: list[Diagnostic] = []
        self.operations = 0
        self.not_understood: dict[str, int] = {}

    def add(self, layer: DraftLayer) -> DraftLayer:
        """Puts a layer at the end."""
        self.layers.append(layer)
        return layer

    def give_back_inputs(self) -> None:
        """Makes inputs that the model returns outputs of layers, which alone a spec can name."""
        for place, source in enumerate(self.outputs):
            if isinstance(source, DraftInput):
                layer = DraftLayer("identity", (source,))
                layer.output = source.shape
                self.outputs[place] = self.add(layer)
