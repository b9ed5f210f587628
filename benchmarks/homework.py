"""How well `homework grade` names mistakes, measured on simulated students who do not know its catalogue.

What the students get wrong, and the right rules, stand in `_misconceptions`, plain arithmetic that imports nothing of
cnncalc; of cnncalc only the reader of specs, the sheet and the grader are used. README.md says what is counted, and
the figures.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from _misconceptions import (
    COLUMNS,
    MISCONCEPTIONS,
    Network,
    Place,
    StuckError,
    Student,
    Value,
    Worked,
    column_of,
    work_through,
)
from _random_networks import random_network
from _results import Limit, Results, Row, parser, results

import cnncalc
from cnncalc.analysis import analyze
from cnncalc.homework.grading.one_sheet import Graded, Grader
from cnncalc.homework.sheet.questions import Sheet, sheet_of
from cnncalc.source.diagnostics import SpecError

ROOT = Path(__file__).resolve().parents[1]

CATALOGUE_NAMES: dict[str, tuple[str, ...]] = {
    "padding forgotten": ("padding forgotten", "valid for same"),
    "padding counted once": ("padding counted once",),
    "padding doubled": ("padding counted twice",),
    "valid taken for same": ("same for valid", "size kept"),
    "same taken for valid": ("padding forgotten", "valid for same"),
    "same keeps the size at any stride": ("size kept", "stride forgotten"),
    "stride forgotten": ("stride forgotten",),
    "stride forgotten in convolutions": ("stride forgotten",),
    "a pool slides by one": ("stride forgotten",),
    "ceil for floor": ("ceil for floor",),
    "+ 1 forgotten": ("+ 1 forgotten",),
    "kernel not subtracted": ("kernel not subtracted",),
    "kernel subtracted after the stride": ("kernel subtracted after the stride",),
    "only one axis pooled": ("one axis only",),
    "every pool halves": ("every pool halves",),
    "kernel not dilated": ("kernel not dilated",),
    "kernel not dilated in sizes": ("kernel not dilated",),
    "kernel not dilated in fields": ("kernel not dilated",),
    "dilation as d·k": ("dilation times kernel",),
    "dilation as d·k in fields": ("dilation times kernel",),
    "height and width swapped": ("height and width swapped",),
    "channels first for last": ("channels first for last",),
    "channels not written": ("channels not written",),
    "batch in the size": ("batch counted in a size",),
    "channels of the input kept": ("channels of the input kept",),
    "in·out channels": ("filters times channels",),
    "a pool divides the channels": ("pooling over the channels",),
    "a global pool gives one number": ("one number for all channels",),
    "flatten without channels": ("flatten without channels",),
    "flatten as a sum": ("flattened otherwise",),
    "flatten before the last pool": ("size before the layer before",),
    "conv formula for a transposed convolution": ("convolution's rule for a transposed one",),
    "transposed: padding forgotten": ("padding forgotten",),
    "transposed: padding added": ("padding added",),
    "transposed: n·s": ("size times stride",),
    "transposed: n for n − 1": ("− 1 forgotten",),
    "bias forgotten": ("bias forgotten",),
    "dense bias forgotten": ("dense bias forgotten",),
    "one bias per weight": ("one bias per weight",),
    "one bias for all": ("one bias for all",),
    "a bias per input channel": ("one bias per input channel",),
    "a bias per weight and channel": ("one bias per kernel slice",),
    "a bias per tap of a filter": ("one bias per tap",),
    "a bias per output position": ("one bias per position",),
    "bias counted where there is none": ("bias where there is none",),
    "dense: a bias per input": ("one bias per input channel",),
    "input channels forgotten": ("input channels forgotten",),
    "filters forgotten": ("filters forgotten",),
    "k for k·k": ("k for k·k",),
    "k + k for k·k": ("sides of the window added",),
    "dilated kernel has more weights": ("gaps counted as weights",),
    "groups forgotten": ("groups forgotten",),
    "groups forgotten in parameters": ("groups forgotten",),
    "groups forgotten in MACs": ("groups forgotten",),
    "groups divide the filters too": ("groups counted twice",),
    "depthwise counted as full": ("depthwise as full",),
    "depthwise: one kernel for all channels": ("one kernel for all channels",),
    "channels of the layer before": ("channels of the layer before",),
    "channels of the image everywhere": ("channels of the image", "channels of the layer before"),
    "filters used for c_in": ("filters for channels",),
    "stride in place of channels": ("stride for channels",),
    "1×1 without parameters": ("nothing learned",),
    "1×1 as a scalar per channel": ("input channels forgotten",),
    "MACs for parameters": ("MACs for parameters",),
    "parameters not shared": ("weights not shared",),
    "dense: n_in + units": ("units added",),
    "dense on the channels alone": ("dense on the unflattened size",),
    "dense without the channels": ("dense on the unflattened size",),
    "dense on one side": ("dense on the unflattened size",),
    "dense on the input before the pool": ("dense on an earlier size",),
    "dropout removes inputs": ("dropout removes inputs",),
    "a pool has a window of weights": ("parameters given to a pool",),
    "a pool has weights and biases": ("parameters given to a pool",),
    "a pool counted as a convolution": ("parameters given to a pool",),
    "an activation has parameters": ("parameters where nothing is learned",),
    "norm: 4C for 2C": ("statistics counted as parameters",),
    "norm: 2C for 4C": ("statistics left out",),
    "norm: C": ("factors without offsets",),
    "norm: one γ and one β": ("one norm for all channels",),
    "norm: per value": ("one norm per value",),
    "norm without parameters": ("norm forgotten",),
    "norm inside a layer overlooked": ("norm forgotten",),
    "FLOPs for MACs": ("FLOPs for MACs",),
    "FLOPs with biases": ("FLOPs for MACs",),
    "MACs halved": ("MACs halved",),
    "parameters for MACs": ("parameters for MACs",),
    "weights for MACs": ("parameters for MACs",),
    "MACs on the input's positions": ("MACs on the input's positions",),
    "transposed: MACs on the output's positions": ("MACs on the output's positions",),
    "positions of one side": ("positions along one side",),
    "biases counted as MACs": ("biases counted as MACs",),
    "biases added to MACs once": ("biases counted as MACs",),
    "kernel forgotten in MACs": ("window forgotten",),
    "input channels forgotten in MACs": ("input channels forgotten",),
    "filters forgotten in MACs": ("filters forgotten",),
    "output values for MACs": ("values for MACs",),
    "pools counted in MACs": ("MACs given to a pool",),
    "activations counted in MACs": ("MACs of norms and activations",),
    "norms counted in MACs": ("MACs of norms and activations",),
    "batch counted in MACs": ("batch counted",),
    "field without the strides below": ("field without the strides below",),
    "only the stride of the layer before": ("only the last stride",),
    "strides added up": ("strides added up",),
    "own stride counted in the field": ("own stride counted",),
    "plus k instead of k − 1": ("plus k instead of k − 1",),
    "kernels summed": ("kernels added up",),
    "kernels multiplied": ("fields multiplied",),
    "back-to-front formula from the front": ("back to front",),
    "growth by k/2": ("grown on one side",),
    "only this layer's window": ("only this layer's window",),
    "area for side": ("area for side",),
    "field capped at the input": ("field cut at the input",),
    "pools do not widen the field": ("pool's window left out", "pools left out of the field"),
    "pools left out of the field": ("pools left out of the field", "pool's window left out"),
    "pools multiply the field": ("fields multiplied",),
    "activation counted as growth": ("activation counted as growth",),
    "padding widens the field": ("padding counted in the field",),
    "transposed: stride multiplies the jump": ("stride of a transposed convolution multiplied",),
    "dense keeps the field": ("field kept after seeing everything",),
    "total without dense layers": ("dense layers left out of the total",),
    "total without norms": ("norms left out of the total",),
    "total with activations": ("activations in the total",),
    "total of the wrong column": ("MACs for parameters", "parameters for MACs"),
    "only trainable parameters added": ("statistics left out of the total",),
    "total is the last layer's": ("last layer for the total",),
    "MB for MiB": ("MB for MiB",),
    "memory in bits": ("bits for bytes",),
    "one byte per number": ("one byte per number",),
    "two bytes per number": ("two bytes per number",),
    "eight bytes per number": ("eight bytes per number",),
    "memory with activations": ("activations in the memory",),
    "memory of the activations": ("activations in the memory",),
    "memory for training": ("training in the memory",),
    "batch counted in memory": ("batch counted in the memory",),
}
"""What the catalogue calls a misconception; each of several names is right. Those that are missing it does not have."""

GROUPS = {"output": "output", "params": "params", "macs": "MACs", "receptive_field": "fields", "total": "totals"}
"""The columns that figures are given for; memory is one of the totals."""

CONSISTENT, WITH_A_SLIP, ONLY_WRONG, SPEED = 95, 93, 3, 5
ONCE = {"params": 95, "output": 80, "macs": 80, "receptive_field": 40}
SLIPS_NAMED = {"params": 2.5, "output": 1.5, "macs": 1.5, "receptive_field": 2}
"""The aims, in per cent; the last of the first line is seconds for 300 sheets."""

MOST_NAMES = 2
"""An answer that mentions more mistakes than this names none."""


def names_at(graded: Graded) -> list[tuple[str, ...]]:
    """What is named at an answer: alternatives, each of the mistakes that it takes together."""
    together = [graded.mistakes] if graded.mistakes else []
    return [tuple(each.name for each in alternative) for alternative in getattr(graded, "alternatives", together)]


def group_of(place: Place) -> str:
    """The column whose figure an answer counts for."""
    column = column_of(place)
    return "total" if column == "memory" else column


# -- classes


class Assignment:
    """A network, its key, and every misconception's sheet, so that it is known which of them look alike."""

    def __init__(self, net: Network, sheet: Sheet) -> None:
        self.net = net
        self.grader = Grader(sheet)
        self._made_once: dict[tuple[str, Place, bool], dict[Place, Value] | None] = {}
        self.truth = work_through(net, Student()).written
        self._check(sheet)

    def _check(self, sheet: Sheet) -> None:
        """Ends the program where the key differs from what `_misconceptions` takes to be right."""
        differs: list[tuple[object, ...]] = [
            (q.entry, q.column, q.answer, self.truth.get((q.entry, q.column)))
            for q in sheet.questions
            if q.column != "memory" and q.answer != self.truth.get((q.entry, q.column))
        ]
        graded = self.grader.grade({place: text_of(value) for place, value in self.truth.items()})
        differs += [(g.question.entry, g.question.column, g.status) for g in graded if g.status != "right"]
        if differs or len(sheet.questions) != len(self.truth):
            raise SystemExit(f"the key is not what this benchmark works out: {differs}\n{self.net.text()}")

    def worked(self, student: Student) -> Worked | None:
        """None where a size falls below 1."""
        try:
            return work_through(self.net, student)
        except StuckError:
            return None

    def shown(self, worked: Worked, but: Iterable[Place] = ()) -> list[Place]:
        """The answers that a misconception made wrong at first hand."""
        wrong = [place for place, value in worked.written.items() if value != self.truth[place]]
        return [place for place in wrong if place in worked.first_hand and place not in but]

    @cached_property
    def everywhere(self) -> dict[str, Worked | None]:
        """The sheets of those who hold one misconception wherever it applies; None for those who get stuck."""
        return {key: self.worked(Student(each)) for key, each in MISCONCEPTIONS.items()}

    @cached_property
    def consistent(self) -> dict[str, Worked]:
        """Those of them in which it shows."""
        return {key: worked for key, worked in self.everywhere.items() if worked and self.shown(worked)}

    def once(self, key: str, column: str, rng: random.Random) -> Student | None:
        """Somebody who makes a mistake of this kind at one answer of a column; None where there is no occasion."""
        everywhere = self.everywhere[key]
        places = [
            place for place in (everywhere.first_hand if everywhere else self.truth) if column_of(place) == column
        ]
        for place in rng.sample(sorted(places), len(places)):
            who = Student(MISCONCEPTIONS[key], frozenset({place}), forgets=rng.random() < 0.5)
            worked = self.worked(who)
            if worked and self.shown(worked):
                return who
        return None

    def alike(self, who: Student) -> set[str]:
        """The misconceptions that give the very sheet of a student, slips aside: nobody could tell them apart."""
        straight = work_through(self.net, replace(who, slips={}))
        found = {who.misconception.key} | {k for k, w in self.consistent.items() if w.written == straight.written}
        if len(straight.first_hand) == 1:
            found |= self._alike_at(next(iter(straight.first_hand)), straight, who)
        return found

    def _alike_at(self, place: Place, straight: Worked, who: Student) -> set[str]:
        """Those that would give the same sheet if they were made at this answer only."""
        column = column_of(place)
        others = [key for key, each in MISCONCEPTIONS.items() if column in each.columns]
        return {key for key in others if self.made_once(key, place, who.forgets) == straight.written}

    def made_once(self, key: str, place: Place, forgets: bool) -> dict[Place, Value] | None:
        """The sheet of somebody who makes this mistake at this answer."""
        made = key, place, forgets
        if made not in self._made_once:
            worked = self.worked(Student(MISCONCEPTIONS[key], frozenset({place}), forgets))
            self._made_once[made] = worked.written if worked else None
        return self._made_once[made]


