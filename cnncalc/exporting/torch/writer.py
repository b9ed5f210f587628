"""A model as PyTorch code."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cached_property

from cnncalc.exporting.code.file import MAIN
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

_FIXED = '''\
def fixed(module: T, *names: str) -> T:
    """Keeps parameters of a module as they are: training does not change them."""
    for name in names:
        module.get_parameter(name).requires_grad_(False)
    return module
'''

_STUB = """\
class {name}(nn.Module):
{docstring}

    def forward(self, *inputs: Tensor) -> Tensor:
{raised}
"""


def write_torch(spec: Spec, flat: bool = False) -> Exported:
    """A model as PyTorch code.

    Args:
        flat: whether all layers are in the class of the model, one after the other.
    """
    return _TorchWriting(spec, flat).exported()


def as_torch(spec: Spec, wishes: Wishes) -> Exported:
    """A model as PyTorch code, as it is wished for."""
    if original_of(spec):
        return write_torch(spec, wishes.is_flat)
    return code_with_blocks(spec, wishes, write_torch)


class _TorchWriting(CodeWriting):
    title = "PyTorch"
    tested = "torch 2.13"
    stub_text = _STUB

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

    def exported(self) -> Exported:
        """The code, and where the layers' arrays are."""
        return Exported(self.text(), self.places)

    @cached_property
    def places(self) -> Places:
        """Where the layers' arrays are."""
        found: dict[str, dict[str, tuple[CodePlace, ...]]] = {}
        model = self.classes.model.instances[0]
        for leaf, path in self.written[-1].places(model, ""):
            if leaf.equal.arrays and not leaf.node.shares:
                found[leaf.node.name] = code_places(path, leaf.equal.arrays)
        return found

    def about_state(self) -> str:
        if not self.original or not self.original.draft.state:
            return ""
        state = against_original(self.original.draft.state, self.places, self.equals, self.layers)
        if not state.is_taken:
            return "The original's `state_dict` does not fit: `--weights-to` of `cnncalc export` writes one that does."
        if not state.left:
            return "`load_state_dict` takes the original's `state_dict`."
        names = listed([f"`{name}`" for name in state.left], 2)
        return f"`load_state_dict` takes the original's `state_dict` with `strict=False`: nothing here reads {names}."

    def pieces(self) -> Iterator[str]:
        yield from self.helpers
        classes = ["\n".join(each.lines(self.about(each.blueprint))) for each in self.written]
        if any(f"{FIXED}(" in each for each in classes):
            yield _FIXED
        yield from classes
        fixed = any(node.is_frozen or self.equals[node].frozen for node in self.spec.graph.nodes)
        condition, what = (" if each.requires_grad", "trainable parameters") if fixed else ("", "parameters")
        model = self.classes.model.name
        yield MAIN.format(
            model=model,
            arrays="parameters",
            attribute="parameters()",
            size="each.numel()",
            condition=condition,
            what=what,
        )

    def imports(self, code: str) -> Iterator[str]:
        standard = ["import math"] if re.search(r"\bmath\.", code) else []
        standard += ["from collections import OrderedDict"] if "OrderedDict(" in code else []
        typing = [name for name, sign in (("Any", r"\bAny\b"), ("TypeVar", "module: T,")) if re.search(sign, code)]
        standard += [f"from typing import {', '.join(typing)}"] if typing else []
        yield from standard
        if standard:
            yield ""
        if re.search(r"\btorch\.", code):
            yield "import torch"
        if re.search(r"\bF\.", code):
            yield "import torch.nn.functional as F"
        names = ["Tensor"] if re.search(r"\bTensor\b", re.sub(r"torch\.Tensor", "", code)) else []
        yield f"from torch import {', '.join([*names, 'nn'])}"
        yield from sorted(self.imported)
        if "TypeVar" in typing:
            yield ""
            yield 'T = TypeVar("T", bound=nn.Module)'
