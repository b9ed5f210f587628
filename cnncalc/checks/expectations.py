"""Compares the `expect` of a spec with its analysis."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterator
from typing import TYPE_CHECKING

from cnncalc.analysis import analyze
from cnncalc.at_least import AtLeast, layers_text
from cnncalc.checks.check import Elsewhere, Finding, InText, check, layers
from cnncalc.checks.notes import Opened, open_any
from cnncalc.named_tuple import NamedTuple
from cnncalc.settings.setting import LAYOUTS
from cnncalc.settings.shape import Shape
from cnncalc.source.diagnostics import Span
from cnncalc.source.files import Source, Unreadable
from cnncalc.source.model_inside import model_inside
from cnncalc.source.open_model import NO_FILE
from cnncalc.spec.expect import FOLDED, SAME_AS, holds
from cnncalc.spec.given_inputs import ALL, GivenInputs
from cnncalc.spec.reader import read
from cnncalc.spec.top_level import Overrides

if TYPE_CHECKING:
    from cnncalc.analysis import Analysis, EntryNumbers
    from cnncalc.analysis.receptive_field import Field
    from cnncalc.checks.model import Model
    from cnncalc.spec.expect import Expectation
    from cnncalc.spec.reader import Spec

OPEN_SIZE = "CNN153"
"""The code of a file that leaves a size of an input open."""
UNKNOWN_FIELD = "unknown"
"""The status of a receptive field that is unknown."""
_RELATIONS = {"=": "", "<": "less than ", "<=": "at most ", ">": "more than ", ">=": "at least ", "~": "about "}


@check(
    "CNN401",
    "an expectation does not hold",
    "`expect` says what the result must be, and the result is different: one of the two is wrong. If the result is "
    "unknown because of an `opaque` layer, the expectation cannot be judged, and does not hold either. That is also so "
    "where `same_as` names a model that is another network, or that cannot be read.",
    wrong=layers("conv: 3x3x8") + "expect: {params: 81}\n",
    right=layers("conv: 3x3x8") + "expect: {params: 80}\n",
    severity="error",
)
def failed_expectations(model: Model) -> Iterator[Finding]:
    """Expectations that do not hold: those in the file (unless options changed the model) and on the command line.

    Those of a model inside hold for it as it was written: whole, and at its own input.
    """
    yield from _of_models_inside(model)
    own = () if model.spec.is_overridden else model.spec.expectations
    if not own and not model.demands:
        return  # nor is the model analysed
    analysis = model.analysis
    if own:
        yield from (failure.finding for failure in own_failures(analysis))
    for each in model.demands:
        found = _found(each, None, analysis)
        if found is not None:
            where = Elsewhere(model.written.source.name, f"--expect {each.text!r}")
            yield Finding(where, "", _message(each, found), "", _help(each, analysis))


class FailedExpectation(NamedTuple):
    """An expectation of a spec that does not hold.

    Attributes:
        found: what there is instead of an exact value, as it would be written; "" of a bound, of another model, and
            where it is unknown.
    """

    expectation: Expectation
    finding: Finding
    found: str


def own_failures(analysis: Analysis) -> Iterator[FailedExpectation]:
    """The expectations in the text of a spec that do not hold for it."""
    spec = analysis.spec
    entries = {row.name: row for row in analysis.walk()}
    for each in spec.expectations:
        if each.key == SAME_AS:
            for finding in _other_network(each, spec, each.span):
                yield FailedExpectation(each, finding, "")
            continue
        found = _found(each, entries[each.entry] if each.entry else None, analysis)
        if found is not None:
            finding = Finding(each.span, "", _message(each, found), found.label, _help(each, analysis))
            is_exact = each.relation == "=" and found.is_judged
            yield FailedExpectation(each, finding, found.written if is_exact else "")


def _of_models_inside(model: Model) -> Iterator[Finding]:
    known = set()
    for call in model.written.models:
        if not call.is_as_written or (call.parsed, call.variant) in known:
            continue
        known.add((call.parsed, call.variant))
        spec, _ = read(call.parsed, Overrides(variant=call.variant))
        if spec and spec.expectations:
            analysis = analyze(spec)
            entries = {row.name: row for row in analysis.walk()}
            for each in spec.expectations:
                if each.key == SAME_AS:
                    yield from _other_network(each, spec, InText(spec.source, each.span, call.inner_chain))
                    continue
                found = _found(each, entries[each.entry] if each.entry else None, analysis)
                if found is not None:
                    where = InText(spec.source, each.span, call.inner_chain)
                    yield Finding(where, "", _message(each, found), found.label, _help(each, analysis))


def _other_network(expectation: Expectation, spec: Spec, where: Span | InText) -> Iterator[Finding]:
    """The finding that a model is not the same network as the one that is named, or that this cannot be judged."""
    name = expectation.text
    try:
        text, variant = _opened(name, spec)
    except Unreadable as error:
        last = error.diagnostics[-1]
        message = f"the model cannot be compared with `{name}`: {last.message}"
        yield Finding(where, "", message, "this cannot be judged", last.help)
        return
    beside = posixpath.join(posixpath.dirname(spec.source.name.replace(os.sep, "/")), name)
    path = beside if os.path.exists(beside.partition("@")[0]) else name
    other, mistakes = read(text, Overrides(variant=variant))
    if other is None:
        more = f" and {len(mistakes) - 1} more" if len(mistakes) > 1 else ""
        message = f"the model cannot be compared with `{name}`: {mistakes[0].message}{more}"
        yield Finding(where, "", message, "this cannot be judged", (f"`cnncalc validate {path}` shows what is wrong",))
        return
    from cnncalc.sameness.networks import compare_networks

    found = compare_networks(spec, other)
    if found.holds(expectation.relation == FOLDED):
        return
    own = f"{spec.source.name}@{spec.variant}" if spec.variant else spec.source.name
    help = [f"`cnncalc compare {own} {path}` shows both side by side"]
    if found.holds(allow_folded=True):
        help.insert(0, f"write `same_as: {{model: {name}, allow_folded: true}}` if that will do")
    yield Finding(where, "", f"the model and `{name}` are {found.text}", "this does not hold", tuple(help))


def _opened(name: str, spec: Spec) -> Opened:
    """The model that a spec names. Where its file leaves sizes of inputs open, they are those of the spec.

    Raises:
        Unreadable: there is none, it may not be read, or it cannot be.
    """

    def named(model: str | os.PathLike[str]) -> tuple[Source, str | None]:
        found = model_inside(os.fspath(model), spec.source)
        return found.source, found.variant

    try:
        return open_any(name, Overrides(), named)
    except Unreadable as error:
        if error.diagnostics[-1].code != OPEN_SIZE:
            raise
        first = error
    for layout in sorted(LAYOUTS, key=lambda layout: layout != spec.order):
        try:
            return open_any(name, Overrides(inputs=_inputs_of(spec, layout)), named)
        except Unreadable:
            continue
    raise first


def _inputs_of(spec: Spec, layout: str) -> GivenInputs:
    """The shapes of a model's inputs, with their sizes in the order of this layout."""
    inputs = spec.graph.inputs
    texts = ["x".join(map(str, node.output.sizes(layout))) for node in inputs]
    names = [node.name for node in inputs] if len(inputs) > 1 else [ALL]
    return GivenInputs(tuple(zip(names, texts, strict=True)))


