"""Examples of every layer kind: an entry as a spec has it, its inputs, and a toy layer that does the same by hand.

The toy (tests/helpers.py) has its settings written out a second time: it slides windows, scatters taps and notes which
inputs each output read, which weights were used, and how often something was multiplied.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

import helpers as toy
from helpers import Toy, written

import cnncalc
from cnncalc.analysis import Analysis, LayerNumbers
from cnncalc.layers.index import ACTIVATIONS


class Example(NamedTuple):
    """One entry and what it must do.

    Attributes:
        input: spatial sizes, then channels.
        forward: the toy; for a merge it takes all inputs together.
        others: the further inputs of a merge.
        size: a further input, called `size`, which the entry only asks for its size.
        before: an entry before it, whose name it needs; the toy does both.
    """

    entry: str
    input: tuple[int, ...]
    forward: Callable[..., Toy]
    convention: str = "lecture"
    is_gated: bool = False
    others: tuple[tuple[int, ...], ...] = ()
    size: tuple[int, ...] = ()
    before: str = ""

    @property
    def kind(self) -> str:
        return kind_of(self.entry)

    @property
    def rank(self) -> int:
        return max(map(len, (self.input, *self.others))) - 1

    @property
    def inputs(self) -> dict[str, tuple[int, ...]]:
        """By name: `input`, or those that the entry of a merge reads."""
        if not self.others:
            return {"input": self.input}
        return dict(zip("abcd", (self.input, *self.others), strict=False))

    @property
    def id(self) -> str:
        like = f" like {written(self.size)}" if self.size else ""
        return f"{self.entry} on {', '.join(map(written, self.inputs.values()))}{like} ({self.convention})"

    def done(self) -> Toy:
        """What the toy did."""
        shapes = [(sizes[:-1], sizes[-1]) for sizes in self.inputs.values()]
        return self.forward(shapes) if self.others else self.forward(*shapes[0])

    def numbers(self) -> LayerNumbers:
        """The layer's numbers, from the text of its entry."""
        return self.analysis().layers[-1]

    def analysis(self) -> Analysis:
        return cnncalc.analyze(cnncalc.load(self.text))

    @property
    def text(self) -> str:
        """The spec with this entry alone."""
        several = {**self.inputs, **({"size": self.size} if self.size else {})}
        inputs = ", ".join(f"{name}: {written(sizes)}" for name, sizes in several.items())
        return f"inputs: {{{inputs}}}\nconvention: {self.convention}\nlayout: channels_last\nlayers:\n" + "".join(
            f"  - {entry}\n" for entry in (self.before, self.entry) if entry
        )


def kind_of(entry: str) -> str:
    """The first key of an entry."""
    found = re.match(r"\{?(\w+)", entry)
    assert found
    return found[1]


ONE, TWO, THREE = ((0, 0),), ((0, 0), (0, 0)), ((0, 0), (0, 0), (0, 0))

