"""A model as PyTorch code."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import cnncalc
from cnncalc.analysis import analyze
from cnncalc.exporting.code.blocks import default_arguments, descriptions
from cnncalc.exporting.code.classes import Classes
from cnncalc.exporting.code.layout import docstring
from cnncalc.exporting.code.parts import parts_of
from cnncalc.exporting.exported import Exported
from cnncalc.exporting.torch.classes import TorchClass
from cnncalc.exporting.torch.framework import FIXED, TorchCode
from cnncalc.graph import Node
from cnncalc.layers import KINDS
from cnncalc.layers.equals import Equal, Places, equal
from cnncalc.spec.language.names import STRUCTURES
from cnncalc.spec.reader import Spec

TESTED = "2.13"
"""The version of PyTorch that the tests run the code with."""

_FIXED = '''\
def fixed(module: T, *names: str) -> T:
    """Keeps parameters of a module as they are: training does not change them."""
    for name in names:
        module.get_parameter(name).requires_grad_(False)
    return module
'''

_MAIN = '''\
def main() -> None:
    """Builds the model and prints its parameters."""
    model = {name}()
    print(model)
    trainable = (each.numel() for each in model.parameters() if each.requires_grad)
    print(f"{{sum(trainable):,}} trainable parameters")


if __name__ == "__main__":
    main()
'''


def write(spec: Spec, flat: bool = False) -> Exported:
    """A model as PyTorch code.

    Args:
        flat: whether all layers are in the class of the model, one after the other.
    """
    return _Writing(spec, flat).exported()


class _Writing:
    def __init__(self, spec: Spec, flat: bool) -> None:
        self.spec = spec
        self.framework = TorchCode()
        self.equals = {node: self._equal(node) for node in spec.graph.nodes}
        texts = dict.fromkeys(each.helper for each in self.equals.values() if each.helper)
        lines = [line for text in texts for line in text.split("\n")]
        self.imported = {line for line in lines if line.startswith(("from ", "import "))}
        bodies = ["\n".join(line for line in text.split("\n") if line not in self.imported) for text in texts]
        self.helpers = list(dict.fromkeys(each.strip("\n") for text in bodies for each in text.split("\n\n\n")))
        named = {name for helper in self.helpers for name in re.findall(r"^class (\w+)", helper, re.MULTILINE)}
        model = parts_of(spec.graph, self.equals, self.framework, flat)
        root = spec.parsed.root
        self.classes = Classes(model, spec.name, self.framework, named, default_arguments(root))
        self.descriptions = descriptions(root)
        self.written = [TorchClass(self.classes, each) for each in self.classes.blueprints]
        of_name = {each.blueprint.name: each for each in self.written}
        for each in self.written:
            each.classes_of = of_name
            each.entries = spec.graph.entries

    def _equal(self, node: Node) -> Equal:
        assert node.layer
        order = node.rules.order if node.rules else self.spec.order
        return equal(node.kind, self.framework.name, node.layer, node.input_shapes, node.output, order)

    def exported(self) -> Exported:
        """The code, and where the layers' arrays are."""
        places: dict[str, dict[str, tuple[str, Places]]] = {}
        model = self.classes.model.instances[0]
        for leaf, path in self.written[-1].places(model, ""):
            if leaf.equal.arrays and not leaf.node.shares:
                places[leaf.node.name] = {name: (path, place) for name, place in leaf.equal.arrays.items()}
        return Exported("\n".join(self._lines()), places)

    def _lines(self) -> Iterator[str]:
        pieces = [piece.rstrip("\n") for piece in self._pieces()]
        text = "\n\n\n".join(pieces)
        yield from docstring(self._description())
        yield ""
        yield from self._imports(text)
        yield ""
        if "module: T," in text:
            yield 'T = TypeVar("T", bound=nn.Module)'
            yield ""
        yield ""
        yield text
        yield ""

    def _pieces(self) -> Iterator[str]:
        yield from self.helpers
        classes = ["\n".join(each.lines(self._of_class(each))) for each in self.written]
        if any(f"{FIXED}(" in each for each in classes):
            yield _FIXED
        yield from classes
        yield _MAIN.format(name=self.classes.model.name)

    def _of_class(self, each: TorchClass) -> str:
        entry = each.blueprint.instances[0].entry
        if entry is None:
            return f"The model `{self.spec.name}`."
        if entry.kind in KINDS or entry.kind in STRUCTURES:
            return f"The layers of `{entry.name}`."
        return self.descriptions.get(entry.kind, f"The block `{entry.kind}`.")

    def _description(self) -> Sequence[str]:
        spec = self.spec
        totals = analyze(spec).totals
        rows = [
            *(("input", node.output.text("channels_first")) for node in spec.graph.inputs),
            *(("output", node.output.text("channels_first")) for node in spec.graph.output_nodes),
            ("params", f"{totals.params:,}"),
            ("MACs", f"{totals.macs:,}"),
        ]
        numbers = "\n".join(f"{name}: {value}" for name, value in rows)
        origin = f"Written by cnncalc {cnncalc.__version__}; tested with torch {TESTED}. The code is yours."
        return [spec.description or spec.name, numbers, origin]

    def _imports(self, text: str) -> Iterator[str]:
        standard = ["import math"] if re.search(r"\bmath\.", text) else []
        typing = [name for name, sign in (("Any", r"\bAny\b"), ("TypeVar", "module: T,")) if re.search(sign, text)]
        standard += [f"from typing import {', '.join(typing)}"] if typing else []
        yield from standard
        if standard:
            yield ""
        if re.search(r"\btorch\.", text):
            yield "import torch"
        if re.search(r"\bF\.", text):
            yield "import torch.nn.functional as F"
        names = ["Tensor"] if re.search(r"\bTensor\b", re.sub(r"torch\.Tensor", "", text)) else []
        yield f"from torch import {', '.join([*names, 'nn'])}"
        yield from sorted(self.imported)
