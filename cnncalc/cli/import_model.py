"""`cnncalc import`."""

import sys
from typing import TYPE_CHECKING, Annotated

from cnncalc.analysis import analyze
from cnncalc.cli import common
from cnncalc.cli.options.declared import Option, OptionGroup
from cnncalc.cli.options.rules import Rule, UsageError
from cnncalc.errors import ArgumentError
from cnncalc.report.text import clean
from cnncalc.source.files import Source, Unreadable, read_file
from cnncalc.spec.reader import read
from cnncalc.spec.top_level import Overrides

if TYPE_CHECKING:
    from cnncalc.importing.importing import Import

TOGETHER = (
    Rule("--force", needs=("--output",)),
    Rule("--update", excludes=("--flat",)),
)


def import_model(
    model: Annotated[str, common.Positional("MODEL", help="A model of Keras, PyTorch or ONNX: a file.")],
    flat: Annotated[bool, Option("--flat", help="One line per layer, instead of blocks and repeats.")] = False,
    strict: Annotated[bool, Option("--strict", help="A layer that is not understood is an error.")] = False,
    update: Annotated[
        str | None,
        Option(
            "--update",
            metavar="SPEC",
            help="Bring this spec up to date, here or in the file of --output, and keep what was added.",
            is_in_place=True,
        ),
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
    from cnncalc.checks.checked import with_ignored
    from cnncalc.importing.importing import import_file

    old = _spec_to_update(update) if update else None
    try:
        result = import_file(model, overrides, is_flat=flat, is_strict=strict)
    except ArgumentError as error:
        raise UsageError(clean(str(error)), "MODEL") from None
    except Unreadable as error:
        raise common.complain(error.diagnostics) from None
    if not result.is_ok:
        raise common.complain(result.findings)
    common.warn(result.findings, has_notes=True)
    if old:
        _update(old, result, target.output)
        return
    text = with_ignored(result.text)
    target.write_pieces((text,), is_utf8=True)  # which specs are
    if target.output and result.spec:
        params = analyze(result.spec).totals.params
        lines = text.count("\n")
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


def _update(old: Source, result: "Import", output: str | None) -> None:
    """Writes a spec anew, in its place or in another file, if it no longer describes the model; lists what could not
    stay as it was."""
    from cnncalc.updating import update

    text, lost, renewed, failing = update(old, result.draft)
    if text != old.text or output:
        common.Target(output or old.name).write(text)
    said = f"{clean(old.name)} is up to date" if text == old.text else f"updated {clean(old.name)}"
    print(f"{said}; wrote {clean(output)}" if output else said, file=sys.stderr)
    for what, places in (("could not stay", lost), ("expectation renewed", renewed), ("stays, but fails", failing)):
        for each in places:
            common.remark(f"{what}: {each}")
