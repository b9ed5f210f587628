"""cnncalc knows every number of a convolutional network before anyone trains it.

    >>> import cnncalc
    >>> spec = cnncalc.load("input: 28x28x1\\nlayers: [conv: 3x3x8, max_pool: 2, flatten, dense: 10]")
    >>> analysis = cnncalc.analyze(spec)
    >>> analysis.totals.params
    13610

`load` reads a spec, `analyze` computes its numbers, `run` its values; everything else is in what they return.
"""

from __future__ import annotations

TYPE_CHECKING = False  # like that of `typing`, whose import takes a tenth of the start-up time
if TYPE_CHECKING:
    import os
    from collections.abc import Mapping
    from typing import Any

    from cnncalc.analysis import Analysis, EntryNumbers, LayerNumbers, Totals
    from cnncalc.analysis.receptive_field import Field
    from cnncalc.errors import CnncalcError
    from cnncalc.forward.proof.verification import Verification
    from cnncalc.report.views.explain import ExplainReport
    from cnncalc.settings.shape import Shape
    from cnncalc.source.diagnostics import DataError, Diagnostic, SpecError
    from cnncalc.spec.reader import Spec

__version__ = "0.2.0"
__all__ = [
    "Analysis",
    "CnncalcError",
    "DataError",
    "Diagnostic",
    "EntryNumbers",
    "ExplainReport",
    "Field",
    "LayerNumbers",
    "Shape",
    "Spec",
    "SpecError",
    "Totals",
    "Verification",
    "analyze",
    "explain",
    "load",
    "run",
    "verify",
]

_HOMES = {
    "Analysis": "analysis",
    "EntryNumbers": "analysis",
    "LayerNumbers": "analysis",
    "Totals": "analysis",
    "Field": "analysis.receptive_field",
    "CnncalcError": "errors",
    "ExplainReport": "report.views.explain",
    "DataError": "source.diagnostics",
    "Diagnostic": "source.diagnostics",
    "Verification": "forward.proof.verification",
    "SpecError": "source.diagnostics",
    "Spec": "spec.reader",
    "Shape": "settings.shape",
}


def __getattr__(name: str) -> Any:
    # types are imported when asked for: commands that do not need them start without
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(f"cnncalc.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'cnncalc' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def load(
    path_or_text: str | os.PathLike[str],
    *,
    variant: str | None = None,
    vars: Mapping[str, object] | None = None,
    input: str | None = None,
    convention: str | None = None,
    layout: str | None = None,
) -> Spec:
    """Reads a spec.

    Args:
        path_or_text: a path, the name of a shipped spec or of a variant in one, or the text of a spec (a str with more
        than one line).
        variant: a variant of the model.
        vars: other values of the model's variables.
        input: another input shape, in the order of `layout`, or just the spatial sizes: `320x320x3`, `320x320`.
        convention: `lecture`, `keras` or `pytorch`, instead of the file's own.
        layout: `channels_last` or `channels_first`: how sizes are shown.

    Raises:
        SpecError: the file cannot be read, or the spec has mistakes; `diagnostics` lists all of them.
    """
    from cnncalc.checks.notes import read_with_notes
    from cnncalc.source.diagnostics import SpecError
    from cnncalc.source.files import Unreadable, decode
    from cnncalc.source.open_model import open_variant
    from cnncalc.spec.top_level import Overrides

    named = None
    try:
        if isinstance(path_or_text, str) and "\n" in path_or_text:
            source = decode(path_or_text.encode("utf-8", "surrogatepass"), "<text>")
        else:
            source, named = open_variant(path_or_text)
    except Unreadable as error:
        raise SpecError(error.diagnostics) from None
    values = tuple(
        (name, str(value).lower() if isinstance(value, bool) else str(value)) for name, value in (vars or {}).items()
    )
    spec, findings = read_with_notes(source, Overrides(input, convention, layout, variant or named, values))
    if spec is None:
        raise SpecError(findings)
    return spec


def analyze(spec: Spec, *, dtype: str = "float32", batch: int = 1) -> Analysis:
    """Every number of a model: output shapes, parameters, MACs, memory, receptive fields.

    Args:
        spec: the model, from `load`.
        dtype: the type of parameters and activations, for the memory: float64, float32, float16, bfloat16 or int8.
        batch: the number of samples in a batch; only the memory of activations depends on it.

    Raises:
        ValueError: the dtype is unknown, or the batch is smaller than 1.
    """
    from cnncalc.analysis import analyze as run
    from cnncalc.analysis import results

    results.to_html = _as_html
    return run(spec, dtype=dtype, batch=batch)


def _as_html(analysis: Analysis) -> str:
    """What a notebook shows for an analysis: the output of `summarize`."""
    from cnncalc.report.views.summarize import SummaryReport

    return SummaryReport(analysis)._repr_html_()


def explain(spec: Spec, *layers: str, legend: bool = False) -> ExplainReport:
    """How the numbers of layers come about: each with its rule, the rule with its numbers, and a sentence.

    Args:
        spec: the model, from `load`.
        layers: names of layers, or of entries, which stand for all of their layers; every layer where there are none.
        legend: whether the report also says what each symbol stands for.

    Raises:
        ValueError: there is no such layer.
    """
    from cnncalc.report.views.explain import ExplainReport

    return ExplainReport.of(analyze(spec), layers, legend)


def run(
    spec: Spec,
    inputs: Mapping[str, Any] | Any = None,
    weights: Mapping[str, Any] | None = None,
    *,
    seed: int = 0,
    dtype: str = "float32",
    findings: list[Diagnostic] | None = None,
) -> dict[str, Any]:
    """The values of every layer: NumPy arrays by name, in the order of the spec's layout.

    Args:
        spec: the model, from `load`.
        inputs: an array, or arrays by the names of the inputs, with or without a batch axis; by default the spec's
        sample, or if it has none, numbers drawn from the seed.
        weights: arrays by name, `conv1.kernel`, as `cnncalc forward --save-weights` writes them; by default the spec's
        own, and the others drawn from the seed.
        seed: a whole number of at least 0.
        dtype: float64, float32 or float16.
        findings: a list that receives a warning (CNN330) for each layer in which the numbers overflow their type;
        NumPy's own warnings are not shown.

    Raises:
        DataError: something does not fit the model, or the model does not fit in memory; `diagnostics` lists
        everything that was found.
        ValueError: the dtype is unknown.
    """
    from cnncalc.forward.run.network import forward

    return forward(spec, inputs, weights, seed, dtype, findings)


def verify(spec: Spec, *, quick: bool = False) -> Verification:
    """Runs a model and compares every number of its analysis with what was measured.

    Args:
        spec: the model, from `load`.
        quick: leaves out receptive fields and memory.

    Raises:
        DataError: the model needs more memory than is free.
    """
    from cnncalc.forward.proof.verification import verify as run

    return run(analyze(spec), quick=quick)
