"""Outside `cnncalc/layers` nothing knows a kind by its name: passes ask for traits and parts.

Except for `cnncalc/importing`, where names of other tools are translated to ours.

Read from the syntax tree: no module imports a class of a kind, and no text in the code is a kind's name, in a
comparison, a table, a lookup or anywhere. `EXCEPTIONS` may only shrink: one that is no longer needed fails.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import cnncalc
from cnncalc.layers import KINDS

PACKAGE = Path(cnncalc.__file__).parent

FAMILIES = {"convolution", "pooling"}  # the others are words of the language, too
EXCEPTIONS = {
    ("whatif/cover_input.py", "max_pool"): "the pool that is proposed: an entry that a user will write",
    ("explanation/hyperparameter_table.py", "normalization"): "the lecture's word for a norm",
    ("homework/exercise/networks.py", "max_pool"): "what exercises are made of: entries of a spec",
    ("homework/exercise/networks.py", "avg_pool"): "what exercises are made of: entries of a spec",
    ("homework/exercise/networks.py", "flatten"): "what exercises are made of: entries of a spec",
    ("report/views/hyperparameters.py", "learned"): "a key of JSON: what training changes",
    ("report/views/receptive_field.py", "max_pool"): "the pool that is proposed: an entry that a user will write",
    ("report/views/running/tensors.py", "slice"): "an axis of three",
    ("settings/axes.py", "minimum"): "a word of JSON Schema",
    ("settings/axes.py", "maximum"): "a word of JSON Schema",
    ("spec/written_numbers.py", "slice"): "an axis of three",
    ("spec/expand/_structures.py", "add"): "the language's own: what `residual` stands for",
    ("settings/types.py", "maximum"): "a word of JSON Schema",
    ("settings/types.py", "minimum"): "a word of JSON Schema",
    ("report/schemas/_entries.py", "maximum"): "a word of JSON Schema",
    ("report/schemas/_entries.py", "minimum"): "a word of JSON Schema",
    ("report/schemas/outputs/_parts.py", "maximum"): "a word of JSON Schema",
    ("report/schemas/outputs/_parts.py", "minimum"): "a word of JSON Schema",
    ("report/schemas/spec.py", "minimum"): "a word of JSON Schema",
    ("spec/suggestions/_other_settings.py", "tanh"): "a value of an argument of Keras' recurrent layers",
    ("spec/suggestions/_other_settings.py", "sigmoid"): "a value of an argument of Keras' recurrent layers",
    ("spec/suggestions/misread_words.py", "scale"): "a word of the language that is a setting and a kind",
    ("spec/suggestions/misread_words.py", "identity"): "what other tools call an activation that does nothing",
    ("spec/suggestions/misread_words.py", "pad"): "a word of the language that is a setting and a kind",
}
"""(module, name) → why it stands there."""


def modules() -> Iterator[tuple[str, ast.Module]]:
    """Every module outside `layers` and `importing`, by its path in the package."""
    for path in sorted(PACKAGE.rglob("*.py")):
        name = path.relative_to(PACKAGE).as_posix()
        if not name.startswith(("layers/", "importing/")):
            yield name, ast.parse(path.read_text("utf-8"))


def names_of_kinds(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Texts that are the name of a kind (or of a family), with their lines; several in one text too.

    Specs that show what a code means, `layers("flatten", "dense: 10")`, are specs.
    """
    shown = {id(each) for call in ast.walk(tree) if _is_example(call) for each in ast.walk(call)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in shown:
            words = node.value.split()
            if words and all(word in KINDS or word in FAMILIES for word in words):
                yield from ((node.lineno, word) for word in words)


def _is_example(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "layers"


def guesses(tree: ast.AST) -> Iterator[int]:
    """Lines that look into a kind's name (`kind.endswith("_norm")`, `"pool" in kind`) or the module of its class."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in ("startswith", "endswith", "removesuffix", "removeprefix"):
            if _is_kind(node.value):
                yield node.lineno
        elif isinstance(node, ast.Compare) and any(isinstance(op, ast.In | ast.NotIn) for op in node.ops):
            if isinstance(node.left, ast.Constant) and any(map(_is_kind, node.comparators)):
                yield node.lineno
        elif isinstance(node, ast.Attribute) and node.attr == "__module__":
            yield node.lineno


def _is_kind(node: ast.expr) -> bool:
    return (isinstance(node, ast.Name) and node.id == "kind") or (
        isinstance(node, ast.Attribute) and node.attr == "kind"
    )


def test_no_module_knows_a_kind_by_name():
    found = {(name, word): line for name, tree in modules() for line, word in names_of_kinds(tree)}
    strangers = [f"{name}:{line} `{word}`" for (name, word), line in found.items() if (name, word) not in EXCEPTIONS]
    assert not strangers, f"ask the kind instead, by a trait in layers/base.py or a part: {', '.join(strangers)}"
    assert not EXCEPTIONS.keys() - found.keys(), "these exceptions are needed no longer: remove them"


def test_no_module_looks_into_the_name_of_a_kind():
    assert [f"{name}:{line}" for name, tree in modules() for line in guesses(tree)] == []


def test_no_module_imports_a_concrete_kind():
    imports = [
        f"{name}:{node.lineno}"
        for name, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module and ".kinds" in node.module
    ]
    assert imports == []


def test_the_tests_see():
    code = 'if kind == "conv" or kind.endswith("_norm") or "pool" in node.kind:\n    names = "relu gelu"'
    tree = ast.parse(code)
    assert sorted(word for _, word in names_of_kinds(tree)) == ["conv", "gelu", "relu"]
    assert len(list(guesses(tree))) == 2
