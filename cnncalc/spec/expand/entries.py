"""One entry of `layers`: from its node to the layers that it stands for."""

from __future__ import annotations

import re
from collections.abc import Collection, Hashable, Iterator, Mapping
from itertools import compress
from typing import TYPE_CHECKING, Any

from cnncalc import formulas
from cnncalc.graph import Node, misfits, place, wrong_input
from cnncalc.layers import ACTIVATIONS, NORMS, layer_class
from cnncalc.layers.base import Layer
from cnncalc.settings.setting import LATEST, InputUnknown, Mistake, NamedLayer, Reading, Setting
from cnncalc.settings.shape import Shape
from cnncalc.settings.types import TRUTH, scalar, whole
from cnncalc.settings.value_orders import orders_of
from cnncalc.source.diagnostics import excerpt
from cnncalc.source.entry import Pairs, Written, apart
from cnncalc.source.yaml_nodes import YamlMapping, YamlNode, YamlScalar, YamlSequence
from cnncalc.spec.findings import Findings
from cnncalc.spec.written import ModelCall, WrittenLayer, whole_numbers

if TYPE_CHECKING:
    from cnncalc.spec.language.blocks import Block
    from cnncalc.spec.written_numbers import Values

COMMON = frozenset({"name", "from", "when", "repeat", "first", "expect", "trainable", "origin", "for"})
"""Keys that any entry may have."""

_WEIGHTS = frozenset({"weights"})
"""Keys of an entry that stand for layers of their own."""

_OF_FOLLOWERS = frozenset({"weights", "trainable", "origin"})
"""Keys that a `norm` or `activation` may have besides its settings."""


NamedLayers = tuple[tuple[str, NamedLayer], ...]
"""The layers and inputs that the settings of an entry name, by their names as written."""
NOTHING_NAMED: Mapping[str, Node] = {}


