"""In which modules of the model a node is, as exporters note it."""

from __future__ import annotations

from collections.abc import Mapping

from cnncalc.importing.onnx._call import Path, has_module_name
from cnncalc.importing.onnx._messages import NodeMessage

_SCOPES, _CLASSES = "pkg.torch.onnx.name_scopes", "pkg.torch.onnx.class_hierarchy"
_OF_TORCH = "torch.nn.modules."
_RULES = "pkg.onnxscript.rewriter.rule_name"
_SIGNATURE = "pkg.torch.export.ExportedProgram.graph_signature"
_ROOTS = {"StatefulPartitionedCall", "PartitionedCall"}


def path_of(node: NodeMessage, metadata: Mapping[str, str]) -> Path:
    """The modules of a node, outermost first: from the notes of PyTorch's exporter, or from names with slashes, or else
    from the names of arrays."""
    if _SCOPES in metadata:
        found = _by_scopes(metadata)
        return _of_folded(node, found) if _is_folded(metadata) else found
    if "/" in node.name:
        parts = [part for part in node.name.split("/")[:-1] if part and part not in _ROOTS]
        return _relative(parts, [""] * len(parts))
    named = next((name for name in node.inputs[1:] if has_module_name(name) and "::" not in name), "")
    return tuple((part, "") for part in named.split(".")[:-1])


def module_of(metadata: Mapping[str, str]) -> str:
    """The name of the module that a node is in; "" for the model itself."""
    scopes = _items(metadata.get(_SCOPES, ""))
    return scopes[-2] if len(scopes) > 1 else ""


def layer_of(metadata: Mapping[str, str]) -> str:
    """The name of the module that a node is in if that is a layer of PyTorch's own, whose parameters have different
    roles, so that two calls of it that read the same arrays read the same parameters; else ""."""
    classes = _items(metadata.get(_CLASSES, ""))
    return module_of(metadata) if len(classes) > 1 and classes[-2].startswith(_OF_TORCH) else ""


CONVOLUTIONS = ("Conv", "ConvTranspose")


def has_folded_norm(node: NodeMessage, metadata: Mapping[str, str]) -> bool:
    """Whether the exporter multiplied a batch norm into the weights of this node, and left a trace of it."""
    if node.operator not in CONVOLUTIONS:
        return node.operator == "Gemm" and _is_folded(metadata)
    names = node.inputs[1:]
    by_torch = len(names) == 2 and all(name.startswith(f"onnx::{node.operator}_") for name in names)
    return _is_folded(metadata) or by_torch or any(map(is_of_folded_norm, names))


def is_of_folded_norm(name: str) -> bool:
    """Whether TensorFlow's converter names an array for the batch norm that it was calculated from."""
    return "_fused_bn" in name or "/batchnorm/" in name


def _is_folded(metadata: Mapping[str, str]) -> bool:
    return "FuseBatchNormInto" in metadata.get(_RULES, "")


def _by_scopes(metadata: Mapping[str, str]) -> Path:
    scopes, classes = (_items(metadata.get(key, "")) for key in (_SCOPES, _CLASSES))
    if len(scopes) != len(classes) or scopes[0]:  # outside all modules
        return ()
    return _relative(scopes[1:-1], [name.rpartition(".")[2] for name in classes[1:-1]])


def _items(text: str) -> list[str]:
    """The texts of a list as Python writes it."""
    return [item.strip().strip("'\"") for item in text.strip("[]").split(",")]


def _relative(scopes: list[str], classes: list[str]) -> Path:
    """Each name without that of the module that it is in: `layer1`, `layer1.0` → `layer1`, `0`."""
    above = ["", *scopes]
    names = (name.removeprefix(f"{outer}.") if outer else name for outer, name in zip(above, scopes, strict=False))
    return tuple(zip(names, classes, strict=True))


def _of_folded(node: NodeMessage, path: Path) -> Path:
    """A convolution with a folded norm bears the notes of the norm: the name of its weights says what it was."""
    weight = next((name for name in node.inputs[1:] if ".weight" in name), "")
    module = weight.partition(".weight")[0].rpartition(".")[2]
    return (*path[:-1], (module, "")) if module and path else path


def roles_of(metadata: Mapping[str, str]) -> dict[str, str] | None:
    """What the exporter says of the arrays: a line each, `p_fc_weight: PARAMETER target='fc.weight'`; None if it says
    nothing."""
    if _SIGNATURE not in metadata:
        return None
    roles = {}
    for line in metadata.get(_SIGNATURE, "").splitlines():
        head, _, target = line.partition(" target='")
        if target:
            roles[target.partition("'")[0]] = head.rpartition(" ")[2]
    return roles


def model_class(metadata: Mapping[str, str]) -> str:
    """The class of the model itself."""
    scopes, classes = (_items(metadata.get(key, "")) for key in (_SCOPES, _CLASSES))
    return classes[0].rpartition(".")[2] if len(scopes) > 1 and not scopes[0] else ""
