"""A model as PyTorch code."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cnncalc.exporting.code.blocks import default_arguments, descriptions
from cnncalc.exporting.code.classes import Classes
from cnncalc.exporting.code.expressions import quoted_text
from cnncalc.exporting.code.file import heading
from cnncalc.exporting.code.identifiers import Identifiers, class_like
from cnncalc.exporting.code.layout import docstring
from cnncalc.exporting.code.parts import is_block, parts_of
from cnncalc.exporting.exported import CodePlace, Exported, Wishes
from cnncalc.exporting.findings import not_expressible
from cnncalc.exporting.torch.classes import TorchClass
from cnncalc.exporting.torch.framework import FIXED, TorchCode
from cnncalc.graph import Node
from cnncalc.layers.equals import Array, Equal, NoEqual, Places, equal
from cnncalc.source.diagnostics import SpecError, in_order
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


def write(spec: Spec, flat: bool = False) -> Exported:
    """A model as PyTorch code.

    Args:
        flat: whether all layers are in the class of the model, one after the other.
    """
    return _Writing(spec, flat).exported()


def as_torch(spec: Spec, wishes: Wishes) -> Exported:
    """A model as PyTorch code, as it is wished for."""
    return write(spec, wishes.is_flat)


class _Writing:
    def __init__(self, spec: Spec, flat: bool) -> None:
        self.spec = spec
        self.framework = TorchCode()
        self.equals = self._equals()
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

    def _equals(self) -> dict[Node, Equal]:
        """What PyTorch has in the place of each layer.

        Raises:
            SpecError: it has nothing in the place of some.
        """
        found: dict[Node, Equal] = {}
        missing = []
        stubs = Identifiers(self.framework.reserved)
        for node in self.spec.graph.nodes:
            assert node.layer
            if node.layer.is_opaque:
                found[node] = _stub(node, stubs)
                continue
            order = node.rules.order if node.rules else self.spec.order
            try:
                found[node] = equal(node.kind, self.framework.name, node.layer, node.input_shapes, node.output, order)
            except NoEqual as error:
                missing.append(not_expressible(self.spec, node, "PyTorch", str(error)))
        if missing:
            raise SpecError(in_order(missing))
        return found

    def exported(self) -> Exported:
        """The code, and where the layers' arrays are."""
        places: dict[str, dict[str, tuple[CodePlace, ...]]] = {}
        model = self.classes.model.instances[0]
        for leaf, path in self.written[-1].places(model, ""):
            if leaf.equal.arrays and not leaf.node.shares:
                places[leaf.node.name] = {name: _places(path, place) for name, place in leaf.equal.arrays.items()}
        return Exported("\n".join(self._lines()), places)

    def _lines(self) -> Iterator[str]:
        pieces = [piece.rstrip("\n") for piece in self._pieces()]
        text = "\n\n\n".join(pieces)
        yield from heading(self.spec, "channels_first", f"torch {TESTED}")
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
        fixed = any(node.is_frozen or self.equals[node].frozen for node in self.spec.graph.nodes)
        condition, what = (" if each.requires_grad", "trainable parameters") if fixed else ("", "parameters")
        yield _MAIN.format(name=self.classes.model.name, condition=condition, what=what)

    def _of_class(self, each: TorchClass) -> str:
        entry = each.blueprint.instances[0].entry
        if entry is None:
            return f"The model `{self.spec.name}`."
        if not is_block(entry):
            return f"The layers of `{entry.name}`."
        return self.descriptions.get(entry.kind, f"The block `{entry.kind}`.")

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


def _places(path: str, places: Places) -> tuple[CodePlace, ...]:
    """Where an array is in the model, given where the module is."""
    if isinstance(places, Array):
        return (CodePlace(path, places),)
    return tuple(CodePlace(path, place, row) for row, place in enumerate(places))


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
