"""Settings that are given and change nothing, and names that keep the language from meaning anything else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cnncalc.checks.check import Finding, check, layers
from cnncalc.layers.index import SINCE
from cnncalc.spec.language.blocks import ADDED

if TYPE_CHECKING:
    from cnncalc.checks.model import Model
    from cnncalc.graph import Node

_NEW_WORDS = frozenset(SINCE) | frozenset(ADDED) - {"for"}
"""New kinds and keys, except what could never be the name of anything else."""


@check(
    "CNN543",
    "a setting that changes nothing",
    "The layer is the same without it: a scale or center with `affine: false`, a dilation of a kernel with a single "
    "tap. One of the two settings is probably a mistake.",
    wrong=layers("{conv: 1x1x8, dilation: 4}"),
    right=layers("{conv: 3x3x8, dilation: 4}"),
)
def idle_settings(model: Model) -> Iterator[Finding]:
    """A `true` that another setting overrules, and a dilation of a single tap."""
    for group in model.alike:
        node = group[0].node
        for name, text in group[0].texts.items():
            if text.lower() == "true" and vars(node.layer).get(name) is False:
                message = f"`{name}: true` changes nothing with `affine: false`"
                yield Finding(
                    group, name, message, "`affine: false` leaves out both scale and center", ("remove one of the two",)
                )
            if name == "dilation" and _has_nothing_to_spread(node):
                message = "a kernel with a single tap has nothing to spread: the dilation changes nothing"
                yield Finding(group, name, message, "", ("remove it, or use a larger kernel",))


def _has_nothing_to_spread(node: Node) -> bool:
    """Whether a kernel has a single tap along every axis on which it is dilated."""
    values = vars(node.layer)
    axes = list(zip(values.get("kernel", ()), values["dilation"], strict=False))
    return any(d > 1 for _, d in axes) and all(k == 1 for k, d in axes if d > 1)


@check(
    "CNN550",
    "a name that the language uses now",
    "The spec gives a block, or an argument of one, a name that has since become a kind or a key. Its own meaning is "
    "kept, so that nothing changes, but the kind or key of that name cannot be used.",
    wrong="blocks: {model: [relu]}\n" + layers("model"),
    right="blocks: {head: [relu]}\n" + layers("head"),
    severity="note",
)
def names_of_its_own(model: Model) -> Iterator[Finding]:
    """Blocks and arguments with names that a later version of the language uses."""
    text = model.written.source.text
    if "blocks:" not in text or not any(word in text for word in _NEW_WORDS):
        return  # hardly any spec has such a name: their places are only looked for if one may
    for word, own, place in model.written.definitions.names_used_since():
        use = "a kind" if own == "block" else "a key of every entry"
        message = f"`{word}` is {use} since version 2 of the language"
        help = "rename it, or write `cnncalc: 1` at the top"
        yield Finding(place, "", message, f"this {own} keeps its own meaning", (help,))
