"""One entry of `layers`: from its node to the layers it stands for."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from cnncalc.graph import Node, misfits, place, wrong_input
from cnncalc.layers import ACTIVATIONS, KINDS, NORMS, layer_class
from cnncalc.layers.base import Layer
from cnncalc.spec.aliases import suggest_kind, suggest_setting
from cnncalc.spec.findings import Findings
from cnncalc.spec.remarks import remarks
from cnncalc.spec.settings import InputUnknown, Like, Mistake, Reading, Setting, Shape
from cnncalc.spec.source import Mapping as MappingNode
from cnncalc.spec.source import Node as YamlNode
from cnncalc.spec.source import Scalar, Sequence
from cnncalc.spec.types import excerpt, scalar

COMMON = frozenset({"name", "from", "when", "repeat", "first", "expect"})
"""Keys that every entry may have."""

LATER_KEYS = frozenset({"weights"})

Pairs = list[tuple[Scalar, YamlNode]]


class Written(NamedTuple):
    """An entry taken apart, nothing of it read yet."""

    kind: str
    head: Scalar
    """Where the kind is written."""
    principal: YamlNode | None
    settings: Pairs
    replaced: frozenset[str] = frozenset()
    """Settings that replace what the principal value says (`first`)."""


class EntryReader:
    """Reads entries under the conventions and defaults of one spec."""

    def __init__(
        self, findings: Findings, convention: str, layout: str, defaults: Mapping[str, Mapping[str, YamlNode]]
    ) -> None:
        self.findings = findings
        self.convention = convention
        self.layout = layout
        self.defaults = defaults

    # -- taking an entry apart

    def written(self, node: YamlNode, kinds: Collection[str], what: str = "a layer") -> Written | None:
        """The parts of an entry, or None with a finding."""
        if isinstance(node, Scalar):
            kind = self._kind(node, kinds, what)
            return Written(kind, node, None, []) if kind else None
        if isinstance(node, Sequence) or not isinstance(node, MappingNode) or not node.pairs:
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
        if (
            kind in ("residual", "group")
            and isinstance(value, MappingNode)
            and value.pairs
            and value.pairs[0][0].text in kinds
        ):
            return Written(kind, head, value, others)  # one entry instead of a list of one
        if isinstance(value, MappingNode):
            seen = {key.text for key, _ in value.pairs}
            twice = [key for key, _ in others if key.text in seen]
            for key in twice:
                self.findings.add(
                    "CNN213", key.span, f"`{key.text}` is given twice", "also inside the braces", "keep one of them"
                )
            return Written(kind, head, None, [*value.pairs, *(pair for pair in others if pair[0] not in twice)])
        principal = None if isinstance(value, Scalar) and value.is_null else value
        return Written(kind, head, principal, others)

    def _kind(
        self,
        head: Scalar,
        kinds: Collection[str],
        what: str,
        value: YamlNode | None = None,
        others: Pairs | None = None,
    ) -> str | None:
        kind = head.text.strip()
        if kind in kinds:
            return kind
        report = self.findings.add
        if not kind or head.is_null:
            report(
                "CNN205",
                head.span,
                f"expected {what}, found nothing",
                "",
                "remove this entry, or name a kind, as in `- flatten`",
            )
            return None
        if equals := re.match(r"([\w-]+)\s*=\s*(.+)\Z", kind):
            meant = suggest_kind(equals.group(1), kinds) or equals.group(1)
            report(
                "CNN115", head.span, f"an `=` in `{excerpt(kind)}`", "", f"write `{meant}: {excerpt(equals.group(2))}`"
            )
            return None
        word, _, rest = kind.partition(":")
        if rest and suggest_kind(word.lstrip("- "), kinds):
            report(
                "CNN115",
                head.span,
                f"no space behind the `:` in `{excerpt(kind)}`",
                "so all of it is one name",
                f"write `{suggest_kind(word.lstrip('- '), kinds)}: {excerpt(rest.strip())}`",
            )
            return None
        if kind.startswith("-"):
            report(
                "CNN115",
                head.span,
                f"no space behind the `-` in `{excerpt(kind)}`",
                "",
                f"write `- {excerpt(kind.lstrip('-'))}`",
            )
            return None
        for key, _ in others or []:
            if key.text in kinds and key.text not in ("scale", "pad", "norm"):
                report(
                    "CNN214",
                    key.span,
                    f"`{key.text}` must be the first key of its entry",
                    f"this entry begins with `{excerpt(kind)}`",
                    f"move `{key.text}` to the front: `- {{{key.text}: …, {excerpt(kind)}: …}}`",
                )
                return None
        first, _, behind = kind.partition(" ")
        if behind and (meant := suggest_kind(first.rstrip(","), kinds)) and value is None:
            report(
                "CNN115", head.span, f"no `:` in `{excerpt(kind)}`", "", f"write `{meant}: {excerpt(behind.strip())}`"
            )
            return None
        return self._unknown_kind(head, kinds, what.removeprefix("a ").removeprefix("an "))

    def _unknown_kind(self, head: Scalar, kinds: Collection[str], what: str) -> str | None:
        """Reports a kind that does not exist. The rest of the entry is read as the kind that was probably meant."""
        suggestion = suggest_kind(head.text.strip(), kinds)
        message = f"there is no {what} kind `{excerpt(head.text)}`"
        if suggestion:
            self.findings.add("CNN201", head.span, message, f"did you mean `{suggestion}`?")
        else:
            self.findings.add("CNN201", head.span, message, "", f"kinds: {', '.join(sorted(kinds))}")
        return suggestion

    # -- reading its settings

    def layer(self, written: Written, x: Shape | None, allowed: Collection[str]) -> Layer | None:
        """The layer of an entry, or None with findings. Without an input its settings are only checked."""
        kind, head = written.kind, written.head
        layer_type = layer_class(kind)
        if x is not None and (problem := wrong_input(kind, layer_type, x, self.layout)):
            self.findings.add(problem.code, head.span, problem.message, problem.label, *problem.help)
            x = None
        at = Reading(self.convention, self.layout, x, kind, layer_type.is_transposed, {})
        nodes, understood = self._setting_nodes(written, layer_type, at, allowed)
        values, complete = self._values(layer_type, nodes, head, at)
        if not understood or not complete or x is None:
            return None
        layer_type.normalise(values, at)
        layer = layer_type(values)
        fits = True
        for problem in misfits(kind, layer, x):
            at_setting = nodes.get(problem.setting, head)
            self.findings.add(problem.code, at_setting.span, problem.message, problem.label, *problem.help)
            fits = False
        return layer if fits else None

    def _setting_nodes(
        self, written: Written, layer_type: type[Layer], at: Reading, allowed: Collection[str]
    ) -> tuple[dict[str, YamlNode], bool]:
        """The nodes of the settings written here or under `defaults`, and whether all were understood."""
        understood = True
        nodes: dict[str, YamlNode] = {}
        if written.principal is not None:
            try:
                nodes.update(layer_type.principal_settings(written.principal, at))
            except Mistake as mistake:
                self.findings.mistake(mistake)
                # what the value stands for is not known to be missing
                nodes.update(
                    dict.fromkeys((layer_type.principal, layer_type.leads or layer_type.principal), _UNREADABLE)
                )
                understood = False
        for key, value in written.settings:
            if key.text in layer_type.settings:
                if key.text in nodes and nodes[key.text] is not _UNREADABLE and key.text not in written.replaced:
                    self.findings.add(
                        "CNN213",
                        key.span,
                        f"`{key.text}` is given twice",
                        f"`{written.kind}` has it behind its name already",
                        "keep one of them",
                    )
                nodes[key.text] = value
            elif key.text not in allowed:
                meant = self._unknown_setting(key, value, written, layer_type, allowed)
                if meant in layer_type.settings:
                    nodes.setdefault(meant, value)  # so that its value is read too
                else:
                    understood = understood and meant in allowed
        for name, node in self.defaults.get(written.kind, {}).items():
            if name in layer_type.settings:
                nodes.setdefault(name, node)
        return nodes, understood

    def _unknown_setting(
        self, key: Scalar, value: YamlNode, written: Written, layer_type: type[Layer], allowed: Collection[str]
    ) -> str:
        """Reports a setting that does not exist; returns the one that was probably meant, or ""."""
        kind = written.kind
        known = [*layer_type.settings, *(name for name in ("norm", "activation") if name in allowed)]
        listing = f"settings of `{kind}`: {', '.join(known)}" if known else f"`{kind}` has no settings of its own"
        word, _, rest = key.text.partition(":")
        nothing = isinstance(value, Scalar) and value.is_null
        meant = ""
        if key.text in LATER_KEYS and "name" in allowed:
            self.findings.add("CNN217", key.span, f"`{key.text}` is not part of this version")
        elif nothing and re.search(r"\)+\Z", key.text):
            self.findings.add(
                "CNN212",
                key.span,
                "an expression that was cut at its comma",
                "inside `{…}` commas separate settings",
                'put the whole expression in quotes: "$(divisible(32 * width, 8))"',
            )
        elif key.text in ACTIVATIONS and nothing and "activation" in allowed:
            self.findings.add(
                "CNN204", key.span, f"`{kind}` has no setting `{key.text}`", "", f"write `activation: {key.text}`"
            )
        elif key.text in KINDS and key.text not in known:
            own = f": {excerpt(value.text)}" if isinstance(value, Scalar) and not nothing else ""
            help = f"begin a new entry for it: `- {key.text}{own}`"
            self.findings.add(
                "CNN204", key.span, f"`{kind}` has no setting `{key.text}`", "this is a kind of layer", help
            )
        elif nothing and key.text.isdigit():
            self.findings.add(
                "CNN204",
                key.span,
                f"`{kind}` has no setting `{excerpt(key.text)}`",
                "inside `{…}` a comma separates settings",
                "write numbers without commas: 3000",
            )
        elif nothing and rest:
            self.findings.add(
                "CNN115",
                key.span,
                f"no space behind the `:` in `{excerpt(key.text)}`",
                "so all of it is one name",
                f"write `{word}: {excerpt(rest)}`",
            )
        elif key.text in ("norm", "activation"):
            own = excerpt(value.text) if isinstance(value, Scalar) else "…"
            help = f"make it an entry of its own behind this one: `- {own}`"
            self.findings.add("CNN204", key.span, f"`{kind}` carries no `{key.text}`", "", help)
            meant = "name"
        elif key.text in _KNOWN_ANYWAY:
            self.findings.add(
                "CNN204",
                key.span,
                f"`{kind}` has no setting `{key.text}`",
                "cnncalc knows what enters a layer",
                "remove it",
                listing,
            )
            meant = "name"  # nothing is lost without it
        else:
            meant = suggest_setting(key.text, [*known, *allowed]) or ""
            label = f"here it is called `{meant}`" if meant else ""
            self.findings.add("CNN204", key.span, f"`{kind}` has no setting `{excerpt(key.text)}`", label, listing)
        return meant

    def _values(
        self, layer_type: type[Layer], nodes: Mapping[str, YamlNode], head: Scalar, at: Reading
    ) -> tuple[dict[str, Any], bool]:
        """All values of a layer's settings, and whether none of them failed."""
        values: dict[str, Any] = {}
        at = at._replace(values=values)
        complete = True
        # a padding may depend on all the others
        for declared in layer_type.reading_order:
            node = nodes.get(declared.name)
            if node is _UNREADABLE:
                complete = False
                continue
            if node is not None and isinstance(node, Scalar) and node.text == "none" and not node.quoted:
                node = None
            try:
                if node is not None:
                    values[declared.name] = declared.type.read(node, at)
                elif declared.default is not None:
                    values[declared.name] = self._default(declared, values, at)
                else:
                    self._missing(declared, layer_type, head, at)
                    complete = False
            except Mistake as mistake:
                self.findings.mistake(mistake)
                complete = False
            except InputUnknown:
                complete = False
        # the order of the declaration is the order of the output
        return {name: values[name] for name in layer_type.settings if name in values}, complete

    def _default(self, declared: Setting[Any], values: Mapping[str, Any], at: Reading) -> Any:
        if isinstance(declared.default, Like):
            if declared.default.setting not in values:
                raise InputUnknown
            return values[declared.default.setting]
        text = declared.default_text(self.convention)
        assert text is not None
        key = (declared, text, at.rank)
        if key not in _default_values:
            _default_values[key] = declared.type.read(Scalar(text, 1, 1, 1, 1), at)
        return _default_values[key]

    def _missing(self, declared: Setting[Any], layer_type: type[Layer], head: Scalar, at: Reading) -> None:
        help = f"`{declared.name}`: {declared.meaning}"
        examples = {"kernel": f"as in `{at.kind}: 3x3x8`, or `kernel: 3`", "filters": f"as in `{at.kind}: 3x3x8`"}
        if declared.name == layer_type.principal:
            how = examples.get(
                declared.name, f"as in `{at.kind}: {_EXAMPLES.get(at.kind) or _EXAMPLES.get(declared.name, 2)}`"
            )
        else:
            how = examples.get(declared.name, f"add `{declared.name}: …`")
        self.findings.add("CNN208", head.span, f"`{at.kind}` needs `{declared.name}`", how, help)

    # -- the whole entry

    def nodes(self, written: Written, name: str, source: Node | None) -> list[Node] | None:
        """The entry's layers behind `source`, or None with findings (or with none, where the source failed before)."""
        layer_type = layer_class(written.kind)
        keys = followers(layer_type)
        x = source.output if source else None
        layer = self.layer(written, x, COMMON | keys)
        node = place(name, written.kind, layer, source) if layer and source else None
        if node and x:
            for problem in remarks(written.kind, node.layer, x, self.convention, self.layout):
                self.findings.add(problem.code, written.head.span, problem.message, problem.label, *problem.help)
        return self.followed(written, name, node, keys)

    def followed(self, written: Written, name: str, node: Node | None, keys: Collection[str]) -> list[Node] | None:
        """The node and the layers that the entry's `norm` and `activation` stand for; None where anything failed."""
        nodes = [node] if node else []
        good = node is not None
        for key, kinds in (("norm", NORMS), ("activation", ACTIVATIONS)):
            value = self._follower(key, written) if key in keys else None
            if value is None:
                continue
            follower = self.written(value, kinds, "an activation" if key == "activation" else "a norm")
            last = nodes[-1] if good else None
            layer = self.layer(follower, last.output if last else None, ()) if follower else None
            if follower and layer and last:
                nodes.append(place(f"{name}.{follower.kind}", follower.kind, layer, last))
            else:
                good = False
        return nodes if good else None

    def _follower(self, key: str, written: Written) -> YamlNode | None:
        """What an entry (or the defaults of its kind) says of its `norm` or `activation`."""
        own = [value for name, value in written.settings if name.text == key]
        value = own[0] if own else self.defaults.get(written.kind, {}).get(key, _NOTHING)
        if isinstance(value, Scalar) and value.text == "none":
            return None
        if isinstance(value, Scalar) and value.is_null and value is not _NOTHING:
            self.findings.add(
                "CNN205",
                value.span,
                f"expected a kind of {key}, found nothing",
                "a value is missing",
                "write `none` for none",
            )
            return None
        return None if value is _NOTHING else value


