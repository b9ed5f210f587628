"""`cnncalc import`."""

import os
import sys
from typing import TYPE_CHECKING, Annotated

from cnncalc.analysis import analyze
from cnncalc.cli import common
from cnncalc.cli.options.declared import Option, OptionGroup
from cnncalc.cli.options.rules import Rule, UsageError
from cnncalc.report.text import clean
from cnncalc.source.files import NotASpec, Unreadable
from cnncalc.source.open_model import open_variant
from cnncalc.spec.top_level import Overrides

if TYPE_CHECKING:
    from cnncalc.importing.draft import Draft

TOGETHER = (Rule("--force", needs=("--output",)), Rule("--update", excludes=("--flat", "--output", "--force")))


def import_model(
    model: Annotated[str, common.Positional("MODEL", help="A model of Keras, PyTorch or ONNX: a file.")],
    flat: Annotated[bool, Option("--flat", help="One line per layer, instead of blocks and repeats.")] = False,
    strict: Annotated[bool, Option("--strict", help="A layer that is not understood is an error.")] = False,
    force: Annotated[bool, Option("--force", help="Replace the file of --output if it exists.")] = False,
    update: Annotated[
        str, Option("--update", metavar="SPEC", help="Bring this spec up to date, and keep what was added to it.")
    ] = "",
    *,
    overrides: Annotated[
        Overrides, OptionGroup(common.chosen, "variant", "set", "convention", "layout", "until", "after")
    ],
    target: common.FileOptions,
) -> None:
    """Writes a model of another tool as a spec.

    Blocks, repeats and branches are found; the result has the same layers, weights aside.
    """
    if target.output and os.path.isfile(target.output) and not force:
        message = f"{clean(target.output)} already exists and was left alone; --force replaces it"
        raise UsageError(message, "--output")
    from cnncalc.importing.importing import import_file

    try:
        result = import_file(_recognised(model), overrides, is_flat=flat, is_strict=strict)
    except Unreadable as error:
        raise common.complain(error.diagnostics) from None
    if not result.is_ok:
        raise common.complain(result.findings)
    common.warn(result.findings)
    if update:
        _update(update, result.draft)
        return
    target.write(result.text)
    if target.output and result.spec:
        params = analyze(result.spec).totals.params
        lines = result.text.count("\n")
        print(f"wrote {clean(target.output)}: {lines:,} lines, {params:,} parameters", file=sys.stderr)


def _update(path: str, draft: "Draft") -> None:
    """Brings the spec in a file up to date; what could not stay in it is listed."""
    from cnncalc.spec.reader import read
    from cnncalc.updating import update

    try:
        source, _ = open_variant(path)
    except Unreadable as error:
        raise common.complain(error.diagnostics) from None
    spec, mistakes = read(source)
    if spec is None:
        raise common.complain(mistakes)
    text, lost = update(source.text, draft, source.name)
    if text == source.text:
        print(f"{clean(path)} is up to date", file=sys.stderr)
        return
    with common.written_file(path) as file:
        file.write(text.encode())
    for each in lost:
        print(clean(each), file=sys.stderr)
    what = f"; {len(lost)} of its additions could not stay" if lost else ""
    print(f"updated {clean(path)}{what}", file=sys.stderr)


def _recognised(model: str) -> NotASpec:
    try:
        open_variant(model)
    except NotASpec as found:
        return found
    raise UsageError(f"{clean(model)} is a spec already", "MODEL")