WINDOWS = [
    Example("{conv: 3x4}", (7, 2), toy.conv((3,), 4)),
    Example(
        "{conv: 4, kernel: 3, padding: causal, dilation: 2}", (8, 1), toy.conv((3,), 4, pad=((4, 0),), dilation=(2,))
    ),
    Example("{conv: 4, kernel: 2, padding: causal, stride: 3}", (8, 1), toy.conv((2,), 4, (3,), ((1, 0),))),
    Example("{conv: 3x3x8}", (6, 7, 1), toy.conv((3, 3), 8)),
    Example("{conv: 5, kernel: 3, stride: 2, bias: false}", (6, 7, 3), toy.conv((3, 3), 5, (2, 2), bias=False)),
    Example("{conv: [3, 2, 4], stride: 2x1, padding: 1x0}", (6, 7, 2), toy.conv((3, 2), 4, (2, 1), ((1, 1), (0, 0)))),
    Example("{conv: 1x1x3}", (4, 5, 4), toy.conv((1, 1), 3)),
    Example("{conv: 3x3x2, stride: 5, padding: 2}", (6, 9, 1), toy.conv((3, 3), 2, (5, 5), ((2, 2), (2, 2)))),
    Example(
        "{conv: 3x3x4, dilation: 2, padding: [[2, 1], [0, 3]], groups: 2}",
        (6, 5, 4),
        toy.conv((3, 3), 4, pad=((2, 1), (0, 3)), dilation=(2, 2), groups=2),
    ),
    Example(
        "{conv: 3x3x2, dilation: 3, stride: 2, padding: 1}",
        (9, 10, 1),
        toy.conv((3, 3), 2, (2, 2), ((1, 1), (1, 1)), dilation=(3, 3)),
    ),
    Example(
        "{conv: 3x4x2, dilation: 3x2, stride: 2x3, padding: [[1, 0], [0, 2]]}",
        (9, 12, 1),
        toy.conv((3, 4), 2, (2, 3), ((1, 0), (0, 2)), dilation=(3, 2)),
    ),
    Example("{conv: 3x3x2, padding: valid}", (5, 5, 1), toy.conv((3, 3), 2)),
    # `same` of the lecture is ⌊k/2⌋ on every side; of Keras ⌈n/s⌉ outputs, the odd zero after; of PyTorch stride 1 only
    Example("{conv: 2x3x2, padding: same}", (5, 6, 1), toy.conv((2, 3), 2, pad=((1, 1), (1, 1)))),
    Example("{conv: 3x3x2, padding: same, stride: 2}", (5, 6, 1), toy.conv((3, 3), 2, (2, 2), ((1, 1), (1, 1)))),
    Example(
        "{conv: 3x3x2, padding: same, stride: 2}", (5, 6, 1), toy.conv((3, 3), 2, (2, 2), ((1, 1), (0, 1))), "keras"
    ),
    Example("{conv: 4x2x2, padding: same}", (5, 6, 1), toy.conv((4, 2), 2, pad=((1, 2), (0, 1))), "keras"),
    Example("{conv: 1x2x2, padding: same}", (5, 6, 1), toy.conv((1, 2), 2, pad=((0, 0), (0, 1))), "keras"),
    Example("{conv: 1x2x2, padding: same, stride: 3}", (6, 8, 1), toy.conv((1, 2), 2, (3, 3)), "keras"),
    Example(
        "{conv: 4x3x2, padding: same, dilation: 2}",
        (7, 6, 1),
        toy.conv((4, 3), 2, pad=((3, 3), (2, 2)), dilation=(2, 2)),
        "pytorch",
    ),
    Example("{conv: 3x3x2x2}", (4, 5, 3, 1), toy.conv((3, 3, 2), 2)),
    Example(
        "{conv: 2, kernel: 2, stride: [1, 2, 3], padding: 1, groups: 2}",
        (3, 4, 4, 2),
        toy.conv((2, 2, 2), 2, (1, 2, 3), ((1, 1), (1, 1), (1, 1)), groups=2),
    ),
    Example("{depthwise_conv: 3}", (7, 3), toy.depthwise((3,))),
    Example(
        "{depthwise_conv: 3, multiplier: 2, stride: 2, padding: 1}",
        (6, 7, 3),
        toy.depthwise((3, 3), 2, (2, 2), ((1, 1), (1, 1))),
    ),
    Example(
        "{depthwise_conv: 3x2, dilation: 2, bias: false}", (6, 7, 2), toy.depthwise((3, 2), dilation=(2, 2), bias=False)
    ),
    Example("{depthwise_conv: 2}", (3, 4, 3, 2), toy.depthwise((2, 2, 2))),
    *(
        Example(f"{{{entry}, {filters}}}", input, toy.gained(forward) if "gain" in filters else forward)
        for filters in ("standardize: true", "gain: true", "standardize: scaled, gain: true, epsilon: 1e-4")
        for entry, input, forward in (
            ("conv: 3x4", (7, 2), toy.conv((3,), 4)),
            ("conv: 2x3x4, groups: 2, bias: false", (5, 6, 4), toy.conv((2, 3), 4, groups=2, bias=False)),
            ("conv: 2x1x1x3", (3, 2, 3, 2), toy.conv((2, 1, 1), 3)),
            ("depthwise_conv: 3x2, multiplier: 2", (5, 6, 2), toy.depthwise((3, 2), 2)),
        )
    ),
    # 9 taps with 2 offsets and a factor each; 6 taps with 2 offsets each, for 2 groups
    Example("{deformable_conv: 3x3x4}", (5, 6, 2), toy.deformable(27, (3, 3), 4)),
    Example(
        "{deformable_conv: 4, kernel: 2x3, stride: 2x1, padding: [[1, 0], [1, 2]], modulated: false, offset_groups: 2}",
        (6, 5, 4),
        toy.deformable(24, (2, 3), 4, (2, 1), ((1, 0), (1, 2))),
    ),
    Example(
        "{deformable_conv: 4, kernel: 3, padding: 2, dilation: 2, groups: 2, bias: false}",
        (5, 5, 2),
        toy.deformable(27, (3, 3), 4, pad=((2, 2), (2, 2)), dilation=(2, 2), groups=2, bias=False),
    ),
    Example("{separable_conv: 3x4}", (7, 3), toy.separable((3,), 4)),
    Example("{separable_conv: 3x3x4, multiplier: 2, stride: 2}", (6, 7, 3), toy.separable((3, 3), 4, 2, (2, 2))),
    Example(
        "{separable_conv: 5, kernel: 2, padding: 1, bias: false}",
        (4, 5, 2),
        toy.separable((2, 2), 5, pad=((1, 1), (1, 1)), bias=False),
    ),
    Example("{separable_conv: 2x2x2x3, dilation: 2}", (4, 3, 3, 2), toy.separable((2, 2, 2), 3, dilation=(2, 2, 2))),
    Example("{conv_transpose: 2, kernel: 3, stride: 2}", (5, 3), toy.transposed((3,), 2, (2,))),
    Example("{conv_transpose: 2x2, stride: 3}", (4, 1), toy.transposed((2,), 2, (3,))),
    Example(
        "{conv_transpose: 1x2, stride: 3, padding: 1, output_padding: 2}",
        (4, 1),
        toy.transposed((1,), 2, (3,), ((1, 1),), extra=(2,)),
    ),
    Example("{conv_transpose: 3x2, stride: 2, dilation: 3}", (5, 1), toy.transposed((3,), 2, (2,), dilation=(3,))),
    Example("{conv_transpose: 3x2, stride: 4, dilation: 2}", (5, 1), toy.transposed((3,), 2, (4,), dilation=(2,))),
    Example(
        "{conv_transpose: 4x4x4, stride: 2, padding: 1}", (4, 5, 2), toy.transposed((4, 4), 4, (2, 2), ((1, 1), (1, 1)))
    ),
    Example(
        "{conv_transpose: 3x3x4, stride: 2x1, padding: [[1, 0], [2, 1]], output_padding: 1x0, groups: 2, bias: false}",
        (4, 5, 2),
        toy.transposed((3, 3), 4, (2, 1), ((1, 0), (2, 1)), extra=(1, 0), groups=2, bias=False),
    ),
    # n·s outputs: max(k − s, 0) cut, the odd one after; a kernel smaller than its stride leaves room for more
    Example(
        "{conv_transpose: 3x4x2, stride: 2, padding: same}",
        (3, 4, 1),
        toy.transposed((3, 4), 2, (2, 2), ((0, 1), (1, 1))),
        "keras",
    ),
    Example(
        "{conv_transpose: 2x3x2, stride: 3, padding: same}",
        (3, 4, 1),
        toy.transposed((2, 3), 2, (3, 3), TWO, extra=(1, 0)),
        "keras",
    ),
    # left out, the output padding of `valid` fills up to n·s; written, with 0 too, it is added to the formula
    Example("{conv_transpose: 2x4x2, stride: 3}", (3, 4, 1), toy.transposed((2, 4), 2, (3, 3), extra=(1, 0)), "keras"),
    Example("{conv_transpose: 2x2, stride: 3, output_padding: 0}", (4, 1), toy.transposed((2,), 2, (3,)), "keras"),
    Example(
        "{conv_transpose: 1x1, stride: 2, padding: same, output_padding: 1}",
        (4, 1),
        toy.transposed((1,), 1, (2,), extra=(1,)),
        "keras",
    ),
    Example(
        "{conv_transpose: 2x2, stride: 3, output_padding: 2}",
        (4, 1),
        toy.transposed((2,), 2, (3,), extra=(2,)),
        "keras",
    ),
    Example(
        "{conv_transpose: 4x2x2, stride: 3, padding: same}",
        (4, 3, 1),
        toy.transposed((4, 2), 2, (3, 3), ((0, 1), (0, 0)), extra=(0, 1)),
        "keras",
    ),
    # k − 2·⌊k/2⌋ + 0 more than (n − 1)·s: 1 cut off on both sides
    Example(
        "{conv_transpose: 3x2, stride: 2, padding: same, output_padding: 0}",
        (5, 1),
        toy.transposed((3,), 2, (2,), ((1, 1),)),
        "keras",
    ),
    Example(
        "{conv_transpose: 3x4x2, stride: 2, padding: same, output_padding: 1}",
        (3, 4, 1),
        toy.transposed((3, 4), 2, (2, 2), ((0, 1), (1, 2))),
        "keras",
    ),
    # under Keras' `valid` nothing is cut, and each input has at least a stride of its own
    Example("{conv_transpose: 3x1x2, stride: 2}", (3, 4, 1), toy.transposed((3, 1), 2, (2, 2), extra=(0, 1)), "keras"),
    Example("{conv_transpose: 4x1, stride: 5, dilation: 2}", (4, 1), toy.transposed((4,), 1, (5,), dilation=(2,))),
    Example("{conv_transpose: 2x4, stride: 2, padding: valid}", (3, 1), toy.transposed((2,), 4, (2,))),
    Example("{conv_transpose: 2x4, stride: 2, groups: 2}", (3, 8), toy.transposed((2,), 4, (2,), groups=2)),
    Example("{conv_transpose: 2x2x2x2, stride: 2}", (2, 3, 2, 1), toy.transposed((2, 2, 2), 2, (2, 2, 2))),
]