def assignments(seed: int, networks: int) -> Iterator[Assignment]:
    """Random networks that fit, with their keys."""
    rng = random.Random(seed)
    made = 0
    while made < networks:
        net = random_network(rng)
        try:
            work_through(net, Student())
            sheet = sheet_of(analyze(cnncalc.load(net.text())), net.ask)
        except (StuckError, SpecError):
            continue
        made += 1
        yield Assignment(net, sheet)


def text_of(value: Value) -> str:
    return "x".join(map(str, value)) if isinstance(value, tuple) else str(value)


# -- slips

SLIPS = ("digit", "one off", "ten times", "transposed", "dropped", "doubled", "neighbour")
ORDER_OF_SIZES = ("channels first for last", "height and width swapped", "channels not written", "batch in the size")


def with_slips(work: Assignment, who: Student, places: list[Place], rng: random.Random) -> Student | None:
    """The same student with a slip at each of these answers, gone on with or of the pen only; None where none fits."""
    for place in places:
        written = work_through(work.net, who).written
        wrong = slipped(written, place, rng)
        if wrong in (None, written[place], work.truth[place]):
            return None
        believed = rng.random() < 0.5 and who.misconception.key not in ORDER_OF_SIZES
        who = replace(who, slips={**who.slips, place: (wrong, believed)})
        if work.worked(who) is None:
            return None
    return who


