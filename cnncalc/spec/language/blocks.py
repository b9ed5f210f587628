"""Blocks: what `blocks:` defines, and the arguments of a call."""

from __future__ import annotations

import re
from collections.abc import Collection, Hashable, Iterator
from keyword import iskeyword

from cnncalc.layers.index import SINCE
from cnncalc.named_tuple import NamedTuple
from cnncalc.settings.setting import InputUnknown, Mistake
from cnncalc.source.diagnostics import did_you_mean, excerpt, nearest
from cnncalc.source.entry import Written
from cnncalc.source.yaml_nodes import YamlMapping, YamlNode, YamlScalar, YamlSequence
from cnncalc.spec.expand.entries import COMMON, as_text
from cnncalc.spec.findings import Findings
from cnncalc.spec.language.expressions import FUNCTIONS, is_expression
from cnncalc.spec.language.scope import Scope

MAX_ARGUMENTS = 100
"""The most arguments that a block may have: each is read for each call."""

ADDED = {"trainable": 2, "origin": 2, "for": 2, "model": 2}
"""Keys of every entry, and kinds that are no layers, that did not come with the first version."""


class Argument(NamedTuple):
    """An argument of a block; `default` is None where the call must give it."""

    name: str
    default: YamlScalar | YamlSequence | None


class Block(NamedTuple):
    """A reusable group of entries."""

    name: str
    arguments: tuple[Argument, ...]
    layers: YamlSequence


TAKEN = {
    "c_in": "`c_in` is the number of channels that enter",
    "index": "`index` is the number of a copy",
    "input": "`input` is what enters a block",
    **dict.fromkeys(("true", "false"), "this is true or false"),
    **dict.fromkeys(("and", "or", "not", "if", "else"), "this word has a meaning in expressions"),
    **dict.fromkeys(FUNCTIONS, "this is a function"),
}


def no_name(name: str) -> str:
    """Why a text cannot be the name of a variable or an argument; "" if it can."""
    if not (name.isascii() and name.isidentifier()):
        return "use letters, digits and `_`, a letter first"
    return TAKEN.get(name, "this word has a meaning in Python" if iskeyword(name) else "")


def is_cut_off(key: YamlScalar, value: YamlNode | None = None) -> bool:
    """Whether this is the end of an expression that YAML split at a comma; its beginning is reported."""
    return key.text.endswith(")") and "(" not in key.text and (not isinstance(value, YamlScalar) or value.is_null)


def since(word: str) -> int:
    """The version that brought a kind or a key of every entry; 1 for any other word."""
    return SINCE.get(word) or ADDED.get(word, 1)


def is_taken(word: str, version: int | None) -> bool:
    """Whether a kind or key may not be the name of a block or an argument.

    Args:
        version: what the file asks for; None if it does not, so that what is newer than the file may be its own name.
    """
    return since(word) <= (version or 1)


def read_blocks(findings: Findings, node: YamlNode, kinds: Collection[str], version: int | None) -> dict[str, Block]:
    """The blocks that a spec defines; mistakes in them become findings.

    Args:
        kinds: all kinds of the language.
        version: that of the language which the file asks for; None if it does not.
    """
    blocks: dict[str, Block] = {}
    if not isinstance(node, YamlMapping):
        findings.add("CNN205", node.span, f"expected blocks and their entries, found a {node.what}")
        return blocks
    for key, value in node.pairs:
        is_kind = key.text in kinds and is_taken(key.text, version)
        if is_kind or not re.match(r"[A-Za-z_][\w-]*\Z", key.text):
            reason = "is a kind of layer" if is_kind else "cannot be a name"
            findings.add("CNN210", key.span, f"`{excerpt(key.text)}` {reason}", "choose another name for the block")
        elif isinstance(value, YamlSequence):
            blocks[key.text] = Block(key.text, (), value)
        elif isinstance(value, YamlMapping):
            block = _block(findings, key, value, version)
            if block:
                blocks[key.text] = block
        else:
            findings.add("CNN205", value.span, f"expected `args` and `layers`, found a {value.what}")
    return blocks


def _block(findings: Findings, key: YamlScalar, node: YamlMapping, version: int | None) -> Block | None:
    for name, _ in node.pairs:
        if name.text not in ("args", "layers", "description"):
            label = did_you_mean(name.text, ("args", "layers"))
            findings.add(
                "CNN204", name.span, f"a block has no `{excerpt(name.text)}`", label, "a block has `args` and `layers`"
            )
    layers = node.get("layers")
    if not isinstance(layers, YamlSequence):
        span = layers.span if layers else key.span
        findings.add("CNN203", span, f"the block `{key.text}` has no list of `layers`")
        return None
    return Block(key.text, tuple(_arguments(findings, node.get("args"), version)), layers)


