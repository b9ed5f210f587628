"""Pieces as lines of a spec."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from cnncalc.importing.entry_text import entry_text, item_text, with_kernel
from cnncalc.importing.structure._arguments import BlockArgument
from cnncalc.importing.structure._pieces import MARK, Branch, Piece, copied, texts_in, walk
from cnncalc.layers import KINDS, layer_class

WIDTH = 118
MOST_IN_LINE = 3
"""The most entries that stand inside another one on a single line."""


_LAST = ("shortcut", "skip", "norm", "activation", "trainable", "from", "when", "repeat", "first", "for", "name")
"""Settings that stand after all others, in this order."""


class FoundBlock:
    """A block.

    Attributes:
        name: that calls have as their kind.
        pieces: its entries.
        arguments: in order; those without a default come first.
        names: of its entries that others of them name, by label.
    """

    def __init__(self, name: str, pieces: list[Piece], arguments: list[BlockArgument]) -> None:
        self.name = name
        self.pieces = pieces
        self.arguments = arguments
        self.names: dict[str, str] = {}

    @property
    def defaults(self) -> dict[str, str | None]:
        """The default of each argument; None if it has none."""
        return {argument.name: argument.default for argument in self.arguments}

    def called(self, call: Piece) -> list[Piece] | None:
        """Its entries with what a call gives in the places of the arguments; None if they cannot stand there."""
        values = {**self.defaults, **call.settings}
        texts = [*texts_in(self.pieces)]
        is_plain = not (call.first or call.source) and values.keys() == self.defaults.keys()
        if not is_plain or None in values.values() or any(MARK in text or text == "input" for text in texts):
            return None
        in_expressions = {name for text in texts if "$(" in text for name in re.findall(r"[a-z_]\w*", text)}
        if any(name in in_expressions and not re.fullmatch(r"\$\w+", text or "") for name, text in values.items()):
            return None

        def given(text: str) -> str:
            if "$(" in text:
                return re.sub(r"[a-z_]\w*", lambda name: (values.get(name[0]) or name[0]).removeprefix("$"), text)
            return re.sub(r"\$(\w+)", lambda name: values.get(name[1]) or name[0], text)

        pieces = [copied(piece, given) for piece in self.pieces]
        for place, piece in enumerate(walk(pieces)):
            piece.label = f"{call.label}.{place}"
        pieces[-1].label = call.label
        return pieces


class Writer:
    """Writes entries, with the names of what they read.

    Args:
        names: of inputs and pieces, by their marks.
        blocks: by name.
    """

    def __init__(self, names: Mapping[str, str], blocks: Mapping[str, FoundBlock]) -> None:
        self.names = names
        self._blocks = blocks

    def blocks(self) -> Iterator[str]:
        """The lines under `blocks`."""
        for block in self._blocks.values():
            inside = Writer({**self.names, **block.names}, self._blocks)
            yield f"  {block.name}:"
            if block.arguments:
                yield f"    args: [{', '.join(map(_argument, block.arguments))}]"
                yield "    layers:"
                yield from inside.items(block.pieces, 6)
            else:
                yield from inside.items(block.pieces, 4)

    def items(self, chain: Sequence[Piece], indent: int) -> Iterator[str]:
        """The lines of a list of entries."""
        for piece in chain:
            yield from self._item(piece, indent)

    def _item(self, piece: Piece, indent: int) -> Iterator[str]:
        margin = " " * indent
        line = f"{margin}- {item_text(self.in_line(piece))}"
        if self._is_one_line(piece) and len(line) <= WIDTH:
            yield line
            return
        settings = self._settings(piece)
        yield f"{margin}- {piece.kind}: {settings.pop('', '')}".rstrip()
        if piece.kind == "residual":
            yield from self.items(piece.branches[0], indent + 4)  # type: ignore[arg-type]
            if piece.branches[1]:
                yield from self._setting("shortcut", piece.branches[1], indent + 2)
        else:
            for branch in piece.branches:
                yield from self._branch(branch, indent + 4)
        for name, text in settings.items():
            yield f"{margin}  {name}: {text}"

    def _setting(self, name: str, branch: Branch, indent: int) -> Iterator[str]:
        margin = " " * indent
        line = f"{margin}{name}: {self._branch_in_line(branch)}"
        if isinstance(branch, str) or len(line) <= WIDTH:
            yield line
            return
        yield f"{margin}{name}:"
        yield from self.items(branch, indent + 2)

    def _branch(self, branch: Branch, indent: int) -> Iterator[str]:
        margin = " " * indent
        line = f"{margin}- {self._branch_in_line(branch)}"
        count = 0 if isinstance(branch, str) else sum([piece.size for piece in branch])
        if isinstance(branch, str) or not branch or (len(line) <= WIDTH and count <= MOST_IN_LINE):
            yield line
            return
        lines = [*self.items(branch, indent + 2)]
        yield f"{margin}- {lines[0].lstrip()}"
        yield from lines[1:]

    def _is_one_line(self, piece: Piece) -> bool:
        """Whether it may stand on one line: it has few entries inside, and is no residual."""
        return piece.kind != "residual" and sum([each.size for chain in piece.chains for each in chain]) <= MOST_IN_LINE

    # -- on one line

    def in_line(self, piece: Piece) -> str:
        """An entry on one line."""
        if piece.kind == "residual":
            body, shortcut = piece.branches
            head = {"": f"[{', '.join(map(self.in_line, body))}]"}  # type: ignore[arg-type]
            other = {"shortcut": self._branch_in_line(shortcut)} if shortcut else {}
            return entry_text(piece.kind, {**head, **other, **self._settings(piece)})
        branches = [self._branch_in_line(branch) for branch in piece.branches]
        head = {"": f"[{', '.join(branches)}]"} if branches else {}
        return entry_text(piece.kind, {**head, **self._settings(piece)})

    def _branch_in_line(self, branch: Branch) -> str:
        if isinstance(branch, str):
            return self.named(branch)
        inner = [self.in_line(piece) for piece in branch]
        return inner[0] if len(inner) == 1 and inner[0].startswith("{") else f"[{', '.join(inner)}]"

    def _settings(self, piece: Piece) -> dict[str, str]:
        own = self._positional(piece) if piece.kind in self._blocks else with_kernel(piece.settings)
        texts = {name: self.named(text) for name, text in own.items()}
        if piece.first:
            texts["first"] = f"{{{', '.join([f'{name}: {self.named(text)}' for name, text in piece.first.items()])}}}"
        for role in ("norm", "activation"):
            if follower := getattr(piece, role):
                texts[role] = self.in_line(follower)
        if piece.source:
            texts["from"] = self.named(piece.source)
        if piece.name:
            texts["name"] = piece.name
        return dict(sorted(texts.items(), key=lambda pair: self._place(piece.kind, pair[0])))

    def _place(self, kind: str, name: str) -> tuple[int, int]:
        """Where a setting stands among the others: first what the kind or block declares, in its order."""
        if name in _LAST:
            return 2, _LAST.index(name)
        declared = (
            layer_class(kind).settings if kind in KINDS else self._blocks[kind].defaults if kind in self._blocks else ()
        )
        return (0, [*declared].index(name)) if name in declared else (0, -1) if not name else (1, 0)

    def _positional(self, call: Piece) -> dict[str, str]:
        """The settings of a call, the arguments without a default by their place."""
        names = [name for name, default in self._blocks[call.kind].defaults.items() if default is None]
        values = [call.settings.get(name, "none") for name in names]
        others = {name: text for name, text in call.settings.items() if name not in names}
        if not names:
            return others
        if len(values) == 1:
            return {names[0]: values[0], **others} if values[0][:1] in ("[", "{") else {"": values[0], **others}
        return {"": f"[{', '.join(values)}]", **others}

    def named(self, text: str) -> str:
        """A text with names in the place of marks."""
        if MARK not in text:
            return text
        return re.sub(f"{MARK}(.*?){MARK}", lambda mark: self.names[mark[1]], text)


def _argument(argument: BlockArgument) -> str:
    """An argument of a block with its default."""
    if argument.default is None:
        return argument.name
    text = f"{argument.name}={argument.default}"
    return f'"{text}"' if re.search(r"[\[\]{},:]", text) else text
