"""The book of formulas against brute force, and against the lecture's and Dumoulin & Visin's own figures."""

from itertools import count, product

import pytest
from helpers import half, keras_same, scatter, slide, slide_ceil
from hypothesis import assume, given
from hypothesis import strategies as st

from cnncalc import formulas

sizes = st.integers(1, 40)
kernels = st.integers(1, 7)
strides = st.integers(1, 5)
paddings = st.integers(0, 5)
dilations = st.integers(1, 4)
axis = st.tuples(sizes, kernels, strides, paddings, paddings, dilations)
equal_axis = st.tuples(sizes, kernels, strides, paddings, dilations).map(lambda a: (*a[:3], a[3], a[3], a[4]))
axes = axis | equal_axis


@given(st.lists(st.integers(0, 9), max_size=5))
def test_product_counts_the_cells_of_a_box(edges):
    assert formulas.product(edges) == len(list(product(*(range(edge) for edge in edges))))


@given(st.integers(0, 200), st.integers(1, 20))
def test_ceil_div_counts_boxes_that_hold_everything(items, box):
    assert formulas.ceil_div(items, box) == next(boxes for boxes in count() if boxes * box >= items)


@given(st.integers(-200, -1), st.integers(1, 20))
def test_ceil_div_of_a_negative_number(a, b):
    assert formulas.ceil_div(a, b) == next(whole for whole in count(-201) if whole * b >= a)


@given(st.integers(0, 50), st.integers(1, 20))
def test_exact_div_undoes_a_multiplication(quotient, b):
    assert formulas.exact_div(quotient * b, b) == quotient


@given(kernels, dilations)
def test_span_is_counted_from_the_first_tap_to_the_last(k, d):
    taps = [tap * d for tap in range(k)]
    assert formulas.span(k, d) == len(range(taps[0], taps[-1] + 1))


@given(axes)
def test_windows_are_counted_one_by_one(settings):
    found = len(slide(*settings))
    assume(found)
    assert formulas.windows(*settings) == found


@given(axes)
def test_ceil_windows_are_counted_one_by_one(settings):
    n, k, s, before, after, d = settings
    assume(slide(*settings))
    # a border as wide as the window would give windows of nothing but padding; PyTorch refuses those
    assume(max(before, after) < d * (k - 1) + 1)
    assert formulas.windows_ceil(*settings) == len(slide_ceil(n, k, s, before, after, d))


@given(axes, st.integers(0, 4))
def test_transposed_is_as_long_as_what_the_taps_write_to(settings, extra):
    n, k, s, before, after, d = settings
    raw = {position * s + tap * d for position in range(n) for tap in range(k)}
    left = list(range(min(raw), max(raw) + 1))[before:]
    left = left[: len(left) - after] if after < len(left) else []
    assume(left)
    assert formulas.transposed(n, k, s, before, after, d, extra) == len(left) + extra


@given(axes)
def test_transposed_leads_back_to_where_a_convolution_came_from(settings):
    # Dumoulin & Visin: relationship 14 holds where the stride leaves nothing over
    n, k, s, before, after, d = settings
    windows = slide(*settings)
    assume(windows and windows[-1][-1] == n + after - 1)
    assert formulas.transposed(len(windows), k, s, before, after, d, 0) == n


@given(kernels, dilations)
def test_half_padding_is_half_of_what_the_window_covers(k, d):
    covered = range((k - 1) * d + 1)
    # as many zeros as positions before the middle; of an even window both middles count
    assert formulas.half_padding(k, d) == (half(len(covered)) if len(covered) % 2 else half(len(covered) + 1))


@given(st.integers(1, 40), st.integers(0, 3).map(lambda i: 2 * i + 1), dilations)
def test_half_padding_keeps_the_size_for_odd_kernels(n, k, d):
    p = formulas.half_padding(k, d)
    assert len(slide(n, k, 1, p, p, d)) == n


@given(sizes, kernels, strides, dilations)
def test_same_padding_is_the_least_that_gives_a_window_a_step(n, k, s, d):
    assert formulas.same_padding(n, k, s, d) == sum(keras_same(n, k, s, d))


@given(sizes, kernels, strides, dilations)
def test_same_cut_leaves_the_steps_times_the_stride(n, k, s, d):
    written = len(scatter(n, k, s, 0, 0, d))
    assert formulas.same_cut(k, s, d) == len(range(n * s, written))


@given(axes)
def test_leftover_is_counted_behind_the_last_window(settings):
    n, _, _, before, after, _ = settings
    windows = slide(*settings)
    assume(windows)
    last_read = max(position for window in windows for position in window)
    assert formulas.leftover(*settings) == len([j for j in range(-before, n + after) if j > last_read])


@given(axes)
def test_unreached_is_counted_after_the_reach_of_the_last_window(settings):
    n, k, s, before, _, d = settings
    windows = slide(*settings)
    assume(windows)
    start, end = windows[-1][0], windows[-1][-1]
    reached = max(end, start + s - 1)  # what lies between two windows is not left over
    left = len([j for j in range(n) if j > reached])
    assert max(formulas.unreached(n, k, s, before, d, len(windows)), 0) == left


