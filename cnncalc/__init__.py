"""cnncalc knows every number of a convolutional network before anyone trains it.

    >>> import cnncalc
    >>> spec = cnncalc.load("input: 28x28x1\\nlayers: [conv: 3x3x8, max_pool: 2, flatten, dense: 10]")
    >>> analysis = cnncalc.analyze(spec)
    >>> analysis.totals.params
    13610

`load` reads a spec, `analyze` computes its numbers, and every other command has its function; `check` gives all that is
found in a spec, and its numbers, in one call.
"""

from __future__ import annotations

TYPE_CHECKING = False  # like that of `typing`, whose import takes a tenth of the start-up time
if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence
    from typing import Any, overload

    from cnncalc.analysis import Analysis, EntryNumbers, LayerNumbers, Totals
    from cnncalc.analysis.receptive_field import Field
    from cnncalc.at_least import AtLeast, NotKnown
    from cnncalc.checks.check import Code
    from cnncalc.checks.checked import Checked
    from cnncalc.errors import CnncalcError
    from cnncalc.forward.proof.verification import Verification
    from cnncalc.homework.exercise.networks import Exercise
    from cnncalc.report.page.model_page import ModelPage
    from cnncalc.report.views.compare import ComparisonReport
    from cnncalc.report.views.explain import ExplainReport
    from cnncalc.report.views.field_box import UnitReport
    from cnncalc.report.views.homework.graded_sheet import GradedSheet
    from cnncalc.report.views.homework.sheet import SheetReport
    from cnncalc.report.views.hyperparameters import HyperparametersReport
    from cnncalc.report.views.receptive_field import FieldReport
    from cnncalc.report.views.solve import SolveReport
    from cnncalc.report.views.specs import ShippedReport
    from cnncalc.settings.shape import Shape
    from cnncalc.source.diagnostics import DataError, Diagnostic, SpecError
    from cnncalc.spec.reader import Spec
    from cnncalc.spec.top_level import Overrides
    from cnncalc.version import __version__ as __version__

    InputShape = str | int | Sequence[int]
    InputShapes = InputShape | Mapping[str, InputShape]

__all__ = [
    "Analysis",
    "AtLeast",
    "Checked",
    "CnncalcError",
    "Code",
    "ComparisonReport",
    "DataError",
    "Diagnostic",
    "EntryNumbers",
    "Exercise",
    "ExplainReport",
    "Field",
    "FieldReport",
    "GradedSheet",
    "HyperparametersReport",
    "LayerNumbers",
    "ModelPage",
    "NotKnown",
    "Shape",
    "SheetReport",
    "ShippedReport",
    "SolveReport",
    "Spec",
    "SpecError",
    "Totals",
    "UnitReport",
    "Verification",
    "analyze",
    "check",
    "compare",
    "exercise",
    "explain",
    "export",
    "from_keras",
    "from_torch",
    "grade",
    "hyperparameters",
    "import_model",
    "load",
    "new",
    "page",
    "receptive_field",
    "rule",
    "run",
    "schema",
    "sheet",
    "solve",
    "specs",
    "verify",
]

