"""A text that has been parsed, to be placed with any values: what does not depend on these is worked out once."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from cnncalc.source.parse import parse
from cnncalc.spec.expand.entries import as_text

if TYPE_CHECKING:
    from cnncalc.layers.base import Layer
    from cnncalc.source.diagnostics import Diagnostic
    from cnncalc.source.files import Source
    from cnncalc.source.yaml_nodes import YamlNode
    from cnncalc.spec._definitions import Definitions
    from cnncalc.spec._variables import Variants

MAX_KEPT = 20_000
"""How many layers are kept for other values; a model with all its copies has some hundred different ones."""


class Parsed:
    """A text that has been parsed.

    Attributes:
        problems: mistakes that did not keep the rest from being parsed.
        variants: the variants, once they have been checked.
    """

    def __init__(self, source: Source, root: YamlNode, problems: list[Diagnostic]) -> None:
        self.source = source
        self.root = root
        self.problems = problems
        self.variants: Variants | None = None
        self._layers: dict[Hashable, dict[Hashable, Layer]] = {}

    @classmethod
    def of(cls, source: Source) -> Parsed:
        """Parses a text.

        Raises:
            Unreadable: it is not a single document of plain YAML within the limits.
        """
        return cls(source, *parse(source))

    @cached_property
    def definitions(self) -> Definitions:
        """The names that the text defines, and where it uses them."""
        from cnncalc.spec._definitions import Definitions

        return Definitions(self.root)

    def layers(
        self, convention: str, layout: str, defaults: Mapping[str, Mapping[str, YamlNode]]
    ) -> dict[Hashable, Layer]:
        """The layers that were read so far under these conventions and defaults, to be read only once."""
        if sum(map(len, self._layers.values())) > MAX_KEPT:
            self._layers.clear()
        settings = ((kind, name, as_text(node)) for kind, own in defaults.items() for name, node in own.items())
        return self._layers.setdefault((convention, layout, *settings), {})
