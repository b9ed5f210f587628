"""Words that are not understood in the place of a kind or a setting: what was probably meant, and how to write it.

Read only when there is something to report.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from typing import TypeGuard

from cnncalc.layers import ACTIVATIONS, KINDS, NORMS, layer_class
from cnncalc.named_tuple import NamedTuple
from cnncalc.settings.setting import Mistake
from cnncalc.source.diagnostics import Span, excerpt, listed
from cnncalc.source.yaml_nodes import YamlNode, YamlScalar, YamlSequence
from cnncalc.spec.findings import Findings
from cnncalc.spec.suggestions._other_settings import elsewhere, padding_word, sizes_alone
from cnncalc.spec.suggestions.aliases import kind_meant, setting_called, suggest_kind, suggest_setting


class Advice(NamedTuple):
    """What to report."""

    code: str
    span: Span
    message: str
    label: str = ""
    help: tuple[str, ...] = ()
    meant: str = ""
    """The setting that the value is read as; `name` if nothing is lost without it."""
    is_readable: bool = True
    """Whether the value is one that the setting takes."""


# -- kinds


class _Head(NamedTuple):
    """A word where a kind was expected, with what follows it."""

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
    """Reports a word that is not a kind; returns the one that was probably meant, as which the rest is read."""
    at = _Head(head, kinds, what, value, others)
    for slip in _KIND_SLIPS:
        if advice := slip(at):
            findings.add(*advice[:4], *advice.help)
            return None
    return no_such_kind(findings, head, kinds, what, isinstance(value, YamlSequence))


def no_such_kind(
    findings: Findings, head: YamlScalar, kinds: Collection[str], what: str, has_branches: bool = False
) -> str | None:
    """Reports a word that is not a kind, with what it is in another tool; returns the kind that was probably meant.

    Args:
        has_branches: whether a list follows the word.
    """
    noun = what.removeprefix("a ").removeprefix("an ")
    message = f"there is no {noun} kind `{excerpt(head.text)}`"
    meaning = kind_meant(head.text.strip(), kinds, has_branches)
    if meaning.missing:
        findings.add("CNN201", head.span, message, meaning.missing.what, *meaning.missing.instead)
    elif meaning.kind:
        notes = [meaning.note] if meaning.note else []
        findings.add("CNN201", head.span, message, f"did you mean `{meaning.kind}`?", *notes)
    else:
        findings.add("CNN201", head.span, message, "", f"kinds: {listed(sorted(kinds))}")
    return meaning.kind or None


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


def _no_space_after_colon(at: _Head) -> Advice | None:
    word, _, rest = at.word.partition(":")
    meant = suggest_kind(word.lstrip("- "), at.kinds) if rest else None
    if not meant:
        return None
    help = f"write `{meant}: {excerpt(rest.strip())}`"
    return Advice(
        "CNN115", at.head.span, f"no space after the `:` in `{excerpt(at.word)}`", "so this is all one name", (help,)
    )


def _no_space_after_dash(at: _Head) -> Advice | None:
    if not at.word.startswith("-"):
        return None
    help = f"write `- {excerpt(at.word.lstrip('-'))}`"
    return Advice("CNN115", at.head.span, f"no space after the `-` in `{excerpt(at.word)}`", "", (help,))


def _kind_not_first(at: _Head) -> Advice | None:
    for key, _ in at.others:
        if key.text in at.kinds and key.text not in ("scale", "pad", "norm"):
            word = excerpt(at.word)
            message = f"`{key.text}` must be the first key of its entry"
            help = f"move `{key.text}` to the front: `- {{{key.text}: …, {word}: …}}`"
            return Advice("CNN214", key.span, message, f"this entry begins with `{word}`", (help,))
    return None


_ROLES = {
    "activation": ACTIVATIONS,
    "activations": ACTIVATIONS,
    "act": ACTIVATIONS,
    "nonlinearity": ACTIVATIONS,
    "norm": NORMS,
}
"""What other tools write before the name of a kind: `Activation("relu")`."""
_NO_ACTIVATION = frozenset({"linear", "identity", "none", "null", "false"})
"""What other tools call the activation that changes nothing."""


def _role(at: _Head) -> Advice | None:
    """`- activation: relu`."""
    kinds = _ROLES.get(at.word.rpartition("layers.")[2].lower(), ())
    if not kinds or at.word in at.kinds:
        return None
    message, own = f"`{at.word}` is not a kind", at.value.text.strip() if isinstance(at.value, YamlScalar) else ""
    if own.lower() in _NO_ACTIVATION:
        return Advice("CNN201", at.head.span, message, f"`{own}` changes nothing", ("remove this entry",))
    meant = own if own in kinds else suggest_kind(own, kinds) if own else next(iter(sorted(kinds)))
    help = f"write the kind itself, `- {meant}`" if meant else f"write the kind itself, one of {listed(sorted(kinds))}"
    return Advice("CNN201", at.head.span, message, "", (help,))


def _not_in_this_place(at: _Head) -> Advice | None:
    """`activation: linear`, `activation: true`, `norm: relu`."""
    role = at.what.rpartition(" ")[2]
    if at.kinds is not _FOLLOWERS.get(role):
        return None
    message = f"there is no {role} kind `{excerpt(at.word)}`"
    if at.word.lower() in _NO_ACTIVATION:
        return Advice("CNN201", at.head.span, message, "", (f"leave `{role}` out, or write `{role}: none`",))
    if at.word.lower() in ("true", "yes", "on"):
        return Advice("CNN201", at.head.span, message, "", (f"say which: {listed(sorted(at.kinds))}",))
    kind = at.word if at.word in KINDS else suggest_kind(at.word, KINDS)
    if kind and kind not in at.kinds:
        label = f"`{kind}` is not {at.what}"
        return Advice(
            "CNN201", at.head.span, message, label, (f"make it an entry of its own after this one: `- {kind}`",)
        )
    return None


_FOLLOWERS = {"norm": NORMS, "activation": ACTIVATIONS}


def _no_colon(at: _Head) -> Advice | None:
    first, _, rest = at.word.partition(" ")
    meant = suggest_kind(first.rstrip(","), at.kinds) if rest and at.value is None else None
    if not meant:
        return None
    help = f"write `{meant}: {excerpt(rest.strip())}`"
    return Advice("CNN115", at.head.span, f"no `:` in `{excerpt(at.word)}`", "", (help,))


_KIND_SLIPS: tuple[Callable[[_Head], Advice | None], ...] = (
    _nothing,
    _equals_sign,
    _no_space_after_colon,
    _no_space_after_dash,
    _kind_not_first,
    _role,
    _not_in_this_place,
    _no_colon,
)
"""The first that applies is reported."""


# -- settings


class _Key(NamedTuple):
    """A key where a setting was expected."""

    key: YamlScalar
    value: YamlNode
    kind: str
    known: list[str]
    """The settings of this kind, `norm` and `activation` if it takes them."""
    allowed: Collection[str]
    """Keys that are not the kind's own settings."""
    others: Sequence[tuple[YamlScalar, YamlNode]]
    """All settings of the entry."""

    @property
    def own(self) -> str:
        """The value, "" if it is a list or a mapping."""
        return self.value.text.strip() if isinstance(self.value, YamlScalar) else ""

    @property
    def alias(self) -> str | None:
        """The setting that has this name in another tool."""
        return setting_called(self.key.text, [*self.known, *self.allowed])

    @property
    def message(self) -> str:
        return f"`{self.kind}` has no setting `{excerpt(self.key.text)}`"

    @property
    def is_alone(self) -> bool:
        """Whether nothing follows the key."""
        return isinstance(self.value, YamlScalar) and self.value.is_null

    @property
    def listing(self) -> str:
        if not self.known:
            return f"`{self.kind}` has no settings of its own"
        return f"settings of `{self.kind}`: {', '.join(self.known)}"