class EntryReader:
    """Reads entries under the conventions and defaults of one spec."""

    def __init__(
        self, findings: Findings, convention: str, layout: str, defaults: Mapping[str, Mapping[str, YamlNode]]
    ) -> None:
        self.findings = findings
        self.convention = convention
        self.layout = layout
        self.defaults = defaults
        self.version = LATEST
        """The version of the language that the file asks for."""
        self.blocks: Mapping[str, Block] = {}
        """The blocks of the spec."""
        self.is_frozen = False
        """Whether what is placed now belongs to an entry that is not `trainable`."""
        self.weights: dict[str, Mapping[str, Values]] = {}
        """The weights that the file gives, by the layer's name."""
        self.layers: list[WrittenLayer] = []
        """All layers so far, including those of entries that fail later."""
        self.models: list[ModelCall] = []
        """The models inside that were placed so far."""
        self.read = 0
        """How many layers so far were read anew, because no other was equal."""
        self._refusals = 0
        """How many layers so far the framework refuses."""
        self.known: dict[Hashable, Layer] = {}
        """The layers that were read, by their text and what of the input it may depend on."""
        self._made: dict[Hashable, list[WrittenLayer]] = {}
        """The layers that an entry stands for, by its text and the input's shape.

        The same entry on the same input gives the same layer: it need not be read again for each copy.
        """

    # -- taking an entry apart

    def written(self, node: YamlNode, kinds: Collection[str], what: str = "a layer") -> Written | None:
        """The parts of an entry, or None with a finding."""
        written = self._apart(node, kinds, what)
        if written and self.version < LATEST:
            from cnncalc.spec.language.versions import refuse_newer

            refuse_newer(self.findings, written, self.version, self.blocks)
        return written

    def _apart(self, node: YamlNode, kinds: Collection[str], what: str) -> Written | None:
        if isinstance(node, YamlScalar):
            kind = self._kind(node, kinds, what)
            return apart(node, kind) if kind else None
        if isinstance(node, YamlSequence) or not isinstance(node, YamlMapping) or not node.pairs:
            self.findings.add(
                "CNN205",
                node.span,
                f"expected {what}, found {'an empty mapping' if node.what == 'mapping' else 'a list'}",
                "",
                {"a norm": "write `norm: batch_norm`", "an activation": "write `activation: relu`"}.get(
                    what, "write `- conv: 3x3x8`, or `- flatten`"
                ),
            )
            return None
        (head, value), *others = node.pairs
        kind = self._kind(head, kinds, what, value, others)
        if kind is None:
            return None
        pairs = [*node.pairs, *value.pairs] if isinstance(value, YamlMapping) else node.pairs
        if any(isinstance(each, YamlScalar) and each.text[:1] == "(" for _, each in pairs):
            from cnncalc.spec.suggestions.misread_words import sizes_in_round_brackets

            if sizes_in_round_brackets(self.findings, kind, pairs):
                return None
        if (
            kind in ("residual", "group")
            and isinstance(value, YamlMapping)
            and value.pairs
            and value.pairs[0][0].text in kinds
        ):
            return Written(kind, head, value, others)  # one entry instead of a list of one
        if isinstance(value, YamlMapping):
            seen = {key.text for key, _ in value.pairs}
            twice = [key for key, _ in others if key.text in seen]
            for key in twice:
                self.findings.add(
                    "CNN213",
                    key.span,
                    f"`{key.text}` is given twice",
                    "it is also inside the braces",
                    "keep one of them",
                )
            return Written(kind, head, None, [*value.pairs, *(pair for pair in others if pair[0] not in twice)])
        return apart(node, kind)

    def _kind(
        self,
        head: YamlScalar,
        kinds: Collection[str],
        what: str,
        value: YamlNode | None = None,
        others: Pairs | None = None,
    ) -> str | None:
        kind = head.text.strip()
        if kind in kinds:
            return kind
        from cnncalc.spec.suggestions.misread_words import unknown_kind

        return unknown_kind(self.findings, head, kinds, what, value, others or [])

    # -- reading its settings

    def layer(
        self, written: Written, x: Shape | None, allowed: Collection[str], named: NamedLayers = ()
    ) -> Layer | None:
        """The layer of an entry, or None with findings. Without an input, its settings are only checked.

        Args:
            named: the layers and inputs that its settings name.
        """
        kind, head = written.kind, written.head
        layer_type = layer_class(kind)
        if x is not None and (problem := wrong_input(kind, layer_type, x, self.layout)):
            self.findings.add(problem.code, head.span, problem.message, problem.label, *problem.help)
            x = None
        if x is None:
            self._read_layer(written, layer_type, None, allowed, named)
            return None
        key = _of_layer(written, layer_type, x, allowed, named)
        known = self.known.get(key)
        if known and not any(misfits(kind, known, [x], [], self.layout)):
            return known
        self.read += 1
        read = self._read_layer(written, layer_type, x, allowed, named)
        if read is None:
            return None
        layer, nodes = read
        fits = True
        for problem in misfits(kind, layer, [x], [], self.layout):
            if problem.setting in nodes and layer.settings[problem.setting].since > self.version:
                fits = False  # which is reported already: the setting came later
                continue
            place, help = nodes.get(problem.setting, head), problem.help
            if place is self.defaults.get(kind, {}).get(problem.setting):
                # many layers have this default: show the layer that it does not fit
                line = "" if place in self.findings.elsewhere else f", on line {place.line}"
                help = (f"`{problem.setting}` is set under `defaults`{line or ' of the call'}", *help)
                place = head
            parts = whole_numbers(written.principal_value(layer.principal))
            orders = orders_of(parts, layer.settings, x, is_error=problem.setting == "kernel")
            help = (*help, *(order.help for order in orders))
            self.findings.add(problem.code, place.span, problem.message, problem.label, *help)
            fits = False
        if not fits:
            return None
        self.known[key] = layer
        return layer

    def merge(self, written: Written, x: Shape | None) -> Layer | None:
        """The layer of a merge, whose branches are placed already, or None with findings.

        Args:
            x: the shape of a branch that has as many axes as any; without one, settings are only checked.
        """
        layer_type = layer_class(written.kind)
        own = written.having(None, written.settings)
        read = self._read_layer(own, layer_type, x, COMMON | followers(layer_type), ())
        return read[0] if read else None

    def _read_layer(
        self, written: Written, layer_type: type[Layer], x: Shape | None, allowed: Collection[str], named: NamedLayers
    ) -> tuple[Layer, Mapping[str, YamlNode]] | None:
        """The layer that an entry describes, whether or not it fits its input, and the nodes of its settings."""
        at = Reading(self.convention, self.layout, x, written.kind, layer_type.is_transposed, {}, dict(named))
        nodes, understood = self._setting_nodes(written, layer_type, at, allowed)
        values, complete = self._values(layer_type, nodes, written.head, at)
        if not understood or not complete or x is None:
            return None
        given = frozenset(name for name, node in nodes.items() if not _is_left_out(node, layer_type.settings[name]))
        read = {**values, "written": given} if layer_type.has_last_changes else None
        layer_type.normalise(values, at._replace(written=given))
        return layer_type(values, read), nodes

    def _setting_nodes(
        self, written: Written, layer_type: type[Layer], at: Reading, allowed: Collection[str]
    ) -> tuple[dict[str, YamlNode], bool]:
        """The nodes of the settings written here or under `defaults`, and whether all were understood."""
        understood = True
        nodes: dict[str, YamlNode] = {}
        if written.principal is UNREADABLE:
            nodes.update(dict.fromkeys((layer_type.principal, layer_type.leads or layer_type.principal), UNREADABLE))
            understood = False
        elif written.principal is not None:
            try:
                nodes.update(layer_type.principal_settings(written.principal, at))
            except Mistake as mistake:
                if not layer_type.principal:
                    from cnncalc.spec.suggestions.misread_words import value_of_other_tools

                    mistake = value_of_other_tools(mistake, at.kind, written.principal)
                self.findings.mistake(mistake)
                # the setting that the value was meant for may not be missing
                nodes.update(
                    dict.fromkeys((layer_type.principal, layer_type.leads or layer_type.principal), UNREADABLE)
                )
                understood = False
        for key, value in written.settings:
            if key.text in layer_type.settings:
                if key.text in nodes and nodes[key.text] is not UNREADABLE and key.text not in written.replaced:
                    self.findings.add(
                        "CNN213",
                        key.span,
                        f"`{key.text}` is given twice",
                        f"`{written.kind}` already has it after its name",
                        "keep one of them",
                    )
                nodes[key.text] = value
            elif key.text not in allowed:
                from cnncalc.spec.suggestions.misread_words import unknown_setting

                known, others = layer_type.settings, written.settings
                meant, is_readable = unknown_setting(self.findings, key, value, written.kind, known, allowed, others)
                if meant in layer_type.settings:
                    # so that its value is read too, or not reported as missing
                    nodes.setdefault(meant, value if is_readable else UNREADABLE)
                else:
                    understood = understood and meant in allowed
        for name, node in self.defaults.get(written.kind, {}).items():
            if name in layer_type.settings:
                nodes.setdefault(name, node)
        return nodes, understood

    def _values(
        self, layer_type: type[Layer], nodes: Mapping[str, YamlNode], head: YamlScalar, at: Reading
    ) -> tuple[dict[str, Any], bool]:
        """All values of a layer's settings, and whether none of them failed."""
        values: dict[str, Any] = {}
        at = at._replace(values=values)
        complete = True
        # a padding may depend on all the others
        for declared in layer_type.reading_order:
            node = nodes.get(declared.name)
            if node is UNREADABLE:
                complete = False
                continue
            if _is_left_out(node, declared):
                node = None
            try:
                if node is not None:
                    values[declared.name] = declared.type.read(node, at)
                elif declared.default is not None:
                    values[declared.name] = declared.default_value(at)
                else:
                    self._missing(declared, layer_type, head, at)
                    complete = False
            except Mistake as mistake:
                window = values.get("kernel") or values.get("window")
                if node and declared.name == "padding" and window and not at.is_transposed:
                    from cnncalc.spec.suggestions.misread_words import padding_of_other_tools

                    dilation = values.get("dilation") or (1,) * len(window)
                    mistake = padding_of_other_tools(mistake, node, list(map(formulas.span, window, dilation)))
                self.findings.mistake(mistake)
                complete = False
            except InputUnknown:
                complete = False
        # the order of the declaration is the order of the output
        return {name: values[name] for name in layer_type.settings if name in values}, complete

    def _missing(self, declared: Setting[Any], layer_type: type[Layer], head: YamlScalar, at: Reading) -> None:
        help = f"`{declared.name}`: {declared.meaning}"
        examples = {"kernel": f"as in `{at.kind}: 3x3x8`, or `kernel: 3`", "filters": f"as in `{at.kind}: 3x3x8`"}
        if declared.name == layer_type.principal:
            how = examples.get(declared.name, f"as in `{at.kind}: {layer_type.example}`")
        else:
            how = examples.get(declared.name, f"add `{declared.name}: …`")
        self.findings.add("CNN208", head.span, f"`{at.kind}` needs `{declared.name}`", how, help)

    # -- the whole entry

    def nodes(
        self, written: Written, name: str, source: Node | None, named: Mapping[str, Node] = NOTHING_NAMED
    ) -> list[Node] | None:
        """The entry's layers after `source`; None with findings (or without, where the source already failed).

        Args:
            named: the layers and inputs that its settings name, by their names as written.
        """
        x = source.output if source else None
        shapes = tuple([(name, _as_named(node)) for name, node in named.items()])
        is_frozen = self.freezes(written, "trainable" in written.by_name)
        key = x, shapes, is_frozen, self.is_frozen, _text_of(written)
        if source and key in self._made:
            return self._copied(self._made[key], written, name, source, named)
        layer_type = layer_class(written.kind)
        keys = followers(layer_type)
        layer = self.layer(written, x, COMMON | keys | _WEIGHTS, shapes)
        node = self._placed(written, name, layer, source, is_frozen, named)
        first, refusals = len(self.layers), self._refusals
        if node:
            self.remember(node, written)
        nodes = self.followed(written, name, node, keys)
        understood = all(key.text in layer_type.settings or key.text in COMMON | keys for key, _ in written.settings)
        if nodes and understood and refusals == self._refusals:
            # (what a framework refuses has to be reported for the next one too)
            self._made[key] = self.layers[first:]
        return nodes

    def _copied(
        self, made: list[WrittenLayer], written: Written, name: str, source: Node, named: Mapping[str, Node]
    ) -> list[Node]:
        """The same layers under another name, after other layers of the same shapes."""
        nodes: list[Node] = []
        for each in made:
            suffix = each.node.name.removeprefix(made[0].node.name)
            layer = each.node.layer
            assert layer is not None
            source = Node(name + suffix, each.node.kind, layer, _read_by(layer, source, named), each.node.output)
            source.like = _sized_like(layer, named)
            source.is_frozen = each.node.is_frozen
            source.origin = each.node.origin if each.role else ""
            nodes.append(source)
            self.layers.append(each.copy(source, written, self._chain))
        return nodes

    @property
    def _chain(self) -> tuple[str, ...]:
        return self.findings.scope.chain if self.findings.scope else ()

    def remember(self, node: Node, entry: Written, own: Written | None = None, role: str = "") -> None:
        """Remembers how a layer was written, and reports why the convention's framework refuses it.

        Args:
            role: `norm` or `activation` where the layer is one of the entry's followers; `own` is what is written
            there.
        """
        layer = WrittenLayer(node, entry, role, own or entry, self._chain)
        self.layers.append(layer)
        assert node.layer is not None
        for problem in node.layer.refused(node.input_shapes, self.convention):
            self.findings.add(problem.code, layer.place(problem.setting), problem.message, problem.label, *problem.help)
            self._refusals += 1

    def followed(self, written: Written, name: str, node: Node | None, keys: Collection[str]) -> list[Node] | None:
        """The node and the layers for the entry's `norm` and `activation`; None if anything failed."""
        nodes = [node] if node else []
        good = node is not None
        for key, kinds in (("norm", NORMS), ("activation", ACTIVATIONS)):
            value = self._follower(key, written) if key in keys else None
            if value is None:
                continue
            follower = self.written(value, kinds, "an activation" if key == "activation" else "a norm")
            last = nodes[-1] if good else None
            layer = self.layer(follower, last.output if last else None, _OF_FOLLOWERS) if follower else None
            is_frozen = follower is not None and self.freezes(follower, False)
            if follower and (placed := self._placed(follower, f"{name}.{follower.kind}", layer, last, is_frozen)):
                placed.origin = self._origin_of_follower(follower)
                nodes.append(placed)
                self.remember(placed, written, follower, key)
            else:
                good = False
        return nodes if good else None

    def freezes(self, written: Written, is_said: bool) -> bool:
        """Whether a layer is frozen: by what it says itself or else its kind's defaults, or else what it is inside.

        Args:
            is_said: whether it says so itself, and it is known already.
        """
        if not is_said and (node := written.value("trainable") or self.defaults.get(written.kind, {}).get("trainable")):
            return not is_true(node, self.findings)
        return self.is_frozen

    def _origin_of_follower(self, written: Written) -> str:
        node = written.value("origin")
        return read_origin(node, self.findings) if node else ""

    def _placed(
        self,
        written: Written,
        name: str,
        layer: Layer | None,
        source: Node | None,
        is_frozen: bool,
        named: Mapping[str, Node] = NOTHING_NAMED,
    ) -> Node | None:
        """The layer after `source`, with the weights that the entry gives it."""
        if not layer or not source:
            return None
        for key, value in written.settings:
            if key.text == "weights":
                from cnncalc.spec.written_numbers import read_weights

                self.weights[name] = read_weights(self.findings, value, written.kind, layer, source, self.layout)
        node = place(name, written.kind, layer, _read_by(layer, source, named), _sized_like(layer, named))
        node.is_frozen = is_frozen and bool(node.weights or layer.unlisted_params)
        return node

    def _follower(self, key: str, written: Written) -> YamlNode | None:
        """What an entry (or the defaults of its kind) gives for `norm` or `activation`."""
        own = [value for name, value in written.settings if name.text == key]
        value = own[0] if own else self.defaults.get(written.kind, {}).get(key, _NOTHING)
        if value is UNREADABLE or (isinstance(value, YamlScalar) and value.text == "none"):
            return None
        if isinstance(value, YamlScalar) and value.is_null and value is not _NOTHING:
            self.findings.add(
                "CNN205",
                value.span,
                f"expected a kind of {key}, found nothing",
                "a value is missing",
                "write `none` for none",
            )
            return None
        return None if value is _NOTHING else value


