"""Which input sizes a model accepts, and at which of them its strides drop nothing.

A size is *legal* if every layer accepts what it reads, the framework of the model's convention would run it, and no
merge broadcasts a map just because it has shrunk to one position.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from cnncalc.named_tuple import NamedTuple
from cnncalc.settings.axes import EXTENTS
from cnncalc.settings.shape import Shape
from cnncalc.spec.given_inputs import GivenInputs
from cnncalc.spec.reader import attempt
from cnncalc.whatif._size_trials import SizeTrials
from cnncalc.whatif.solving import QuestionError

if TYPE_CHECKING:
    from cnncalc.graph import Node
    from cnncalc.source.files import Source
    from cnncalc.spec.reader import Spec
    from cnncalc.spec.top_level import Overrides
    from cnncalc.spec.written import WrittenModel
    from cnncalc.whatif._size_trials import SizesTried

Sizes = tuple[int, ...]

AT_LEAST = 256
"""So many sizes are always tried: whether a branch is a gate shows only at sizes that are large enough."""
NEAR = 256
"""How far from a size that does not fit others are looked for."""
MOST = 4096
"""Larger sizes are not tried in order to find one that fits."""
MAX_READINGS = 100
MAX_PLACED = 20_000
"""A model that does not fit at its own size is read so often in search of another one, with so many layers in all."""
OF_SIZES = "CNN3"
"""What the codes of errors begin with that may follow from a size."""


class Accepted(NamedTuple):
    """The sizes that a model accepts, in ascending order.

    Attributes:
        axis: the only axis that changes, `height`; "" if all change together.
        legal: those at which it fits.
        whole: those of them at which no stride drops anything.
        even: those of these at which every stride divides what it reads: maps shrink by exactly the strides.
    """

    axis: str
    legal: Sequence[int]
    whole: Sequence[int]
    even: Sequence[int]

    @classmethod
    def of(cls, axis: str, sizes: Sequence[int], tried: SizesTried) -> Accepted:
        """What was found out about these sizes."""
        legal = [place for place in range(len(sizes)) if place not in tried.failed]
        whole = [place for place in legal if place not in tried.dropped]
        even = [place for place in whole if place not in tried.uneven]
        return cls(axis, *([sizes[place] for place in places] for places in (legal, whole, even)))

    def up_to(self, bound: int) -> Accepted:
        """The same without sizes above a bound."""
        return Accepted(self.axis, *([size for size in each if size <= bound] for each in self[1:]))

    def by_promise(self, wanted: int) -> Iterator[int]:
        """The sizes, those at which later layers are most likely to fit first; some of them twice.

        Of the even ones, then of the whole and of the legal ones, the nearest and the largest; then all by distance.
        """
        for each in (self.even, self.whole, self.legal):
            yield from (min(each, key=lambda size: abs(size - wanted)), each[-1]) if each else ()
        yield from sorted(self.legal, key=lambda size: abs(size - wanted))


class GivenInput(NamedTuple):
    """The size that the file or the command line gives.

    Attributes:
        is_legal: whether the model accepts it.
        dropped_by: the first layer whose stride drops something there, "" if none does.
        nearest: if it is not legal or something is dropped, the nearest better sizes, smaller and larger: at which all
            strides divide evenly; if there are none, at which nothing is dropped; or else, at which the model fits.
    """

    sizes: Sizes
    is_legal: bool
    dropped_by: str
    nearest: Sequence[Sizes] = ()

    @property
    def is_whole(self) -> bool:
        """Whether the model accepts it, and nothing is dropped."""
        return self.is_legal and not self.dropped_by


class InputSizes(NamedTuple):
    """The input sizes of a model.

    Attributes:
        alike: the sizes up to the bound, the same along all axes.
        axes: those of each axis, the others as in the given size; none if they are the same for every axis.
        bound: the largest size tried.
        inputs: the inputs whose sizes change, the smallest first, and how many times as large as that one each is.
        fixed: the inputs that stay as they are.
    """

    alike: Accepted
    axes: Sequence[Accepted]
    bound: int
    given: GivenInput
    inputs: Mapping[str, int]
    fixed: Sequence[str]

    @property
    def smallest(self) -> int | None:
        """The smallest legal size."""
        return self.alike.legal[0] if self.alike.legal else None

    @property
    def is_found(self) -> bool:
        """Whether there is any legal size."""
        return any(each.legal for each in (self.alike, *self.axes))


def legal_sizes(spec: Spec, bound: int) -> InputSizes:
    """The input sizes that a model accepts, up to a bound.

    Raises:
        QuestionError: none of its inputs has a size.
    """
    given = {node.name: node.output for node in spec.graph.inputs}
    if spec.overrides.read_as:  # it was read at a size at which it fits, see `at_a_fitting_size`
        given = _shapes_of(attempt(spec.source, spec.overrides._replace(read_as=())).written)
    return _Inputs(spec.graph.inputs, spec.graph.nodes, spec.written).answer(bound, given)


def at_a_fitting_size(source: Source, overrides: Overrides, bound: int) -> Spec | None:
    """A model that has errors at its own size, read at one at which it has none; None if no such size is found."""
    return _searched(source, overrides, bound) or (
        _at_its_own_size(source, overrides) if overrides.inputs.pairs else None
    )


def _searched(source: Source, overrides: Overrides, bound: int) -> Spec | None:
    """The model at another size than the given one.

    The layers up to the error tell which sizes would have come so far. Of these, sizes that all strides divide are
    tried first, since a merge after them fits best, and each attempt comes further than the one before.
    """
    outcome = attempt(source, overrides)
    given = _shapes_of(outcome.written)
    inputs: _Inputs | None = None
    promising: Iterator[Sizes] = iter(())
    placed, left, tried = -1, MAX_PLACED, set[Sizes]()
    while given and outcome.written and all(each.code.startswith(OF_SIZES) for each in outcome.mistakes):
        nodes = [each.node for each in outcome.written.layers]
        left -= len(nodes)
        if inputs is None or len(nodes) > placed:
            own = [each.node for each in outcome.written.inputs if each.node]
            inputs, placed = _Inputs(own, nodes, outcome.written), len(nodes)
            promising = inputs.promising(bound, given)
        sizes = next((each for each in promising if each not in tried), None)
        if sizes is None or left < 0 or len(tried) == MAX_READINGS:
            return None
        tried.add(sizes)
        outcome = attempt(source, overrides._replace(read_as=tuple(inputs.shapes_at(sizes).items())))
        if outcome.spec:
            return outcome.spec
    return None


def _at_its_own_size(source: Source, overrides: Overrides) -> Spec | None:
    """The model at the size of its file, where that of the command line gave it errors, but as many channels.

    It is the same size for all inputs, so that inputs of different sizes never fit it.
    """
    given = _shapes_of(attempt(source, overrides).written)
    own = _shapes_of(attempt(source, overrides._replace(inputs=GivenInputs())).written)
    if not own or [shape.channels for shape in own.values()] != [shape.channels for shape in given.values()]:
        return None
    return attempt(source, overrides._replace(read_as=tuple(own.items()))).spec


def _shapes_of(written: WrittenModel | None) -> dict[str, Shape]:
    """The shapes of the inputs, by name; none if one of them failed."""
    if written is None:
        return {}
    known = {each.name: each.node.output for each in written.inputs if each.node}
    return known if len(known) == len(written.inputs) else {}


class _Inputs:
    """The inputs of a model, and what happens to its layers at other sizes.

    The smallest input is the one whose size is asked for. Others whose size is a whole multiple of it grow with it; the
    rest stay as they are, like vectors. Ids are positions too.
    """

    def __init__(self, inputs: Sequence[Node], nodes: Sequence[Node], written: WrittenModel) -> None:
        self.inputs = inputs
        self.trials = SizeTrials(nodes, written)
        self._ids = {node.source for node in nodes if node.layer and node.layer.ids() is not None}
        sized = sorted((node for node in inputs if self._extent(node)), key=lambda node: max(self._extent(node)))
        if not sized:
            raise QuestionError("no input has a size that could change", "sizes")
        self.own = self._extent(sized[0])
        self.axes = EXTENTS[len(self.own)]
        times = {node: _times(self.own, self._extent(node)) for node in sized}
        self.times = {node: count for node, count in times.items() if count}

    def _extent(self, node: Node) -> Sizes:
        """The sizes of an input."""
        return node.output.spatial or ((node.output.channels,) if node in self._ids else ())

    def shapes_at(self, sizes: Sizes) -> dict[str, Shape]:
        """The shapes of all inputs where the smallest has these sizes."""
        return {node.name: self._shape(node, sizes) for node in self.inputs}

    def _shape(self, node: Node, sizes: Sizes) -> Shape:
        if node not in self.times:
            return node.output
        grown = tuple(size * self.times[node] for size in sizes)
        return Shape(grown, node.output.channels) if node.output.spatial else Shape((), *grown)

    def _tried(
        self, several: Sequence[Sizes], given: Mapping[str, Shape] | None = None, axis: int | None = None
    ) -> SizesTried:
        """What happens at these sizes of the smallest input, and last of all at the given shapes."""
        shapes = {node: [self._shape(node, sizes) for sizes in several] for node in self.inputs}
        if given:
            for node in self.inputs:
                shapes[node].append(given[node.name])
        return self.trials.tried(shapes, axis)

    def _by_axis(self, sizes: Sequence[int]) -> Iterator[Accepted]:
        """Which sizes are accepted along each axis, the others as they are."""
        for axis, name in enumerate(self.axes):
            several = [(*self.own[:axis], size, *self.own[axis + 1 :]) for size in sizes]
            yield Accepted.of(name, sizes, self._tried(several, None, axis))

    def _alike(self, sizes: Sequence[int]) -> list[Sizes]:
        """The same size along all axes."""
        return [(size,) * len(self.axes) for size in sizes]

    def _sizes(self, given: Mapping[str, Shape]) -> Sizes:
        """The sizes of the smallest input among given shapes."""
        shape = given[next(iter(self.times)).name]
        return shape.spatial or (shape.channels,)

    def answer(self, bound: int, given: Mapping[str, Shape]) -> InputSizes:
        """Which sizes are accepted up to a bound, and what happens at the given ones."""
        sizes = range(1, max(bound, AT_LEAST) + 1)
        tried = self._tried(self._alike(sizes), given)
        axes = [] if tried.is_alike else list(self._by_axis(sizes))
        place = len(sizes)
        own = GivenInput(self._sizes(given), place not in tried.failed, tried.dropped.get(place, ""))
        return InputSizes(
            Accepted.of("", sizes, tried).up_to(bound),
            [each.up_to(bound) for each in axes],
            bound,
            own if own.is_whole else own._replace(nearest=self._nearest(own, not axes)),
            {node.name: count for node, count in self.times.items()},
            [node.name for node in self.inputs if node not in self.times],
        )

    def _nearest(self, own: GivenInput, is_alike: bool) -> list[Sizes]:
        """The nearest better sizes, smaller and larger: even ones, else whole ones, else those that at least fit."""
        near = range(max(min(own.sizes) - NEAR, 1), max(own.sizes) + NEAR + 1)
        if is_alike:
            axes = [Accepted.of("", near, self._tried(self._alike(near)))] * len(own.sizes)
        else:
            axes = list(self._by_axis(near))
        good = [
            (each.even or each.whole or ([] if own.is_legal else each.legal), size)
            for each, size in zip(axes, own.sizes, strict=True)
        ]
        below = tuple(max((n for n in each if n <= size), default=0) for each, size in good)
        above = tuple(min((n for n in each if n >= size), default=0) for each, size in good)
        found = [sizes for sizes in dict.fromkeys((below, above)) if all(sizes) and sizes != own.sizes]
        failed = self._tried([*found, *self._alike(near)]).failed
        return [sizes for place, sizes in enumerate(found) if place not in failed]

    def promising(self, bound: int, given: Mapping[str, Shape]) -> Iterator[Sizes]:
        """Sizes at which a model may fit of which only the first layers are known, the most promising first."""
        wanted = self._sizes(given)
        sizes = range(1, max(bound, AT_LEAST, min(2 * max(wanted), MOST)) + 1)
        tried = self._tried(self._alike(sizes))
        axes = [Accepted.of("", sizes, tried)] * len(wanted) if tried.is_alike else list(self._by_axis(sizes))
        return zip(*(each.by_promise(size) for each, size in zip(axes, wanted, strict=True)), strict=False)


def _times(size: Sizes, other: Sizes) -> int:
    """How many times as large other sizes are along every axis; 0 if there is no such whole number."""
    if len(size) != len(other):
        return 0
    (count, rest), *different = {divmod(large, small) for small, large in zip(size, other, strict=True)}
    return 0 if rest or different else count
