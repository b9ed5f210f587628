"""How well `homework grade` names mistakes, measured on simulated students who do not know its catalogue.

A student works with functions of a layer's settings that are written here, plain arithmetic, the right rules too; of
cnncalc only the reader of specs, the sheet and the grader are used. README.md says what is counted, and the figures.
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from math import ceil, prod

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from _results import Limit, Results, Row, parser, results

import cnncalc
from cnncalc.analysis import analyze
from cnncalc.homework.grading.batch import grade_file
from cnncalc.homework.grading.one_sheet import Grader
from cnncalc.homework.grading.scoring import Rubric
from cnncalc.homework.handins.files import find
from cnncalc.homework.sheet.questions import Sheet, sheet_of
from cnncalc.source.diagnostics import SpecError

Place = tuple[str, str]
Value = object

RIGHTLY, SLIPS_NAMED, SPEED = 90, 5, 10
"""The aims: misconceptions named rightly and slips named at all, in per cent; the time for a thousand sheets."""

# -- networks


@dataclass
class Layer:
    """One entry of a network as it is written; of the settings those that its kind has."""

    kind: str
    name: str
    kernel: tuple[int, ...] = ()
    stride: tuple[int, ...] = ()
    padding: int | str = 0
    dilation: int = 1
    groups: int = 1
    filters: int = 0
    bias: bool = True
    norm: bool = False
    activation: str = ""

    def text(self) -> str:
        """The entry in the spec language."""
        settings = [f"name: {self.name}"]
        by = "x".join
        if self.kind == "conv":
            settings += [f"kernel: {by(map(str, self.kernel))}"]
        if self.kind in ("conv", "max_pool", "avg_pool"):
            settings += [f"stride: {by(map(str, self.stride))}", f"padding: {self.padding}"]
        settings += [f"dilation: {self.dilation}"] if self.dilation > 1 else []
        settings += [f"groups: {self.groups}"] if self.groups > 1 else []
        settings += ["bias: false"] if not self.bias else []
        settings += ["norm: batch_norm"] if self.norm else []
        settings += [f"activation: {self.activation}"] if self.activation else []
        value = {"conv": self.filters, "dense": self.filters, "dropout": 0.5}.get(self.kind, by(map(str, self.kernel)))
        return f"  - {{{self.kind}{f': {value}' if value != '' else ''}, {', '.join(settings)}}}"


@dataclass
class Network:
    spatial: tuple[int, ...]
    channels: int
    convention: str
    channels_last: bool
    layers: list[Layer]
    ask: tuple[str, ...]

    def text(self) -> str:
        sizes = ordered(self.spatial, self.channels, self.channels_last)
        layout = "channels_last" if self.channels_last else "channels_first"
        return "\n".join(
            [
                "name: random",
                f"input: {'x'.join(map(str, sizes))}",
                f"convention: {self.convention}",
                f"layout: {layout}",
                "layers:",
                *(layer.text() for layer in self.layers),
            ]
        )


def ordered(spatial: tuple[int, ...], channels: int, last: bool) -> tuple[int, ...]:
    return (*spatial, channels) if last else (channels, *spatial)


def random_network(rng: random.Random) -> Network:
    """4 to 9 layers: convolutions and pools, what goes between them, and often a head."""
    axes = rng.choice([1, 2, 2, 2])
    side = rng.randint(40, 120)
    spatial = tuple(side if rng.random() < 0.5 else rng.randint(40, 120) for _ in range(axes))
    convention = rng.choice(["lecture", "keras", "pytorch"])
    last = rng.random() < 0.75 if convention != "pytorch" else rng.random() < 0.25
    channels = rng.choice([1, 2, 3, 3, 4])
    names: Counter[str] = Counter()
    layers: list[Layer] = []
    length = rng.randint(4, 9)
    head = rng.choice([(), ("flatten", "dense"), ("flatten", "dense"), ("global_avg_pool", "dense"),
                       ("flatten", "dense", "dense")])  # fmt: skip
    c = channels
    while len(layers) + len(head) < length:
        kind = rng.choice(["conv", "conv", "conv", "max_pool", "avg_pool", "relu", "dropout", "batch_norm"])
        if not layers:
            kind = "conv"
        layer = random_layer(kind, axes, c, convention, rng)
        names[kind] += 1
        layer.name = f"{kind}{names[kind]}"
        layers.append(layer)
        c = layer.filters or c
    for kind in head:
        names[kind] += 1
        layer = Layer(kind, f"{kind}{names[kind]}")
        if kind == "dense":
            layer.filters = rng.choice([2, 5, 10, 32, 64, 100])
            layer.bias = rng.random() < 0.85
            layer.activation = rng.choice(["", "relu", "softmax"])
        layers.append(layer)
    columns = ["output", "params", "receptive_field", "macs"]
    asked = columns if rng.random() < 0.5 else rng.sample(columns, rng.randint(1, 3))
    extra = [*(["total"] if rng.random() < 0.7 else []), *(["memory"] if rng.random() < 0.4 else [])]
    if "memory" in extra and "total" not in extra:
        extra.append("total")
    return Network(spatial, channels, convention, last, layers, (*asked, *extra))


def random_layer(kind: str, axes: int, channels: int, convention: str, rng: random.Random) -> Layer:
    layer = Layer(kind, "")
    if kind == "conv":
        layer.filters = rng.choice([4, 6, 8, 12, 16, 32])
        k = rng.choice([1, 2, 3, 3, 3, 5, 5, 7])
        layer.kernel = tuple(k if rng.random() < 0.85 else rng.choice([1, 3, 5]) for _ in range(axes))
        s = rng.choice([1, 1, 1, 2, 2, 3])
        layer.stride = (s,) * axes
        layer.dilation = rng.choice([1, 1, 1, 2, 3]) if s == 1 else 1
        layer.padding = rng.choice([0, 0, 1, 1, 2, "same"])
        if layer.padding == "same" and (convention == "pytorch" and s > 1):
            layer.padding = 1
        if channels % 2 == 0 and layer.filters % 2 == 0 and rng.random() < 0.2:
            layer.groups = 2
        layer.bias = rng.random() < 0.85
        layer.norm = rng.random() < 0.15
        layer.activation = rng.choice(["", "relu", "relu", "sigmoid"])
    if kind in ("max_pool", "avg_pool"):
        k = rng.choice([2, 2, 3])
        layer.kernel = (k,) * axes
        layer.stride = (rng.choice([k, k, 2, 1]),) * axes
        layer.padding = rng.choice([0, 0, 1]) if k == 3 else 0
    return layer


# -- students

LIST = (
    "bias forgotten", "one bias per weight", "input channels forgotten", "filters forgotten",
    "parameters given to a pool", "ceil for floor", "+ 1 forgotten", "padding forgotten", "padding counted once",
    "stride forgotten", "kernel not dilated", "height and width swapped", "channels first for last",
    "channels of the layer before", "flatten without channels", "dense bias forgotten",
    "dense on the unflattened size", "field without the strides below", "plus k instead of k − 1",
    "activation counted as growth", "MACs for parameters", "FLOPs for MACs", "MB for MiB",
)  # fmt: skip
"""The mistakes of the requirement, in its words; names in the catalogue are compared with these."""

EXCLUSIVE = (
    {"padding forgotten", "padding counted once"},
    {"bias forgotten", "one bias per weight"},
    {"dense bias forgotten", "one bias per weight"},
    {"input channels forgotten", "channels of the layer before"},
    {"flatten without channels", "dense on the unflattened size"},
)
"""Nobody holds both."""


class StuckError(Exception):
    """A size of this student's falls under 1: nobody goes on from there."""