def _is_left_out(node: YamlNode | None, declared: Setting[Any]) -> bool:
    """Whether a setting is `none`, as it would be without any `defaults`."""
    is_none = isinstance(node, YamlScalar) and node.text == "none" and not node.quoted
    return is_none and not declared.type.none_is


def as_text(node: YamlNode | None) -> Hashable:
    """A node without its place, to see whether two are equal; the node itself if it contains lists (it may be deep)."""
    if isinstance(node, YamlScalar):
        return (node.text,) if node.quoted else node.text
    if isinstance(node, YamlSequence) and all(isinstance(item, YamlScalar) for item in node.items):
        return ("list", *map(as_text, node.items))
    if isinstance(node, YamlMapping) and all(isinstance(value, YamlScalar) for _, value in node.pairs):
        return ("mapping", *((key.text, as_text(value)) for key, value in node.pairs))
    return node


def size_of(node: YamlNode | None) -> int:
    """How many values there are in a list or mapping; 0 for a single text."""
    if isinstance(node, YamlSequence):
        return len(node.items) + sum(map(size_of, node.items))
    return sum(1 + size_of(value) for _, value in node.pairs) if isinstance(node, YamlMapping) else 0


def _of_layer(
    written: Written, layer_type: type[Layer], x: Shape, allowed: Collection[str], named: NamedLayers
) -> Hashable:
    """All that a layer depends on: its text, and the positions (for a few kinds also the channels) that it reads."""
    channels = x.channels if layer_type.counts_channels else 0
    return _text_of(written), x.spatial, channels, named, len(allowed)


