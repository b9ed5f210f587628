"""What a misconception is: the right rules with one or two of them misremembered."""

from __future__ import annotations

from _misconceptions.right import Rules

MISCONCEPTIONS: dict[str, type[Rules]] = {}
"""All, by their key."""


class Wrong(Rules):
    """Rules as someone misremembers them.

    `key` is what the misconception is called here, `columns` the answers at which it is held, and `source` where it
    comes from: a text that gives the right rule or warns, a thread in which somebody has it wrong.
    """

    def __init_subclass__(cls, *, key: str, columns: tuple[str, ...], source: str) -> None:
        cls.key, cls.columns, cls.source = key, columns, source
        assert key not in MISCONCEPTIONS
        MISCONCEPTIONS[key] = cls
