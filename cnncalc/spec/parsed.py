"""A text that has been parsed, to be placed with any values: what does not depend on these is worked out once."""

from __future__ import annotations

import posixpath
from collections.abc import Hashable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from cnncalc.named_tuple import NamedTuple
from cnncalc.source.files import Source
from cnncalc.source.parse import parse
from cnncalc.spec.expand.entries import as_text, size_of

if TYPE_CHECKING:
    from cnncalc.layers.base import Layer
    from cnncalc.source.diagnostics import Diagnostic
    from cnncalc.source.yaml_nodes import YamlNode
    from cnncalc.spec._definitions import Definitions
    from cnncalc.spec._variables import Variants
    from cnncalc.spec.reader import Spec
    from cnncalc.spec.top_level import Overrides

MAX_KEPT = 20_000
"""How many layers are kept for other values; a model with all its copies has some hundred different ones."""


class ModelInside(NamedTuple):
    """A model that a text names: its text, the variant that the name asks for, and whether it comes with cnncalc."""

    parsed: Parsed
    variant: str | None
    ships: bool


class Parsed:
    """A text that has been parsed.

    Attributes:
        problems: mistakes that did not keep the rest from being parsed.
        variants: the variants, once they have been checked.
        models: the models that this text names, and those that these name, by the text that names them and the name;
            each is read once.
        stored: where the weights of an imported model are in its file, each an `importing.stored.Stored`, by layer and
            name. Nothing is read before they are needed.
        is_imported: whether the text was made from the file of another tool.
    """

    stored: Mapping[str, Mapping[str, Any]] = {}
    is_imported = False

    def __init__(self, source: Source, root: YamlNode, problems: list[Diagnostic]) -> None:
        self.source = source
        self.root = root
        self.problems = problems
        self.variants: Variants | None = None
        self.models: dict[tuple[str, str], ModelInside] = {}
        self._layers: dict[Hashable, dict[Hashable, Layer]] = {}

    @classmethod
    def of(cls, source: Source) -> Parsed:
        """Parses a text.

        Raises:
            Unreadable: it is not a single document of plain YAML within the limits.
        """
        return cls(source, *parse(source))

    def remarks(self, spec: Spec | None) -> list[Diagnostic]:
        """What there is to say about where the text came from; nothing about one that a person wrote.

        Args:
            spec: the model in it, if that has no mistakes.
        """
        return []

    def asked(self, overrides: Overrides) -> Overrides:
        """What the caller sets, by the names of this text."""
        return overrides

    def located(self, found: Diagnostic) -> Diagnostic:
        """A finding in this text, with where that came from."""
        return found

    def place_in_file(self, name: str) -> str:
        """Where a layer of this name is in the file that the text was made from; "" for a text that a person wrote."""
        return ""

    @cached_property
    def place(self) -> str:
        """What identifies the file, "" if there is none."""
        from cnncalc.source.model_inside import identity_of

        return identity_of(self.source)

    def with_files(self, files: Mapping[str, str]) -> Parsed:
        """The same text with these files for the models that it names, by path from its own folder."""
        own = self.source
        root = Source(own.name, own.text, posixpath.basename(own.origin.replace("\\", "/")) or own.name, files)
        return Parsed(root, self.root, self.problems)

    def model(self, name: str) -> ModelInside:
        """A model that this text names.

        Raises:
            Unreadable: there is none, or it is not a document.
        """
        key = self.place, name
        if key not in self.models:
            from cnncalc.source.model_inside import model_inside

            found = model_inside(name, self.source)
            same = (each.parsed for each in self.models.values() if each.parsed.place == found.place)
            parsed = next(same, None) or Parsed.of(found.source)
            parsed.models = self.models
            self.models[key] = ModelInside(parsed, found.variant, found.ships)
        return self.models[key]

    @property
    def files(self) -> dict[str, str]:
        """The texts of the files that were read for models inside, by their paths from the folder of this one."""
        from cnncalc.source.model_inside import path_from

        found = [each.parsed.source for each in self.models.values() if not each.ships]
        return {path_from(self.source, source): source.text for source in found}

    @cached_property
    def size(self) -> int:
        """How many values there are in the text."""
        return size_of(self.root)

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
