"""The classes that the framework does not have, each by a name of its own."""

from __future__ import annotations

import re

from cnncalc.layers.equals import CallText, Equal


class HelperClasses:
    """Those of one file: of two with one name and different texts, the later one gets a number."""

    def __init__(self) -> None:
        self._texts: dict[str, list[str]] = {}

    def told_apart(self, equal: Equal) -> Equal:
        """What the framework has in the place of a layer, by names that mean nothing else in the file."""
        for name in re.findall(r"^class (\w+)", equal.helper, re.MULTILINE):
            text = next(each for each in equal.helper.split("\n\n\n") if f"class {name}(" in each).strip("\n")
            texts = self._texts.setdefault(name, [])
            if text not in texts:
                texts.append(text)
            if number := texts.index(text):
                equal = _renamed(equal, name, f"{name}{number + 1}")
        return equal


def _renamed(equal: Equal, old: str, new: str) -> Equal:
    """The same with another name for a class."""
    module = equal.module
    if isinstance(module, CallText) and module.name == old:
        made = CallText(module.replace(f"{old}(", f"{new}(", 1))
        made.name, made.values, made.options = new, module.values, module.options
        module = made
    pattern = rf"(?<=class ){old}(?=\()|(?<=\(){old}(?=\):)"
    return equal._replace(module=module, helper=re.sub(pattern, new, equal.helper))
