"""Misremembered rules for receptive fields."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

from cnncalc.homework.diagnose._believed import Case, Finish, Unworkable, believed_output, field_of, whole_size
from cnncalc.homework.diagnose._sizes import has_weights, is_strided
from cnncalc.homework.diagnose.misconception import Misconception, columns, sizes_of
from cnncalc.homework.sheet.questions import Value

Rule = Callable[[int, Fraction | int, int, int], Fraction | int]
"""A field from r, j, the window's span (k) and its stride, along one axis."""


def _grows(case: Case) -> bool:
    field = field_of(case)
    return field is not None and field != case.inputs[0].field


def _field(sizes: Sequence[Fraction | int]) -> Value:
    found = tuple(map(whole_size, sizes))
    return found[0] if len(set(found)) == 1 else found


def _grown(*rules: Rule) -> Finish:
    """The fields that rules give for r, j, the window's span (k) and its stride, per axis."""

    def finish(case: Case, column: str, value: Value) -> list[Value]:
        return [_of_axes(case, rule) for rule in rules]

    return finish


def _of_axes(case: Case, rule: Rule) -> Value:
    field, reads = case.inputs[0].field, case.layer.reads(case.x)
    followed = [each for each in reads or () if each]
    if field is None or reads is None or len(followed) < len(reads):
        raise Unworkable
    axes = zip(field, followed, strict=True)
    return _field([rule(r, j, each.high[0] - each.low[0] + 1, each.advance) for (r, j), each in axes])


def _with_strides(case: Case, strides: Sequence[Fraction | int]) -> list[Case]:
    """The case as seen by someone who multiplied other strides."""
    field = case.inputs[0].field
    if field is None or len(strides) != len(field):
        raise Unworkable
    return [case._replace(inputs=[case.inputs[0]._replace(field=tuple((r, j) for (r, _), j in zip(field, strides, strict=True)))])]  # fmt: skip


def _no_strides(case: Case) -> list[Case]:
    return _with_strides(case, [1 for _ in case.inputs[0].field or ()])


def _strides_of_convolutions(case: Case) -> list[Case]:
    return _with_strides(case, [steps.weighted for steps in case.inputs[0].steps])


def _strides_of_pools(case: Case) -> list[Case]:
    axes = zip(case.inputs[0].field or (), case.inputs[0].steps, strict=True)
    return _with_strides(case, [j / Fraction(steps.weighted) for (_, j), steps in axes])


def _last_stride(case: Case) -> list[Case]:
    return _with_strides(case, [steps.last for steps in case.inputs[0].steps])


def _strides_added(case: Case) -> list[Case]:
    return _with_strides(case, [steps.added for steps in case.inputs[0].steps])


def _without_pools(case: Case) -> list[Case]:
    return _strides_of_convolutions(case) if has_weights(case) else [case]


def _comes_after_pools(case: Case) -> bool:
    if not _has_strides(case):
        return False
    axes = zip(case.inputs[0].field or (), case.inputs[0].steps, strict=False)
    return any(steps.weighted < j for (_, j), steps in axes)


def _not_grown_by_pools(case: Case, column: str, value: Value) -> list[Value]:
    return [value] if has_weights(case) else _grown(lambda r, j, k, s: r)(case, column, value)


def _is_padded_window(case: Case) -> bool:
    return _grows(case) and case.layer.sliding_window is not None and any(map(any, case.layer.sliding_window.padding))


def _padded_field(case: Case, column: str, value: Value) -> list[Value]:
    window, field = case.layer.sliding_window, case.inputs[0].field
    sizes = (value,) * len(field or ()) if isinstance(value, int) else sizes_of(value)
    if window is None or field is None:
        raise Unworkable
    return [_field([r + sum(p) * j for r, p, (_, j) in zip(sizes, window.padding, field, strict=True)])]


def _has_strides(case: Case) -> bool:
    return _grows(case) and any(j > 1 for _, j in case.inputs[0].field or ())


def _mixes_strides(case: Case) -> bool:
    """Whether both convolutions and pools below have strides; if only one kind does, they are all strides."""
    if not _has_strides(case):
        return False
    axes = zip(case.inputs[0].field or (), case.inputs[0].steps, strict=False)
    return any(1 < steps.weighted < j for (_, j), steps in axes)


def _activation_grows(case: Case, column: str, value: Value) -> list[Value]:
    times = sum(layer.is_activation for layer in (case.layer, *case.followers))
    field = case.inputs[0].field
    if field is None:
        raise Unworkable
    sizes = [value] * len(field) if isinstance(value, int) else list(sizes_of(value))
    steps = [j for _, j in field_of(case) or field]
    return [
        _field([r + times * step for r, step in zip(sizes, steps, strict=True)]),
        _field([r + times for r in sizes]),
    ]


def _has_activation(case: Case) -> bool:
    return case.inputs[0].field is not None and any(layer.is_activation for layer in (case.layer, *case.followers))


def _is_pool(case: Case) -> bool:
    return _grows(case) and not has_weights(case)


def _area(case: Case, column: str, value: Value) -> list[Value]:
    sizes = (value,) * len(case.inputs[0].field or ()) if isinstance(value, int) else sizes_of(value)
    product = 1
    for size in sizes:
        product *= size
    return [product]


def _capped(case: Case, column: str, value: Value) -> list[Value]:
    sizes = (value,) * len(case.image.spatial) if isinstance(value, int) else sizes_of(value)
    return [_field([min(r, n) for r, n in zip(sizes, case.image.spatial, strict=True)])]


def _is_local(case: Case) -> bool:
    return bool(case.x.spatial) and field_of(case) is not None


def _kept(case: Case, column: str, value: Value) -> list[Value]:
    return [_field(list(case.inputs[0].seen)), 1]


