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
    return isinstance(case.layer, Merge) and len(case.inputs) > 1


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


_WINDOW = "A window slides over the input: what counts is how often it fits."

SIZES: tuple[Misconception, ...] = (
    Misconception("padding forgotten", "the padding was left out", "The window also slides over the border: the padding of both sides belongs to the rule (a transposed convolution cuts it off instead).",
            columns("output"), _is_padded, _with_padding(lambda before, after: (0, 0))),
    Misconception("padding counted once", "the padding was counted on one side only", "Every axis has a border on both sides.",
            columns("output"), _is_padded, _with_padding(lambda before, after: (before, 0))),
    Misconception("stride forgotten", "the window was moved by one", "The window moves by its stride; a pool's stride equals its window unless a stride is given.",
            columns("output"), _moves, _all_ones("stride")),
    Misconception("ceil for floor", "the result was rounded the wrong way", "A last window that does not fit completely only counts if the layer says `rounding: ceil`.",
            columns("output"), is_strided, _other_rounding),
    Misconception("+ 1 forgotten", "the first position was not counted", "After ⌊(n − k + 2p) / s⌋ steps, the window has been at one more place than the number of steps.",
            columns("output"), is_windowed, None, _reshaped(_one_less)),
    Misconception("kernel not dilated", "the dilation was left out", "A dilated window spans more positions than it has taps: d·(k − 1) + 1.",
            columns("output receptive_field"), _is_dilated, _all_ones("dilation")),
    Misconception("height and width swapped", "height and width are swapped", "Height is written first, then width.",
            columns("output"), lambda case: len(case.x.spatial) == 2, None, _reshaped(_swapped_axes), True),
    Misconception("channels first for last", "the channels are at the wrong end", "Look at the input's shape: where are its channels?",
            columns("output"), _is_map, None, _other_layout, True),
    Misconception("channels of the input kept", "the output was given the channels of the input", "A layer with filters (or units) makes one output channel for each of them.",
            columns("output"), has_weights, None, _channels(lambda case, c: case.x.channels)),
    Misconception("flatten without channels", "the channels were left out of the vector", "Flattening keeps every value of every channel.",
            columns("output"), _is_flattening, None, lambda case, column, value: [formulas.product(case.x.spatial)]),
    Misconception("same for valid", "the size was kept as if the layer padded its input", "Only with the padding `same` does the stride alone decide the size; here, count how often the window fits.",
            columns("output"), _is_uneven, None, _resized(_same_size), source="TensorFlow, guide to padding"),
    Misconception("valid for same", "the window was kept inside the input", "With the padding `same`, zeros around the input make up for the size of the window.",
            columns("output"), is_same, None, _resized(_valid_size), source="TensorFlow, guide to padding"),
    Misconception("size kept", "the size of the input was kept", _WINDOW,
            columns("output"), _has_window, None, _resized(lambda n, k, s, before, after, d: n)),
    Misconception("+ 1 before dividing", "the 1 was added before dividing", "The steps are counted first, with the stride; the first place is added afterwards.",
            columns("output"), is_strided, _counting(lambda n, k, s, before, after, d: (n - formulas.span(k, d) + before + after + 1) // s)),
    Misconception("padding counted twice", "the padding was doubled once too often", "The rule's 2p is already both sides.",
            columns("output"), _is_padded, _with_padding(lambda before, after: (2 * before, 2 * after))),
    Misconception("dilation times kernel", "the gaps were counted after the last tap too", "A dilated window has one gap fewer than taps: d·(k − 1) + 1.",
            columns("output receptive_field"), _is_dilated, _gap_after_each_tap),
    Misconception("kernel for stride", "the window was moved by its own size", "A stride that is written counts, not the size of the window.",
            columns("output"), _is_wide_step, None, _resized(lambda n, k, s, before, after, d: formulas.windows(n, k, k, before, after, d))),
    Misconception("one axis only", "the rule was applied along one axis only", "The window moves along every axis.",
            columns("output"), lambda case: _has_window(case) and len(case.x.spatial) > 1, None, _one_axis),
    Misconception("size before the layer before", "the size is calculated from an earlier layer's", "Start from the output of the layer directly before this one.",
            columns("output"), _skips_a_window, _from_before),
    Misconception("kernel not subtracted", "the size of the window was left out", "The window has to fit in completely, so its last place is before the end.",
            columns("output"), is_windowed, None, _resized(lambda n, k, s, before, after, d: (n + before + after) // s + 1, lambda n, k, s, before, after, d: (n + before + after) // s)),
    Misconception("kernel subtracted after the stride", "the size of the window was subtracted after dividing", "The window is subtracted first; what is left is divided by the stride.",
            columns("output"), is_strided, None, _resized(lambda n, k, s, before, after, d: (n + before + after) // s - formulas.span(k, d) + 1)),
    Misconception("every pool halves", "the size was halved", "How far a pool shrinks its input depends on its window and stride.",
            columns("output"), _pools, None, _resized(lambda n, k, s, before, after, d: n // 2), source="cs231n, pooling layer"),
    Misconception("pooling over the channels", "the channels were pooled too", "A pool works on each channel separately, and keeps them all.",
            columns("output"), _pools, None, _pooled_channels),
    Misconception("filters times channels", "the filters were multiplied by the channels of the input", "A filter sums over all channels of the input, and makes a single map.",
            columns("output"), _filters, None, _channels(lambda case, c: c * case.x.channels), source="fast.ai forum 62595; d2l.ai, chapter 7.4"),
    Misconception("filters plus channels", "the channels of the input were added", "The maps of the filters take the place of the input's channels.",
            columns("output"), _filters, None, _channels(lambda case, c: c + case.x.channels)),
    Misconception("one map for all filters", "only one map was counted", "Every filter makes a map of its own.",
            columns("output"), _filters, None, _channels(lambda case, c: 1)),
    Misconception("flattened otherwise", "the sizes were not all multiplied", "The vector has a value for each position of each channel.",
            columns("output"), _is_flattening, None, _flattened_otherwise),
    Misconception("global pool for flatten", "every position was kept", "A global pool leaves one value for each channel.",
            columns("output"), _pools_all, None, lambda case, column, value: [case.x.values, formulas.product(case.x.spatial)]),
    Misconception("one number for all channels", "the channels were averaged too", "A global pool leaves one value for each channel.",
            columns("output"), _pools_all, None, lambda case, column, value: [1]),
    Misconception("channels not written", "the channels are missing", "The size of an output includes its channels.",
            columns("output"), _is_map, None, _positions_written, True),
    Misconception("convolution's rule for a transposed one", "the rule of a plain convolution was used", "A transposed convolution turns a convolution around: its input is as large as that one's output.",
            columns("output"), _is_transposed, None, _resized(formulas.windows), source="deeplearning.ai community 70537; Dumoulin & Visin, section 4"),
    Misconception("− 1 forgotten", "the last input was given a step too many", "There is one step fewer between the inputs than there are inputs.",
            columns("output"), _is_transposed, None, _resized(lambda n, k, s, before, after, d: n * s + formulas.span(k, d) - before - after), source="deeplearning.ai community 70537"),
    Misconception("size times stride", "only the stride was counted", "Each input spreads over a whole window, and the padding is cut off at the end.",
            columns("output"), _is_transposed, None, _resized(lambda n, k, s, before, after, d: n * s)),
    Misconception("padding added", "the padding was added", "A transposed convolution cuts the padding off its output.",
            columns("output"), lambda case: _is_transposed(case) and _is_padded(case), None, _resized(lambda n, k, s, before, after, d: (n - 1) * s + formulas.span(k, d) + before + after)),
    Misconception("output padding forgotten", "the output padding was left out", "The output padding is added at the end.",
            columns("output"), lambda case: _is_transposed(case) and any(vars(case.layer).get("output_padding") or ()), lambda case: _settings(case, output_padding=(0,) * len(case.x.spatial))),
    Misconception("branches merged otherwise", "the channels of the branches were not merged as this layer does", "Adding keeps the number of channels; concatenating puts those of all branches one after the other.",
            columns("output"), _merges, None, _merged_otherwise),
    Misconception("batch counted in a size", "the size of a batch is in front", "The sheet asks about one image; a batch is not part of the sizes.",
            columns("output"), lambda case: True, None, _batched),
)  # fmt: skip