def followers(layer_type: type[Layer]) -> frozenset[str]:
    """Which of `norm` and `activation` entries of this kind may carry."""
    has = {"norm": layer_type.has_norm, "activation": layer_type.has_activation}
    return frozenset(key for key, allowed in has.items() if allowed)


_EXAMPLES = {
    "rate": "0.5",
    "units": "64",
    "shape": "7x7x64",
    "channels": "[0, 16]",
    "width": "300",
    "rescale": "0.00392",
}
_NOTHING = Scalar("", 1, 1, 1, 1)
_UNREADABLE = Scalar("", 1, 1, 1, 1)
"""Stands for a value whose mistake is reported already."""
_KNOWN_ANYWAY = frozenset({"in_channels", "input_channels", "in_features", "input_shape", "c_in"})
_default_values: dict[tuple[Setting[Any], str, int | None], Any] = {}
_NAME = re.compile(r"[\w-]+\Z")


def read_name(node: YamlNode) -> str:
    """A name of a layer or input.

    Raises:
        Mistake: it is none.
    """
    text = scalar(node, "a name").text
    if not _NAME.match(text) or len(text) > 100:
        raise Mistake("CNN210", node, f"`{excerpt(text)}` cannot be a name", "1 to 100 letters, digits, `_` and `-`")
    return text
