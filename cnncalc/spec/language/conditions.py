"""What decides whether an entry is present, and how often: `when` and `repeat`."""

from __future__ import annotations

from cnncalc.settings.setting import InputUnknown, Mistake
from cnncalc.settings.types import whole
from cnncalc.source.yaml_nodes import YamlNode
from cnncalc.spec.expand.entries import is_true
from cnncalc.spec.findings import Findings
from cnncalc.spec.language.scope import Scope


def is_wanted(node: YamlNode | None, scope: Scope, findings: Findings) -> bool:
    """Whether a condition holds: also where there is none, and where it cannot be read, which is reported."""
    if node is None:
        return True
    try:
        return is_true(scope.resolve(node), findings)
    except Mistake as mistake:
        findings.mistake(mistake)
    except InputUnknown:
        pass
    return True


def copies_of(node: YamlNode, scope: Scope) -> int:
    """How many copies a `repeat` asks for.

    Raises:
        Mistake: it is not a whole number.
        InputUnknown: it depends on an input that is not known.
    """
    return whole(scope.resolve(node), 0, "a whole number of at least 0")


def has_no_copies(node: YamlNode | None, scope: Scope) -> bool:
    """Whether a `repeat` asks for no copies."""
    try:
        return node is not None and copies_of(node, scope) == 0
    except (Mistake, InputUnknown):
        return False  # reported where the copies are placed