_HOMES = {
    "AtLeast": "at_least",
    "NotKnown": "at_least",
    "Analysis": "analysis",
    "EntryNumbers": "analysis",
    "LayerNumbers": "analysis",
    "Totals": "analysis",
    "Field": "analysis.receptive_field",
    "Code": "checks.check",
    "Checked": "checks.checked",
    "CnncalcError": "errors",
    "Verification": "forward.proof.verification",
    "Exercise": "homework.exercise.networks",
    "ModelPage": "report.page.model_page",
    "ComparisonReport": "report.views.compare",
    "ExplainReport": "report.views.explain",
    "UnitReport": "report.views.field_box",
    "GradedSheet": "report.views.homework.graded_sheet",
    "SheetReport": "report.views.homework.sheet",
    "HyperparametersReport": "report.views.hyperparameters",
    "FieldReport": "report.views.receptive_field",
    "SolveReport": "report.views.solve",
    "ShippedReport": "report.views.specs",
    "Shape": "settings.shape",
    "DataError": "source.diagnostics",
    "Diagnostic": "source.diagnostics",
    "SpecError": "source.diagnostics",
    "Spec": "spec.reader",
    "__version__": "version",
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
    input: InputShapes | None = None,
    convention: str | None = None,
    layout: str | None = None,
    until: str | None = None,
    after: str | None = None,
    filename: str | None = None,
) -> Spec:
    """Reads a spec.

    Args:
        path_or_text: a path, the name of a shipped spec or of a variant in one, or the text of a spec: a str with more
        than one line, or with one line in braces.
        variant: a variant of the model.
        vars: other values of the model's variables.
        input: another input shape, in the order of `layout`, or just the spatial sizes: `"320x320x3"`, `(320, 320, 3)`,
            `"320x320"`. Vectors beside a map stay. Or the shapes of several inputs by name, `{"left": "64x64x3"}`; the
            others stay.
        convention: `lecture`, `keras` or `pytorch`, instead of the file's own.
        layout: `channels_last` or `channels_first`: how sizes are shown.
        until: the last entry that is kept; those after it are left out.
        after: the entry after which those begin that are kept; they read an input as large as its output.
        filename: what findings call a text, `spec` by default; a str is a text then, whatever it looks like. Models
        that the text names are looked up in that file's folder; without a file, only among those that ship.

    Raises:
        SpecError: the file cannot be read, or the spec has mistakes; `diagnostics` lists all of them.
        ArgumentError: this is neither a path nor a text, or the input is no shape.
    """
    from cnncalc.checks.notes import open_any, read_with_notes
    from cnncalc.source.diagnostics import SpecError
    from cnncalc.source.files import Unreadable
    from cnncalc.source.open_model import open_path_or_text

    overrides = _overrides(variant, vars, input, convention, layout, until, after)
    try:
        source, named = open_any(path_or_text, overrides, lambda model: open_path_or_text(model, filename))
    except Unreadable as error:
        raise SpecError(error.diagnostics) from None
    spec, findings = read_with_notes(source, overrides.with_variant(named))
    if spec is None:
        raise SpecError(findings)
    return spec


def _overrides(
    variant: str | None,
    vars: Mapping[str, object] | None,
    input: InputShapes | None,
    convention: str | None,
    layout: str | None,
    until: str | None,
    after: str | None,
) -> Overrides:
    """What the caller sets instead of the file."""
    from cnncalc.spec.given_inputs import GivenInputs
    from cnncalc.spec.top_level import Overrides

    overrides = Overrides(GivenInputs.of_argument(input), convention, layout, variant, until=until, after=after)
    return overrides.with_vars(vars or {})


def from_keras(model: Any, *, input: InputShapes | None = None) -> Spec:
    """A model of Keras, from the interpreter that has it: what its `to_json()` writes, and the weights that it has.

    Weights are not copied: `run` takes the values that they have then.

    Args:
        model: functional or sequential, of Keras 3 or of Keras 2.
        input: the sizes of the input, where the model leaves them open: `224x224x3`, or those of several by name.

    Raises:
        SpecError: something in it is refused, or a size is open; `diagnostics` says so.
        ArgumentError: it is no model of Keras, or the input is no shape.
    """
    from cnncalc.checks.notes import read_with_notes
    from cnncalc.importing.keras import read_live_model
    from cnncalc.source.diagnostics import SpecError
    from cnncalc.source.files import Unreadable

    overrides = _overrides(None, None, input, None, None, None, None)
    try:
        source = read_live_model(model, overrides.inputs.sizes())
    except Unreadable as error:
        raise SpecError(error.diagnostics) from None
    spec, findings = read_with_notes(source, overrides)
    if spec is None:
        raise SpecError(findings)
    return spec


