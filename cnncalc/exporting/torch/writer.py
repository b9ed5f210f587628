"""A model as PyTorch code."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cnncalc.exporting.code.expressions import quoted_text
from cnncalc.exporting.code.file import heading
from cnncalc.exporting.code.identifiers import Identifiers, class_like
from cnncalc.exporting.code.layout import docstring
from cnncalc.exporting.code.parts import Section
from cnncalc.exporting.code.writing import CodeWriting, code_places
from cnncalc.exporting.exported import CodePlace, Exported, Wishes
from cnncalc.exporting.torch.classes import TorchClass
from cnncalc.exporting.torch.framework import FIXED, TorchCode
from cnncalc.exporting.torch.orders import arrange
from cnncalc.graph import Node
from cnncalc.layers.equals import FIRST, Equal
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
    """Builds the model and prints how many parameters it has."""
    parameters = {name}().parameters()
    count = sum(each.numel() for each in parameters{condition})
    print(f"{{count:,}} {what}")


if __name__ == "__main__":
    main()
'''


def write_torch(spec: Spec, flat: bool = False) -> Exported:
    """A model as PyTorch code.

    Args:
        flat: whether all layers are in the class of the model, one after the other.
    """
    return _Writing(spec, flat).exported()


def as_torch(spec: Spec, wishes: Wishes) -> Exported:
    """A model as PyTorch code, as it is wished for."""
    return write_torch(spec, wishes.is_flat)


class _Writing(CodeWriting):
    title = "PyTorch"

    def __init__(self, spec: Spec, is_flat: bool) -> None:
        super().__init__(spec, TorchCode(), is_flat)
        self.written = [TorchClass(self.classes, each, spec.graph.entries) for each in self.classes.blueprints]
        of_name = {each.blueprint.name: each for each in self.written}
        for each in self.written:
            each.classes_of = of_name

    def arrange(self, model: Section) -> None:
        orders = arrange(model, {node: self.layout(node) for node in self.equals})
        for leaf in model.leaves():
            order = orders[leaf.node]
            if order != FIRST:
                own = self.equals[leaf.node] = self.equal(leaf.node, order=order)
                leaf.becomes(own, self.framework.made(leaf.node, own))

    def stub(self, node: Node, names: Identifiers) -> Equal:
        return _stub(node, names)

    def exported(self) -> Exported:
        """The code, and where the layers' arrays are."""
        places: dict[str, dict[str, tuple[CodePlace, ...]]] = {}
        model = self.classes.model.instances[0]
        for leaf, path in self.written[-1].places(model, ""):
            if leaf.equal.arrays and not leaf.node.shares:
                places[leaf.node.name] = code_places(path, leaf.equal.arrays)
        return Exported("\n".join(self._lines()), places)

    def _lines(self) -> Iterator[str]:
        pieces = [piece.rstrip("\n") for piece in self._pieces()]
        text = "\n\n\n".join(pieces)
        yield from heading(self.analysis, "channels_first", f"torch {TESTED}")
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
        classes = ["\n".join(each.lines(self.about(each.blueprint))) for each in self.written]
        if any(f"{FIXED}(" in each for each in classes):
            yield _FIXED
        yield from classes
        fixed = any(node.is_frozen or self.equals[node].frozen for node in self.spec.graph.nodes)
        condition, what = (" if each.requires_grad", "trainable parameters") if fixed else ("", "parameters")
        yield _MAIN.format(name=self.classes.model.name, condition=condition, what=what)

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


_STUB = """\
class {name}(nn.Module):
{docstring}

    def forward(self, *inputs: Tensor) -> Tensor:
        raise NotImplementedError({message})
"""


def _stub(node: Node, names: Identifiers) -> Equal:
    """What stands for a layer of which nobody knows what it calculates."""
    assert node.layer
    called = node.name
    name = names.new(class_like(str(vars(node.layer)["operation"])))
    gives = node.output.text("channels_first")
    words = docstring([f"Stands for `{called}`, which is not known: it gives {gives} of each sample."], 4)
    message = quoted_text(f"write what {called} calculates")
    helper = _STUB.format(name=name, docstring="\n".join(words), message=message)
    inputs = ", ".join(f"{{{number}}}" for number in range(max(len(node.inputs), 1)))
    return Equal(f"{name}()", f"{{module}}({inputs})", helper=helper)
