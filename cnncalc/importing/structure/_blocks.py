"""Blocks: entries that occur several times, found by the modules that they are in or by their form."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Hashable, Iterator, Sequence
from functools import reduce

from cnncalc.importing.structure._arguments import Arguments, BlockArgument
from cnncalc.importing.structure._block_names import block_name
from cnncalc.importing.structure._modules import CONTAINERS, Path, common_path, modules_of
from cnncalc.importing.structure._pieces import MARK, Piece, as_block, marks_in, texts_in, walk
from cnncalc.importing.structure._runs import Runs
from cnncalc.importing.structure._slots import Template, Unlike, likeness_of, usual_text
from cnncalc.importing.structure._writer import FoundBlock, Writer

LONGEST = 12
"""The most entries in a row that are looked for, where no modules are known."""
MOST_TRIED = 8
MOST_ARGUMENTS = 7
MOST_OF_STAGE = 3
"""The most arguments of a block that calls others."""
MOST_BLOCKS = 24
LEAST_SAVED = 2
"""How many lines a block has to save."""
WORTH_OF_MODULES = 2.0
"""How much better a block is that is a class of the model's own code."""


class Occurrence:
    """A part of a chain.

    Attributes:
        chain: that it is in.
        start, stop: its place there.
        is_module: whether it is a module of the model.
    """

    __slots__ = ("chain", "is_module", "start", "stop")

    def __init__(self, chain: list[Piece], start: int, stop: int, is_module: bool = False) -> None:
        self.is_module = is_module
        self.chain = chain
        self.start = start
        self.stop = stop

    @property
    def pieces(self) -> list[Piece]:
        return self.chain[self.start : self.stop]

    @property
    def entering(self) -> str:
        """The label of what its first piece reads; "" where that is not known."""
        if source := self.chain[self.start].source:
            return source.strip(MARK)
        return self.chain[self.start - 1].label if self.start else ""