def _pools(kind: str) -> list[Example]:
    return [
        Example(f"{{{kind}: 3}}", (7, 2), toy.pool((3,))),
        Example(f"{{{kind}: 2}}", (6, 7, 2), toy.pool((2, 2))),
        Example(f"{{{kind}: 3, stride: 2, padding: 1}}", (6, 7, 2), toy.pool((3, 3), (2, 2), ((1, 1), (1, 1)))),
        Example(
            f"{{{kind}: 3x2, stride: 1x2, padding: [[1, 2], [0, 1]]}}",
            (6, 7, 1),
            toy.pool((3, 2), (1, 2), ((1, 2), (0, 1))),
        ),
        Example(f"{{{kind}: 3, stride: 2, rounding: ceil}}", (6, 7, 2), toy.pool((3, 3), (2, 2), ceil=True)),
        Example(
            f"{{{kind}: 2, stride: 2, padding: 1, rounding: ceil}}",
            (5, 6, 1),
            toy.pool((2, 2), (2, 2), ((1, 1), (1, 1)), ceil=True),
        ),
        Example(
            f"{{{kind}: 4, stride: 3, padding: 2x1, rounding: ceil}}",
            (6, 9, 1),
            toy.pool((4, 4), (3, 3), ((2, 2), (1, 1)), ceil=True),
        ),
        Example(
            f"{{{kind}: 4x3, stride: 3x4, padding: [[1, 2], [2, 0]], rounding: ceil}}",
            (7, 8, 2),
            toy.pool((4, 3), (3, 4), ((1, 2), (2, 0)), ceil=True),
        ),
        Example(
            f"{{{kind}: 3, stride: 2, padding: [[0, 1]], rounding: ceil}}",
            (7, 2),
            toy.pool((3,), (2,), ((0, 1),), ceil=True),
        ),
        Example(
            f"{{{kind}: 3, stride: 2, padding: [[1, 0]], rounding: ceil}}",
            (7, 2),
            toy.pool((3,), (2,), ((1, 0),), ceil=True),
        ),
        Example(
            f"{{{kind}: 2, stride: 5, padding: [[0, 1], [0, 0]], rounding: ceil}}",
            (7, 6, 1),
            toy.pool((2, 2), (5, 5), ((0, 1), (0, 0)), ceil=True),
        ),
        Example(f"{{{kind}: 2, padding: same}}", (5, 6, 1), toy.pool((2, 2), (2, 2), ((0, 1), (0, 0))), "keras"),
        Example(f"{{{kind}: 3, stride: 1, padding: same}}", (5, 6, 1), toy.pool((3, 3), (1, 1), ((1, 1), (1, 1)))),
        Example(f"{{{kind}: 2, stride: [1, 2, 2]}}", (3, 4, 5, 2), toy.pool((2, 2, 2), (1, 2, 2))),
    ]


POOLS = [
    *_pools("max_pool"),
    *_pools("avg_pool"),
    *_pools("lp_pool"),
    Example("{lp_pool: 2, p: 3}", (6, 7, 2), toy.pool((2, 2))),
    Example("{max_pool: 2, stride: 1, dilation: 2x3}", (6, 7, 2), toy.pool((2, 2), (1, 1), dilation=(2, 3))),
    Example(
        "{max_pool: 3x2, stride: 2, dilation: 2x4, padding: [[1, 0], [2, 2]], rounding: ceil}",
        (8, 9, 1),
        toy.pool((3, 2), (2, 2), ((1, 0), (2, 2)), ceil=True, dilation=(2, 4)),
    ),
    Example("{avg_pool: 2, padding: 1, count_padding: true}", (6, 7, 2), toy.pool((2, 2), pad=((1, 1), (1, 1)))),
    *(
        Example(f"{{{kind}: {{keep_dims: {str(keep).lower()}}}}}", input, toy.global_pool(keep))
        for kind in ("global_avg_pool", "global_max_pool")
        for keep in (True, False)
        for input in ((5, 3), (4, 5, 3), (2, 3, 2, 3))
    ),
    *(
        Example(f"{{{kind}: {written}}}", input, toy.adaptive(output))
        for kind in ("adaptive_avg_pool", "adaptive_max_pool")
        for written, output, input in (
            ("3", (3,), (7, 2)),
            ("5", (5,), (3, 2)),  # more windows than positions
            ("1", (1, 1), (4, 5, 2)),
            ("3x1", (3, 1), (4, 5, 2)),
            ("4x5", (4, 5), (10, 7, 1)),
            ("2", (2, 2, 2), (3, 4, 5, 1)),
        )
    ),
]

UNPOOLS = [
    Example("{max_unpool: pool}", input, toy.unpooled(*window), before=f"{{max_pool: {written}, name: pool}}")
    for written, input, window in (
        ("2", (6, 3), ((2,),)),
        ("2", (6, 8, 2), ((2, 2),)),
        ("3, stride: 2, padding: 1", (7, 5, 2), ((3, 3), (2, 2), ((1, 1), (1, 1)))),
        ("3x2, stride: 1x2, padding: [[1, 2], [0, 1]]", (4, 5, 1), ((3, 2), (1, 2), ((1, 2), (0, 1)))),
        ("3, stride: 2, rounding: ceil", (6, 8, 2), ((3, 3), (2, 2))),
        ("1x2, stride: 3x2", (4, 6, 2), ((1, 2), (3, 2))),
        ("2, stride: 1, dilation: 2", (4, 4, 2), ((2, 2), (1, 1), (), (2, 2))),
        ("2, stride: [1, 2, 2]", (3, 4, 6, 2), ((2, 2, 2), (1, 2, 2))),
    )
]

