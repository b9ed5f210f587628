"""What becomes of PyTorch's operations: a function for each, by its name."""

from __future__ import annotations

from collections.abc import Callable

from cnncalc.importing.families import Families
from cnncalc.importing.pt2._nodes import AtenNode, NotTranslatedError

MAKERS = ("zeros", "ones", "full", "empty", "new_zeros", "new_ones", "new_full", "zeros_like", "ones_like", "full_like")
"""Operations that make the same number everywhere; of a tensor that they read, only the sizes matter."""

_NAMESPACES = ("aten", "torchvision", "prims")


def translate(node: AtenNode) -> None:
    """Adds the operations that a node is; `unknown` where the vocabulary has none."""
    first = len(node.graph.operations)
    try:
        rule = _rule(node.op) if node.namespace in _NAMESPACES else None
        if rule is None:
            raise NotTranslatedError(node.op)
        rule(node)
    except NotTranslatedError:
        del node.graph.operations[first:]
        for output in node.outputs:
            output.operation = None
        custom = "" if node.namespace == "aten" else node.namespace
        node.made.clear()
        node.emit("unknown", node.inputs, node.outputs, name=node.called, custom=custom, **_what_it_does(node))


def _made(node: AtenNode) -> None:
    """One number everywhere, of sizes that depend on the batch, or too many."""
    value = 0 if "zeros" in node.op or "empty" in node.op else 1 if "ones" in node.op else node.get("fill_value", 0)
    if not isinstance(value, int | float) or node.output.sizes is None:
        raise NotTranslatedError(node.op)
    number = node.number(value)
    number.dtype = node.output.dtype
    node.emit("expand", [number], sizes=node.output.sizes)


_FAMILIES = Families[Callable[[AtenNode], None]](
    __name__, ("_windows", "_pointwise", "_norms", "_products", "_arrangements", "_recurrent")
)


def _rule(op: str) -> Callable[[AtenNode], None] | None:
    return _made if op in MAKERS else _FAMILIES.get(op)


def _what_it_does(node: AtenNode) -> dict[str, str]:
    from cnncalc.importing.pt2.rules._lacking import what_it_does

    return what_it_does(node.op) if node.namespace in _NAMESPACES else {}
