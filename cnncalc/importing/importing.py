"""A model file as the spec of it that a person can go on with: `cnncalc import`."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike, fspath
from os.path import exists
from typing import TYPE_CHECKING

from cnncalc.errors import ArgumentError
from cnncalc.gc_pause import collector_waiting
from cnncalc.importing._agreement import NOT_UNDERSTOOD
from cnncalc.importing.flat import SpecText, flat_spec
from cnncalc.importing.opening import ImportedModel, model_of, read_draft
from cnncalc.named_tuple import NamedTuple
from cnncalc.source.diagnostics import Diagnostic
from cnncalc.source.files import NotASpec
from cnncalc.source.open_model import open_variant
from cnncalc.spec.reader import read
from cnncalc.spec.top_level import Overrides

if TYPE_CHECKING:
    from cnncalc.importing.draft import Draft
    from cnncalc.importing.stored import Stored
    from cnncalc.spec.reader import Spec

_STRICT = ("CNN157", NOT_UNDERSTOOD)
"""Warnings that are errors where nothing may be uncertain."""


class Import(NamedTuple):
    """What a model file became.

    Attributes:
        text: of the spec.
        findings: about the file and its numbers.
        spec: the model; None if the text has mistakes.
        stored: where the weights are in the file, by layer and name.
        draft: what the reader understood.
    """

    text: str
    findings: tuple[Diagnostic, ...]
    spec: Spec | None
    stored: Mapping[str, Mapping[str, Stored]]
    draft: Draft

    @property
    def is_ok(self) -> bool:
        """Whether there are no errors."""
        return not any(each.is_error for each in self.findings)


@collector_waiting()
def import_file(
    path: str | PathLike[str], overrides: Overrides, *, is_flat: bool = False, is_strict: bool = False
) -> Import:
    """The spec of a model file.

    Args:
        path: of the file, or what else a MODEL argument may name.
        is_flat: one line per layer, instead of blocks and repeats.
        is_strict: whether what is not understood, and numbers that differ from the file's, are errors.

    Raises:
        ArgumentError: it is a text, and not a file of another tool.
        Unreadable: no reader reads its format, or the file is damaged or refused.
    """
    found, variant = _recognised(path)
    draft = read_draft(found, overrides.inputs.sizes())
    if overrides.inputs.pairs and (mistakes := _resized(draft, found, overrides)):
        return Import("", tuple(mistakes), None, {}, draft)
    written = flat_spec(draft) if is_flat else text_with_blocks(draft)
    model = ImportedModel(written.text, draft, written.names, found.diagnostics[-1].file)
    spec, mistakes = read(model, Overrides(variant=overrides.variant or variant))
    findings = [*mistakes, *model.remarks(spec)]
    if is_strict:
        findings = [_as_error(each) if each.code in _STRICT else each for each in findings]
    return Import(written.text, tuple(findings), spec, model.stored, draft)


def _as_error(found: Diagnostic) -> Diagnostic:
    help = ("without `--strict` it is a warning",) if found.code == NOT_UNDERSTOOD else found.help
    return found._replace(severity="error", help=help)


def _recognised(path: str | PathLike[str]) -> tuple[NotASpec, str | None]:
    """A file of another tool, and the variant that its name asks for."""
    try:
        open_variant(path)
    except NotASpec as found:
        name, _, variant = fspath(path).rpartition("@")
        return found, variant if name and not exists(path) else None
    name = "standard input" if path == "-" else fspath(path)
    raise ArgumentError(f"{name} is not a file of Keras, PyTorch or ONNX; a spec needs no import")


def _resized(draft: Draft, found: NotASpec, overrides: Overrides) -> list[Diagnostic]:
    """Gives the inputs of a draft the shapes that the caller sets; what is wrong with these."""
    model = model_of(draft, found.diagnostics[-1].file)
    spec, mistakes = read(model, model.asked(overrides))
    inputs = list(zip(draft.inputs, spec.graph.inputs if spec else (), strict=False))
    if any(given.shape != node.output for given, node in inputs):
        for given, node in inputs:
            given.shape = node.output
        for layer in draft.layers:
            layer.output = None  # the file states those of other inputs
    return [model.located(each) for each in mistakes]


def text_with_blocks(draft: Draft) -> SpecText:
    """The spec with blocks and copies."""
    from cnncalc.importing.structure import readable

    return readable(draft)