@dataclass
class Head:
    """What a student has in mind after a layer."""

    spatial: tuple[int, ...]
    channels: int
    field: list[tuple[int, int]] | None
    conv_input: int | None = None  # channels that entered the convolution before
    unflattened: tuple[tuple[int, ...], int] | None = None


@dataclass
class Student:
    """Misconceptions, each with the way in which this student has it, and the places of slips."""

    has: frozenset[str]
    ways: dict[str, int] = field(default_factory=dict)
    slips: dict[Place, tuple[str, int, bool]] = field(default_factory=dict)

    def way(self, name: str, ways: int) -> int:
        return self.ways.get(name, 0) % ways


def zeros(net: Network, layer: Layer, axis: int, n: int) -> tuple[int, int]:
    """Zeros before and after, of one axis."""
    if layer.padding != "same":
        return int(layer.padding), int(layer.padding)
    reach = layer.dilation * (layer.kernel[axis] - 1) + 1
    if net.convention == "lecture":
        return reach // 2, reach // 2
    s = layer.stride[axis]
    total = max((ceil(n / s) - 1) * s + reach - n, 0)
    return total // 2, total - total // 2


def window_count(net: Network, layer: Layer, axis: int, n: int, who: Student) -> int:
    k, s, d = layer.kernel[axis], layer.stride[axis], layer.dilation
    p = sum(zeros(net, layer, axis, n))
    if "padding forgotten" in who.has:
        p = 0
    if "padding counted once" in who.has:
        p = p // 2
    if "kernel not dilated" in who.has and who.way("kernel not dilated", 3) != 2:
        d = 1
    if "stride forgotten" in who.has:
        s = 1
    free = n + p - (d * (k - 1) + 1)
    if free < 0:
        raise StuckError
    steps = ceil(free / s) if "ceil for floor" in who.has else free // s
    found = steps if "+ 1 forgotten" in who.has else steps + 1
    if found < 1:
        raise StuckError
    return found