class Blocks:
    """Finds the blocks of a spec, and puts calls in the places of what they stand for."""

    def __init__(self, top: list[Piece], convention: str, ends: Sequence[str], banned: Collection[str] = ()) -> None:
        self.top = top
        self.convention = convention
        self.banned = banned
        self.found: dict[str, FoundBlock] = {}
        self._lines: dict[Piece, int] = {}
        self._layers: dict[Piece, int] = {}
        self._calls: Counter[str] = Counter()
        self.measure = Writer(defaultdict(lambda: "name"), self.found)
        self.modules = Counter(
            place for piece in top for layer in piece.in_order() for place in _around(modules_of(layer))
        )
        self.named = Counter(mark for text in (*texts_in(top), *ends) for mark in marks_in(text))

    def find(self) -> None:
        """Replaces what occurs several times, the most lines first, for as long as that saves any."""
        while len(self.found) < MOST_BLOCKS and (best := self._best()):
            self._replace(*best)
            for chain, _ in [*self._chains()]:
                self._copies(chain)

    def _chains(self) -> Iterator[tuple[list[Piece], int]]:
        """All chains that are written out, with the number of modules around all of each."""
        pending = [(self.top, 0)]
        while pending:
            chain, around = pending.pop()
            if chain:
                yield chain, around
            pending += [(inner, len(piece.path)) for piece in chain for inner in piece.chains]

    def _copies(self, chain: list[Piece]) -> None:
        chain[:] = Runs(self.measure.in_line, self._may_differ, self._is_named, self._usual).joined(chain)

    def _is_named(self, piece: Piece) -> bool:
        return self.named[piece.label] > 0

    def _may_differ(self, kind: str) -> set[str]:
        found = self.found.get(kind)
        return {name for name, default in found.defaults.items() if default is not None} if found else set()

    def _usual(self, kind: str, name: str) -> str:
        if kind in self.found:
            return self.found[kind].defaults.get(name) or usual_text(kind, name, self.convention)
        return usual_text(kind, name, self.convention)

    # -- candidates

    def _best(self) -> tuple[list[Occurrence], Template, Arguments] | None:
        """The block that saves the most lines; None if none saves enough."""
        best, most = None, 0.0
        for occurrences in self._candidates():
            tried = self._tried(occurrences) or self._tried(_of_one_width(occurrences))
            if tried is None or tried[0] < LEAST_SAVED:
                continue
            worth = tried[0] * (WORTH_OF_MODULES if occurrences[0].is_module else 1)
            if worth > most:
                most, best = worth, tried[1]
        return best

    def _candidates(self) -> Iterator[list[Occurrence]]:
        self._lines.clear()
        self._layers.clear()
        self._calls = self._count_calls()
        guesses = [*self._by_module(), *self._by_form()]
        guesses.sort(key=lambda each: -sum([self._lines_of(piece) for one in each[1:] for piece in one.pieces]))
        yield from guesses[:MOST_TRIED]

    def _count_calls(self) -> Counter[str]:
        """How often each block is called."""
        chains = [self.top, *(block.pieces for block in self.found.values())]
        return Counter(piece.kind for chain in chains for piece in walk(chain))

    def _by_module(self) -> Iterator[list[Occurrence]]:
        """Those that are modules of the same class."""
        found: dict[str, list[Occurrence]] = defaultdict(list)
        for chain, around in self._chains():
            deepest = max([len(piece.path) for piece in chain])
            for depth in range(around, deepest):
                for one in _modules(chain, depth):
                    if sum([each.size for each in one.pieces]) > 1 and self._is_whole(one, depth):
                        found[chain[one.start].path[depth][1]].append(one)
        for each in found.values():
            clusters: dict[Hashable, list[Occurrence]] = defaultdict(list)
            for one in each:
                clusters[tuple(map(likeness_of, one.pieces))].append(one)
            guesses = [each, *clusters.values()] if len(clusters) > 1 else [each]
            yield from (own for own in guesses if len(own) > 1)

    def _is_whole(self, occurrence: Occurrence, depth: int) -> bool:
        """Whether it has all layers of its module."""
        own = 0
        for piece in occurrence.pieces:
            if piece not in self._layers:
                self._layers[piece] = sum([1 for _ in piece.in_order()])
            own += self._layers[piece]
        return own == self.modules[occurrence.pieces[0].path[: depth + 1]]

    def _by_form(self) -> Iterator[list[Occurrence]]:
        """Those that are the same but for texts of settings."""
        forms = _Forms()
        for chain, _ in self._chains():
            forms.add(chain)
        yield from forms.alike()

    # -- trying

    def _tried(self, occurrences: list[Occurrence]) -> tuple[int, tuple[list[Occurrence], Template, Arguments]] | None:
        """How many lines a block would save."""
        occurrences = _in_order([each for each in occurrences if self._is_closed(each)])
        if len(occurrences) < 2:
            return None
        bodies = _alike([as_block(each.pieces, each.entering) for each in occurrences])
        try:
            template = Template(bodies, self.measure.in_line, self._usual)
        except Unlike:
            return None
        arguments = Arguments(template, [body[0].c_in for body in bodies])
        if len(arguments.found) > self._most(occurrences, template) or self._name(occurrences, template) in self.banned:
            return None
        before = sum([self._lines_of(piece) for each in occurrences for piece in each.pieces])
        before += self._written_out(template.pieces, len(occurrences))
        calls = self._calls_after(occurrences, arguments)
        after = calls + self._lines_of_block(template.pieces, arguments.found)
        return before - after, (occurrences, template, arguments)

    def _lines_of_block(self, pieces: Sequence[Piece], arguments: Sequence[BlockArgument]) -> int:
        """How many lines a block has."""
        return sum([1 for _ in self.measure.items(pieces, 4)]) + (3 if arguments else 1)

    def _written_out(self, pieces: list[Piece], count: int) -> int:
        """Puts the entries of a block where it is called, if it would be called nowhere else.

        Args:
            pieces: of a block that takes the place of so many occurrences; changed.

        Returns:
            How many lines the blocks have that are needed no more.
        """
        lines, chain = 0, pieces
        while len(chain) > 0:  # only there is `c_in` the same in both: at the beginning
            first = chain[0]
            block = self.found.get(first.kind)
            if block and self._calls[first.kind] == count and (entries := block.called(first)):
                chain[:1] = entries
                lines += self._lines_of_block(block.pieces, block.arguments)
            chain = first.branches[0] if first.kind == "residual" else []  # type: ignore[assignment]
        return lines

    def _most(self, occurrences: list[Occurrence], template: Template) -> int:
        """How many arguments a block may have."""
        if any(piece.kind in self.found for piece in walk(template.pieces)):
            return MOST_OF_STAGE
        return MOST_ARGUMENTS + occurrences[0].is_module

    def _is_closed(self, occurrence: Occurrence) -> bool:
        """Whether nothing outside names anything inside, except what it ends in."""
        pieces = occurrence.pieces
        named = [piece for piece in walk(pieces) if piece is not pieces[-1] and self._is_named(piece)]
        if not named:
            return True
        inside = Counter(mark for text in texts_in(pieces) for mark in marks_in(text))
        inside.subtract(marks_in(pieces[0].source))
        return all(inside[piece.label] == self.named[piece.label] for piece in named)

    def _calls_after(self, occurrences: Sequence[Occurrence], arguments: Arguments) -> int:
        """About how many lines the calls will have."""
        rows = [
            tuple(each.values[index] for each in arguments.found if each.default is None)
            for index in range(len(occurrences))
        ]
        count = 1
        for index in range(1, len(occurrences)):
            before, own = occurrences[index - 1], occurrences[index]
            is_next = before.chain is own.chain and before.stop == own.start
            count += not (is_next and rows[index] == rows[index - 1])
        return count

    def _lines_of(self, piece: Piece) -> int:
        """How many lines an entry has."""
        if piece not in self._lines:
            self._lines[piece] = sum([1 for _ in self.measure.items([piece], 4)])
        return self._lines[piece]

    # -- replacing

    def _name(self, occurrences: Sequence[Occurrence], template: Template) -> str:
        return block_name([each.pieces for each in occurrences], template.pieces, self.found)

    def _replace(self, occurrences: list[Occurrence], template: Template, arguments: Arguments) -> None:
        name = self._name(occurrences, template)
        block = self.found[name] = FoundBlock(name, template.pieces, arguments.found)
        by_chain: dict[int, list[tuple[Occurrence, Piece]]] = defaultdict(list)
        for index, occurrence in enumerate(occurrences):
            by_chain[id(occurrence.chain)].append((occurrence, _call(block, occurrence.pieces, index)))
        for calls in by_chain.values():
            for occurrence, call in reversed(calls):
                occurrence.chain[occurrence.start : occurrence.stop] = [call]
        self._copies(block.pieces)
        called = self._count_calls()
        for unused in [each for each in self.found if not called[each]]:
            del self.found[unused]


