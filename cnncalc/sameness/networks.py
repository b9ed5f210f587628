"""Whether two models are the same network, written in whatever way, and if not, where they first part.

They are the same if they calculate the same from the same inputs, with arrays of the same sizes: compared are kinds,
the settings that change shapes, parameters or values (numbers to float32), who reads whom, and which layers share their
weights. What layers are called, in which order they are written, what the convention is once all settings are known,
and what only training knows (dropout, `trainable`, initial values) does not matter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.named_tuple import NamedTuple
from cnncalc.sameness._flow import flow_of
from cnncalc.sameness._matching import first_mismatch, matched
from cnncalc.sameness._parting import Parting as Parting
from cnncalc.sameness._parting import Place as Place
from cnncalc.sameness._parting import parting_at

if TYPE_CHECKING:
    from cnncalc.graph import Node
    from cnncalc.spec.reader import Spec

SAME, FOLDED, DIFFERENT = "same", "folded", "different"


class Sameness(NamedTuple):
    """Whether two models are the same network.

    Attributes:
        verdict: `same`; `folded` if they are the same once norms are folded into the weights before them, and weights
            that others are made of are replaced by these; or `different`.
        folded: of `folded`, how many norms of each model are left out of the other.
        parting: of `different`, where they part.
    """

    verdict: str
    folded: tuple[int, int] = (0, 0)
    parting: Parting | None = None

    def holds(self, allow_folded: bool = False) -> bool:
        """Whether they count as the same."""
        return self.verdict == SAME or (allow_folded and self.verdict == FOLDED)

    @property
    def text(self) -> str:
        """The answer in words."""
        if self.parting:
            return f"not the same network; they part at {self.parting.text}"
        return "the same network" + (f", but {self._folded_text}" if self.verdict == FOLDED else "")

    @property
    def _folded_text(self) -> str:
        """What is folded in which of the two."""
        whose = zip(self.folded, ("first", "second"), ("second", "first"), strict=True)
        counts = [
            f"{count:,} norm{' of the {} is' if count == 1 else 's of the {} are'} folded in the {{}}".format(*sides)
            for count, *sides in whose
            if count
        ]
        return "folded: " + (" and ".join(counts) or "weights are calculated in one that are given in the other")


def compare_networks(first: Spec, second: Spec) -> Sameness:
    """Whether two models are the same network, and if not, where they part, in the order of the first."""
    flows = flow_of(first), flow_of(second)
    found = first_mismatch(*flows)
    if found is None:
        return Sameness(SAME)
    folded = flow_of(first, folds=True), flow_of(second, folds=True)
    still = first_mismatch(*folded)
    norms = folded[0].folded - folded[1].folded
    if still is None:
        return Sameness(FOLDED, (max(norms, 0), max(-norms, 0)))
    if norms:
        found, flows = still, folded  # norms were folded, and so are no difference
    return Sameness(DIFFERENT, (0, 0), parting_at(found, flows))


def same_layers(first: Spec, second: Spec, folds: bool = False) -> dict[Node, Node]:
    """The layers of a model with those of another one that is the same network.

    Args:
        folds: whether it is so once norms are folded; these have no counterpart then.
    """
    found: dict[Node, Node] = {}
    for one, other in matched(flow_of(first, folds), flow_of(second, folds)):
        found.setdefault(one.node, other.node)
    return found
