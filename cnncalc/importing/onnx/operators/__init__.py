"""The operators of ONNX, a family a module, each as a translation to operations; None is given where there is none."""

from __future__ import annotations

from collections.abc import Mapping

from cnncalc.importing.onnx._call import Translation
from cnncalc.importing.onnx.operators._elementwise import ELEMENTWISE
from cnncalc.importing.onnx.operators._lacking import LACKING, Lacking
from cnncalc.importing.onnx.operators._norms import NORMS
from cnncalc.importing.onnx.operators._parts import PARTS
from cnncalc.importing.onnx.operators._products import PRODUCTS
from cnncalc.importing.onnx.operators._quantized import QUANTIZED
from cnncalc.importing.onnx.operators._recurrent import RECURRENT
from cnncalc.importing.onnx.operators._reductions import REDUCTIONS
from cnncalc.importing.onnx.operators._views import VIEWS
from cnncalc.importing.onnx.operators._windows import WINDOWS

__all__ = ["LACKING", "TRANSLATIONS", "Lacking", "is_quantized_operator"]

TRANSLATIONS: Mapping[str, Translation] = {
    **VIEWS,
    **PARTS,
    **WINDOWS,
    **ELEMENTWISE,
    **PRODUCTS,
    **NORMS,
    **REDUCTIONS,
    **RECURRENT,
    **QUANTIZED,
}
"""By name, of the default domain and of `com.microsoft` for quantised ones."""


def is_quantized_operator(domain: str, name: str) -> bool:
    """Whether an operator of another domain is one of those that quantised networks have."""
    return domain == "com.microsoft" and name in QUANTIZED
