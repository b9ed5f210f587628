"""A model as PyTorch code."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cached_property

from cnncalc.exporting.code.expressions import Call, Identifier, Literal
from cnncalc.exporting.code.file import heading, without_texts
from cnncalc.exporting.code.identifiers import Identifiers, class_like
from cnncalc.exporting.code.layout import docstring, laid_out
from cnncalc.exporting.code.modules import module_entries
from cnncalc.exporting.code.parts import Section
from cnncalc.exporting.code.structured import code_with_blocks
from cnncalc.exporting.code.writing import CodeWriting, code_places, original_of
from cnncalc.exporting.exported import CodePlace, Exported, Places, Wishes
from cnncalc.exporting.torch.classes import TorchClass
from cnncalc.exporting.torch.framework import FIXED, TorchCode
from cnncalc.exporting.torch.helpers import HelperClasses
from cnncalc.exporting.torch.modules import TorchModule
from cnncalc.exporting.torch.orders import arrange
from cnncalc.exporting.torch.original import OriginalModules, against_original, with_views
from cnncalc.graph import Entry, Node
from cnncalc.importing.draft import DraftLayer
from cnncalc.layers.equals import FIRST, Array, Equal
from cnncalc.source.diagnostics import listed
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
    if original_of(spec):
        return write_torch(spec, wishes.is_flat)
    return code_with_blocks(spec, wishes, write_torch)


class _Writing(CodeWriting):
    title = "PyTorch"

    def __init__(self, spec: Spec, is_flat: bool) -> None:
        super().__init__(spec, TorchCode(), is_flat)
        kind = TorchModule if self.original and not is_flat else TorchClass
        self.written = [kind(self.classes, each, spec.graph.entries) for each in self.classes.blueprints]
        of_name = {each.blueprint.name: each for each in self.written}
        for each in self.written:
            each.classes_of = of_name

    @cached_property
    def layers(self) -> Mapping[Node, DraftLayer]:
        """What each layer was read from, if the file tells of modules."""
        by_name = {name: layer for layer, name in self.original.names.items()} if self.original else {}
        return {node: by_name[node.name] for node in self.spec.graph.nodes if node.name in by_name}

    @cached_property
    def _modules(self) -> OriginalModules:
        return OriginalModules(self.layers.values())

    @cached_property
    def _helper_classes(self) -> HelperClasses:
        return HelperClasses()

    def in_original(self, node: Node) -> Mapping[str, Array]:
        layer = None if self.is_flat else self.layers.get(node.shares or node)
        return self._modules.arrays(layer) if layer else {}

    def equal(self, node: Node, padded_by: str = "", order: str = FIRST) -> Equal:
        found = self._helper_classes.told_apart(super().equal(node, padded_by, order))
        return with_views(found, self.layers[node]) if node in self.layers and not self.is_flat else found

    def entries(self) -> list[Entry] | None:
        if self.original is None:
            return None
        return module_entries(self.spec.graph, self.layers, self.equals)

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
        return Exported("\n".join(self._lines()), self.places)

    @cached_property
    def places(self) -> Places:
        """Where the layers' arrays are."""
        found: dict[str, dict[str, tuple[CodePlace, ...]]] = {}
        model = self.classes.model.instances[0]
        for leaf, path in self.written[-1].places(model, ""):
            if leaf.equal.arrays and not leaf.node.shares:
                found[leaf.node.name] = code_places(path, leaf.equal.arrays)
        return found

    def _about_state(self) -> str:
        """Whether the state of the original fits; "" if there is none."""
        if not self.original or not self.original.draft.state:
            return ""
        state = against_original(self.original.draft.state, self.places, self.equals, self.layers)
        if not state.is_taken:
            return "The original's `state_dict` does not fit: `--weights-to` of `cnncalc export` writes one that does."
        if not state.left:
            return "`load_state_dict` takes the original's `state_dict`."
        names = listed([f"`{name}`" for name in state.left], 2)
        return f"`load_state_dict` takes the original's `state_dict` with `strict=False`: {names} are left over."

    def _lines(self) -> Iterator[str]:
        pieces = [piece.rstrip("\n") for piece in self._pieces()]
        text = "\n\n\n".join(pieces)
        yield from heading(self.analysis, self.title_of_model, "channels_first", f"torch {TESTED}", self._about_state())
        yield ""
        yield from self._imports(text)
        yield ""
        if "module: T," in without_texts(text):
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
        text = without_texts(text)
        standard = ["import math"] if re.search(r"\bmath\.", text) else []
        standard += ["from collections import OrderedDict"] if "OrderedDict(" in text else []
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
{raised}
"""


def _stub(node: Node, names: Identifiers) -> Equal:
    """What stands for a layer of which nobody knows what it calculates."""
    assert node.layer
    called = node.name
    name = names.new(class_like(str(vars(node.layer)["operation"])))
    gives = node.output.text("channels_first")
    words = docstring([f"Stands for `{called}`, which is not known: it gives {gives} of each sample."], 4)
    error = Call(Identifier("NotImplementedError"), (Literal(f"write what {called} calculates"),))
    raised = "\n".join(laid_out("raise ", error, "", 8))
    helper = _STUB.format(name=name, docstring="\n".join(words), raised=raised)
    inputs = ", ".join(f"{{{number}}}" for number in range(max(len(node.inputs), 1)))
    return Equal(f"{name}()", f"{{module}}({inputs})", helper=helper)