OTHERS = [
    Example("{dense: 5}", (7,), toy.dense(5)),
    Example("{dense: 5, bias: false}", (7,), toy.dense(5, bias=False)),
    Example("{dense: 5}", (6, 3), toy.dense(5)),
    Example("{dense: 5, standardize: true, epsilon: 1e-3}", (7,), toy.dense(5)),
    Example("{dense: 5, standardize: scaled, gain: true}", (6, 3), toy.gained(toy.dense(5))),
    Example("{dense: 5, bias: false}", (4, 5, 3), toy.dense(5, bias=False)),
    Example("{dense: 2}", (2, 3, 2, 3), toy.dense(2)),
    Example("{embedding: 4, vocabulary: 9}", (6,), toy.embedding(4, 9)),
    *(
        Example("flatten", (*spatial, 3), toy.renamed((), values))
        for spatial, values in (((), 3), ((5,), 15), ((4, 5), 60), ((2, 3, 2), 36))
    ),
    *(
        Example(entry, input, toy.glu)
        for entry in ("glu", "{glu: gelu}", "{glu: {gate: linear}}")
        for input in ((8,), (5, 4), (3, 4, 2), (2, 3, 2, 6))
    ),
    Example("{prepend: 1}", (5, 3), toy.prepend(1)),
    Example("{prepend: 4, initial: 0.5}", (2, 3), toy.prepend(4)),
    *(
        Example(f"{{learned: {written(sizes)}, initial: 0.5}}", input, toy.learned(*sizes))
        for sizes in ((6, 3), (2, 3, 4), (2, 2, 3, 2))
        for input in ((8,), (5, 4), (3, 4, 4), (2, 3, 2, 4))
    ),
    Example("{learned: [5]}", (5, 4), toy.learned(5)),
    Example("{reshape: 4x3}", (12,), toy.renamed((4,), 3)),
    Example("{reshape: 2x-1x3}", (4, 6), toy.renamed((2, 4), 3)),
    Example("{reshape: [24]}", (4, 6), toy.renamed((), 24)),
    Example("{reshape: 5x2x4}", (5, 8), toy.renamed((5, 2), 4)),
    Example("{reshape: 4x6}", (4, 2, 3), toy.renamed((4,), 6)),
    Example("{reshape: 4x5x6}", (4, 5, 6), toy.renamed((4, 5), 6)),
    Example("{reshape: [4, -1]}", (2, 3, 2, 2), toy.renamed((4,), 6)),
    *(
        Example(entry, input, toy.pad(amounts))
        for entry, input, amounts in (
            ("{pad: 2}", (5, 2), ((2, 2),)),
            ("{pad: 1x2}", (4, 5, 2), ((1, 1), (2, 2))),
            ("{pad: [[0, 1], [2, 3]], mode: replicate}", (4, 5, 2), ((0, 1), (2, 3))),
            ("{pad: 2, mode: reflect}", (4, 5, 2), ((2, 2), (2, 2))),
            ("{pad: 1}", (2, 3, 2, 1), ((1, 1), (1, 1), (1, 1))),
        )
    ),
    Example("{pad: 1, mode: circular}", (4, 5, 2), toy.pad(((1, 1), (1, 1)))),
    Example("{pad: [[3, 1]], mode: constant, value: 0.5}", (5, 2), toy.pad(((3, 1),))),
    Example("{pad: 0, channels: [1, 2]}", (3, 4, 2), toy.pad_channels(1, 2)),
    Example("{pad: 0, channels: 2}", (3, 3), toy.pad_channels(2, 2)),
    *(
        Example(entry, input, toy.crop(amounts))
        for entry, input, amounts in (
            ("{crop: 2}", (5, 2), ((2, 2),)),
            ("{crop: [[0, 1], [2, 2]]}", (4, 5, 2), ((0, 1), (2, 2))),
            ("{crop: [[1, 0], [2, 1]]}", (4, 6, 2), ((1, 0), (2, 1))),
            ("{crop: 1}", (3, 4, 5, 1), ((1, 1), (1, 1), (1, 1))),
        )
    ),
    *(
        Example(f"{{upsample: {written}, mode: {mode}}}", input, toy.upsample(factor, mode == "bilinear"))
        for mode in ("nearest", "bilinear")
        for written, factor, input in (
            ("3", (3,), (4, 2)),
            ("2x3", (2, 3), (3, 4, 2)),
            ("1x4", (1, 4), (3, 4, 1)),
            ("[2, 1, 2]", (2, 1, 2), (2, 3, 2, 1)),
        )
    ),
    *(
        Example(
            f"{{resize: {{like: size{settings}}}, from: input}}",
            (*spatial, 2),
            toy.resize(sizes, mode),
            convention,
            size=(*sizes, 3),
        )
        for settings, mode, convention in (
            ("", "nearest", "lecture"),
            ("", "centers", "keras"),
            (", centers: true", "centers", "pytorch"),
            (", mode: bilinear", "bilinear", "lecture"),
            (", mode: bilinear, align_corners: true", "corners", "pytorch"),
        )
        for spatial, sizes in (
            ((5,), (8,)),
            ((5,), (3,)),
            ((4, 6), (7, 3)),
            ((3, 1), (6, 4)),
            ((4, 3), (1, 1)),
            ((1, 1), (2, 3)),
            ((1, 1), (1, 4)),
            ((3, 1), (6, 2)),
            ((4, 6), (2, 2)),
            ((2, 3, 2), (3, 2, 2)),
        )
    ),
    Example("{channel_shuffle: 2}", (4, 6), toy.pointwise()),
    Example("{depth_to_space: 3}", (4, 6), toy.depth_to_space(3)),
    Example("{depth_to_space: 2}", (3, 4, 8), toy.depth_to_space(2)),
    Example("{depth_to_space: 2, order: channels}", (3, 4, 8), toy.depth_to_space(2)),
    Example("{depth_to_space: 2}", (2, 1, 3, 8), toy.depth_to_space(2)),
    Example("{depth_to_space: 3}", (2, 2, 18), toy.depth_to_space(3)),
    Example("{depth_to_space: 2}", (2, 1, 2, 16), toy.depth_to_space(2)),
    Example("{depth_to_space: 2, order: channels}", (2, 3, 12), toy.depth_to_space(2)),
    Example("{space_to_depth: 2, order: channels}", (4, 3), toy.space_to_depth(2)),
    Example("{space_to_depth: 2, order: channels}", (4, 2, 2, 3), toy.space_to_depth(2)),
    Example("{space_to_depth: 3}", (6, 2), toy.space_to_depth(3)),
    Example("{space_to_depth: 2}", (4, 6, 3), toy.space_to_depth(2)),
    Example("{space_to_depth: 2, order: channels}", (4, 6, 3), toy.space_to_depth(2)),
    Example("{space_to_depth: 2}", (2, 4, 2, 1), toy.space_to_depth(2)),
    *(
        Example(f"{{resize: {setting}}}", (*spatial, 2), toy.resize(sizes, mode, factors))
        for setting, spatial, sizes, mode, factors in (
            ("8", (5,), (8,), "nearest", ()),
            ("7x3, mode: bilinear", (4, 6), (7, 3), "bilinear", ()),
            ("7x3, mode: bicubic", (4, 6), (7, 3), "cubic", ()),
            ("{size: 3, mode: bicubic}", (5,), (3,), "cubic", ()),
            ("[3, 2, 2]", (2, 3, 2), (3, 2, 2), "nearest", ()),
            ("{factor: 0.5}", (5,), (2,), "nearest", ("0.5",)),
            ("{factor: 1.5x2}", (3, 4), (4, 8), "nearest", ("1.5", "2")),
            ("{factor: 1.7, mode: bilinear}", (5,), (8,), "bilinear", ("1.7",)),
            ("{factor: [0.6, 2], mode: bicubic}", (5, 3), (3, 6), "cubic", ("0.6", "2")),
        )
    ),
    *(
        Example("{flatten, positions: true}", (*spatial, 2), toy.in_a_row())
        for spatial in ((5,), (4, 3), (1, 4), (2, 3, 4))
    ),
    Example("{slice: [1, 4], axis: position}", (5, 2), toy.sliced(0, 1, 4)),
    Example("{slice: [-3, -1], axis: height, step: 1}", (4, 3, 2), toy.sliced(0, 1, 3)),
    Example("{slice: [1, end], axis: width, step: 2}", (2, 6, 2), toy.sliced(1, 1, 6, 2)),
    Example("{slice: [0, 2], axis: depth}", (3, 2, 2, 2), toy.sliced(0, 0, 2)),
    Example("{slice: [0, -1], step: 3}", (2, 8), toy.sliced(1, 0, 7, 3)),
    Example("{permute: {channels: position, position: channels}}", (5, 3), toy.permute(1, 0)),
    Example("{permute: {height: width, width: height}}", (2, 3, 4), toy.permute(1, 0, 2)),
    Example("{permute: {height: channels, width: height, channels: width}}", (2, 3, 4), toy.permute(2, 0, 1)),
    Example(
        "{permute: {depth: width, width: depth, channels: height, height: channels}}",
        (2, 3, 4, 5),
        toy.permute(2, 3, 0, 1),
    ),
    Example("{reduce: mean}", (5, 3), toy.reduce(0)),
    Example("{reduce: sum, axes: height}", (4, 3, 2), toy.reduce(0)),
    Example("{reduce: max, axes: width, keep_dims: true}", (4, 3, 2), toy.reduce(1, keep=(1,))),
    Example("{reduce: l2, axes: [height, channels]}", (4, 3, 2), toy.reduce(0, 2, keep=(2,))),
    Example("{reduce: min, axes: [depth, width]}", (2, 3, 4, 2), toy.reduce(0, 2)),
    Example("{reduce: mean, axes: channels}", (3, 4), toy.reduce(1, keep=(1,))),
    *(
        Example(f"{{{kind}, axis: {axis}}}", input, toy.together(along))
        for kind in ("softmax", "log_softmax")
        for axis, input, along in (("position", (5, 2), 0), ("width", (3, 4, 2), 1), ("depth", (2, 3, 2, 2), 0))
    ),
    Example("{slice: [1, 3]}", (7,), toy.channels_from(1, 3)),
    Example("{slice: [2, end]}", (4, 6), toy.channels_from(2, 6)),
    Example("{slice: [0, 1]}", (3, 4, 5), toy.channels_from(0, 1)),
    Example("{slice: [1, end]}", (2, 3, 2, 2), toy.channels_from(1, 2)),
]