def slipped(written: dict[Place, Value], place: Place, rng: random.Random) -> Value | None:
    """What is written instead, for no reason; of sizes, one of them is wrong."""
    kind, value = rng.choice(SLIPS), written[place]
    if kind == "neighbour":
        column = [p for p in written if p[1] == place[1]]
        at = column.index(place)
        near = [written[p] for p in column[max(at - 1, 0) : at + 2] if p != place]
        return rng.choice([other for other in near if isinstance(other, type(value))] or [value])
    if isinstance(value, tuple):
        where = rng.randrange(len(value))
        return tuple(slipped_number(n, kind, rng) if axis == where else n for axis, n in enumerate(value))
    if isinstance(value, int):
        return slipped_number(value, kind, rng)
    number, _, unit = value.partition(" ")
    whole, _, digits = number.partition(".")
    return f"{slipped_number(int(whole), kind, rng)}.{digits} {unit}" if unit else None


def slipped_number(n: int, kind: str, rng: random.Random) -> int:
    digits = list(str(n))
    at = rng.randrange(len(digits))
    if kind == "one off":
        return max(n + rng.choice([-1, 1]), 0)
    if kind == "ten times":
        return n * 10
    if kind == "transposed":
        digits[at : at + 2] = digits[at : at + 2][::-1]
    elif kind == "dropped":
        del digits[at]
    elif kind == "doubled":
        digits.insert(at, digits[at])
    else:
        digits[at] = rng.choice([each for each in "0123456789" if each != digits[at]])
    return int("".join(digits) or 0)


