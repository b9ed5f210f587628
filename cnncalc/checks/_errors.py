"""The codes of errors: what each means, with a wrong and a right example. (Checks keep theirs next to them.)"""

from __future__ import annotations

from cnncalc.checks.check import Code, layers

_RIGHT = layers("conv: 3x3x8")

ERRORS: dict[str, Code] = {
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
        "the file is empty", "It contains nothing but white space and comments. `cnncalc new` writes a spec to start "
        "from.",
        "# nothing yet\n", _RIGHT,
    ),
    "CNN104": Code(
        "the file is too large",
        "To stay quick and safe with any file, cnncalc reads at most 2,000,000 bytes, 250,000 values and 100 levels of "
        "nesting, and reports at most 200 findings per file. Of a model file at a Git revision, at most 100,000,000 bytes are read.",
        "layers: " + "[" * 101 + "]" * 101 + "\n", _RIGHT,
    ),
    "CNN105": Code(
        "several documents in one file", "A line of three dashes starts another YAML document. One file holds one "
        "model.",
        _RIGHT + "---\n" + _RIGHT, _RIGHT,
    ),
    "CNN106": Code(
        "a tab in the indentation",
        "YAML forbids tabs in indentation, because their width is undefined. Most editors can insert spaces instead.",
        "input: 28x28x1\nlayers:\n\t- conv: 3x3x8\n", _RIGHT,
    ),
    "CNN107": Code(
        "this is not YAML", "At the place shown, the text breaks a rule of YAML that has no code of its own.",
        "input: '28x28x1' pixels\nlayers: [conv: 3x3x8]\n", _RIGHT,
    ),
    "CNN108": Code(
        "a character that no value can begin with",
        "YAML reserves `@`, `` ` `` and `%`: a value that begins with one of them needs quotes.",
        layers("conv: @3x3x8"), _RIGHT,
    ),
    "CNN109": Code(
        "a second `:` on a line",
        "A list entry on a single line holds one `key: value`. Several of them need braces, or a line each.",
        layers("conv: 8, kernel: 3"), layers("{conv: 8, kernel: 3}"),
    ),
    "CNN110": Code(
        "`>` or `|` begins a block of text", "In YAML, a value that begins with `>` or `|` is a block of text. Put a "
        "bound in quotes.",
        _RIGHT + "expect:\n  params: >= 50\n", _RIGHT + 'expect:\n  params: ">= 50"\n',
    ),
    "CNN111": Code(
        "a bracket or quote is never closed", "A `[`, `{` or quote was opened and not closed, or a comma is missing inside.",
        layers("{conv: 8, kernel: 3"), layers("{conv: 8, kernel: 3}"),
    ),
    "CNN112": Code(
        "a duplicate key", "YAML readers keep one of two equal keys and silently drop the other.",
        "input: 28x28x1\ninput: 32x32x3\nlayers: [conv: 3x3x8]\n", _RIGHT,
    ),
    "CNN113": Code(
        "a tag", "`!name` gives a value a YAML type. In a spec every setting has its type, and tags that run code do "
        "not belong in data.",
        layers("conv: !shape 3x3x8"), _RIGHT,
    ),
    "CNN114": Code(
        "an anchor, alias or merge key",
        "`&name`, `*name` and `<<` copy parts of a YAML file. A spec says the same with `defaults`, which readers see "
        "immediately.",
        layers("&first {conv: 3x3x8}", "*first"), "input: 28x28x1\ndefaults: {conv: {bias: false}}\nlayers: [conv: 3x3x8]\n",
    ),
    "CNN115": Code(
        "a space or colon is missing", "YAML needs a space after `-` and after `:`; without one, the whole text is a "
        "single name.",
        layers("{conv:8, kernel: 3}"), layers("{conv: 8, kernel: 3}"),
    ),
    "CNN116": Code("a key that is not a name", "A key is a word, not a list or a mapping.", _RIGHT + "[notes]: "
    "none\n", _RIGHT),
    "CNN117": Code(
        "wrong indentation", "Entries of one list begin in the same column, and so do the keys of one mapping.",
        "input: 28x28x1\nlayers:\n  - conv: 3x3x8\n    - relu\n", layers("conv: 3x3x8", "relu"),
    ),
    "CNN118": Code(
        "a file of another tool that cnncalc does not read",
        "Every command reads specs, and models of Keras (`.keras`, `.h5`, JSON), PyTorch (`.pt2`) and ONNX. Other files are recognised"
        " by their contents and not opened any further: a pickle could run code, and a file of weights has no layers.",
        "import torch\nnet = torch.nn.Linear(3, 4)\n", _RIGHT,
    ),
    "CNN121": Code(
        "a data file cannot be read",
        "Input data is a NumPy .npy or .npz file or an image; weights are an .npz file. Pickles, and .npz files that "
        "contain Python objects, can run code when they are loaded, so they never are.",
    ),
    "CNN122": Code(
        "values that are not numbers",
        "Data and weights are real numbers: no text, no complex numbers, no NaN or infinity, and nothing too large for "
        "the type in which the network is run.",
    ),
    "CNN131": Code(
        "a model that may not be read",
        "A spec names a model inside it by the name of one that ships, or by the path of a file in the folder of its own file or"
        " below it. No path leads out of that folder, also not through a link, so that a spec from elsewhere reads nothing that"
        " did not come with it. A text without a file, such as standard input, can only name what ships.",
        layers("model: ../backbone.yaml"), layers("model: lenet5", input="32x32x1"),
    ),
    "CNN150": Code(
        "a model file is damaged",
        "The file of a model (Keras, PyTorch, ONNX) ends early, or holds something that its format does not allow at the byte or in the"
        " member that the message names. Save or download it again.",
    ),
    "CNN151": Code(
        "a format of model files that is not read",
        "The file is of a version or layout that this cnncalc does not read. The message names it, and the line that saves the model anew.",
    ),
    "CNN152": Code(
        "a model that cannot be read without running it",
        "What it calculates is not in the file but in code: a subclassed Keras model, a branch that depends on values. The message says"
        " what it is, and what to save instead.",
    ),
    "CNN153": Code(
        "a size of the input is open",
        "The file leaves a size of the input open, apart from the batch, and no number can be calculated without it:"
        " `--input NAME=3x224x224`, or `--input 3x224x224` for all inputs.",
    ),
    "CNN154": Code(
        "the network mixes samples",
        "At the operation that the message names, values of different samples of a batch come together, so that there are no numbers"
        " for one sample.",
    ),
    "CNN155": Code(
        "a library is missing that this format needs",
        "HDF5 files (`.h5`, and the weights in a `.keras` file) are read and written by h5py: `pip install \"cnncalc[h5]\"`.",
    ),
    "CNN156": Code(
        "a model file is too large to be a model",
        "To stay quick and safe with any file, there are bounds to the layers, the depth and the sizes of what a file may hold."
        " ONNX files end at 2 GiB, so that none is written beyond that.",
    ),
    "CNN157": Code(
        "a number of the model file is another than the one computed",
        "The file states the output of a layer, or has its weights, and cnncalc computes other sizes. One of the two is wrong: the"
        " numbers of this layer and of those after it should not be relied on. Please report it.",
        severity="warning",
    ),
    "CNN160": Code(
        "a layer cannot be said in what the model is exported to",
        "A framework or format has nothing in the place of a layer, not even a few lines of code. The label says why. Nothing"
        " is written: a part of a model would be taken for the whole.",
    ),
    "CNN201": Code(
        "no such kind", "The first key of an entry is the kind of layer. docs/spec.md lists them all.",
        layers("convv: 3x3x8"), _RIGHT,
    ),
    "CNN202": Code(
        "no such top-level key", "A spec has a fixed set of keys, so that a typo cannot pass for one.",
        "image: 28x28x1\nlayers: [conv: 3x3x8]\n", _RIGHT,
    ),
    "CNN203": Code("something required is missing", "A spec needs an `input` (or `inputs`) and `layers`.", "input: 28x28x1\n", _RIGHT),
    "CNN204": Code(
        "no such setting", "A kind has the settings that the help lists, and no others.",
        layers("{conv: 3x3x8, strde: 2}"), layers("{conv: 3x3x8, stride: 2}"),
    ),
    "CNN205": Code(
        "a different type was expected", "A list, a mapping, a text or nothing at all is given where something else "
        "belongs.",
        "input: 28x28x1\nlayers:\n  conv: 3x3x8\n", _RIGHT,
    ),
    "CNN206": Code(
        "the value cannot be read",
        "The setting decides how its text is read. Where a number, or true or false, is expected, `yes`, `010`, "
        "`1_000` and `12:30` are rejected: YAML readers disagree about what they mean.",
        layers("{conv: 3x3x8, bias: yes}"), layers("{conv: 3x3x8, bias: true}"),
    ),
    "CNN207": Code("the value is out of range", "The number is too small or too large for its setting.",
                   layers("{conv: 3x3x8, stride: 0}"), layers("{conv: 3x3x8, stride: 1}")),
    "CNN208": Code("a setting is missing", "The kind requires it.", layers("conv: 8"), layers("{conv: 8, kernel: 3}")),
    "CNN209": Code(
        "a duplicate name", "Every layer and input has its own name; layers that are not given one are numbered by "
        "kind.",
        layers("{conv: 3x3x8, name: first}", "{conv: 3x3x8, name: first}"),
        layers("{conv: 3x3x8, name: first}", "{conv: 3x3x8, name: second}"),
    ),
    "CNN210": Code("not a name", "Names consist of letters, digits, `_` and `-`.", layers("{conv: 3x3x8, name: my "
    "conv}"),
                   layers("{conv: 3x3x8, name: my_conv}")),
    "CNN212": Code(
        "an expression that fails",
        "An expression is `$name` or `$(…)`: numbers, names of vars and arguments, `c_in`, `index`, arithmetic, comparisons and a few"
        " functions. Inside `{…}` and `[…]` YAML splits at commas: quote an expression that contains one.",
        "input: 28x28x1\nvars: {width: 8}\nlayers: [{conv: $widht, kernel: 3}]\n",
        "input: 28x28x1\nvars: {width: 8}\nlayers: [{conv: $width, kernel: 3}]\n",
    ),
    "CNN213": Code("a setting is given twice", "The value after the kind already gives it.",
                   layers("{conv: 3x3x8, kernel: 5}"), layers("{conv: 5x5x8}")),
    "CNN214": Code("the kind is not the first key", "The first key of an entry is its kind; its settings follow.",
                   layers("{stride: 2, conv: 3x3x8}"), layers("{conv: 3x3x8, stride: 2}")),
    "CNN215": Code(
        "the wrong number of sizes",
        "One size per spatial axis of the input is needed, or one for all. Whether a layer is 1-D, 2-D or 3-D follows "
        "from its input. A list of numbers has one per channel.",
        layers("conv: 3x8"), _RIGHT,
    ),
    "CNN216": Code("a wrong value on the command line", "An option that changes the model has a value that cannot be read."),
    "CNN218": Code(
        "a block that calls itself", "A block stands for the entries in it, so it cannot be one of them, not even by "
        "way of other blocks.",
        "input: 28x28x1\nblocks:\n  unit: {layers: [relu, unit]}\nlayers: [unit]\n",
        "input: 28x28x1\nblocks:\n  unit: {layers: [conv: 3x3x8]}\nlayers: [{unit, repeat: 2}]\n",
    ),
    "CNN219": Code(
        "a setting that has no meaning here",
        "The entry's other settings leave it without a meaning: corners can only be aligned where values are "
        "interpolated, the nearest value is taken as it is, a border has a `value` only where it is constant, windows of "
        "attention begin later (`shift`) only where there are windows, and a filter of a single weight would be 0 if it were "
        "standardised.",
        layers("max_pool: 2", "resize: {like: input, align_corners: true}"),
        layers("max_pool: 2", "resize: {like: input, mode: bilinear, align_corners: true}"),
    ),
    "CNN220": Code(
        "a version of the language that does not fit",
        "`cnncalc: 1` at the top of a file asks for the first version of the language, which does not have the kinds, "
        "keys and settings that came later. Without that line, the latest version is read. A file for a version that "
        "does not exist yet needs a newer cnncalc.",
        "cnncalc: 3\n" + _RIGHT, "cnncalc: 2\n" + _RIGHT,
    ),
    "CNN221": Code(
        "lists of different lengths",
        "The names of a `for` have one value for each copy, so their lists are of the same length.",
        layers("{conv: $w, kernel: $k, for: {w: [8, 16], k: [3]}}"), layers("{conv: $w, kernel: $k, for: {w: [8, 16], k: [3, 5]}}"),
    ),
    "CNN301": Code(
        "the window is larger than the input",
        "A kernel or pooling window must fit at least once into its padded input.",
        "input: 4x4x1\nlayers: [conv: 5x5x8]\n", "input: 4x4x1\nlayers: [{conv: 5x5x8, padding: 2}]\n",
    ),
    "CNN302": Code(
        "the channels or positions cannot be divided",
        "Groups divide input channels and filters into equal parts, and so do blocks, the two halves of a `glu` and the "
        "heads of attention (unless a key has a size of its own). Windows and dilations of attention divide the positions.",
        "input: 28x28x3\nlayers: [{conv: 3x3x8, groups: 2}]\n", "input: 28x28x4\nlayers: [{conv: 3x3x8, groups: 2}]\n",
    ),
    "CNN303": Code(
        "the kind does not fit its input",
        "A convolution or pool needs positions: it cannot follow a `flatten`. An `embedding` needs a vector of ids, a "
        "`deformable_conv` a map, a "
        "recurrent layer a sequence, and so does `causal` attention: a map has no order of positions. "
        "`prepend` needs a sequence too, and `matmul` two matrices, which have positions.",
        layers("flatten", "conv: 3x3x8"), layers("conv: 3x3x8", "flatten"),
    ),
    "CNN304": Code("the sizes do not multiply to the same number", "`reshape` keeps every value: the old and the new "
    "sizes have the same product.",
                   "input: 12\nlayers: [reshape: 3x5]\n", "input: 12\nlayers: [reshape: 3x4]\n"),
    "CNN305": Code(
        "the padding has no meaning here",
        "`same` depends on the convention: PyTorch has it only for stride 1, and only Keras has it for transposed "
        "convolutions."
        " `causal` is for sequences.",
        "convention: pytorch\ninput: 1x28x28\nlayers: [{conv: 3x3x8, stride: 2, padding: same}]\n",
        "convention: pytorch\ninput: 1x28x28\nlayers: [{conv: 3x3x8, stride: 2, padding: 1}]\n",
    ),
    "CNN306": Code("nothing is left", "`crop` and `slice` must leave something of their input.",
                   "input: 4x4x1\nlayers: [crop: 2]\n", "input: 4x4x1\nlayers: [crop: 1]\n"),
    "CNN307": Code("too much padding", "Each window of a pool must overlap the input; a padding of at most half the window ensures this. An output"
        " padding must be smaller than its stride.",
                   layers("{max_pool: 2, padding: 2}"), layers("{max_pool: 2, padding: 1}")),
    "CNN308": Code("the tensor is too large", "No tensor may hold more than 10¹⁵ numbers.",
                   "input: 100000x100000x3\nlayers: [upsample: 1000]\n", "input: 100x100x3\nlayers: [upsample: 2]\n"),
    "CNN309": Code("too wide to reflect", "A reflected border repeats the input, so it must be smaller; one that wraps round must not be wider.",
                   "input: 4x4x1\nlayers: [{pad: 4, mode: reflect}]\n", "input: 4x4x1\nlayers: [{pad: 3, mode: reflect}]\n"),
    "CNN310": Code("no such layer", "`from`, branches and `outputs` name an earlier layer or an input that no `when` "
    "leaves out; `max_unpool` names a `max_pool`.",
                   layers("conv: 3x3x8", "{relu, from: conv2}"), layers("conv: 3x3x8", "{relu, from: conv1}")),
    "CNN311": Code("the layer comes later", "A layer can only read what comes before it in the file.",
                   layers("{relu, from: last}", "{conv: 3x3x8, name: last}"), layers("{conv: 3x3x8, name: last}", "{relu, from: last}")),
    "CNN312": Code(
        "branches that do not fit", "The branches of a merge must have the same positions, and for arithmetic the same channels too. In"
        " arithmetic, a size of 1 is spread along its axis, and a tensor without positions over all positions of the others; `concat` spreads"
        " nothing. The matrices of a `matmul` fit if the first has as many columns as the second has rows.",
        layers("add: [{conv: 3x3x8}, {conv: 5x5x8}]"), layers("add: [{conv: 3x3x8, padding: 1}, {conv: 5x5x8, padding: 2}]"),
    ),
    "CNN313": Code(
        "weights that cannot be shared", "`share` runs a layer again on another input, which must have as many "
        "channels as its weights are for.",
        layers("{conv: 3x3x8, name: first}", "share: first"),
        "input: 28x28x8\nlayers:\n  - {conv: 3x3x8, name: first}\n  - share: first\n",
    ),
    "CNN314": Code(
        "values of the wrong shape", "The values of a sample or of weights are nested lists, with as many items at "
        "each level as the sizes say.",
        layers("{conv: 2x2x1, weights: {kernel: [[[1, 0]]]}}"), layers("{conv: 2x2x1, weights: {kernel: [[[1, 0], [0, 1]]]}}"),
    ),
    "CNN315": Code(
        "a stride with a dilation under Keras",
        "Keras refuses a convolution or transposed convolution whose stride and dilation are both greater than 1, "
        "whichever axes they are on. Its"
        " depthwise and separable convolutions take both, and so does PyTorch.",
        "convention: keras\n" + layers("{conv: 3x3x8, stride: 2, dilation: 2}"),
        "convention: keras\n" + layers("{conv: 3x3x8, dilation: 2}"),
    ),
    "CNN316": Code(
        "a merge without branches",
        "A branch whose entries are all left out, by `when: false` or `repeat: 0`, is absent. It is not the tensor "
        "itself: only `[]` is. If one branch remains, it is the merge's output; if none does, there is nothing to "
        "merge.",
        layers("add: [{relu, when: false}, {tanh, when: false}]", "flatten"),
        layers("add: [[], {relu, when: false}]", "flatten"),
    ),
    "CNN318": Code(
        "a size that does not fit",
        "`like` names a layer or input whose spatial sizes are wanted, so it must have as many of them as the layer's "
        "input: a vector has none. `state` and `cell` of a recurrent layer name vectors with a value for each of its units, in "
        "each direction of each of its layers. `values` of attention names a tensor with the positions of the keys. "
        "A `pointwise` layer has the positions of what it reads. "
        "`max_unpool` undoes a pool, so it reads a tensor of the shape that the pool made.",
        layers("{conv: 3x3x8, name: wide}", "{global_avg_pool, name: row}", "{max_pool: 2, from: wide}", "resize: {like: row}"),
        layers("{conv: 3x3x8, name: wide}", "max_pool: 2", "resize: {like: wide}"),
    ),
    "CNN319": Code(
        "no such axis",
        "Axes have names, the same in every layout: `channels`, and `position` of a sequence, `height` and `width` of a map,"
        " `depth`, `height` and `width` of a volume.",
        "input: 20x8\nlayers: [{concat: [[], [relu]], axis: width}]\n",
        "input: 20x8\nlayers: [{concat: [[], [relu]], axis: position}]\n",
    ),
    "CNN320": Code(
        "axes in no other order",
        "`permute` names the axes that move, each with the old one whose values it gets; the others stay. So every old axis is"
        " named once, and at least two axes move.",
        "input: 20x8\nlayers: [{permute: {channels: position}}]\n",
        "input: 20x8\nlayers: [{permute: {channels: position, position: channels}}]\n",
    ),
    "CNN321": Code(
        "data of the wrong shape",
        "An array of input data has the shape of the model's input, in the order of the layout; a leading axis of 1, "
        "for the batch, is allowed. An image has as many rows and columns as the input: `--resize` scales it, "
        "`--input` changes the model.",
    ),
    "CNN322": Code(
        "weights of the wrong shape",
        "A kernel is (window, input channels per group, filters), as in Keras, whatever the layout of the model; a dense kernel is"
        " (inputs, units). `cnncalc forward MODEL --save-weights FILE.npz` writes a file with every name and shape.",
    ),
    "CNN323": Code(
        "no such array",
        "The arrays in a file are named after what they are for: those for inputs like the inputs, weights as in "
        "`conv1.kernel`. An array that the model has no place for, or one that is missing, would otherwise go "
        "unnoticed.",
    ),
    "CNN324": Code(
        "ids outside an embedding's table",
        "An embedding looks up ids: whole numbers from 0 up to its vocabulary, which is itself excluded.",
    ),
    "CNN325": Code(
        "the model is too large for this machine's memory",
        "Its parameters, its peak activations and the working memory of its convolutions are estimated before anything "
        "is computed.",
    ),
    "CNN326": Code(
        "running the model takes too long",
        "Before anything is computed, the layers are counted, and for `cnncalc verify` how many values have to be "
        "calculated to measure all receptive fields: every layer is run once for each position of the input.",
    ),
    "CNN330": Code(
        "numbers overflow their type",
        "A layer turned finite numbers into infinities or NaN, or overflowed on the way to its result: nothing after "
        "it means anything."
        " float16 ends at 65,504, float32 at 3.4 · 10³⁸. `cnncalc forward` warns once for each layer where this "
        "begins.",
        severity="warning",
    ),
    "CNN340": Code(
        "a model inside that does not fit its input",
        "A model inside another one reads the current tensor in the place of its own input, which must be its only one. The"
        " sizes of positions may differ, the number of channels may not: its weights are made for that.",
        layers("conv: 3x3x8", "model: lenet5"), layers("conv: 3x3x1", "model: lenet5", input="34x34x3"),
    ),
    "CNN341": Code(
        "a cut that cannot be made",
        "`until` names the last entry of a model that is kept, and `after` the one after which those begin that are kept. What"
        " comes after that may read nothing from before it, so it is one that everything goes through: no merge, `residual` or"
        " `share` is cut in two.",
        layers("{model: lenet5, until: conv9}", input="32x32x1"), layers("{model: lenet5, until: conv2}", input="32x32x1"),
    ),
    "CNN570": Code(
        "parts of a model file are not understood",
        "An operation has no kind in the language and became `opaque`, with the sizes that the file states. Products, convolutions and"
        " functions of each value are counted all the same; where what an operation multiplies is not known, totals are lower bounds,"
        " and the warning says so. `cnncalc import --strict` makes this an error.",
        severity="warning",
    ),
    "CNN571": Code(
        "the batch of a model file was dropped",
        "The file was made for batches of a fixed size. Numbers are those of one sample.",
        severity="note",
    ),
    "CNN572": Code(
        "the batch norms of a model file are folded",
        "The tool that wrote the file put each batch norm into the weights of the layer before it. So the file has fewer"
        " parameters than the model in training.",
        severity="note",
    ),
    "CNN573": Code(
        "something about a model file that its numbers do not show",
        "What was read otherwise than the file has it, or was left out because it does not matter at inference.",
        severity="note",
    ),
}  # fmt: skip
