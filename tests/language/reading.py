"""Short specs for the tests of the language."""

import cnncalc


def spec(*entries, input="8x8x4", top="", **overrides):
    """A model of these entries; `top` is text of further top-level keys."""
    layers = "".join(f"  - {each}\n" for each in entries)
    where = f"input: {input}\n" if input else ""
    return cnncalc.load(f"{top}\n{where}layers:\n{layers}", **overrides)


def analyzed(*entries, **settings):
    """Its numbers."""
    return cnncalc.analyze(spec(*entries, **settings))


def output(*entries, **settings):
    """The sizes that the model returns, channels last."""
    return analyzed(*entries, **settings).end.node.output.sizes("channels_last")


def names(*entries, **settings):
    """The names of all layers, in the order of the forward pass."""
    return [each.name for each in analyzed(*entries, **settings).layers]


def settings_of(name, *entries, **settings):
    """The layer of that name."""
    return next(each.node.layer for each in analyzed(*entries, **settings).layers if each.name == name)


def reads(name, *entries, **settings):
    """The names of what a layer reads."""
    layers = analyzed(*entries, **settings).layers
    return [each.name for each in next(each.node for each in layers if each.name == name).inputs]


def codes(*entries, **settings):
    """The codes of the mistakes that are found."""
    try:
        spec(*entries, **settings)
    except cnncalc.SpecError as error:
        return [each.code for each in error.diagnostics if each.is_error]
    return []
