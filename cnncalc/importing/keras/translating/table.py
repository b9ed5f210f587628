"""Where a layer is looked up: by its module as well as by its class, as an operator may have the name of a layer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cnncalc.importing.keras.calls import Call
from cnncalc.importing.keras.translating import (
    activations,
    attention,
    dropping,
    merges,
    norms,
    operators,
    preprocessing,
    recurrent,
    shapes,
    tensorflow,
    windows,
)

_TOPICS = (activations, attention, dropping, merges, norms, preprocessing, recurrent, shapes, windows)
LAYERS: dict[str, Callable[[Call], Any]] = {name: each for topic in _TOPICS for name, each in topic.LAYERS.items()}
"""What is made of each layer, by its class."""

_OF_APPLICATIONS = {
    "LayerScale": {"init_values", "projection_dim"},
    "StochasticDepth": {"drop_path_rate"},
    "CustomScaleLayer": {"scale"},
}
"""Layers that models of `keras.applications` bring along, and what they are made with."""


def translator_of(call: Call) -> Callable[[Call], Any]:
    """What reads a layer; of one that is not known, `unknown`."""
    entry = call.entry
    if not entry.is_keras_own and not _is_of_applications(call):
        return unknown
    if entry.is_operator:
        return operators.OPERATORS.get(entry.class_name, unknown)
    if entry.class_name in tensorflow.CLASSES:
        return tensorflow.CLASSES[entry.class_name]
    if entry.class_name in _OF_APPLICATIONS and not _is_of_applications(call):
        return unknown
    return LAYERS.get(entry.class_name, unknown)


def _is_of_applications(call: Call) -> bool:
    """Whether it is what a model of `keras.applications` brings along; Keras 2 does not say where it is at home."""
    entry = call.entry
    made_with = _OF_APPLICATIONS.get(entry.class_name.rpartition(">")[2])
    at_home = not entry.module or ".applications." in entry.module
    return made_with is not None and at_home and made_with <= set(entry.config)


def unknown(call: Call) -> Any:
    """A layer that cnncalc has no kind for, or one of the user's own: nothing in it is run, or even decoded."""
    return call.opaque(called=call.entry.class_name.rpartition(">")[2])
