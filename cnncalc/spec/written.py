"""How a model was written: each layer remembers its entry, so that nobody has to search the text again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.named_tuple import NamedTuple
from cnncalc.settings.types import pieces
from cnncalc.source.diagnostics import Span, called_at
from cnncalc.source.entry import Written, apart
from cnncalc.source.yaml_nodes import YamlMapping, YamlNode, YamlScalar, YamlSequence

if TYPE_CHECKING:
    from cnncalc.graph import Node as LayerNode
    from cnncalc.source.files import Source
    from cnncalc.spec._definitions import Definitions
    from cnncalc.spec.parsed import Parsed


class WrittenLayer:
    """A layer, and how it was written.

    Attributes:
        entry: the entry that it belongs to.
        role: `norm` or `activation` if it comes from that setting of the entry, "" for the entry's own layer.
        own: how the layer itself was written, there or under `defaults`.
        chain: the calls that led there, innermost first.
        home: the model inside this one that it is written in; None where it is in the model's own text.
    """

    __slots__ = ("chain", "entry", "home", "node", "own", "role")

    def __init__(self, node: LayerNode, entry: Written, role: str, own: Written, chain: tuple[str, ...]) -> None:
        self.node = node
        self.entry = entry
        self.role = role
        self.own = own
        self.chain = chain
        self.home: WrittenModel | None = None

    def copy(self, node: LayerNode, entry: Written, chain: tuple[str, ...]) -> WrittenLayer:
        """A copy for another entry with the same text."""
        own = self.own if self.role else entry
        if self.role and entry.head is not self.entry.head:
            value = entry.value(self.role)
            own = apart(value) if isinstance(value, YamlScalar | YamlMapping) else own
        return WrittenLayer(node, entry, self.role, own, chain)

    def place(self, setting: str) -> Span:
        """Where a setting of the layer is written; otherwise (and for "") where the layer is."""
        value = self._principal if setting and setting == self._principal_name else self.own.value(setting)
        return (value or self.own.head).span

    def place_in_entry(self, setting: str) -> Span:
        """Where a setting of the entry is written; otherwise (and for "") where the entry is."""
        value = self.entry.value(setting)
        return (value if isinstance(value, YamlScalar | YamlSequence) else self.entry.head).span

    @property
    def texts(self) -> dict[str, str]:
        """The settings that are written as a single text, by name."""
        return {key.text: value.text for key, value in self.own.settings if isinstance(value, YamlScalar)}

    @property
    def numbers(self) -> tuple[int, ...]:
        """The whole numbers after the kind, as in `3x3x8` or `[3, 3, 8]`; none if there is anything else."""
        return whole_numbers(self._principal) if self._principal_name else ()

    @property
    def is_list(self) -> bool:
        """Whether the value after the kind is a list."""
        return isinstance(self._principal, YamlSequence)

    @property
    def _principal(self) -> YamlNode | None:
        return self.own.principal_value(self._principal_name)

    @property
    def _principal_name(self) -> str:
        assert self.node.layer is not None
        return self.node.layer.principal


class ModelCall(NamedTuple):
    """A model inside another one.

    Attributes:
        called: the entry that calls it.
        source: the text that the entry is in.
        chain: the calls that lead to the entry, innermost first.
        name: what the entry calls the model.
        inside: the model, as it was read.
        parsed: its whole text.
        variant: the variant that is meant.
        is_as_written: whether it is there as it was written and tested: whole, at its own input, with its own values.
    """

    called: Written
    source: Source
    chain: tuple[str, ...]
    name: str
    inside: WrittenModel
    parsed: Parsed
    variant: str | None
    is_as_written: bool

    @property
    def inner_chain(self) -> tuple[str, ...]:
        """The calls that lead inside, innermost first."""
        return (called_at(self.name, self.source.name, self.called.head.span), *self.chain)


class WrittenInput(NamedTuple):
    """An input of the model.

    Attributes:
        named: where its name is written; for a single input, where its sizes are.
        node: the input itself; None if it failed.
        layout: the order in which its sizes are written.
        sized: where its sizes are; None if the command line gives them.
    """

    name: str
    named: Span
    node: LayerNode | None
    layout: str
    sized: Span | None


class WrittenModel:
    """A model as far as it could be placed.

    Attributes:
        layout: the order of sizes in the file.
        layers: all layers, including those of entries that failed at a later layer.
        models: the models inside, each with how it is called; calls that come out the same are one.
    """

    def __init__(
        self,
        parsed: Parsed,
        convention: str,
        layout: str,
        inputs: list[WrittenInput],
        layers: list[WrittenLayer],
        models: list[ModelCall],
    ) -> None:
        self.convention = convention
        self.layout = layout
        self.inputs = inputs
        self.layers = layers
        self.models = models
        self._parsed = parsed

    @property
    def source(self) -> Source:
        """The text."""
        return self._parsed.source

    @property
    def definitions(self) -> Definitions:
        """The names that the text defines, and where it uses them."""
        return self._parsed.definitions


def whole_numbers(node: YamlNode | None) -> tuple[int, ...]:
    """The whole numbers in `3x3x8` or `[3, 3, 8]`; none if there is anything else."""
    if isinstance(node, YamlScalar) and (not node.text or node.text[0] not in "-123456789"):
        return ()
    parts = pieces(node, "") if isinstance(node, YamlScalar | YamlSequence) else []
    texts = [part.text.strip() for part in parts if isinstance(part, YamlScalar)]
    good = len(texts) == len(parts) and all(text == "-1" or text.isdecimal() for text in texts)
    return tuple(map(int, texts)) if good else ()
