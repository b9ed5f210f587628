"""Which parameters of the file belong to which layer, so that none is counted twice or lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from math import prod

from cnncalc.importing.draft import DraftLayer
from cnncalc.importing.lifting._values import Fixed
from cnncalc.importing.operations import OperationGraph
from cnncalc.importing.stored import DIVIDE_BY_NORM, DIVIDE_BY_SPECTRAL_NORM, Step, Stored
from cnncalc.source.diagnostics import START, Diagnostic, listed

Key = tuple[str, str, tuple[tuple[str, str, tuple[Step, ...]], ...]]
"""A module that is called, a kind and its arrays by name: which array of the file each is, and what part or order of
it. The module is "" where arrays that are the same are shared whatever reads them."""


class ParameterLedger:
    """The parameters of a model, as they are before anything is rewritten.

    Attributes:
        graph: which has them.
    """

    def __init__(self, graph: OperationGraph) -> None:
        self.graph = graph
        self._sizes = dict(_learned(graph))
        self._used: dict[str, list[tuple[DraftLayer, int]]] = {}
        self._position_biases: set[str] = set()
        self._owners: dict[Key, DraftLayer] = {}
        self._counts: dict[DraftLayer, Counter[bool]] = {}
        """How many parameters of a layer are trainable, and how many are not."""

    def enter(self, layer: DraftLayer, arrays: Mapping[str, Fixed]) -> None:
        """Gives a layer its arrays."""
        learned = {name: array for name, array in arrays.items() if array.is_learned}
        layer.params = sum(array.total for array in learned.values())
        layer.weights = {name: stored for name, array in arrays.items() if (stored := array.stored)}
        self._train(layer, learned.values())
        if "position_bias" in learned:
            self._position_biases.add(learned["position_bias"].constant.identity)
        if not self._shares(layer, learned):
            self._use(layer, learned.values())

    def enter_more(self, layer: DraftLayer, arrays: Mapping[str, Fixed]) -> None:
        """Gives a layer further arrays."""
        learned = [array for array in arrays.values() if array.is_learned]
        layer.params = (layer.params or 0) + sum(array.total for array in learned)
        layer.weights = {**layer.weights, **{name: own for name, array in arrays.items() if (own := array.stored)}}
        self._train(layer, learned)
        self._use(layer, learned)

    def enter_opaque(self, layer: DraftLayer, arrays: Sequence[Fixed]) -> None:
        """Gives an `opaque` layer what it reads of the file, each array once."""
        learned = {array.constant.identity: array for array in arrays if array.is_learned}
        layer.params = sum(array.total for array in learned.values())
        layer.settings["params"] = layer.params
        self._train(layer, learned.values())
        self._use(layer, learned.values())

    def _train(self, layer: DraftLayer, arrays: Iterable[Fixed]) -> None:
        """Says that a layer is trainable if any of its parameters is, and remembers how many are not."""
        for array in arrays:
            if array.constant.is_parameter:
                self._counts.setdefault(layer, Counter())[array.constant.trainable] += array.total
        counts = self._counts.get(layer)
        layer.trainable = not counts or counts[True] > 0

    def known(self, arrays: Iterable[Fixed | None]) -> None:
        """Says that arrays of the file are accounted for: they are in a layer already, or have no effect."""
        for array in arrays:
            if array is not None:
                self._used.setdefault(array.constant.identity, [])

    def _use(self, layer: DraftLayer, arrays: Collection[Fixed]) -> None:
        for array in arrays:
            self._used.setdefault(array.constant.identity, []).append((layer, array.total))

    def _shares(self, layer: DraftLayer, learned: Mapping[str, Fixed]) -> bool:
        """Whether a layer reuses the weights of another, which is then known."""
        module = "" if self.graph.repeats_are_shared else self.graph.calls.get(layer.place, "")
        if not learned or not (module or self.graph.repeats_are_shared):
            return False
        key = (
            module,
            layer.kind,
            tuple(sorted((name, array.constant.identity, _steps_of(array)) for name, array in learned.items())),
        )
        first = self._owners.setdefault(key, layer)
        if first is layer or first.settings != layer.settings:
            return False
        layer.shares = first
        layer.params = 0
        return True

    def remarks(self, layers: Collection[DraftLayer]) -> Iterator[Diagnostic]:
        """What is said of parameters that no layer has, and of those that several have that cannot share them.

        Args:
            layers: of the model, in the end.
        """
        lost = [name for name in self._sizes if name not in self._used]
        if lost:
            message = f"parameters of the file that no layer uses: {_listed(lost)}"
            yield Diagnostic("CNN573", message, self.graph.file, START, severity="note")
        if normed := [layer for layer in layers if any(map(_is_divided, layer.weights.values()))]:
            message = (
                f"the model divides the weights of {_users(normed)} by a norm of theirs; the layers have what comes out"
            )
            yield Diagnostic("CNN573", message, self.graph.file, START, severity="note")
        if doubtful := [*self._supposed(set(layers))]:
            count = sum(total for _, total in doubtful)
            what, they_are = ("buffers", "they are") if len(doubtful) > 1 else ("a buffer", "it is")
            message = (
                f"{_listed([name for name, _ in doubtful])} may be {what}: the file does not say what is learned, and"
                f" {they_are} counted as {count:,} parameter{'s' if count > 1 else ''}"
            )
            yield Diagnostic("CNN573", message, self.graph.file, START, severity="note")
        partly = [layer for layer in layers if layer.trainable and not layer.shares and self._frozen(layer)]
        if frozen := sum(map(self._frozen, partly)):
            what = "1 parameter that is" if frozen == 1 else f"{frozen:,} parameters that are"
            yield self._warning(f"the totals count {what} frozen as trainable: in {_users(partly)}", _IN_PART)
        repeated = self._repeated(set(layers))
        if repeated and self.graph.repeats_are_shared:
            yield from (self._warning(f"the totals have {_each(*every)}", _UNLIKE) for every in repeated)
        elif repeated:
            excess = sum(excess for excess, _, _ in repeated)
            are_many = len(repeated) > 1
            what = f"{len(repeated)} arrays of the file are" if are_many else "1 array of the file is"
            _, name, users = repeated[0]
            message = (
                f"{what} counted for each layer that reads {'them' if are_many else 'it'}: `{name}` for {_users(users)}"
            )
            yield self._warning(message, f"if the model shares its weights there, it has {excess:,} parameters fewer")

    def _supposed(self, layers: Collection[DraftLayer]) -> Iterator[tuple[str, int]]:
        """Arrays that nothing but being added, multiplied and the like makes parameters, and how many numbers they are:
        not the biases and gains of layers that have some; and weights that are called something else."""
        anywhere = self.graph.supposed_weights | (self.graph.supposed & self._position_biases)
        for name, uses in self._used.items():
            if name in anywhere or name in self.graph.supposed:
                own = ((layer.kind, count) for layer, count in uses if layer in layers)
                if count := sum(count for kind, count in own if name in anywhere or kind in _OF_ANY_NUMBERS):
                    yield name, count

    def _frozen(self, layer: DraftLayer) -> int:
        """How many parameters of a layer are frozen."""
        return self._counts[layer][False] if layer in self._counts else 0

    def _repeated(self, layers: Collection[DraftLayer]) -> list[tuple[int, str, list[DraftLayer]]]:
        """Arrays that count in several layers: how many numbers too many that may be, their names, and the layers.

        Where arrays that are equal by chance are stored once, those of one axis say nothing, as they may be zeros that
        were never trained: they count if the same layers have a matrix together.
        """
        found, matrices = [], set()
        for name, (size, rank) in self._sizes.items():
            uses = [(layer, count) for layer, count in self._used.get(name, ()) if layer in layers]
            excess = sum(count for _, count in uses) - size
            if excess > 0:
                found.append((excess, name, [layer for layer, _ in uses]))
                matrices |= {frozenset(found[-1][2])} if rank > 1 or self.graph.repeats_are_shared else set()
        return [each for each in found if frozenset(each[2]) in matrices]

    def _warning(self, message: str, help: str) -> Diagnostic:
        return Diagnostic("CNN573", message, self.graph.file, START, "", (help,), severity="warning")


_OF_ANY_NUMBERS = ("embedding", "learned", "offset", "opaque", "prepend", "scale")
"""Kinds whose numbers a program may as well have calculated: class tokens, tables of positions, slopes, means."""

_UNLIKE = "they are one array to the model, but layers of different kinds cannot `share` in a spec"

_IN_PART = "in a spec a layer is frozen as a whole (`trainable: false`), or not at all"


def _each(excess: int, name: str, layers: Sequence[DraftLayer]) -> str:
    users = _users(layers)
    are_one = len({layer.origin or layer.kind for layer in layers}) == 1
    whose = f"each of {len(layers)} layers of {users}" if are_one else f"each of {users}"
    return f"{excess:,} parameters too many: `{name}` is counted for {whose}"


def _is_divided(stored: Stored) -> bool:
    return any(word in (DIVIDE_BY_NORM, DIVIDE_BY_SPECTRAL_NORM) for word, _ in stored.steps)


def _users(layers: Sequence[DraftLayer]) -> str:
    return listed(list(dict.fromkeys(f"`{layer.origin or layer.kind}`" for layer in layers)), 4)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _learned(graph: OperationGraph) -> Iterator[tuple[str, tuple[int, int]]]:
    """All parameters that an operation of the file reads, by identity: how many numbers they are, on how many axes."""
    for operation in graph.operations:
        for tensor in operation.inputs:
            constant = tensor.constant if tensor is not None else None
            if tensor and constant and (constant.is_parameter or constant.is_statistic):
                sizes = tensor.sizes or ()
                yield constant.identity, (prod(sizes), sum(size > 1 for size in sizes))


def _steps_of(array: Fixed) -> tuple[Step, ...]:
    """What makes an array, as a layer has it, of the one in the file: another part of it is another array."""
    stored = array.stored
    return array.steps if stored is None else (*stored.steps, *stored.steps_after)