def shape_after(net: Network, layer: Layer, x: Head, who: Student) -> tuple[tuple[int, ...], int]:
    if layer.kind in ("conv", "max_pool", "avg_pool"):
        spatial = tuple(window_count(net, layer, axis, n, who) for axis, n in enumerate(x.spatial))
        return spatial, layer.filters or x.channels
    if layer.kind == "flatten":
        return (), prod(x.spatial) * (1 if "flatten without channels" in who.has else x.channels)
    if layer.kind == "global_avg_pool":
        return (), x.channels
    if layer.kind == "dense":
        return (), layer.filters
    return x.spatial, x.channels


def written_shape(net: Network, spatial: tuple[int, ...], channels: int, who: Student) -> Value:
    if not spatial:
        return channels
    if "height and width swapped" in who.has:
        spatial = spatial[::-1]
    last = net.channels_last != ("channels first for last" in who.has)
    return ordered(spatial, channels, last)


def weights_and_biases(layer: Layer, x: Head, who: Student, column: str) -> tuple[int, int]:
    """What is multiplied for one output position (all filters), and the biases."""
    biases = layer.filters if layer.bias else 0
    if layer.kind == "dense":
        n = x.channels
        if "dense on the unflattened size" in who.has and x.unflattened:
            spatial, channels = x.unflattened
            n = (channels, spatial[0], prod(spatial))[who.way("dense on the unflattened size", 3)]
        return n * layer.filters, 0 if "dense bias forgotten" in who.has else biases
    c = x.channels // layer.groups
    if "channels of the layer before" in who.has and x.conv_input:
        c = x.conv_input // layer.groups or 1
    everywhere = column == "params" or who.way("input channels forgotten", 2) == 0
    if "input channels forgotten" in who.has and everywhere:
        c = 1
    filters = layer.filters
    if "filters forgotten" in who.has and (column == "params" or who.way("filters forgotten", 4) < 2):
        filters = 1
        if who.way("filters forgotten", 2) == 0:
            biases = min(biases, 1)
    if "bias forgotten" in who.has:
        biases = 0
    return prod(layer.kernel) * c * filters, biases


def params(net: Network, layer: Layer, x: Head, after: Head, who: Student) -> int:
    if layer.kind in ("conv", "dense"):
        weights, biases = weights_and_biases(layer, x, who, "params")
        found = weights + biases
        if "one bias per weight" in who.has and layer.bias:
            found = 2 * weights
        if "MACs for parameters" in who.has:
            found = macs(layer, x, after, who)
        return found + (norm_params(net, layer.filters) if layer.norm else 0)
    if layer.kind == "batch_norm":
        return norm_params(net, x.channels)
    if "pool" in layer.kind and layer.kernel and "parameters given to a pool" in who.has:
        taps, c = prod(layer.kernel), x.channels
        return (taps * c * c + c, taps * c, taps * c + c)[who.way("parameters given to a pool", 3)]
    return 0


def norm_params(net: Network, channels: int) -> int:
    return channels * (4 if net.convention == "keras" else 2)


def macs(layer: Layer, x: Head, after: Head, who: Student) -> int:
    if layer.kind not in ("conv", "dense"):
        return 0
    weights, _ = weights_and_biases(layer, x, who, "macs")
    return prod(after.spatial) * weights