RECURRENT = [
    Example("{lstm: 3}", (5, 2), toy.recurrent(4, 3)),
    Example("{lstm: 3}", (1, 2), toy.recurrent(4, 3)),
    Example("{lstm: 2, bias: false}", (4, 3), toy.recurrent(4, 2, biases=0)),
    Example("{lstm: 2, output: last}", (4, 3), toy.recurrent(4, 2, last=True)),
    Example("{lstm: 2, bidirectional: true}", (4, 3), toy.recurrent(4, 2, directions=2)),
    Example("{lstm: 3}", (4, 2), toy.recurrent(4, 3, biases=2), "pytorch"),
    Example("{lstm: 3}", (4, 2), toy.recurrent(4, 3), "keras"),
    Example("{lstm: 3, recurrent_bias: true}", (4, 2), toy.recurrent(4, 3, biases=2)),
    Example("{lstm: 3, bias: false}", (4, 2), toy.recurrent(4, 3, biases=0)),
    Example(
        "{lstm: 2, bidirectional: true, merge: sum, layers: 3, output: last}",
        (4, 3),
        toy.recurrent(4, 2, directions=2, adds=True, layers=3, last=True),
    ),
    Example(
        "{lstm: 2, bidirectional: true, layers: 2}",
        (4, 3),
        toy.recurrent(4, 2, directions=2, layers=2, biases=2),
        "pytorch",
    ),
    Example("{gru: 3}", (5, 2), toy.recurrent(3, 3)),
    Example("{gru: 3, reset_after: true}", (4, 2), toy.recurrent(3, 3, biases=2)),
    Example("{gru: 3}", (4, 2), toy.recurrent(3, 3, biases=2), "keras"),
    Example("{gru: 3}", (4, 2), toy.recurrent(3, 3, biases=2), "pytorch"),
    Example("{gru: 3, reset_after: false}", (4, 2), toy.recurrent(3, 3), "keras"),
    Example("{gru: 2, bias: false}", (4, 3), toy.recurrent(3, 2, biases=0), "keras"),
    Example(
        "{gru: 2, bidirectional: true, output: last, layers: 2}",
        (4, 3),
        toy.recurrent(3, 2, directions=2, layers=2, last=True),
    ),
    Example("{gru: 2, bidirectional: true}", (4, 3), toy.recurrent(3, 2, directions=2)),
    Example("{gru: 2, bidirectional: true, merge: sum}", (4, 3), toy.recurrent(3, 2, directions=2, adds=True)),
    Example("{rnn: 3}", (5, 2), toy.recurrent(1, 3)),
    Example("{rnn: 3, nonlinearity: relu}", (4, 2), toy.recurrent(1, 3, biases=2), "pytorch"),
    Example("{rnn: 3, layers: 2, recurrent_bias: true}", (4, 2), toy.recurrent(1, 3, layers=2, biases=2)),
    Example("{rnn: 3, bias: false, output: last}", (4, 2), toy.recurrent(1, 3, biases=0, last=True)),
    Example("{lstm: 3, from: a, state: b}", (4, 2), toy.recurrent(4, 3), others=((3,),)),
    Example("{lstm: 2, from: a, state: b, cell: c}", (4, 2), toy.recurrent(4, 2), others=((2,), (2,))),
    Example(
        "{gru: 2, from: a, state: b, bidirectional: true, layers: 2, output: last}",
        (4, 2),
        toy.recurrent(3, 2, directions=2, layers=2, last=True),
        others=((8,),),
    ),
    Example("{rnn: 3, from: a, state: b, layers: 2}", (4, 2), toy.recurrent(1, 3, layers=2), others=((6,),)),
    Example("{rnn: 2, bidirectional: true}", (4, 3), toy.recurrent(1, 2, directions=2)),
    Example("{rnn: 2, bidirectional: true, merge: sum}", (4, 3), toy.recurrent(1, 2, directions=2, adds=True), "keras"),
]


