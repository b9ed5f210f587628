"""Random single layers, each as an entry of a spec and as a layer of a framework, with the same settings left out.

What is left out has the default of either side. `compare` asks both for the output, the parameters and the values, and
says how they differ; where the framework refuses a layer cnncalc has to say something, and the other way round. The
layer that is built from the kind's equal (`cnncalc.layers.equals`) has to make these values too: here it meets
arguments that were written by hand, so that a wrong equal cannot hide a wrong kind.
`benchmarks/single_layers.py` runs thousands of them.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from random import Random
from typing import Any, NamedTuple

import numpy as np
from forward.running import drawn, outputs
from oracle.built import Network

import cnncalc
from cnncalc.layers.equals import NoEqual


class Case(NamedTuple):
    """One layer.

    Attributes:
        kind: the kind that it is of.
        text: the entry, in one line.
        shape: the input's channels and positions, channels first.
        build: makes the framework's layer; called with the framework's functions.
        run: the layer on an array, with our weights by name; both channels first, with a batch.
        params: how many parameters the layer of the framework has; None where it is no layer of its own.
    """

    kind: str
    text: str
    shape: tuple[int, ...]
    build: Callable[[], Any]
    run: Callable[[Any, np.ndarray, dict[str, np.ndarray]], np.ndarray]
    params: Callable[[Any], int] | None
    ids: int = 0


REFUSED = frozenset({"CNN531", "CNN533"})
"""Warnings that say that the framework does not run a layer."""
ONLY_TENSORFLOW = {"conv_transpose": {"CNN531"}}
"""Those that Keras runs on its other backends."""


class Draw:
    """Random settings of one layer: in the entry under our name, among the arguments under the framework's."""

    def __init__(self, random: Random, rank: int | None = None) -> None:
        self.random = random
        self.rank = random.choice([1, 2, 2, 3]) if rank is None else rank
        self.entry: list[str] = []
        self.arguments: dict[str, Any] = {}

    def number(self, low: int, high: int) -> int:
        return self.random.randint(low, high)

    def maybe(self, share: float = 0.5) -> bool:
        return self.random.random() < share

    def sizes(self, low: int, high: int) -> tuple[int, ...]:
        """One per axis; often all alike."""
        if self.maybe():
            return (self.number(low, high),) * self.rank
        return tuple(self.number(low, high) for _ in range(self.rank))

    def channels(self) -> int:
        return self.number(1, 6)

    def input(self, channels: int, low: int = 1, high: int | None = None) -> tuple[int, ...]:
        return (channels, *(self.number(low, high or {0: 1, 1: 17, 2: 11, 3: 6}[self.rank]) for _ in range(self.rank)))

    def give(self, ours: str, theirs: str, value: Any, share: float = 0.6, written: Any = None) -> None:
        """A setting that is given to both, or left out of both."""
        if self.maybe(share):
            self.entry.append(f"{ours}: {yaml(value if written is None else written)}")
            self.arguments[theirs] = value

    def text(self, kind: str, value: Any = None) -> str:
        head = kind if value is None else f"{kind}: {yaml(value)}"
        return "{" + ", ".join([head, *self.entry]) + "}"


def yaml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return "[" + ", ".join(map(yaml, value)) + "]"
    return str(value)


class Difference(NamedTuple):
    """How the two differ."""

    case: Case
    convention: str
    what: str

    def __str__(self) -> str:
        return f"{self.convention}: {self.case.text} on {'x'.join(map(str, self.case.shape))}: {self.what}"


def compare(case: Case, convention: str, layout: str) -> tuple[str, Difference | None]:
    """How it went (`same`, `refused` by both, or `differs`), and the difference."""
    sizes = case.shape if layout == "channels_first" else (*case.shape[1:], case.shape[0])
    text = f"convention: {convention}\nlayout: {layout}\ninput: {yaml(sizes)}\nlayers:\n  - {case.text}\n"
    try:
        spec = cnncalc.load(text)
        said = [each.code for each in spec.remarks]
    except cnncalc.SpecError as error:
        spec, said = None, [each.code for each in error.diagnostics]
    draw = np.random.default_rng(len(case.text) + sum(case.shape))
    x = draw.integers(0, case.ids, (1, *case.shape)) if case.ids else draw.standard_normal((1, *case.shape))
    x = x.astype("float32")
    weights = drawn(spec.graph, len(case.text)) if spec else {}
    own = next(iter(weights.values()), {})
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            layer = case.build()
            # without our weights there is nothing to load: then the layer is run with its own
            expected = case.run(layer, x, own)
    except Exception as error:
        if not said:
            return "differs", Difference(case, convention, f"refused, and not reported: {type(error).__name__} {error}")
        return "refused", None
    if not expected.size:
        return ("refused", None) if said else ("differs", Difference(case, convention, "an empty output"))
    if spec is None:
        return "differs", Difference(
            case, convention, f"{', '.join(said)}, and the framework makes {expected.shape[1:]}"
        )
    if told := REFUSED.intersection(said) - ONLY_TENSORFLOW.get(case.kind, set()):
        return "differs", Difference(case, convention, f"{', '.join(told)}, and the framework runs it")
    return _compared(case, convention, spec, x, weights, expected, layer)


def _compared(
    case: Case, convention: str, spec: Any, x: np.ndarray, weights: Any, expected: np.ndarray, layer: Any
) -> tuple[str, Difference | None]:
    numbers = cnncalc.analyze(spec).layers[-1]
    ours = numbers.node.output.sizes("channels_first")
    if ours != expected.shape[1:]:
        return "differs", Difference(case, convention, f"{ours}, and the framework makes {expected.shape[1:]}")
    if case.params and numbers.params != (count := case.params(layer)):
        return "differs", Difference(case, convention, f"{numbers.params} parameters, the framework has {count}")
    values = np.moveaxis(outputs(spec, {"input": np.moveaxis(x, 1, -1)}, weights), -1, 1)
    scale = max(1.0, float(np.abs(expected).max(initial=0)))
    if not np.allclose(values, expected, rtol=0, atol=2e-5 * scale):
        return "differs", Difference(case, convention, f"values differ by up to {np.abs(values - expected).max():g}")
    if said := _of_equal(spec, convention, np.moveaxis(x, 1, -1), weights, np.moveaxis(expected, 1, -1), scale):
        return "differs", Difference(case, convention, said)
    return "same", None


def _of_equal(
    spec: Any, convention: str, x: np.ndarray, weights: Any, expected: np.ndarray, scale: float
) -> str | None:
    """How the layer that is built from the equal differs from one that the framework has."""
    framework = {"pytorch": "torch", "keras": "keras"}[convention]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            *_, last = Network(spec.graph, framework, spec.layout).run({"input": x}, weights).values()
    except NoEqual as error:
        return f"it has an equal, and not none because {error}"
    if last.shape != expected.shape or not np.allclose(last, expected, rtol=0, atol=2e-5 * scale):
        return "its equal makes something else"
    return None


def cases(makers: dict[str, Callable[[Random], Case]], seed: int, each: int) -> Iterator[Case]:
    """So many layers of each kind."""
    for kind, make in makers.items():
        random = Random(f"{seed} {kind}")
        for _ in range(each):
            yield make(random)
