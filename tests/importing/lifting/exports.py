"""Modules that are exported by PyTorch, read and lifted; their values in PyTorch, and those of the layers."""

from __future__ import annotations

import io
import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from importing.lifting import operation_graphs
from torch import nn
from torch.export import Dim, ExportedProgram, export

from cnncalc.importing.draft import Draft
from cnncalc.importing.lifting import lift
from cnncalc.importing.pt2.reader import read_pt2

SAMPLES = 2


def program(module: nn.Module, *sizes: tuple[int, ...], batch: int | None = None) -> ExportedProgram:
    """A module as `torch.export` sees it, of any batch or of a fixed one."""
    torch.manual_seed(0)
    for parameter in module.parameters():
        if parameter.ndim < 2:  # zeros and ones hide what is forgotten
            nn.init.normal_(parameter, 1 if parameter.ndim else 0.5, 0.3)
    examples = tuple(torch.randn(batch or SAMPLES + 1, *each) for each in sizes)
    is_open = None if batch else tuple({0: Dim("batch")} for _ in sizes)
    return export(module.eval(), examples, dynamic_shapes=is_open)


def lifted(exported: ExportedProgram) -> Draft:
    """The layers of an exported program."""
    file = io.BytesIO()
    torch.export.save(exported, file)
    return lift(read_pt2(file.getvalue()))


def kinds(draft: Draft) -> dict[str, int]:
    """How many layers there are of each kind."""
    return dict(Counter(layer.kind for layer in draft.layers))


def check(
    module: nn.Module,
    *sizes: tuple[int, ...],
    decomposed: bool = False,
    batch: int | None = None,
    remarks: Sequence[str] = (),
) -> Draft:
    """Lifts a module, and compares the values of its layers with those of PyTorch, and its parameters; of what is said
    about it, these are the codes, beside the batch that it had."""
    exported = program(module, *sizes, batch=batch)
    draft = lifted(exported.run_decompositions() if decomposed else exported)
    assert not draft.not_understood, draft.not_understood
    assert [each.code for each in draft.remarks] == [*(["CNN571"] if batch else []), *remarks], draft.remarks
    learned = sum(each.numel() for each in module.parameters())
    assert sum(layer.params or 0 for layer in draft.layers if not layer.shares) == learned
    examples = [torch.randn(SAMPLES, *each) for each in sizes]
    with torch.no_grad():
        wanted = module.double()(*(each.double() for each in examples))
    inputs = {
        given.name: _placed(example.numpy(), draft) for given, example in zip(draft.inputs, examples, strict=True)
    }
    made = operation_graphs.outputs_of(draft, inputs)
    for source, tensor in zip(draft.outputs, wanted if isinstance(wanted, tuple) else (wanted,), strict=True):
        own = made[source]
        assert own.size == tensor.numel()
        assert _is_like(own, tensor.numpy()), np.abs(np.sort(own.ravel()) - np.sort(tensor.numpy().ravel())).max()
    return draft


def _placed(array: np.ndarray[Any, Any], draft: Draft) -> np.ndarray[Any, Any]:
    """An input as the draft has it: as in the file, unless its channels are elsewhere there than in the layout."""
    given = draft.inputs[0].shape
    if draft.layout == "channels_first":
        ways = (np.moveaxis(array, axis, 1) for axis in (1, -1, *range(2, array.ndim - 1)))
        return next(way for way in ways if way.shape[1:] == given.sizes("channels_first"))
    return array


def _is_like(own: np.ndarray[Any, Any], wanted: np.ndarray[Any, Any]) -> bool:
    """Whether values are equal, with the channels first or last."""
    ways = [own, np.moveaxis(own, -1, 1)] if own.ndim > 2 else [own]
    return any(
        way.shape[1:] == wanted.shape[1:] or math.prod(way.shape) == math.prod(wanted.shape)
        for way in ways
        if np.allclose(way.reshape(len(own), -1), wanted.reshape(len(own), -1), atol=1e-5)
    )
