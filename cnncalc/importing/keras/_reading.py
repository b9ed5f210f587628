"""From the JSON of a model to a draft."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

from cnncalc.importing.draft import Draft, DraftLayer
from cnncalc.importing.keras._calls import LEARNED, Frame, KerasCall, KerasNetwork
from cnncalc.importing.keras._containers import contents
from cnncalc.importing.keras._entries import CalledWith, KerasEntry
from cnncalc.importing.keras._inputs import declared, given_inputs
from cnncalc.importing.keras._models import run_model, tensors_in
from cnncalc.importing.keras._sharing import possibly_shared, restore_sharing
from cnncalc.importing.keras._variables import LiveVariables, VariablesByPath, VariablesInOrder
from cnncalc.importing.keras._weights import KerasVariables, attach, state_sizes, weight_places
from cnncalc.source.diagnostics import START, Diagnostic, listed
from cnncalc.source.files import Unreadable

Sizes = Mapping[str, Sequence[int | None]]


def read_path(path: str, sizes: Sizes | None) -> Draft:
    """The model in a file."""
    found = contents(path)
    network, model = _network(found.config, path, sizes, found.version)
    if found.weights:
        variables = (VariablesInOrder if found.is_legacy else VariablesByPath)(found.weights)
        attach(network, model, variables)
        if found.weights.is_quickly_opened:
            _state_sizes(network, model, variables)
    _say_what_is_frozen_in_part(network)
    return network.draft


def read_live(live: Any, config: Mapping[str, Any], file: str, sizes: Sizes | None) -> Draft:
    """A model in memory.

    Args:
        live: the model.
        config: what its `to_json` writes.
        file: what findings call it.
        sizes: of inputs.

    Raises:
        Unreadable: something in it is refused, or sizes are open.
    """
    network, model = _network(config, file, sizes, "", getattr(live, "outputs", None) or ())
    if hasattr(live, "layers"):
        variables = LiveVariables(live)
        attach(network, model, variables)
        state_sizes(network, model, variables)
        _freeze(network, model, variables)
    _say_what_is_frozen_in_part(network)
    return network.draft


def _freeze(network: KerasNetwork, model: KerasEntry, variables: LiveVariables) -> None:
    """Finds variables that are frozen by themselves, of which only a model in memory knows."""
    network.frozen_in_part.clear()
    places = weight_places(model)
    for key, layers in network.made.items():
        learned = [each for each in layers if each.kind in LEARNED and each.trainable and not each.shares]
        counted = sum(map(_counted_as_trainable, learned))
        if not counted or key not in places:
            continue
        trainable = variables.trainable(places[key][0])
        if not trainable:
            for layer in learned:
                layer.trainable = False
        elif trainable < counted:
            network.frozen_in_part[key] = "/".join(places[key][0].names), counted - trainable


def _say_what_is_frozen_in_part(network: KerasNetwork) -> None:
    """Reports parameters that are counted as trainable and are frozen: a spec cannot freeze a part of a layer."""
    if found := list(network.frozen_in_part.values()):
        frozen = sum(params for _, params in found)
        what = "1 parameter that is" if frozen == 1 else f"{frozen:,} parameters that are"
        named = listed([f"`{name}`" for name, _ in found], 4)
        message = f"the totals count {what} frozen as trainable: in {named}"
        help = "in a spec a layer is frozen as a whole (`trainable: false`), or not at all"
        network.remark("CNN573", message, help, severity="warning")


_STATISTICS = ("mean", "variance", "count")


def _counted_as_trainable(layer: DraftLayer) -> int:
    """How many parameters of a trainable layer are counted so: all but its statistics."""
    statistics = (layer.weights[name] for name in _STATISTICS if name in layer.weights)
    return (layer.params or 0) - sum(prod(each.sizes) for each in statistics)


def _state_sizes(network: KerasNetwork, model: KerasEntry, variables: KerasVariables) -> None:
    """Says how many numbers the file has for every layer, where the library is there that reads them."""
    try:
        state_sizes(network, model, variables)
    except Unreadable as error:
        network.draft.remarks += [
            each._replace(severity="warning") for each in error.diagnostics if each.code != "CNN155"
        ]


def read_config(config: Mapping[str, Any], file: str, sizes: Sizes | None = None, version: str = "") -> Draft:
    """The model that JSON describes.

    Args:
        config: what Keras wrote.
        file: what findings call it.
        sizes: of inputs.
        version: of Keras, if the file says so elsewhere.

    Raises:
        Unreadable: it is damaged or refused, or sizes are open.
    """
    network, _ = _network(config, file, sizes, version)
    _say_what_is_frozen_in_part(network)
    return network.draft


def _network(
    config: Mapping[str, Any], file: str, sizes: Sizes | None, version: str, outputs: Sequence[Any] = ()
) -> tuple[KerasNetwork, KerasEntry]:
    """The model, with all that was found out about its layers.

    Args:
        outputs: of the model, where it is in memory: only then it is known what they should be.
    """
    try:
        return _understood(config, file, sizes, version, outputs)
    except RecursionError:
        raise Unreadable(Diagnostic("CNN156", "its parts are inside one another too deeply", file, START)) from None


def _understood(
    config: Mapping[str, Any], file: str, sizes: Sizes | None, version: str, stated: Sequence[Any]
) -> tuple[KerasNetwork, KerasEntry]:
    model = KerasEntry(config)
    network = KerasNetwork(Draft("keras", _layout_of(config)), file, _generation(config, version))
    if not model.is_model:
        raise _without_graph(model, network)
    network.draft.name = model.name
    unsure = restore_sharing(config)
    inputs = given_inputs(declared(model), sizes, network)
    outputs = run_model(model, inputs, network, Frame(trainable=model.trainable), stated=True)
    if network.generation == 2:
        learned = {key[-1] for key, layers in network.made.items() if any(each.kind in LEARNED for each in layers)}
        unsure += [name for name in possibly_shared(config) if name in learned]
    if unsure:
        named = listed([f"`{name}`" for name in unsure], 4)
        message = f"the file does not say which layers share their weights; these are counted separately: {named}"
        network.remark("CNN573", message, "give different layers different names", severity="warning")
    tensors = tensors_in(outputs)
    for tensor, own in zip(tensors, stated, strict=False):
        network.compare("the model", "output", tuple(own.shape), tensor)
    ends = KerasCall(KerasEntry({"class_name": "Permute", "name": "output"}), CalledWith([], {}), network, Frame())
    for each in tensors:
        ends.check_rank(each.sizes)
        network.draft.outputs.append(ends.plain(each).source)
    return network, model


def _without_graph(model: KerasEntry, network: KerasNetwork) -> Unreadable:
    """The finding for a model whose layers the file does not list."""
    if not model.class_name:
        return network.refuse("CNN150", "this is no model of Keras: it has no `class_name` and no layers")
    return network.refuse(
        "CNN152",
        f"the model is of the class `{model.class_name}`, whose graph the file does not have: only running it shows it",
        "make a functional model of it, where you have the class: "
        "`x = keras.Input(shape); keras.Model(x, model(x))`, with its layers called in one expression of `x`",
        "or save its parts, which are models themselves",
    )


def _generation(config: Mapping[str, Any], version: str) -> int:
    """Which Keras wrote it: Keras 2 says so, or lists what layers read as lists."""
    version = version or str(config.get("keras_version") or "")
    if version[:1] in ("1", "2"):
        return 2
    if version[:1] in ("3", "4"):
        return 3
    return 2 if any("batch_input_shape" in each for each in _mappings(config)) else 3


def _layout_of(config: Mapping[str, Any]) -> str:
    """The order of sizes that most layers with windows have."""
    formats = [each.get("data_format") for each in _mappings(config) if "data_format" in each]
    return "channels_first" if 2 * formats.count("channels_first") > len(formats) else "channels_last"


def _mappings(config: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """All parts of a model that have settings."""
    found: list[Mapping[str, Any]] = []
    waiting: list[Any] = [config]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            found.append(item)
            waiting += item.values()
        elif isinstance(item, list):
            waiting += item
    return found
