"""A number of a layer, and how it comes about."""

from __future__ import annotations

from cnncalc.named_tuple import NamedTuple


class DerivedNumber(NamedTuple):
    """One number of a layer.

    Attributes:
        quantity: what it is: `output height`, `params`, `macs`, `receptive field`, …
        number: the value; a `recorded_numbers.Number` with its history where it was computed.
        words: one plain sentence.
        part: which part of the layer it is about: `scores`; "" for all of it. The number of all of it is then the sum
            of those of its parts.
        symbol: what later formulas call it; "" for a number that is not in them.
    """

    quantity: str
    number: int
    words: str
    part: str = ""
    symbol: str = ""

    @property
    def title(self) -> str:
        """The quantity, and the part that it is about or its symbol: `macs of the scores`, `key size k`."""
        if self.part:
            return f"{self.quantity} of the {self.part}"
        return f"{self.quantity} {self.symbol}" if self.symbol else self.quantity
