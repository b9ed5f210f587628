"""What was meant by a word that is not understood: another tool's name for the same thing, or a slip of the pen.

Only what means the same is offered. (Kinds say their other names themselves, `also_called`.)
"""

from __future__ import annotations

import re
from collections.abc import Collection

from cnncalc.layers.index import KINDS, MERGES, OTHER_NAMES
from cnncalc.named_tuple import NamedTuple
from cnncalc.source.diagnostics import misspelt
from cnncalc.source.yaml_nodes import YamlNode, YamlScalar, YamlSequence
from cnncalc.spec.language.names import STRUCTURES
from cnncalc.spec.suggestions._missing_kinds import Missing, missing, missing_names

_SETTINGS = {
    "filters": "out_channels output_channels n_filters num_filters nfilters number_of_filters num_output features channels",
    "kernel": "kernel_size filter_size filtersize kernelsize ksize size window kernel_shape k f",
    "window": "pool_size poolsize kernel_size kernel filter_size size pool k window_size",
    "units": "out_features output_features neurons nodes hidden hidden_units hidden_size size n_units num_units outputs filters features",
    "layers": "num_layers n_layers",
    "merge": "merge_mode",
    "state": "initial_state hidden_state h_0 h0 hx",
    "cell": "cell_state c_0 c0",
    "stride": "strides step steps subsample s",
    "padding": "pad pads paddings zero_padding border p",
    "dilation": "dilation_rate dilations atrous_rate d",
    "standardize": "standardise weight_standardization weight_standardisation ws",
    "groups": "num_groups group n_groups",
    "offset_groups": "deform_groups deformable_groups num_deformable_groups",
    "modulated": "mask use_mask with_mask modulation",
    "bias": "use_bias has_bias biases",
    "multiplier": "depth_multiplier channel_multiplier",
    "output_padding": "out_padding output_pad",
    "count_padding": "count_include_pad include_padding",
    "rate": "p prob probability drop drop_prob drop_rate dropout_rate",
    "p": "norm_type power",
    "epsilon": "eps",
    "center": "bias",
    "affine": "elementwise_affine",
    "value": "constant_value constant_values fill_value pad_value",
    "bounds": "min_max limits",
    "factor": "scale_factor scale",
    "mode": "interpolation method",
    "amounts": "padding pad pads cropping crop border",
    "like": "size_of size_like size_as",
    "block": "block_size blocksize upscale_factor downscale_factor",
    "vocabulary": "vocab vocab_size input_dim num_embeddings vocabulary_size",
    "width": "embedding_dim output_dim dim",
    "slope": "negative_slope alpha",
    "shape": "target_shape unflattened_size",
    "output": "output_size output_shape output_dim",
    "heads": "num_heads n_heads nhead n_head number_of_heads num_query_heads",
    "key_size": "key_dim head_dim dim_head head_size",
    "value_size": "value_dim",
    "key_heads": "num_key_value_heads num_kv_heads kv_heads",
    "keys": "key memory context encoder_hidden_states",
    "values": "value",
    "shift": "shift_size",
    "causal": "is_causal use_causal_mask",
    "position_bias": "relative_position_bias rel_pos_bias",
    "keep_dims": "keepdims keepdim",
    "axis": "dim",
    "axes": "dim dims axis",
    "initial": "init init_value init_values",
    "shortcut": "downsample projection proj shortcut_branch",
    "activation": "act activation_function nonlinearity activations non_linearity",
    "norm": "normalization normalisation",
    "name": "id label title layer_name",
    "from": "input inputs source bottom",
    "expect": "expected assert check expects",
}
"""setting → what other tools call it; only the settings that a kind has are looked at."""

_TOP = {
    "name": "title model model_name id",
    "input": "input_shape input_size inputshape in image",
    "layers": "layer model network net architecture entries sequential",
    "outputs": "output out",
    "training": "train hyperparameters hyperparams hyper_parameters",
    "vars": "variables var constants",
    "convention": "framework backend",
    "layout": "data_format",
    "defaults": "default",
    "blocks": "block modules",
    "expect": "expected assert expects checks",
    "variants": "variant configs",
    "description": "comment notes about doc",
}