def field_after(layer: Layer, x: Head, who: Student) -> list[tuple[int, int]] | None:
    if x.field is None or layer.kind in ("flatten", "dense", "global_avg_pool"):
        return None
    grown = []
    for axis, (r, j) in enumerate(x.field):
        if layer.kernel:
            d = layer.dilation
            if "kernel not dilated" in who.has and who.way("kernel not dilated", 3) != 1:
                d = 1
            reach = d * (layer.kernel[axis] - 1) + 1
            step = 1 if "field without the strides below" in who.has else j
            r += (reach if "plus k instead of k − 1" in who.has else reach - 1) * step
            j *= layer.stride[axis]
        if "activation counted as growth" in who.has and (layer.activation or layer.kind == "relu"):
            r += (j, 1)[who.way("activation counted as growth", 2)]
        grown.append((r, j))
    return grown


def written_field(found: list[tuple[int, int]] | None) -> Value:
    if found is None:
        return "global"
    sizes = tuple(r for r, _ in found)
    return sizes[0] if len(set(sizes)) == 1 else sizes


def at(net: Network, layer: Layer, x: Head, who: Student, after: Head | None = None) -> tuple[dict[str, Value], Head]:
    """What this student writes about one layer, and goes on with; `after` where the output is believed already."""
    spatial, channels = shape_after(net, layer, x, who) if after is None else (after.spatial, after.channels)
    new = Head(spatial, channels, field_after(layer, x, who) if after is None else after.field, x.conv_input)
    if layer.kind == "conv":
        new.conv_input = x.channels
    if layer.kind == "flatten":
        new.unflattened = (x.spatial, x.channels)
    times = 2 if "FLOPs for MACs" in who.has else 1
    return {
        "output": written_shape(net, spatial, channels, who),
        "params": params(net, layer, x, new, who),
        "receptive_field": written_field(new.field),
        "macs": macs(layer, x, new, who) * times,
    }, new


def work_through(net: Network, who: Student) -> tuple[dict[Place, Value], dict[Place, Value], dict[str, Head], dict]:
    """The sheet as it is written, without the slips of the pen and with them; what was in mind before each layer."""
    x = Head(net.spatial, net.channels, [(1, 1)] * len(net.spatial))
    meant: dict[Place, Value] = {}
    written: dict[Place, Value] = {}
    minds: dict[str, Head] = {}
    behind: dict[str, Head] = {}
    last: dict[str, Value] = {}
    for layer in net.layers:
        minds[layer.name] = x
        answers, new = at(net, layer, x, who)
        for column, value in answers.items():
            place = layer.name, column
            meant[place] = written[place] = value
            if place not in who.slips or column not in net.ask:
                last[column] = value
                continue
            kind, seed, in_mind = who.slips[place]
            written[place] = slip(value, kind, random.Random(seed), last.get(column))
            last[column] = value
            if in_mind:
                take_in(net, new, column, written[place], value, who)
                meant_again, _ = at(net, layer, x, who, new)
                answers["macs"] = meant_again["macs"]  # the macs stand on the output
                meant[layer.name, "macs"] = written[layer.name, "macs"] = answers["macs"]
        behind[layer.name] = new
        x = new
    for column in ("params", "macs"):
        source = written if column in net.ask else meant
        total = sum(int(source[layer.name, column]) for layer in net.layers)  # type: ignore[call-overload]
        meant["total", column] = written["total", column] = total
        if ("total", column) in who.slips:
            kind, seed, _ = who.slips["total", column]
            written["total", column] = slip(total, kind, random.Random(seed), last.get(column))
    size = 4 * int(written["total", "params"])  # type: ignore[call-overload]
    unit = 10**6 if "MB for MiB" in who.has else 2**20
    meant["total", "memory"] = written["total", "memory"] = f"{size / unit:.4g} MiB"
    asked = asked_places(net)
    return {p: meant[p] for p in asked}, {p: written[p] for p in asked}, minds, behind


