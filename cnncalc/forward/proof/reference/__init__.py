"""Every kind once more, written slowly from its definition in docs/spec.md and docs/numbers.md, in pure Python.

Nothing here knows the formulas, the kinds or the engines that it is to judge: it reads the settings of a layer as they
were written, the convention and the shape of the input, and lists windows, scatters indices, adds and multiplies one
number at a time. A definition is found by the name of its kind.
"""

from cnncalc.forward.proof.reference import activations, channels, dense, merges, norms, pools, shapes, windows
from cnncalc.forward.proof.reference.kind import Given, Kind

DEFINITIONS: dict[str, type[Kind]] = {
    kind: definition
    for module in (windows, pools, dense, shapes, channels, norms, activations, merges)
    for kind, definition in module.KINDS.items()
}
"""kind → its definition."""


def defined(kind: str, given: Given) -> Kind:
    """The definition of a kind, for the settings of one layer and its inputs.

    Raises:
        KeyError: nobody has written it.
    """
    return DEFINITIONS[kind](given)