def _arguments(findings: Findings, node: YamlNode | None, version: int | None) -> list[Argument]:
    arguments: list[Argument] = []
    if node is None or (isinstance(node, YamlScalar) and node.is_null):
        return arguments
    items = node.items if isinstance(node, YamlSequence) else [node]
    if len(items) > MAX_ARGUMENTS:
        findings.add("CNN104", items[MAX_ARGUMENTS].span, f"more than {MAX_ARGUMENTS} arguments of a block")
    for item in items[:MAX_ARGUMENTS]:
        if not isinstance(item, YamlScalar):
            findings.add(
                "CNN205",
                item.span,
                f"expected `name` or `name=default`, found a {item.what}",
                "",
                'quote a default that YAML would split: "size=$(2 * width)"',
            )
            continue
        if is_cut_off(item):
            continue
        name, equals, default = item.text.partition("=")
        name = name.strip()
        reason = no_name(name) or (
            "every entry may have this key" if name in COMMON and is_taken(name, version) else ""
        )
        if reason:
            findings.add("CNN210", item.span, f"`{excerpt(name)}` cannot be the name of an argument", reason)
            continue
        if any(name == other.name for other in arguments):
            findings.add("CNN213", item.span, f"the argument `{name}` is given twice", "", "keep one of them")
            continue
        arguments.append(Argument(name, _default(findings, item, name, default.strip(), version) if equals else None))
    return arguments


def _default(
    findings: Findings, item: YamlScalar, name: str, text: str, version: int | None
) -> YamlScalar | YamlSequence:
    """The default of an argument: a text or a list; where it is neither, an empty list with a finding."""
    if text[:1] not in ("[", "{"):
        return YamlScalar(text, *item.span)
    from cnncalc.source.inline_list import inline_list

    found = inline_list(text, item)
    if found is None:
        help = f'write it as in "{name}=[8, 16]", or leave it out and give `{name}` in each call'
        findings.add("CNN205", item.span, f"the default of `{name}` is not a text or a list", "", help)
    elif found.items and version == 1:
        from cnncalc.spec.language.versions import report_newer

        report_newer(findings, item.span, "a list as a default", 2, version)
    return found or YamlSequence([], *item.span)


def bind(findings: Findings, block: Block, call: Written, scope: Scope, inner: Scope) -> bool:
    """Sets the arguments in the scope of a block; returns whether all of them are known."""
    given: dict[str, YamlNode] = {}
    names = [argument.name for argument in block.arguments]
    if not _positional(findings, block, call, names, given, scope):
        return False
    good = True
    for key, value in call.settings:
        if (key.text in COMMON and key.text not in names) or is_cut_off(key, value):
            continue
        if key.text not in names:
            close = nearest(key.text, names)
            listing = (
                f"arguments of `{block.name}`: {', '.join(names)}" if names else f"`{block.name}` takes no arguments"
            )
            label = f"did you mean `{close}`?" if close else ""
            findings.add("CNN204", key.span, f"`{block.name}` has no argument `{excerpt(key.text)}`", label, listing)
            good = False
        elif key.text in given:
            findings.add(
                "CNN213", key.span, f"`{key.text}` is given twice", f"`{block.name}` already has it after its name"
            )
        else:
            given[key.text] = value
    inner.arguments = {}
    inner.walked = frozenset()
    *_, root = scope.outward()
    inner.unknown = root.unknown
    inner.later = frozenset(names)
    inner.values = dict(root.values)  # the model's vars, not what the caller was called with
    for argument in block.arguments:
        if argument.name in given or good or argument.default is None:
            good = _bind_one(findings, block, call, argument, given, scope, inner) and good
        inner.later -= {argument.name}
    return good


def arguments_as_text(block: Block, inner: Scope) -> Iterator[Hashable]:
    """What a call gives each argument, to see whether two calls are equal.

    A text becomes one of the block; a list, and what is in it, keeps its place in the call.
    """
    for argument in block.arguments:
        node = inner.arguments.get(argument.name)
        value = inner.values.get(argument.name)
        if node is None:
            yield type(value), value
        else:
            yield as_text(node) if isinstance(node, YamlScalar) else (as_text(node), node.span)


def _positional(
    findings: Findings, block: Block, call: Written, names: list[str], given: dict[str, YamlNode], scope: Scope
) -> bool:
    if call.principal is None:
        return True
    principal = _spread(call.principal, scope) if len(names) > 1 else call.principal
    values = principal.items if isinstance(principal, YamlSequence) else [principal]
    if len(values) > len(names):
        wanted = f"it takes {', '.join(names)}" if names else "it takes none"
        findings.add("CNN213", call.principal.span, f"too many arguments for `{block.name}`", wanted)
        return False
    given.update(zip(names, values, strict=False))
    return True


def _spread(node: YamlNode, scope: Scope) -> YamlNode:
    """The list of arguments that an expression after the name of a block gives.

    An argument of the block around it is passed on as the one argument that it is.
    """
    if not isinstance(node, YamlScalar) or not is_expression(node.text):
        return node
    name = node.text[1:]
    if name in scope.arguments and name not in scope.walked:
        return node
    try:
        found = scope.resolve(node)
    except (Mistake, InputUnknown):
        return node  # reported where it is bound
    return found if isinstance(found, YamlSequence) else node


def _bind_one(
    findings: Findings,
    block: Block,
    call: Written,
    argument: Argument,
    given: dict[str, YamlNode],
    scope: Scope,
    inner: Scope,
) -> bool:
    node = given.get(argument.name)
    try:
        if node is not None:
            inner.give(argument.name, scope.resolve(node), scope)
        elif argument.default is not None:
            inner.give(argument.name, inner.resolve(argument.default), None)
        else:
            findings.add(
                "CNN208",
                call.head.span,
                f"`{block.name}` needs `{argument.name}`",
                f"as in `{block.name}: …`",
                f"arguments of `{block.name}`: {', '.join(each.name for each in block.arguments)}",
            )
            return False
    except Mistake as mistake:
        findings.mistake(mistake)
        return False
    except InputUnknown:
        return False
    return True
