"""Layers of other tools that the language does not have: what each is, and what to do instead.

One table. When a kind is added, its names are removed here: `tests/spec/test_missing_kinds.py` fails if one is left,
and tries everything that the table says to do.
"""

from __future__ import annotations

from cnncalc.named_tuple import NamedTuple


class Missing(NamedTuple):
    """Several names for one thing.

    Attributes:
        names: in lower case, without `_` and `2d`.
        what: why they are not here.
        instead: what to do, one line each.
    """

    names: str
    what: str
    instead: tuple[str, ...]


_IN_PARTS = "describe the layers before it and the layers after it as two specs"
_NO_SIZES = "it changes no size and has no parameters: leave it out, or write `identity` in its place"
_TRAINING_ONLY = "it does nothing once the network is trained: remove it"

MISSING = (
    # -- layers that learn
    Missing(
        "rnncell lstmcell grucell simplernncell rnnbase rnncellbase stackedrnncells recurrent",
        "a recurrent layer reads a whole sequence",
        ("there are `lstm`, `gru` and `rnn`, as in `lstm: 64`",),
    ),
    Missing(
        "bidirectional bilstm bigru birnn",
        "whether a sequence is read from both ends is a setting",
        ("write `{lstm: 64, bidirectional: true}`",),
    ),
    Missing("convlstm", "a state that is a map is not part of the language", (_IN_PARTS,)),
    Missing(
        "additiveattention",
        "here queries and keys are compared by their product",
        ("write `attention: 4`",),
    ),
    Missing(
        "nonlocal",
        "it is attention with one head, whose products are not divided by the root of the key size",
        ("all sizes and counts are those of `{attention: 1, key_size: 8}`",),
    ),
    Missing(
        "transformer transformerencoder transformerdecoder encoder decoder encoderlayer decoderlayer encoderblock",
        "it is made of several layers",
        (
            "an encoder's block: `- residual: [layer_norm, {attention: 4}]`,"
            " `- residual: [layer_norm, {dense: 64, activation: gelu}, {dense: 16}]`",
        ),
    ),
    Missing(
        "positionalencoding sinepositionencoding",
        "learned, or calculated?",
        ("learned: `offset: {per: value}`", f"calculated: {_NO_SIZES}"),
    ),
    Missing(
        "locallyconnected unsharedconv involution dynamicconv condconv partialconv gatedconv octaveconv sparseconv"
        " submconv convtbc",
        "this convolution is not part of the language",
        ("there are `conv`, `depthwise_conv`, `separable_conv` and `conv_transpose`",),
    ),
    Missing(
        "pointwiseconv pointwiseconvolution pointwise",
        "it is a convolution whose window has the size 1",
        ("write `conv: 1x1x8`",),
    ),
    Missing(
        "atrousconv atrousconvolution dilatedconv dilatedconvolution",
        "how far apart the values of a window are is a setting",
        ("write `{conv: 3x3x8, dilation: 2}`",),
    ),
    Missing(
        "groupconv groupedconv groupconvolution groupedconvolution",
        "the number of groups is a setting",
        ("write `{conv: 3x3x8, groups: 2}`",),
    ),
    Missing(
        "causalconv causalconvolution",
        "that a window sees only what came before is a setting",
        ("for sequences: `{conv: 3x8, padding: causal}`",),
    ),
    Missing(
        "bilinear",
        "is something enlarged, or are two tensors multiplied?",
        (
            "enlarged: `upsample: {factor: 2, mode: bilinear}`",
            f"products as in PyTorch's layer Bilinear are not part of the language: {_IN_PARTS}",
        ),
    ),
    Missing(
        "einsum tensordot baddbmm addmm addbmm groupedmm scaledmm scaledgroupedmm",
        "two tensors are multiplied as matrices: a row for each position, a column for each channel",
        ("write `- matmul: [[], NAME]`, perhaps with `transpose: second`", "value by value it is a `multiply`"),
    ),
    Missing(
        "einsumdense timedistributed reversibleembedding",
        "there is no layer of that name here",
        ("`dense` works on the channels at every position, so it needs no wrapper",),
    ),
    Missing(
        "embeddingbag",
        "bags of ids are not part of the language",
        ("the mean of the vectors: `- embedding: {width: 64, vocabulary: 1000}`, `- global_avg_pool`",),
    ),
    # -- activations
    Missing(
        "geglu swiglu reglu bilinearglu simplegate",
        "the gate of a gated linear unit is a setting",
        ("GEGLU is `glu: gelu`, SwiGLU `glu: silu`, ReGLU `glu: relu`; without an activation it is `glu: linear`",),
    ),
    Missing("celu", "with its usual alpha of 1, a CELU is an ELU", ("write `elu`",)),
    Missing(
        "rrelu randomizedleakyrelu",
        "random slopes are not part of the language",
        ("once trained, it is a `leaky_relu` whose slope is the mean of the bounds, usually `leaky_relu: 0.2292`",),
    ),
    Missing("softmin", "it is the softmax of the negative", ("two entries do the same: `- rescale: -1`, `- softmax`",)),
    Missing("tanhshrink", "there is no activation of that name here", ("write `- subtract: [[], [tanh]]`",)),
    Missing(
        "hardshrink softshrink threshold sparsemax squareplus sparseplus sparsesigmoid exponential"
        " gumbelsoftmax snake aconc erf sin cos sinh cosh tan atan exp expm1 log log1p log2 log10 sqrt rsqrt sign"
        " reciprocal round floor ceil",
        "this function is not part of the language",
        ("`identity` in its place keeps every size and count, but `forward` then shows other values",),
    ),
    Missing(
        "abs absolute absolutevalue absval",
        "it is the larger of a value and its negative",
        ("write `- maximum: [[], [{rescale: -1}]]`",),
    ),
    Missing(
        "maxout",
        "it is the maximum of several parts of the channels",
        ("two parts of 16 channels: `- maximum: [{slice: [0, 8]}, {slice: [8, 16]}]`",),
    ),
    Missing(
        "pow power",
        "powers are not part of the language",
        (
            "a square is a product: `- multiply: [[], []]`",
            "for others, `identity` in its place keeps every size and count, but `forward` then shows other values",
        ),
    ),
    Missing("neg negative", "a change of sign is a factor of -1", ("write `rescale: -1`",)),
    Missing("square", "a square is a product", ("write `- multiply: [[], []]`",)),
    # -- normalisation
    Missing(
        "spectralnorm spectralnormalization weightnorm weightnormalization",
        "weights are not normalised in a spec",
        ("write the layer without it: its sizes stay the same",),
    ),
    Missing(
        "weightstandardization weightstandardisation",
        "it is a setting of the layer whose weights are standardised",
        ("write `- {conv: 3x3x8, standardize: true}`",),
    ),
    Missing(
        "frozenbatchnorm",
        "layers cannot be frozen in a spec yet",
        ("`batch_norm: {scale: false, center: false}` learns nothing either",),
    ),
    # -- axes, slices and sizes
    Missing(
        "transpose swapaxes movedim moveaxis rearrange tochannelslast tochannelsfirst",
        "axes are put in another order by name",
        (
            "write `permute: {height: width, width: height}`: the new axes, each with the old one",
            "if it only moves the channels first or last, remove it: layers find their channels in either layout",
            "a transposed convolution is `conv_transpose`",
        ),
    ),
    Missing(
        "squeeze unsqueeze expanddims contiguous",
        "axes of size 1 are not added or removed one by one",
        ("`reshape: 1x1x64` or `flatten` gives the shape that you want",),
    ),
    Missing(
        "repeatvector repeat tile expand broadcastto broadcast",
        "copies along an axis are not part of the language",
        (
            "to repeat a vector of 16 values 5 times: `- reshape: 1x16`, `- upsample: 5`",
            "`add` and `multiply` spread a vector over all positions by themselves",
        ),
    ),
    Missing(
        "split chunk unbind narrow gather indexselect getitem take strided stridedslice select",
        "one entry gives one tensor",
        ("write a `slice` for each part: `- concat: [{slice: [0, 8]}, [{slice: [8, 16]}, relu]]`",),
    ),
    Missing(
        "flip fliplr flipud hflip vflip horizontalflip verticalflip reverse roll rotate rot90",
        "positions cannot be reversed or moved round",
        (
            "random flips are augmentation: remove this entry, or note them at the end of the file,"
            " `training: {augmentation: flips and crops}`",
            "in a network, `identity` in its place keeps every size and count, but `forward` then shows other values",
        ),
    ),
    Missing(
        "fold col2im",
        "windows that overlap are not added up",
        (
            "where they do not overlap, for 49 windows of 2x2x4: `- reshape: 7x7x16`,"
            " `- depth_to_space: {block: 2, order: channels}`",
        ),
    ),
    Missing(
        "unfold im2col extractpatches patchify",
        "windows are not laid out as channels",
        (
            "for windows that do not overlap: `space_to_depth: 2`",
            "followed by a dense layer, it is a convolution: `{conv: 64, kernel: 2, stride: 2}`",
        ),
    ),
    Missing(
        "patchembed patchembedding",
        "it is a convolution whose stride is its kernel",
        ("write `{conv: 64, kernel: 2, stride: 2}`",),
    ),
    Missing(
        "centercrop resizewithcroporpad",
        "the size to crop to is not a setting",
        ("`crop` takes the border to cut off: `crop: 2` leaves 24 of 28 rows and columns",),
    ),
    Missing(
        "symmetricpad",
        "a border that repeats the outermost position too is not part of the language",
        ("`pad` gives the same size with `mode: reflect`",),
    ),
    Missing(
        "up",
        "repeating values, or a transposed convolution?",
        ("write `upsample: 2`, or `{conv_transpose: 2x2x8, stride: 2}`",),
    ),
    Missing(
        "nearest nearestneighbor nearestneighbour",
        "how values are enlarged is a setting, and this the usual way",
        ("write `upsample: 2`",),
    ),
    Missing(
        "bicubic trilinear",
        "how values are enlarged is a setting",
        (
            "cubics: `resize: {factor: 2, mode: bicubic}`",
            "linear along each axis: `upsample: {factor: 2, mode: bilinear}`",
        ),
    ),
    Missing("shuffle", "channels, or positions?", ("write `channel_shuffle: 2`, or `depth_to_space: 2`",)),
    # -- pools
    Missing("pool pooling subsampling", "which pool?", ("write `max_pool: 2` or `avg_pool: 2`",)),
    Missing(
        "downsample down",
        "a pool, or a convolution?",
        ("write `max_pool: 2`, `avg_pool: 2`, or `{conv: 2x2x8, stride: 2}`",),
    ),
    Missing("globalpool globalpooling", "which pool?", ("write `global_avg_pool` or `global_max_pool`",)),
    Missing(
        "minpool minpooling minimumpool",
        "it is the negative of the maximum of the negative",
        ("three entries say it: `- rescale: -1`, `- max_pool: 2`, `- rescale: -1`",),
    ),
    Missing(
        "sumpool sumpooling",
        "a sum is a mean times the number of values",
        ("two entries say it: `- avg_pool: 2`, `- rescale: 4`",),
    ),
    Missing(
        "blurpool blurpooling antialiaspool",
        "weights that are not learned are not part of the language",
        (
            "with a window of 3 it is two means: `- {pad: 1, mode: reflect}`, `- {avg_pool: 2, stride: 1}`,"
            " `- {avg_pool: 2, stride: 2}`",
        ),
    ),
    Missing(
        "fractionalmaxpool",
        "windows of random sizes are not part of the language",
        ("`adaptive_max_pool: 14x14` gives any number of windows",),
    ),
    Missing(
        "spatialpyramidpooling spp spatialpyramidpool",
        "a pyramid is several pools side by side",
        ("write `- concat: [[{adaptive_max_pool: 1}, flatten], [{adaptive_max_pool: 2}, flatten]]`",),
    ),
    Missing(
        "mean sum max min reducemean reducesum reducemax reducemin reducel2 amax amin norm",
        "one number for all places along some axes is a `reduce`",
        (
            "write `reduce: mean`, or `{reduce: sum, axes: height}`",
            "over all positions there are also `global_avg_pool` and `global_max_pool`",
            "for several tensors: `- average: [[], NAME]`, `add`, `maximum`, `minimum`",
        ),
    ),
    Missing(
        "logsumexp cumsum prod std var any all",
        "only means, sums, the largest, the smallest and l2 norms along an axis are part of the language",
        ("write `reduce: mean`, or `{reduce: sum, axes: height}`",),
    ),
    Missing(
        "argmax argmin topk sort argsort nonmaxsuppression nms cast decode",
        "here a model ends with its scores",
        ("remove it: it has no parameters",),
    ),
    Missing(
        "stack hstack vstack dstack columnstack",
        "tensors are not joined along a new axis",
        (
            "along the channels: `- concat: [[], NAME]`",
            "layers that follow one another need no container: write them under `layers:`",
        ),
    ),
    Missing("where masking mask maskedfill triu tril", "masks are not part of the language", (_NO_SIZES,)),
    Missing(
        "gridsample affinegrid spatialtransformer roipool roialign psroipool psroialign roipooling proposal priorbox"
        " anchorgenerator yolo yololayer detect detection maxnumboundingboxes ssdhead",
        "boxes and sampling grids are not part of the language",
        (_IN_PARTS,),
    ),
    Missing(
        "cosinesimilarity pairwisedistance pdist cdist distance euclideandistance",
        "distances are not part of the language",
        ("end the model with what they compare: `- subtract: [a, b]`",),
    ),
    # -- what is only there during training, or before it
    Missing(
        "loss criterion crossentropy binarycrossentropy binarycrossentropywithlogits categoricalcrossentropy"
        " sparsecategoricalcrossentropy linearcrossentropy kldiv kldivergence mse mae bce nll hinge triplet",
        "a loss is not a layer",
        ("note it at the end of the file: `training: {loss: cross-entropy}`",),
    ),
    Missing(
        "adam adamw sgd rmsprop adagrad optimizer momentum learningrate epochs batchsize",
        "hyperparameters of training are not layers",
        ("note them at the end of the file: `training: {optimizer: adam}`",),
    ),
    Missing(
        "activityregularization regularization regularizer l1 l2 l1l2 weightdecay",
        "regularisation is not a layer",
        ("note it at the end of the file: `training: {regularization: L2}`",),
    ),
    Missing(
        "alphadropout featurealphadropout gaussiandropout gaussiannoise noise dropconnect dropblock cutout",
        "this kind of noise is not part of the language",
        (_TRAINING_ONLY, "for noise that drops something there are `dropout`, `spatial_dropout` and `drop_path`"),
    ),
    Missing(
        "augmix autocontrast contrastlimitedadaptivehistogramequalization cutmix mixup equalization randaugment"
        " autoaugment trivialaugmentwide randombrightness randomcolordegeneration randomcolorjitter colorjitter"
        " randomcontrast randomcrop randomresizedcrop randomelastictransform elastictransform randomerasing randomflip"
        " randomhorizontalflip randomverticalflip randomgaussianblur gaussianblur randomgrayscale grayscale randomhue"
        " randominvert randomperspective randomposterization randomrotation randomaffine randomsaturation"
        " randomsharpness randomshear randomtranslation randomzoom solarization augmentation dataaugmentation",
        "augmentation changes the data, not the network",
        ("remove it, or note it at the end of the file: `training: {augmentation: flips and crops}`",),
    ),
    Missing(
        "categoryencoding discretization hashing hashedcrossing stringlookup integerlookup textvectorization onehot"
        " melspectrogram stftspectrogram totensor toimage",
        "preparing the data is not part of the network",
        ("remove it, and give the shape of its output as `input`",),
    ),
    Missing(
        "quantize dequantize quantstub dequantstub quantizelinear dequantizelinear fakequantize",
        "numbers are not quantised in a spec",
        (_NO_SIZES,),
    ),
    # -- containers, which are not layers
    Missing(
        "skip skipconnection shortcut shortcutconnection residualconnection",
        "what does it skip?",
        (
            "layers whose input is added to their output: `- residual: [{conv: 3x3x16, padding: 1}, relu]`",
            "an earlier layer by its name: `- add: [[], NAME]`, or `- concat: [[], NAME]`",
        ),
    ),
    Missing(
        "route",
        "other layers are named where they are used",
        (
            "several: `- concat: [[], NAME]`",
            "one: the layer that reads it has the setting `from: NAME`",
        ),
    ),
    Missing(
        "branch branches parallel concurrent inparallel",
        "what joins the branches?",
        ("write its name before them: `- concat: [[{conv: 1x1x8}], [{conv: 3x3x8, padding: 1}]]`, or `add`",),
    ),
    Missing(
        "eca ecalayer ecablock ecanet ecamodule efficientchannelattention",
        "it is made of several layers",
        (
            "for 16 channels: `- multiply: [[], [global_avg_pool, {reshape: 16x1},"
            " {conv: 3x1, padding: 1, bias: false}, flatten, sigmoid]]`",
        ),
    ),
    Missing(
        "sequential container pipeline functional model module modulelist moduledict layer layers block chain"
        " featureextractor backbone",
        "entries are listed without a container",
        (
            "write them one after the other under `layers:`",
            "to give several entries one name: `- {group: [flatten, relu], name: head}`",
        ),
    ),
    Missing(
        "parameterlist parameterdict dataparallel distributeddataparallel wrapper lambda torchmodulewrapper tfsmlayer"
        " jaxlayer flaxlayer inputspec function call custom print checkpoint",
        "code is not part of a spec",
        ("write the layers that it runs",),
    ),
    Missing(
        "ghostconv ghostmodule ghostbottleneck fusedmbconv fusedinvertedresidual"
        " basicblock bottleneck resblock residualblock resnetblock convblock doubleconv conv2dblock denseblock"
        " transitionlayer transition inception inceptionmodule mbconv invertedresidual fire firemodule squeezeexcite"
        " squeezeexcitation seblock se cbam senet downblock upblock unetblock aspp ppm fpn c2f c3 sppf focus convbnrelu"
        " convbnact cbr conv2dnormactivation convnormactivation stage backboneblock mlp mlpblock feedforward ffn",
        "it is made of several layers",
        ("list them once, as in `blocks: {unit: [{conv: 8, kernel: 3}, relu]}`, and write `- unit`",),
    ),
    Missing(
        "input inputs inputlayer placeholder in",
        "the input is not an entry of `layers`",
        ("write it above them: `input: 28x28x1`",),
    ),
    Missing(
        "output outputs outputlayer",
        "the output is not an entry of `layers`",
        ("the last entry is the output; for a different one, write `outputs: NAME` above `layers:`",),
    ),
)


def missing(form: str) -> Missing | None:
    """What the table says about a name, in lower case and without `_` and `2d`."""
    if len(form) > 4 and form.endswith(("loss", "losses", "withloss")):
        form = "loss"
    return next((each for each in MISSING if form in each.names.split()), None)


def missing_names() -> set[str]:
    """All names of the table."""
    return {name for each in MISSING for name in each.names.split()}
