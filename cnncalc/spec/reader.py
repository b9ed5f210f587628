"""A document to a Spec: every key is read, every mistake collected, every layer put in its place."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import NamedTuple

from cnncalc.diagnostics import Diagnostic, Span, in_order, nearest
from cnncalc.graph import Graph, Node, input_node
from cnncalc.layers import KINDS, layer_class
from cnncalc.spec.aliases import suggest_kind, suggest_setting, suggest_top_level
from cnncalc.spec.blocks import plain_value, read_blocks
from cnncalc.spec.entries import EntryReader, read_name
from cnncalc.spec.expectations import Expectation, read_expectations
from cnncalc.spec.expressions import Value
from cnncalc.spec.findings import Findings
from cnncalc.spec.placement import STRUCTURES, Placement
from cnncalc.spec.scope import Scope
from cnncalc.spec.settings import CONVENTIONS, LAYOUTS, InputUnknown, Mistake, Reading, Shape
from cnncalc.spec.source import MAX_FINDINGS, Scalar, Sequence, Source, Unreadable, parse
from cnncalc.spec.source import Mapping as MappingNode
from cnncalc.spec.source import Node as YamlNode
from cnncalc.spec.types import Choice, ShapeType, Whole, excerpt, scalar

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
)
LATER_TOP_LEVEL = frozenset({"sample"})
VARIANT = ("vars", "input", "inputs", "expect", "description")
MAX_INPUTS = 100
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


class Spec(NamedTuple):
    """A model as its file says it, ready to be analysed.

    Attributes:
        name: the model's name; the file's where it has none.
        convention: `lecture`, `keras` or `pytorch`.
        layout: the order in which sizes are shown.
        training: the hyperparameters outside the layers, in the order of the file.
        expectations: what must hold, to be checked against an analysis.
        remarks: warnings and notes; there are no errors.
        variants: the names of the model's variants.
        is_overridden: whether the command line changed the model, so that its expectations say nothing.
    """

    name: str
    description: str
    convention: str
    layout: str
    graph: Graph
    training: Mapping[str, str]
    expectations: tuple[Expectation, ...]
    remarks: tuple[Diagnostic, ...]
    source: Source
    is_overridden: bool = False
    variants: tuple[str, ...] = ()


class Overrides(NamedTuple):
    """What the caller sets instead of the file."""

    input: str | None = None
    convention: str | None = None
    layout: str | None = None
    variant: str | None = None
    vars: tuple[tuple[str, str], ...] = ()


def read(
    source: Source, overrides: Overrides | None = None, pure_python: bool = False
) -> tuple[Spec | None, list[Diagnostic]]:
    """The spec in a text, and everything found in it; without the spec where there are errors.

    Mistakes in the overrides are reported as findings about the command line.
    """
    try:
        root, problems = parse(source, pure_python)
    except Unreadable as error:
        return None, in_order(error.diagnostics)
    reader = _Reader(source, overrides or Overrides())
    spec = reader.spec(root)
    # what stands at the place of a problem (nothing, for an alias) is not reported again
    told = {(each.span.line, each.span.column) for each in problems}
    later = [each for each in reader.findings.items if (each.span.line, each.span.column) not in told]
    reader.findings.items = [*problems, *later]
    findings = in_order(reader.findings.items)
    if reader.findings.is_full:
        message = f"more than {MAX_FINDINGS} findings; the rest of the file was not read"
        findings.append(source.diagnostic("CNN104", findings[-1].span, message))
    return (spec._replace(remarks=tuple(findings)) if spec and not reader.findings.has_errors else None), findings


class _Reader:
    """Reads one document."""

    def __init__(self, source: Source, overrides: Overrides) -> None:
        self.source = source
        self.findings = Findings(source)
        self.overrides = overrides
        self.top: dict[str, tuple[Scalar, YamlNode]] = {}
        self.ends: dict[str, Node | None] = {}
        """The last node of every input and entry so far; None where it failed."""
        self.places: dict[str, Span] = {}
        self.variant_vars: YamlNode | None = None

    def spec(self, root: YamlNode) -> Spec | None:
        if not isinstance(root, MappingNode):
            self._not_a_mapping(root)
            return None
        self._top_level(root)
        convention = self._choice("convention", CONVENTIONS, self.overrides.convention) or "lecture"
        own_convention = convention if not self.overrides.convention else self._own_convention()
        # the order of sizes in the file is the file's own, whatever the command line says
        layout = self._choice("layout", LAYOUTS, None) or (
            "channels_first" if own_convention == "pytorch" else "channels_last"
        )
        shown = self._override("layout", LAYOUTS) or layout
        self._version()
        variants = self._variants()
        values = self._vars()
        inputs = self._inputs(layout, shown)
        reader = EntryReader(self.findings, convention, layout, {})
        reader.defaults = self._defaults(reader)
        blocks = (
            read_blocks(self.findings, self.top["blocks"][1], frozenset(KINDS) | STRUCTURES)
            if "blocks" in self.top
            else {}
        )
        placement = Placement(reader, blocks, self.ends, self.places)
        entries = placement.model(*self.top["layers"], values) if "layers" in self.top else []
        outputs = placement.names.outputs(self.top["outputs"][1] if "outputs" in self.top else None, entries)
        expectations = placement.expectations
        if "expect" in self.top:
            expectations += read_expectations(self.findings, "", self.top["expect"][1], layout)
        name, description = self._text("name"), self._text("description")
        training = self._training()
        if self.findings.has_errors:
            return None
        failed = [name for name, node in self.ends.items() if node is None]
        assert not failed, f"entries without an end and without a finding: {failed[:5]}"
        ends = {name: node for name, node in self.ends.items() if node}
        graph = Graph([node for node in inputs if node], placement.nodes, entries, ends, outputs)
        return Spec(
            self.overrides.variant or name or os.path.splitext(os.path.basename(self.source.name))[0],
            description,
            convention,
            shown,
            graph,
            training,
            tuple(expectations),
            (),
            self.source,
            self.overrides.input is not None or bool(self.overrides.vars) or convention != own_convention,
            variants,
        )

    # -- the top level

    def _not_a_mapping(self, root: YamlNode) -> None:
        help = "begin with `input: 28x28x1` and `layers:`; `cnncalc new model.yaml` writes a file to start from"
        if isinstance(root, Scalar) and root.is_null:
            self.findings.add("CNN103", root.span, "the file is empty", "", help)
        elif isinstance(root, Scalar) and ":" in root.text:
            self.findings.add(
                "CNN115", root.span, "no space behind the `:`", "so all of it is one text", "write `key: value`", help
            )
        elif isinstance(root, Sequence):
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

    def _top_level(self, root: MappingNode) -> None:
        for key, value in root.pairs:
            text = key.text
            if text in TOP_LEVEL:
                self.top[text] = (key, value)
            elif text in LATER_TOP_LEVEL:
                self.findings.add("CNN217", key.span, f"`{text}` is not part of this version")
            else:
                suggestion = suggest_top_level(text, TOP_LEVEL)
                label = f"did you mean `{suggestion}`?" if suggestion else ""
                known = f"keys of a spec: {', '.join(TOP_LEVEL)}"
                if text in KINDS and not suggestion:
                    label = "layers stand in a list under `layers:`"
                if text in TRAINING:
                    label = "hyperparameters stand under `training:`"
                self.findings.add("CNN202", key.span, f"a spec has no key `{excerpt(text)}`", label, known)
                fits = suggestion in ("layers", "outputs") or not isinstance(value, Sequence)
                fits = fits and (suggestion != "layers" or isinstance(value, Sequence))
                if suggestion and fits and suggestion not in self.top and not root.get(suggestion):
                    self.top[suggestion] = (key, value)  # read it as that, so that one slip does not hide the rest
        for required in ("input", "layers"):
            if required not in self.top and not (required == "input" and "inputs" in self.top):
                example = "input: 28x28x1" if required == "input" else "layers:"
                line = root.pairs[0][0].span if root.pairs else root.span
                self.findings.add("CNN203", line, f"the spec has no `{required}`", "", f"add `{example}`")
        if "input" in self.top and "inputs" in self.top:
            self.findings.add("CNN213", self.top["inputs"][0].span, "both `input` and `inputs`", "", "keep one of them")

    def _choice(self, key: str, words: tuple[str, ...], override: str | None) -> str | None:
        if override is not None:
            return self._override(key, words)
        if key not in self.top:
            return None
        try:
            return Choice(*words).read(self.top[key][1], Reading())
        except Mistake as mistake:
            self.findings.mistake(mistake)
            return None

    def _own_convention(self) -> str:
        node = self.top["convention"][1] if "convention" in self.top else None
        return node.text if isinstance(node, Scalar) and node.text in CONVENTIONS else "lecture"

    def _override(self, key: str, words: tuple[str, ...]) -> str | None:
        given: str | None = getattr(self.overrides, key)
        if given is not None and given not in words:
            self._command_line(f"--{key}", f"expected {Choice(*words).expects}, found `{excerpt(given)}`")
            return None
        return given

    def _command_line(self, option: str, message: str, label: str = "", *help: str) -> None:
        self.findings.items.append(
            Diagnostic("CNN216", f"{option}: {message}", "command line", Span(1, 1, 1, 1), label, help)
        )

    def _version(self) -> None:
        if "cnncalc" in self.top:
            try:
                if Whole(1).read(self.top["cnncalc"][1], Reading()) != 1:
                    raise Mistake(
                        "CNN207",
                        self.top["cnncalc"][1],
                        "this version of cnncalc reads version 1 of the language",
                        "write 1",
                    )
            except Mistake as mistake:
                self.findings.mistake(mistake)

    def _text(self, key: str) -> str:
        if key not in self.top:
            return ""
        node = self.top[key][1]
        if isinstance(node, Scalar):
            return " ".join(node.text.split()) if key == "name" else node.text.strip()
        self.findings.add("CNN205", node.span, f"expected a text, found a {node.what}")
        return ""

    def _inputs(self, layout: str, shown: str) -> list[Node | None]:
        written: list[tuple[Scalar | None, YamlNode]] = []
        if "inputs" in self.top and isinstance(self.top["inputs"][1], MappingNode):
            written = [(key, value) for key, value in self.top["inputs"][1].pairs]
        elif "inputs" in self.top or "input" in self.top:
            written = [(None, self.top["input" if "input" in self.top else "inputs"][1])]
        inputs: list[Node | None] = []
        if not written and "inputs" in self.top:
            self.findings.add("CNN203", self.top["inputs"][0].span, "`inputs` is empty", "", "add `image: 28x28x1`")
        if len(written) > MAX_INPUTS:
            self.findings.add("CNN104", self.top["inputs"][0].span, f"more than {MAX_INPUTS} inputs")
            return []
        for key, value in written:
            name, node = "input", None
            try:
                if key is not None:
                    name = read_name(key)
                if isinstance(value, MappingNode):
                    raise Mistake(
                        "CNN205",
                        value,
                        "expected sizes such as 28x28x1, found a mapping",
                        "",
                        "several inputs stand under `inputs:`",
                    )
                shape = ShapeType().read(value, Reading(layout=layout))
                node = input_node(name, self._overridden(shape, shown))
            except Mistake as mistake:
                self.findings.mistake(mistake)
            inputs.append(node)
            self.ends[name] = node
            self.places[name] = (key or value).span
        return inputs

    def _overridden(self, shape: Shape, shown: str) -> Shape:
        """The input that the command line gives: a whole shape, or the spatial sizes alone."""
        if self.overrides.input is None:
            return shape
        text = self.overrides.input
        try:
            new = ShapeType().read(Scalar(text, 1, 1, 1, 1 + len(text)), Reading(layout=shown))
        except Mistake as mistake:
            self._command_line("--input", mistake.message, mistake.label)
            return shape
        sizes = new.sizes(shown)
        if len(sizes) == len(shape.spatial) and shape.spatial:
            return Shape(sizes, shape.channels)
        if len(sizes) != len(shape.spatial) + 1:
            self._command_line(
                "--input", f"`{excerpt(text)}` cannot stand for {shape.text(shown)}", "another number of sizes"
            )
            return shape
        return new

    # -- vars and variants

    def _variants(self) -> tuple[str, ...]:
        """The names of the variants; what the chosen one says replaces the model's."""
        if "variants" not in self.top:
            if self.overrides.variant:
                self._command_line("--variant", "the model has no variants")
            return ()
        node = self.top["variants"][1]
        if not isinstance(node, MappingNode):
            self.findings.add("CNN205", node.span, f"expected variants and what they change, found a {node.what}")
            return ()
        names = tuple(key.text for key, _ in node.pairs)
        for key, value in node.pairs:
            if not (isinstance(value, MappingNode) or (isinstance(value, Scalar) and value.is_null)):
                self.findings.add(
                    "CNN205", value.span, f"expected what `{excerpt(key.text)}` changes, found a {value.what}"
                )
                continue
            for name, _ in value.pairs if isinstance(value, MappingNode) else []:
                if name.text not in VARIANT:
                    close = nearest(name.text, VARIANT)
                    self.findings.add(
                        "CNN202",
                        name.span,
                        f"a variant has no key `{excerpt(name.text)}`",
                        f"did you mean `{close}`?" if close else "",
                        f"keys of a variant: {', '.join(VARIANT)}",
                    )
        chosen = self.overrides.variant
        if chosen and chosen not in names:
            close = nearest(chosen, names)
            self._command_line(
                "--variant",
                f"there is no variant `{excerpt(chosen)}`",
                f"did you mean {close}?" if close else "",
                f"variants: {', '.join(names)}",
            )
        elif chosen and isinstance(variant := node.get(chosen), MappingNode):
            changed = {
                key.text: (key, value) for key, value in variant.pairs if key.text in VARIANT and key.text != "vars"
            }
            if changed.keys() & {"input", "inputs"}:
                self.top = {key: value for key, value in self.top.items() if key not in ("input", "inputs")}
            self.top.update(changed)
            self.variant_vars = variant.get("vars")
        return names

    def _vars(self) -> dict[str, Value]:
        """The values of `vars`, or those that the variant and the command line give instead."""
        node = self.top["vars"][1] if "vars" in self.top else None
        pairs = dict(self._var_pairs(node))
        for key, value in self._var_pairs(self.variant_vars):
            if key not in pairs:
                self.findings.add(
                    "CNN204",
                    value.span,
                    f"the model has no variable `{excerpt(key)}`",
                    "",
                    f"variables: {', '.join(pairs)}",
                )
            pairs[key] = value
        for key, text in self.overrides.vars:
            if key not in pairs:
                close = nearest(key, pairs)
                self._command_line(
                    "--set",
                    f"the model has no variable `{excerpt(key)}`",
                    f"did you mean {close}?" if close else "",
                    f"variables: {', '.join(pairs) or 'none'}",
                )
            pairs[key] = Scalar(text, 1, 1, 1, 1)
        scope = Scope("", None, {})
        for key, value in pairs.items():
            try:
                scope.values[key] = plain_value(scalar(scope.resolve(value), "a number or a text").text)
            except Mistake as mistake:
                self.findings.mistake(mistake)
            except InputUnknown:
                message = f"`{excerpt(key)}` cannot depend on `c_in`"
                self.findings.add("CNN212", value.span, message, "a variable is the same everywhere")
        return scope.values

    def _var_pairs(self, node: YamlNode | None) -> list[tuple[str, YamlNode]]:
        if node is None:
            return []
        if not isinstance(node, MappingNode):
            self.findings.add(
                "CNN205", node.span, f"expected names and values, found a {node.what}", "", "write `vars: {width: 8}`"
            )
            return []
        return [(key.text, value) for key, value in node.pairs]

    # -- the layers

    def _defaults(self, reader: EntryReader) -> dict[str, dict[str, YamlNode]]:
        defaults: dict[str, dict[str, YamlNode]] = {}
        if "defaults" not in self.top:
            return defaults
        node = self.top["defaults"][1]
        if not isinstance(node, MappingNode):
            self.findings.add(
                "CNN205",
                node.span,
                f"expected kinds and their settings, found a {node.what}",
                "",
                "write `defaults: {conv: {bias: false}}`",
            )
            return defaults
        for key, value in node.pairs:
            kind = key.text
            if kind not in KINDS:
                suggestion = suggest_kind(kind, KINDS)
                self.findings.add(
                    "CNN201",
                    key.span,
                    f"there is no layer kind `{excerpt(kind)}`",
                    f"did you mean `{suggestion}`?" if suggestion else "",
                    f"kinds: {', '.join(sorted(KINDS))}",
                )
                continue
            if not isinstance(value, MappingNode):
                self.findings.add(
                    "CNN205",
                    value.span,
                    f"expected settings of `{kind}`, found a {value.what}",
                    "",
                    f"write `{kind}: {{bias: false}}`",
                )
                continue
            self._check_defaults(kind, value, reader)
            defaults[kind] = {name.text: setting for name, setting in value.pairs}
        return defaults

    def _check_defaults(self, kind: str, value: MappingNode, reader: EntryReader) -> None:
        layer_type = layer_class(kind)
        followers = [
            key for key, has in (("norm", layer_type.has_norm), ("activation", layer_type.has_activation)) if has
        ]
        for key, node in value.pairs:
            if key.text in layer_type.settings:
                try:
                    if not (isinstance(node, Scalar) and node.text == "none"):
                        layer_type.settings[key.text].type.read(
                            node, Reading(reader.convention, reader.layout, None, kind)
                        )
                except Mistake as mistake:
                    self.findings.mistake(mistake)
                except InputUnknown:
                    continue  # read once an input is known
            elif key.text not in followers:
                known = [*layer_type.settings, *followers]
                suggestion = suggest_setting(key.text, known)
                self.findings.add(
                    "CNN204",
                    key.span,
                    f"`{kind}` has no setting `{excerpt(key.text)}`",
                    f"here it is called `{suggestion}`" if suggestion else "",
                    f"settings of `{kind}`: {', '.join(known)}",
                )

    # -- what is not a layer

    def _training(self) -> dict[str, str]:
        if "training" not in self.top:
            return {}
        node = self.top["training"][1]
        if not isinstance(node, MappingNode):
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
            if isinstance(value, Scalar):
                training[key.text] = " ".join(value.text.split())
            else:
                self.findings.add(
                    "CNN205", value.span, f"expected a text, found a {value.what}", "", "write it as one text"
                )
        return training