def export(
    spec: Spec,
    to: str,
    *,
    flat: bool = False,
    depth: int | None = None,
    weights: Mapping[str, Any] | None = None,
    seed: int = 0,
    weights_to: str | os.PathLike[str] | None = None,
) -> str | bytes:
    """A model as something else.

    Args:
        to: `torch` or `keras` (code, as a person would write it), `onnx` (the bytes of a file), `dot`, `mermaid`,
            `svg` or `tikz` (a drawing).
        flat: code with all layers in a row, instead of a class or function per block.
        depth: how many levels of the tree a drawing shows, at least 1; None for all.
        weights: for ONNX and `weights_to`, arrays by name, as in `conv1.kernel`; by default the spec's own, or those in
            the file of an imported model, and the others drawn from the seed.
        seed: a whole number of at least 0.
        weights_to: where weights are saved that the code loads: for PyTorch a `.safetensors` file with its
            `state_dict`, for Keras a `.weights.h5`. A file that is there is replaced.

    Raises:
        SpecError: it has layers that cannot be said there, or a package is missing; `diagnostics` has each of them.
        DataError: the weights do not fit.
        ValueError: there is no such `to`, or no such depth, or weights cannot be saved so.
    """
    import os

    from cnncalc.exporting.exported import Wishes
    from cnncalc.exporting.targets import TARGETS
    from cnncalc.replaced_file import replaced_file

    if to not in TARGETS:
        raise ValueError(f"to is one of {', '.join(TARGETS)}, not {to!r}")
    if depth is not None and depth < 1:
        raise ValueError(f"depth is at least 1, not {depth}")
    arrays = None
    if weights is not None:
        from cnncalc.forward.run.given import given_arrays

        arrays = given_arrays("weights", weights)
    target, wishes = TARGETS[to], Wishes(flat, depth, arrays, seed)
    if weights_to is not None and (reason := target.no_weights(to, os.fspath(weights_to))):
        raise ValueError(reason)
    made = target.exported(spec, wishes)
    if weights_to is not None:
        save = target.saved(spec, wishes, made)
        with replaced_file(os.path.realpath(weights_to)) as file:
            save(file)
    return made.content


def import_model(
    path: str | os.PathLike[str],
    *,
    flat: bool = False,
    strict: bool = False,
    input: InputShapes | None = None,
) -> str:
    """The text of a spec with the layers of a model of Keras, PyTorch or ONNX.

    Args:
        path: of a `.keras`, `.h5`, `.pt2` or `.onnx` file, or of the JSON of a Keras model.
        flat: one line per layer, instead of blocks and repeats.
        strict: whether a layer that is not understood is an error.
        input: the sizes of the input, where the file leaves them open: `3x224x224`.

    Raises:
        SpecError: the file cannot be read; `diagnostics` says why.
        ArgumentError: it is not a file of these tools, or the input is no shape.
    """
    from cnncalc.checks.checked import with_ignored
    from cnncalc.importing.importing import import_file
    from cnncalc.source.diagnostics import SpecError
    from cnncalc.source.files import Unreadable

    overrides = _overrides(None, None, input, None, None, None, None)
    try:
        result = import_file(path, overrides, is_flat=flat, is_strict=strict)
    except Unreadable as error:
        raise SpecError(error.diagnostics) from None
    if not result.is_ok:
        raise SpecError(result.findings)
    return with_ignored(result.text)


def from_torch(module: Any, input: Any) -> Spec:
    """The spec of a module of PyTorch, exported where it is: as it is in use, whatever its mode, which stays.

    Args:
        module: a `torch.nn.Module`. Nothing in it is changed, and its `forward` runs on no real data.
        input: what `forward` takes: a shape without the batch, as `"3x224x224"` or `(3, 224, 224)`, or an example
            tensor or array with the batch; a tuple of several, or a dict by the names of the parameters.

    Raises:
        SpecError: PyTorch cannot export the module, or it has something that is refused; `diagnostics` says what to do.
        ArgumentError: it is no module, or the input is neither a shape nor a tensor, nor several of them.
    """
    from cnncalc.importing.pt2.module import spec_of_module

    return spec_of_module(module, input)


