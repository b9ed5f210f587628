"""Every code of a finding: what it means, why it is one, and an example of wrong and right.

`cnncalc rule` and docs/rules.md show them. A test reads each `wrong` and expects the code, reads each `right` and expects
no finding.
"""

from __future__ import annotations

from typing import NamedTuple


class Code(NamedTuple):
    """One code. `wrong` is empty where no text can show it (a missing file)."""

    title: str
    explanation: str
    wrong: str = ""
    right: str = ""


def _layers(*entries: str, input: str = "28x28x1") -> str:
    return f"input: {input}\nlayers:\n" + "".join(f"  - {entry}\n" for entry in entries)


_RIGHT = _layers("conv: 3x3x8")

CODES: dict[str, Code] = {
    "CNN101": Code(
        "the file cannot be opened",
        "There is no such file or shipped spec, it is a directory, or you may not read it. `cnncalc specs` lists what ships.",
    ),
    "CNN102": Code(
        "the file is not UTF-8 text",
        "A spec is UTF-8 text without control characters (a BOM and any line ends are fine). Editors on Windows may save UTF-16"
        " or Windows-1252: choose UTF-8 when saving.",
        "name: caf\u2028e\n" + _RIGHT,
        "name: cafe\n" + _RIGHT,
    ),
    "CNN103": Code(
        "the file is empty", "There is nothing but white space and comments in it. `cnncalc new` writes a spec to start from.",
        "# nothing yet\n", _RIGHT,
    ),
    "CNN104": Code(
        "the file is too large",
        "To stay quick and safe with any file, cnncalc reads at most 2,000,000 bytes, 250,000 values, 100 levels of nesting and"
        " 200 findings of one.",
        "layers: " + "[" * 101 + "]" * 101 + "\n", _RIGHT,
    ),
    "CNN105": Code(
        "several documents in one file", "A line of three dashes begins a second YAML document. One file holds one model.",
        _RIGHT + "---\n" + _RIGHT, _RIGHT,
    ),
    "CNN106": Code(
        "a tab in the indentation",
        "YAML forbids tabs where lines are indented, as their width is not defined. Most editors can write spaces instead.",
        "input: 28x28x1\nlayers:\n\t- conv: 3x3x8\n", _RIGHT,
    ),
    "CNN107": Code(
        "this is not YAML", "The text breaks a rule of YAML that has no code of its own, at the place that is shown.",
        "input: '28x28x1' pixels\nlayers: [conv: 3x3x8]\n", _RIGHT,
    ),
    "CNN108": Code(
        "a character that no value can begin with",
        "YAML keeps `@`, `` ` `` and `%` for itself: a value that begins with one of them needs quotes.",
        _layers("conv: @3x3x8"), _RIGHT,
    ),
    "CNN109": Code(
        "a second `:` on a line",
        "On one line, a list entry holds one `key: value`. Several of them need braces, or a line each.",
        _layers("conv: 8, kernel: 3"), _layers("{conv: 8, kernel: 3}"),
    ),
    "CNN110": Code(
        "`>` or `|` begins a block of text", "In YAML a value that begins with `>` or `|` is a block of text. Quote a bound.",
        _RIGHT + "expect:\n  params: >= 50\n", _RIGHT + 'expect:\n  params: ">= 50"\n',
    ),
    "CNN111": Code(
        "a bracket or quote is never closed", "A `[`, `{` or quote was opened and not closed, or a comma is missing inside.",
        _layers("{conv: 8, kernel: 3"), _layers("{conv: 8, kernel: 3}"),
    ),
    "CNN112": Code(
        "a key stands twice", "Of two equal keys YAML readers keep one and forget the other without a word.",
        "input: 28x28x1\ninput: 32x32x3\nlayers: [conv: 3x3x8]\n", _RIGHT,
    ),
    "CNN113": Code(
        "a tag", "`!name` tells YAML a type. In a spec the setting knows its type, and tags that run code are not for data.",
        _layers("conv: !shape 3x3x8"), _RIGHT,
    ),
    "CNN114": Code(
        "an anchor, alias or merge key",
        "`&name`, `*name` and `<<` copy parts of a YAML file. A spec says the same with `defaults`, and a reader sees it at once.",
        _layers("&first {conv: 3x3x8}", "*first"), "input: 28x28x1\ndefaults: {conv: {bias: false}}\nlayers: [conv: 3x3x8]\n",
    ),
    "CNN115": Code(
        "a space or colon is missing", "YAML wants a space behind `-` and behind `:`; without it, all of it is one name.",
        _layers("{conv:8, kernel: 3}"), _layers("{conv: 8, kernel: 3}"),
    ),
    "CNN116": Code("a key that is no name", "A key is a word, not a list or a mapping.", _RIGHT + "[notes]: none\n", _RIGHT),
    "CNN117": Code(
        "wrong indentation", "Entries of one list begin in the same column, and so do the keys of one mapping.",
        "input: 28x28x1\nlayers:\n  - conv: 3x3x8\n    - relu\n", _layers("conv: 3x3x8", "relu"),
    ),
    "CNN121": Code(
        "a file of data cannot be read",
        "Input data is an .npy or .npz file of NumPy's or an image, weights are an .npz file. Pickles and .npz files with Python"
        " objects in them can run code when they are loaded, so they never are.",
    ),
    "CNN122": Code(
        "values that are no numbers",
        "Data and weights are real numbers: no texts, no complex numbers, no NaN or infinity, and none that is too large for the"
        " type that the network is run in.",
    ),
    "CNN201": Code(
        "no such kind", "The first key of an entry is the kind of layer. docs/spec.md lists them all.",
        _layers("convv: 3x3x8"), _RIGHT,
    ),
    "CNN202": Code(
        "no such top-level key", "A spec has a fixed set of keys, so that a slip of the pen cannot pass for one.",
        "image: 28x28x1\nlayers: [conv: 3x3x8]\n", _RIGHT,
    ),
    "CNN203": Code("something required is missing", "A spec needs an `input` (or `inputs`) and `layers`.", "input: 28x28x1\n", _RIGHT),
    "CNN204": Code(
        "no such setting", "A kind has the settings that the help lists, and no others.",
        _layers("{conv: 3x3x8, strde: 2}"), _layers("{conv: 3x3x8, stride: 2}"),
    ),
    "CNN205": Code(
        "another type was expected", "A list, a mapping, a text or nothing stands where something else belongs.",
        "input: 28x28x1\nlayers:\n  conv: 3x3x8\n", _RIGHT,
    ),
    "CNN206": Code(
        "the value cannot be read",
        "The setting decides how its text reads. Where a number or a truth value is wanted, `yes`, `010`, `1_000` and `12:30` are"
        " refused: YAML readers do not agree on what they mean.",
        _layers("{conv: 3x3x8, bias: yes}"), _layers("{conv: 3x3x8, bias: true}"),
    ),
    "CNN207": Code("the value is out of range", "The number is too small or too large for its setting.",
                   _layers("{conv: 3x3x8, stride: 0}"), _layers("{conv: 3x3x8, stride: 1}")),
    "CNN208": Code("a setting is missing", "The kind cannot do without it.", _layers("conv: 8"), _layers("{conv: 8, kernel: 3}")),
    "CNN209": Code(
        "a name stands twice", "Every layer and input has a name of its own; those without one are numbered by kind.",
        _layers("{conv: 3x3x8, name: first}", "{conv: 3x3x8, name: first}"),
        _layers("{conv: 3x3x8, name: first}", "{conv: 3x3x8, name: second}"),
    ),
    "CNN210": Code("not a name", "Names have letters, digits, `_` and `-`.", _layers("{conv: 3x3x8, name: my conv}"),
                   _layers("{conv: 3x3x8, name: my_conv}")),
    "CNN212": Code(
        "an expression that fails",
        "An expression is `$name` or `$(…)`: numbers, names of vars and arguments, `c_in`, `index`, arithmetic, comparisons and a few"
        " functions. Inside `{…}` and `[…]` YAML splits at commas: quote an expression that has one.",
        "input: 28x28x1\nvars: {width: 8}\nlayers: [{conv: $widht, kernel: 3}]\n",
        "input: 28x28x1\nvars: {width: 8}\nlayers: [{conv: $width, kernel: 3}]\n",
    ),
    "CNN213": Code("a setting is given twice", "The value behind the kind already says it.",
                   _layers("{conv: 3x3x8, kernel: 5}"), _layers("{conv: 5x5x8}")),
    "CNN214": Code("the kind is not the first key", "The first key of an entry is its kind; what follows are its settings.",
                   _layers("{stride: 2, conv: 3x3x8}"), _layers("{conv: 3x3x8, stride: 2}")),
    "CNN215": Code(
        "the wrong number of sizes",
        "A size for each spatial axis of the input, or one for all. The input's sizes make a layer 1-D, 2-D or 3-D.",
        _layers("conv: 3x8"), _RIGHT,
    ),
    "CNN216": Code("a wrong value on the command line", "An option that changes the model has a value that cannot be read."),
    "CNN218": Code(
        "a block that calls itself", "A block stands for the entries in it, so it cannot be one of them, through other blocks either.",
        "input: 28x28x1\nblocks:\n  unit: {layers: [relu, unit]}\nlayers: [unit]\n",
        "input: 28x28x1\nblocks:\n  unit: {layers: [conv: 3x3x8]}\nlayers: [{unit, repeat: 2}]\n",
    ),
    "CNN219": Code(
        "a setting that says nothing here",
        "The other settings of the entry leave it without a meaning: corners are aligned where values are interpolated, and the"
        " nearest value is taken as it is.",
        _layers("max_pool: 2", "resize: {like: input, align_corners: true}"),
        _layers("max_pool: 2", "resize: {like: input, mode: bilinear, align_corners: true}"),
    ),
    "CNN301": Code(
        "the window is larger than the input",
        "A kernel or pooling window must fit at least once into its input and the padding around it.",
        "input: 4x4x1\nlayers: [conv: 5x5x8]\n", "input: 4x4x1\nlayers: [{conv: 5x5x8, padding: 2}]\n",
    ),
    "CNN302": Code(
        "the channels cannot be divided", "Groups divide input channels and filters into equal parts; blocks likewise.",
        "input: 28x28x3\nlayers: [{conv: 3x3x8, groups: 2}]\n", "input: 28x28x4\nlayers: [{conv: 3x3x8, groups: 2}]\n",
    ),
    "CNN303": Code(
        "the kind does not fit its input",
        "A convolution or pool needs positions: it cannot follow a `flatten`. An `embedding` needs a vector of ids.",
        _layers("flatten", "conv: 3x3x8"), _layers("conv: 3x3x8", "flatten"),
    ),
    "CNN304": Code("the sizes do not multiply to the same number", "`reshape` keeps every value: old and new sizes have one product.",
                   "input: 12\nlayers: [reshape: 3x5]\n", "input: 12\nlayers: [reshape: 3x4]\n"),
    "CNN305": Code(
        "the padding has no meaning here",
        "`same` depends on the convention: PyTorch has it for stride 1 alone, and only Keras has it for transposed convolutions."
        " `causal` is for sequences.",
        "convention: pytorch\ninput: 1x28x28\nlayers: [{conv: 3x3x8, stride: 2, padding: same}]\n",
        "convention: pytorch\ninput: 1x28x28\nlayers: [{conv: 3x3x8, stride: 2, padding: 1}]\n",
    ),
    "CNN306": Code("nothing is left", "`crop` and `slice` must leave something of their input.",
                   "input: 4x4x1\nlayers: [crop: 2]\n", "input: 4x4x1\nlayers: [crop: 1]\n"),
    "CNN307": Code("too much padding", "A pool's padding must be smaller than its window, an output padding smaller than its stride.",
                   _layers("{max_pool: 2, padding: 2}"), _layers("{max_pool: 2, padding: 1}")),
    "CNN308": Code("the tensor is too large", "No tensor may hold more than 10¹⁵ numbers.",
                   "input: 100000x100000x3\nlayers: [upsample: 1000]\n", "input: 100x100x3\nlayers: [upsample: 2]\n"),
    "CNN309": Code("too wide to reflect", "A reflected border repeats the input, so it must be smaller.",
                   "input: 4x4x1\nlayers: [{pad: 4, mode: reflect}]\n", "input: 4x4x1\nlayers: [{pad: 3, mode: reflect}]\n"),
    "CNN310": Code("no such layer", "`from`, branches and `outputs` name an earlier layer or an input, one that no `when` leaves out.",
                   _layers("conv: 3x3x8", "{relu, from: conv2}"), _layers("conv: 3x3x8", "{relu, from: conv1}")),
    "CNN311": Code("the layer comes only later", "A layer reads what stands before it in the file.",
                   _layers("{relu, from: last}", "{conv: 3x3x8, name: last}"), _layers("{conv: 3x3x8, name: last}", "{relu, from: last}")),
    "CNN312": Code(
        "branches that do not fit", "A merge needs the same positions in all branches, and arithmetic the same channels too. In"
        " arithmetic a size of 1 is spread along its axis, and a tensor without positions over all of the others'; `concat` spreads"
        " nothing.",
        _layers("add: [{conv: 3x3x8}, {conv: 5x5x8}]"), _layers("add: [{conv: 3x3x8, padding: 1}, {conv: 5x5x8, padding: 2}]"),
    ),
    "CNN313": Code(
        "weights that cannot be shared", "`share` runs a layer again on another input, which must have the channels that its weights are for.",
        _layers("{conv: 3x3x8, name: first}", "share: first"),
        "input: 28x28x8\nlayers:\n  - {conv: 3x3x8, name: first}\n  - share: first\n",
    ),
    "CNN314": Code(
        "values of another shape", "Values of a sample or of weights are nested lists, with as many items at each level as the sizes say.",
        _layers("{conv: 2x2x1, weights: {kernel: [[[1, 0]]]}}"), _layers("{conv: 2x2x1, weights: {kernel: [[[1, 0], [0, 1]]]}}"),
    ),
    "CNN315": Code(
        "a stride with a dilation under Keras",
        "Keras refuses a convolution or transposed convolution whose stride and dilation are both over 1, along whatever axes. Its"
        " depthwise and separable convolutions take both, and so does PyTorch.",
        "convention: keras\n" + _layers("{conv: 3x3x8, stride: 2, dilation: 2}"),
        "convention: keras\n" + _layers("{conv: 3x3x8, dilation: 2}"),
    ),
    "CNN316": Code(
        "a merge without branches",
        "A branch of which each entry is left out, by `when: false` or `repeat: 0`, is absent: it is not the tensor itself, which only"
        " `[]` is. Of two branches one may be left, and then it is the merge's output; of none there is nothing to merge.",
        _layers("add: [{relu, when: false}, {tanh, when: false}]", "flatten"),
        _layers("add: [[], {relu, when: false}]", "flatten"),
    ),
    "CNN318": Code(
        "a size that does not fit",
        "`like` names a layer or input whose spatial sizes are wanted, so it must have as many as the input: a vector has none.",
        _layers("{conv: 3x3x8, name: wide}", "{global_avg_pool, name: row}", "{max_pool: 2, from: wide}", "resize: {like: row}"),
        _layers("{conv: 3x3x8, name: wide}", "max_pool: 2", "resize: {like: wide}"),
    ),
    "CNN321": Code(
        "data of another shape",
        "An array of input data has the shape of the model's input, in the order of the layout; a first axis of 1, for the batch, may"
        " stand before it. An image has as many rows and columns as the input: `--resize` scales it, `--input` changes the model.",
    ),
    "CNN322": Code(
        "weights of another shape",
        "A kernel is (window, input channels per group, filters), as in Keras, whatever the layout of the model; a dense kernel is"
        " (inputs, units). `cnncalc forward MODEL --save-weights FILE.npz` writes a file with every name and shape.",
    ),
    "CNN323": Code(
        "no such array",
        "The arrays of a file are named after what they are for: inputs by their names, weights `conv1.kernel`. One that the model has"
        " no place for, or one that is missing, would go unnoticed otherwise.",
    ),
    "CNN324": Code(
        "ids outside an embedding's table",
        "An embedding looks up ids: whole numbers from 0 to its vocabulary, which is excluded.",
    ),
    "CNN325": Code(
        "the model is too large for this machine's memory",
        "Its parameters, the activations at their peak and the room that convolutions work in are estimated before anything is"
        " computed.",
    ),
    "CNN330": Code(
        "numbers outgrow their type",
        "A layer made infinities or NaN of finite numbers, or overflowed on the way to its result: what comes after it means nothing."
        " float16 ends at 65,504, float32 at 3.4 · 10³⁸. A warning of `cnncalc forward`, once for each layer where it begins.",
    ),
    "CNN401": Code(
        "an expectation does not hold", "`expect` says what must come out, and something else did: one of the two is wrong.",
        _RIGHT + "expect: {params: 81}\n", _RIGHT + "expect: {params: 80}\n",
    ),
    "CNN402": Code(
        "a number was measured to be another one",
        "`validate --verify` runs the model and compares output sizes, parameters, MACs and values with what is measured. A difference is a"
        " mistake in cnncalc, not in the spec: please report it.",
    ),
    "CNN501": Code(
        "a dense layer on a tensor with positions",
        "Under the lecture's convention a dense layer stands behind `flatten`. On a tensor with positions it works on the channels of"
        " each, which is a 1×1 convolution and seldom what was meant.",
        _layers("conv: 3x3x8", "dense: 10"), _layers("conv: 3x3x8", "flatten", "dense: 10"),
    ),
    "CNN502": Code(
        "`same` gives different sizes",
        "The lecture pads ⌊k/2⌋ zeros on every side; Keras and PyTorch pad what makes ⌈n/s⌉ outputs. For odd kernels that is one"
        " size; with an even (dilated) kernel the lecture's rule makes the output larger by one.",
        _layers("{conv: 4x4x8, padding: same}"), _layers("{conv: 3x3x8, padding: same}"),
    ),
    "CNN503": Code(
        "`same` places its zeros differently",
        "The conventions agree on the output's size, but not on where the zeros go, so that units see other parts of the input."
        " Write the padding as a number where the receptive field's position matters.",
        _layers("{conv: 3x3x8, stride: 2, padding: same}"), _layers("{conv: 3x3x8, stride: 2, padding: 1}"),
    ),
    "CNN504": Code(
        "an output that nobody reads",
        "No later layer reads it, and it is no output of the model: a dead branch. Its parameters and MACs are counted all the same.",
        _layers("conv: 3x3x8", "{conv: 3x3x8, from: input}"), _layers("conv: 3x3x8", "{conv: 3x3x8, from: input}", "add: [[], conv1]"),
    ),
    "CNN505": Code(
        "an input that nobody reads", "The model would be the same without this input.",
        "inputs: {image: 8x8x3, age: 1}\nlayers:\n  - {conv: 3x3x8, from: image}\n",
        "inputs: {image: 8x8x3, age: 1}\nlayers:\n  - {conv: 3x3x8, from: image}\n  - multiply: [[], age]\n",
    ),
    "CNN506": Code(
        "a block that is never called", "Nothing under `layers` leads to it. What can be told of its entries without an input is checked.",
        "blocks: {unit: [relu]}\n" + _RIGHT, "blocks: {unit: [relu]}\n" + _layers("conv: 3x3x8", "unit"),
    ),
    "CNN507": Code(
        "a variable that is never used", "No expression has this name, in no variant; it may be misspelt, or lack its `$`.",
        "vars: {width: 8}\n" + _RIGHT, "vars: {width: 8}\n" + _layers("conv: 3x3x$width"),
    ),
    "CNN508": Code(
        "an argument that is never used", "Whatever is passed for it, the block stays the same.",
        "blocks: {unit: {args: [width], layers: [{conv: 3x3x8}]}}\n" + _layers("unit: 8"),
        "blocks: {unit: {args: [width], layers: [{conv: 3x3x$width}]}}\n" + _layers("unit: 8"),
    ),
    "CNN509": Code(
        "a stride drops the end of the input",
        "`same` and half padding are there to keep every position; where the stride does not fit the size, the last windows stop short"
        " of the end, and real rows or columns, not padding, are read by nobody.",
        _layers("{conv: 3x3x8, stride: 3, padding: 1}", input="30x30x1"),
        _layers("{conv: 3x3x8, stride: 3, padding: 1}", input="28x28x1"),
    ),
    "CNN510": Code(
        "a stride larger than the window",
        "Between two windows lie rows or columns that no window reads. A 1×1 kernel with a stride samples on purpose, a larger one"
        " seldom does.",
        _layers("{conv: 3x3x8, stride: 4}"), _layers("{conv: 3x3x8, stride: 3}"),
    ),
    "CNN511": Code(
        "padding of the kernel's size or more",
        "The windows at the border hold no input at all, so that their outputs are the bias alone. Half the kernel keeps the size.",
        _layers("{conv: 3x3x8, padding: 3}"), _layers("{conv: 3x3x8, padding: 1}"),
    ),
    "CNN512": Code(
        "a bias before batch_norm",
        "batch_norm subtracts each channel's mean, and with it any bias; its own `center` is the offset that counts. The bias costs"
        " parameters and does nothing. So it is before an instance_norm. Some published models have it all the same.",
        _layers("{conv: 3x3x8, norm: batch_norm}"), _layers("{conv: 3x3x8, bias: false, norm: batch_norm}"),
    ),
    "CNN513": Code(
        "two activations in a row",
        "Nothing is learned between them: a ReLU of a ReLU is the same ReLU, a softmax of a ReLU has lost every negative score. One of"
        " them was forgotten when the other was written.",
        _layers("{conv: 3x3x8, activation: relu}", "relu"), _layers("{conv: 3x3x8, activation: relu}"),
    ),
    "CNN514": Code(
        "two dense layers with nothing between",
        "Without an activation between them two linear layers are one linear layer, with more parameters. An inner layer that is"
        " narrower than both ends is a factorisation, and is left alone.",
        _layers("flatten", "dense: 64", "{dense: 10, activation: softmax}"),
        _layers("flatten", "{dense: 64, activation: relu}", "{dense: 10, activation: softmax}"),
    ),
    "CNN515": Code(
        "a softmax that is not last",
        "Its outputs sum to 1, and so are small and compete; layers behind it learn slowly. It belongs to the end. As a factor"
        " (attention) or a branch of a merge it is left alone.",
        _layers("flatten", "{dense: 64, activation: softmax}", "dense: 10"),
        _layers("flatten", "{dense: 64, activation: relu}", "{dense: 10, activation: softmax}"),
    ),
    "CNN516": Code(
        "a misaligned merge",
        "Its branches step differently, or their centres differ, so that one position of the sum sees two different places of the input."
        " A shortcut that strides without the padding of its branch is the usual cause, and `same` under Keras."
        " Causal branches in time, which end together, are left alone.",
        _layers("add: [[{conv: 2x2x8, padding: [[0, 1], [0, 1]]}], [{conv: 1x1x8}]]"),
        _layers("add: [[{conv: 3x3x8, padding: 1}], [{conv: 1x1x8}]]"),
    ),
    "CNN521": Code(
        "a dense layer with most of the parameters",
        "Behind `flatten` every unit has a weight for every position and channel. `global_avg_pool` before it, or one more pool, saves"
        " most of them.",
        _layers("conv: 3x3x8", "flatten", "dense: 10"), _layers("conv: 3x3x8", "global_avg_pool", "dense: 2"),
    ),
    "CNN522": Code(
        "a receptive field that does not cover the input",
        "What lies farther apart than the last local field is never seen together by one unit. For whole objects the field should"
        " cover the input.",
        _layers("conv: 3x3x8"), _layers("conv: 3x3x8", input="3x3x1"),
    ),
    "CNN523": Code(
        "a receptive field many times as large as the input",
        "Most of what the last units read is padding: the network is made for larger inputs, or strides and pools too often.",
        _layers("{conv: 17x17x8, padding: 8}", input="2x2x1"),
        _layers("{conv: 5x5x8, padding: 2}", input="2x2x1"),
    ),
    "CNN524": Code(
        "a transposed kernel that its stride does not divide",
        "Outputs are sums of unequally many kernel values in turn, which shows as a checkerboard in images (Odena et al., Deconvolution"
        " and Checkerboard Artifacts, 2016).",
        _layers("{conv_transpose: 3x3x8, stride: 2, padding: 1}"),
        _layers("{conv_transpose: 4x4x8, stride: 2, padding: 1}"),
    ),
    "CNN525": Code(
        "equal dilations in a row",
        "Layers of one dilation read the same sieve of positions: neighbours in the output depend on nothing in common, which shows as"
        " a grid (Wang et al., Understanding Convolution for Semantic Segmentation, 2018).",
        _layers("{conv: 3x3x8, dilation: 2}", "{conv: 3x3x8, dilation: 2}"),
        _layers("conv: 3x3x8", "{conv: 3x3x8, dilation: 2}"),
    ),
    "CNN526": Code(
        "a pool that cuts off the end of its input",
        "Its size is rounded down, and the last rows or columns reach no window. `rounding: ceil` keeps them, and so does an input of"
        " another size.",
        _layers("conv: 4x4x8", "max_pool: 2"), _layers("conv: 3x3x8", "max_pool: 2"),
    ),
    "CNN530": Code(
        "a layer that depends on the size of the input",
        "With `--input` the layers keep their settings. A dense layer behind `flatten` has a weight for every value that it reads, so on"
        " another size it is another layer, with another number of parameters.",
    ),
    "CNN531": Code(
        "a layer that the framework refuses",
        "By its formulas the layer has a meaning, but the framework whose convention holds does not run it: PyTorch pads a pool by at most"
        " half its window, and has no `same` for pools and no `causal`; Keras has `causal` for plain convolutions alone, subtracts"
        " exactly two tensors, and TensorFlow takes no output padding of 0 with `same` and an even kernel."
        " Beside a map, a vector in arithmetic is lined up with the last axis by PyTorch, and by Keras with channels first.",
        "convention: pytorch\ninput: 1x28x28\nlayers: [{max_pool: 3, padding: 2}]\n",
        "convention: pytorch\ninput: 1x28x28\nlayers: [{max_pool: 3, padding: 1}]\n",
    ),
    "CNN532": Code(
        "a layer that reads another axis in PyTorch",
        "`dense` and `layer_norm` work on the channels of each position. PyTorch's `nn.Linear` and `nn.LayerNorm` work on the last axis, and"
        " the last axis of an image, or of what a convolution or pool made, is the width. Most often a `flatten` was forgotten.",
        "convention: pytorch\ninput: 1x28x28\nlayers: [conv: 3x3x8, dense: 10]\n",
        "convention: pytorch\ninput: 1x28x28\nlayers: [conv: 3x3x8, flatten, dense: 10]\n",
    ),
    "CNN533": Code(
        "a norm of single values",
        "Minus its own mean a single value is 0, whatever it was. PyTorch refuses `instance_norm` at a single position, and `group_norm`"
        " with one value per group for a batch of one.",
        "convention: pytorch\ninput: 8x1x1\nlayers: [instance_norm]\n",
        "convention: pytorch\ninput: 8x2x2\nlayers: [instance_norm]\n",
    ),
    "CNN540": Code(
        "sizes and channels in another order",
        "The sizes look like an image, a film, a signal or the last map of a network in the order of the other layout, and like nothing"
        " usual in this one. `channels_last`, which is read unless the convention is `pytorch`, has the channels last: an image is"
        " height x width x channels. The first layer would have another number of parameters.",
        _layers("{conv: 3x3x64, padding: 1}", input="3x224x224"), _layers("{conv: 3x3x64, padding: 1}", input="224x224x3"),
    ),
    "CNN541": Code(
        "a batch among the sizes",
        "Shapes are those of one sample. A first size of 1 is read as an axis of its own, which makes a 3-D network of a 2-D one; in a"
        " `reshape` a first -1 that is worked out as 1 does the same.",
        _layers("{conv: 8, kernel: 1}", input="1x28x28x1"), _layers("{conv: 8, kernel: 1}"),
    ),
    "CNN542": Code(
        "values in the order of another tool",
        "A convolution has its kernel sizes first, then its filters: `3x3x32`. PyTorch and Keras have the filters before the kernel,"
        " PyTorch also the input channels. A pool has its window alone: a second value is the window's other size, not the stride.",
        _layers("conv: 32x3x3", input="64x64x3"), _layers("conv: 3x3x32", input="64x64x3"),
    ),
    "CNN543": Code(
        "a setting that changes nothing",
        "It is written, and the layer is the same without it: a scale or center beside `affine: false`, a dilation of a kernel that has"
        " one tap. One of the two was probably meant otherwise.",
        _layers("{conv: 1x1x8, dilation: 4}"), _layers("{conv: 3x3x8, dilation: 4}"),
    ),
}  # fmt: skip

DESIGN = frozenset({"CNN521", "CNN522", "CNN523", "CNN524", "CNN525", "CNN526"})
"""Advice: reported where it is asked for."""