def take_in(net: Network, head: Head, column: str, value: Value, was: Value, who: Student) -> None:
    """A slip in mind: what was slipped to is what this student goes on with."""
    if column == "output" and isinstance(value, tuple):
        sizes = value if net.channels_last != ("channels first for last" in who.has) else (*value[1:], value[0])
        spatial = sizes[:-1][::-1] if "height and width swapped" in who.has else sizes[:-1]
        if min(sizes) < 1:
            raise StuckError
        head.spatial, head.channels = spatial, sizes[-1]
    elif column == "output" and isinstance(value, int) and not head.spatial:
        head.channels = max(value, 1)
    elif column == "receptive_field" and head.field and value != was and value != "global":
        sizes = value if isinstance(value, tuple) else (value,) * len(head.field)  # type: ignore[assignment]
        head.field = [(r, j) for r, (_, j) in zip(sizes, head.field, strict=True)]


def asked_places(net: Network) -> list[Place]:
    columns = [column for column in ("output", "params", "receptive_field", "macs") if column in net.ask]
    places = [(layer.name, column) for layer in net.layers for column in columns]
    if "total" in net.ask:
        totals = [column for column in ("params", "macs", "memory") if column in net.ask]
        places += [("total", column) for column in totals or ["params"]]
    return places


# -- slips

SLIPS = ("typo", "one off", "ten times", "transposed", "neighbour")


def slip(value: Value, kind: str, rng: random.Random, neighbour: Value) -> Value:
    """A number that came out wrong for no reason; of sizes, one of them."""
    if kind == "neighbour":
        if isinstance(neighbour, type(value)) and neighbour != "global":
            return neighbour
        kind = "typo"
    if isinstance(value, tuple):
        where = rng.randrange(len(value))
        return tuple(slip_number(n, kind, rng) if i == where else n for i, n in enumerate(value))
    return slip_number(value, kind, rng) if isinstance(value, int) else value


def slip_number(n: int, kind: str, rng: random.Random) -> int:
    if kind == "one off":
        return max(n + rng.choice([-1, 1]), 0)
    if kind == "ten times":
        return n * 10
    digits = list(str(n))
    if kind == "transposed" and len(digits) > 1:
        i = rng.randrange(len(digits) - 1)
        digits[i], digits[i + 1] = digits[i + 1], digits[i]
        return int("".join(digits))
    i = rng.randrange(len(digits))
    digits[i] = rng.choice([d for d in "123456789" if d != digits[i]])
    return int("".join(digits))


def random_slips(net: Network, rng: random.Random) -> dict[Place, tuple[str, int, bool]]:
    return {
        place: (rng.choice(SLIPS), rng.randrange(2**30), rng.random() < 0.5)
        for place in asked_places(net)
        if rng.random() < 0.05
    }


# -- a class


def text_of(value: Value) -> str:
    return "x".join(map(str, value)) if isinstance(value, tuple) else str(value)


def sheet_for(net: Network) -> Sheet | None:
    """The key; None where the network does not fit."""
    try:
        spec = cnncalc.load(net.text())
    except SpecError:
        return None
    return sheet_of(analyze(spec), net.ask)


def random_student(net: Network, truth: dict[Place, Value], rng: random.Random) -> Student | None:
    """One or two misconceptions that there is an occasion for."""
    ways = {name: rng.randrange(12) for name in LIST}
    names = list(LIST)
    rng.shuffle(names)
    chosen: list[str] = []
    wanted = rng.choice([1, 2])
    for name in names:
        if any({name, other} == pair for other in chosen for pair in EXCLUSIVE):
            continue
        try:
            if work_through(net, Student(frozenset({name}), ways))[0] == truth:
                continue
            work_through(net, Student(frozenset({*chosen, name}), ways))
        except StuckError:
            continue
        chosen.append(name)
        if len(chosen) == wanted:
            break
    if not chosen:
        return None
    who = Student(frozenset(chosen), ways, random_slips(net, rng))
    try:
        work_through(net, who)
    except StuckError:
        return None
    return who


def is_distinguishable(net: Network, who: Student, name: str) -> bool:
    """Whether without it, or with another of the list in its place, the sheet would have looked different."""
    sheet = work_through(net, Student(who.has, who.ways))[0]
    rest = who.has - {name}
    for others in ((), *((other,) for other in LIST if other not in who.has)):
        for way in range(3 if others else 1):
            ways = {**who.ways, **dict.fromkeys(others, way)}
            try:
                if work_through(net, Student(rest | set(others), ways))[0] == sheet:
                    return False
            except StuckError:
                continue
    return True


