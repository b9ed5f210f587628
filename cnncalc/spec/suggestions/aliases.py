"""What other tools call settings and keys: consulted before the nearest name is looked for. (Kinds say theirs.)"""

from __future__ import annotations

from collections.abc import Collection

from cnncalc.layers.index import OTHER_NAMES
from cnncalc.source.diagnostics import nearest

_SETTINGS = {
    "filters": "out_channels output_channels n_filters num_filters nfilters filter number_of_filters num_output features channels depth kernels",
    "kernel": "kernel_size filter_size filtersize kernelsize ksize size window kernel_shape k f",
    "window": "pool_size poolsize kernel_size kernel filter_size size pool k",
    "units": "out_features output_features neurons nodes hidden hidden_units size n_units num_units outputs filters features",
    "stride": "strides step steps subsample s",
    "padding": "pad pads paddings zero_padding border p",
    "dilation": "dilation_rate dilations dilated atrous rate d",
    "groups": "num_groups group n_groups",
    "bias": "use_bias has_bias biases",
    "multiplier": "depth_multiplier channel_multiplier",
    "output_padding": "out_padding output_pad",
    "rounding": "ceil_mode ceil round",
    "count_padding": "count_include_pad include_padding",
    "rate": "p prob probability drop drop_prob dropout",
    "epsilon": "eps",
    "factor": "scale_factor size scale",
    "mode": "interpolation padding_mode method",
    "like": "size_of size_like size_as target reference template",
    "block": "block_size blocksize upscale_factor downscale_factor",
    "vocabulary": "vocab vocab_size input_dim num_embeddings vocabulary_size",
    "width": "embedding_dim output_dim dim size",
    "slope": "negative_slope alpha",
    "shape": "target_shape size sizes",
    "output": "output_size size",
    "keep_dims": "keepdims keepdim",
    "initial": "init value init_value initializer",
    "activation": "act activation_function nonlinearity activations non_linearity",
    "norm": "normalization normalisation batch_norm bn batchnorm normalizer",
    "name": "id label title layer_name",
    "from": "input inputs source bottom",
    "expect": "expected assert check expects",
}
_TOP = {
    "name": "title model_name id",
    "input": "input_shape input_size inputshape in image",
    "layers": "layer model network net architecture entries modules sequential",
    "outputs": "output out",
    "training": "train hyperparameters hyperparams hyper_parameters",
    "vars": "variables var params parameters constants",
    "convention": "framework backend style",
    "layout": "data_format format",
    "defaults": "default",
    "blocks": "block modules",
    "expect": "expected assert expects checks",
    "variants": "variant configs",
    "description": "comment notes about doc",
}


def _squeeze(word: str) -> str:
    return word.lower().replace("_", "").replace("-", "").replace(" ", "")


def suggest_kind(word: str, kinds: Collection[str]) -> str | None:
    """The kind that was probably meant."""
    squeezed = _squeeze(word)
    for form in (squeezed, squeezed.removesuffix("1d").removesuffix("2d").removesuffix("3d").removesuffix("layer")):
        for kind in kinds:
            if form == _squeeze(kind) or OTHER_NAMES.get(form) == kind:
                return kind
    return nearest(word, kinds)


def suggest_setting(word: str, settings: Collection[str]) -> str | None:
    """The setting, of those that are possible here, that was probably meant."""
    return _suggest(word, settings, _SETTINGS)


def suggest_top_level(word: str, keys: Collection[str]) -> str | None:
    """The top-level key that was probably meant."""
    return _suggest(word, keys, _TOP)


def _suggest(word: str, known: Collection[str], aliases: dict[str, str]) -> str | None:
    squeezed = _squeeze(word)
    for name in known:
        if squeezed == _squeeze(name):
            return name
    for name in known:
        if squeezed in map(_squeeze, aliases.get(name, "").split()):
            return name
    return nearest(word, known)
