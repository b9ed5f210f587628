"""The book of formulas: ordinary functions on integers.

Every size, count and field that cnncalc states comes from one of these functions. `explain` calls the very same
functions with the named numbers of `cnncalc.recorded_numbers`. That is why they are written the way a lecture writes
them, why branches pick the simplest form of a formula for the case (no dilation, equal padding), and why they use
nothing but `+ - * // divmod`, comparisons and `max`.

The single letters are the field's: n is the size of the input, k that of the kernel, s the stride, d the dilation;
`before` and `after` are the padding p on the two sides of one axis.
"""

from collections.abc import Iterable
from functools import reduce
from operator import add, mul


def product(numbers: Iterable[int]) -> int:
    """The product of the numbers; 1 if there are none."""
    factors = tuple(numbers)
    return reduce(mul, factors) if factors else 1


def total(numbers: Iterable[int]) -> int:
    """The sum of the numbers; 0 where there are none."""
    summands = tuple(numbers)
    return reduce(add, summands) if summands else 0


def ceil_div(a: int, b: int) -> int:
    """⌈a / b⌉ without floats."""
    return -(-a // b)


def exact_div(a: int, b: int) -> int:
    """a / b where b divides a (the caller has checked that it does)."""
    quotient, _ = divmod(a, b)
    return quotient


def span(k: int, d: int) -> int:
    """Input positions that a window of k taps covers at dilation d: d·(k − 1) + 1."""
    if d == 1:
        return k
    return d * (k - 1) + 1


def windows(n: int, k: int, s: int, before: int, after: int, d: int) -> int:
    """How many windows fit: the floor formula ⌊(n − k + 2p) / s⌋ + 1.

    Source: Dumoulin & Visin, "A guide to convolution arithmetic for deep learning" (2016), relationships 6 and 15.
    """
    if d == 1:
        if before == after:
            return (n - k + 2 * before) // s + 1
        return (n - k + before + after) // s + 1
    if before == after:
        return (n + 2 * before - d * (k - 1) - 1) // s + 1
    return (n + before + after - d * (k - 1) - 1) // s + 1


def windows_ceil(n: int, k: int, s: int, before: int, after: int, d: int) -> int:
    """How many windows fit if the last may be cut short: ⌈(n − k + 2p) / s⌉ + 1.

    As in PyTorch, a last window that would start in the padding after the input is dropped again.
    """
    if before == after:
        count = ceil_div(n - span(k, d) + 2 * before, s) + 1
    else:
        count = ceil_div(n - span(k, d) + before + after, s) + 1
    if (count - 1) * s >= n + before:
        return count - 1
    return count


def transposed(n: int, k: int, s: int, before: int, after: int, d: int, extra: int) -> int:
    """Size after a transposed convolution: (n − 1)·s + d·(k − 1) + 1 − 2p + extra (the output padding).

    Source: Dumoulin & Visin (2016), relationship 14, and the documentation of PyTorch's ConvTranspose2d.
    """
    size = (n - 1) * s + span(k, d)
    size = size - 2 * before if before == after else size - before - after
    return size + extra if extra else size


def transposed_keras(n: int, k: int, s: int, d: int, is_same: bool, extra: int | None) -> int:
    """Size after a transposed convolution of Keras, under `same` or `valid`; k is the dilated kernel.

    Without an output padding (None), `same` gives n·s, and `valid` at least as much: (n − 1)·s + max(k, s). If an
    output padding is given, even 0, it is added to (n − 1)·s + k − 2·⌊k / 2⌋ under `same` and to (n − 1)·s + k under
    `valid`.

    Source: `compute_conv_transpose_output_shape` of Keras 3.
    """
    k = span(k, d)
    if extra is None:
        return n * s if is_same or k < s else (n - 1) * s + k
    return (n - 1) * s + k - 2 * (k // 2) + extra if is_same else (n - 1) * s + k + extra


def half_padding(k: int, d: int) -> int:
    """The lecture's `same`: ⌊k / 2⌋ zeros on every side, k being the dilated kernel."""
    return span(k, d) // 2


def same_padding(n: int, k: int, s: int, d: int) -> int:
    """The number of zeros, on both sides together, with which a convolution has ⌈n / s⌉ outputs (the `same` of
    TensorFlow and Keras)."""
    return max((ceil_div(n, s) - 1) * s + span(k, d) - n, 0)


def same_cut(k: int, s: int, d: int) -> int:
    """What Keras' `same` cuts off a transposed convolution, on both sides together: max(k − s, 0).

    If an output padding is given, `same` cuts 2·⌊k / 2⌋ instead, twice the `half_padding`.
    """
    return max(span(k, d) - s, 0)


def leftover(n: int, k: int, s: int, before: int, after: int, d: int) -> int:
    """Positions of the padded input after the last window, which no window reads: the remainder of the division."""
    return (n + before + after - span(k, d)) % s


def unreached(n: int, k: int, s: int, before: int, d: int, count: int) -> int:
    """Positions of the input after the reach of the last of `count` windows; below 0 if it reaches into the padding.

    A window reaches from its first tap to its last, and if the stride is larger, up to the next window.
    """
    return n + before - (count - 1) * s - max(span(k, d), s)


def field_size(r: int, j: int, k: int, d: int) -> int:
    """Receptive field after a window of k taps at dilation d: r + (k − 1)·j, j being the stride of the input's field.

    Source: Araujo, Norris & Sim, "Computing Receptive Fields of Convolutional Neural Networks" (Distill, 2019).
    """
    if d == 1:
        return r + (k - 1) * j
    return r + d * (k - 1) * j


def field_stride(j: int, s: int) -> int:
    """The step in the input from one unit to the next after a window of stride s: j·s."""
    return j * s


def hull_size(firsts: Iterable[int], lasts: Iterable[int]) -> int:
    """Positions from the first to the last that a unit of a merge sees through any of its branches."""
    return max(lasts) - min(firsts) + 1


def conv_macs(positions: Iterable[int], kernel: Iterable[int], c_in: int, filters: int, groups: int) -> int:
    """Multiply-adds of a convolution: at each output position, every filter multiplies its whole window."""
    if groups == 1:
        return product([*positions, *kernel, c_in, filters])
    return product([*positions, *kernel, exact_div(c_in, groups), filters])


def dense_equivalent(inputs: int, outputs: int, has_bias: bool = True) -> int:
    """Parameters of a dense layer between two tensors with these numbers of values: (n_in + 1)·n_out with biases."""
    return (inputs + 1 if has_bias else inputs) * outputs


def local_equivalent(
    positions: Iterable[int], kernel: Iterable[int], c_in: int, filters: int, has_bias: bool = True
) -> int:
    """Parameters of a locally connected layer: each position and filter has its own kernel (and bias)."""
    weights = product([*kernel, c_in])
    return product([*positions, filters]) * (weights + 1 if has_bias else weights)
