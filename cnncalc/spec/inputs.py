"""The inputs of a model."""

from __future__ import annotations

from cnncalc.graph import Node, input_node
from cnncalc.spec.document import Document
from cnncalc.spec.entries import read_name
from cnncalc.spec.settings import InputUnknown, Mistake, Reading, Shape
from cnncalc.spec.source import Mapping as MappingNode
from cnncalc.spec.source import Node as YamlNode
from cnncalc.spec.source import Scalar
from cnncalc.spec.types import ShapeType, excerpt

MAX_INPUTS = 100


def read_inputs(document: Document, layout: str, shown: str) -> list[tuple[str, YamlNode, Node | None]]:
    """Each input's name, the node that names it, and the input; None where it failed.

    Args:
        layout: the order of sizes in the file.
        shown: the order of sizes on the command line.
    """
    inputs = []
    for key, value in _written(document):
        name, node = "input", None
        try:
            if key is not None:
                name = read_name(key)
            if isinstance(value, MappingNode):
                message = "expected sizes such as 28x28x1, found a mapping"
                raise Mistake("CNN205", value, message, "", "several inputs stand under `inputs:`")
            shape = ShapeType().read(document.resolve(value), Reading(layout=layout))
            node = input_node(name, _overridden(document, shape, shown))
        except Mistake as mistake:
            document.findings.mistake(mistake)
        except InputUnknown:
            pass  # a variable whose mistake is reported already
        inputs.append((name, key or value, node))
    return inputs


def _written(document: Document) -> list[tuple[Scalar | None, YamlNode]]:
    """Names and shapes as they are written; a lone shape has no name."""
    several = document.value("inputs")
    if not isinstance(several, MappingNode):
        one = document.value("input") or several
        return [(None, one)] if one else []
    if not several.pairs:
        document.findings.add("CNN203", document.top["inputs"][0].span, "`inputs` is empty", "", "add `image: 28x28x1`")
    if len(several.pairs) > MAX_INPUTS:
        document.findings.add("CNN104", document.top["inputs"][0].span, f"more than {MAX_INPUTS} inputs")
        return []
    return [(key, value) for key, value in several.pairs]


def _overridden(document: Document, shape: Shape, shown: str) -> Shape:
    """The input that the command line gives: a whole shape, or the spatial sizes alone."""
    text = document.overrides.input
    if text is None:
        return shape
    try:
        new = ShapeType().read(Scalar(text, 1, 1, 1, 1 + len(text)), Reading(layout=shown))
    except Mistake as mistake:
        document.command_line("--input", mistake.message, mistake.label)
        return shape
    sizes = new.sizes(shown)
    if len(sizes) == len(shape.spatial) and shape.spatial:
        return Shape(sizes, shape.channels)
    if len(sizes) != len(shape.spatial) + 1:
        message = f"`{excerpt(text)}` cannot stand for {shape.text(shown)}"
        document.command_line("--input", message, "another number of sizes")
        return shape
    return new