def check(
    path_or_text: str | os.PathLike[str],
    *,
    select: Sequence[str] = ("default",),
    ignore: Sequence[str] = (),
    expect: Sequence[str] = (),
    verify: bool = False,
    variant: str | None = None,
    vars: Mapping[str, object] | None = None,
    input: InputShapes | None = None,
    convention: str | None = None,
    layout: str | None = None,
    until: str | None = None,
    after: str | None = None,
    filename: str | None = None,
) -> Checked:
    """Everything that is found in a spec, and its numbers if it has no errors: for editors and pages.

    Mistakes in the spec, and a file that cannot be read, are findings and no exceptions. Without a variant, all of its
    variants are checked too.

    Args:
        path_or_text: see `load`, and so for all arguments that are not below.
        select: codes of the warnings and notes to report, beginnings of codes, `default`, `design` or `all`.
        ignore: the same, to leave out.
        expect: what must hold besides what the spec itself expects: `params <= 5M`.
        verify: whether to run the model and prove its sizes and counts.

    Raises:
        ValueError: there is no such code, or an expectation that cannot be read.
    """
    from cnncalc.checks.checked import check_spec
    from cnncalc.checks.policy import Policy, checked_codes

    policy = Policy(_words(select), _words(ignore), expect=_words(expect), verify=verify)
    overrides = _overrides(variant, vars, input, convention, layout, until, after)
    return check_spec(path_or_text, overrides, checked_codes(policy), filename)


def _words(given: Sequence[str]) -> tuple[str, ...]:
    """Several words, or one."""
    return (given,) if isinstance(given, str) else tuple(given)


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

    return run(spec, dtype=dtype, batch=batch)


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


def hyperparameters(spec: Spec) -> HyperparametersReport:
    """What each layer learns, what is set beforehand, and what is set for the training.

    Args:
        spec: the model, from `load`.
    """
    from cnncalc.report.views.hyperparameters import HyperparametersReport

    return HyperparametersReport(analyze(spec))


if TYPE_CHECKING:

    @overload
    def receptive_field(
        spec: Spec, layer: None = None, at: None = None, *, cover: Sequence[int] | int | None = None
    ) -> FieldReport: ...

    @overload
    def receptive_field(spec: Spec, layer: str, at: Sequence[int] | int | None = None) -> UnitReport: ...


def receptive_field(
    spec: Spec,
    layer: str | None = None,
    at: Sequence[int] | int | None = None,
    *,
    cover: Sequence[int] | int | None = None,
) -> FieldReport | UnitReport:
    """What each layer sees of the input, whether that covers it, and what it would take; or what one unit sees.

    Args:
        spec: the model, from `load`.
        layer: the name of a layer, or of an entry for the layer that it ends in, one unit of which is looked at.
        at: the position of the unit, from 0 on each axis; the middle one by default.
        cover: a size to ask for instead of the input's: one for all axes, or one per axis.

    Raises:
        ValueError: there is no such layer, the size to cover has another number of axes, or the arguments do not go
        together.
        IndexError: the layer has no such unit.
    """
    from cnncalc.report.views.field_box import UnitReport
    from cnncalc.report.views.receptive_field import FieldReport

    if layer is not None:
        if cover is not None:
            raise ValueError("cover: it is asked of the whole model, not of a layer")
        return UnitReport.of(analyze(spec), layer, _sizes(at))
    if at is not None:
        raise ValueError("at: of which layer?")
    return FieldReport.of(analyze(spec), _sizes(cover))


def _sizes(given: Sequence[int] | int | None) -> Sequence[int] | None:
    """Numbers, one per axis; a single one may be given by itself."""
    return (given,) if isinstance(given, int) else given