def _as_named(node: Node) -> NamedLayer:
    """What a setting that names a layer or input may depend on."""
    return NamedLayer(node.output, node.layer, node.inputs[0].output if node.inputs else None)


def _read_by(layer: Layer, source: Node, named: Mapping[str, Node]) -> tuple[Node, ...]:
    """What a layer reads: its input, if it has any, and the tensors that its settings name."""
    if layer.reads_nothing:
        return ()
    if not layer.also_reads:
        return (source,)
    further = [named[each.name].source if each.undone else named[each.name] for each in layer.further]
    return (source, *further)


def _sized_like(layer: Layer, named: Mapping[str, Node]) -> Node | None:
    """The layer or input whose size a layer takes."""
    like = getattr(layer, layer.sized_by) if layer.sized_by else None
    return named[like.name] if like else None


def _text_of(written: Written) -> Hashable:
    """All that is written in an entry, without its place: worked out once, as an entry of a block is placed often."""
    if written.text is None:
        written.text = written.kind, written.replaced, as_text(written.principal), *_settings_as_text(written)
    return written.text


def _settings_as_text(written: Written) -> Iterator[Hashable]:
    return ((key.text, as_text(value)) for key, value in written.settings if key.text not in COMMON)


def followers(layer_type: type[Layer]) -> frozenset[str]:
    """Which of `norm` and `activation` entries of this kind may have."""
    return _FOLLOWERS[layer_type.has_norm, layer_type.has_activation]


