"""Norms."""

from __future__ import annotations

from collections.abc import Callable

from cnncalc.importing.pt2._nodes import AtenNode, NotTranslatedError, known_sizes

_FLOAT32_EPSILON = 2.0**-23
"""What PyTorch takes where `rms_norm` has no epsilon."""


def _batch_norm(node: AtenNode) -> None:
    """Without running statistics it takes those of its input, which is what an instance norm does to one sample."""
    x = node.tensor("input")
    scale, center = node.optional("weight"), node.optional("bias")
    mean, variance = node.optional("running_mean"), node.optional("running_var")
    epsilon = node.get("eps", 1e-5)
    if mean is not None and variance is not None:
        node.emit("batch_norm", [x, scale, center, mean, variance], epsilon=epsilon)
    elif known_sizes(x)[0] == 1:
        node.emit("instance_norm", [x, scale, center], epsilon=epsilon)
    else:
        raise NotTranslatedError("statistics of the batch")


def _instance_norm(node: AtenNode) -> None:
    if not node.get("use_input_stats", True):
        return _batch_norm(node)
    inputs = [node.tensor("input"), node.optional("weight"), node.optional("bias")]
    node.emit("instance_norm", inputs, epsilon=node.get("eps", 1e-5))
    return None


def _layer_norm(node: AtenNode) -> None:
    x = node.tensor("input")
    rank, normalised = len(known_sizes(x)), len(node.get("normalized_shape", ()))
    axes = tuple(range(rank - normalised, rank))
    scale = node.optional("weight")
    if "rms" in node.op:
        node.emit("rms_norm", [x, scale], axes=axes, epsilon=node.get("eps", _FLOAT32_EPSILON))
    else:
        node.emit("layer_norm", [x, scale, node.optional("bias")], axes=axes, epsilon=node.get("eps", 1e-5))


def _group_norm(node: AtenNode) -> None:
    groups = node.get("num_groups", node.get("group"))
    inputs = [node.tensor("input"), node.optional("weight"), node.optional("bias")]
    node.emit("group_norm", inputs, groups=groups, epsilon=node.get("eps", 1e-5))


def _weight_norm(node: AtenNode) -> None:
    """g · v / |v|, where the norm is over all axes but one, or over all of them."""
    array, gain, kept = node.tensor("v"), node.tensor("g"), node.get("dim", 0)
    sizes = known_sizes(array)
    axes = tuple(axis for axis in range(len(sizes)) if axis != kept)
    small = tuple(1 if axis in axes else size for axis, size in enumerate(sizes))
    norm = node.emit("reduce", [array], node.between(small), how="l2", axes=axes, keep_dims=True)
    node.emit("mul", [array, node.emit("div", [gain, norm], node.between(small))])


TRANSLATIONS: dict[str, Callable[[AtenNode], None]] = {
    **dict.fromkeys(
        (
            "batch_norm",
            "_native_batch_norm_legit",
            "_native_batch_norm_legit_no_training",
            "_native_batch_norm_legit_functional",
            "_batch_norm_with_update_functional",
            "_batch_norm_with_update",
            "_batch_norm_no_update",
            "native_batch_norm",
            "cudnn_batch_norm",
        ),
        _batch_norm,
    ),
    "instance_norm": _instance_norm,
    "_weight_norm": _weight_norm,
    **dict.fromkeys(("layer_norm", "native_layer_norm", "rms_norm", "_fused_rms_norm"), _layer_norm),
    **dict.fromkeys(("group_norm", "native_group_norm"), _group_norm),
}
