"""The top level of a document: its keys, their plain values, and what the command line gives instead."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from cnncalc.layers import KINDS
from cnncalc.named_tuple import NamedTuple
from cnncalc.settings.setting import CONVENTIONS, LATEST, InputUnknown, Mistake, Reading
from cnncalc.settings.shape import Shape
from cnncalc.settings.types import Choice, Whole
from cnncalc.source.diagnostics import START, Diagnostic, Span, excerpt
from cnncalc.source.yaml_nodes import YamlMapping, YamlNode, YamlScalar, YamlSequence
from cnncalc.spec.findings import Findings
from cnncalc.spec.given_inputs import GivenInputs
from cnncalc.spec.language.expressions import names_in, size_parts
from cnncalc.spec.language.scope import Scope
from cnncalc.spec.parsed import Parsed

if TYPE_CHECKING:
    from cnncalc.spec.expand.cuts import Cut

TOP_LEVEL = (
    "cnncalc",
    "name",
    "description",
    "input",
    "inputs",
    "layers",
    "outputs",
    "convention",
    "layout",
    "defaults",
    "expect",
    "training",
    "vars",
    "variants",
    "blocks",
    "sample",
)
TRAINING = (
    "optimizer",
    "learning_rate",
    "loss",
    "batch_size",
    "epochs",
    "regularization",
    "initialization",
    "dataset_split",
)


class Overrides(NamedTuple):
    """What the caller sets, overriding the file."""

    inputs: GivenInputs = GivenInputs()
    convention: str | None = None
    layout: str | None = None
    variant: str | None = None
    vars: tuple[tuple[str, str], ...] = ()
    read_as: tuple[tuple[str, Shape], ...] = ()
    """Shapes to try for inputs, by name: to see whether a mistake follows from the order of their sizes."""
    until: str | None = None
    """The entry that is the last one, of those that are kept."""
    after: str | None = None
    """The entry after which those begin that are kept."""

    files: tuple[tuple[str, str], ...] = ()
    """The texts of the files of models inside, by path, to be used instead of reading these."""

    @property
    def cut(self) -> dict[str, str]:
        """Which of `after` and `until` are given, and the entries that they name."""
        return {key: name for key, name in (("after", self.after), ("until", self.until)) if name is not None}

    @property
    def changes_numbers(self) -> bool:
        """Whether the model's numbers may be others than those of its file."""
        return bool(self.inputs.pairs or self.vars or self.cut)

    def with_vars(self, values: Mapping[str, object]) -> Overrides:
        """The same with these values of variables, written as in a spec: `true` or `false`, and lists in brackets."""
        texts = {name: _as_written(value) for name, value in values.items()}
        return self._replace(vars=tuple({**dict(self.vars), **texts}.items()))

    def with_variant(self, named: str | None) -> Overrides:
        """The same for a model whose name may ask for a variant.

        Raises:
            ValueError: another one is set.
        """
        if named and self.variant and named != self.variant:
            raise ValueError(f"{named} is a variant already, and so is {self.variant}: name one of them")
        return self._replace(variant=self.variant or named)


