"""What is worth knowing about models inside a model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cnncalc.checks.check import Finding, InText, check, layers

if TYPE_CHECKING:
    from cnncalc.checks.model import Model


@check(
    "CNN551",
    "a model inside has another convention",
    "A model inside another one keeps the rules that it was written and tested with: how it pads, and what its layers "
    "do by default. Parameters are counted by the convention of the model around it: only under `keras` are the "
    "statistics of a batch normalisation among them.",
    wrong=layers("model: resnet50", input="224x224x3"),
    right="convention: pytorch\n" + layers("model: resnet50", input="3x224x224"),
    severity="note",
)
def other_conventions(model: Model) -> Iterator[Finding]:
    """Models inside one with another convention."""
    outer = model.written
    for call in outer.models:
        around = next((each.inside for each in outer.models if each.parsed.source is call.source), outer)
        its, own = call.inside.convention, around.convention
        if its != own:
            where = InText(call.source, call.called.head.span, call.chain)
            message = f"`{call.name}` keeps its own convention, `{its}`"
            label = f"the rest of this file is read by that of `{own}`"
            yield Finding(where, "", message, label, (f"parameters are counted as under `{outer.convention}`",))