_SIZE = "to a size: `resize: 65x65`; to that of another layer: `like: NAME`; by a whole number: `upsample: 2`"
_CORNERS = "add `mode: bilinear`; PyTorch's aligns the corners, as `{resize: {like: NAME, mode: bilinear, align_corners: true}}` does"
_NOTES = {
    "conv1x1": "add `kernel: 1`",
    "conv3x3": "add `kernel: 3`",
    "stdconv": "add `standardize: true`",
    "scaledstdconv": "add `standardize: scaled` and `gain: true`",
    "reflectionpad": "add `mode: reflect`",
    "replicationpad": "add `mode: replicate`",
    "relun": "write its bounds, `clip: [0, 6]`",
    "clamp": "write its bounds, `clip: [0, 6]`",
    "clipbyvalue": "write its bounds, `clip: [0, 6]`",
    "constantpad": "add `mode: constant` and its `value`",
    "circularpad": "add `mode: circular`",
    "circularpadding": "add `mode: circular`",
    "positionembedding": "add `per: value`",
    "positionalembedding": "add `per: value`",
    "learnedposition": "add `per: value`",
    "resizing": _SIZE,
    "interpolate": _SIZE,
    "interpolation": _SIZE,
    "resizenearestneighbor": _SIZE,
    "resizebilinear": f"add `mode: bilinear`; {_SIZE}",
    "resizebicubic": f"add `mode: bicubic`; {_SIZE}",
    "upsamplingbilinear": _CORNERS,
    "upsamplebilinear": _CORNERS,
    "pixelshuffle": "PyTorch's order of the channels is `order: channels`",
    "pixelunshuffle": "PyTorch's order of the channels is `order: channels`",
}
"""Another name of a kind, if the kind by itself does not say all of it → what to add."""


class Meaning(NamedTuple):
    """What was probably meant where a kind was expected: a kind, or something that the language does not have."""

    kind: str = ""
    note: str = ""
    missing: Missing | None = None


def kind_meant(word: str, kinds: Collection[str], has_branches: bool = False) -> Meaning:
    """What a word means in another tool, or what it misspells.

    Args:
        kinds: those that are possible here.
        has_branches: whether a list follows the word: `sum: [a, b]` adds, `sum` by itself does not.
    """
    forms = _forms(word)
    squeezed = {_squeeze(kind): kind for kind in kinds}
    blocks = [form for form, kind in squeezed.items() if kind not in KINDS and kind not in STRUCTURES]
    for form in forms:
        if meaning := _known(form, kinds, has_branches):
            near = misspelt(form, blocks) if meaning.missing else None
            return Meaning(squeezed[near]) if near else meaning
    known = {*squeezed, *(name for name, kind in OTHER_NAMES.items() if kind in kinds)}
    for form in forms:
        near = misspelt(form, known | missing_names()) or misspelt(form, known)
        if near and (meaning := _known(near, kinds, has_branches)):
            return meaning
    return Meaning()


def _known(form: str, kinds: Collection[str], has_branches: bool) -> Meaning | None:
    for kind in kinds:
        if form == _squeeze(kind):
            return Meaning(kind)
    other = OTHER_NAMES.get(form, "")
    if lacks := missing(form):
        return Meaning(other) if other in MERGES and other in kinds and has_branches else Meaning(missing=lacks)
    return Meaning(other, _NOTES.get(form, "")) if other in kinds else None


def _squeeze(word: str) -> str:
    return re.sub(r"[_\s-]", "", word.lower())


_LIBRARIES = frozenset(
    {"torch", "torchvision", "nn", "f", "tf", "tensorflow", "keras", "layers", "kl", "jax", "flax", "paddle"}
)


def _forms(word: str) -> list[str]:
    """A name in the forms that are compared: `torch.nn.LazyConv2d(8)` is `lazyconv2d`, `lazyconv` and `conv`."""
    path = word.partition("(")[0].strip()
    if path.partition(".")[0].lower() in _LIBRARIES:
        path = path.rpartition(".")[2]
    squeezed = _squeeze(path)
    plain = re.sub(r"(?<=[a-z])[123]d", "", squeezed).removesuffix("withindices")
    shorter = plain.removeprefix("lazy").removeprefix("native"), plain.removesuffix("layer")
    return list(dict.fromkeys(filter(None, (squeezed, plain, *shorter))))


def suggest_kind(word: str, kinds: Collection[str]) -> str | None:
    """The kind that was probably meant."""
    return kind_meant(word, kinds).kind or None


def suggest_setting(word: str, settings: Collection[str]) -> str | None:
    """The setting, of those that are possible here, that was probably meant."""
    return setting_called(word, settings) or misspelt(word.lower(), settings)


def setting_called(word: str, settings: Collection[str]) -> str | None:
    """The setting that has this name in another tool."""
    return _called(word, settings, _SETTINGS)


_LISTS = frozenset({"input", "layers", "outputs", "sample"})
"""Keys of a spec that hold lists; `layers` holds nothing else."""


def suggest_top_level(word: str, keys: Collection[str], value: YamlNode) -> str | None:
    """The top-level key that was probably meant; `model: net` names it, `model: [...]` are its layers."""
    if isinstance(value, YamlSequence):
        keys = [key for key in keys if key in _LISTS]
    elif isinstance(value, YamlScalar) and not value.is_null:
        keys = [key for key in keys if key != "layers"]
    return _called(word, keys, _TOP) or misspelt(word.lower(), keys)


def _called(word: str, known: Collection[str], aliases: dict[str, str]) -> str | None:
    squeezed = _squeeze(word)
    for name in known:
        if squeezed == _squeeze(name):
            return name
    for name in known:
        if squeezed in map(_squeeze, aliases.get(name, "").split()):
            return name
    return None
