"""Words that are not understood where a kind or a setting stands: what was probably meant, and how to write it.

Read only when there is something to report.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection

from cnncalc.layers import ACTIVATIONS, KINDS
from cnncalc.named_tuple import NamedTuple
from cnncalc.source.diagnostics import Span, excerpt, listed
from cnncalc.source.yaml_nodes import YamlNode, YamlScalar
from cnncalc.spec.findings import Findings
from cnncalc.spec.suggestions.aliases import suggest_kind, suggest_setting


class Advice(NamedTuple):
    """What to report."""

    code: str
    span: Span
    message: str
    label: str = ""
    help: tuple[str, ...] = ()
    meant: str = ""
    """The setting as which the value is read; `name` where nothing is lost without it."""


# -- kinds


class _Head(NamedTuple):
    """A word where a kind was expected, with what stands behind it."""

    head: YamlScalar
    kinds: Collection[str]
    what: str
    value: YamlNode | None
    others: list[tuple[YamlScalar, YamlNode]]

    @property
    def word(self) -> str:
        return self.head.text.strip()


def unknown_kind(
    findings: Findings,
    head: YamlScalar,
    kinds: Collection[str],
    what: str,
    value: YamlNode | None,
    others: list[tuple[YamlScalar, YamlNode]],
) -> str | None:
    """Reports a word that is no kind; the kind as which the rest of the entry is read, if one was probably meant."""
    at = _Head(head, kinds, what, value, others)
    for slip in _KIND_SLIPS:
        if advice := slip(at):
            findings.add(*advice[:4], *advice.help)
            return None
    noun = what.removeprefix("a ").removeprefix("an ")
    suggestion = suggest_kind(at.word, kinds)
    message = f"there is no {noun} kind `{excerpt(head.text)}`"
    if suggestion:
        findings.add("CNN201", head.span, message, f"did you mean `{suggestion}`?")
    else:
        findings.add("CNN201", head.span, message, "", f"kinds: {listed(sorted(kinds))}")
    return suggestion


def _nothing(at: _Head) -> Advice | None:
    if at.word and not at.head.is_null:
        return None
    help = "remove this entry, or name a kind, as in `- flatten`"
    return Advice("CNN205", at.head.span, f"expected {at.what}, found nothing", "", (help,))


def _equals_sign(at: _Head) -> Advice | None:
    equals = re.match(r"([\w-]+)\s*=\s*(.+)\Z", at.word)
    if not equals:
        return None
    meant = suggest_kind(equals.group(1), at.kinds) or equals.group(1)
    help = f"write `{meant}: {excerpt(equals.group(2))}`"
    return Advice("CNN115", at.head.span, f"an `=` in `{excerpt(at.word)}`", "", (help,))


def _no_space_behind_colon(at: _Head) -> Advice | None:
    word, _, rest = at.word.partition(":")
    meant = suggest_kind(word.lstrip("- "), at.kinds) if rest else None
    if not meant:
        return None
    help = f"write `{meant}: {excerpt(rest.strip())}`"
    return Advice(
        "CNN115", at.head.span, f"no space behind the `:` in `{excerpt(at.word)}`", "so all of it is one name", (help,)
    )


def _no_space_behind_dash(at: _Head) -> Advice | None:
    if not at.word.startswith("-"):
        return None
    help = f"write `- {excerpt(at.word.lstrip('-'))}`"
    return Advice("CNN115", at.head.span, f"no space behind the `-` in `{excerpt(at.word)}`", "", (help,))


def _kind_not_first(at: _Head) -> Advice | None:
    for key, _ in at.others:
        if key.text in at.kinds and key.text not in ("scale", "pad", "norm"):
            word = excerpt(at.word)
            message = f"`{key.text}` must be the first key of its entry"
            help = f"move `{key.text}` to the front: `- {{{key.text}: …, {word}: …}}`"
            return Advice("CNN214", key.span, message, f"this entry begins with `{word}`", (help,))
    return None


def _no_colon(at: _Head) -> Advice | None:
    first, _, behind = at.word.partition(" ")
    meant = suggest_kind(first.rstrip(","), at.kinds) if behind and at.value is None else None
    if not meant:
        return None
    help = f"write `{meant}: {excerpt(behind.strip())}`"
    return Advice("CNN115", at.head.span, f"no `:` in `{excerpt(at.word)}`", "", (help,))


_KIND_SLIPS: tuple[Callable[[_Head], Advice | None], ...] = (
    _nothing,
    _equals_sign,
    _no_space_behind_colon,
    _no_space_behind_dash,
    _kind_not_first,
    _no_colon,
)
"""The first that applies is reported."""


# -- settings

_KNOWN_ANYWAY = frozenset({"in_channels", "input_channels", "in_features", "input_shape", "c_in"})


class _Key(NamedTuple):
    """A key where a setting was expected."""

    key: YamlScalar
    value: YamlNode
    kind: str
    known: list[str]
    """The settings of this kind, `norm` and `activation` where it carries them."""
    allowed: Collection[str]
    """Keys that are no settings of the kind's own."""

    @property
    def message(self) -> str:
        return f"`{self.kind}` has no setting `{excerpt(self.key.text)}`"

    @property
    def is_alone(self) -> bool:
        """Whether nothing stands behind the key."""
        return isinstance(self.value, YamlScalar) and self.value.is_null

    @property
    def listing(self) -> str:
        if not self.known:
            return f"`{self.kind}` has no settings of its own"
        return f"settings of `{self.kind}`: {', '.join(self.known)}"