def _as_if_plain(case: Case, column: str, value: Value) -> list[Value]:
    """The field of someone who takes a transposed convolution for a plain one."""
    window, field = case.layer.spread_window, case.inputs[0].field
    if window is None or field is None:
        raise Unworkable
    return [_field([r + (span - 1) * j for (r, j), span in zip(field, window.spans, strict=True)])]


FIELDS: tuple[Misconception, ...] = (
    Misconception("field without the strides below", "the strides of earlier layers were left out", "After a stride, neighbours are further apart in the input: how far does the window reach then?",
            columns("receptive_field"), _grows, _no_strides),
    Misconception("plus k instead of k − 1", "the window was added with all its cells", "The first cell of the window sees what the layer before already sees: how much do the others add?",
            columns("receptive_field"), _grows, None, _grown(lambda r, j, k, s: r + k * j)),
    Misconception("activation counted as growth", "an activation was counted", "How many positions does an activation read for one value?",
            columns("receptive_field"), _has_activation, None, _activation_grows),
    Misconception("only this layer's window", "the layers before were left out", "A unit sees everything that the units in its window see, taken together.",
            columns("receptive_field"), _grows, None, _grown(lambda r, j, k, s: k), source="cs231n.github.io/convolutional-networks"),
    Misconception("own stride counted", "the layer's own stride was counted", "A stride moves the units of this layer apart: does a single one of them see more because of it?",
            columns("receptive_field"), lambda case: _grows(case) and is_strided(case), None, _grown(lambda r, j, k, s: r + (k - 1) * j * s)),
    Misconception("pools left out of the field", "the pools were left out", "How much does a unit of a pool see, and how far apart are two neighbours after it?",
            columns("receptive_field"), lambda case: _is_pool(case) or _comes_after_pools(case), _without_pools, _not_grown_by_pools),
    Misconception("pool's window left out", "the window of the pool was left out", "How many positions does a unit of a pool read?",
            columns("receptive_field"), _is_pool, None, _grown(lambda r, j, k, s: r)),
    Misconception("strides added up", "the strides of earlier layers were added", "If one layer keeps every third position, and the next one does too, how far apart are neighbours then?",
            columns("receptive_field"), _has_strides, _strides_added),
    Misconception("padding counted in the field", "the padding was counted", "Does a unit read more positions because there are zeros around the input?",
            columns("receptive_field"), _is_padded_window, None, _padded_field, source="distill.pub/2019/computing-receptive-fields"),
    Misconception("stride of a transposed convolution multiplied", "the stride was treated like that of a plain convolution", "A transposed convolution spreads its input: are neighbours further apart after it, or closer together?",
            columns("receptive_field"), lambda case: case.layer.is_transposed and case.inputs[0].field is not None, None, _as_if_plain, source="Dumoulin & Visin 2016, section 4"),
    Misconception("strides of convolutions left out", "the strides of the convolutions were left out", "A convolution's stride moves neighbours apart in the input, just as a pool's does.",
            columns("receptive_field"), _mixes_strides, _strides_of_pools),
    Misconception("only the last stride", "only the last stride was counted", "Every stride on the way from the input moves neighbours further apart.",
            columns("receptive_field"), _has_strides, _last_stride, source="distill.pub/2019/computing-receptive-fields, equation 2"),
    Misconception("fields multiplied", "the field was multiplied by the size of the window", "Neighbouring windows overlap: how much does one more cell add?",
            columns("receptive_field"), _grows, None, _grown(lambda r, j, k, s: r * k)),
    Misconception("kernels added up", "the sizes of the windows were added", "What two neighbours see overlaps: how much of it is new?",
            columns("receptive_field"), _grows, None, _grown(lambda r, j, k, s: k if r == 1 else r + k, lambda r, j, k, s: k if r == 1 else r + k * j)),
    Misconception("back to front", "the rule for going backwards was used forwards", "The rule (r − 1)·s + k starts at the last layer and goes back to the input.",
            columns("receptive_field"), _grows, None, _grown(lambda r, j, k, s: (r - 1) * s + k), source="distill.pub/2019/computing-receptive-fields, equation 1"),
    Misconception("grown on one side", "the field was made larger on one side only", "A window reaches to both sides of its middle.",
            columns("receptive_field"), _grows, None, _grown(lambda r, j, k, s: r + (k // 2) * j)),
    Misconception("own window left out", "this layer's own window was left out", "A window of several cells sees more than a single unit of the layer before.",
            columns("receptive_field"), lambda case: _grows(case) and has_weights(case), None, _grown(lambda r, j, k, s: r)),
    Misconception("area for side", "all positions in the field were counted", "How far does the field reach along a single axis?",
            columns("receptive_field"), lambda case: _is_local(case) and len(case.x.spatial) > 1, None, _area, True),
    Misconception("field cut at the input", "the field was cut off at the border of the input", "The field is what the rule gives, even where it reaches beyond the border.",
            columns("receptive_field"), _is_local, None, _capped, True, source="distill.pub/2019/computing-receptive-fields"),
    Misconception("output for field", "this is the size of the output", "The field lies in the network's input: how much of it does one unit see?",
            columns("receptive_field"), _is_local, None, lambda case, column, value: [_field(list(believed_output(case).spatial))]),
    Misconception("global too early", "the layer was taken to see the whole input", "Only a layer that reads all positions at once sees the whole input.",
            columns("receptive_field"), _is_local, None, lambda case, column, value: ["global"]),
    Misconception("field kept after seeing everything", "the field of an earlier layer was kept", "On which positions of the input does one of these values depend?",
            columns("receptive_field"), lambda case: case.sees_all, None, _kept),
)  # fmt: skip
