"""The names that a spec gives to variables, blocks and arguments, where they are defined, and which it uses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property

from cnncalc.layers.index import KINDS
from cnncalc.source.diagnostics import Span
from cnncalc.source.yaml_nodes import YamlMapping, YamlNode, YamlScalar, YamlSequence
from cnncalc.spec.language.blocks import since
from cnncalc.spec.language.expressions import interpolated, is_expression, names_in


class Definitions:
    """What one document defines, whether or not this model uses it: what one variant leaves out, another may use."""

    def __init__(self, root: YamlNode) -> None:
        self._root = root if isinstance(root, YamlMapping) else YamlMapping([], *root.span)

    @property
    def names_the_model(self) -> bool:
        """Whether the text gives the model a name."""
        return self._root.get("name") is not None

    @cached_property
    def variables(self) -> dict[str, Span]:
        """The variables, and where each is defined."""
        return {key.text: key.span for key, _ in _pairs(self._root.get("vars"))}

    def place_of_input(self, name: str) -> Span:
        """Where an input is named; in the variant, if that names it too."""
        for mapping in (*(value for _, value in _pairs(self._root.get("variants"))), self._root):
            for key, _ in _pairs(mapping.get("inputs")) if isinstance(mapping, YamlMapping) else ():
                if key.text == name:
                    return key.span
        return next((key.span for key, _ in self._root.pairs if key.text == "input"), self._root.span)

    @cached_property
    def uncalled_blocks(self) -> list[tuple[str, Span]]:
        """The blocks that are called neither under `layers` nor in another block."""
        blocks = _pairs(self._root.get("blocks"))
        called = set(_words([self._root.get("layers")])) if blocks else set()
        for key, value in blocks:
            called |= set(_words([value])) - {key.text}
        return [(key.text, key.span) for key, _ in blocks if key.text not in called]

    def names_used_since(self) -> Iterator[tuple[str, str, Span]]:
        """Blocks and arguments whose names the language uses since: the name, which of the two it is, and its place.

        None in a file that says its version: there they are mistakes, or mean nothing else.
        """
        blocks = _pairs(self._root.get("blocks"))
        if not blocks or self._root.get("cnncalc") is not None:
            return
        for key, block in blocks:
            if since(key.text) > 1:
                yield key.text, "block", key.span
            for argument in _items(block.get("args") if isinstance(block, YamlMapping) else None):
                name = argument.text.partition("=")[0].strip() if isinstance(argument, YamlScalar) else ""
                if since(name) > 1 and name not in KINDS:
                    yield name, "argument", argument.span

    @cached_property
    def unused_variables(self) -> list[tuple[str, Span]]:
        """The variables that no expression uses."""
        variables = self.variables
        used = set(_names([self._root])) if variables else set()
        return [(name, span) for name, span in variables.items() if name not in used]

    @cached_property
    def sizes_of_inputs(self) -> list[str]:
        """The variables that the shapes of the inputs are made of, in their order."""
        shapes = [*_items(self._root.get("input")), *(shape for _, shape in _pairs(self._root.get("inputs")))]
        # (one by one, as several are gone through from the last)
        used = dict.fromkeys(name for shape in shapes for name in _names([shape]))
        return [name for name in used if name in self.variables]

    @cached_property
    def unused_arguments(self) -> list[tuple[str, str, Span]]:
        """The arguments that no expression in their block uses: the block's name, the argument's name and its place."""
        found = []
        for name, block in _pairs(self._root.get("blocks")):
            arguments = block.get("args") if isinstance(block, YamlMapping) else None
            if arguments is None:
                continue
            used = set(_names([block]))
            for argument in _items(arguments):
                word = argument.text.partition("=")[0] if isinstance(argument, YamlScalar) else ""
                if word and word.strip() not in used:
                    found.append((name.text, word.strip(), argument.span))
        return found


def _pairs(node: YamlNode | None) -> list[tuple[YamlScalar, YamlNode]]:
    return node.pairs if isinstance(node, YamlMapping) else []


def _items(node: YamlNode | None) -> list[YamlNode]:
    """The items of a list; anything else is the only item."""
    return node.items if isinstance(node, YamlSequence) else [node] if node else []


def _nodes(roots: Iterable[YamlNode | None]) -> Iterator[YamlNode]:
    """All nodes below these, including keys."""
    pending = list(roots)
    while pending:
        node = pending.pop()
        if isinstance(node, YamlSequence):
            pending.extend(node.items)
        elif isinstance(node, YamlMapping):
            pending.extend(each for pair in node.pairs for each in pair)
        if node is not None:
            yield node


def _words(roots: Iterable[YamlNode | None]) -> Iterator[str]:
    return (node.text for node in _nodes(roots) if isinstance(node, YamlScalar))


def _names(roots: Iterable[YamlNode | None]) -> Iterator[str]:
    """The names that expressions use, also in the defaults of arguments."""
    for word in _words(roots):
        if "$" in word:
            for part in filter(is_expression, interpolated(word)):
                yield from names_in(part)
