"""The JSON of a model in one form, whichever Keras wrote it: layers, and how they are called.

Keras 3 writes the arguments of each call as they were; Keras 2 a list of what is read, with all further arguments
beside the first of them. `Reference`s stand for tensors in both.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from cnncalc.named_tuple import NamedTuple

Json = Mapping[str, Any]
OpenSizes = tuple[int | None, ...]
"""Sizes with the batch; None for those that are open."""


class Reference(NamedTuple):
    """A tensor that a call reads: the output `place` of the call `node` of the layer `name`.

    Attributes:
        sizes: that the file states, the batch included; None if it states none.
    """

    name: str
    node: int
    place: int
    sizes: OpenSizes | None = None


class CalledWith(NamedTuple):
    """The arguments of one call of a layer, in which `Reference`s stand for tensors.

    Attributes:
        masks: the names of arguments that are not among them: which positions count, as Keras works it out by itself.
    """

    args: list[Any]
    kwargs: dict[str, Any]
    masks: tuple[str, ...] = ()

    def references(self) -> Iterator[Reference]:
        """All tensors that the call reads."""
        return all_of([self.args, self.kwargs], Reference)


class KerasEntry:
    """A layer, an operation or a model, as its parent lists it.

    Attributes:
        name: in its parent.
        class_name: `Conv2D`; of a model `Functional` or `Sequential`.
        module: where the class is at home, `keras.layers`; "" if the file does not say.
        registered: the name that a class of the user's own was registered by; "" for none.
        config: what the layer was made with.
        build_config: what it was built for.
        shared: the number of an object that occurs several times; None for all others.
    """

    def __init__(self, data: Json) -> None:
        config = data.get("config")
        self.class_name = str(data.get("class_name", ""))
        self.module = str(data.get("module") or "")
        self.registered = str(data.get("registered_name") or "")
        self.config: Json = config if isinstance(config, dict) else {"layers": config}
        self.name = str(data.get("name") or self.config.get("name") or "")
        build = data.get("build_config")
        self.build_config: Json = build if isinstance(build, dict) else {}
        self.shared = data.get("shared_object_id")
        self._nodes: Any = data.get("inbound_nodes") or []

    @property
    def trainable(self) -> bool:
        """Whether training changes its parameters."""
        return self.config.get("trainable", True) is not False

    def key_in(self, around: tuple[Any, ...]) -> tuple[Any, ...]:
        """What tells it from all other layers of the model, the same for every call of it.

        Args:
            around: the key of what lists it.
        """
        return ("shared", self.shared) if self.shared is not None else (*around, self.name)

    @property
    def is_keras_own(self) -> bool:
        """Whether the class is one of Keras, and not the user's: Keras 2 says so only of registered ones."""
        if ">" in self.class_name or ">" in self.registered:
            return False
        return not self.module or self.module.split(".")[0] in ("keras", "tf_keras", "tensorflow", "builtins")

    @property
    def is_operator(self) -> bool:
        """Whether it is a function of Keras 3, `keras.ops.add`, which may have the name of a layer.

        Where `.h5` files do not say where a class is at home, layers are those that can be frozen.
        """
        if not self.module:
            return self.counts_from_zero and not self.is_input and "trainable" not in self.config
        return self.module.startswith(("keras.src.ops", "keras.ops"))

    @property
    def is_model(self) -> bool:
        """Whether it is made of layers that the file lists."""
        return isinstance(self.config.get("layers"), list) and self.class_name != "StackedRNNCells"

    @property
    def is_sequential(self) -> bool:
        """Whether its layers are called one after the other."""
        return "input_layers" not in self.config

    @property
    def is_input(self) -> bool:
        """Whether it stands for an input."""
        return self.class_name == "InputLayer"

    @property
    def input_sizes(self) -> OpenSizes | None:
        """Those that the layer says its input has, as inputs do, and in Keras 2 the first layer of a row."""
        found = (open_sizes(self.config.get(name)) for name in ("batch_shape", "batch_input_shape"))
        return next(filter(None, found), None)

    @property
    def built_for(self) -> list[OpenSizes]:
        """The sizes of what it reads when it is called first; [] if the file does not say so."""
        sizes = self.build_config.get("input_shape")
        one = open_sizes(sizes)
        several = [open_sizes(each) for each in sizes] if isinstance(sizes, list) and one is None else [one]
        return [each for each in several if each] if all(several) else []

    def inside(self, key: str = "layer") -> KerasEntry | None:
        """A layer that it was made with, of a wrapper."""
        data = self.config.get(key)
        return KerasEntry(data) if isinstance(data, dict) and "class_name" in data else None

    def entries(self) -> list[KerasEntry]:
        """The layers of a model."""
        return [KerasEntry(each) for each in self.config["layers"] if isinstance(each, dict)]

    def calls(self, known: Mapping[str, Any]) -> list[CalledWith]:
        """How it is called in its parent.

        Args:
            known: the layers of the parent by name.
        """
        nodes = self._nodes if isinstance(self._nodes, list) else []
        found = [_of_keras3(node) if isinstance(node, dict) else _of_keras2(node, known) for node in nodes]
        return found if self.is_operator else list(map(_without_masks, found))

    @property
    def counts_from_zero(self) -> bool:
        """Whether the calls are of Keras 3, which counts those of a model inside a model from 0; Keras 2 from 1."""
        return any(isinstance(node, dict) for node in self._nodes) if isinstance(self._nodes, list) else False


