"""Modules exported in a test, as the bytes of a `.pt2` file."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable

import torch
from torch import nn


class Calls(nn.Module):
    """A module that calls a function, with other modules as its children."""

    def __init__(self, function: Callable[..., object], **children: nn.Module) -> None:
        super().__init__()
        self._function = function
        for name, child in children.items():
            self.add_module(name, child)

    def forward(self, *inputs: torch.Tensor) -> object:
        return self._function(self, *inputs) if list(self.children()) else self._function(*inputs)


def exported(
    module: nn.Module, *inputs: torch.Tensor, decomposed: bool = False, batch: bool = True, spatial: bool = False
) -> bytes:
    """The file: the batch open, and spatial sizes too if asked for; after decomposition if asked for."""
    axes = {0: torch.export.Dim.DYNAMIC} if batch else {}
    if spatial:
        axes |= dict.fromkeys(range(2, inputs[0].dim()), torch.export.Dim.DYNAMIC)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        shapes = {"inputs": tuple(axes for _ in inputs)} if isinstance(module, Calls) else tuple(axes for _ in inputs)
        program = torch.export.export(module, inputs, dynamic_shapes=shapes if axes else None)
        if decomposed:
            program = program.run_decompositions()
        buffer = io.BytesIO()
        torch.export.save(program, buffer)
    return buffer.getvalue()
