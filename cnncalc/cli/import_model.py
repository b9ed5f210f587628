"""`cnncalc import`."""

import sys
from typing import TYPE_CHECKING, Annotated

from cnncalc.analysis import analyze
from cnncalc.cli import common
from cnncalc.cli.options.declared import Option, OptionGroup
from cnncalc.cli.options.rules import Rule, UsageError
from cnncalc.report.text import clean
from cnncalc.source.files import NotASpec, Source, Unreadable, read_file
from cnncalc.source.open_model import open_variant
from cnncalc.spec.reader import read
from cnncalc.spec.top_level import Overrides

if TYPE_CHECKING:
    from cnncalc.importing.importing import Import

TOGETHER = (
    Rule("--force", needs=("--output",)),
    Rule("--update", excludes=("--output", "--flat")),
)


def import_model(
    model: Annotated[str, common.Positional("MODEL", help="A model of Keras, PyTorch or ONNX: a file.")],
    flat: Annotated[bool, Option("--flat", help="One line per layer, instead of blocks and repeats.")] = False,
    strict: Annotated[bool, Option("--strict", help="A layer that is not understood is an error.")] = False,
    update: Annotated[
        str | None,
        common.value("SPEC", "Bring this spec up to date, and keep what a person added to it.", "--update"),
    ] = None,
    force: Annotated[bool, Option("--force", help="Replace the file of --output if it exists.")] = False,
    *,
    overrides: Annotated[
        Overrides, OptionGroup(common.chosen, "variant", "set", "convention", "layout", "until", "after")
    ],
    target: common.FileOptions,
) -> None:
    """Writes a model of another tool as a spec.

    Blocks, repeats and branches are found; the result has the same layers, weights aside.
    """
    common.refuse_existing(target.output, "--output", force)
    from cnncalc.importing.importing import import_file

    old = _spec_to_update(update) if update else None
    try:
        result = import_file(_recognised(model), overrides, is_flat=flat, is_strict=strict)
    except Unreadable as error:
        raise common.complain(error.diagnostics) from None
    if not result.is_ok:
        raise common.complain(result.findings)
    common.warn(result.findings, has_notes=True)
    if old:
        _update(old, result)
        return
    target.write(result.text)
    if target.output and result.spec:
        params = analyze(result.spec).totals.params
        lines = result.text.count("\n")
        print(f"wrote {clean(target.output)}: {lines:,} lines, {params:,} parameters", file=sys.stderr)


def _spec_to_update(path: str) -> Source:
    """The text of a spec without mistakes."""
    try:
        source = read_file(path)
    except Unreadable as error:
        raise common.complain(error.diagnostics) from None
    spec, mistakes = read(source)
    if spec is None:
        raise common.complain(mistakes)
    return source


def _update(old: Source, result: "Import") -> None:
    """Writes a spec anew if it no longer describes the model, and lists what could not stay."""
    from cnncalc.updating import update

    text, lost = update(old.text, result.draft, old.name)
    if text == old.text:
        print(f"{clean(old.name)} is up to date", file=sys.stderr)
        return
    common.Target(old.name).write(text)
    print(f"updated {clean(old.name)}", file=sys.stderr)
    for each in lost:
        print(f"cnncalc: could not stay: {clean(each)}", file=sys.stderr)


def _recognised(model: str) -> NotASpec:
    try:
        open_variant(model)
    except NotASpec as found:
        return found
    raise UsageError(f"{clean(model)} is no model file of Keras, PyTorch or ONNX; specs need no import", "MODEL")
