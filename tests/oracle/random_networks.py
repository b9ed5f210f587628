"""Random networks of every kind, as specs: chains, merges of branches, residuals, connections from further back.

Settings are drawn by their declared types; those of a kind whose types say too little are taken from its examples
(tests/layers/examples.py). What a draw does not fit is refused when the spec is read, and drawn again.
"""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any, NamedTuple

from layers.examples import EXAMPLES, Example

import cnncalc
from cnncalc.graph import Node
from cnncalc.layers import KINDS, layer_class
from cnncalc.layers.index import ACTIVATIONS, MERGES, NORMS
from cnncalc.settings.setting import Setting
from cnncalc.settings.shape import Shape
from cnncalc.settings.types import Choice, PaddingType, Real, Sizes, Truth, Whole
from cnncalc.spec.reader import Spec

CONVENTIONS = ("lecture", "keras", "pytorch")
LAYOUTS = ("channels_first", "channels_last")
SIZES = {0: 1, 1: 20, 2: 12, 3: 7}
"""The largest input, by the number of its axes."""
MOST_VALUES, MOST_MACS = 6000, 400_000
"""Of a layer: networks are small."""
KNOWN = [kind for kind in KINDS if not layer_class(kind).is_opaque]
"""The kinds that say what they calculate."""
WINDOWS = [kind for kind, family in KINDS.items() if family in ("convolution", "pooling")]
LARGER = {"groups": (1, 2, 3, 4), "block": (1, 2, 2, 3), "size": (1, 2, 3, 5), "vocabulary": (7, 20)}


class Unknown(Exception):
    """A setting of a type that values are not drawn of."""


class RandomNetwork(NamedTuple):
    """A network, and how it is written."""

    text: str
    spec: Spec


def network(seed: int, kind: str) -> RandomNetwork:
    """A random network in which there is a layer of this kind.

    Raises:
        AssertionError: none could be made.
    """
    for attempt in range(60):
        random = Random(f"{seed} {kind} {attempt}")
        making = _Making(random, kind)
        found = making.made()
        if found and kind in {node.kind for node in found.graph.nodes}:
            return RandomNetwork(making.text(making.entries), found)
    raise AssertionError(f"`{kind}` is in no random network: it needs examples, or settings that can be drawn")


