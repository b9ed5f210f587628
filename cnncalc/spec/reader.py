"""From a document to a Spec: every key is read, every mistake collected, every layer put in its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from cnncalc.gc_pause import collector_waiting
from cnncalc.graph import Graph, Rules
from cnncalc.named_tuple import NamedTuple
from cnncalc.source.diagnostics import START, Diagnostic, SpecError, in_order
from cnncalc.source.files import MAX_FINDINGS, Source, Unreadable
from cnncalc.source.open_model import stem
from cnncalc.source.parse import MAX_EXPLAINED
from cnncalc.spec._preparation import prepared
from cnncalc.spec.expect import Expectation, read_expectations
from cnncalc.spec.given_inputs import GivenInputs
from cnncalc.spec.parsed import Parsed
from cnncalc.spec.top_level import Document, Overrides
from cnncalc.spec.written import WrittenInput, WrittenModel

if TYPE_CHECKING:
    from cnncalc.spec.written_numbers import Values


class Spec(NamedTuple):
    """A model as its file describes it, ready to be analysed.

    Attributes:
        name: the model's name; the file's if it has none.
        convention: `lecture`, `keras` or `pytorch`.
        layout: the order in which sizes are shown.
        training: the hyperparameters outside the layers, in the order of the file.
        expectations: what must hold, to be checked against an analysis.
        parsed: the text.
        written: how it was written.
        overrides: what the caller set instead of the file.
        remarks: warnings and notes (see `checks.notes`); there are no errors.
        variants: the names of the model's variants.
        is_overridden: whether the caller changed the model, so that its expectations do not apply.
        order: the order of sizes in the file, in which values are flattened.
        samples: example inputs, by name; none if the caller gives another input.
        weights: the weights that the file gives, by layer and name.
    """

    name: str
    description: str
    convention: str
    layout: str
    graph: Graph
    training: Mapping[str, str]
    expectations: tuple[Expectation, ...]
    parsed: Parsed
    written: WrittenModel
    overrides: Overrides
    remarks: tuple[Diagnostic, ...] = ()
    is_overridden: bool = False
    variants: tuple[str, ...] = ()
    order: str = "channels_last"
    samples: Mapping[str, Values] = {}
    weights: Mapping[str, Mapping[str, Values]] = {}

    @property
    def rules(self) -> Rules:
        """By which rules the file's own layers are read."""
        return Rules(self.convention, self.order)

    @property
    def source(self) -> Source:
        """The text, and the name of its file."""
        return self.parsed.source

    def at(self, **vars: object) -> Spec:
        """The same model with other values of its variables.

        The text is not read again, and layers that stay the same are shared: made for thousands of values. Warnings and
        notes are not looked for: `remarks` is empty.

        Raises:
            SpecError: there is no such variable, or the model has mistakes with these values.
        """
        spec, mistakes = read(self.parsed, self.overrides.with_vars(vars))
        if spec is None:
            raise SpecError(mistakes)
        return spec

    @property
    def variant(self) -> str:
        """The variant that this is, "" for the model itself."""
        return self.overrides.variant or ""


class Outcome(NamedTuple):
    """The outcome of reading a text.

    Attributes:
        spec: the model; None if there are mistakes.
        mistakes: what is wrong with the text, in order.
        written: the model as far as it could be placed; None if the text is not a mapping.
        reported: lines and columns of mistakes in the YAML itself, where no further finding is reported.
    """

    spec: Spec | None
    mistakes: list[Diagnostic]
    written: WrittenModel | None = None
    reported: frozenset[tuple[int, int]] = frozenset()


def read(text: Source | Parsed, overrides: Overrides | None = None) -> tuple[Spec | None, list[Diagnostic]]:
    """The spec in a text, and the mistakes in it; None and the mistakes if there are any.

    Mistakes in the overrides are reported as findings about the command line.
    """
    outcome = attempt(text, overrides or Overrides())
    return outcome.spec, outcome.mistakes


def attempt(text: Source | Parsed, overrides: Overrides) -> Outcome:
    """Reads a text; keeps what could be placed of a model that has mistakes."""
    with collector_waiting():
        try:
            parsed = text if isinstance(text, Parsed) else Parsed.of(text)
        except Unreadable as error:
            return Outcome(None, in_order(error.diagnostics))
        if overrides.files and parsed.source.files is None:
            parsed = parsed.with_files(dict(overrides.files))
        return _read(parsed, overrides)


def _read(parsed: Parsed, overrides: Overrides) -> Outcome:
    document = Document(parsed, overrides)
    spec, written = _spec(document) if document.open() else (None, None)
    reported = frozenset((each.span.line, each.span.column) for each in parsed.problems)
    later = [each for each in document.findings.items if not _is_reported(each, parsed, reported)]
    document.findings.items = [*parsed.problems, *later]
    findings = in_order(document.findings.items)
    if document.findings.is_full:
        message = f"more than {MAX_FINDINGS} findings; the rest of the file was not read"
        findings.append(parsed.source.diagnostic("CNN104", findings[-1].span, message))
    if findings and not overrides.read_as:
        findings = _explained(findings, document)
    return Outcome(None if findings else spec, findings, written, reported)


def _is_reported(found: Diagnostic, parsed: Parsed, reported: frozenset[tuple[int, int]]) -> bool:
    return found.file == parsed.source.name and (found.span.line, found.span.column) in reported


