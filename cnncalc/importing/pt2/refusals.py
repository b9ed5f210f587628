"""Files of PyTorch that are never opened, and how to make one that is."""

from __future__ import annotations

MAKE_A_PT2 = (
    "in Python, with the model in `model`: `program = torch.export.export(model.eval(), (torch.randn(2, 3, 224, 224),), "
    "dynamic_shapes=({0: torch.export.Dim.AUTO},))`",
    "then: `torch.export.save(program, 'model.pt2')`; or `cnncalc.from_torch(model, '3x224x224')` there",
)
"""The two lines that make a `.pt2` of a module, for a file that has a pickle or TorchScript in it."""