def unknown_setting(
    findings: Findings,
    key: YamlScalar,
    value: YamlNode,
    kind: str,
    settings: Collection[str],
    allowed: Collection[str],
    others: Sequence[tuple[YamlScalar, YamlNode]] = (),
) -> tuple[str, bool]:
    """Reports a setting that does not exist; returns the one that was probably meant, or "", and whether the value is
    one of that setting.

    Args:
        allowed: keys that are not the kind's own settings.
        others: all settings of the entry.
    """
    known = [*settings, *(name for name in ("norm", "activation") if name in allowed)]
    at = _Key(key, value, kind, known, allowed, others)
    for slip in _SETTING_SLIPS:
        if advice := slip(at):
            findings.add(*advice[:4], *advice.help)
            return advice.meant, advice.is_readable
    meant = suggest_setting(key.text, [*known, *allowed]) or ""
    label = f"here it is called `{meant}`" if meant else ""
    findings.add("CNN204", key.span, at.message, label, at.listing)
    return meant, True


def value_of_other_tools(mistake: Mistake, kind: str, value: YamlNode) -> Mistake:
    """The mistake of a value after a kind that takes none, with what it means in other tools."""
    if isinstance(value, YamlSequence):
        sizes = [item.text for item in value.items if isinstance(item, YamlScalar)]
    else:
        sizes = re.findall(r"[0-9.]+", value.text) if isinstance(value, YamlScalar) else []
    if len(sizes) == 1 and (other := kind + sizes[0].removesuffix(".0")) in KINDS:
        return Mistake(mistake.code, value, mistake.message, "", f"write `{other}`")
    if not (said := sizes_alone(layer_class(kind).is_norm, sizes)):
        return mistake
    return Mistake(mistake.code, value, mistake.message, said.label, *said.help)


def padding_of_other_tools(mistake: Mistake, node: YamlNode, spans: Sequence[int]) -> Mistake:
    """The mistake of a padding that cannot be read, with what its word means in other tools.

    Args:
        spans: of the window, one per axis.
    """
    said = padding_word(node.text.strip(), spans) if isinstance(node, YamlScalar) else None
    return Mistake(mistake.code, node, mistake.message, said.label, *said.help) if said else mistake