class Document:
    """One document, taken apart by its top-level keys.

    Attributes:
        top: node and value of each known top-level key; those of the chosen variant replace the model's.
        scope: what can be named outside `layers`: the values of `vars`.
        cut: which of the entries are kept; None for all.
        version: the version of the language that the file asks for; None if it does not.
        other_readings: gives the other orders that an input may be meant in: a sentence about each, and how to try it.
    """

    def __init__(self, parsed: Parsed, overrides: Overrides) -> None:
        self.parsed = parsed
        self.findings = Findings(parsed.source)
        self.overrides = overrides
        self.version: int | None = None
        self.top: dict[str, tuple[YamlScalar, YamlNode]] = {}
        self.scope = Scope("", None, {})
        self.cut = self._cut()
        self.other_readings: Callable[[], list[tuple[str, Overrides]]] = list

    def value(self, key: str) -> YamlNode | None:
        """The value of a top-level key."""
        return self.top[key][1] if key in self.top else None

    def resolve(self, node: YamlNode) -> YamlNode:
        """A node outside `layers` with its expressions replaced by their values.

        Raises:
            Mistake: an expression cannot be read or fails.
            InputUnknown: it needs a variable whose mistake has been reported already.
        """
        try:
            return self.scope.resolve(node)
        except InputUnknown:
            for each in _texts(node):
                if any("c_in" in names_in(part) for part in size_parts(each.text)):
                    label = "`c_in` is the number of channels that enter a layer"
                    help = "use it under `layers` or in a block"
                    raise Mistake("CNN212", each, "there is no `c_in` here", label, help) from None
            raise

    def resolved(self, node: YamlNode) -> YamlNode | None:
        """The same; None with a finding if an expression fails."""
        try:
            return self.resolve(node)
        except Mistake as mistake:
            self.findings.mistake(mistake)
        except InputUnknown:
            pass
        return None

    def open(self) -> bool:
        """Reads the keys; False if there are none."""
        root = self.parsed.root
        if not isinstance(root, YamlMapping):
            self._not_a_mapping(root)
            return False
        self.version = self._written_version(root)
        if self.version and self.version > LATEST:
            return False  # whatever else is unknown in it, a newer cnncalc may know
        if self.version and self.version < LATEST:
            from cnncalc.spec.language.versions import refuse_newer_expressions

            refuse_newer_expressions(self.findings, root, self.version)
        self._top_level(root)
        return True

    def _written_version(self, root: YamlMapping) -> int | None:
        """The version of the language that the file asks for; None if it does not, or with a finding."""
        node = root.get("cnncalc")
        if node is None:
            return None
        try:
            version = Whole(1).read(node, Reading())
        except Mistake as mistake:
            self.findings.mistake(mistake)
            return None
        if version > LATEST:
            message = f"version {version} of the language needs a newer cnncalc"
            known = f"this one reads versions up to {LATEST}"
            self.findings.add(
                "CNN220", node.span, message, known, "`pip install --upgrade cnncalc` installs the latest"
            )
        return version

    def _not_a_mapping(self, root: YamlNode) -> None:
        help = "begin with `input: 28x28x1` and `layers:`; `cnncalc new model.yaml` writes a file to start from"
        if isinstance(root, YamlScalar) and root.is_null:
            self.findings.add("CNN103", root.span, "the file is empty", "", help)
        elif isinstance(root, YamlScalar) and ":" in root.text:
            self.findings.add(
                "CNN115",
                root.span,
                "no space after the `:`",
                "so all of it is a single text",
                "write `key: value`",
                help,
            )
        elif isinstance(root, YamlSequence):
            self.findings.add(
                "CNN205",
                Span(root.line, root.column, root.line, root.column + 1),
                "the file is a list, not a mapping",
                "",
                "put the entries under `layers:`",
                help,
            )
        else:
            self.findings.add("CNN205", root.span, f"the file is a {root.what}, not a mapping", "", help)

    def _top_level(self, root: YamlMapping) -> None:
        for key, value in root.pairs:
            if self.findings.is_full:
                break
            text = key.text
            if text in TOP_LEVEL:
                self.top[text] = (key, value)
            else:
                self._unknown_key(root, key, value)
        for required in ("input", "layers"):
            if required not in self.top and not (required == "input" and "inputs" in self.top):
                example = "input: 28x28x1" if required == "input" else "layers:"
                line = root.pairs[0][0].span if root.pairs else root.span
                self.findings.add("CNN203", line, f"the spec has no `{required}`", "", f"add `{example}`")
        if "input" in self.top and "inputs" in self.top:
            span = self.top["inputs"][0].span
            self.findings.add("CNN213", span, "both `input` and `inputs` are given", "", "keep one of them")

    def _unknown_key(self, root: YamlMapping, key: YamlScalar, value: YamlNode) -> None:
        """Reports a key that does not exist, and reads it as the one that was probably meant."""
        from cnncalc.spec.suggestions.aliases import suggest_top_level

        is_list = isinstance(value, YamlSequence)
        suggestion = suggest_top_level(key.text, TOP_LEVEL, value)
        label = f"did you mean `{suggestion}`?" if suggestion else ""
        if key.text in KINDS and not suggestion:
            label = "layers belong in a list under `layers:`"
        if key.text in TRAINING:
            label = "hyperparameters belong under `training:`"
        message = f"a spec has no key `{excerpt(key.text)}`"
        self.findings.add("CNN202", key.span, message, label, f"keys of a spec: {', '.join(TOP_LEVEL)}")
        fits = is_list if suggestion == "layers" else suggestion == "outputs" or not is_list
        if suggestion and fits and suggestion not in self.top and not root.get(suggestion):
            self.top[suggestion] = (key, value)  # so that one mistake does not hide the rest

    # -- plain values

    def choice(self, key: str, words: tuple[str, ...], override: str | None) -> str | None:
        """Which of these words the command line or the file gives; None if neither does."""
        if override is not None:
            return self.override(key, words)
        if key not in self.top:
            return None
        try:
            return Choice(*words).read(self.top[key][1], Reading())
        except Mistake as mistake:
            self.findings.mistake(mistake)
            return None

    def own_convention(self) -> str:
        """The convention that the file was written in."""
        node = self.top["convention"][1] if "convention" in self.top else None
        return node.text if isinstance(node, YamlScalar) and node.text in CONVENTIONS else "lecture"

    def text(self, key: str) -> str:
        """The text under a top-level key, "" if there is none."""
        if key not in self.top:
            return ""
        node = self.top[key][1]
        if isinstance(node, YamlScalar) and key == "name":
            name = self.resolved(node)
            return " ".join(name.text.split()) if isinstance(name, YamlScalar) else ""
        if isinstance(node, YamlScalar):
            return node.text.strip()
        self.findings.add("CNN205", node.span, f"expected a text, found a {node.what}")
        return ""

    def training(self) -> dict[str, str]:
        """The hyperparameters outside the layers."""
        if "training" not in self.top:
            return {}
        node = self.top["training"][1]
        if not isinstance(node, YamlMapping):
            self.findings.add(
                "CNN205",
                node.span,
                f"expected hyperparameters and their values, found a {node.what}",
                "",
                "write `training: {optimizer: adam}`",
            )
            return {}
        training = {}
        for key, value in node.pairs:
            if isinstance(value, YamlScalar):
                said = self.resolved(value)
                training[key.text] = " ".join(said.text.split()) if isinstance(said, YamlScalar) else ""
            else:
                self.findings.add(
                    "CNN205", value.span, f"expected a text, found a {value.what}", "", "write it as one text"
                )
        return training

    # -- the command line

    def _cut(self) -> Cut | None:
        """Which entries the command line keeps."""
        until, after = self.overrides.until, self.overrides.after
        if until is None and after is None:
            return None
        from cnncalc.spec.expand.cuts import Cut

        return Cut(until, after, lambda key, message, *more: self.command_line(f"--{key}", message, *more))

    def override(self, key: str, words: tuple[str, ...]) -> str | None:
        """Which of these words the command line gives."""
        given: str | None = getattr(self.overrides, key)
        if given is not None and given not in words:
            self.command_line(f"--{key}", f"expected {Choice(*words).expects}, found `{excerpt(given)}`")
            return None
        return given

    def command_line(self, option: str, message: str, label: str = "", *help: str) -> None:
        """Reports a mistake on the command line."""
        self.findings.items.append(Diagnostic("CNN216", f"{option}: {message}", "command line", START, label, help))


def _texts(node: YamlNode) -> Iterator[YamlScalar]:
    """All texts in a node."""
    if isinstance(node, YamlScalar):
        yield node
    elif isinstance(node, YamlSequence | YamlMapping):
        for each in node.items if isinstance(node, YamlSequence) else (value for _, value in node.pairs):
            yield from _texts(each)


def _as_written(value: object, inside: bool = False) -> str:
    """A value of Python as a spec would write it."""
    if isinstance(value, list | tuple):
        return f"[{', '.join(_as_written(each, True) for each in value)}]"
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    is_plain = not inside or (text.strip() == text and text and not set(text) & set(",[]{}:#\"'\n&*!|>%@`"))
    return text if is_plain else '"{}"'.format(text.replace("\\", "\\\\").replace('"', '\\"'))
