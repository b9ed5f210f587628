"""What is PyTorch's own about the code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from cnncalc.exporting.code.expressions import Call, Expression, Identifier, Literal, called
from cnncalc.exporting.code.framework import CodeFramework
from cnncalc.exporting.code.identifiers import BUILTINS, class_like
from cnncalc.layers.equals import FIRST, Equal

FIXED = "fixed"
"""The helper that keeps some parameters of a module as they are."""


class TorchCode(CodeFramework):
    name: ClassVar[str] = "torch"
    axes: ClassVar[str] = FIRST
    reserved: ClassVar[frozenset[str]] = frozenset(
        {"torch", "nn", "F", "math", "Tensor", "Any", "TypeVar", "T", FIXED, "main", *BUILTINS}
    )
    places: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "Conv": ("in_channels", "filters", "kernel"),
        "Linear": ("in_features", "units"),
        "Pool": ("window",),
        "Norm": ("features",),
        "WindowAttention": ("spatial", "window", "shift", "dilation", "position_bias", "features"),
        "Attention": ("features", "heads"),
        "Shuffle": ("groups",),
    }

    entering: ClassVar[frozenset[str]] = frozenset({"in_channels", "in_features", "features"})
    leaving: ClassVar[frozenset[str]] = frozenset({"filters", "units"})
    sizes: ClassVar[frozenset[str]] = frozenset({
        "in_channels", "filters", "in_features", "units", "features", "groups", "key_size", "value_size", "output",
        "keys", "values", "kdim", "vdim", "gains", "num_parameters",
    })  # fmt: skip

    def make(self, equal: Equal) -> Expression | None:
        made = super().make(equal)
        if made is None:
            return None
        return called(FIXED, made, *map(Literal, equal.frozen)) if equal.frozen else made

    def name_of(self, *words: str) -> str:
        return class_like("-".join(words))

    def one_after_other(self, makes: Sequence[Expression]) -> Expression:
        return makes[0] if len(makes) == 1 else Call(Identifier("nn.Sequential"), tuple(makes))