def open_sizes(value: Any) -> OpenSizes | None:
    """A shape as the file has it; None if it is none."""
    if isinstance(value, list | tuple) and all(each is None or type(each) is int for each in value):
        return tuple(value)
    return None


def all_of(value: Any, kind: type | tuple[type, ...]) -> Iterator[Any]:
    """All that are of a type, in lists and dicts (by their keys in order)."""
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, kind):
            yield item
        elif isinstance(item, dict):
            waiting += [item[key] for key in sorted(item, reverse=True)]
        elif isinstance(item, list):
            waiting += reversed(item)


def replaced(value: Any, references: Mapping[Reference, Any]) -> Any:
    """The same arguments with what the references stand for."""
    if isinstance(value, Reference):
        return references[value]
    if isinstance(value, list):
        return [replaced(each, references) for each in value]
    if isinstance(value, dict):
        return {key: replaced(each, references) for key, each in value.items()}
    return value


_MASKS = ("mask", "query_mask", "value_mask", "key_mask")


def _without_masks(call: CalledWith) -> CalledWith:
    masks = tuple(name for name in _MASKS if any(all_of(call.kwargs.get(name), Reference)))
    kept = {name: value for name, value in call.kwargs.items() if name not in masks}
    return CalledWith(call.args, kept, masks) if masks else call


# -- Keras 3


def _of_keras3(node: Json) -> CalledWith:
    args, kwargs = _revived(node.get("args", [])), _revived(node.get("kwargs", {}))
    return CalledWith(args if isinstance(args, list) else [args], kwargs if isinstance(kwargs, dict) else {})


def _revived(value: Any) -> Any:
    """A value with references, slices and plain lists of numbers for what stands for such."""
    if isinstance(value, list):
        return [_revived(each) for each in value]
    if not isinstance(value, dict):
        return value
    known = _REVIVED.get(str(value.get("class_name")))
    return known(value) if known else {str(key): _revived(each) for key, each in value.items()}


def _tensor(value: Json) -> Any:
    config = _config(value)
    history = config.get("keras_history")
    if not isinstance(history, list) or not _is_place(history):
        history = ["", 0, 0]
    return Reference(history[0], history[1], history[2], open_sizes(config.get("shape")))


def _slice(value: Json) -> slice:
    config = _config(value)
    return slice(*(_revived(config.get(each)) for each in ("start", "stop", "step")))


def _array(value: Json) -> Any:
    return _config(value).get("value")


