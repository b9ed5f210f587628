"""A number of a layer, and how it comes about."""

from __future__ import annotations

from cnncalc.named_tuple import NamedTuple


class DerivedNumber(NamedTuple):
    """One number of a layer.

    Attributes:
        quantity: what it is: `output height`, `params`, `macs`, `receptive field`, …
        number: the value; a `recorded_numbers.Number` with its history where it was computed.
        words: one plain sentence.
    """

    quantity: str
    number: int
    words: str
