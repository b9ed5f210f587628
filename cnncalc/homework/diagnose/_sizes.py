"""Misremembered rules for output sizes."""

from __future__ import annotations

from collections.abc import Callable

from cnncalc import formulas
from cnncalc.homework.diagnose._believed import Case, Finish, Unworkable, believed_output
from cnncalc.homework.diagnose.misconception import Misconception, columns, has_setting, sizes_of
from cnncalc.homework.sheet.questions import Value
from cnncalc.layers.merging import Merge
from cnncalc.layers.window import SlidingWindow
from cnncalc.settings.shape import Padding, Shape

Axis = tuple[int, int, int, int, int, int]
"""Along one axis: n, k, s, the padding before and after, and d."""

BATCHES = (8, 16, 32, 64, 128, 256)
"""The sizes of a batch that are put in front of an output."""


# -- what there is an opportunity for


def is_windowed(case: Case) -> bool:
    """Whether a window moves over the input."""
    return case.layer.sliding_window is not None and bool(case.x.spatial)


def window_of(case: Case) -> SlidingWindow:
    """The window of the layer, over its input or (transposed) its output.

    Raises:
        Unworkable: it has none.
    """
    window = case.layer.sliding_window or case.layer.spread_window
    if window is None or not case.x.spatial:
        raise Unworkable
    return window


def has_weights(case: Case) -> bool:
    """Whether the layer multiplies by a kernel."""
    return bool(case.layer.kernel_array)


def is_strided(case: Case) -> bool:
    """Whether a window moves by more than one position."""
    window = case.layer.sliding_window
    return is_windowed(case) and window is not None and max(window.stride) > 1


def _has_window(case: Case) -> bool:
    return bool(case.layer.sliding_window or case.layer.spread_window) and bool(case.x.spatial)


def _is_transposed(case: Case) -> bool:
    return case.layer.spread_window is not None and bool(case.x.spatial)


def _is_padded(case: Case) -> bool:
    return _has_window(case) and any(map(any, window_of(case).padding))


def is_same(case: Case) -> bool:
    """Whether the layer is padded by the rule `same`."""
    return _is_padded(case) and window_of(case).padding.rule == "same"


def _is_uneven(case: Case) -> bool:
    """Whether the window is not as large as its stride; if it is, `same` only rounds the other way."""
    return is_windowed(case) and window_of(case).spans != tuple(window_of(case).stride)


def _is_dilated(case: Case) -> bool:
    return _has_window(case) and max(window_of(case).dilation) > 1


def _moves(case: Case) -> bool:
    return _has_window(case) and max(window_of(case).stride) > 1


def _is_wide_step(case: Case) -> bool:
    """Whether the stride is not the size of the window."""
    return is_windowed(case) and window_of(case).stride != window_of(case).kernel


def _is_map(case: Case) -> bool:
    return bool(case.x.spatial)


def _is_flattening(case: Case) -> bool:
    return case.layer.rearranges and believed_output(case).is_vector


def _pools_all(case: Case) -> bool:
    return _is_map(case) and not case.layer.rearranges and not has_weights(case) and believed_output(case).is_vector


def _merges(case: Case) -> bool:
    return isinstance(case.layer, Merge) and len(case.inputs) > 1 and not case.layer.multiplies_matrices


def _pools(case: Case) -> bool:
    return is_windowed(case) and not has_weights(case)


def _filters(case: Case) -> bool:
    return has_setting(case, "filters")


# -- how a rule is misremembered


def _settings(case: Case, **settings: object) -> list[Case]:
    return [case.with_settings(**settings)]


def _with_padding(change: Callable[[int, int], tuple[int, int]]) -> Callable[[Case], list[Case]]:
    def alter(case: Case) -> list[Case]:
        return _settings(case, padding=Padding(change(before, after) for before, after in window_of(case).padding))

    return alter


def _all_ones(name: str) -> Callable[[Case], list[Case]]:
    return lambda case: _settings(case, **{name: (1,) * len(case.x.spatial)})


def _gap_after_each_tap(case: Case) -> list[Case]:
    """The case with windows that span d·k positions."""
    window = window_of(case)
    spans = tuple(d * k for d, k in zip(window.dilation, window.kernel, strict=True))
    return _settings(case, **{window.setting: spans, "dilation": (1,) * len(spans)})


def _counting(rule: Callable[..., int]) -> Callable[[Case], list[Case]]:
    """Another rule for the number of windows: of n, k, s, the padding before and after, and d."""
    return lambda case: [case._replace(windows=rule)]