def _in_order(occurrences: Sequence[Occurrence]) -> list[Occurrence]:
    """Those that do not overlap, in the order of their chains."""
    chains: dict[int, list[Occurrence]] = defaultdict(list)
    for one in occurrences:
        chains[id(one.chain)].append(one)
    found = []
    for own in chains.values():
        stop = 0
        for one in sorted(own, key=lambda each: (each.start, each.stop)):
            if one.start >= stop:
                found.append(one)
                stop = one.stop
    return found


def _of_one_width(occurrences: Sequence[Occurrence]) -> list[Occurrence]:
    """Those that the same number of channels enters, of the number that occurs most."""
    widths = Counter(one.pieces[0].c_in for one in occurrences)
    width, times = widths.most_common(1)[0]
    return [one for one in occurrences if one.pieces[0].c_in == width] if times < len(occurrences) else []


def _around(path: Path) -> Iterator[Path]:
    """All modules that something is in, outermost first."""
    return (path[:depth] for depth in range(1, len(path) + 1))


def _modules(chain: list[Piece], depth: int) -> Iterator[Occurrence]:
    """The parts of a chain that are in one module of this depth, apart from containers."""
    start = 0
    for stop in range(1, len(chain) + 1):
        own = chain[start].path[: depth + 1]
        if stop < len(chain) and chain[stop].path[: depth + 1] == own:
            continue
        if len(own) > depth and own[depth][1] not in CONTAINERS:
            yield Occurrence(chain, start, stop, is_module=True)
        start = stop