def sizes_in_round_brackets(findings: Findings, kind: str, pairs: Sequence[tuple[YamlScalar, YamlNode]]) -> bool:
    """Reports `conv: (3,3)`, and what braces cut at its comma, `{conv: (3, 3)}`; whether there is any.

    Args:
        pairs: the kind, and all settings of its entry.
    """
    for place, (key, value) in enumerate(pairs):
        if not isinstance(value, YamlScalar) or value.text[:1] != "(":
            continue
        is_cut = ")" not in value.text
        text = value.text + "".join(f",{other}" for other in _alone_after(pairs[place + 1 :])) if is_cut else value.text
        sizes = re.findall("[0-9]+", text) if re.fullmatch(r"\([0-9, ]+\)", text) else []
        if not sizes or not (is_cut or (place == 0 and _number_of_filters(kind, sizes, pairs))):
            continue
        message = f"sizes that were cut at their comma: `({', '.join(sizes)})`" if is_cut else "sizes are joined by `x`"
        label = "inside `{…}` commas separate settings" if is_cut else ""
        help: Sequence[str] = [f"write `{key.text}: {'x'.join(sizes)}`"]
        if not place:
            said = sizes_alone(kind in NORMS and not layer_class(kind).principal, sizes)
            all_sizes = "x".join([*sizes, *_number_of_filters(kind, sizes, pairs)])
            label, help = (said.label, said.help) if said else (label, [f"write `{kind}: {all_sizes}`"])
        findings.add("CNN206", value.span, message, label, *help)
        return True
    return False


def _alone_after(pairs: Sequence[tuple[YamlScalar, YamlNode]]) -> list[str]:
    """The keys without a value that come first, up to one that closes a bracket."""
    found: list[str] = []
    for key, value in pairs:
        if not isinstance(value, YamlScalar) or value.text:
            break
        found.append(key.text)
        if key.text.endswith(")"):
            break
    return found


def _number_of_filters(kind: str, sizes: list[str], pairs: Sequence[tuple[YamlScalar, YamlNode]]) -> list[str]:
    """What the value after the kind needs besides the sizes of a window."""
    if kind not in KINDS or "filters" not in layer_class(kind).settings or len(sizes) > 2:
        return []
    given = (node.text for key, node in pairs if key.text == "filters" and isinstance(node, YamlScalar))
    return [next(given, "8")]


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


def _input_shape(at: _Key) -> Advice | None:
    """`input: 28x28x1` and the like; a name there says what the layer reads."""
    if at.alias != "from" or re.match(r"[$A-Za-z_]", at.own):
        return None
    help = "remove it; the model's input is given above `layers:`"
    return Advice("CNN204", at.key.span, at.message, "cnncalc knows what enters a layer", (help,), "name")


def _activation_alone(at: _Key) -> Advice | None:
    if at.key.text not in ACTIVATIONS or not at.is_alone or "activation" not in at.allowed:
        return None
    return Advice("CNN204", at.key.span, at.message, "", (f"write `activation: {at.key.text}`",))


def _batch_norm(at: _Key) -> Advice | None:
    """`{conv: 3x3x8, batch_norm: true}`."""
    meant = at.key.text if at.key.text in NORMS else suggest_kind(at.key.text, NORMS)
    if not meant or "norm" not in at.known or at.own.lower() not in ("", "true", "yes", "on"):
        return None
    return Advice("CNN204", at.key.span, at.message, "", (f"write `norm: {meant}`",), "name")


def _kind_as_setting(at: _Key) -> Advice | None:
    if at.key.text not in KINDS or at.key.text in at.known or at.alias:
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
    message = f"no space after the `:` in `{excerpt(at.key.text)}`"
    return Advice("CNN115", at.key.span, message, "so this is all one name", (f"write `{word}: {excerpt(rest)}`",))


def _not_carried(at: _Key) -> Advice | None:
    if at.key.text not in ("norm", "activation") or elsewhere(at.key.text, at.own, at.known):
        return None
    own = excerpt(at.value.text) if isinstance(at.value, YamlScalar) else "…"
    help = f"make it an entry of its own after this one: `- {own}`"
    return Advice("CNN204", at.key.span, f"`{at.kind}` takes no `{at.key.text}`", "", (help,), "name")


def _elsewhere(at: _Key) -> Advice | None:
    """What other tools take as an argument of a layer, and a spec says differently or not at all."""
    if at.alias:
        return None
    padding = next((value.text for key, value in at.others if key.text == "padding" and _is_amount(value)), "1")
    said = elsewhere(at.key.text, at.own, {*at.known, *at.allowed}, padding)
    return said and Advice(
        "CNN204", at.key.span, at.message, said.label, said.help, said.means or "name", not said.means
    )


def _is_amount(node: YamlNode) -> TypeGuard[YamlScalar]:
    return isinstance(node, YamlScalar) and re.fullmatch(r"[0-9]+(x[0-9]+)*", node.text) is not None


_SETTING_SLIPS: tuple[Callable[[_Key], Advice | None], ...] = (
    _cut_expression,
    _input_shape,
    _activation_alone,
    _batch_norm,
    _kind_as_setting,
    _number_with_comma,
    _no_space_in_key,
    _not_carried,
    _elsewhere,
)
"""The first that applies is reported."""
