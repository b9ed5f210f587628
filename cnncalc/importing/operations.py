"""A graph of operations on tensors: the one vocabulary that those of ONNX and of PyTorch's ATen are translated to.

Here a tensor is just an array of so many sizes; which axis holds the channels is found out later (`lifting`). Numbers
that the file calculates from shapes alone are folded by the reader: settings are always known.

The operations (inputs in brackets may be missing, as None; axes are counted from 0 and never negative, the batch
included; a pair per spatial axis is (before, after)):

===================  =========================================  ====================================================
operation            inputs                                     settings
===================  =========================================  ====================================================
conv                 x, weight, [bias]                          stride, padding (pairs), dilation: per axis; groups
conv_transpose       x, weight, [bias]                          and output_padding; weight: (in, out/groups, …)
deform_conv          x, weight, offsets, [mask], [bias]         stride, padding, dilation, groups, offset_groups
linear               x, weight (out, in), [bias]                x · weightᵀ + bias along the last axis
matmul               a, b                                       of any rank, as NumPy's
batch_norm           x, [scale], [center], mean, variance       epsilon; channels are axis 1
layer_norm           x, [scale], [center]                       axes (the last ones), epsilon
rms_norm             x, [scale]                                 axes, epsilon
group_norm           x, [scale], [center]                       groups, epsilon
instance_norm        x, [scale], [center]                       epsilon
local_response_norm  x                                          size, alpha (of the mean, as PyTorch's), beta, k
max_pool             x                                          window, stride, padding (pairs), dilation, ceil
avg_pool             x                                          window, stride, padding, ceil, count_padding, divisor
lp_pool              x                                          window, stride, padding, ceil, p
adaptive_avg_pool    x                                          size; adaptive_max_pool the same
max_unpool           x, indices                                 size; max_pool has the indices as its second output
reduce               x                                          how: mean sum max min l1 l2 prod var std argmax …;
                                                                axes, keep_dims; correction (var, std)
relu … (see UNARY)   x                                          slope, alpha, bounds, approximate (gelu: none, tanh), …
add … (see BINARY)   a, b                                       spread as NumPy's; either may be constant
weighted_add         any number, and a row of weights           normalize: none softmax sum; epsilon (for sum)
softmax              x                                          axis; log_softmax the same
prelu                x, slope                                   the slope spread as PyTorch's: along axis 1
glu                  x                                          axis
cumulate             x                                          how: sum, prod; axis
identity             x                                          anything that leaves values as they are at inference
dropout              x                                          rate; channels (whole channels are dropped)
reshape              x                                          sizes. Also view, flatten, squeeze, unsqueeze
transpose            x                                          axes: the old place of each new axis
expand               x                                          sizes; repeat: times
slice                x                                          axis, start, stop, step; from_end: whether the file
                                                                counts the start, and the stop, from the end
split                x                                          axis, sizes; as many outputs
concat               any number                                 axis (a stack is a reshape and a concat)
pad                  x                                          pairs: per axis of x; mode constant reflect replicate
                                                                circular; value
gather               x, indices                                 axis: of NumPy's take; of constant indices or tensors
embedding            ids, table                                 padding_id
roll                 x                                          shifts, axes
flip                 x                                          axes
resize               x                                          size; factors (or None); mode nearest linear cubic;
                                                                rule: half_pixel align_corners asymmetric …; rounding
depth_to_space       x                                          block, order: CRD (PyTorch's pixel_shuffle) or DCR
space_to_depth       x                                          block, order
channel_shuffle      x                                          groups
attention            query, key, value, [mask]                  (batch, heads, positions, size); causal, scale (or None)
lstm, gru, rnn       x, [state], [cell], and the weights        hidden, layers, directions, batch_first, reset_after,
                                                                nonlinearity; weights named in the settings `arrays`
where                condition, a, b
triangle             x                                          upper, diagonal: of matrices; zeros elsewhere
unknown              any number                                 name: what the file calls it; custom: its domain;
                                                                does: "elementwise" or "no products", where known;
                                                                products: how many, of all samples, where known
===================  =========================================  ====================================================
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cnncalc.importing.stored import Stored
from cnncalc.source.diagnostics import START, Diagnostic

BATCH = 1_000_003
"""The size that stands for a batch of which the file leaves the size open: a prime that no layer has, so that the batch
is found again in any product of sizes."""

UNARY = (
    *("relu", "relu6", "leaky_relu", "elu", "selu", "celu", "gelu", "sigmoid", "hard_sigmoid", "log_sigmoid", "tanh"),
    *(
        "silu",
        "hard_swish",
        "mish",
        "softplus",
        "softsign",
        "clip",
        "thresholded_relu",
        "erf",
        "exp",
        "log",
    ),
    *(
        "sqrt",
        "rsqrt",
        "square",
        "abs",
        "neg",
        "reciprocal",
        "floor",
        "ceil",
        "round",
        "sign",
        "sin",
        "cos",
        "not",
        "cast",
    ),
)
BINARY = (
    *("add", "sub", "mul", "div", "pow", "maximum", "minimum", "mod", "equal", "less", "greater", "less_equal"),
    *("greater_equal", "and", "or"),
)

ELEMENTWISE = frozenset([*UNARY, *BINARY, "where"])
"""Operations that calculate each value from those in the same place alone."""
SOFTPLUS_IS_X = 15
"""From here on softplus is x itself to float32: a threshold beyond it changes nothing."""


_NO_STOP = 2**31 - 1
"""A stop from here on is none: what exporters write where a program has none."""


def counted_from_end(start: int, stop: int) -> tuple[bool, bool]:
    """Whether the start, and the stop, of what a file takes of an axis stay as far from the end at any size."""
    return start < 0, stop < 0 or stop >= _NO_STOP


class Tensor:
    """A tensor: an input, a constant or an output of an operation.

    Attributes:
        name: what the file calls it.
        sizes: the batch included, which is the graph's `batch` where the file leaves it open; None if they are unknown.
        stated: whether the file says so; otherwise they are calculated.
        operation: which makes it; None for inputs and constants.
        constant: its values, if the file has them.
        dtype: the type of its numbers, as in `float32`, `int64`, `bool`.
    """

    __slots__ = ("constant", "dtype", "name", "operation", "sizes", "stated")

    def __init__(
        self,
        name: str,
        sizes: tuple[int, ...] | None,
        dtype: str = "float32",
        constant: Constant | None = None,
        stated: bool = False,
    ) -> None:
        self.name = name
        self.sizes = sizes
        self.dtype = dtype
        self.constant = constant
        self.stated = stated
        self.operation: Operation | None = None

    def __repr__(self) -> str:
        return f"<{self.name} {self.sizes}>"


class Constant:
    """Values that the file has, or that the reader calculated from such.

    Attributes:
        stored: where they are; None if they were calculated.
        is_parameter: whether they are learned: counted as parameters.
        is_statistic: whether they are updated in training but not learned (a buffer, a running mean).
        trainable: whether training changes them.
        identity: the same for constants that are one array to the model, and differ where arrays are equal by chance:
            a parameter's name in `.pt2`, an initializer's in ONNX.
        values: the numbers in a row, the last axis varying fastest; None if there are more than a thousand.
    """

    def __init__(
        self,
        stored: Stored | None,
        values: Sequence[float] | None = None,
        *,
        is_parameter: bool = False,
        is_statistic: bool = False,
        trainable: bool = True,
        identity: str = "",
    ) -> None:
        self.stored = stored
        self.values = values
        self.is_parameter = is_parameter
        self.is_statistic = is_statistic
        self.trainable = trainable
        self.identity = identity


class Operation:
    """An operation in its place.

    Attributes:
        name: in the vocabulary above.
        inputs: None where one is left out.
        outputs: at least one.
        settings: by name.
        called: what the file calls it: `Conv`, `aten.conv2d.default`.
        place: where it is in the file, for findings: `node 17 (Conv, "/layer1/conv1")`.
        path: the modules that it is in, outermost first, each by name and class (see `DraftLayer.path`).
    """

    __slots__ = ("called", "inputs", "name", "outputs", "path", "place", "settings")

    def __init__(
        self,
        name: str,
        inputs: Sequence[Tensor | None],
        outputs: Sequence[Tensor],
        settings: dict[str, Any],
        called: str = "",
        place: str = "",
        path: tuple[tuple[str, str], ...] = (),
    ) -> None:
        self.name = name
        self.inputs = list(inputs)
        self.outputs = list(outputs)
        self.settings = settings
        self.called = called
        self.place = place
        self.path = path
        for tensor in self.outputs:
            tensor.operation = self

    @property
    def output(self) -> Tensor:
        """Its first output."""
        return self.outputs[0]

    def __repr__(self) -> str:
        return f"<{self.name} {self.output.name} {self.settings}>"


class OperationGraph:
    """A model as operations.

    Attributes:
        name: what the file calls it.
        file: what findings call the file.
        batch: the size of the batch in all sizes: that of the file, or `BATCH`.
        batch_axis: which axis of its inputs holds the batch.
        repeats_are_shared: whether parameters of the same identity are the same to the model, and not just stored once.
        calls: which module an operation is in, by its place, where a file says so and that this module is a layer of
            the framework's own. Calls of one module that read the same arrays share them.
        supposed: the identities of arrays that are taken for parameters although the file does not say so.
        supposed_weights: those of arrays in the role of weights whose names suggest something else.
        model_class: the class of the model's module; "" if the file does not say.
        state: what the state of that module has, with its sizes, by name; empty if the file does not say.
        inputs: those that are no constants.
        operations: each after those that it reads.
        outputs: what the model returns.
        remarks: warnings and notes of the reader.
    """

    def __init__(self, name: str = "", batch: int = BATCH, file: str = "") -> None:
        self.name = name
        self.file = file
        self.batch = batch
        self.batch_axis = 0
        self.repeats_are_shared = False
        self.calls: dict[str, str] = {}
        self.supposed: set[str] = set()
        self.supposed_weights: set[str] = set()
        self.model_class = ""
        self.state: dict[str, tuple[int, ...]] = {}
        self.inputs: list[Tensor] = []
        self.operations: list[Operation] = []
        self.outputs: list[Tensor] = []
        self.remarks: list[Diagnostic] = []

    def add(self, operation: Operation) -> Operation:
        """Puts an operation at the end."""
        self.operations.append(operation)
        return operation


def not_finite(place: str, file: str) -> Diagnostic:
    """The warning about a node whose constant no calculation is of use with."""
    message = f"{place}: its constant has NaN or infinite values"
    help = "if that is not meant, set them in the model and export it again"
    return Diagnostic("CNN573", message, file, START, "", (help,), severity="warning")
