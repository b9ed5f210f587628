"""Operations that the vocabulary lacks, of which it is known at least that they are no products."""

from __future__ import annotations

ELEMENTWISE = frozenset(
    [
        "acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "bitwise_xor", "celu", "clamp", "clip",
        "copysign", "deg2rad", "digamma", "div", "elu", "erfc", "erfinv", "exp2", "fmax", "fmin", "frac",
        "hardshrink", "heaviside", "hypot", "i0", "isfinite", "isinf", "isnan", "ldexp", "lerp", "lgamma", "log10",
        "log2", "logaddexp", "logaddexp2", "logical_xor", "logit", "nan_to_num", "nextafter", "pow", "round",
        "rad2deg", "rsub", "sgn", "sinc", "sinh", "softshrink", "special_erfcx", "special_i0e", "special_i1",
        "special_log_ndtr", "special_ndtr", "special_xlog1py", "tan", "threshold", "trunc", "xlogy", "__xor__",
    ]
)  # fmt: skip
"""Each value is calculated from those in the same place."""
_OTHERS = frozenset(
    [
        "adaptive_max_pool1d", "argsort", "bucketize", "col2im", "count_nonzero", "cummax", "cummin", "diag_embed",
        "diagonal", "embedding_bag", "fractional_max_pool2d", "grid_sampler", "grid_sampler_2d", "grid_sampler_3d",
        "histc", "im2col", "index", "index_add", "index_copy", "index_fill", "index_put", "index_reduce",
        "index_select", "isin", "kthvalue", "logcumsumexp", "masked_scatter", "masked_select", "max",
        "max_pool2d_with_indices", "median", "min", "mode", "multinomial", "nanmedian", "nms", "nonzero", "one_hot",
        "put", "quantile", "rand", "rand_like", "randint", "randn", "randn_like", "randperm", "renorm", "roi_align",
        "roi_pool", "scatter", "scatter_add", "scatter_reduce", "searchsorted", "select_scatter", "slice_scatter",
        "sort", "take", "take_along_dim", "topk", "tril", "triu", "unfold", "unique", "unique_consecutive",
        "unique_dim", "upsample_bicubic2d",
    ]
)  # fmt: skip
"""Values are compared, moved, picked or added up; as PyTorch's own counter has it, that is no multiply-add."""


def what_it_does(op: str) -> dict[str, str]:
    """What is known of an operation, as a setting."""
    if op in ELEMENTWISE:
        return {"does": "elementwise"}
    return {"does": "no products"} if op in _OTHERS else {}
