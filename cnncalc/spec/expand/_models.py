"""`model`: another spec inside, as a whole or a part of it.

It is read from its own text with its own rules, as if it were the only one, except that the current tensor takes the
place of its input. What comes of it (layers, entries, names) is then taken over below the name of the call.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from cnncalc.graph import Entry, Node, Rules
from cnncalc.named_tuple import NamedTuple
from cnncalc.settings.setting import InputUnknown, Mistake
from cnncalc.settings.types import scalar
from cnncalc.source.diagnostics import called_at, did_you_mean, excerpt, listed
from cnncalc.source.entry import Written
from cnncalc.source.files import Unreadable
from cnncalc.source.yaml_nodes import YamlMapping, YamlNode, YamlScalar, YamlSequence
from cnncalc.spec.expand._copies import CopyTarget, placed_or_copied
from cnncalc.spec.expand._structures import refuse_settings
from cnncalc.spec.expand.cuts import Cut, CutPlacement
from cnncalc.spec.expand.entries import EntryReader, as_text
from cnncalc.spec.language.names import CutOff, LeftOut
from cnncalc.spec.language.scope import Scope
from cnncalc.spec.written import ModelCall

if TYPE_CHECKING:
    from cnncalc.settings.shape import Shape
    from cnncalc.spec._preparation import Defaults, Prepared
    from cnncalc.spec.expand.placement import Placed, Placement
    from cnncalc.spec.parsed import ModelInside, Parsed
    from cnncalc.spec.top_level import Overrides

KEYS = frozenset({"until", "after", "with", "variant", "defaults"})
"""The keys of an entry `model`, besides those of every entry."""
MAX_DEEP = 10
"""How deeply models may be inside one another."""
_VALUES_PER_ENTRY = 4
"""Reading so many values of a model's text takes as long as placing an entry."""


class _Call(NamedTuple):
    """A call, with everything in it read that does not depend on the model's layers.

    Attributes:
        name: what it calls the model.
        values: what the model's variables are set to.
        nodes: what is written for each of its keys, expressions replaced.
    """

    written: Written
    name: str
    parsed: Parsed
    variant: str | None
    values: tuple[tuple[str, str], ...]
    nodes: Mapping[str, YamlNode]

    def text(self, key: str) -> str | None:
        """The text of a key."""
        node = self.nodes.get(key)
        return node.text.strip() if isinstance(node, YamlScalar) else None

    @property
    def meaning(self) -> Hashable:
        """Everything that what comes of it depends on, besides the tensor that enters."""
        defaults = self.nodes.get("defaults")
        kinds = defaults.pairs if isinstance(defaults, YamlMapping) else []
        changed = tuple((kind.text, as_text(settings)) for kind, settings in kinds)
        return self.parsed, self.variant, self.values, self.text("until"), self.text("after"), changed


