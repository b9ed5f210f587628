"""Everything that is found in one text, and the numbers of the model in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from cnncalc.checks.model import Model
from cnncalc.checks.notes import notes_on_other_input, open_any, read_with_notes
from cnncalc.checks.policy import Policy, is_ignored, is_optional
from cnncalc.checks.registry import ADVICE, LINTS, PROOF, codes_in, findings
from cnncalc.named_tuple import NamedTuple
from cnncalc.source.diagnostics import DataError, Diagnostic, in_order
from cnncalc.source.files import Source, Unreadable
from cnncalc.source.open_model import open_path_or_text
from cnncalc.spec.expand.placement import MAX_LAYERS
from cnncalc.spec.expect import Expectation
from cnncalc.spec.parsed import Parsed
from cnncalc.spec.top_level import Overrides
from cnncalc.spec.variant_sizes import refusal, too_many_layers

if TYPE_CHECKING:
    import os
    from typing import Any

    from cnncalc.analysis import Analysis
    from cnncalc.reported import Shown


class Checked(NamedTuple):
    """What was found in a spec, and its numbers.

    Attributes:
        file: what findings call the spec.
        name: the model's name; "" if it could not be read.
        findings: errors, warnings and notes, in the order of the file.
        analysis: the numbers of the model; None if it could not be read.
    """

    file: str
    name: str
    findings: tuple[Diagnostic, ...]
    analysis: Analysis | None

    @property
    def is_ok(self) -> bool:
        """Whether there are no errors; an expectation that does not hold is one."""
        return not any(each.is_error for each in self.findings)

    def to_dict(self) -> dict[str, Any]:
        """Everything, field by field: the JSON of `cnncalc validate`."""
        return self._report().to_dict()

    def render(self, format: str = "text") -> str:
        """The findings in one of the formats of `cnncalc validate`.

        Raises:
            ValueError: there is no such format.
        """
        return self._report().render(format)

    def _repr_html_(self) -> str:
        """The findings, for notebooks."""
        return self._report()._repr_html_()

    def _report(self) -> Shown:
        from cnncalc.reported import report_on

        return report_on(self)


def check_spec(
    path_or_text: str | os.PathLike[str], overrides: Overrides, policy: Policy, filename: str | None = None
) -> Checked:
    """What is found in a spec: see `cnncalc.check`."""
    try:
        source, variant = open_any(path_or_text, overrides, lambda model: open_path_or_text(model, filename))
    except Unreadable as error:
        return Checked(error.diagnostics[-1].file, "", tuple(error.diagnostics), None)
    model, found = examine(source, overrides.with_variant(variant), policy.demands, policy.wants, policy.verify)
    name, analysis = (model.spec.name, model.analysis) if model else ("", None)
    return Checked(file_name(source), name, tuple(policy.kept(found)), analysis)


def file_name(text: Source | Parsed) -> str:
    """What findings call the file of a text."""
    return text.source.name if isinstance(text, Parsed) else text.name


_DEFAULT = Policy()


def examine(
    source: Source | Parsed,
    overrides: Overrides | None = None,
    demands: Sequence[Expectation] = (),
    wants: Callable[[str], bool] = _DEFAULT.wants,
    verify: bool = False,
) -> tuple[Model | None, list[Diagnostic]]:
    """A model (None if it has errors), and everything found in it and in those of its variants that could be meant.

    Args:
        overrides: what the caller sets instead of the file; with a variant or a cut, the others are not looked at.
        demands: what must hold besides what the file itself expects.
        wants: which lints are run, by code.
        verify: whether to run every model and compare sizes, counts and values with what is measured.
    """
    overrides = overrides or Overrides()
    spec, found = read_with_notes(source, overrides)
    if spec is None:
        return None, found
    model = Model.of(spec)
    variants = () if overrides.variant or overrides.cut else spec.variants
    if variants and (refused := too_many_layers(spec.parsed, variants)):
        return None, [refused]
    found = [*found, *_found_in(model, demands, wants, verify)]
    by_variant: dict[str, list[Diagnostic]] = {}
    layers = 0
    for variant in variants:
        changed, mistakes = read_with_notes(spec.parsed, overrides._replace(variant=variant))
        layers += len(changed.graph.nodes) if changed else 0
        if layers > MAX_LAYERS:
            return None, [refusal(spec.parsed)]
        own = _found_in(Model.of(changed), demands, wants, verify) if changed else []
        by_variant[variant] = [*mistakes, *own]
        unused = {(each.code, each.span) for each in by_variant[variant] if each.code in _UNUSED}
        # what one variant leaves unread, another may read
        found = [each for each in found if each.code not in _UNUSED or (each.code, each.span) in unused]
    return model, in_order([*found, *_only_in_variants(found, by_variant)])


def with_ignored(text: str) -> str:
    """The text of a spec that was imported, with a comment that leaves out what `validate` finds in the model.

    That is true, but nobody can change it here: the spec says what the model is. An error is of what a person wrote
    into it: an expectation that does not hold.
    """
    _, found = examine(Source("model.yaml", text))
    kept = (each for each in found if not each.is_error and is_optional(each.code) and not is_ignored(each))
    codes = sorted({each.code for each in kept})
    if not codes:
        return text
    return f"# cnncalc: ignore-file {', '.join(codes)}; it is so in the model that this was imported from\n{text}"


def _found_in(
    model: Model, demands: Sequence[Expectation], wants: Callable[[str], bool], verify: bool
) -> list[Diagnostic]:
    """What is found in a model without errors, beyond the notes that come with reading it."""
    model.demands = demands
    found = findings(model, filter(wants, codes_in(LINTS, ADVICE))) + notes_on_other_input(model.spec)
    try:
        return found + (findings(model, codes_in(PROOF)) if verify else [])
    except DataError as error:
        return found + [each._replace(file=model.spec.source.name) for each in error.diagnostics]


_UNUSED = frozenset(LINTS["unused"])


def _only_in_variants(own: list[Diagnostic], by_variant: Mapping[str, list[Diagnostic]]) -> Iterator[Diagnostic]:
    """Findings of variants that the model itself does not have, each once, with the variants that have it."""
    known = set(map(_what, own))
    first: dict[tuple[object, ...], Diagnostic] = {}
    names: dict[tuple[object, ...], list[str]] = {}
    for variant, found in by_variant.items():
        for each in found:
            if each.code in _UNUSED:
                continue  # reported for the model, where it is so in every variant
            key = _what(each)
            first.setdefault(key, each)
            if variant not in names.setdefault(key, []):
                names[key].append(variant)
    for key, each in first.items():
        if key not in known:
            more = len(names[key]) - 1
            others = f" and {more} other{'' if more == 1 else 's'}" if more else ""
            yield each._replace(chain=(*each.chain, f"in variant `{names[key][0]}`{others}"))


def _what(found: Diagnostic) -> tuple[object, ...]:
    """What identifies a finding across variants: code and place; if it has no place, what it is about."""
    return (found.code, found.span, *(() if found.source else found.chain))