def occasions(net: Network, who: Student, name: str, truth: dict[Place, Value]) -> list[Place]:
    """The answers that this misconception made wrong: at first hand; else, where none was asked for, at second hand."""
    meant, written, minds, behind = work_through(net, who)
    without = Student(who.has - {name}, who.ways)
    direct = []
    for layer in net.layers:
        own, _ = at(net, layer, minds[layer.name], who)
        try:
            other, _ = at(net, layer, minds[layer.name], without)
        except StuckError:
            continue
        after = behind[layer.name]
        other["macs"] = at(net, layer, minds[layer.name], without, after)[0]["macs"]
        params_there = params(net, layer, minds[layer.name], after, without)
        other["params"] = params_there
        own["macs"] = meant.get((layer.name, "macs"), own["macs"])
        own["params"] = meant.get((layer.name, "params"), own["params"])
        direct += [(layer.name, column) for column in own if own[column] != other[column]]
    if name == "MB for MiB":
        direct.append(("total", "memory"))
    asked = [place for place in direct if place in written]
    if not asked:
        straight = Student(who.has, who.ways)
        rest = Student(who.has - {name}, who.ways)
        one, two = work_through(net, straight)[0], work_through(net, rest)[0]
        asked = [place for place in one if one[place] != two[place]]
        # (a total is a sum of answers that tell already)
        asked = [place for place in asked if place[0] != "total"] or asked
    return [p for p in asked if written[p] == meant[p] and written[p] != truth[p]]


@dataclass
class Count:
    """What came out."""

    students: int = 0
    cases: Counter[str] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)
    once: Counter[str] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)
    answers_right: Counter[str] = field(default_factory=Counter)
    taken_for: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    indistinguishable: int = 0
    slips: int = 0
    slips_named: int = 0
    slip_names: Counter[str] = field(default_factory=Counter)
    sheets_falsely: int = 0


Class = tuple[Network, Sheet, dict[Place, Value], list[Student]]
"""A network, its key, the right answers as they are worked out here, and who answers."""


def the_class(seed: int, networks: int, students: int) -> Iterator[Class]:
    """Random networks, each with students."""
    rng = random.Random(seed)
    made = 0
    while made < networks:
        net = random_network(rng)
        try:
            truth = work_through(net, Student(frozenset()))[0]
        except StuckError:
            continue
        sheet = sheet_for(net)
        if sheet is None:
            continue
        key = {(q.entry, q.column): q.answer for q in sheet.questions if q.column != "memory"}
        own = {place: value for place, value in truth.items() if place[1] != "memory"}
        if key != own:
            differs = [(p, key.get(p), own.get(p)) for p in {*key, *own} if key.get(p) != own.get(p)]
            raise SystemExit(f"the key is not what this benchmark works out: {differs}\n{net.text()}")
        pupils = [who for _ in range(students) if (who := random_student(net, truth, rng))]
        if pupils:
            made += 1
            yield net, sheet, truth, pupils


def measure(seed: int, networks: int, students: int, show: Callable[..., None] | None = None) -> Count:
    count = Count()
    for net, sheet, truth, pupils in the_class(seed, networks, students):
        grader = Grader(sheet)
        for who in pupils:
            meant, written, _, _ = work_through(net, who)
            graded = grader.grade({place: text_of(value) for place, value in written.items()})
            names = {(g.question.entry, g.question.column): [m.name for m in g.mistakes] for g in graded}
            count.students += 1
            for name in sorted(who.has):
                where = occasions(net, who, name, truth)
                if not where:
                    continue
                if not is_distinguishable(net, who, name):
                    count.indistinguishable += 1
                    continue
                hits = sum(name in names[place] for place in where)
                count.cases[name] += 1
                count.right[name] += 2 * hits >= len(where)
                count.once[name] += hits > 0
                count.answers[name] += len(where)
                count.answers_right[name] += hits
                for place in where:
                    if name not in names[place]:
                        count.taken_for[name][" & ".join(names[place]) or "–"] += 1
                if 2 * hits < len(where) and show:
                    show(net, who, name, where, names, written, truth)
            for place, value in written.items():
                if value != meant[place] and value != truth[place]:
                    count.slips += 1
                    count.slips_named += bool(names[place])
                    count.slip_names[" & ".join(names[place])] += bool(names[place])
            count.sheets_falsely += any(name not in who.has for each in names.values() for name in each)
    return count


