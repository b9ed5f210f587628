"""A model file read as a spec: recognised, read, understood, and written as a text that the ordinary reader reads."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from cnncalc.gc_pause import collector_waiting
from cnncalc.source.files import NotASpec, Source, Unreadable
from cnncalc.source.open_model import NO_FILE, STDIN_NAME, stem
from cnncalc.source.yaml_nodes import YamlMapping, YamlNode
from cnncalc.spec.given_inputs import GivenInputs
from cnncalc.spec.parsed import Parsed

if TYPE_CHECKING:
    from cnncalc.importing.draft import Draft, DraftLayer
    from cnncalc.source.diagnostics import Diagnostic
    from cnncalc.spec.reader import Spec
    from cnncalc.spec.top_level import Overrides

InputSizes = Mapping[str, tuple[int, ...]]
"""The sizes that inputs are given on the command line, in the order of the file, without the batch, by name; of the
name "" for all of them."""


class ImportedModel(Parsed):
    """The spec that a model file is read as.

    Attributes:
        draft: what the reader understood.
        names: what the layers of the draft are called in the graph.
    """

    is_imported = True

    def __init__(self, text: str, draft: Draft, names: Mapping[DraftLayer, str], file: str) -> None:
        parsed = Parsed.of(Source(file, text))
        super().__init__(parsed.source, parsed.root, parsed.problems)
        self.draft = draft
        self.names = names
        self.stored = {name: layer.weights for layer, name in names.items() if layer.weights}

    def asked(self, overrides: Overrides) -> Overrides:
        """What the caller sets, where inputs are called as in the file."""
        named = zip(self.draft.inputs, _input_names(self.root), strict=True)
        names = {input.name: name for input, name in named}
        pairs = tuple((names.get(name, name), shape) for name, shape in overrides.inputs.pairs)
        return overrides._replace(inputs=GivenInputs(pairs))

    def located(self, found: Diagnostic) -> Diagnostic:
        """A finding, with the place in the file of the layer that it is about."""
        if found.file != self.source.name or not (layer := self._layer_on(found.span.line)):
            return found
        place = layer.place or layer.origin or layer.kind
        return found._replace(chain=(*found.chain, f"read from {place}"))

    def _layer_on(self, line: int) -> DraftLayer | None:
        """The layer whose entry is on a line of the text."""
        text = self.source.lines[line - 1]
        by_name = {name: layer for layer, name in self.names.items()}
        return next((by_name[name] for name in re.findall(r"[\w-]+", text)[::-1] if name in by_name), None)

    def place_in_file(self, name: str) -> str:
        return self._places.get(name, "")

    @cached_property
    def _places(self) -> dict[str, str]:
        return {name: layer.place for layer, name in self.names.items()}

    def remarks(self, spec: Spec | None) -> list[Diagnostic]:
        """What there is to say about the file, and about numbers that are others than it states."""
        if spec is None:
            return self.draft.remarks
        from cnncalc.importing._agreement import findings_on

        return [*self.draft.remarks, *findings_on(self.draft, self.names, spec, self.source.name)]


def _input_names(root: YamlNode) -> list[str]:
    """What the inputs are called in the text."""
    several = root.get("inputs") if isinstance(root, YamlMapping) else None
    return [key.text for key, _ in several.pairs] if isinstance(several, YamlMapping) else ["input"]


@collector_waiting()
def imported(found: NotASpec, overrides: Overrides) -> ImportedModel:
    """The spec that a recognised file is read as.

    Raises:
        Unreadable: no reader reads its format, or the file is damaged or refused.
    """
    return model_of(read_draft(found, overrides.inputs.sizes()), found.diagnostics[-1].file)


def model_of(draft: Draft, file: str) -> ImportedModel:
    """The spec of what a reader understood, with a row for each layer and what follows it."""
    from cnncalc.importing.flat import in_rows

    draft.give_back_inputs()
    written = in_rows(draft)
    return ImportedModel(written.text, draft, written.names, file)


def spec_of(draft: Draft, file: str) -> Spec:
    """The same, read.

    Raises:
        SpecError: the spec has mistakes.
    """
    from cnncalc.source.diagnostics import SpecError
    from cnncalc.spec.reader import read

    spec, mistakes = read(model_of(draft, file))
    if spec is None:
        raise SpecError(mistakes)
    return spec


def read_draft(found: NotASpec, sizes: InputSizes) -> Draft:
    """What a recognised file contains.

    Raises:
        Unreadable: no reader reads its format, or the file is damaged or refused.
    """
    _place_on_disk(found)
    draft = _read(found, sizes)
    if draft.convention == "pytorch":
        file = found.diagnostics[-1].file  # the names in these files say nothing: `model`, `main_graph`
        draft.name = "" if file in NO_FILE else stem(file)
    _check_length(draft, found.diagnostics[-1])
    draft.give_back_inputs()
    return draft


def _check_length(draft: Draft, named: Diagnostic) -> None:
    """
    Raises:
        Unreadable: the model has no layers, or too many.
    """
    from cnncalc.importing.draft import too_many

    if not draft.layers:
        raise Unreadable(
            named._replace(code="CNN152", message="it gives back what it reads: it has no layers", help=())
        )
    if message := too_many(len(draft.layers), "layers"):
        raise Unreadable(named._replace(code="CNN156", message=message, help=()))


def _place_on_disk(found: NotASpec) -> None:
    """Readers go to and fro in a file: what comes from standard input or a Git revision is kept in one for a while."""
    from cnncalc.importing._kept_file import kept

    name = found.diagnostics[-1].file
    if name == STDIN_NAME:
        found.path = kept(name, found.data, sys.stdin)
    elif not os.path.isfile(found.path):
        found.path = kept(name, found.data)


def _read(found: NotASpec, sizes: InputSizes) -> Draft:
    """What a file on disk contains; findings call it by its own name."""
    file = found.diagnostics[-1].file

    def named(each: Diagnostic) -> Diagnostic:
        return each._replace(file=file) if each.file == found.path else each

    try:
        draft = _read_format(found, sizes)
    except NotASpec:
        raise
    except Unreadable as error:
        raise Unreadable(*map(named, error.diagnostics)) from None
    draft.remarks = [*map(named, draft.remarks)]
    return draft


def _read_format(found: NotASpec, sizes: InputSizes) -> Draft:
    if found.format in ("keras", "keras_json", "hdf5"):
        from cnncalc.importing.keras import read_keras

        return read_keras(found.path, sizes)
    if found.format == "pt2":
        from cnncalc.importing.lifting.batch_axes import lift_along_batch
        from cnncalc.importing.pt2.reader import read_pt2

        return lift_along_batch(lambda axis: read_pt2(found.path, sizes, batch_axis=axis))
    if found.format == "onnx":
        from cnncalc.importing.lifting.batch_axes import lift_along_batch
        from cnncalc.importing.onnx.reader import read_onnx

        return lift_along_batch(lambda axis: read_onnx(found.path, sizes, axis))
    raise found