def _whole(*sizes: int) -> tuple[toy.Axis, ...]:
    """Axes with a single window."""
    return tuple(((tuple(range(n)),),) for n in sizes)


HALVES = (((0, 1),), ((2, 3),))
"""An axis of 4 in windows of 2."""
SHIFTED = (((1, 2),), ((3,), (0,)))
"""The same, 1 later: the two ends are compared, but do not see each other."""
EVERY_SECOND = (((0, 2),), ((1, 3),))
ATTENTION = [
    Example("{attention: 2}", (5, 4), toy.attention(*_whole(5), heads=2, key=2)),
    Example("{attention: 3, bias: false}", (2, 3, 6), toy.attention(*_whole(2, 3), heads=3, key=2, bias=False)),
    Example(
        "{attention: 1, bias: false, output_bias: true}",
        (2, 1, 2, 3),
        toy.attention(*_whole(2, 1, 2), heads=1, key=3, bias=False, output_bias=True),
    ),
    Example(
        "{attention: 4, key_size: 2, value_size: 3, output: 5, key_heads: 2}",
        (3, 7),
        toy.attention(*_whole(3), heads=4, key=2, value=3, output=5, key_heads=2),
    ),
    Example("{attention: 2, key_heads: 1}", (3, 4), toy.attention(*_whole(3), heads=2, key=2, key_heads=1)),
    Example("{attention: 2, window: 2}", (4, 4, 4), toy.attention(HALVES, HALVES, heads=2, key=2)),
    Example("{attention: 1, window: [4, 2]}", (4, 4, 2), toy.attention(*_whole(4), HALVES, heads=1, key=2)),
    Example("{attention: 1, window: 2, shift: 1}", (4, 2), toy.attention(SHIFTED, heads=1, key=2)),
    Example(
        "{attention: 2, window: 2, shift: [0, 1], position_bias: relative}",
        (4, 4, 4),
        toy.attention(HALVES, SHIFTED, heads=2, key=2, relative=True),
    ),
    # one window covers the first axis, along which there is no shift
    Example("{attention: 1, window: 2, shift: 1}", (2, 4, 2), toy.attention(*_whole(2), SHIFTED, heads=1, key=2)),
    Example("{attention: 1, dilation: 2}", (4, 4, 2), toy.attention(EVERY_SECOND, EVERY_SECOND, heads=1, key=2)),
    Example(
        "{attention: 1, window: 4, dilation: [2, 1], position_bias: relative}",
        (4, 8, 2),
        toy.attention(EVERY_SECOND, (((0, 1, 2, 3),), ((4, 5, 6, 7),)), heads=1, key=2, relative=True),
    ),
    Example(
        "{attention: 1, window: 4, dilation: 2, shift: 1}",
        (8, 2),
        toy.attention((((1, 3),), ((2, 4),), ((5, 7),), ((6,), (0,))), heads=1, key=2),
    ),
    Example(
        "{attention: 2, position_bias: relative}",
        (2, 3, 4),
        toy.attention(*_whole(2, 3), heads=2, key=2, relative=True),
    ),
    Example("{attention: 2, causal: true}", (5, 4), toy.attention(*_whole(5), heads=2, key=2, causal=True)),
    Example(
        "{attention: 1, window: 2, shift: 1, causal: true}", (4, 2), toy.attention(SHIFTED, heads=1, key=2, causal=True)
    ),
]

CROSS = [
    Example("{attention: 2, from: a, keys: b}", (3, 4), toy.attention(heads=2, key=2), others=((5, 6),)),
    Example("{attention: 2, from: a, keys: b}", (2, 3, 4), toy.attention(heads=2, key=2), others=((5, 3),)),
    Example(
        "{attention: 2, from: a, keys: b, values: c, value_size: 1}",
        (5, 2),
        toy.attention(heads=2, key=1, value=1),
        others=((2, 3, 3), (2, 3, 1)),
    ),
    Example(
        "{attention: 1, from: a, keys: b, window: 2, shift: [0, 1]}",
        (4, 4, 2),
        toy.attention(HALVES, SHIFTED, heads=1, key=2),
        others=((4, 4, 1),),
    ),
    *(
        Example("{attention: 1, from: a, keys: b, causal: true}", (n, 2), toy.attention(heads=1, key=2, causal=True),
                others=((m, 1),))
        for n, m in ((3, 5), (5, 3), (4, 4))
    ),
]  # fmt: skip