class _Forms:
    """The parts of chains, by the forms of their entries."""

    def __init__(self) -> None:
        self._numbers: dict[Hashable, int] = {}
        self._parts: dict[tuple[int, ...], list[tuple[int, Occurrence]]] = defaultdict(list)
        self._bodies: dict[tuple[int, ...], int] = {}
        """The forms of what is inside residuals, with that of the residual."""
        self._inside: set[int] = set()
        """The chains that are inside residuals."""
        self._chains = 0

    def _form(self, piece: Piece) -> int:
        return self._numbers.setdefault(likeness_of(piece), len(self._numbers))

    def add(self, chain: list[Piece]) -> None:
        """Adds all parts of a chain that are not too long; those of one form do not overlap."""
        forms = [self._form(piece) for piece in chain]
        self._chains += 1
        for piece, form in zip(chain, forms, strict=True):
            if piece.kind == "residual" and len(piece.chains[0]) > 1:
                self._add_body(piece.chains[0], form)
        for length in range(1, min(LONGEST, len(chain)) + 1):
            for start in range(len(chain) - length + 1):
                own = self._parts[tuple(forms[start : start + length])]
                if not own or own[-1][0] != self._chains or own[-1][1].stop <= start:
                    own.append((self._chains, Occurrence(chain, start, start + length)))

    def _add_body(self, body: list[Piece], form: int) -> None:
        own = tuple(map(self._form, body))
        self._inside.add(id(body))
        self._bodies[own] = form
        if body[-1].kind == "drop_path":
            self._bodies[own[:-1]] = form

    def alike(self) -> Iterator[list[Occurrence]]:
        """Parts that have the same form, or that of what is inside a residual."""
        for body, form in self._bodies.items():
            flat = [each for each in self._parts.get(body, ()) if id(each[1].chain) not in self._inside]
            if flat:
                self._parts[(form,)] = sorted([*self._parts[(form,)], *flat], key=lambda each: (each[0], each[1].start))
        for each in self._parts.values():
            if len(each) > 1 and sum([piece.size for piece in each[0][1].pieces]) > 1:
                yield [occurrence for _, occurrence in each]


def _call(block: FoundBlock, pieces: list[Piece], index: int) -> Piece:
    last = pieces[-1]
    call = Piece(block.name, {}, [], last.number)
    call.label = last.label
    for argument in block.arguments:
        value = argument.values[index]
        if value != argument.default:
            call.settings[argument.name] = str(value)
    call.source, call.c_in = pieces[0].source, pieces[0].c_in
    call.path = reduce(common_path, [piece.path for piece in pieces])
    call.inside = pieces
    return call


def _alike(bodies: list[list[Piece]]) -> list[list[Piece]]:
    """Where some are a residual and others what would be inside one: these as residuals that add nothing."""
    if not any(_is_residual(body) for body in bodies):
        return bodies
    return [body if _is_residual(body) else [_without_skip(body)] for body in bodies]


def _is_residual(body: Sequence[Piece]) -> bool:
    return len(body) == 1 and body[0].kind == "residual"


def _without_skip(body: list[Piece]) -> Piece:
    piece = Piece("residual", {"skip": "false"}, [], body[-1].number)
    piece.branches = [body, []]
    piece.c_in = body[0].c_in
    return piece