# -- experiments


@dataclass
class Tally:
    """Sheets of one experiment: in each column how many, how many named, and what the others were taken for."""

    sheets: Counter[str] = field(default_factory=Counter)
    named: Counter[str] = field(default_factory=Counter)
    only_wrong: Counter[str] = field(default_factory=Counter)

    def add(self, group: str, named: bool, only_wrong: bool) -> None:
        self.sheets[group] += 1
        self.named[group] += named
        self.only_wrong[group] += only_wrong


@dataclass
class Kept:
    """All that was counted; `unknown` are the sheets with misconceptions that the catalogue does not have."""

    known: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    unknown: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    by_key: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    taken_for: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    slips: Tally = field(default_factory=Tally)
    slip_names: Counter[str] = field(default_factory=Counter)


Show = Callable[[Assignment, Student, Worked, dict[Place, list[tuple[str, ...]]]], None]


def grade(work: Assignment, worked: Worked) -> dict[Place, list[tuple[str, ...]]]:
    """What is named at each answer."""
    graded = work.grader.grade({place: text_of(value) for place, value in worked.written.items()})
    return {(each.question.entry, each.question.column): names_at(each) for each in graded}


def judge(kept: Kept, experiment: str, work: Assignment, who: Student, show: Show | None) -> None:
    """Grade a sheet with a misconception, and count whether it was named at half of the answers that show it."""
    worked = work_through(work.net, who)
    where = work.shown(worked, but=who.slips)
    if not where:
        return
    names = grade(work, worked)
    key = who.misconception.key
    right = {name for each in work.alike(who) for name in CATALOGUE_NAMES.get(each, ())}
    mentioned = {place: {name for alternative in names[place] for name in alternative} for place in where}
    hits = sum(bool(right & found) and len(found) <= MOST_NAMES for found in mentioned.values())
    named = 2 * hits >= len(where)
    only_wrong = not any(right & found for found in mentioned.values()) and any(mentioned.values())
    group = Counter(map(group_of, where)).most_common(1)[0][0]
    (kept.known if CATALOGUE_NAMES.get(key) else kept.unknown)[experiment].add(group, named, only_wrong)
    kept.by_key[key].add(experiment, named, only_wrong)
    for found in mentioned.values():
        if not right & found:
            kept.taken_for[key][" & ".join(sorted(found)) or "–"] += 1
    if show and not named:
        show(work, who, worked, names)


