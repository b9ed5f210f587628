"""Where a layer is looked up: by its module as well as by its class, as an operator may have the name of a layer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cnncalc.importing.keras._calls import KerasCall
from cnncalc.importing.keras._entries import open_sizes
from cnncalc.importing.keras.translating import (
    _activations,
    _attention,
    _dropping,
    _merges,
    _norms,
    _preprocessing,
    _recurrent,
    _shapes,
    _windows,
)
from cnncalc.importing.keras.translating.operators import of_keras, of_tensorflow

_TOPICS = (_activations, _attention, _dropping, _merges, _norms, _preprocessing, _recurrent, _shapes, _windows)
LAYERS: dict[str, Callable[[KerasCall], Any]] = {name: each for topic in _TOPICS for name, each in topic.LAYERS.items()}
"""What is made of each layer, by its class."""

_OF_APPLICATIONS = {
    "LayerScale": {"init_values", "projection_dim"},
    "StochasticDepth": {"drop_path_rate"},
    "CustomScaleLayer": {"scale"},
}
"""Layers that models of `keras.applications` bring along, and what they are made with."""


def translator_of(call: KerasCall) -> Callable[[KerasCall], Any]:
    """What reads a layer; of one that is not known, `unknown_layer`."""
    entry = call.entry
    if not entry.is_keras_own and not _is_of_applications(call):
        return unknown_layer
    if entry.is_operator:
        return of_keras.OPERATORS.get(entry.class_name, unknown_layer)
    if entry.class_name in of_tensorflow.CLASSES:
        return of_tensorflow.CLASSES[entry.class_name]
    if entry.class_name in _OF_APPLICATIONS and not _is_of_applications(call):
        return unknown_layer
    return LAYERS.get(entry.class_name, unknown_layer)


def _is_of_applications(call: KerasCall) -> bool:
    """Whether it is what a model of `keras.applications` brings along; Keras 2 does not say where it is at home."""
    entry = call.entry
    made_with = _OF_APPLICATIONS.get(entry.class_name)
    is_registered = ">" in entry.class_name or ">" in entry.registered
    at_home = ".applications." in entry.module or not (entry.module or is_registered)
    return made_with is not None and at_home and made_with <= set(entry.config)


def unknown_layer(call: KerasCall) -> Any:
    """A layer that cnncalc has no kind for, or one of the user's own: nothing in it is run, or even decoded."""
    sizes = open_sizes(call.config.get("output_shape")) if call.entry.class_name == "Lambda" else None
    known = tuple(each for each in sizes or () if each is not None)
    said = known if sizes and len(known) == len(sizes) and call.stated_sizes() is None else None
    return call.opaque(sizes=said, called=call.entry.class_name.rpartition(">")[2])
