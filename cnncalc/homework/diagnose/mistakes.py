"""The catalogue of mistakes: each is a misremembered rule, with a hint that does not give the answer away.

A mistake changes the case that is calculated, or finishes its value differently; `_believed.work` does the rest with
the right rules. The order is by likelihood: if several mistakes explain an answer equally well, the first is named.
"""

from __future__ import annotations

from collections.abc import Callable

from cnncalc import formulas
from cnncalc.homework.diagnose._believed import (
    Case,
    Finish,
    Tensor,
    Unworkable,
    believed_output,
    field_of,
    macs_of,
    params_of,
)
from cnncalc.homework.sheet.questions import Value
from cnncalc.named_tuple import NamedTuple
from cnncalc.settings.shape import Padding, Shape


class Misconception(NamedTuple):
    """A misconception.

    Attributes:
        name: its key in results and rubrics.
        title: what went wrong, in a few words.
        hint: what to think about again; never a number.
        columns: the columns in which it shows.
        applies: whether a case gives an opportunity for it.
        alter: the case as this student sees it; several if it can be seen in several ways.
        finish: the values that this student derives from (case, column, value); also possibly several.
        is_notation: whether only the notation is wrong, and the student continues with the right thing in mind.
    """

    name: str
    title: str
    hint: str
    columns: frozenset[str]
    applies: Callable[[Case], bool]
    alter: Callable[[Case], list[Case]] | None = None
    finish: Finish | None = None
    is_notation: bool = False


