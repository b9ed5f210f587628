"""Arguments of other tools' layers that are not settings here: what to write instead, or why to leave them out.

Those that only have another name are in `aliases`. Nothing here knows a kind: what counts is which settings it has.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from cnncalc.named_tuple import NamedTuple


class ForeignArgument(NamedTuple):
    """What there is to say about some arguments.

    Attributes:
        names: in lower case, without `_`; `*` stands for any beginning.
        having: the advice is for kinds that have all of these settings.
        values: the values that it is for; "" for any.
        label: why it is not a setting.
        help: what to do, one line each. `PADDING` stands for the entry's padding.
        means: the setting that is not reported as missing if this argument is given; "" for none.
    """

    names: str
    having: str
    values: str
    label: str
    help: tuple[str, ...]
    means: str = ""


_REMOVE = ("remove it",)
_COUNTS_STAY = ("remove it: sizes and counts stay the same",)
_TRUE, _FALSE = "true yes on 1", "false no off 0"

ELSEWHERE = (
    # -- windows and borders
    ForeignArgument("ceilmode", "rounding", _TRUE, "", ("write `rounding: ceil`",)),
    ForeignArgument("ceilmode", "rounding", _FALSE, "sizes are rounded down anyway", _REMOVE),
    ForeignArgument(
        "ceilmode", "rounding", "", "", ("write `rounding: ceil` if it is true; remove it if it is false",)
    ),
    ForeignArgument("paddingmode", "padding", "zeros constant", "the border is filled with zeros anyway", _REMOVE),
    ForeignArgument(
        "paddingmode",
        "padding",
        "reflect replicate circular",
        "a window's padding is always zeros",
        ("put `- {pad: PADDING, mode: VALUE}` before this entry, and remove its `padding`",),
    ),
    ForeignArgument(
        "paddingmode",
        "padding",
        "",
        "a window's padding is always zeros",
        ("for another one put a `pad` before this entry, as in `- {pad: 1, mode: reflect}`, and remove its `padding`",),
    ),
    ForeignArgument("paddingmode", "amounts", "", "", ("its setting is `mode`: zeros, reflect or replicate",)),
    ForeignArgument("value fillvalue", "amounts", "0 0.0 0.", "the border is filled with zeros anyway", _REMOVE),
    ForeignArgument(
        "value fillvalue", "amounts", "", "a border of another constant is not part of the language yet", _COUNTS_STAY
    ),
    ForeignArgument("causal iscausal", "padding", _TRUE, "", ("write `padding: causal`",)),
    ForeignArgument("causal iscausal", "padding", _FALSE, "windows are not causal anyway", _REMOVE),
    ForeignArgument(
        "depthmultiplier channelmultiplier",
        "filters kernel",
        "",
        "each filter reads all channels",
        ("one that reads a single channel is `- {depthwise_conv: 3x3, multiplier: 2}`",),
    ),
    ForeignArgument("divisoroverride", "", "", "the divisor cannot be chosen", _COUNTS_STAY),
    ForeignArgument("returnindices", "", "", "one entry gives one tensor, the values", _REMOVE),
    ForeignArgument(
        "kernels",
        "kernel filters",
        "",
        "the size of the kernels, or their number?",
        ("their size is `kernel`, their number `filters`",),
        "kernel",
    ),
    ForeignArgument(
        "rate",
        "dilation",
        "",
        "the rate of what?",
        ("a rate of dilation is `dilation`; dropout is an entry, `- dropout: 0.5`",),
    ),
    ForeignArgument(
        "depth",
        "filters",
        "",
        "",
        ("the number of filters is `filters`; to copy an entry, use `repeat`",),
        "filters",
    ),
    # -- sizes to reach
    ForeignArgument(
        "size outputsize targetsize",
        "factor mode",
        "",
        "a size, or how many times as large?",
        (
            "`factor` is how many times as large (Keras' `size`)",
            "a number of rows and columns: `- resize: 65x65`; as large as another layer: `- resize: {like: NAME}`",
        ),
        "factor",
    ),
    ForeignArgument(
        "outputsize targetsize height width",
        "like",
        "",
        "all sizes together are the `size`",
        ("write `- resize: 65x65`",),
        "size",
    ),
    ForeignArgument(
        "recomputescalefactor antialias croptoaspectratio padtoaspectratio fillmode fillvalue", "", "", "", _COUNTS_STAY
    ),
    ForeignArgument("aligncorners", "factor", _FALSE, "corners are not aligned anyway", _REMOVE),
    ForeignArgument(
        "aligncorners",
        "factor",
        "",
        "corners are not aligned",
        (
            "if it is true: `- resize: {like: NAME, mode: bilinear, align_corners: true}`",
            "if it is false, remove it",
        ),
    ),
    # -- axes
    ForeignArgument(
        "dims perm order",
        "position",
        "",
        "axes are named",
        ("write each new axis with the old one, as in `permute: {height: width, width: height}`",),
    ),
    ForeignArgument(
        "startdim enddim",
        "positions",
        "",
        "everything but the batch becomes one vector",
        ("remove it; to keep the channels apart, write `positions: true`",),
    ),
    ForeignArgument(
        "startdim enddim", "", "", "everything but the batch becomes one vector", ("remove it, or use `reshape`",)
    ),
    ForeignArgument("dim", "shape", "", "`shape` lists all sizes", _REMOVE),
    ForeignArgument(
        "axis axes dim",
        "",
        "",
        "it works on the channels",
        ("remove it if it names the channels: other axes are chosen in `softmax`, `concat`, `slice` and `reduce`",),
    ),
    ForeignArgument(
        "elementwiseaffine", "", "", "it has a factor, but no offset", ("whether there is a factor is `scale`",)
    ),
    ForeignArgument(
        "normalizedshape",
        "",
        "",
        "it normalises the channels",
        (
            "remove it if it names only those; `group_norm: 1` normalises channels and positions together,"
            " with a factor and an offset for each channel",
        ),
    ),
    ForeignArgument(
        "dataformat",
        "",
        "",
        "the order of the sizes is the same in the whole file",
        ("remove it, or write `layout: channels_first` at the top of the file",),
    ),
    ForeignArgument("sharedaxes", "per", "", "", ("write `per: channel` if it names all spatial axes",)),
    ForeignArgument("numparameters", "per", "1", "", ("write `per: all`",)),
    ForeignArgument("numparameters", "per", "", "", ("write `per: channel`; if it is 1, `per: all`",)),
    # -- attention
    ForeignArgument(
        "embeddim embeddingdim dmodel kdim vdim",
        "heads",
        "",
        "cnncalc knows what enters a layer",
        ("remove it; keys of another tensor are `keys: NAME`, another number of output channels `output`",),
    ),
    ForeignArgument(
        "attentionaxes", "heads", "", "all positions see each other", ("remove it; for fewer, there is `window`",)
    ),
    ForeignArgument(
        "slidingwindow",
        "heads",
        "",
        "a window that moves along with each position is not part of the language",
        ("remove it: parameters stay the same; windows that stand still are `window`",),
    ),
    ForeignArgument("mask attnmask attentionmask", "heads", "causal future lookahead", "", ("write `causal: true`",)),
    ForeignArgument(
        "mask attnmask attentionmask keypaddingmask",
        "heads",
        "",
        "",
        ("remove it: sizes and counts stay the same; later positions are hidden with `causal: true`",),
    ),
    ForeignArgument("usescale scoremode", "heads", "", "scores are products, divided by √(key size)", _REMOVE),
    ForeignArgument("attndrop projdrop dropoutp", "heads", "", "", _COUNTS_STAY),
    # -- products of matrices
    ForeignArgument("normalize", "transpose", _FALSE, "the matrices are multiplied as they are", _REMOVE),
    ForeignArgument(
        "normalize",
        "transpose",
        "",
        "the matrices are multiplied as they are",
        ("put `l2_norm` at the end of each branch if it is true; remove it if it is false",),
    ),
    # -- pools that are undone
    ForeignArgument(
        "kernel kernelsize size window poolsize stride padding dilation outputsize",
        "pool",
        "",
        "the pool's own is taken",
        _REMOVE,
    ),
    # -- recurrent layers
    ForeignArgument("returnsequences", "bidirectional", _TRUE, "it gives the states at all positions anyway", _REMOVE),
    ForeignArgument("returnsequences", "bidirectional", _FALSE, "", ("write `output: last`",)),
    ForeignArgument(
        "returnsequences", "bidirectional", "", "", ("write `output: last` if it is false; remove it if it is true",)
    ),
    ForeignArgument("returnstate", "bidirectional", "", "one entry gives one tensor", _REMOVE),
    ForeignArgument("activation", "nonlinearity", "tanh", "the state is made with it anyway", _REMOVE),
    ForeignArgument(
        "activation",
        "nonlinearity",
        "",
        "is it for the state, or for what the layer gives?",
        ("that of the state is `nonlinearity`: tanh or relu", "another one is an entry of its own after this one"),
    ),
    ForeignArgument("activation", "bidirectional", "tanh", "the state is made with it anyway", _REMOVE),
    ForeignArgument("recurrentactivation", "bidirectional", "sigmoid", "gates have it anyway", _REMOVE),
    ForeignArgument(
        "activation recurrentactivation",
        "bidirectional",
        "",
        "its gates have sigmoids, and its state is made with tanh",
        ("remove it; an activation of what the layer gives is an entry of its own after this one",),
    ),
    ForeignArgument("recurrentdropout zoneout", "bidirectional", "", "it only matters during training", _REMOVE),
    ForeignArgument(
        "unitforgetbias", "bidirectional", "", "values before training are not settings of a layer", _REMOVE
    ),
    ForeignArgument("gobackwards", "bidirectional", _FALSE, "it begins at the first position anyway", _REMOVE),
    ForeignArgument("gobackwards", "bidirectional", "", "it begins at the first position", _COUNTS_STAY),
    ForeignArgument(
        "stateful unroll usecudnn zerooutputformask timemajor batchfirst",
        "bidirectional",
        "",
        "it changes no number here",
        _REMOVE,
    ),
    ForeignArgument(
        "cell",
        "bidirectional",
        "",
        "only an `lstm` has one",
        ("what this layer begins with is its `state`", "as the kind of a layer, write `lstm`, `gru` or `rnn` itself"),
    ),
    # -- what enters a layer
    ForeignArgument(
        "inchannels inputchannels infeatures inputshape batchinputshape cin numfeatures numchannels inputdim batchsize"
        " inputsize inputlength in1features in2features",
        "",
        "",
        "cnncalc knows what enters a layer",
        _REMOVE,
    ),
    # -- activations, which have few settings
    ForeignArgument("maxvalue", "", "6 6.0", "", ("write `relu6`",)),
    ForeignArgument(
        "maxvalue",
        "",
        "",
        "it has no bounds of its own",
        ("with a bound of 6 it is `relu6`, with others `clip: [0, 1]`",),
    ),
    ForeignArgument(
        "negativeslope alpha", "", "", "this layer has no slope", ("one with a slope is `leaky_relu: 0.1`",)
    ),
    ForeignArgument(
        "minval maxval minvalue", "", "", "it has no bounds of its own", ("with other bounds it is `clip: [0, 1]`",)
    ),
    ForeignArgument(
        "mean variance",
        "",
        "",
        "numbers that are given to the layer are constants",
        ("write `rescale: {factor: 0.02, offset: -2}`: the factor is 1 / deviation, the offset −mean / deviation",),
    ),
    ForeignArgument("invert", "", "", "it cannot be chosen", _COUNTS_STAY),
    ForeignArgument("threshold beta", "", "", "it cannot be chosen", _COUNTS_STAY),
    ForeignArgument("approximate", "", "", "this one is exact; the approximation differs by less than 0.001", _REMOVE),
    # -- dropping
    ForeignArgument(
        "keepprob keeprate",
        "rate",
        "",
        "here the setting is the share that is dropped",
        ("write `rate`, which is 1 minus this value",),
        "rate",
    ),
    ForeignArgument("noiseshape", "rate", "", "", ("remove it; to drop whole channels, use `spatial_dropout`",)),
    # -- what an entry says elsewhere
    ForeignArgument(
        "batchnorm bn usebn usebatchnorm batchnormalization withbn",
        "norm",
        _TRUE + " ",
        "",
        ("write `norm: batch_norm`",),
    ),
    ForeignArgument(
        "dropout droprate", "", "", "dropout is a layer of its own", ("put an entry after this one: `- dropout: 0.5`",)
    ),
    # -- weights
    ForeignArgument(
        "*initializer", "initial", "", "", ("remove it; the value before training is `initial`, a number",)
    ),
    ForeignArgument(
        "*initializer initialization weightinit kernelinit",
        "",
        "",
        "values before training are not settings of a layer",
        ("remove it, or note it at the end of the file: `training: {initialization: He}`",),
    ),
    ForeignArgument(
        "*regularizer weightdecay l1 l2",
        "",
        "",
        "it only matters during training",
        ("remove it, or note it at the end of the file: `training: {regularization: L2}`",),
    ),
    ForeignArgument(
        "*constraint maxnorm normtype scalegradbyfreq sparse", "", "", "it only matters during training", _REMOVE
    ),
    ForeignArgument("paddingidx maskzero", "", "", "the vectors of all ids are counted", _REMOVE),
    ForeignArgument(
        "frozen freeze requiresgrad",
        "",
        "",
        "here it is called `trainable`",
        ("write `trainable: false` where training leaves the parameters as they are",),
    ),
    ForeignArgument(
        "lorarank loraalpha quantizationconfig gptqunpackedcolumnsize addbiaskv addzeroattn usegate",
        "",
        "",
        "not part of the language",
        ("remove it: the numbers are those of the layer without it",),
    ),
    ForeignArgument(
        "weight inputweights",
        "weights",
        "",
        "",
        ("give values under `weights`, a name and a list for each array",),
    ),
    # -- during training
    ForeignArgument(
        "momentum renorm renormclipping renormmomentum synchronized processgroup trackrunningstats decay fused"
        " virtualbatchsize",
        "",
        "",
        "it changes no number here",
        _REMOVE,
    ),
    ForeignArgument(
        "device dtype inplace seed autocast training traceable dynamic outputdevice deviceids kwargs args batchfirst"
        " flashattention needweights",
        "",
        "",
        "it changes no number here",
        _REMOVE,
    ),
)


def elsewhere(name: str, value: str, settings: Collection[str], padding: str = "1") -> ForeignArgument | None:
    """What there is to say about an argument of a kind with these settings.

    Args:
        name: as it was written.
        value: as it was written, "" if it is a list or a mapping.
        padding: that of the entry.
    """
    squeezed = name.lower().replace("_", "").replace("-", "")
    for each in ELSEWHERE:
        if not any(_is_named(squeezed, pattern) for pattern in each.names.split()):
            continue
        values = each.values.split()
        if set(each.having.split()) <= set(settings) and (not values or value.lower() in values):
            help = tuple(line.replace("PADDING", padding).replace("VALUE", value) for line in each.help)
            return each._replace(help=help)
    return None


PADDINGS = (
    ForeignArgument(
        "reflect reflection symmetric",
        "",
        "",
        "the border of a window holds zeros",
        ("put `- {pad: HALF, mode: reflect}` before this entry, and leave its `padding` out",),
    ),
    ForeignArgument(
        "replicate replication edge nearest border",
        "",
        "",
        "the border of a window holds zeros",
        ("put `- {pad: HALF, mode: replicate}` before this entry, and leave its `padding` out",),
    ),
    ForeignArgument(
        "circular wrap periodic",
        "",
        "",
        "the border of a window holds zeros",
        ("put `- {pad: HALF, mode: circular}` before this entry, and leave its `padding` out",),
    ),
    ForeignArgument("zeros zero constant", "", "", "this does not say how wide it is", ("write `padding: HALF`",)),
    ForeignArgument("half auto", "", "", "half of the window", ("write `padding: HALF`",)),
    ForeignArgument("full", "", "", "the window without its last place", ("write `padding: FULL`",)),
    ForeignArgument("sameupper", "", "", "", ("write `padding: same`, under `convention: keras`",)),
    ForeignArgument(
        "samelower",
        "",
        "",
        "under `convention: keras`, `same` puts a zero more after than before, never before",
        (
            "with odd windows and a stride of 1 it is `padding: same`",
            "elsewhere write pairs, before and after: `padding: [[1, 0], [1, 0]]`",
        ),
    ),
)
"""Words for a padding, which has numbers here."""


def padding_word(word: str, spans: Sequence[int]) -> ForeignArgument | None:
    """What is said of a word where a padding is expected.

    Args:
        spans: of the window, one per axis.
    """
    squeezed = word.lower().replace("_", "").replace("-", "")
    said = next((each for each in PADDINGS if squeezed in each.names.split()), None)
    amounts = {"HALF": [n // 2 for n in spans], "FULL": [n - 1 for n in spans]}
    for name, sizes in amounts.items() if said else ():
        text = "x".join(map(str, sizes if len(set(sizes)) > 1 else sizes[:1]))
        said = said and said._replace(help=tuple(line.replace(name, text) for line in said.help))
    return said


def sizes_alone(is_norm: bool, sizes: Collection[str]) -> ForeignArgument | None:
    """What is said of sizes after a kind that takes none: a norm of other tools over more than the channels."""
    return elsewhere("normalized_shape", "", ()) if is_norm and len(sizes) > 1 else None


def _is_named(name: str, pattern: str) -> bool:
    return name.endswith(pattern[1:]) if pattern.startswith("*") else name == pattern
