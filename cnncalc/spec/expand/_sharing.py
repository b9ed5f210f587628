"""`share`: an entry that is placed again on another input, with the same weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.graph import Entry, Node
from cnncalc.layers import KINDS, layer_class
from cnncalc.named_tuple import NamedTuple
from cnncalc.settings.setting import InputUnknown, Mistake
from cnncalc.settings.types import scalar
from cnncalc.source.diagnostics import Span, excerpt
from cnncalc.source.entry import Written
from cnncalc.source.yaml_nodes import YamlScalar, YamlSequence
from cnncalc.spec.expand._structures import refuse_settings
from cnncalc.spec.expand.entries import COMMON
from cnncalc.spec.findings import Findings
from cnncalc.spec.language.names import where_written
from cnncalc.spec.language.scope import Scope

if TYPE_CHECKING:
    from cnncalc.spec.expand.placement import Placed, Placement


class Recipe(NamedTuple):
    """How an entry was placed, so that it can be placed again."""

    written: Written
    scope: Scope
    entry: Entry


def place_share(to: Placement, written: Written, path: str, source: Node | None, scope: Scope) -> Placed:
    """Places the named entry again."""
    refuse_settings(to, written, frozenset())
    _refuse_trainable(to.findings, written)
    try:
        if written.principal is None:
            message = "`share` takes the name of a layer, group or block call"
            raise Mistake("CNN205", written.head, message, "", "as in `- {share: conv1, from: input}`")
        name = scalar(scope.resolve_name(written.principal), "the name of a layer, group or block call")
    except (Mistake, InputUnknown) as error:
        to.failed(error)
        return None, None
    text = name.text
    place, span = where_written(name, scope)
    known = to.names.path(text, place)
    recipe = to.recipes.get(known)
    if recipe is None:
        with to.findings.within(place):
            _not_shared(to, span, text, known, place)
        return None, None
    if recipe.written.kind in KINDS and layer_class(recipe.written.kind).reads_nothing:
        to.refuse_from(written, f"a `share` of `{excerpt(text)}`")
    if isinstance(recipe.written.value("from"), YamlSequence):
        message = f"`{excerpt(text)}` reads several tensors and cannot be shared"
        label = f"`{written.kind}` passes on one"
        to.findings.add("CNN313", written.head.span, message, label, "write the layer a second time")
        return None, None
    first = len(to.nodes)
    entry, end = _again(to, recipe, path, source)
    originals = [node for each in recipe.entry.walk() for node in each.nodes]
    copies = [node for each in entry.walk() for node in each.nodes] if entry else []
    if end is None or not _same_weights(to.findings, written, originals, copies, to.reader.layout):
        del to.nodes[first:]
        return None, None
    for copy, original in zip(copies, originals, strict=True):
        copy.shares = original.shares or original
        copy.is_frozen = original.is_frozen
    assert entry is not None
    return Entry(path, "share", written, [], [entry], end), end


def _refuse_trainable(findings: Findings, written: Written) -> None:
    for key, _ in written.settings:
        if key.text == "trainable":
            label = "the weights belong to the entry that it names"
            message = "`trainable` has no meaning on a `share`"
            findings.add("CNN219", key.span, message, label, "write it in that entry")


def _not_shared(to: Placement, span: Span, text: str, path: str, scope: Scope) -> None:
    """Reports why there is nothing to share under a name, unless that entry already failed."""
    if path in to.names.open:
        to.findings.add("CNN311", span, f"`{excerpt(text)}` cannot be shared inside itself")
    elif path not in to.names.ends:
        to.names.not_found(span, text, scope)
    elif model := _model_around(to, path):
        message = f"`{excerpt(text)}` is inside a model, which is shared as a whole"
        to.findings.add("CNN310", span, message, f"`{model}` is the call", f"write `share: {model}`")
    elif to.names.ends[path]:
        help = "name a layer, a group or the call of a block"
        to.findings.add("CNN310", span, f"`{excerpt(text)}` has no layers to share", "", help)


def _model_around(to: Placement, path: str) -> str:
    """The path of the call of the model that an entry is in, "" if it is in none."""
    while "." in path:
        path = path.rpartition(".")[0]
        if path in to.recipes and to.recipes[path].entry.inside:
            return path
    return ""


def _again(to: Placement, recipe: Recipe, path: str, source: Node | None) -> Placed:
    scope = Scope(f"{path}.", recipe.scope, recipe.scope.values)
    common = {key.text: value for key, value in recipe.written.settings if key.text in COMMON}
    if "for" in common:
        from cnncalc.spec.expand._runs import place_run

        return place_run(to, recipe.written, path, source, scope)
    if "repeat" in common:
        return to.repeated(recipe.written, common, path, source, scope)
    return to.placed(recipe.written, path, source, scope, is_named=True)


def _same_weights(findings: Findings, written: Written, originals: list[Node], copies: list[Node], layout: str) -> bool:
    """Whether the weights of the originals fit the copies."""
    if [node.kind for node in originals] != [node.kind for node in copies]:
        name = written.principal.text if isinstance(written.principal, YamlScalar) else written.kind
        message = f"`{excerpt(name)}` has other layers with this input"
        findings.add("CNN313", written.head.span, message, "its `when` or `repeat` depends on the input")
        return False
    for original, copy in zip(originals, copies, strict=True):
        assert original.layer is not None
        assert copy.layer is not None
        was, now = original.x, copy.x
        if original.weights != copy.weights:
            message = f"`{original.name}` cannot be shared with this input"
            if was.channels == now.channels:  # one number per value
                label = f"its weights are for {was.text(layout)}, but it gets {now.text(layout)}"
                of = "the same size"
            else:
                count = f"{was.channels:,} input channel{'' if was.channels == 1 else 's'}"
                label, of = f"its weights are for {count}, but it gets {now.channels:,}", "as many channels"
            help = f"share it on a tensor with {of}, or write a separate layer here"
            findings.add("CNN313", written.head.span, message, label, help)
            return False
    return True
