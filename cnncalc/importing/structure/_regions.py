"""Chains and regions: pieces one after the other, and inside one another where branches part and meet again.

This is the reduction of series-parallel graphs (Valdes, Tarjan and Lawler, 1982), one piece at a time: what is read by
one piece alone is in series with it, and branches that begin at the same output are parallel where they meet. What does
not reduce stays a chain of its own, which names what it reads.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from heapq import heappop, heappush

from cnncalc.graph import Node
from cnncalc.importing.draft import Draft, DraftInput, DraftLayer, DraftOutput, Source
from cnncalc.importing.structure._followers import loosen
from cnncalc.importing.structure._modules import common_path
from cnncalc.importing.structure._pieces import MARK, Branch, Piece, Read, pieces_of
from cnncalc.importing.structure._rejoined import Inputs
from cnncalc.layers import layer_class

MOST_INSIDE = 40
"""A larger region is easier to read as a chain, with names for what it reads."""
MOST_DEPTH = 5
"""So is one whose entries are deeper inside one another."""
MOST_FROM = 2
"""The most entries of a branch that begins elsewhere than the others."""
COMMUTATIVE = frozenset({"add", "multiply", "average", "maximum", "minimum"})

Start = Piece | DraftInput | DraftOutput | None


class Chain:
    """Pieces one after the other.

    Attributes:
        start: what the first one reads; None if it reads nothing, or only what it names.
        number: where it begins in the order of the draft.
        size: how many entries it has, with those inside them.
        depth: how many of them are inside one another.
        read_by_name: pieces that are named inside.
    """

    def __init__(self, start: Start, first: Piece) -> None:
        self.start = start
        self.pieces = [first]
        self.size, self.depth = first.size, first.depth
        self.number = first.number
        self.read_by_name: set[Piece] = set()

    @property
    def end(self) -> Piece:
        return self.pieces[-1]


class Regions:
    """The chains of a draft, as its pieces are put in their places one after the other."""

    def __init__(self, draft: Draft, nodes: dict[DraftLayer, Node], inputs: Inputs) -> None:
        self.draft = draft
        self.nodes = nodes
        self.inputs = inputs
        self.read = Read(draft, inputs)
        self.pieces, self.of = pieces_of(draft, nodes, self.read)
        self.chains: dict[Piece, Chain] = {}
        """Those that nothing has taken in, by the piece that they end in."""
        self.left: dict[Start, int] = {}
        """How many pieces read each output, a region being one."""
        for source, times in self.read.times.items():
            if source not in self.of or source is self.of[source].layers[-1]:
                self.left[self._start(source)] = times
        self.named: set[str] = set()

    def reduced(self) -> list[Piece]:
        """All pieces, those at the top in an order in which each comes after what it reads."""
        for piece in self.pieces:
            self._put(piece)
            for inner in piece.chains:
                piece.path = reduce(common_path, [each.path for each in inner], piece.path)
        top = self._in_order()
        loosen(top, self.nodes)
        return top

    def _start(self, source: Source) -> Start:
        return self.of[source] if isinstance(source, DraftLayer) else source

    def _put(self, piece: Piece) -> None:
        layer = piece.layers[0]
        starts = [self._start(each) for each in self.inputs[layer]]
        named = [self._start(each) for each in layer.settings.values() if isinstance(each, DraftInput | DraftLayer)]
        if layer.shares:
            named.append(self._start(layer.shares))
        if layer_class(layer.kind).is_merge and not layer.shares:
            chain = self._merged(piece, starts)
        elif len(starts) == 1:
            chain = self._after(starts[0], piece)
        else:
            chain = self._alone(piece, starts)
        chain.read_by_name |= {each for each in named if isinstance(each, Piece)}
        self.chains[chain.end] = chain

    def _enters(self, start: Start) -> int:
        """How many channels an output has."""
        if isinstance(start, DraftInput):
            return start.shape.channels
        return self.nodes[start.layers[-1]].output.channels if isinstance(start, Piece) else 0

    def _after(self, start: Start, piece: Piece) -> Chain:
        """In series, where nothing else reads what a piece reads; otherwise a chain of its own."""
        piece.c_in = self._enters(start)
        if isinstance(start, Piece) and self.left.get(start) == 1 and start in self.chains:
            chain = self.chains.pop(start)
            chain.pieces.append(piece)
            chain.size += piece.size
            chain.depth = max(chain.depth, piece.depth)
            return chain
        return Chain(start, piece)

    def _alone(self, piece: Piece, starts: Sequence[Start]) -> Chain:
        """A piece that reads several outputs by name, or none."""
        chain = Chain(None, piece)
        if starts:
            piece.settings["from"] = f"[{', '.join([self._mark(each, chain) for each in starts])}]"
        return chain

    # -- where branches meet

    def _merged(self, piece: Piece, starts: Sequence[Start]) -> Chain:
        meeting = [self._ending_in(each) for each in starts]
        begins = [chain.start if chain else each for chain, each in zip(meeting, starts, strict=True)]
        parted = [each for each in begins if each is not None]
        latest = max(parted, key=self._when, default=None)
        is_parallel = latest is None or parted.count(latest) > 1
        if not is_parallel or self._is_large(meeting):
            return self._in_series(piece, starts, meeting)
        return self._parallel(piece, starts, meeting, latest)

    def _ending_in(self, start: Start) -> Chain | None:
        """The chain that ends in an output which nothing else reads."""
        return self.chains.get(start) if isinstance(start, Piece) and self.left.get(start) == 1 else None

    def _when(self, start: Start) -> int:
        """Where an output comes in the order of the draft."""
        return start.number if isinstance(start, Piece) else -1

    def _parallel(self, piece: Piece, starts: Sequence[Start], meeting: Sequence[Chain | None], start: Start) -> Chain:
        inner = Chain(start, piece)
        for each, chain in zip(starts, meeting, strict=True):
            begin = chain.start if chain else each
            if begin is start or begin is None:
                piece.branches.append(self._taken(chain, inner) if chain else [])
                self.left[start] = self.left.get(start, 0) - 1
            else:
                piece.branches.append(self._elsewhere(each, chain, inner))
        _arrange(piece)
        self.left[start] = self.left.get(start, 0) + 1
        chain = self._after(start, piece)
        chain.read_by_name |= inner.read_by_name
        chain.number = min(chain.number, inner.number)
        return chain

    def _in_series(self, piece: Piece, starts: Sequence[Start], meeting: Sequence[Chain | None]) -> Chain:
        """After the branch that ends last; the others are named."""
        main = max(
            range(len(starts)), key=lambda index: (_length(meeting[index]) > MOST_FROM, self._when(starts[index]))
        )
        own = self._after(starts[main], piece)
        for index, (each, chain) in enumerate(zip(starts, meeting, strict=True)):
            is_current = index == main or each is starts[main]
            piece.branches.append([] if is_current else self._elsewhere(each, chain, own))
        _arrange(piece)
        own.size += piece.size - 1
        own.depth = max(own.depth, piece.depth)
        return own

    def _elsewhere(self, start: Start, chain: Chain | None, into: Chain) -> Branch:
        """A branch that begins elsewhere: in its place if it is short, otherwise its name."""
        if chain and _length(chain) <= MOST_FROM and chain.start is not None:
            chain.pieces[0].source = self._mark(chain.start, into)
            return self._taken(chain, into)
        return self._mark(start, into)

    def _taken(self, chain: Chain, into: Chain) -> list[Piece]:
        into.read_by_name |= chain.read_by_name
        into.number = min(into.number, chain.number)
        del self.chains[chain.end]
        return chain.pieces

    def _mark(self, start: Start, into: Chain) -> str:
        """How an output is named, which `into` then reads by name."""
        if isinstance(start, Piece | DraftOutput):
            into.read_by_name.add(start if isinstance(start, Piece) else self.of[start.layer])
        return self.mark(start)

    def mark(self, source: Source | Piece | None) -> str:
        """What stands for the name of an output until it has one."""
        if isinstance(source, DraftOutput):
            return f"{self.mark(source.layer)}.{source.name}"
        if isinstance(source, DraftInput):
            return f"{MARK}i{self.draft.inputs.index(source)}{MARK}"
        piece = self.of[source] if isinstance(source, DraftLayer) else source
        assert piece is not None
        return f"{MARK}{piece.number}{MARK}"

    def _is_large(self, meeting: Sequence[Chain | None]) -> bool:
        """Whether a region is easier to read as a chain: it is long, or leaves the resolution and comes back."""
        lengths = sorted(map(_length, meeting))
        if sum(lengths) > MOST_INSIDE:
            return True
        if max([chain.depth for chain in meeting if chain], default=0) > MOST_DEPTH:
            return True
        return len(lengths) == 2 and lengths[0] <= 1 and any(chain and self._comes_back(chain) for chain in meeting)

    def _comes_back(self, chain: Chain) -> bool:
        """Whether positions become fewer and then more."""
        sizes = [max(self.nodes[each.layers[-1]].output.spatial, default=1) for each in chain.pieces]
        return any(1 < size < sizes[-1] for size in sizes)

    # -- chains at the top

    def _in_order(self) -> list[Piece]:
        """The pieces of all chains that are left, one chain after the other, each after those that it reads."""
        chains = sorted(self.chains.values(), key=lambda chain: chain.number)
        owner = {piece: chain for chain in chains for piece in chain.pieces}
        waits: dict[Chain, int] = {}
        readers: dict[Chain, list[Chain]] = {}
        for chain in chains:
            needed = {owner[each] for each in chain.read_by_name if each in owner} - {chain}
            if isinstance(begin := self._maker(chain.start), Piece):
                needed.add(owner[begin])
            needed.discard(chain)
            waits[chain] = len(needed)
            for each in needed:
                readers.setdefault(each, []).append(chain)
        ready: list[tuple[int, int]] = []
        place = {chain: index for index, chain in enumerate(chains)}
        for chain in chains:
            if not waits[chain]:
                heappush(ready, (chain.number, place[chain]))
        current: Start = self.draft.inputs[0] if len(self.draft.inputs) == 1 else None
        top: list[Piece] = []
        while ready:
            chain = self._next(ready, chains, current)
            self._begin(chain, current)
            top += chain.pieces
            current = chain.end
            for each in readers.get(chain, ()):
                waits[each] -= 1
                if not waits[each]:
                    heappush(ready, (each.number, place[each]))
        return top

    def _next(self, ready: list[tuple[int, int]], chains: Sequence[Chain], current: Start) -> Chain:
        """The chain that goes on where the last one ended, if there is one; otherwise the first."""
        going_on = [each for each in ready[:8] if chains[each[1]].start is current]
        found = min(going_on) if going_on else ready[0]
        if found == ready[0]:
            heappop(ready)
        else:
            ready.remove(found)
            ready.sort()
        return chains[found[1]]

    def _begin(self, chain: Chain, current: Start) -> None:
        if chain.start is not None and chain.start is not current:
            chain.pieces[0].source = self._mark(chain.start, chain)

    def _maker(self, start: Start) -> Start:
        return self.of[start.layer] if isinstance(start, DraftOutput) else start


def _length(chain: Chain | None) -> int:
    """How many entries a branch has, with those inside them."""
    return chain.size if chain else 0


def _arrange(piece: Piece) -> None:
    """Branches in the order in which a person would write them; and a sum with its input as a residual."""
    if piece.kind not in COMMUTATIVE:
        return
    piece.branches.sort(key=lambda branch: -_weight(branch) if piece.kind == "add" else _weight(branch))
    if piece.kind == "add" and len(piece.branches) == 2 and not piece.settings:
        body, other = piece.branches
        if (
            isinstance(body, list)
            and body
            and isinstance(other, list)
            and _weight(body) > _weight(other)
            and _near(other)
        ):
            piece.kind = "residual"


def _near(branch: Branch) -> bool:
    """Whether a branch reads what its merge reads."""
    return not branch or (isinstance(branch, list) and not branch[0].source)


def _weight(branch: Branch) -> int:
    return 0 if isinstance(branch, str) else sum([piece.size for piece in branch])