def _explained(findings: list[Diagnostic], document: Document) -> list[Diagnostic]:
    """The findings of a model with errors; those caused by an order of sizes or by the command line say so."""
    parsed, overrides = document.parsed, document.overrides
    findings = _blamed_on_orders(findings, document)
    if overrides.inputs.pairs:
        own, _ = read(parsed, overrides._replace(inputs=GivenInputs()))
        findings = _blamed_on_inputs(findings, own, overrides.inputs) if own else findings
    if overrides.vars:
        _, before = read(parsed, overrides._replace(vars=()))
        findings = in_order(_blamed_on_vars(findings, before, overrides))
    return findings


def _blamed_on_orders(findings: list[Diagnostic], document: Document) -> list[Diagnostic]:
    """The findings; errors that would vanish if an input's sizes were read in another order say so."""
    errors = {(each.code, each.span) for each in findings}
    of_shapes = {(code, span) for code, span in errors if code.startswith(_OF_SHAPES)}
    if not of_shapes or len(document.parsed.source.text) > MAX_EXPLAINED:
        return findings
    for help, overrides in document.other_readings():
        _, found = read(document.parsed, overrides)
        left = {(each.code, each.span) for each in found}
        gone = of_shapes - left
        # findings after the place where it went wrong could not be seen before
        if gone and all(span > min(place for _, place in gone) for _, span in left - errors):
            return [
                each._replace(help=(*each.help, help)) if (each.code, each.span) in gone else each for each in findings
            ]
    return findings


_OF_SHAPES = ("CNN215", "CNN3")
"""Errors that can follow from the shape of an input."""


def _blamed_on_inputs(findings: list[Diagnostic], own: Spec, given: GivenInputs) -> list[Diagnostic]:
    """The findings; those about the file name its own inputs, with which it has no mistakes."""
    shapes = [node.output.text(own.layout) for node in own.graph.inputs if given.text(node.name) is not None]
    if not shapes:
        return findings  # none of its inputs has such a name
    first, *more = shapes
    fits = f"inputs, {', '.join([first, *more[:-1]])} and {more[-1]}, do" if more else f"input, {first}, does"
    help = (f"`{given.option}` leads to this; the file's own {fits} not", *_set_instead(own, given))
    return [each._replace(help=(*each.help, *help)) if each.span != START else each for each in findings]


def _set_instead(own: Spec, given: GivenInputs) -> Iterator[str]:
    """How to give sizes that several inputs share, each in its own way, where one shape was given for all of them."""
    inputs = own.graph.inputs
    if len(inputs) == 1 or not given.for_all:
        return
    if names := own.parsed.definitions.sizes_of_inputs:
        sizes = given.pairs[0][1].split("x")
        values = sizes if len(sizes) == len(names) else ["…"] * len(names)
        options = " ".join(f"--set {name}={value}" for name, value in zip(names, values, strict=True))
        yield f"the inputs have sizes of their own, made of variables: `{options}`"
    elif len({node.output.spatial for node in inputs}) > 1:
        options = " ".join(f"--input {node.name}=…" for node in inputs)
        yield f"the inputs have sizes of their own: `{options}`"


def _blamed_on_vars(findings: list[Diagnostic], before: list[Diagnostic], overrides: Overrides) -> Iterator[Diagnostic]:
    """The findings; those that only occur with the command line's variables as mistakes in these."""
    known = {(each.code, each.span) for each in before}
    option = " ".join(f"--set {name}={text}" for name, text in overrides.vars)
    for each in findings:
        if each.code == "CNN216" or (each.code, each.span) in known:
            yield each
            continue
        place = f"this is the result at {each.file}:{each.span.line}:{each.span.column}"
        help = each.help if each.span == START else (place, *each.help)
        yield Diagnostic("CNN216", f"{option}: {each.message}", "command line", START, each.label, help)


def _spec(document: Document) -> tuple[Spec | None, WrittenModel]:
    """The spec that a document describes (None with findings), and what could be placed of it."""
    findings, overrides = document.findings, document.overrides
    begun = prepared(document)
    inputs, layout, placement = begun.inputs, begun.layout, begun.placement
    reader = placement.reader
    entries = placement.model(*document.top["layers"], document.scope) if "layers" in document.top else []
    outputs = placement.outputs(document.value("outputs"), entries, document.scope)
    expectations = placement.expectations
    if expect := document.value("expect"):
        expectations += read_expectations(findings, "", expect, layout, document.resolve)
    name, description, training = document.text("name"), document.text("description"), document.training()
    samples = _samples(document, inputs, layout)
    if findings.has_errors:
        return None, begun.written
    failed = [name for name, node in placement.names.ends.items() if node is None]
    assert not failed, f"entries without an end and without a finding: {failed[:5]}"
    ends = {name: node for name, node in placement.names.ends.items() if node}
    spec = Spec(
        overrides.variant or name or stem(document.parsed.source.name),
        description,
        begun.convention,
        begun.shown,
        Graph(placement.inputs, placement.nodes, entries, ends, outputs),
        training,
        tuple(expectations),
        document.parsed,
        begun.written,
        overrides,
        (),
        overrides.changes_numbers or begun.convention != begun.own_convention,
        begun.variants,
        layout,
        samples,
        reader.weights,
    )
    return spec, begun.written


def _samples(document: Document, inputs: list[WrittenInput], layout: str) -> Mapping[str, Values]:
    """The example inputs; those in a file do not apply to an input given on the command line."""
    node = document.value("sample")
    if (
        node is None
        or document.overrides.inputs.pairs
        or document.overrides.after is not None
        or not all(each.node for each in inputs)
        or not inputs
    ):
        return {}
    from cnncalc.spec.written_numbers import read_samples

    resolved = document.resolved(node)
    if resolved is None:
        return {}
    return read_samples(
        document.findings, resolved, {each.name: each.node.output for each in inputs if each.node}, layout
    )