def _resized(*rules: Callable[..., int]) -> Finish:
    """Positions by rules of n, k, s, the padding before and after, and d, along each axis."""

    def finish(case: Case, column: str, value: Value) -> list[Value]:
        channels = _shape(case, value).channels
        return [Shape(window_of(case).counts(case.x.spatial, rule), channels).sizes(case.layout) for rule in rules]

    return finish


def _reshaped(*changes: Callable[[Case, Shape], Shape]) -> Finish:
    """Other shapes made of the case and the right one."""

    def finish(case: Case, column: str, value: Value) -> list[Value]:
        return [_sizes_of(case, change(case, _shape(case, value))) for change in changes]

    return finish


def _shape(case: Case, value: Value) -> Shape:
    return Shape((), value) if isinstance(value, int) else Shape.of(sizes_of(value), case.layout)


def _sizes_of(case: Case, shape: Shape) -> Value:
    return shape.channels if shape.is_vector else shape.sizes(case.layout)


def _other_rounding(case: Case) -> list[Case]:
    if window_of(case).rounding == "ceil":
        return _settings(case, rounding="floor")
    return [case._replace(windows=_windows_up)]


def _windows_up(n: int, k: int, s: int, before: int, after: int, d: int) -> int:
    """⌈(n − k + 2p) / s⌉ + 1, as written by someone who rounds up (and drops no window in the padding)."""
    return formulas.ceil_div(n + before + after - formulas.span(k, d), s) + 1


def _same_size(n: int, k: int, s: int, before: int, after: int, d: int) -> int:
    return formulas.ceil_div(n, s)


def _valid_size(n: int, k: int, s: int, before: int, after: int, d: int) -> int:
    return formulas.windows(n, k, s, 0, 0, d)


def _one_less(case: Case, shape: Shape) -> Shape:
    return Shape(tuple(size - 1 for size in shape.spatial), shape.channels)


def _swapped_axes(case: Case, shape: Shape) -> Shape:
    return Shape(shape.spatial[::-1], shape.channels)


def _other_layout(case: Case, column: str, value: Value) -> list[Value]:
    if not isinstance(value, tuple):
        return [value]
    other = "channels_first" if case.layout == "channels_last" else "channels_last"
    return [Shape.of(value, case.layout).sizes(other)]


def _positions_written(case: Case, column: str, value: Value) -> list[Value]:
    if not isinstance(value, tuple):
        return [value]
    spatial = Shape.of(value, case.layout).spatial
    return [spatial if len(spatial) > 1 else spatial[0]]


def _channels(rule: Callable[[Case, int], int]) -> Finish:
    """The right positions, with another number of channels."""
    return _reshaped(lambda case, shape: Shape(shape.spatial, rule(case, shape.channels)))