_FOLLOWERS = {
    (norm, activation): frozenset(compress(("norm", "activation"), (norm, activation)))
    for norm in (False, True)
    for activation in (False, True)
}
_NOTHING = YamlScalar("", 1, 1, 1, 1)
MAX_ORIGIN = 200
"""The most characters of an `origin`."""
UNREADABLE = YamlScalar("", 1, 1, 1, 1)
"""Stands for a value whose mistake has been reported already."""


def read_name(node: YamlNode) -> str:
    """A name of a layer or input.

    Raises:
        Mistake: it is none.
    """
    text = scalar(node, "a name").text
    if not re.match(r"[\w-]+\Z", text) or len(text) > 100:
        raise Mistake("CNN210", node, f"`{excerpt(text)}` cannot be a name", "1 to 100 letters, digits, `_` and `-`")
    return text


def read_origin(node: YamlNode, findings: Findings) -> str:
    """The text of an `origin` without expressions; "" with a finding."""
    try:
        text = scalar(node, "a text").text.strip()
    except Mistake as mistake:
        findings.mistake(mistake)
        return ""
    if len(text) > MAX_ORIGIN or not text.isprintable():
        findings.add("CNN206", node.span, f"expected a text on one line, of at most {MAX_ORIGIN} characters")
        return ""
    return text


def is_true(node: YamlNode, findings: Findings) -> bool:
    """Whether a node without expressions is true: also where it cannot be read, which is reported."""
    try:
        if isinstance(node, YamlScalar) and node.text.isdecimal():
            return whole(node, 0, "true or false") != 0
        return TRUTH.read(node, Reading())
    except Mistake as mistake:
        findings.mistake(mistake)
    return True
