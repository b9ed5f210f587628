"""The inputs of a model."""

from __future__ import annotations

from cnncalc.graph import input_node
from cnncalc.settings.setting import InputUnknown, Mistake, Reading
from cnncalc.settings.shape import Shape
from cnncalc.settings.types import ShapeType
from cnncalc.settings.value_orders import in_words, readings, sizes_text
from cnncalc.source.diagnostics import Span, excerpt
from cnncalc.source.yaml_nodes import YamlMapping, YamlNode, YamlScalar
from cnncalc.spec.expand.entries import read_name
from cnncalc.spec.given_inputs import ALL, mistake_of, read_shape
from cnncalc.spec.top_level import Document, Overrides
from cnncalc.spec.written import WrittenInput

MAX_INPUTS = 100
MAX_READINGS = 4
"""How many other orders of sizes are tried when a model has errors."""


def read_inputs(document: Document, layout: str, shown: str) -> list[WrittenInput]:
    """The inputs, in order.

    Args:
        layout: the order of sizes in the file.
        shown: the order of sizes on the command line.
    """
    inputs: list[WrittenInput] = []
    written = _written(document)
    given = document.overrides.inputs
    beside_maps = given.for_all and any(_has_positions(document, each) for _, each in written)
    for key, value in written:
        name, node = "input", None
        order: str = layout
        place: Span | None = value.span
        try:
            if key is not None:
                name = read_name(key)
            if isinstance(value, YamlMapping):
                message = "expected sizes such as 28x28x1, found a mapping"
                raise Mistake("CNN205", value, message, "", "several inputs belong under `inputs:`")
            shape = ShapeType().read(document.resolve(value), Reading(layout=layout))
            read = _overridden(document, name, shape, shown, beside_maps)
            if read[1:] != shape[1:]:
                order, place = shown, None
            node = input_node(name, dict(document.overrides.read_as).get(name, read))
        except Mistake as mistake:
            document.findings.mistake(mistake)
        except InputUnknown:
            pass  # a variable whose mistake is reported already
        inputs.append(WrittenInput(name, (key or value).span, node, order, place))
    if all(each.node for each in inputs):  # or else a name may not have been read
        document.findings.items += given.unknown(each.name for each in inputs)
    return inputs


def other_readings(
    document: Document, inputs: list[WrittenInput], layout: str, shown: str
) -> list[tuple[str, Overrides]]:
    """Other ways to read the sizes of an input: a sentence about each, and the overrides that try it."""
    found = []
    for each in inputs:
        node = each.node
        if node is None:
            continue
        given = document.overrides.inputs
        name = "" if given.for_all else f"{each.name}="
        order, option = (layout, "") if given.text(each.name) is None else (shown, f"--input {name}")
        sizes = node.output.sizes(order)
        for other in dict.fromkeys(readings(sizes, order)):
            what = f"`{option}{sizes_text(sizes)}` is read as {in_words(node.output)}"
            help = f"{what}; write `{option}{sizes_text(other)}` if that is meant"
            found.append((help, document.overrides._replace(read_as=((each.name, Shape.of(other, order)),))))
    return found[:MAX_READINGS]


def _written(document: Document) -> list[tuple[YamlScalar | None, YamlNode]]:
    """Names and shapes as written; a single shape has no name."""
    several = document.value("inputs")
    if not isinstance(several, YamlMapping):
        one = document.value("input") or several
        return [(None, one)] if one else []
    if not several.pairs:
        document.findings.add("CNN203", document.top["inputs"][0].span, "`inputs` is empty", "", "add `image: 28x28x1`")
    if len(several.pairs) > MAX_INPUTS:
        document.findings.add("CNN104", document.top["inputs"][0].span, f"more than {MAX_INPUTS} inputs")
        return []
    return [(key, value) for key, value in several.pairs]


def _has_positions(document: Document, written: YamlNode) -> bool:
    """Whether an input is more than a vector; its mistakes are reported where it is read."""
    try:
        return bool(ShapeType().read(document.resolve(written), Reading()).spatial)
    except (Mistake, InputUnknown):
        return True


def _overridden(document: Document, name: str, shape: Shape, shown: str, beside_maps: bool) -> Shape:
    """The input that the command line gives: a whole shape, or just the spatial sizes.

    Args:
        beside_maps: whether an input has positions: then several sizes are those of such inputs, and vectors stay.
    """
    given = document.overrides.inputs
    text, named = given.text(name), ALL if given.for_all else name
    if text is None:
        return shape
    try:
        new = read_shape(text, shown)
    except Mistake as mistake:
        document.findings.items.append(mistake_of(named, mistake.message, mistake.label))
        return shape
    sizes = new.sizes(shown)
    if len(sizes) == len(shape.spatial) and shape.spatial:
        return Shape(sizes, shape.channels)
    if beside_maps and not shape.spatial and len(sizes) > 1:
        return shape
    if len(sizes) != len(shape.spatial) + 1:
        message = f"`{excerpt(text)}` cannot replace {shape.text(shown)}"
        document.findings.items.append(mistake_of(named, message, "it has a different number of sizes"))
        return shape
    return new
