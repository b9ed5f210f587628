"""`cnncalc export`."""

import os
import sys
from contextlib import nullcontext
from typing import TYPE_CHECKING, Annotated

from cnncalc.cli import common
from cnncalc.cli.options.declared import Option
from cnncalc.cli.options.rules import Rule, UsageError
from cnncalc.exporting.targets import TARGETS, target_of_file
from cnncalc.source.diagnostics import SpecError

if TYPE_CHECKING:
    from cnncalc.forward.run.given import Given

TOGETHER = (
    Rule("--force", needs=("--output", "--weights-to")),
    Rule("--seed", excludes=("--weights",)),
)


def export(
    model: common.Model,
    to: Annotated[
        str | None,
        common.choice(tuple(TARGETS), "What to write; without it, what the name of --output says.", "--to"),
    ] = None,
    flat: Annotated[
        bool, Option("--flat", help="Code with all layers in a row, instead of one class per block.")
    ] = False,
    depth: Annotated[
        int | None, Option("--depth", min=1, help="Levels of the tree in a drawing; what is below is one box.")
    ] = None,
    weights: Annotated[
        str | None, common.value("FILE", "An .npz with all weights, as in conv1.kernel.", "--weights")
    ] = None,
    seed: Annotated[int | None, Option("--seed", min=0, help="For weights that are not given.")] = None,
    weights_to: Annotated[
        str | None, common.value("FILE", "Write the weights too, for the code to load.", "--weights-to")
    ] = None,
    force: Annotated[bool, Option("--force", help="Replace existing files.")] = False,
    *,
    overrides: common.ModelOptions,
    target: common.FileOptions,
) -> None:
    """Writes a model as code, an ONNX file or a drawing.

    Code is what a person would have written: a class or function per block.
    """
    to = to or target_of_file(target.output or "")
    if to is None:
        *some, last = TARGETS
        raise UsageError(f"say what to write: {', '.join(some)} or {last}", "--to")
    _refuse_without_meaning(to, flat, depth, weights, seed, weights_to)
    for option, path in (("--output", target.output), ("--weights-to", weights_to)):
        common.refuse_existing(path, option, force)
    if target.output and weights_to and os.path.realpath(target.output) == os.path.realpath(weights_to):
        raise UsageError("the model and its weights need a file each", "--weights-to")
    if target.output is None and to == "onnx" and sys.stdout.isatty():
        raise UsageError("an ONNX file is no text for a terminal: name a file", "--output")
    from cnncalc.exporting.exported import Wishes

    spec = common.load(model, overrides)
    try:
        wishes = Wishes(flat, depth, _stored(weights), seed or 0)
        made = TARGETS[to].exported(spec, wishes)
        save = TARGETS[to].saved(spec, wishes, made) if weights_to else None
    except SpecError as error:
        raise common.complain(error.diagnostics) from None
    with common.written_file(weights_to) if weights_to and save else nullcontext() as file:
        if save and file:
            save(file)
        if made.remark:
            common.remark(made.remark)
        if isinstance(made.content, bytes):
            target.write_bytes(made.content)
        else:
            target.write_pieces((made.content,), is_utf8=True)  # which code is as well


def _stored(weights: str | None) -> "Given | None":
    """The arrays of a file."""
    if weights is None:
        return None
    from cnncalc.forward.run.given import stored_arrays

    return stored_arrays(weights)


def _refuse_without_meaning(
    to: str, flat: bool, depth: int | None, weights: str | None, seed: int | None, weights_to: str | None
) -> None:
    """Refuses options that change nothing about what is written."""
    target = TARGETS[to]
    if flat and not target.is_code:
        raise UsageError(f"only code has blocks to leave out, not {to}", "--flat")
    if depth is not None and not target.is_drawing:
        raise UsageError(f"only drawings have levels, not {to}", "--depth")
    if weights_to is not None and (reason := target.no_weights(to, weights_to)):
        raise UsageError(reason, "--weights-to")
    for option, given in (("--weights", weights), ("--seed", seed)):
        if given is not None and not target.has_weights and weights_to is None:
            raise UsageError(
                f"{to} has no weights in it" + ("; name a file with --weights-to" if target.weights else ""), option
            )
