"""What students get wrong about totals and memory."""

# ruff: noqa: ARG002 (a rule that replaces another takes what that takes)

from __future__ import annotations

from _misconceptions.network import CONVOLUTIONS, Place
from _misconceptions.right import Mind
from _misconceptions.sources import CS231N, ISSUE, KERAS_SUMMARY, LIST
from _misconceptions.wrong import Wrong

TOTAL, MEMORY = ("total",), ("memory",)


class WithoutDense(Wrong, key="total without dense layers", columns=TOTAL, source=ISSUE):
    """Only what comes before the head."""

    def total(self, column: str, answers: dict[Place, int], minds: dict[str, Mind]) -> int:
        return sum(answers[layer.name, column] for layer in self.net.layers if layer.kind != "dense")


class OnlyConvolutionsAndDense(Wrong, key="total without norms", columns=TOTAL, source=KERAS_SUMMARY):
    """Norms in lines of their own are not added."""

    def total(self, column: str, answers: dict[Place, int], minds: dict[str, Mind]) -> int:
        counted = (*CONVOLUTIONS, "dense")
        return sum(answers[layer.name, column] for layer in self.net.layers if layer.kind in counted)


class WithActivations(
    Wrong, key="total with activations", columns=TOTAL, source=f"{ISSUE}; {CS231N}: 'TOTAL memory', 'TOTAL params'"
):
    """The values of all outputs are added to the parameters."""

    def total(self, column: str, answers: dict[Place, int], minds: dict[str, Mind]) -> int:
        found = super().total(column, answers, minds)
        return found + sum(mind.values() for mind in minds.values()) if column == "params" else found


class OfTheWrongColumn(Wrong, key="total of the wrong column", columns=TOTAL, source=ISSUE):
    """MACs are added where parameters are asked for, and the other way round."""

    def total(self, column: str, answers: dict[Place, int], minds: dict[str, Mind]) -> int:
        return super().total("macs" if column == "params" else "params", answers, minds)


class OnlyTrainable(Wrong, key="only trainable parameters added", columns=TOTAL, source=KERAS_SUMMARY):
    """Keras: 'Trainable params' for 'Total params'."""

    def total(self, column: str, answers: dict[Place, int], minds: dict[str, Mind]) -> int:
        found = super().total(column, answers, minds)
        if column != "params" or self.net.convention != "keras":
            return found
        normed = [layer for layer in self.net.layers if layer.norm or layer.kind == "batch_norm"]
        return found - sum(2 * minds[layer.name].channels for layer in normed)


class LastLayerOnly(Wrong, key="total is the last layer's", columns=TOTAL, source=f"{KERAS_SUMMARY}, at the end"):
    """The last number of the column that is not 0."""

    def total(self, column: str, answers: dict[Place, int], minds: dict[str, Mind]) -> int:
        found = [answers[layer.name, column] for layer in self.net.layers if answers[layer.name, column]]
        return found[-1] if found else 0


class Megabytes(Wrong, key="MB for MiB", columns=MEMORY, source=f"{LIST}; IEC 80000-13"):
    """1,000 bytes are taken for a KiB."""

    def thousand(self) -> int:
        return 1000


class Bits(Wrong, key="memory in bits", columns=MEMORY, source=ISSUE):
    """32 for each parameter."""

    def memory(self, params: int, minds: dict[str, Mind]) -> int:
        return 32 * params


class OneByte(Wrong, key="one byte per number", columns=MEMORY, source=ISSUE):
    """The number of parameters."""

    def memory(self, params: int, minds: dict[str, Mind]) -> int:
        return params


class TwoBytes(
    Wrong, key="two bytes per number", columns=MEMORY, source="IEEE 754 half precision; Micikevicius et al. 2018"
):
    """Half precision."""

    def memory(self, params: int, minds: dict[str, Mind]) -> int:
        return 2 * params


class EightBytes(Wrong, key="eight bytes per number", columns=MEMORY, source=f"{ISSUE}; NumPy's default is float64"):
    """Double precision."""

    def memory(self, params: int, minds: dict[str, Mind]) -> int:
        return 8 * params


class MemoryWithActivations(
    Wrong, key="memory with activations", columns=MEMORY, source=f"{CS231N}: computational considerations"
):
    """Four bytes for each value of every output too."""

    def memory(self, params: int, minds: dict[str, Mind]) -> int:
        return 4 * (params + sum(mind.values() for mind in minds.values()))


class MemoryOfActivations(
    Wrong, key="memory of the activations", columns=MEMORY, source=f"{CS231N}: VGGNet in detail, 'TOTAL memory'"
):
    """Of the outputs, not of the parameters."""

    def memory(self, params: int, minds: dict[str, Mind]) -> int:
        return 4 * sum(mind.values() for mind in minds.values())


class MemoryForTraining(
    Wrong, key="memory for training", columns=MEMORY, source=f"{CS231N}: 'multiplied by a factor of at least 3'"
):
    """Parameters, gradients and a step cache."""

    def memory(self, params: int, minds: dict[str, Mind]) -> int:
        return 12 * params


class MemoryOfABatch(Wrong, key="batch counted in memory", columns=MEMORY, source=ISSUE):
    """Times the images of a batch."""

    def memory(self, params: int, minds: dict[str, Mind]) -> int:
        return 4 * params * self.net.batch
