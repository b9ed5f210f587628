"""The versions of the language: what came with each, and what a file that asks for an earlier one cannot use.

A file says `cnncalc: 1` to keep what it means; without that line, the latest version is read. A name that a file gives
to a block or an argument stays its own even if the language has a use for it since: see `is_taken` in `blocks`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from cnncalc.layers import KINDS, MERGES, layer_class
from cnncalc.settings.setting import LATEST
from cnncalc.source.diagnostics import Span
from cnncalc.source.entry import Written
from cnncalc.source.yaml_nodes import YamlMapping, YamlNode, YamlScalar, YamlSequence
from cnncalc.spec.findings import Findings
from cnncalc.spec.language._syntax_tree import newer_parts
from cnncalc.spec.language.blocks import ADDED, since
from cnncalc.spec.language.expressions import interpolated, is_expression

if TYPE_CHECKING:
    from cnncalc.spec.language.blocks import Block


def report_newer(findings: Findings, span: Span, what: str, needed: int, version: int) -> None:
    """Reports something that came with a later version than the file asks for."""
    ways = f"write `cnncalc: {needed}`, or remove that line: without it, the latest version is read"
    findings.add("CNN220", span, f"{what} needs `cnncalc: {needed}`", f"the file says `cnncalc: {version}`", ways)


def refuse_newer_expressions(findings: Findings, node: YamlNode, version: int) -> None:
    """Reports what is in the expressions of a text and came with a later version than the file asks for."""
    pending = [node]
    while pending:
        each = pending.pop()
        if isinstance(each, YamlScalar):
            parts = filter(is_expression, interpolated(each.text)) if "$" in each.text else ()
            for what in (what for part in parts for what in newer_parts(part)):
                report_newer(findings, each.span, what, LATEST, version)
        elif isinstance(each, YamlSequence):
            pending += each.items
        elif isinstance(each, YamlMapping):
            pending += [value for _, value in each.pairs]


def refuse_newer(findings: Findings, written: Written, version: int, blocks: Mapping[str, Block]) -> None:
    """Reports whatever in an entry came with a later version than the file asks for."""
    for span, what, needed in _uses(written, blocks):
        if needed > version:
            report_newer(findings, span, what, needed, version)


def _uses(written: Written, blocks: Mapping[str, Block]) -> Iterator[tuple[Span, str, int]]:
    """Where an entry uses a kind, a key or a setting: the place, the words for it, and its version."""
    kind, first = written.kind, written.value("first")
    pairs = [*written.settings, *(first.pairs if isinstance(first, YamlMapping) else ())]
    if block := blocks.get(kind):
        own = {argument.name for argument in block.arguments}
        pairs = [pair for pair in pairs if pair[0].text not in own]
    else:
        yield written.head.span, f"the kind `{kind}`", since(kind)
    settings = layer_class(kind).settings if kind in KINDS and not block else {}
    for key, _ in pairs:
        if key.text == "norm" and (kind in MERGES or kind == "residual"):
            yield key.span, f"a `norm` of `{kind}`", 2
        elif key.text in settings:
            yield key.span, f"the setting `{key.text}` of `{kind}`", settings[key.text].since
        else:
            yield key.span, f"the key `{key.text}`", ADDED.get(key.text, 1)
    if settings and written.principal is not None and (principal := layer_class(kind).principal):
        yield written.principal.span, f"a value after `{kind}`", settings[principal].since
