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
    """

    quantity: str
    number: int
    words: str
    part: str = ""

    @property
    def title(self) -> str:
        """The quantity, and the part that it is about: `macs of the scores`."""
        return f"{self.quantity} of the {self.part}" if self.part else self.quantity