class _Found(NamedTuple):
    """What was found instead of what was expected, and whether that contradicts it, rather than leaving it open."""

    text: str
    is_judged: bool = True

    @property
    def label(self) -> str:
        """What is said at its place."""
        return "this does not hold" if self.is_judged else "this cannot be judged"

    @property
    def written(self) -> str:
        """The same as it is written in a spec."""
        return self.text.replace(",", "").replace("×", "x")


def _found(expectation: Expectation, row: EntryNumbers | None, analysis: Analysis) -> _Found | None:
    """What was found instead of what was expected; None where the expectation holds."""
    end = row.end if row else analysis.end
    if expectation.key == "output":
        assert isinstance(expectation.value, Shape)
        layout = analysis.spec.layout
        return None if end.node.output == expectation.value else _Found(end.node.output.text(layout))
    if expectation.key == "receptive_field":
        text = _found_field(expectation, end.fields)
        return None if text is None else _Found(text, text != UNKNOWN_FIELD)
    value: int = getattr(row if row else analysis.totals, expectation.key)
    verdict = holds(expectation, value)
    note = f", {layers_text(value.layers)}" if isinstance(value, AtLeast) else ""
    return None if verdict else _Found(f"{value:,}{note}", verdict is not None)


def _found_field(expectation: Expectation, fields: dict[str, Field]) -> str | None:
    wanted = expectation.value
    assert isinstance(wanted, tuple)
    if not fields:
        return "none"
    for field in fields.values():
        if field.status == UNKNOWN_FIELD:
            return UNKNOWN_FIELD
        if field.status != "local":
            if expectation.relation in (">", ">=") or (wanted == () and field.status == "global"):
                continue
            return field.status
        size = field.size
        text = "×".join("all" if each is None else str(each) for each in size)
        if wanted == ():
            return text
        good = (
            (wanted in (size, size[:1]) and len(set(size)) <= max(len(wanted), 1)) or tuple(wanted) * len(size) == size
            if expectation.relation == "="
            else all(_is_enough(expectation, length) for length in size)
        )
        if not good:
            return text if len(set(size)) > 1 else str(size[0])
    return None


def _is_enough(expectation: Expectation, length: int | None) -> bool:
    """Whether the field along an axis meets a bound; all of an axis is more than any number."""
    return expectation.relation in (">", ">=") if length is None else bool(holds(expectation, length))


def _message(expectation: Expectation, found: _Found) -> str:
    subject = f"`{expectation.entry}`" if expectation.entry else "the model"
    value = expectation.value
    wanted = f"{value:,}" if isinstance(value, int) else expectation.text.rpartition(" ")[2].lstrip("<>=~ ")
    name = expectation.key.replace("_", " ")
    verdict = "" if found.is_judged else "; this cannot be judged"
    return f"{name} of {subject}: expected {_RELATIONS[expectation.relation]}{wanted}, found {found.text}{verdict}"


def _help(expectation: Expectation, analysis: Analysis) -> tuple[str, ...]:
    if analysis.spec.source.name in NO_FILE:
        return ("`explain` shows how the number is calculated",)
    variant = f"--variant {analysis.spec.variant}" if analysis.spec.variant else ""
    target = " ".join(filter(None, (analysis.spec.source.name, expectation.entry, variant)))
    return (f"`cnncalc explain {target}` shows how the number is calculated",)
