"""The operators of ONNX, a family a module, each as a translation to operations; None is given where there is none."""

from __future__ import annotations

from cnncalc.importing.families import Families
from cnncalc.importing.onnx._call import Translation

__all__ = ["LACKING", "TRANSLATIONS", "is_no_product", "is_quantized_operator"]

TRANSLATIONS = Families[Translation](
    __name__,
    (
        *("_views", "_windows", "_elementwise", "_products", "_norms", "_parts", "_reductions"),
        *("_recurrent", "_quantized"),
    ),
)
"""Of the default domain and, for quantised ones, of `com.microsoft`."""
LACKING = Families[Translation](__name__, ("_lacking",))
"""Asked after all others, which leave out what they have no word for."""


def is_no_product(name: str) -> bool:
    """Whether an operator that the vocabulary lacks has no multiply-adds."""
    from cnncalc.importing.onnx.operators._lacking import NO_PRODUCTS

    return name in NO_PRODUCTS


def is_quantized_operator(domain: str, name: str) -> bool:
    """Whether an operator of another domain is one of those that quantised networks have."""
    if domain != "com.microsoft":
        return False
    from cnncalc.importing.onnx.operators._quantized import TRANSLATIONS as QUANTIZED

    return name in QUANTIZED