def unknown_setting(
    findings: Findings, key: YamlScalar, value: YamlNode, kind: str, settings: Collection[str], allowed: Collection[str]
) -> str:
    """Reports a setting that does not exist; returns the one that was probably meant, or ""."""
    known = [*settings, *(name for name in ("norm", "activation") if name in allowed)]
    at = _Key(key, value, kind, known, allowed)
    for slip in _SETTING_SLIPS:
        if advice := slip(at):
            findings.add(*advice[:4], *advice.help)
            return advice.meant
    meant = suggest_setting(key.text, [*known, *allowed]) or ""
    label = f"here it is called `{meant}`" if meant else ""
    findings.add("CNN204", key.span, at.message, label, at.listing)
    return meant


def _cut_expression(at: _Key) -> Advice | None:
    if not at.is_alone or not at.key.text.endswith(")"):
        return None
    return Advice(
        "CNN212",
        at.key.span,
        "an expression that was cut at its comma",
        "inside `{…}` commas separate settings",
        ('put the whole expression in quotes: "$(divisible(32 * width, 8))"',),
    )


def _activation_alone(at: _Key) -> Advice | None:
    if at.key.text not in ACTIVATIONS or not at.is_alone or "activation" not in at.allowed:
        return None
    return Advice("CNN204", at.key.span, at.message, "", (f"write `activation: {at.key.text}`",))


def _kind_as_setting(at: _Key) -> Advice | None:
    if at.key.text not in KINDS or at.key.text in at.known:
        return None
    own = f": {excerpt(at.value.text)}" if isinstance(at.value, YamlScalar) and not at.is_alone else ""
    help = f"begin a new entry for it: `- {at.key.text}{own}`"
    return Advice("CNN204", at.key.span, at.message, "this is a kind of layer", (help,))


def _number_with_comma(at: _Key) -> Advice | None:
    if not at.is_alone or not at.key.text.isdigit():
        return None
    label = "inside `{…}` a comma separates settings"
    return Advice("CNN204", at.key.span, at.message, label, ("write numbers without commas: 3000",))


def _no_space_in_key(at: _Key) -> Advice | None:
    word, _, rest = at.key.text.partition(":")
    if not at.is_alone or not rest:
        return None
    message = f"no space behind the `:` in `{excerpt(at.key.text)}`"
    return Advice("CNN115", at.key.span, message, "so all of it is one name", (f"write `{word}: {excerpt(rest)}`",))


def _not_carried(at: _Key) -> Advice | None:
    if at.key.text not in ("norm", "activation"):
        return None
    own = excerpt(at.value.text) if isinstance(at.value, YamlScalar) else "…"
    help = f"make it an entry of its own behind this one: `- {own}`"
    return Advice("CNN204", at.key.span, f"`{at.kind}` carries no `{at.key.text}`", "", (help,), "name")


def _known_anyway(at: _Key) -> Advice | None:
    if at.key.text not in _KNOWN_ANYWAY:
        return None
    label = "cnncalc knows what enters a layer"
    return Advice("CNN204", at.key.span, at.message, label, ("remove it", at.listing), "name")


_SETTING_SLIPS: tuple[Callable[[_Key], Advice | None], ...] = (
    _cut_expression,
    _activation_alone,
    _kind_as_setting,
    _number_with_comma,
    _no_space_in_key,
    _not_carried,
    _known_anyway,
)
"""The first that applies is reported."""