def _config(value: Json) -> Json:
    config = value.get("config")
    return config if isinstance(config, dict) else {}


_REVIVED: dict[str, Callable[[Json], Any]] = {
    "__keras_tensor__": _tensor,
    "__slice__": _slice,
    "__ellipsis__": lambda _: ...,
    "__tuple__": lambda value: _revived(value.get("items", [])),
    "__numpy__": _array,
    "__tensor__": _array,
}


# -- Keras 2


def _of_keras2(node: Any, known: Mapping[str, Any]) -> CalledWith:
    kwargs: dict[str, Any] = {}
    arg = _read(node, known, kwargs)
    if isinstance(arg, list) and len(arg) == 1:
        arg = arg[0]
    return CalledWith([arg], kwargs)


def _read(value: Any, known: Mapping[str, Any], kwargs: dict[str, Any]) -> Any:
    """What a layer is called on; further arguments, which stand beside a tensor, are put into the kwargs."""
    if _is_place(value) and value[0] in known:
        if len(value) > 3 and isinstance(value[3], dict):
            kwargs.update({key: _keyword(each, known) for key, each in value[3].items()})
        return Reference(*value[:3])
    if _is_constant(value):
        if len(value) > 3 and isinstance(value[3], dict):
            kwargs.update({key: _keyword(each, known) for key, each in value[3].items()})
        return value[2]
    if isinstance(value, list):
        return [_read(each, known, kwargs) for each in value]
    if isinstance(value, dict) and "class_name" not in value:
        return {str(key): _read(each, known, kwargs) for key, each in value.items()}
    return _keyword(value, known)


def _keyword(value: Any, known: Mapping[str, Any]) -> Any:
    """A further argument: a tensor again, or a plain value."""
    if _is_place(value) and value[0] in known:
        return Reference(*value[:3])
    if _is_constant(value):
        return value[2]
    if isinstance(value, list):
        return [_keyword(each, known) for each in value]
    if isinstance(value, dict):
        if "class_name" in value:
            return _revived(value)
        if set(value) == {"start", "stop", "step"}:
            return slice(*(_keyword(value[each], known) for each in ("start", "stop", "step")))
        if set(value) == {"value"} and value["value"] == "Ellipsis":
            return ...
        return {str(key): _keyword(each, known) for key, each in value.items()}
    return value


def _is_place(value: Any) -> bool:
    """Whether it names a layer, one of its calls and one of its outputs."""
    return isinstance(value, list) and len(value) >= 3 and isinstance(value[0], str) and _are_counts(value[1:3])


def _are_counts(values: list[Any]) -> bool:
    return all(type(each) is int and each >= 0 for each in values)


def _is_constant(value: Any) -> bool:
    return isinstance(value, list) and len(value) >= 3 and value[0] == "_CONSTANT_VALUE"


def place_of(value: Any) -> Reference | None:
    """The tensor that a model's input or output is."""
    return Reference(*value[:3]) if _is_place(value) else None


def places_in(value: Any) -> list[Reference]:
    """The tensors that a model has as inputs or outputs, in order: those of a dict by their keys."""
    found: list[Reference] = []
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if place := place_of(item):
            found.append(place)
        elif isinstance(item, dict):
            waiting += [item[key] for key in sorted(item, reverse=True)]
        elif isinstance(item, list):
            waiting += reversed(item)
    return found


# -- names in files of weights

_OWN_NAMES = {"GroupQueryAttention": "GroupedQueryAttention"}
"""What classes are called that Keras also gives another name."""


def name_among(class_name: str, counts: dict[str, int]) -> str:
    """What a layer is called in a file: its class, and a number from the second one on."""
    name = class_name.rpartition(">")[2]
    name = _snake_case(_OWN_NAMES.get(name, name))
    number = counts[name] = counts.get(name, -1) + 1
    return f"{name}_{number}" if number else name


def _snake_case(name: str) -> str:
    name = re.sub(r"\W+", "", name)
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()