def show_miss(net: Network, who: Student, name: str, *found: object) -> None:
    """One misconception that was not named: the network, the sheet, and what was named where."""
    where, names, written, truth = found
    print(f"\n--- {name}; has {', '.join(sorted(who.has))} (ways {[who.ways[each] for each in sorted(who.has)]})")
    print(net.text())
    for place, value in written.items():  # type: ignore[attr-defined]
        if value != truth[place]:  # type: ignore[index]
            mark = "*" if place in where else "slip" if place in who.slips else ""  # type: ignore[operator]
            print(f"  {place}: {value} for {truth[place]} {mark} -> {names[place]}")  # type: ignore[index]


def percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "–"


def report(found: Results, count: Count) -> None:
    cases, right, hidden = sum(count.cases.values()), sum(count.right.values()), count.indistinguishable
    found.add(Row("students", "students", [count.students]))
    found.add(Row("misconceptions that nobody could tell", "misconceptions", [hidden]))
    add_share(found, "misconceptions named rightly", right, cases, Limit(RIGHTLY, least=True))
    add_share(found, "those that nobody could tell counted as missed", right, cases + hidden)
    add_share(found, "named on at least one answer", sum(count.once.values()), cases)
    add_share(found, "answers named rightly", sum(count.answers_right.values()), sum(count.answers.values()))
    add_share(found, "slips named at all", count.slips_named, count.slips, Limit(SLIPS_NAMED))
    add_share(found, "sheets with an undeserved name", count.sheets_falsely, count.students)


def add_share(found: Results, name: str, part: int, whole: int, limit: Limit | None = None) -> None:
    """A row: how many in a hundred."""
    found.add(Row(name, "%", [100 * part / whole] if whole else [], limit=limit, note=f"{part:,} of {whole:,}"))


def report_misconceptions(count: Count) -> None:
    print("\n| misconception | students | named rightly | answers | taken for |\n|---|--:|--:|--:|---|")
    for name in LIST:
        others = ", ".join(f"{other} {n}" for other, n in count.taken_for[name].most_common(3))
        cells = (name, count.cases[name], percent(count.right[name], count.cases[name]),
                 percent(count.answers_right[name], count.answers[name]), others)  # fmt: skip
        print(f"| {' | '.join(map(str, cells))} |")


def report_slips(count: Count) -> None:
    print("\nslips that were named:", ", ".join(f"{name} {n}" for name, n in count.slip_names.most_common(12) if n))


# -- speed


def measure_speed(found: Results, seed: int, sheets: int) -> None:
    """Two rows: a folder of students' files about one network, read and graded."""
    net, sheet, _, pupils = next(the_class(seed, 1, sheets))
    with tempfile.TemporaryDirectory() as folder:
        for number, who in enumerate(pupils):
            written = work_through(net, who)[1]
            lines = ["worksheet: random", f"student: s{number}", "answers:"]
            for entry in dict.fromkeys(entry for entry, _ in written):
                lines.append(f"  {entry}:")
                lines += [f"    {column}: {text_of(v)}" for (e, column), v in written.items() if e == entry]
            with open(os.path.join(folder, f"{number:05}.yaml"), "w", encoding="utf-8") as file:
                file.write("\n".join(lines) + "\n")
        started, before = time.perf_counter(), time.process_time()
        grader = Grader(sheet)
        graded = [grade_file(each.path, grader, Rubric()) for each in find([folder])]
        seconds, worked = time.perf_counter() - started, time.process_time() - before
    name = f"{len(graded):,} sheets of {len(sheet.questions)} answers"
    found.add(Row(name, "s", [seconds], limit=Limit(SPEED)))
    found.add(Row(f"{name}, of the processor", "s", [worked]))


def main() -> None:
    line = parser(__doc__)
    line.add_argument("--seed", type=int, default=1)
    line.add_argument("--networks", type=int, default=100)
    line.add_argument("--students", type=int, default=20, help="students a network")
    line.add_argument("--misses", action="store_true", help="show each misconception that was not named")
    line.add_argument("--sheets", type=int, default=1000, help="sheets to time")
    options = line.parse_args()
    count = measure(options.seed, options.networks, options.students, show_miss if options.misses else None)
    with results("homework", options.json) as found:
        report(found, count)
        for seed in range(options.seed, options.seed + 3) if options.sheets else ():
            measure_speed(found, seed, options.sheets)
    report_misconceptions(count)
    report_slips(count)


if __name__ == "__main__":
    main()