class _Making:
    """One network in the making."""

    def __init__(self, random: Random, kind: str) -> None:
        self.random = random
        self.kind = kind
        self.convention = random.choice(CONVENTIONS)
        self.layout = random.choice(LAYOUTS)
        self.entries: list[str] = []
        self.inputs = self._inputs()
        self.spec: Spec | None = None

    def _inputs(self) -> str:
        examples = [each for each in EXAMPLES if each.kind == self.kind and not each.size]
        if examples and self.random.random() < 0.4:
            return self._of_example(self.random.choice(examples))
        takes = layer_class(self.kind).takes
        ranks = {"positions": (1, 2, 2, 3), "sequence": (1,), "map": (2,), "vector": (0,), "any": (0, 1, 2, 2, 3)}[
            takes
        ]
        rank = self.random.choice(ranks)
        sizes = [self.random.randint(1 + SIZES[rank] // 2, SIZES[rank]) for _ in range(rank)]
        return f"input: {_written(Shape(tuple(sizes), self.random.choice((1, 2, 3, 4, 6, 8))), self.layout)}"

    def _of_example(self, example: Example) -> str:
        """Begins with an example."""
        self.convention, self.layout = example.convention, "channels_last"
        self.entries += [entry for entry in (example.before, example.entry) if entry]
        named = [f"{name}: {_written(Shape.of(sizes), self.layout)}" for name, sizes in example.inputs.items()]
        return f"inputs: {{{', '.join(named)}}}"

    def made(self) -> Spec | None:
        """The network; None if nothing fits together."""
        self.spec = self._read(self.entries)
        if self.entries and not self.spec:
            return None
        for _ in range(self.random.randint(3, 8)):
            self._grow()
        return self.spec

    def _grow(self) -> None:
        """One more entry, if one is found."""
        for _ in range(6):
            entry = self._entry()
            found = self._read([*self.entries, entry]) if entry else None
            if found:
                self.entries, self.spec = [*self.entries, str(entry)], found
                return

    def text(self, entries: list[str]) -> str:
        """The spec with these entries."""
        lines = [f"convention: {self.convention}", f"layout: {self.layout}", self.inputs, "layers:"]
        return "\n".join([*lines, *(f"  - {entry}" for entry in entries), ""])

    def _read(self, entries: list[str]) -> Spec | None:
        if not entries:
            return None
        try:
            spec = cnncalc.load(self.text(entries))
        except cnncalc.SpecError:
            return None
        layers = cnncalc.analyze(spec).layers
        is_small = all(each.node.output.values <= MOST_VALUES and each.macs <= MOST_MACS for each in layers)
        return spec if is_small and all(map(_has_ids, spec.graph.nodes)) else None

    @property
    def shape(self) -> Shape:
        """What the next entry reads."""
        if self.spec:
            return self.spec.graph.nodes[-1].output
        return Shape.of(tuple(map(int, self.inputs.partition(": ")[2].split("x"))), self.layout)

    def _entry(self) -> str | None:
        is_there = self.spec and any(node.kind == self.kind for node in self.spec.graph.nodes)
        kind = self.random.choice(WINDOWS if self.random.random() < 0.25 else KNOWN)
        if not is_there and self.random.random() < 0.6:
            kind = self.kind
        elif self.random.random() < 0.25:
            return self._residual() if self.random.random() < 0.3 else self._merge(self.random.choice(sorted(MERGES)))
        if kind in MERGES:
            return self._merge(kind)
        try:
            return self.layer(kind)
        except Unknown:
            examples = [each for each in EXAMPLES if each.kind == kind and not each.size]
            return self.random.choice(examples).entry if examples else None

    # -- layers

    def layer(self, kind: str) -> str:
        """An entry of a kind with random settings.

        Raises:
            Unknown: they cannot be drawn.
        """
        if kind in SPECIAL:
            return SPECIAL[kind](self)
        cls = layer_class(kind)
        written = {
            name: self._value(declared)
            for name, declared in cls.settings.items()
            if declared.is_required or self.random.random() < 0.35
        }
        if cls.has_norm and self.random.random() < 0.15:
            written["norm"] = self.random.choice(["batch_norm", "layer_norm"])
        if cls.has_activation and self.random.random() < 0.3:
            written["activation"] = self.random.choice(sorted(ACTIVATIONS))
        settings = ", ".join(f"{name}: {_yaml(value)}" for name, value in written.items())
        return f"{{{kind}: {{{settings}}}}}" if settings else kind

    def _value(self, setting: Setting[Any]) -> Any:
        """A random value by the type of a setting.

        Raises:
            Unknown: of a type that is not known here.
        """
        random, type, rank = self.random, setting.type, len(self.shape.spatial)
        if isinstance(type, Truth):
            return random.random() < 0.5
        if isinstance(type, Choice):
            return random.choice(type.words)
        if isinstance(type, Real):
            return self._real(type, setting.name)
        if isinstance(type, Whole):
            return random.choice(LARGER.get(setting.name, range(type.low, type.low + 6)))
        if isinstance(type, Sizes):
            return self._sizes(type.low, type.low + (2 if type.is_step else 3), rank)
        if isinstance(type, PaddingType):
            words = [word for word in type.words if word != "causal" or rank == 1]
            pairs = tuple((random.randint(0, 2), random.randint(0, 2)) for _ in range(rank))
            return random.choice([*words, *words, self._sizes(0, 2, rank), self._sizes(0, 2, rank), pairs])
        raise Unknown

    def _sizes(self, low: int, high: int, rank: int) -> int | tuple[int, ...]:
        if self.random.random() < 0.6:
            return self.random.randint(low, high)
        return tuple(self.random.randint(low, high) for _ in range(rank))

    def _real(self, type: Real, name: str) -> float:
        if name == "epsilon":
            return self.random.choice([1e-4, 1e-3, 0.1])
        values = [0.1, 0.25, 0.5, 0.9, 1.5, 2]
        return self.random.choice([each for each in values if type.below is None or each < type.below])

    # -- merges

    def _merge(self, kind: str) -> str:
        branches = [self._branch() for _ in range(self.random.choice([2, 2, 3]))]
        activation = ", activation: relu" if self.random.random() < 0.3 else ""
        return f"{{{kind}: [{', '.join(branches)}]{activation}}}"

    def _residual(self) -> str:
        return f"{{residual: {self._branch(is_long=True)}}}"

    def _branch(self, is_long: bool = False) -> str:
        """A branch of the same positions, and often the same channels: a merge finds most of them fitting."""
        draw = self.random.random()
        if self.spec and draw < 0.15 and not is_long:
            same = [name for name, node in self.spec.graph.ends.items() if node.output == self.shape]
            if same:
                return self.random.choice(same)
        if draw < 0.3 and not is_long:
            return "[]"
        if draw < 0.4 and self.shape.spatial:
            gate = [f"{self.random.choice(['global_avg_pool', 'global_max_pool'])}: {{keep_dims: true}}"]
            return f"[{{{gate[0]}}}, {{conv: {{filters: {self.shape.channels}, kernel: 1}}}}, sigmoid]"
        return f"[{', '.join(self._keeping() for _ in range(self.random.choice([1, 1, 2])))}]"

    def _keeping(self) -> str:
        """An entry that keeps the positions."""
        channels = self.random.choice([self.shape.channels] * 4 + [1, 2])
        draw = self.random.random()
        if draw < 0.5 and self.shape.spatial:
            kernel = self.random.choice([1, 3, 5])
            window = f"kernel: {kernel}, padding: {kernel // 2}"
            if self.random.random() < 0.3:
                return f"{{depthwise_conv: {{{window}, bias: {_yaml(self.random.random() < 0.5)}}}}}"
            return f"{{conv: {{filters: {channels}, {window}}}}}"
        if draw < 0.6:
            return f"{{dense: {channels}}}"
        return self.random.choice(sorted(ACTIVATIONS | (NORMS - {"group_norm"})))


def _has_ids(node: Node) -> bool:
    """Whether a layer that reads ids gets ids: those of an input, which everything in between has kept."""
    if not node.layer.ids():
        return True
    pending = list(node.inputs)
    while pending:
        before = pending.pop()
        if before.layer and not before.layer.keeps_ids():
            return False
        pending += before.inputs
    return True


def _reshape(making: _Making) -> str:
    values = making.shape.values
    rank = making.random.choice([0, 1, 2, 2, 3])
    sizes: list[int] = []
    for _ in range(rank):
        divisors = [n for n in range(1, min(values, 12) + 1) if values % n == 0]
        sizes.append(making.random.choice(divisors))
        values //= sizes[-1]
    making.random.shuffle(sizes)
    return f"{{reshape: [{', '.join(map(str, [*sizes, -1]))}]}}"


def _slice(making: _Making) -> str:
    channels = making.shape.channels
    start = making.random.randrange(channels)
    return f"{{slice: [{start}, {making.random.choice([making.random.randint(start + 1, channels), 'end'])}]}}"


def _resize(making: _Making) -> str:
    if not making.spec:
        raise Unknown
    rank = len(making.shape.spatial)
    names = [name for name, node in making.spec.graph.ends.items() if len(node.output.spatial) == rank]
    mode = making.random.choice(["nearest", "bilinear, align_corners: true", "bilinear"])
    return f"{{resize: {{like: {making.random.choice(names)}, mode: {mode}}}}}"


def _attention(making: _Making) -> str:
    random, x = making.random, making.shape
    heads = random.choice([n for n in range(1, 5) if x.channels % n == 0])
    written = {"attention": heads, "bias": random.random() < 0.7}
    if random.random() < 0.5:
        written |= {"key_heads": random.choice([n for n in range(1, heads + 1) if heads % n == 0])}
        written |= {name: random.randint(1, 4) for name in ("key_size", "value_size") if random.random() < 0.6}
    if random.random() < 0.3:
        written |= {"output": random.randint(1, 6), "output_bias": random.random() < 0.5}
    if random.random() < 0.3 and making.spec:
        ends = [name for name, node in making.spec.graph.ends.items() if node.output.spatial]
        return _yaml_mapping({**written, "keys": random.choice(ends or ["x"])})
    if random.random() < 0.6:
        window = [random.choice([k for k in range(1, n + 1) if n % k == 0]) for n in x.spatial]
        written |= {"window": tuple(window)} if random.random() < 0.7 else {}
        sizes = window if "window" in written else x.spatial
        written |= {"dilation": tuple(random.choice([1, d]) if n % (d := 2) == 0 else 1 for n in sizes)}
        written |= {"position_bias": random.choice(["none", "relative"])}
    if "window" in written:
        written |= {"shift": tuple(random.randrange(n) for n in sizes)}
    if len(x.spatial) == 1:
        written |= {"causal": random.random() < 0.5}
    return _yaml_mapping(written)


def _max_unpool(making: _Making) -> str:
    """A pool of its own before it."""
    name = f"pool_of_{len(making.entries)}"
    return f"{{group: [{making.layer('max_pool')[:-1]}, name: {name}}}, {{max_unpool: {name}}}]}}"


SPECIAL = {
    "reshape": _reshape, "slice": _slice, "resize": _resize, "attention": _attention, "max_unpool": _max_unpool,
}  # fmt: skip
"""Kinds whose settings depend on the shape of the input."""


def _written(shape: Shape, layout: str) -> str:
    return "x".join(map(str, shape.sizes(layout)))


def _yaml_mapping(settings: Mapping[str, Any]) -> str:
    return f"{{{', '.join(f'{name}: {_yaml(value)}' for name, value in settings.items())}}}"


def _yaml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"[{', '.join(map(_yaml, value))}]" if isinstance(value, tuple) else str(value)
