"""The operators of ONNX, a family a module, each as a translation to operations; None is given where there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.importing.families import Families
from cnncalc.importing.onnx._call import Translation

if TYPE_CHECKING:
    from cnncalc.importing.onnx.operators._lacking import Lacking

__all__ = ["TRANSLATIONS", "Lacking", "is_quantized_operator", "lacking_operator"]

TRANSLATIONS = Families[Translation](
    __name__,
    (
        *("_views", "_windows", "_elementwise", "_products", "_norms", "_parts", "_reductions"),
        *("_recurrent", "_quantized"),
    ),
)
"""Of the default domain and, for quantised ones, of `com.microsoft`."""


def lacking_operator(name: str) -> Lacking | None:
    """What an operator gives that the vocabulary lacks; None if it is of no opset that is known."""
    from cnncalc.importing.onnx.operators._lacking import LACKING

    return LACKING.get(name)


def is_quantized_operator(domain: str, name: str) -> bool:
    """Whether an operator of another domain is one of those that quantised networks have."""
    if domain != "com.microsoft":
        return False
    from cnncalc.importing.onnx.operators._quantized import TRANSLATIONS as QUANTIZED

    return name in QUANTIZED