def judge_slips(kept: Kept, work: Assignment, who: Student) -> None:
    """Grade a sheet with nothing but slips, and count which of them carry a name."""
    names = grade(work, work_through(work.net, who))
    for place in who.slips:
        kept.slips.add(group_of(place), bool(names[place]), bool(names[place]))
        kept.slip_names.update(" & ".join(each) for each in names[place])


class Draw:
    """Chooses misconceptions so that each of them comes as often as the networks allow."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.drawn: Counter[tuple[str, str]] = Counter()

    def rarest_first(self, experiment: str, keys: Iterable[str]) -> list[str]:
        shuffled = self.rng.sample(names := list(keys), len(names))
        return sorted(shuffled, key=lambda key: self.drawn[experiment, key])

    def consistent(self, work: Assignment, students: int) -> Iterator[Student]:
        """Students who hold a misconception wherever it applies."""
        for key in self.rarest_first("consistent", work.consistent)[:students]:
            self.drawn["consistent", key] += 1
            yield Student(MISCONCEPTIONS[key])

    def once(self, work: Assignment, students: int) -> Iterator[Student]:
        """Students who make a mistake once; as many in each column that is asked, as far as there are occasions."""
        columns = [c for c in (*COLUMNS, "total", "memory") if any(column_of(p) == c for p in work.truth)]
        for number in range(students):
            column = columns[number % len(columns)]
            keys = [key for key, each in MISCONCEPTIONS.items() if column in each.columns]
            for key in self.rarest_first("once", keys):
                if who := work.once(key, column, self.rng):
                    self.drawn["once", key] += 1
                    yield who
                    break

    def experiments(self, work: Assignment, students: int) -> Iterator[tuple[str, Student]]:
        """The students of one assignment, each with the name of the experiment."""
        held, made = list(self.consistent(work, students)), list(self.once(work, students))
        for who in (*held, *made):
            name = "once" if who.only else "consistent"
            yield name, who
            if self.rng.random() < 0.5 and (with_one := slip_elsewhere(work, who, self.rng)):
                yield f"{name}, a slip elsewhere", with_one
        for _ in range(students):
            if who_slips := self.slips(work):
                yield "slips", who_slips

    def slips(self, work: Assignment) -> Student | None:
        """A student without misconceptions and with two slips, in two columns."""
        groups = sorted({group_of(place) for place in work.truth})
        chosen = self.rng.sample(groups, min(2, len(groups)))
        places = [self.rng.choice([p for p in work.truth if group_of(p) == group]) for group in chosen]
        return with_slips(work, Student(), places, self.rng)


def slip_elsewhere(work: Assignment, who: Student, rng: random.Random) -> Student | None:
    """With a slip at an answer that the misconception did not make wrong at first hand."""
    worked = work_through(work.net, who)
    free = [place for place in worked.written if place not in worked.first_hand]
    return with_slips(work, who, [rng.choice(free)], rng) if free else None


def measure(seed: int, networks: int, students: int, show: Show | None = None) -> Kept:
    kept, draw = Kept(), Draw(random.Random(seed))
    for work in assignments(seed, networks):
        for experiment, who in draw.experiments(work, students):
            if experiment == "slips":
                judge_slips(kept, work, who)
            else:
                judge(kept, experiment, work, who, show)
    return kept


def show_miss(work: Assignment, who: Student, worked: Worked, names: dict[Place, list[tuple[str, ...]]]) -> None:
    """A misconception that was not named: the network, what is wrong in the sheet, and what was named there."""
    print(f"\n--- {who.misconception.key}{' (once)' if who.only else ''}\n{work.net.text()}")
    for place, value in worked.written.items():
        if value != work.truth[place]:
            mark = "slip" if place in who.slips else "*" if place in worked.first_hand else ""
            print(f"  {' '.join(place)}: {text_of(value)} for {text_of(work.truth[place])} {mark} -> {names[place]}")


# -- report


def report(found: Results, kept: Kept) -> None:
    known = kept.known
    share(found, "consistent: named", known["consistent"], Limit(CONSISTENT, least=True))
    by_column(found, "consistent: named", known["consistent"], {})
    by_column(found, "once: named", known["once"], {group: Limit(aim, least=True) for group, aim in ONCE.items()})
    slip = "consistent, a slip elsewhere"
    share(found, f"{slip}: named", known[slip], Limit(WITH_A_SLIP, least=True))
    by_column(found, f"{slip}: named", known[slip], {})
    by_column(found, "once, a slip elsewhere: named", known["once, a slip elsewhere"], {})
    by_column(found, "slips named", kept.slips, {group: Limit(aim) for group, aim in SLIPS_NAMED.items()})
    wrong, sheets = Counter[str](), Counter[str]()
    for tally in (*known.values(), *kept.unknown.values()):
        wrong["all"] += tally.only_wrong.total()
        sheets["all"] += tally.sheets.total()
    add_share(found, "only wrong names given", wrong["all"], sheets["all"], Limit(ONLY_WRONG))
    for experiment in ("consistent", "once"):
        share(found, f"{experiment}, not in the catalogue: named", kept.unknown[experiment])
        tally = kept.unknown[experiment]
        add_share(found, f"{experiment}, not in the catalogue: only wrong names", tally.only_wrong.total(),
                  tally.sheets.total())  # fmt: skip
    missing = [key for key in MISCONCEPTIONS if not CATALOGUE_NAMES.get(key)]
    note = f"of {len(MISCONCEPTIONS)}"
    found.add(Row("misconceptions not in the catalogue", "misconceptions", [len(missing)], note=note))


def share(found: Results, name: str, tally: Tally, limit: Limit | None = None) -> None:
    """A row: how many sheets of an experiment in a hundred."""
    add_share(found, name, tally.named.total(), tally.sheets.total(), limit)


def by_column(found: Results, name: str, tally: Tally, limits: dict[str, Limit]) -> None:
    """A row for each column."""
    for group, title in GROUPS.items():
        add_share(found, f"{name}, {title}", tally.named[group], tally.sheets[group], limits.get(group))


def add_share(found: Results, name: str, part: int, whole: int, limit: Limit | None = None) -> None:
    found.add(Row(name, "%", [100 * part / whole] if whole else [], limit=limit, note=f"{part:,} of {whole:,}"))


def report_misconceptions(kept: Kept) -> None:
    print("\n| misconception | consistent | named | once | named | taken for |\n|---|--:|--:|--:|--:|---|")
    for key in MISCONCEPTIONS:
        tally = kept.by_key[key]
        cells = [key if CATALOGUE_NAMES.get(key) else f"{key} (not in the catalogue)"]
        for experiment in ("consistent", "once"):
            sheets, named = tally.sheets[experiment], tally.named[experiment]
            cells += [str(sheets), f"{100 * named / sheets:.0f} %" if sheets else "–"]
        others = ", ".join(f"{name} {n}" for name, n in kept.taken_for[key].most_common(3))
        print(f"| {' | '.join([*cells, others])} |")
    print("\nslips that were named:", ", ".join(f"{name} {n}" for name, n in kept.slip_names.most_common(20)))


# -- speed


def measure_speed(found: Results, seed: int, sheets: int) -> None:
    """Two rows: the whole command on a folder of students' files about one network."""
    rng = random.Random(seed)
    work = next(assignments(seed, 1))
    draw, students = Draw(rng), list[Student]()
    while len(students) < sheets:
        students += [who for _, who in draw.experiments(work, 40)]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "key.yaml").write_text(work.net.text(), encoding="utf-8")
        (folder / "sheets").mkdir()
        for number, who in enumerate(rng.sample(students, sheets)):
            file = folder / "sheets" / f"{number:05}.yaml"
            file.write_text(sheet_text(f"s{number}", work_through(work.net, who).written), encoding="utf-8")
        asked = ["--ask", ",".join(work.net.ask)]
        command = ["homework", "grade", str(folder / "sheets"), "--key", str(folder / "key.yaml"), *asked]
        clock, processor = timed([*command, "--format", "csv"])
    title = f"{sheets:,} sheets of {len(work.truth)} answers"
    found.add(Row(title, "s", [clock], limit=Limit(SPEED)))
    found.add(Row(f"{title}, of the processor", "s", [processor]))