STATISTICS = ("mean", "variance")
PER = {
    "{prelu: {per: value}}": toy.pointwise("slope", per="value"),
    "{prelu: 0.1, per: all}": toy.pointwise("slope", per="all"),
    "{prelu: {per: position}}": toy.pointwise("slope", per="position"),
    "{scale: {per: value, center: true}}": toy.pointwise("scale", "center", per="value"),
    "{scale: {per: position}}": toy.pointwise("scale", per="position"),
    "{scale: {per: all, initial: 0.1}}": toy.pointwise("scale", per="all"),
    "{offset: {per: value}}": toy.pointwise("offset", per="value"),
    "{offset: {per: position, initial: 0.5}}": toy.pointwise("offset", per="position"),
    "{offset: {per: all}}": toy.pointwise("offset", per="all"),
}
"""Entries whose arrays have other numbers than one a channel."""
BY_CONVENTION = [
    ("prelu", "keras", toy.pointwise("slope", per="value")),
    ("prelu", "pytorch", toy.pointwise("slope", per="all")),
    ("instance_norm", "keras", toy.pointwise("scale", "center")),
    ("instance_norm", "pytorch", toy.pointwise()),
    ("{instance_norm, affine: true}", "pytorch", toy.pointwise("scale", "center")),
    ("{instance_norm, scale: true}", "pytorch", toy.pointwise("scale")),
    ("{instance_norm, affine: true, scale: false}", "pytorch", toy.pointwise("center")),
]
"""Pointwise kinds whose parameters depend on the convention."""
POINTWISE = {
    "batch_norm": [
        ("batch_norm", ("scale", "center", *STATISTICS)),
        ("{batch_norm: {affine: false, epsilon: 0.1}}", STATISTICS),
        ("{batch_norm: {center: false}}", ("scale", *STATISTICS)),
        ("{batch_norm, scale: false}", ("center", *STATISTICS)),
    ],
    "layer_norm": [
        ("layer_norm", ("scale", "center")),
        ("{layer_norm: {scale: false, epsilon: 1e-6}}", ("center",)),
        ("{layer_norm: {center: false}}", ("scale",)),
        ("{layer_norm, affine: false}", ()),
    ],
    "instance_norm": [
        ("instance_norm", ("scale", "center")),
        ("{instance_norm: {scale: false, epsilon: 1e-6}}", ("center",)),
        ("{instance_norm, center: false}", ("scale",)),
        ("{instance_norm, affine: false}", ()),
    ],
    "group_norm": [
        ("{group_norm: 2}", ("scale", "center")),
        ("{group_norm: 2, scale: false, epsilon: 0.01}", ("center",)),
        ("{group_norm: 4, center: false}", ("scale",)),
        ("{group_norm: 4, affine: false}", ()),
    ],
    "local_response_norm": [
        ("{local_response_norm: 3, alpha: 0.1, beta: 0.5, k: 2}", ()),
        ("{local_response_norm: 4, alpha: 2}", ()),
    ],
    "global_response_norm": [
        ("global_response_norm", ("scale", "center")),
        ("{global_response_norm: {epsilon: 0.1}}", ("scale", "center")),
    ],
    "rms_norm": [("rms_norm", ("scale",)), ("{rms_norm: {scale: false, epsilon: 0.1}}", ())],
    "l2_norm": [("l2_norm", ()), ("{l2_norm: {epsilon: 0.5}}", ())],
    "scale": [
        ("scale", ("scale",)),
        ("{scale: {initial: 0.5}}", ("scale",)),
        ("{scale: {center: true}}", ("scale", "center")),
    ],
    "offset": [("offset", ("offset",)), ("{offset: {initial: 0.5}}", ("offset",))],
    "rescale": [("{rescale: 0.5, offset: -1}", ())],
    "prelu": [("prelu", ("slope",)), ("{prelu: {per: channel}}", ("slope",))],
    "leaky_relu": [("leaky_relu", ()), ("{leaky_relu: 0.2}", ())],
    "elu": [("{elu: 0.5}", ())],
    "clip": [("{clip: [-0.5, 2]}", ())],
    "hard_sigmoid": [("hard_sigmoid", ()), ("{hard_sigmoid: 0.2}", ())],
    "channel_shuffle": [("{channel_shuffle: 2}", ())],
    "dropout": [("{dropout: 0.5}", ())],
    "spatial_dropout": [("{spatial_dropout: 0.5}", ())],
    "drop_path": [("{drop_path: 0.5}", ())],
    **{
        kind: [(kind, ())]
        for kind in ("identity", *sorted(ACTIVATIONS - {"leaky_relu", "prelu", "elu", "clip", "hard_sigmoid"}))
    },
}
"""Kinds that leave the shape alone: entries, and the arrays with one number a channel."""
GATED = ("instance_norm", "group_norm", "global_response_norm")
NEED_POSITIONS = ("instance_norm", "global_response_norm", "channel_shuffle", "spatial_dropout")


def _pointwise() -> list[Example]:
    return [
        Example(entry, input, toy.pointwise(*arrays), is_gated=kind in GATED)
        for kind, entries in POINTWISE.items()
        for entry, arrays in entries
        for input in ((8,), (5, 4), (3, 4, 4), (2, 3, 2, 4))
        if len(input) > 1 or kind not in NEED_POSITIONS
    ]


def _normalizations() -> list[Example]:
    inputs = ((8,), (5, 4), (3, 4, 4), (2, 3, 2, 4))
    return [
        Example("normalization", input, toy.normalization, convention)
        for convention in ("lecture", "keras")
        for input in inputs
    ]


def _over_axes() -> list[Example]:
    every = {
        (5, 4): "position, channels",
        (3, 4, 4): "height, channels, width",
        (2, 3, 2, 4): "depth, height, width, channels",
    }
    norms = {"layer_norm": ("scale", "center"), "rms_norm": ("scale",)}
    return [
        Example(f"{{{kind}: {{axes: [{axes}]}}}}", input, toy.pointwise(*arrays, per="value"), is_gated=True)
        for kind, arrays in norms.items()
        for input, axes in every.items()
    ]


def _per() -> list[Example]:
    inputs = ((8,), (5, 4), (3, 4, 4), (2, 3, 2, 4))
    return [
        *(Example(entry, input, forward) for entry, forward in PER.items() for input in inputs),
        *(
            Example(f"{{rescale: {numbers}, offset: {offset}}}", (3, 2, len(numbers)), toy.pointwise())
            for numbers, offset in (([0.5, 2], -1), ([1, 2, 3], [0, -1, 0.5]))
        ),
        *(
            Example(entry, input, forward, convention, is_gated=kind_of(entry) in GATED)
            for entry, convention, forward in BY_CONVENTION
            for input in inputs
            if len(input) > 1 or kind_of(entry) not in NEED_POSITIONS
        ),
    ]


