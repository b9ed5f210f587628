"""A model as Keras code."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator

from cnncalc.exporting.code.file import MAIN
from cnncalc.exporting.code.structured import code_with_blocks
from cnncalc.exporting.code.writing import CodeWriting, code_places
from cnncalc.exporting.exported import CodePlace, Exported, Wishes
from cnncalc.exporting.keras.framework import SHARED, KerasCode
from cnncalc.exporting.keras.functions import KerasFunction
from cnncalc.exporting.keras.names import LayerNames
from cnncalc.exporting.keras.operations import ModelOperations, groups
from cnncalc.graph import Node
from cnncalc.layers.equals import Equal
from cnncalc.spec.reader import Spec

_SHARED = '''\
def shared(
    block: Callable[..., Any], tensors: list[KerasTensor], *values: Any, **options: Any
) -> keras.Model:
    """A block as a model, which can be applied again with the same weights."""
    inputs = [keras.Input(batch_shape=each.shape, dtype=each.dtype) for each in tensors]
    outputs = block(*inputs, *values, **options)
    return keras.Model(inputs, outputs, name=options["name"])
'''

_STUB = """\
class {name}(layers.Layer):
{docstring}

    def compute_output_shape(self, *shapes):
        return (None, *{sizes})

    def call(self, *inputs):
{raised}
"""


def write_keras(spec: Spec, flat: bool = False) -> Exported:
    """A model as Keras code.

    Args:
        flat: whether all layers are in the function of the model, one after the other.
    """
    return _KerasWriting(spec, flat).exported()


def as_keras(spec: Spec, wishes: Wishes) -> Exported:
    """A model as Keras code, as it is wished for."""
    return code_with_blocks(spec, wishes, write_keras)


class _KerasWriting(CodeWriting):
    title = "Keras"
    tested = "Keras 3.15 on PyTorch 2.13, TensorFlow 2.21 and JAX 0.10"  # the last two by hand
    stub_text = _STUB

    def __init__(self, spec: Spec, is_flat: bool) -> None:
        super().__init__(spec, KerasCode(), is_flat)
        self.written = [KerasFunction(self.classes, each, spec.graph.entries) for each in self.classes.blueprints]
        functions = {each.blueprint.name: each for each in self.written}
        for each in self.written:
            each.functions = functions
        layers = [*self.written[-1].layers(self.classes.model.instances[0], ())]
        paths = [(node.name,) for node in spec.graph.inputs] + [path for _, path in layers]
        texts = [text for each in self.equals.values() for text in (each.module, each.forward)]
        names = LayerNames(spec.name, paths, texts)
        self.layers = [(leaf, names.full(path)) for leaf, path in layers]
        for each in self.written:
            each.names = names
        of_parts = {id(part): each for each in self.written for part in each.blueprint.instances}
        called = {id(leaf): name for leaf, name in self.layers}
        self.operations = ModelOperations(of_parts, called).of_model(self.classes.model.instances[0])
        self.written[-1].depth = self.operations.depth

    def _equals(self) -> dict[Node, Equal]:
        return self._padded_alike(super()._equals())

    def _padded_alike(self, equals: dict[Node, Equal]) -> dict[Node, Equal]:
        """The same, but layers that come from one text are padded in one way, so that one function has them all."""
        by_text: dict[Hashable, list[Node]] = {}
        for entry in self.spec.graph.walk():
            for place, node in enumerate(entry.nodes):
                by_text.setdefault((id(entry.written.head), place), []).append(node)
        for nodes in by_text.values():
            if len({_way_of_padding(equals[node]) for node in nodes}) == 1:
                continue
            for way in ("same", "layer"):
                found = {node: self.equal(node, way) for node in nodes if node in equals}
                if len({*map(_way_of_padding, found.values())}) == 1:
                    equals = {**equals, **found}
                    break
        return equals

    def exported(self) -> Exported:
        """The code, and where the layers' arrays are."""
        places: dict[str, dict[str, tuple[CodePlace, ...]]] = {}
        for leaf, name in self.layers:
            if leaf.equal.arrays and not leaf.node.shares:
                places[leaf.node.name] = code_places(name, leaf.equal.arrays)
        return Exported(self.text(), places, dict(groups(self.operations.operations)))

    def pieces(self) -> Iterator[str]:
        yield from self.helpers
        functions = ["\n".join(each.lines(self.about(each.blueprint))) for each in self.written]
        if any(f" = {SHARED}(" in each for each in functions):
            yield _SHARED
        yield from functions
        yield MAIN.format(
            model=self.classes.model.name,
            arrays="variables",
            attribute="trainable_variables",
            size="math.prod(each.shape)",
            condition="",
            what="trainable parameters",
        )

    def imports(self, code: str) -> Iterator[str]:
        yield "import math"
        if self.written[-1].is_deep:
            yield "import sys"
        if "Callable[" in code:
            yield "from collections.abc import Callable"
        if re.search(r"\bAny\b", code):
            yield "from typing import Any"
        yield ""
        yield "import keras"
        names = [
            name
            for name, sign in (("KerasTensor", r"\bKerasTensor\b"), ("layers", r"\blayers\."), ("ops", r"\bops\."))
            if re.search(sign, code)
        ]
        if names:
            yield f"from keras import {', '.join(names)}"


def _way_of_padding(equal: Equal) -> tuple[bool, bool]:
    return 'padding="same"' in equal.module, "ZeroPadding" in equal.forward