def _columns(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _has(case: Case, setting: str) -> bool:
    return hasattr(case.layer, setting)


def _number(value: Value) -> int:
    if not isinstance(value, int):
        raise Unworkable
    return value


def _sizes(value: Value) -> tuple[int, ...]:
    if not isinstance(value, tuple):
        raise Unworkable
    return value


# -- output sizes


def _is_windowed(case: Case) -> bool:
    return case.layer.sliding_window is not None and bool(case.x.spatial)


def _is_padded(case: Case) -> bool:
    return _is_windowed(case) and any(map(any, _padding(case)))


def _padding(case: Case) -> Padding:
    return case.layer.sliding_window.padding if case.layer.sliding_window else Padding()


def _with_padding(case: Case, change: Callable[[int, int], tuple[int, int]]) -> list[Case]:
    return [case.with_settings(padding=Padding(change(before, after) for before, after in _padding(case)))]


def _is_strided(case: Case) -> bool:
    window = case.layer.sliding_window
    return _is_windowed(case) and window is not None and max(window.stride) > 1


def _is_dilated(case: Case) -> bool:
    window = case.layer.sliding_window
    return _is_windowed(case) and window is not None and max(window.dilation) > 1


def _all_ones(name: str) -> Callable[[Case], list[Case]]:
    def alter(case: Case) -> list[Case]:
        return [case.with_settings(**{name: (1,) * len(case.x.spatial)})]

    return alter


def _other_rounding(case: Case) -> list[Case]:
    if case.layer.sliding_window and case.layer.sliding_window.rounding == "ceil":
        return [case.with_settings(rounding="floor")]
    return [case._replace(windows=_windows_up)]


def _windows_up(n: int, k: int, s: int, before: int, after: int, d: int) -> int:
    """⌈(n − k + 2p) / s⌉ + 1, as written by someone who rounds up (and drops no window in the padding)."""
    return formulas.ceil_div(n + before + after - formulas.span(k, d), s) + 1


def _one_less(case: Case, column: str, value: Value) -> list[Value]:
    spatial = Shape.of(_sizes(value), case.layout).spatial
    channels = Shape.of(_sizes(value), case.layout).channels
    return [Shape(tuple(size - 1 for size in spatial), channels).sizes(case.layout)]


def _swapped_axes(case: Case, column: str, value: Value) -> list[Value]:
    if not isinstance(value, tuple):
        return [value]  # a vector has nothing to swap
    shape = Shape.of(value, case.layout)
    return [Shape(shape.spatial[::-1], shape.channels).sizes(case.layout)]


def _other_layout(case: Case, column: str, value: Value) -> list[Value]:
    if not isinstance(value, tuple):
        return [value]
    shape = Shape.of(value, case.layout)
    other = "channels_first" if case.layout == "channels_last" else "channels_last"
    return [shape.sizes(other)]


def _channels_of_input(case: Case, column: str, value: Value) -> list[Value]:
    shape = Shape.of(_sizes(value), case.layout)
    return [Shape(shape.spatial, case.x.channels).sizes(case.layout)]


def _is_flattening(case: Case) -> bool:
    return case.layer.rearranges and believed_output(case).is_vector


def _positions_only(case: Case, column: str, value: Value) -> list[Value]:
    return [formulas.product(case.x.spatial)]


# -- parameters and multiply-adds


def _has_weights(case: Case) -> bool:
    return bool(case.layer.kernel_array)


def _has_bias(case: Case) -> bool:
    return _has_weights(case) and "bias" in case.layer.weights(case.x)


def _bias_size(case: Case) -> int:
    return formulas.product(case.layer.weights(case.x)["bias"].shape)


def _bias_a_weight(case: Case, column: str, value: Value) -> list[Value]:
    kernels = params_of(case.with_settings(bias=False)._replace(followers=()))
    return [_number(value) - _bias_size(case) + kernels]


def _one_bias(case: Case, column: str, value: Value) -> list[Value]:
    return [_number(value) - _bias_size(case) + 1]


def _without_bias(case: Case) -> list[Case]:
    return [case.with_settings(bias=False)]


def _has_deep_filters(case: Case) -> bool:
    """Whether a filter has its own weights for every channel of its input (or group)."""
    return _has(case, "filters") and not case.layer.is_depthwise


def _one_channel(case: Case) -> list[Case]:
    return [case.with_settings(groups=1).with_input(Shape(case.x.spatial, 1))]


def _one_filter(case: Case) -> list[Case]:
    """One filter with its bias; or the weights of one filter and the biases of all."""
    groups = _groups(case)
    settings = {"filters": 1, "groups": 1} if groups > 1 else {"filters": 1}
    one = case.with_settings(**settings).with_input(Shape(case.x.spatial, case.x.channels // groups))
    return [one, one._replace(extra=_bias_size(case) - 1)] if _has_bias(case) else [one]


def _groups(case: Case) -> int:
    groups: int = vars(case.layer).get("groups", 1)
    return groups


def _one_group(case: Case) -> list[Case]:
    return [case.with_settings(groups=1)]


def _pool_params(case: Case, column: str, value: Value) -> list[Value]:
    taps, c = formulas.product(case.layer.window), case.x.channels  # type: ignore[attr-defined]
    return [taps * c + c, taps * c, taps * c * c + c, taps * c * c, taps + 1, taps]


def _channels_before(case: Case) -> list[Case]:
    before = case.inputs[0].source_channels
    if before is None:
        raise Unworkable
    return [case.with_input(Shape(case.x.spatial, before))]


def _differs_before(case: Case) -> bool:
    before = case.inputs[0].source_channels
    return _has_weights(case) and bool(case.x.spatial) and before not in (None, case.x.channels)


def _is_behind_flatten(case: Case) -> bool:
    before = case.inputs[0].before
    return case.layer.is_dense and before is not None and bool(before.spatial)


def _unflattened(case: Case, column: str, value: Value) -> list[Value]:
    before = case.inputs[0].before
    assert before is not None
    units, bias = case.layer.units, _bias_size(case) if _has_bias(case) else 0  # type: ignore[attr-defined]
    extra = _number(value) - (case.x.channels * units + bias if column == "params" else case.x.channels * units)
    inputs = (before.channels, *before.spatial[:1], formulas.product(before.spatial))
    return [n * units + (bias if column == "params" else 0) + extra for n in dict.fromkeys(inputs)]


def _macs_instead(case: Case, column: str, value: Value) -> list[Value]:
    followers = _number(value) - params_of(case._replace(followers=()))
    return [macs_of(case) + followers, macs_of(case)]


def _params_instead(case: Case, column: str, value: Value) -> list[Value]:
    return [params_of(case), params_of(case) - (_bias_size(case) if _has_bias(case) else 0)]


def _twice(case: Case, column: str, value: Value) -> list[Value]:
    return [2 * _number(value)]


def _on_the_input(case: Case, column: str, value: Value) -> list[Value]:
    positions = formulas.product(believed_output(case).spatial)
    return [_number(value) // positions * formulas.product(case.x.spatial)]


def _with_biases(case: Case, column: str, value: Value) -> list[Value]:
    return [_number(value) + believed_output(case).values]


def _norms(case: Case) -> list[int]:
    """The parameters of each norm of the entry: its own layer, or one that follows it."""
    layers = [layer for layer in (case.layer, *case.followers) if layer.is_norm]
    shape = (case.after or believed_output(case)) if layers else case.x
    return [params_of(case._replace(layer=layer, followers=(), inputs=[Tensor(shape, None)])) for layer in layers]


def _has_offsets(case: Case) -> bool:
    return not case.is_shared and any(params > believed_output(case).channels for params in _norms(case))


def _only_factors(case: Case, column: str, value: Value) -> list[Value]:
    return [_number(value) - sum(params // 2 for params in _norms(case))]


# -- receptive fields


def _grows(case: Case) -> bool:
    field = field_of(case)
    return field is not None and field != case.inputs[0].field


def _own_stride_only(case: Case) -> list[Case]:
    field = case.inputs[0].field
    assert field is not None
    return [case._replace(inputs=[case.inputs[0]._replace(field=tuple((r, 1) for r, _ in field))])]


def _field(sizes: list[int]) -> Value:
    return sizes[0] if len(set(sizes)) == 1 else tuple(sizes)


def _grown(case: Case, growth: Callable[[int, int, int, int], int]) -> list[Value]:
    """The field that `growth` gives for r, j, the window's span (k) and its stride, per axis."""
    field, reads = case.inputs[0].field, case.layer.reads(case.x)
    if field is None or reads is None:
        raise Unworkable
    axes = zip(field, reads, strict=True)
    return [_field([growth(r, j, each.high[0] - each.low[0] + 1, each.advance) for (r, j), each in axes])]


def _plus_k(case: Case, column: str, value: Value) -> list[Value]:
    return _grown(case, lambda r, j, k, s: r + k * j)


def _kernel_alone(case: Case, column: str, value: Value) -> list[Value]:
    return _grown(case, lambda r, j, k, s: k)


def _own_stride_too(case: Case, column: str, value: Value) -> list[Value]:
    return _grown(case, lambda r, j, k, s: r + (k - 1) * j * s)


def _activation_grows(case: Case, column: str, value: Value) -> list[Value]:
    times = sum(layer.is_activation for layer in (case.layer, *case.followers))
    field = case.inputs[0].field
    if field is None:
        raise Unworkable
    sizes = [value] * len(field) if isinstance(value, int) else list(_sizes(value))
    steps = [j for _, j in field_of(case) or field]
    return [_field([r + times * step for r, step in zip(sizes, steps, strict=True)]),
            _field([r + times for r in sizes])]  # fmt: skip


def _has_activation(case: Case) -> bool:
    return case.inputs[0].field is not None and any(layer.is_activation for layer in (case.layer, *case.followers))


def _always(case: Case) -> bool:
    return True


MISTAKES: tuple[Misconception, ...] = (
    # -- output
    Misconception("padding forgotten", "the padding was left out", "The window also slides over the border: add the padding of both sides to the size first.",
            _columns("output"), _is_padded, lambda case: _with_padding(case, lambda before, after: (0, 0))),
    Misconception("padding counted once", "the padding was counted on one side only", "Every axis has a border on both sides.",
            _columns("output"), _is_padded, lambda case: _with_padding(case, lambda before, after: (before, 0))),
    Misconception("stride forgotten", "the window was moved by one", "The window moves by its stride; a pool's stride equals its window unless a stride is given.",
            _columns("output"), _is_strided, _all_ones("stride")),
    Misconception("ceil for floor", "the result was rounded the wrong way", "A last window that does not fit completely only counts if the layer says `rounding: ceil`.",
            _columns("output"), _is_strided, _other_rounding),
    Misconception("+ 1 forgotten", "the first position was not counted", "After ⌊(n − k + 2p) / s⌋ steps, the window has been at one more place than the number of steps.",
            _columns("output"), _is_windowed, None, _one_less),
    Misconception("kernel not dilated", "the dilation was left out", "A dilated window spans more positions than it has taps: d·(k − 1) + 1.",
            _columns("output receptive_field"), _is_dilated, _all_ones("dilation")),
    Misconception("height and width swapped", "height and width are swapped", "Height is written first, then width.",
            _columns("output"), lambda case: len(case.x.spatial) == 2, None, _swapped_axes, True),
    Misconception("channels first for last", "the channels are at the wrong end", "Look at the input's shape: where are its channels?",
            _columns("output"), lambda case: bool(case.x.spatial), None, _other_layout, True),
    Misconception("channels of the input kept", "the output was given the channels of the input", "A convolution makes one output channel for each of its filters.",
            _columns("output"), lambda case: _has(case, "filters"), None, _channels_of_input),
    Misconception("flatten without channels", "the channels were left out of the vector", "Flattening keeps every value of every channel.",
            _columns("output"), _is_flattening, None, _positions_only),
    # -- parameters
    Misconception("bias forgotten", "the biases are missing", "Each filter (or unit) also has one number that is added to its sums.",
            _columns("params"), lambda case: _has_bias(case) and not case.layer.is_dense, _without_bias),
    Misconception("dense bias forgotten", "the biases of the dense layer are missing", "Each unit also has one number that is added to its sum.",
            _columns("params"), lambda case: _has_bias(case) and case.layer.is_dense, _without_bias),
    Misconception("one bias per weight", "every weight was given a bias", "There is one bias for a whole filter (or unit), not one for each of its weights.",
            _columns("params"), _has_bias, None, _bias_a_weight),
    Misconception("one bias for all", "only one bias was counted", "Each filter (or unit) has its own bias.",
            _columns("params"), _has_bias, None, _one_bias),
    Misconception("input channels forgotten", "the input's channels were left out", "A filter reaches through all channels of its input.",
            _columns("params macs"), lambda case: _has_deep_filters(case) and case.x.channels > 1, _one_channel),
    Misconception("filters forgotten", "only one filter was counted", "Each filter has its own weights.",
            _columns("params macs"), lambda case: _has(case, "filters") and case.layer.filters > 1, _one_filter),  # type: ignore[attr-defined]
    Misconception("parameters given to a pool", "a pool was given parameters", "What is there in a pool that training could change?",
            _columns("params"), lambda case: bool(case.layer.sliding_window) and not _has_weights(case), None, _pool_params),
    Misconception("channels of the layer before", "the channels are those of an earlier layer", "A filter is as deep as the tensor that enters this layer.",
            _columns("params macs"), _differs_before, _channels_before),
    Misconception("groups forgotten", "the groups were left out", "With groups, a filter only reaches through the channels of its own group.",
            _columns("params macs"), lambda case: _groups(case) > 1 and _has_weights(case), _one_group),
    Misconception("dense on the unflattened size", "the dense layer does not see the whole vector", "Each unit is connected to every value of the flattened tensor.",
            _columns("params macs"), _is_behind_flatten, None, _unflattened),
    Misconception("MACs for parameters", "these are the multiply-adds", "Parameters do not depend on how often a filter is used.",
            _columns("params"), _has_weights, None, _macs_instead),
    Misconception("factors without offsets", "a norm has more than one parameter per channel", "A norm learns a factor and an offset for each channel.",
            _columns("params"), _has_offsets, None, _only_factors),
    # -- multiply-adds
    Misconception("FLOPs for MACs", "these are FLOPs", "One MAC is a multiplication together with its addition.",
            _columns("macs"), _has_weights, None, _twice),
    Misconception("parameters for MACs", "these are the parameters", "Each weight is used once at every output position.",
            _columns("macs"), lambda case: _has_weights(case) and bool(case.x.spatial), None, _params_instead),
    Misconception("MACs on the input's positions", "the positions of the input were counted", "The window stops at as many places as the output has positions.",
            _columns("macs"), _is_windowed, None, _on_the_input),
    Misconception("biases counted as MACs", "the biases were counted", "A bias is added; nothing is multiplied.",
            _columns("macs"), _has_bias, None, _with_biases),
    # -- receptive field
    Misconception("field without the strides below", "the strides of earlier layers were left out", "After a stride, neighbours are further apart in the input, and each additional tap adds that distance.",
            _columns("receptive_field"), _grows, _own_stride_only),
    Misconception("plus k instead of k − 1", "a window of k adds k − 1 steps", "The first tap of the window sees what the layer below already saw.",
            _columns("receptive_field"), _grows, None, _plus_k),
    Misconception("activation counted as growth", "an activation was counted", "An activation looks at each value separately.",
            _columns("receptive_field"), _has_activation, None, _activation_grows),
    Misconception("only this layer's window", "the layers below were left out", "A unit sees the fields of all units that it reads, together.",
            _columns("receptive_field"), _grows, None, _kernel_alone),
    Misconception("own stride counted", "the layer's own stride was counted", "A stride moves the units of this layer apart; what one of them sees does not change.",
            _columns("receptive_field"), lambda case: _grows(case) and _is_strided(case), None, _own_stride_too),
)  # fmt: skip

MB_FOR_MIB = Misconception(
    "MB for MiB", "this is the number of megabytes", "1 MiB is 1,024 · 1,024 bytes, 1 MB is 1,000,000.",
    _columns("memory"), _always,
)  # fmt: skip
"""Found where an amount of memory is read, which has a unit but no case."""

BY_NAME = {mistake.name: mistake for mistake in (*MISTAKES, MB_FOR_MIB)}
