"""What is Keras' own about the code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from cnncalc.exporting.code.expressions import Call, Expression, Identifier, Keyword, Literal
from cnncalc.exporting.code.framework import CodeFramework
from cnncalc.exporting.code.identifiers import BUILTINS, identifier
from cnncalc.exporting.code.statements.actions import RUNNING

CHAIN = "chain_"
"""What layers that are applied one after the other are values of, until they are written."""
SHARED = "shared"
"""The helper that makes a model of a block, so that it can be applied again."""


class KerasCode(CodeFramework):
    """Functions of tensors, which know how many channels these have."""

    name: ClassVar[str] = "keras"
    reserved: ClassVar[frozenset[str]] = frozenset(
        {"keras", "layers", "ops", "math", "sys", "KerasTensor", "Any", "Callable", "name", "inputs", "main", SHARED}
        | {*RUNNING, *BUILTINS}
    )
    places: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "DepthwiseConv": ("kernel",),
        "Conv": ("filters", "kernel"),
        "Dense": ("units",),
        "Pooling": ("window",),
        "Activation": ("activation",),
        "ZeroPadding": ("padding",),
        "Dropout": ("rate",),
        "MultiHeadAttention": ("heads", "key_size"),
        "GroupQueryAttention": ("key_size", "heads", "key_heads"),
        "WindowAttention": ("spatial", "window", "shift", "dilation", "position_bias"),
        "LSTM": ("units",),
        "GRU": ("units",),
        "RNN": ("units",),
        "UpSampling": ("factor",),
        "Scale": ("sizes",),
        "Offset": ("sizes",),
        "Learned": ("sizes",),
        "Reshape": ("sizes",),
        "Cropping": ("amounts",),
        "Resizing": ("height", "width"),
    }
    sizes: ClassVar[frozenset[str]] = frozenset(
        {"filters", "units", "groups", "key_size", "value_size", "output", "output_shape", "value_dim"}
    )
    entering: ClassVar[frozenset[str]] = frozenset()
    leaving: ClassVar[frozenset[str]] = frozenset()
    knows_channels: ClassVar[bool] = True
    marks_frozen: ClassVar[bool] = False

    def frozen(self, made: Expression) -> Expression:
        assert isinstance(made, Call)
        return made._replace(keywords=(*made.keywords, Keyword("trainable", Literal(False), Literal(True))))

    def name_of(self, *words: str) -> str:
        return identifier("_".join(words).lower())

    def one_after_other(self, makes: Sequence[Expression]) -> Expression:
        return Call(Identifier(CHAIN), tuple(makes))
