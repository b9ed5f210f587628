"""`cnncalc import`."""

import os
import sys
from typing import Annotated

from cnncalc.analysis import analyze
from cnncalc.cli import common
from cnncalc.cli.options.declared import Option, OptionGroup
from cnncalc.cli.options.rules import Rule, UsageError
from cnncalc.report.text import clean
from cnncalc.source.files import NotASpec, Unreadable
from cnncalc.source.open_model import open_variant
from cnncalc.spec.top_level import Overrides

TOGETHER = (Rule("--force", needs=("--output",)),)


def import_model(
    model: Annotated[str, common.Positional("MODEL", help="A model of Keras, PyTorch or ONNX: a file.")],
    flat: Annotated[bool, Option("--flat", help="One line per layer, instead of blocks and repeats.")] = False,
    strict: Annotated[bool, Option("--strict", help="A layer that is not understood is an error.")] = False,
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
    target.write(result.text)
    if target.output and result.spec:
        params = analyze(result.spec).totals.params
        lines = result.text.count("\n")
        print(f"wrote {clean(target.output)}: {lines:,} lines, {params:,} parameters", file=sys.stderr)


def _recognised(model: str) -> NotASpec:
    try:
        open_variant(model)
    except NotASpec as found:
        return found
    raise UsageError(f"{clean(model)} is a spec already", "MODEL")