def compare(a: Spec, b: Spec, *more: Spec, fail_if: Sequence[str] = ()) -> ComparisonReport:
    """Models side by side: their totals and, of two, what was added, removed or changed layer by layer.

    The report's `sameness` says of each model after the first whether it is the same network, however it is written.

    Args:
        a: the model that the others are compared with, from `load`.
        b: another one.
        more: further ones.
        fail_if: what must not be, such as `params > +5%` or `peak > 30MiB`; what is so is in the report's `met`.

    Raises:
        ValueError: a condition cannot be read, or the models have more than 200,000 layers together.
    """
    from cnncalc.comparison.fail_if import read_condition
    from cnncalc.comparison.together import within_bounds
    from cnncalc.report.views.compare import ComparisonReport

    conditions = list(map(read_condition, _words(fail_if)))
    return ComparisonReport.of([analyze(spec) for spec in within_bounds((a, b, *more))], conditions)


def page(
    *specs: Spec,
    values: bool = True,
    inputs: Mapping[str, Any] | Any = None,
    weights: Mapping[str, Any] | None = None,
    seed: int = 0,
    dtype: str = "float32",
    depth: int | None = None,
) -> ModelPage:
    """A page to look at, with everything about a model, or about several side by side: `render()` gives the file.

    Args:
        specs: one model or more, from `load`.
        values: whether the models are run, for feature maps; what is too large to be run is shown without them.
        inputs: an array, or arrays by the names of the inputs, as for `run`.
        weights: arrays by name, as for `run`.
        seed: a whole number of at least 0, for numbers that are not given.
        dtype: float64, float32 or float16.
        depth: how many levels of the tree `render("svg")` and `render("tikz")` show, at least 1; None for all as SVG,
            and for as many as there is room for as TikZ.

    Raises:
        DataError: inputs or weights are given and do not fit, or the model cannot be run with them.
        ValueError: there is no model, inputs or weights are given with `values=False`, there is no such dtype or depth,
            or the models have more than 200,000 layers together.
    """
    from cnncalc.comparison.together import within_bounds
    from cnncalc.report.page.model_page import ModelPage

    if not specs:
        raise ValueError("a page is about at least one model")
    if depth is not None and depth < 1:
        raise ValueError(f"depth is at least 1, not {depth}")
    is_given = inputs is not None or weights is not None
    if is_given and not values:
        raise ValueError("inputs and weights are for values, which are left out")
    analyses = list(map(analyze, within_bounds(specs)))
    if not values:
        return ModelPage(analyses, [None] * len(analyses), depth)
    from functools import partial

    from cnncalc.forward.run.network import network_of
    from cnncalc.report.page.values.networks import network_or_reason

    networks = [
        network_or_reason(each, partial(network_of, each.spec, inputs, weights, seed, dtype), is_asked_for=is_given)
        for each in analyses
    ]
    return ModelPage(analyses, networks, depth)


def solve(
    question: str | Spec,
    *,
    transposed: bool = False,
    layer: str | None = None,
    output: Sequence[int] | int | None = None,
    params: str | None = None,
    macs: str | None = None,
    vary: str | None = None,
    step: float | str = 1,
    sizes: bool = False,
    up_to: int = 256,
    cover: bool = False,
) -> SolveReport:
    """The inverse questions: the padding for an output, the width for a budget, the sizes that fit.

    Args:
        question: an axis, as in `n_in=32, k=5, s=1, n_out=32`; or a model from `load`, with one question about it.
        transposed: whether the axis is that of a transposed convolution.
        layer: asks which setting of this layer makes its output as large as `output`, one size per axis.
        params: asks for the largest value of the variable `vary`, in steps of `step`, that keeps this bound: `<= 1M`.
        macs: the same for multiply-adds.
        sizes: asks for legal input sizes, and those at which no stride drops anything, up to `up_to`.
        cover: asks for ways to make the receptive field cover the input.

    Raises:
        ValueError: the question cannot be read, or it is not one question.
    """
    from cnncalc.report.views.solve import ModelQuestion, SolutionsReport

    if isinstance(question, str):
        return SolutionsReport.of(question, transposed)
    asked = ModelQuestion(layer, _sizes(output), params, macs, vary, str(step), sizes, up_to, cover)
    return asked.answered(question)


