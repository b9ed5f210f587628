"""`vars` and `variants`: the values of expressions, and what a variant changes."""

from __future__ import annotations

from collections.abc import Mapping

from cnncalc.named_tuple import NamedTuple
from cnncalc.settings.setting import InputUnknown, Mistake
from cnncalc.settings.types import scalar
from cnncalc.source.diagnostics import Diagnostic, did_you_mean, excerpt, listed
from cnncalc.source.files import MAX_FINDINGS
from cnncalc.source.yaml_nodes import YamlMapping, YamlNode, YamlScalar, YamlSequence
from cnncalc.spec.findings import Findings
from cnncalc.spec.language.blocks import is_cut_off, no_name
from cnncalc.spec.language.expressions import Value, plain_value
from cnncalc.spec.language.scope import value_of
from cnncalc.spec.top_level import Document

MAX_VARS = 1_000
"""The most variables that a model may have: every block knows all of them."""
MAX_VARIANTS = 2_000
"""The most variants that a model may have: each is a model to check."""
VARIANT = ("vars", "input", "inputs", "expect", "description")


class Variants(NamedTuple):
    """The variants of a model, and what is wrong with them; they are checked once, whichever is chosen."""

    by_name: Mapping[str, YamlNode]
    mistakes: list[Diagnostic]


def read_variants(document: Document) -> tuple[tuple[str, ...], YamlNode | None]:
    """The names of the variants, and the `vars` of the chosen one; its other keys replace the model's."""
    chosen, parsed = document.overrides.variant, document.parsed
    node = document.value("variants")
    if node is None:
        if chosen:
            document.command_line("--variant", "the model has no variants")
        return (), None
    if parsed.variants is None:
        parsed.variants = _checked(Findings(parsed.source), node)
    document.findings.items += parsed.variants.mistakes[: MAX_FINDINGS - len(document.findings.items)]
    if not isinstance(node, YamlMapping):
        return (), None
    variants = parsed.variants.by_name
    names = tuple(variants)
    if chosen and chosen not in variants:
        label = did_you_mean(chosen, names, "")
        message = f"there is no variant `{excerpt(chosen)}`"
        document.command_line("--variant", message, label, f"variants: {listed(names)}")
    variant = variants.get(chosen) if chosen else None
    return names, _apply(document, variant) if isinstance(variant, YamlMapping) else None


def _checked(findings: Findings, node: YamlNode) -> Variants:
    if not isinstance(node, YamlMapping):
        findings.add("CNN205", node.span, f"expected variants and what they change, found a {node.what}")
        return Variants({}, findings.items)
    pairs = node.pairs[:MAX_VARIANTS]
    if len(node.pairs) > MAX_VARIANTS:
        findings.add("CNN104", node.pairs[MAX_VARIANTS][0].span, f"more than {MAX_VARIANTS:,} variants")
    for key, value in pairs:
        _check_variant(findings, key, value)
    return Variants({key.text: value for key, value in pairs}, findings.items)


def _check_variant(findings: Findings, key: YamlScalar, value: YamlNode) -> None:
    if isinstance(value, YamlScalar) and value.is_null:
        return
    if not isinstance(value, YamlMapping):
        findings.add("CNN205", value.span, f"expected what `{excerpt(key.text)}` changes, found a {value.what}")
        return
    for name, _ in value.pairs:
        if name.text not in VARIANT:
            label = did_you_mean(name.text, VARIANT)
            message = f"a variant has no key `{excerpt(name.text)}`"
            findings.add("CNN202", name.span, message, label, f"keys of a variant: {', '.join(VARIANT)}")


def _apply(document: Document, variant: YamlMapping) -> YamlNode | None:
    """Replaces the model's keys by those of a variant; returns the variant's `vars`."""
    changed = {key.text: (key, value) for key, value in variant.pairs if key.text in VARIANT and key.text != "vars"}
    if changed.keys() & {"input", "inputs"}:
        for key in ("input", "inputs"):
            document.top.pop(key, None)
    document.top.update(changed)
    return variant.get("vars")


def read_vars(document: Document, variant: YamlNode | None) -> None:
    """Sets the values of `vars`, or those that the variant and the command line give instead, in the document's
    scope."""
    pairs: dict[str, YamlNode] = {}
    for name, value in _pairs(document, document.value("vars")):
        if reason := no_name(name.text):
            message = f"`{excerpt(name.text)}` cannot be the name of a variable"
            document.findings.add("CNN210", name.span, message, reason)
        pairs[name.text] = value
    for name, value in _pairs(document, variant):
        if name.text not in pairs:
            label = did_you_mean(name.text, pairs)
            message = f"the model has no variable `{excerpt(name.text)}`"
            document.findings.add("CNN204", name.span, message, label, f"variables: {listed(pairs) or 'none'}")
        pairs[name.text] = value
    for key, text in document.overrides.vars:
        if key not in pairs:
            label = did_you_mean(key, pairs, "")
            listing = f"variables: {listed(pairs) or 'none'}"
            document.command_line("--set", f"the model has no variable `{excerpt(key)}`", label, listing)
        given = _given(document, key, text)
        if given is None:
            pairs.pop(key, None)
            document.scope.unknown |= {key}
        else:
            pairs[key] = given
    _set(document, pairs)


def _given(document: Document, name: str, text: str) -> YamlNode | None:
    """The value of a variable on the command line: a number, a text, or a list as in a spec; None with a finding."""
    place = YamlScalar(text, 1, 1, 1, 1)
    if not text.lstrip().startswith("["):
        return place
    from cnncalc.source.inline_list import inline_list

    found = inline_list(text, place)
    if found is None:
        document.command_line("--set", f"{name}: expected a list such as [24, 56], found `{excerpt(text)}`")
    return found


def _pairs(document: Document, node: YamlNode | None) -> list[tuple[YamlScalar, YamlNode]]:
    if node is None:
        return []
    if not isinstance(node, YamlMapping):
        message = f"expected names and values, found a {node.what}"
        document.findings.add("CNN205", node.span, message, "", "write `vars: {width: 8}`")
        return []
    if len(node.pairs) > MAX_VARS:
        document.findings.add("CNN104", node.pairs[MAX_VARS][0].span, f"more than {MAX_VARS:,} variables")
    # a value that was split at a comma leaves its end as a key
    return [pair for pair in node.pairs[:MAX_VARS] if not is_cut_off(*pair)]


def _set(document: Document, pairs: dict[str, YamlNode]) -> None:
    scope = document.scope
    scope.later = frozenset(pairs)
    for name, value in pairs.items():
        try:
            scope.values[name] = _value(document, value)
        except Mistake as mistake:
            document.findings.mistake(mistake)
        except InputUnknown:
            pass
        scope.later -= {name}
        if name not in scope.values:
            scope.unknown |= {name}


def _value(document: Document, node: YamlNode) -> Value:
    """A variable's value.

    Raises:
        Mistake: it is not a number, a text or a list of these, or its expression fails.
        InputUnknown: its expression needs a variable whose mistake has been reported already.
    """
    if isinstance(node, YamlSequence) and document.version == 1:
        from cnncalc.spec.language.versions import report_newer

        report_newer(document.findings, node.span, "a list as a value", 2, 1)
    resolved = document.resolve(node)
    if isinstance(resolved, YamlSequence):
        value = value_of(resolved)
        if value is None:
            raise Mistake("CNN205", node, "expected numbers or texts in this list, and at most 1,000 of them")
        return value
    return plain_value(scalar(resolved, "a number, a text or a list of these").text)