@given(st.integers(1, 30), st.integers(1, 9), kernels, dilations)
def test_field_size_is_walked(r, j, k, d):
    seen = {unit * j + position for unit in (tap * d for tap in range(k)) for position in range(r)}
    assert formulas.field_size(r, j, k, d) == len(range(min(seen), max(seen) + 1))


@given(st.integers(1, 9), strides)
def test_field_stride_is_walked(j, s):
    starts = [unit * j for unit in range(0, 3 * s, s)]  # of the units on which three windows in a row begin
    assert {starts[1] - starts[0], starts[2] - starts[1]} == {formulas.field_stride(j, s)}


small = st.integers(1, 3)
boxes = st.integers(1, 3).flatmap(lambda rank: st.tuples(*[st.tuples(*[small] * rank)] * 2))


@given(boxes, small, small, small)
def test_conv_macs_are_counted_one_by_one(box, per_group, filters_per_group, groups):
    positions, kernel = box
    c_in, filters = per_group * groups, filters_per_group * groups
    macs = 0
    for _ in product(*map(range, positions)):
        for filter in range(filters):
            for channel in range(c_in):
                if filter // filters_per_group == channel // per_group:
                    macs += sum(1 for _ in product(*map(range, kernel)))
    assert formulas.conv_macs(positions, kernel, c_in, filters, groups) == macs


@given(st.integers(1, 40), st.integers(1, 40))
def test_dense_equivalent_has_a_weight_a_pair_and_a_bias_an_output(inputs, outputs):
    weights = {(i, o) for i in range(inputs) for o in range(outputs)}
    assert formulas.dense_equivalent(inputs, outputs) == len(weights) + len(range(outputs))


@given(boxes, small, small)
def test_local_equivalent_has_a_kernel_and_a_bias_a_unit(box, c_in, filters):
    positions, kernel = box
    units = list(product(*map(range, positions), range(filters)))
    weights = len(units) * len(list(product(*map(range, kernel), range(c_in))))
    assert formulas.local_equivalent(positions, kernel, c_in, filters) == weights + len(units)


# -- figures of others


@pytest.mark.parametrize(
    ("n", "k", "s", "p", "output"),
    [
        (6, 3, 2, 1, 3), (6, 3, 1, 0, 4), (6, 3, 2, 0, 2), (5, 3, 1, 0, 3), (9, 3, 1, 0, 7), (28, 3, 1, 0, 26),
        (26, 2, 2, 0, 13), (13, 3, 1, 0, 11), (11, 2, 2, 0, 5), (32, 3, 1, 0, 30), (30, 2, 2, 0, 15), (7, 3, 1, 0, 5),
    ],
)  # fmt: skip
def test_floor_formula_in_the_lecture(n, k, s, p, output):
    assert formulas.windows(n, k, s, p, p, 1) == output


@pytest.mark.parametrize(
    ("figure", "n", "k", "s", "p", "d", "output"),
    [
        ("2.1, no padding, unit strides", 4, 3, 1, 0, 1, 2),
        ("2.2, arbitrary padding", 5, 4, 1, 2, 1, 6),
        ("2.3, half padding", 5, 3, 1, 1, 1, 5),
        ("2.4, full padding", 5, 3, 1, 2, 1, 7),
        ("2.5, strides", 5, 3, 2, 0, 1, 2),
        ("2.6, padding and strides", 5, 3, 2, 1, 1, 3),
        ("2.7, padding and strides, odd", 6, 3, 2, 1, 1, 3),
        ("5.1, dilation", 7, 3, 1, 0, 2, 3),
    ],
)
def test_convolutions_of_dumoulin_and_visin(figure, n, k, s, p, d, output):
    assert formulas.windows(n, k, s, p, p, d) == output, figure


@pytest.mark.parametrize(
    ("figure", "n", "k", "s", "p", "extra", "output"),
    [
        ("4.1, of no padding, unit strides", 2, 3, 1, 0, 0, 4),
        ("4.2, of arbitrary padding", 6, 4, 1, 2, 0, 5),
        ("4.3, of half padding", 5, 3, 1, 1, 0, 5),
        ("4.4, of full padding", 7, 3, 1, 2, 0, 5),
        ("4.5, of strides", 2, 3, 2, 0, 0, 5),
        ("4.6, of padding and strides", 3, 3, 2, 1, 0, 5),
        ("4.7, of padding and strides, odd", 3, 3, 2, 1, 1, 6),
    ],
)
def test_transposed_convolutions_of_dumoulin_and_visin(figure, n, k, s, p, extra, output):
    assert formulas.transposed(n, k, s, p, p, 1, extra) == output, figure


def test_where_other_tools_err():
    # an ONNX profiler takes the first to 7 and the second to 4
    assert formulas.windows(9, 3, 1, 0, 0, 2) == 5
    assert formulas.windows_ceil(5, 2, 2, 1, 1, 1) == 3
    # torchinfo counts 131,072: 8→4 channels, kernel 4, stride 2, padding 1 on 8×8
    assert formulas.conv_macs((8, 8), (4, 4), 8, 4, 1) == 8 * 8 * 4 * 4 * 8 * 4 == 32_768


def test_fewer_even_fewer_parameters():
    # the lecture: 6×6 → 4×4 with 3×3
    assert formulas.dense_equivalent(6 * 6, 4 * 4) == 592
    assert formulas.local_equivalent((4, 4), (3, 3), 1, 1) == 160