def measure_keys(found: Results, sheets: int) -> None:
    """How long a class takes in which every student has an own exercise; every other sheet has mistakes in it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "sheets").mkdir()
        (folder / "secret").write_text("a secret that is no secret", encoding="utf-8")
        roster = "".join(f"Student{number} Name{number}\n" for number in range(sheets))
        (folder / "roster.csv").write_text(f"Student\n{roster}", encoding="utf-8")
        given = ["--roster", str(folder / "roster.csv"), "--secret-file", str(folder / "secret"), "--assignment", "HW"]
        timed(["homework", "exercise", "--level", "3", *given, "-o", str(folder / "keys")])
        for number, key in enumerate(sorted((folder / "keys").glob("*-key.yaml"))):
            text = key.read_text(encoding="utf-8").replace("solutions for ", "")
            if number % 2:
                text = text.replace("params: 0", "params: 4").replace("x", "x1", 3)
            (folder / "sheets" / key.name).write_text(text, encoding="utf-8")
        command = ["homework", "grade", str(folder / "sheets"), "--key", str(folder / "keys"), "--format", "csv"]
        clock, processor = timed(command)
    title = f"{sheets:,} sheets, each with its own key"
    found.add(Row(title, "s", [clock]))
    found.add(Row(f"{title}, of the processor", "s", [processor], limit=Limit(SPEED)))


def sheet_text(student: str, written: dict[Place, Value]) -> str:
    """A file as it is handed in."""
    lines = ["worksheet: random", f"student: {student}", "answers:"]
    for entry in dict.fromkeys(entry for entry, _ in written):
        lines.append(f"  {entry}:")
        lines += [f"    {column}: {text_of(value)}" for (e, column), value in written.items() if e == entry]
    return "\n".join(lines) + "\n"


def timed(arguments: list[str]) -> tuple[float, float]:
    """Seconds of the clock and of the processor that a command takes, start included."""
    started, before = time.perf_counter(), os.times()
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    command = [sys.executable, "-m", "cnncalc", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, encoding="utf-8")
    if done.returncode:
        raise SystemExit(done.stderr)
    after = os.times()
    worked = after.children_user + after.children_system - before.children_user - before.children_system
    return time.perf_counter() - started, worked


def main() -> None:
    line = parser(__doc__)
    line.add_argument("--seed", type=int, default=1)
    line.add_argument("--networks", type=int, default=100)
    line.add_argument("--students", type=int, default=15, help="students of each experiment, for each network")
    line.add_argument("--sheets", type=int, default=300, help="sheets to time; 0: none")
    line.add_argument("--misconceptions", action="store_true", help="a table of each misconception")
    line.add_argument("--misses", action="store_true", help="show each misconception that was not named")
    options = line.parse_args()
    kept = measure(options.seed, options.networks, options.students, show_miss if options.misses else None)
    with results("homework", options.json) as found:
        report(found, kept)
        for seed in range(options.seed, options.seed + 3) if options.sheets else ():
            measure_speed(found, seed, options.sheets)
        if options.sheets:
            measure_keys(found, options.sheets)
    if options.misconceptions:
        report_misconceptions(kept)


if __name__ == "__main__":
    main()