def _pooled_channels(case: Case, column: str, value: Value) -> list[Value]:
    window, shape = window_of(case), _shape(case, value)
    divisors = {window.kernel[0], window.stride[0], formulas.product(window.kernel)} - {1}
    return [Shape(shape.spatial, shape.channels // each).sizes(case.layout) for each in sorted(divisors)]


def _one_axis(case: Case, column: str, value: Value) -> list[Value]:
    shape = _shape(case, value)
    kept = ((shape.spatial[0], *case.x.spatial[1:]), (*case.x.spatial[:-1], shape.spatial[-1]))
    return [Shape(each, shape.channels).sizes(case.layout) for each in dict.fromkeys(kept)]


def _flattened_otherwise(case: Case, column: str, value: Value) -> list[Value]:
    spatial, c = case.x.spatial, case.x.channels
    return [sum(spatial) + c, spatial[0] * c]


def _from_before(case: Case) -> list[Case]:
    earlier = case.inputs[0].earlier
    if earlier is None or earlier == case.x:
        raise Unworkable
    return [case.with_input(Shape(earlier.spatial, case.x.channels))]


def _skips_a_window(case: Case) -> bool:
    earlier = case.inputs[0].earlier
    return bool(case.x.spatial) and earlier is not None and earlier.spatial not in ((), case.x.spatial)


def _batched(case: Case, column: str, value: Value) -> list[Value]:
    sizes = value if isinstance(value, tuple) else (value,)
    return [(batch, *sizes) for batch in BATCHES]


def _merged_otherwise(case: Case, column: str, value: Value) -> list[Value]:
    shape, channels = _shape(case, value), [each.shape.channels for each in case.inputs]
    return [_sizes_of(case, Shape(shape.spatial, each)) for each in dict.fromkeys((sum(channels), *channels))]


def narrowed(mistake: Misconception, among: Callable[[Case], bool]) -> Misconception:
    """The same mistake, made in some layers only."""
    return mistake._replace(applies=lambda case: among(case) and mistake.applies(case))


SIZES: tuple[Misconception, ...] = (
    Misconception("padding forgotten", "the padding was left out", "Look at the padding of this layer: what does it do to the size?",
            columns("output"), _is_padded, _with_padding(lambda before, after: (0, 0))),
    Misconception("padding counted once", "the padding was counted on one side only", "Every axis has two ends, and the padding is at both of them.",
            columns("output"), _is_padded, _with_padding(lambda before, after: (before, 0))),
    Misconception("stride forgotten", "the stride was left out", "How far does the window move each time? A pool without a stride of its own moves by the size of its window.",
            columns("output"), _moves, _all_ones("stride")),
    Misconception("ceil for floor", "the result was rounded the wrong way", "A last window that does not fit completely counts only where the layer rounds up (`ceil`).",
            columns("output"), is_strided, _other_rounding, source="github.com/BVLC/caffe/issues/1318"),
    Misconception("+ 1 forgotten", "the first place of the window was not counted", "The window already stands at one place before it takes its first step.",
            columns("output"), is_windowed, None, _reshaped(_one_less)),
    Misconception("kernel not dilated", "the dilation was left out", "A dilated window has gaps: over how many positions does it reach in all?",
            columns("output receptive_field"), _is_dilated, _all_ones("dilation")),
    Misconception("height and width swapped", "height and width are swapped", "Height is written first, then width.",
            columns("output"), lambda case: len(case.x.spatial) == 2, None, _reshaped(_swapped_axes), True),
    Misconception("channels first for last", "the channels are at the wrong end", "Look at the input's size: where are its channels?",
            columns("output"), _is_map, None, _other_layout, True),
    Misconception("channels of the input kept", "the output was given the channels of the input", "What decides how many channels come out of this layer: its input, or its own settings?",
            columns("output"), has_weights, None, _channels(lambda case, c: case.x.channels), source="ai.stackexchange.com/questions/36991"),
    Misconception("flatten without channels", "the channels were left out of the vector", "Flattening keeps every value of every channel.",
            columns("output"), _is_flattening, None, lambda case, column, value: [formulas.product(case.x.spatial)], source="discuss.pytorch.org/t/118621"),
    Misconception("same for valid", "the size was worked out as if the padding were `same`", "Look at the padding of this layer again: how often does the window fit?",
            columns("output"), _is_uneven, None, _resized(_same_size), source="stackoverflow.com/questions/37674306"),
    Misconception("valid for same", "the size was worked out as if there were no padding", "With the padding `same`, zeros around the input make up for the size of the window.",
            columns("output"), is_same, None, _resized(_valid_size), source="stackoverflow.com/questions/37674306"),
    Misconception("size kept", "the size of the input was kept", "Does this layer keep the size? Work it out from its window, stride and padding.",
            columns("output"), _has_window, None, _resized(lambda n, k, s, before, after, d: n), source="stackoverflow.com/questions/53819528"),
    Misconception("+ 1 before dividing", "the 1 was added before dividing", "First count the steps, with the stride; the first place is added afterwards.",
            columns("output"), is_strided, _counting(lambda n, k, s, before, after, d: (n - formulas.span(k, d) + before + after + 1) // s)),
    Misconception("padding counted twice", "the padding was doubled once too often", "Each end of an axis has its padding only once.",
            columns("output"), _is_padded, _with_padding(lambda before, after: (2 * before, 2 * after))),
    Misconception("dilation times kernel", "one gap too many was counted in the dilated window", "The gaps lie between the cells of the window: is there one after the last cell too?",
            columns("output receptive_field"), _is_dilated, _gap_after_each_tap, source="discuss.pytorch.org/t/14338"),
    Misconception("kernel for stride", "the window was moved by its own size", "The window moves by the stride: is that the size of the window here?",
            columns("output"), _is_wide_step, None, _resized(lambda n, k, s, before, after, d: formulas.windows(n, k, k, before, after, d))),
    Misconception("one axis only", "the rule was applied along one axis only", "The layer works along every axis in the same way.",
            columns("output"), lambda case: _has_window(case) and len(case.x.spatial) > 1, None, _one_axis),
    Misconception("size before the layer before", "the size was worked out from that of an earlier layer", "What is the size of the tensor that enters this layer?",
            columns("output"), _skips_a_window, _from_before, source="stackoverflow.com/questions/62628734"),
    Misconception("kernel not subtracted", "the size of the window was not subtracted", "The window has to fit in completely: where is the last place at which it can stand?",
            columns("output"), is_windowed, None, _resized(lambda n, k, s, before, after, d: (n + before + after) // s + 1, lambda n, k, s, before, after, d: (n + before + after) // s)),
    Misconception("kernel subtracted after the stride", "the size of the window was subtracted after dividing", "What comes first: leaving room for the window, or dividing by the stride?",
            columns("output"), is_strided, None, _resized(lambda n, k, s, before, after, d: (n + before + after) // s - formulas.span(k, d) + 1)),
    Misconception("every pool halves", "the size was halved", "By how much a pool shrinks its input depends on its window and stride.",
            columns("output"), _pools, None, _resized(lambda n, k, s, before, after, d: n // 2), source="cs231n.github.io/convolutional-networks#pool"),
    Misconception("pooling over the channels", "the channels were pooled too", "A pool works on each channel by itself: how many are there afterwards?",
            columns("output"), _pools, None, _pooled_channels, source="cs231n.github.io/convolutional-networks#pool"),
    Misconception("filters times channels", "the filters were multiplied by the channels of the input", "A filter sums over all channels that it reads: how many maps come out of it?",
            columns("output"), _filters, None, _channels(lambda case, c: c * case.x.channels), source="forums.fast.ai/t/62595; d2l.ai, chapter 7.4"),
    Misconception("filters plus channels", "the channels of the input were added to the filters", "The maps of the filters take the place of the input's channels.",
            columns("output"), _filters, None, _channels(lambda case, c: c + case.x.channels)),
    Misconception("one map for all filters", "only one map was counted", "Every filter makes a map of its own.",
            columns("output"), _filters, None, _channels(lambda case, c: 1)),
    Misconception("not flattened", "this is the size before flattening", "Flattening puts all values in a row: how many are there?",
            columns("output"), _is_flattening, None, lambda case, column, value: [case.x.sizes(case.layout)]),
    Misconception("flattened otherwise", "the sizes were not all multiplied", "The vector has a value for each position of each channel.",
            columns("output"), _is_flattening, None, _flattened_otherwise),
    Misconception("global pool for flatten", "every position was kept", "How many values does a global pool leave of one channel?",
            columns("output"), _pools_all, None, lambda case, column, value: [case.x.values, formulas.product(case.x.spatial)]),
    Misconception("one number for all channels", "all channels were pooled into a single number", "A global pool works on each channel separately.",
            columns("output"), _pools_all, None, lambda case, column, value: [1], source="Lin, Chen & Yan 2014, section 3.2"),
    Misconception("channels not written", "the channels are missing", "The size of an output includes its channels.",
            columns("output"), _is_map, None, _positions_written, True),
    Misconception("convolution's rule for a transposed one", "the rule of a plain convolution was used", "Turn it around: from which size would a plain convolution lead to this input?",
            columns("output"), _is_transposed, None, _resized(formulas.windows), source="community.deeplearning.ai/t/70537; Dumoulin & Visin 2016, section 4"),
    Misconception("− 1 forgotten", "one step too many was counted", "How many steps is it from the first position of the input to the last?",
            columns("output"), _is_transposed, None, _resized(lambda n, k, s, before, after, d: n * s + formulas.span(k, d) - before - after), source="community.deeplearning.ai/t/70537"),
    Misconception("size times stride", "only the stride was counted", "Each position of the input spreads over a whole window: how far does the last one reach?",
            columns("output"), _is_transposed, None, _resized(lambda n, k, s, before, after, d: n * s), source="Long, Shelhamer & Darrell 2015, section 3.3"),
    Misconception("padding added", "the padding was added", "Does padding make the output of a transposed convolution larger or smaller?",
            columns("output"), lambda case: _is_transposed(case) and _is_padded(case), None, _resized(lambda n, k, s, before, after, d: (n - 1) * s + formulas.span(k, d) + before + after), source="docs.pytorch.org/docs/stable/generated/torch.nn.ConvTranspose2d.html"),
    Misconception("output padding forgotten", "the output padding was left out", "One more setting of this layer changes the size: which one?",
            columns("output"), lambda case: _is_transposed(case) and any(vars(case.layer).get("output_padding") or ()), lambda case: _settings(case, output_padding=(0,) * len(case.x.spatial))),
    Misconception("branches merged otherwise", "the channels of the branches were put together the wrong way", "Does this layer combine its branches value by value, or put their channels one after the other?",
            columns("output"), _merges, None, _merged_otherwise),
    Misconception("batch counted in a size", "the size of a batch is in front", "Sizes are asked for a single input: what does the first number stand for?",
            columns("output"), lambda case: True, None, _batched, source="keras.io/api/layers/convolution_layers/convolution2d"),
)  # fmt: skip