ARITHMETIC = ("add", "subtract", "multiply", "divide", "average", "maximum", "minimum", "weighted_add")
SPREAD = [
    ((8,), (8,)),
    ((5, 4), (5, 4)),
    ((3, 4, 4), (3, 4, 4), (3, 4, 4)),
    ((2, 3, 2, 4), (2, 3, 2, 4)),
    ((1, 1, 4), (1, 1, 4)),
    # a vector, or a single position, over the positions of the others; whichever comes first
    ((5, 4), (4,)),
    ((4,), (3, 4, 4)),
    ((1, 1, 4), (3, 4, 4), (4,)),
    ((1, 1, 4), (4,)),
    ((1, 4), (3, 4, 4)),
    ((3, 1, 4), (1, 4)),
    ((2, 1, 2, 4), (1, 1, 1, 4), (4,)),
    # one axis, and each over another
    ((3, 1, 4), (3, 4, 4)),
    ((3, 1, 4), (1, 4, 4)),
    ((2, 1, 3, 4), (1, 2, 3, 4), (2, 2, 1, 4)),
]
"""Inputs that go together in arithmetic; the first five in every merge."""
SPREAD_CHANNELS = [((8,), (1,)), ((3, 4, 1), (3, 4, 4)), ((3, 4, 1), (4,)), ((1, 1, 1), (2, 3, 2, 4)[1:], (3, 2, 1))]
"""Inputs that go together where a single channel is spread, too."""
JOINED = [((8,), (3,)), ((5, 2), (5, 3), (5, 2)), ((3, 4, 1), (3, 4, 2)), ((2, 3, 2, 1), (2, 3, 2, 5))]
"""Inputs that go together if channels are put one after another."""
JOINED_ALONG = [
    ("position", 0, ((5, 2), (3, 2))),
    ("height", 0, ((2, 4, 3), (3, 4, 3), (2, 4, 3))),
    ("width", 1, ((2, 4, 3), (2, 1, 3))),
    ("depth", 0, ((2, 3, 2, 4), (1, 3, 2, 4))),
    ("width", 2, ((2, 3, 2, 4), (2, 3, 3, 4))),
]
"""Axes, and inputs that go together if positions are put one after another along them."""


def _merges() -> list[Example]:
    sets = {**{kind: [*SPREAD, *SPREAD_CHANNELS] for kind in ARITHMETIC}, "concat": [*SPREAD[:5], *JOINED]}
    return [
        Example(f"{{{kind}: [{', '.join('abcd'[: len(inputs)])}]}}", inputs[0], forward, others=inputs[1:])
        for kind, several in sets.items()
        for forward in [{"concat": toy.concat, "weighted_add": toy.weighted}.get(kind, toy.merge)]
        for inputs in several
    ]


POOLED = ("{max_pool: 2}", toy.pool((2, 2)))
BRANCHES = [
    # two branches and their toys; whether they are centred on one another
    (("{conv: 5x5x4, padding: 2}", toy.conv((5, 5), 4, pad=((2, 2), (2, 2)))), ("[]", toy.pointwise()), True),
    (
        ("{crop: [[0, 2], [0, 2]]}", toy.crop(((0, 2), (0, 2)))),
        ("{crop: [[2, 0], [1, 1]]}", toy.crop(((2, 0), (1, 1)))),
        False,
    ),
    (POOLED, ("{conv: 4x4x4, stride: 2, padding: 1}", toy.conv((4, 4), 4, (2, 2), ((1, 1), (1, 1)))), True),
    (POOLED, ("{conv: 1x1x4, stride: 2}", toy.conv((1, 1), 4, (2, 2))), False),
    (("{crop: [[3, 0], [0, 3]]}", toy.crop(((3, 0), (0, 3)))), POOLED, False),
]
"""Branches that start at one input of 6×6×4: what a merge of them reads is the hull of what they read."""


def _weighted() -> list[Example]:
    ways = ("normalize: sum", "normalize: sum, epsilon: 0.5", "normalize: softmax")
    return [
        Example(f"{{weighted_add: [a, b, c], {way}}}", (3, 4, 4), toy.weighted, others=((3, 4, 4), (1, 1, 4)))
        for way in ways
    ]


def _joined_along() -> list[Example]:
    return [
        Example(
            f"{{concat: [{', '.join('abcd'[: len(inputs)])}], axis: {axis}}}",
            inputs[0],
            toy.concat_along(place),
            others=inputs[1:],
        )
        for axis, place, inputs in JOINED_ALONG
    ]


PRODUCTS = [
    ("", ((4, 3), (3, 5))),
    ("", ((2, 3, 4), (4, 2))),
    ("", ((4, 6), (2, 3, 2))),
    ("", ((2, 1, 2, 4), (2, 2, 5))),
    ("second", ((4, 3), (5, 3))),
    ("second", ((2, 3, 4), (3, 4, 4))),
    ("second", ((2, 3, 2, 3), (2, 3))),
    ("first", ((4, 3), (4, 2))),
    ("first", ((2, 3, 4), (2, 3, 2))),
    ("first", ((2, 3, 4), (6, 2))),
    ("first", ((1, 2, 2, 3), (4, 2))),
]
"""What is transposed, and matrices that have a product."""


def _products() -> list[Example]:
    return [
        Example(
            f"{{matmul: [a, b]{f', transpose: {transpose}' if transpose else ''}}}",
            inputs[0],
            toy.matmul(transpose),
            others=inputs[1:],
        )
        for transpose, inputs in PRODUCTS
    ]


MERGED = [*_merges(), *_joined_along(), *_weighted(), *_products()]
EXAMPLES = [
    *WINDOWS,
    *POOLS,
    *UNPOOLS,
    *OTHERS,
    *RECURRENT,
    *ATTENTION,
    *CROSS,
    *_pointwise(),
    *_per(),
    *_normalizations(),
    *_over_axes(),
    *MERGED,
]

EXAMPLES_OF: dict[str, list[Example]] = {}
"""Those of each kind."""
for _example in EXAMPLES:
    EXAMPLES_OF.setdefault(_example.kind, []).append(_example)


def each_example(check: Callable[[Example], object], kind: str) -> None:
    """Runs a check on each example of a kind."""
    toy.each(check, EXAMPLES_OF[kind], lambda example: example.id)
