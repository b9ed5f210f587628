"""What is given to a function in the place of a model, for messages."""

from __future__ import annotations

import sys


def described(given: object) -> str:
    """What it is, and which function takes it, or what does: `a str; cnncalc.load reads files`."""
    if given is None:
        return "None"
    if isinstance(given, type):
        return f"the class {given.__name__}: give an instance, `{given.__name__}(…)`"
    own = type(given)
    name = f"{'an' if own.__name__[:1].lower() in 'aeiou' else 'a'} {own.__name__}"
    if isinstance(given, (str, bytes)) or hasattr(given, "__fspath__"):
        return f"{name}; `cnncalc.load` reads files"
    keras, torch = (sys.modules.get(tool) for tool in ("keras", "torch"))  # whoever has an object has imported its tool
    if keras and isinstance(given, keras.Model):
        return f"{name}; `cnncalc.from_keras` takes models of Keras"
    if torch and isinstance(given, torch.nn.Module) and not (keras and isinstance(given, keras.Layer)):
        return f"{name}; `cnncalc.from_torch` takes modules of PyTorch"
    if isinstance(given, dict):
        return f"{name}: weights have no layers, the module that they are loaded into has"
    return name
