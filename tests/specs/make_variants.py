"""Writes cnncalc/source/shipped_variants.py: which shipped spec has which variant.

    python tests/specs/make_variants.py

A variant can be named without its spec, as in `cnncalc summarize resnet50`; the table saves parsing all specs for it.
"""

from __future__ import annotations

from pathlib import Path

from cnncalc.source.files import read_file
from cnncalc.source.open_model import shipped
from cnncalc.source.parse import parse
from cnncalc.source.yaml_nodes import YamlMapping

MODULE = Path(__file__).parents[2] / "cnncalc" / "source" / "shipped_variants.py"
HEAD = '''"""Which shipped spec has which variant. Written by tests/specs/make_variants.py: do not edit."""

'''


def variants() -> dict[str, str]:
    """variant → the name of its spec, in the order of the specs."""
    found: dict[str, str] = {}
    for name, path in shipped().items():
        root, _ = parse(read_file(path))
        own = root.get("variants") if isinstance(root, YamlMapping) else None
        for key, _ in own.pairs if isinstance(own, YamlMapping) else ():
            assert key.text not in found | shipped(), f"`{key.text}` in {name} is the name of something else too"
            found[key.text] = name
    return found


def text() -> str:
    """The text of the module."""
    lines = [f'    "{variant}": "{name}",' for variant, name in variants().items()]
    return HEAD + "\n".join(
        ["SHIPPED_VARIANTS: dict[str, str] = {", *lines, "}", '"""variant → the name of its spec."""', ""]
    )


def main() -> None:
    """Writes the module where it would change."""
    if not MODULE.exists() or MODULE.read_text("utf-8") != text():
        MODULE.write_text(text(), "utf-8")
        print(f"wrote {MODULE.name}")


if __name__ == "__main__":
    main()