def place_model(to: Placement, written: Written, path: str, source: Node | None, scope: Scope) -> Placed:
    """Places another spec, reading the current tensor."""
    call = _ModelReading(to, written, scope).call()
    if call is None:
        return None, None
    to.count(written.head.span, call.parsed.size // _VALUES_PER_ENTRY)
    inside = _Inside(to, call, path, source, scope)
    if source is None:
        return inside.placed()  # for the mistakes in it
    key = call.meaning, source.output, to.depth, to.reader.is_frozen
    return placed_or_copied(to, to.calls, key, CopyTarget(path, source, inside.chain), written, inside.placed)


# -- the call


class _ModelReading:
    """Reads the keys of one call; what is wrong with them becomes findings."""

    def __init__(self, to: Placement, written: Written, scope: Scope) -> None:
        self.to = to
        self.findings = to.findings
        self.written = written
        self.scope = scope

    def call(self) -> _Call | None:
        """The call; None with findings."""
        found = self._model()
        refuse_settings(self.to, self.written, KEYS)
        nodes = {key: self._node(key) for key in KEYS & self.written.by_name.keys()}
        if found is None or None in nodes.values():
            return None
        name, model = found
        known = {key: node for key, node in nodes.items() if node}
        variant = self._variant(model, known.get("variant"))
        values = self._values(model.parsed, known.get("with"))
        if variant is None or values is None:
            return None
        return _Call(self.written, name, model.parsed, variant or None, values, known)

    def _node(self, key: str) -> YamlNode | None:
        """What is written for a key, its expressions replaced; None with a finding."""
        node = self.to.resolved(self.written.by_name[key], self.scope)
        is_mapping = key in ("with", "defaults")
        if node is None or (isinstance(node, YamlMapping if is_mapping else YamlScalar) and not _is_empty(node)):
            return node
        examples = {"with": "with: {width: 0.5}", "defaults": "defaults: {batch_norm: {affine: false}}"}
        what = {"with": "variables and their values", "defaults": "kinds and their settings"}.get(key, "a name")
        found = "nothing" if _is_empty(node) else f"a {node.what}"
        help = f"as in `{examples.get(key, f'{key}: {_EXAMPLE_NAMES.get(key)}')}`"
        self.findings.add("CNN205", node.span, f"expected {what}, found {found}", "", help)
        return None

    def _model(self) -> tuple[str, ModelInside] | None:
        """What the entry calls the model, and the model; None with findings."""
        try:
            if self.written.principal is None:
                message = "`model` takes the name of a spec that ships, or the path of a file below this one's folder"
                raise Mistake("CNN205", self.written.head, message, "", "as in `- model: resnet50`")
            node = scalar(self.scope.resolve(self.written.principal), "the name or the path of a spec")
        except (Mistake, InputUnknown) as error:
            self.to.failed(error)
            return None
        name = node.text.strip()
        assert self.to.parsed is not None
        try:
            model = self.to.parsed.model(name)
        except Unreadable as error:
            self._unreadable(error, node)
            return None
        return (name, model) if self._is_bounded(name, node, model.parsed.place) else None

    def _unreadable(self, error: Unreadable, node: YamlScalar) -> None:
        """Reports a model that there is not, at its name; one that is no spec, in its own file."""
        outer = self.findings.source.name
        for each in error.diagnostics:
            if each.file == outer:
                self.findings.add(each.code, node.span, each.message, each.label, *each.help)
            else:
                link = called_at(excerpt(node.text), outer, self.written.head.span)
                self.findings.items.append(each._replace(chain=(link, *self.scope.chain)))

    def _is_bounded(self, name: str, node: YamlScalar, place: str) -> bool:
        """Whether the model is not one of those that it is inside, and these are not too many."""
        around = _around(self.to)
        if place in around:
            calls = " → ".join([*map(_file_name, around[around.index(place) :]), name])
            self.findings.add("CNN218", node.span, f"the model `{excerpt(name)}` calls itself", calls, _NOT_ITSELF)
        elif len(around) > MAX_DEEP:
            message = f"models are inside one another more than {MAX_DEEP} levels deep"
            self.findings.add("CNN104", node.span, message)
        else:
            return True
        return False

    def _variant(self, model: ModelInside, node: YamlNode | None) -> str | None:
        """The variant that is meant, "" for none; None with a finding."""
        given = node.text.strip() if isinstance(node, YamlScalar) else ""
        named = model.variant or ""
        if node and named and given != named:
            message = f"the name already asks for the variant `{named}`"
            self.findings.add("CNN213", node.span, message, "", "keep one of the two")
            return None
        chosen = given or named
        if not chosen or chosen in _names(model.parsed, "variants"):
            return chosen
        self._no_variant(model.parsed, chosen, node or self.written.principal or self.written.head)
        return None

    def _no_variant(self, parsed: Parsed, chosen: str, node: YamlNode) -> None:
        names = _names(parsed, "variants")
        message = f"the model has no variant `{excerpt(chosen)}`" if names else "the model has no variants"
        help = [f"variants: {listed(names)}"] if names else []
        self.findings.add("CNN204", node.span, message, did_you_mean(chosen, names), *help)

    def _values(self, parsed: Parsed, node: YamlNode | None) -> tuple[tuple[str, str], ...] | None:
        """The variables that are set; None with findings."""
        known, values, good = _names(parsed, "vars"), [], True
        for key, value in node.pairs if isinstance(node, YamlMapping) else []:
            if key.text not in known:
                message = f"the model has no variable `{excerpt(key.text)}`"
                help = f"variables: {listed(known) or 'none'}"
                self.findings.add("CNN204", key.span, message, did_you_mean(key.text, known), help)
                good = False
            elif (text := _value_text(value)) is None:
                self.findings.add("CNN205", value.span, f"expected a value, found a {value.what}")
                good = False
            else:
                values.append((key.text, text))
        return tuple(values) if good else None


_NOT_ITSELF = "a model cannot be part of itself"
_EXAMPLE_NAMES = {"until": "stage2", "after": "stage2", "variant": "small"}


def _around(to: Placement) -> tuple[str, ...]:
    """The files of the models that an entry is in, outermost first."""
    assert to.parsed is not None
    return to.models or (to.parsed.place,)


def _is_empty(node: YamlNode) -> bool:
    return isinstance(node, YamlScalar) and node.is_null


def _file_name(place: str) -> str:
    return place.replace("\\", "/").rpartition("/")[2]


def _names(parsed: Parsed, key: str) -> list[str]:
    """The names under a top-level key of a model."""
    node = parsed.root.get(key) if isinstance(parsed.root, YamlMapping) else None
    return [name.text for name, _ in node.pairs] if isinstance(node, YamlMapping) else []


def _value_text(node: YamlNode) -> str | None:
    """A value as it is written on the command line; None for a mapping."""
    if isinstance(node, YamlScalar):
        return node.text
    if not isinstance(node, YamlSequence):
        return None
    texts = list(map(_value_text, node.items))
    return None if None in texts else f"[{', '.join(filter(None, texts))}]"


# -- the model


class _Inside:
    """A model that is placed inside another one.

    Attributes:
        prefix: what its names begin with.
        chain: the calls that lead inside, innermost first.
    """

    def __init__(self, to: Placement, call: _Call, path: str, source: Node | None, scope: Scope) -> None:
        from cnncalc.spec.top_level import Document, Overrides

        self.to = to
        self.call = call
        self.path = path
        self.source = source
        self.outer_chain = scope.chain
        self.chain = (called_at(call.name, to.findings.source.name, call.written.head.span), *scope.chain)
        self.overrides = Overrides(variant=call.variant, vars=call.values)
        self.document = Document(call.parsed, self.overrides)
        self.document.scope = Scope(f"{path}.", None, {})
        self.document.cut = self._cut()

    def placed(self) -> Placed:
        """Places it, and takes over its layers and names; both None with findings."""
        from cnncalc.spec._preparation import prepared

        document = self.document
        begun = prepared(document, self._defaults) if document.open() else None
        placed = self._entries(begun) if begun and self._enter(begun) else None
        found = [*self.call.parsed.problems, *document.findings.items]
        self.to.findings.items += [each._replace(chain=(*each.chain, *self.chain)) for each in found]
        if begun is None or placed is None or document.findings.has_errors or found or self.source is None:
            return None, None
        entries, end = placed
        self._take_over(begun)
        self._note_names_cut_off(begun.placement)
        entry = Entry(self.path, "model", self.call.written, [], entries, end)
        entry.inside = self.call.parsed.source
        return entry, end

    def _cut(self) -> Cut | None:
        """Which entries are kept."""
        until, after = self.call.text("until"), self.call.text("after")
        return Cut(until, after, self._refuse_cut, self.source) if until or after else None

    def _refuse_cut(self, key: str, message: str, label: str = "", *help: str) -> None:
        self.to.findings.add("CNN341", self.call.nodes[key].span, message, label, *help)

    def _defaults(self, reader: EntryReader) -> Defaults:
        """The defaults that the call gives, as the model reads them; mistakes are findings where they are written."""
        node = self.call.nodes.get("defaults")
        if node is None:
            return {}
        from cnncalc.spec._defaults import read_defaults

        here = EntryReader(self.to.findings, reader.convention, reader.layout, {})
        here.version = self.to.reader.version
        given = read_defaults(lambda setting: setting, here, node)
        nodes = (node for settings in given.values() for node in settings.values())
        reader.findings.elsewhere.update(dict.fromkeys(nodes, self.to.findings))
        return given

    def _enter(self, begun: Prepared) -> bool:
        """Puts the tensor that enters in the place of the model's input; False with findings where it does not fit."""
        inputs = begun.inputs
        if "after" in self.call.nodes:
            return True  # which decides what enters, and where
        if len(inputs) > 1:
            names = ", ".join(each.name for each in inputs)
            message = f"`{excerpt(self.call.name)}` has several inputs: {names}"
            help = "keep the entries after one that everything goes through: `after: …`"
            self._refuse_input(message, "a model inside another one has one input", help)
            return False
        own = inputs[0].node if inputs else None
        if own is None or self.source is None:
            return own is not None
        now, meant = self.source.output, own.output
        if (len(now.spatial), now.channels) != (len(meant.spatial), meant.channels):
            layout = self.to.reader.layout
            message = f"`{excerpt(self.call.name)}` reads {meant.text(layout)}, but gets {now.text(layout)}"
            self._refuse_input(message, *_ways_in(now, meant))
            return False
        begun.placement.names.ends[self.document.scope.prefix + own.name] = self.source
        begun.placement.inputs = [self.source]
        return True

    def _refuse_input(self, message: str, label: str, *help: str) -> None:
        self.to.findings.add("CNN340", self.call.written.head.span, message, label, *help)

    def _entries(self, begun: Prepared) -> tuple[list[Entry], Node] | None:
        """Places the entries; returns them, and what the model gives: the first of its outputs."""
        to, inner, top = self.to, begun.placement, self.document.top
        inner.copies, inner.different, inner.depth = to.copies, to.different, to.depth
        inner.names.is_trial = to.names.is_trial
        inner.reader.is_frozen = to.reader.is_frozen
        inner.models = (*_around(to), self.call.parsed.place)
        if "layers" not in top:
            return None
        entries = inner.model(*top["layers"], self.document.scope)
        to.copies, to.different = inner.copies, inner.different
        outputs = inner.outputs(self.document.value("outputs"), entries, self.document.scope)
        end = inner.names.ends.get(outputs[0]) if outputs else None
        return (entries, end) if end else None

    def _take_over(self, begun: Prepared) -> None:
        to, inner, reader, names = self.to, begun.placement, begun.placement.reader, begun.placement.names
        rules = Rules(begun.convention, begun.layout)
        for node in inner.nodes:
            node.rules = node.rules or rules
        for each in reader.layers:
            each.chain = (*each.chain, *self.chain)
            each.home = each.home or begun.written
        to.nodes += inner.nodes
        to.reader.layers += reader.layers
        to.reader.models.append(self._as_called(begun))
        to.reader.models += [each._replace(chain=(*each.chain, *self.chain)) for each in reader.models]
        to.reader.weights.update(reader.weights)
        to.names.ends.update({name: end for name, end in names.ends.items() if end not in inner.inputs})
        to.names.left_out.update(names.left_out)
        to.names.cut_off.update(names.cut_off)

    def _as_called(self, begun: Prepared) -> ModelCall:
        call, source = self.call, self.source
        is_own = source is not None and [each.node and each.node.output for each in begun.inputs] == [source.output]
        is_as_written = is_own and call.nodes.keys() <= {"variant"}
        outer = self.to.findings.source
        return ModelCall(
            call.written, outer, self.outer_chain, call.name, begun.written, call.parsed, call.variant, is_as_written
        )

    def _note_names_cut_off(self, inner: Placement) -> None:
        """Notes which names are cut off, for what asks for them."""
        names, nodes = self.to.names, self.call.nodes
        for name in inner.cut_off if isinstance(inner, CutPlacement) else ():
            names.left_out[f"{self.path}.{name}"] = LeftOut("after", nodes["after"])
        if "until" in nodes:
            known = partial(_all_names, self.call.parsed, self.overrides)
            names.cut_off[self.path] = CutOff(LeftOut("until", nodes["until"]), known)


def _ways_in(now: Shape, meant: Shape) -> tuple[str, ...]:
    """Why a tensor does not fit a model, and what to do about it."""
    if len(now.spatial) != len(meant.spatial):
        return ("it has another number of axes", "only the sizes of positions may differ")
    way = f"put `{{conv: {meant.channels}, kernel: 1}}` before it" if now.spatial else "put a `dense` before it"
    return ("positions may differ, channels may not", way)


def _all_names(parsed: Parsed, overrides: Overrides) -> list[str]:
    """The names of all entries of a model."""
    from cnncalc.spec.reader import read

    spec, _ = read(parsed, overrides)
    return list(spec.graph.ends) if spec else []