def sheet(spec: Spec, *ask: str, key: bool = False, language: str = "en", figure: bool = False) -> SheetReport:
    """A homework sheet with blanks for what is asked: `render` gives it as YAML to fill in, as a table or as a page.

    Args:
        spec: the model, from `load`.
        ask: `output`, `params`, `receptive_field`, `macs`, `memory`, `total`; the first three and the last by default.
        key: whether it has the solutions, and how they come about.
        language: `en` or `de`.
        figure: whether it draws the network, as text, Markdown, LaTeX or HTML; only with `key` it has sizes in it.

    Raises:
        ValueError: something else is asked for, nothing is left to ask, or there is no such language.
    """
    from cnncalc.report.views.homework.sheet import SheetReport

    words = ask or ("output", "params", "receptive_field", "total")
    return SheetReport.of(analyze(spec), words, spec.overrides, key, language, figure)


def grade(
    answers: Mapping[str, Mapping[str, Any]] | str | os.PathLike[str],
    key: Spec | str | os.PathLike[str],
    *,
    ask: Sequence[str] | None = None,
    tolerance: float = 0,
    follow_through: str = "full",
) -> GradedSheet:
    """Grades answers, and names the mistakes.

    Args:
        answers: a mapping, layer → column → answer (`{"conv1": {"output": (26, 26, 8), "params": 80}}`), the path of a
            hand-in, or its text.
        key: the spec that the answers are about, or what `load` takes.
        ask: what is graded, as for `sheet`; by default, of a mapping what it answers, otherwise what the hand-in says
            that its sheet asks.
        tolerance: how far off an answer may be, as a fraction.
        follow_through: the points for what follows from an earlier mistake: `full`, `half` or `none`.

    Raises:
        SpecError: the key has mistakes.
        ValueError: these are no answers to this key; a mapping names a layer or a column that it does not have.
    """
    from cnncalc.report.views.homework.graded_sheet import GradedSheet
    from cnncalc.spec.reader import Spec

    spec = key if isinstance(key, Spec) else load(key)
    return GradedSheet.of(answers, spec, ask, tolerance, follow_through)


def exercise(seed: int | str, *, level: int = 2, layers: int | None = None) -> Exercise:
    """A random network to work out by hand, the same one for the same seed.

    Args:
        seed: which exercise: a number, or a text.
        level: how difficult, from 1 to 5.
        layers: how many entries; drawn by default.

    Raises:
        ValueError: there is no such level, or it does not allow this number of layers.
    """
    from cnncalc.homework.exercise.networks import exercise

    return exercise(level, seed, layers)


def new(path: str | os.PathLike[str] = "model.yaml") -> None:
    """Writes a commented spec to start from.

    Raises:
        FileExistsError: the file exists; it is left alone.
        OSError: it cannot be written.
    """
    import os

    from cnncalc.report.starter import write_starter

    write_starter(os.fspath(path))


def specs() -> ShippedReport:
    """The specs that ship with cnncalc and their variants, with their numbers."""
    from cnncalc.report.views.specs import ShippedReport

    return ShippedReport.of_all()


def rule(code: str) -> Code:
    """What the code of a finding means, with an example of wrong and right.

    Raises:
        ValueError: there is no such code.
    """
    from cnncalc.checks.registry import about, code_named

    return about(code_named(code))


def schema(name: str = "spec") -> dict[str, Any]:
    """The JSON Schema of specs, or of the JSON that a command writes.

    Args:
        name: `spec`, or what follows `cnncalc/` in the JSON's `schema`: `summary`.

    Raises:
        ValueError: there is no such schema.
    """
    from cnncalc.report.schemas.catalogue import json_schema, schema_named

    return json_schema(schema_named(name))


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
        own, or those in the file of an imported model, and the others drawn from the seed.
        seed: a whole number of at least 0.
        dtype: float64, float32 or float16.
        findings: a list that receives a warning (CNN330) for each layer in which the numbers overflow their type, and
        one (CNN560) for each opaque layer, which is left out with all that comes after it; NumPy's own warnings are not
        shown.

    Raises:
        DataError: something does not fit the model, the model does not fit in memory, or no layer can be run;
        `diagnostics` lists everything that was found.
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
