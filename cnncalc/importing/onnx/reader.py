"""An ONNX file → the graph of its operations."""

from __future__ import annotations

import mmap
from collections import ChainMap
from collections.abc import Mapping, Sequence
from math import prod
from typing import NoReturn

from cnncalc.importing.onnx._arrays import DTYPES, is_float
from cnncalc.importing.onnx._call import Knowledge
from cnncalc.importing.onnx._lost import modules_with_fewer_parameters
from cnncalc.importing.onnx._messages import (
    Dimension,
    FunctionMessage,
    GraphMessage,
    InfoMessage,
    ModelMessage,
    NodeMessage,
)
from cnncalc.importing.onnx._paths import is_of_folded_norm, layer_of, model_class, module_of, roles_of
from cnncalc.importing.onnx._stated import StatedSizes
from cnncalc.importing.onnx._walk import GraphWalk, Surroundings
from cnncalc.importing.onnx._wire import DAMAGED, Wire
from cnncalc.importing.operations import BATCH, Operation, OperationGraph, Tensor
from cnncalc.importing.stated_inputs import (
    OPEN,
    StatedInput,
    batch_fixed,
    inputs_of_the_file,
    no_such_input,
    other_axes,
    sizes_open,
)
from cnncalc.source.diagnostics import START, Diagnostic, listed
from cnncalc.source.files import Unreadable
from cnncalc.spec.given_inputs import ALL

OLDEST, NEWEST = 9, 28
"""The versions of the operators that are read."""

_BATCH_NAMES = {"batch", "batch_size", "batchsize", "n", "b", "bs", "none"}
_PLAIN_NAMES = {"", "main", "main_graph", "torch_jit", "torch-jit-export", "tf2onnx", "graph", "onnx_model"}


def read_onnx(path: str, sizes: Mapping[str, tuple[int, ...]] | None = None, batch_axis: int = 0) -> OperationGraph:
    """The operations of an ONNX model.

    Args:
        path: of the file.
        sizes: of inputs, by name, in the order of the file and without the batch: needed where the file leaves sizes
            open.
        batch_axis: which axis of the inputs is the batch, unless another one alone is called so.

    Raises:
        Unreadable: it is damaged, has what is not read, or leaves sizes open.
    """
    try:
        with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            return _ModelReader(Wire(data, path), sizes or {}, batch_axis).graph()
    except OSError as error:
        message = f"the file cannot be read: {error.strerror or error}"
        raise Unreadable(Diagnostic("CNN101", message, path, START)) from None
    except ValueError:
        raise Unreadable(Diagnostic("CNN150", "the file is empty", path, START, "", (DAMAGED,))) from None


class _ModelReader:
    """Reads one model."""

    def __init__(self, wire: Wire, sizes: Mapping[str, tuple[int, ...]], batch_axis: int) -> None:
        self._wire = wire
        self._axis = batch_axis
        self._given = sizes
        self._symbols: dict[str, int] = {}
        self._is_changed = False

    def graph(self) -> OperationGraph:
        """The model as operations."""
        model = ModelMessage(self._wire, (0, len(self._wire.data)))
        if model.graph is None or not model.ir_version:
            self._wire.fail(0, "there is no model in it" if model.graph is None else "it has no version of the format")
        self._check_versions(model)
        message = GraphMessage(self._wire, model.graph)
        ledger = Knowledge(
            self._wire,
            OperationGraph(file=self._wire.name),
            roles_of(message.metadata(self._wire)),
            model.producer,
        )
        ledger.graph.repeats_are_shared = ledger.is_of_cnncalc  # each layer has initializers of its own
        walk = GraphWalk(ledger, [FunctionMessage(self._wire, span) for span in model.functions])
        names: ChainMap[str, Tensor] = ChainMap({})
        walk.add_arrays(message, names)
        ledger.look_for_parameters(names)
        ledger.given = self._add_inputs(message, names, ledger.graph)
        arrays = [name for name, tensor in names.items() if tensor.constant is not None and tensor.sizes]
        infos = [] if self._is_changed else [*message.infos, *message.outputs]
        at = Surroundings(names, {"": NEWEST, **model.opsets}, StatedSizes(self._wire, infos, self._symbols))
        outputs = [StatedSizes.name_of(self._wire, span) for span in message.outputs]
        nodes = walk.read_nodes(message.nodes)
        walk.walk(nodes, at, outputs)
        self._finish(ledger, names, outputs)
        ledger.graph.name = self._name(message, nodes)
        assert at.stated is not None
        ledger.graph.remarks += [*at.stated.findings(), *self._remarks(ledger, nodes, names, arrays)]
        return ledger.graph

    def _check_versions(self, model: ModelMessage) -> None:
        version = model.opsets.get("")
        if version is None and (model.opsets or model.ir_version < 3):
            version = NEWEST if model.opsets else 1
        version = version or 1
        if OLDEST <= version <= NEWEST:
            return
        help = (
            f"export it again with an opset from {OLDEST} to {NEWEST} (`torch.onnx.export(…, opset_version=18)`)",
            "or convert it: `onnx.version_converter.convert_version(model, 18)`",
        )
        message = f"opset {version} is not read, only {OLDEST} to {NEWEST}"
        raise Unreadable(Diagnostic("CNN151", message, self._wire.name, START, "", help))

    # -- inputs

    def _add_inputs(
        self, message: GraphMessage, names: ChainMap[str, Tensor], graph: OperationGraph
    ) -> tuple[str, ...]:
        """Adds the inputs; gives the help on sizes that the caller gave, if any."""
        infos = [InfoMessage(self._wire, span) for span in message.inputs]
        infos = [info for info in infos if info.name not in names]
        described = [*map(_described, infos)]
        if unknown := sorted(self._given.keys() - {ALL} - {info.name for info in infos}):
            self._refuse_sizes(no_such_input(unknown[0], described))
        graph.batch, axes = self._batch(infos)
        graph.batch_axis = max((axis or 0 for axis in axes.values()), default=0)
        for info in infos:
            if info.name in names:
                self._wire.fail(0, f"two inputs are called `{info.name}`")
            sizes = self._sizes(info, axes[info.name], graph.batch, infos)
            tensor = Tensor(info.name, sizes, DTYPES.get(info.kind, "float32"), stated=True)
            names[info.name] = tensor
            graph.inputs.append(tensor)
        if graph.batch != BATCH and graph.inputs:
            text = batch_fixed(graph.batch)
            graph.remarks.append(Diagnostic("CNN571", text, self._wire.name, START, severity="note"))
        return (inputs_of_the_file(described),) if self._given else ()

    def _batch(self, infos: Sequence[InfoMessage]) -> tuple[int, dict[str, int | None]]:
        """The size of the batch, and where each input has it: the first axis, unless another one is left open and bears
        its name."""
        axes = {info.name: _batch_axis(info.sizes or (), self._axis) for info in infos}
        found = [info.sizes[axis] for info in infos if info.sizes is not None and (axis := axes[info.name]) is not None]
        fixed = [each for each in found if isinstance(each, int) and each > 0]
        if len(fixed) < len(found) or not found:
            self._symbols |= {each: BATCH for each in found if isinstance(each, str)}
            return BATCH, axes
        return fixed[0], axes

    def _sizes(self, info: InfoMessage, axis: int | None, batch: int, infos: Sequence[InfoMessage]) -> tuple[int, ...]:
        given = list(self._given.get(info.name, self._given.get(ALL, ()) if _takes_sizes(info, axis) else ()))
        if info.sizes is None and not given:
            self._refuse_open(info, infos)
        stated = [None] * (len(given) + 1) if info.sizes is None else info.sizes
        places = [place for place in range(len(stated)) if place != axis]
        if given and len(given) == len(places) - 1 and isinstance(channels := stated[places[0]], int):
            given = [channels, *given]  # just those of the positions
        if given and len(given) != len(places):
            self._refuse_sizes(other_axes(_described(info), len(given), [*map(_described, infos)]))
        sizes = []
        for place, size in enumerate(stated):
            if place == axis:
                sizes.append(size if isinstance(size, int) and size > 0 else batch)
            else:
                sizes.append(self._size(info, size, given[places.index(place)] if given else None, infos))
        return tuple(sizes)

    def _size(self, info: InfoMessage, size: Dimension, given: int | None, infos: Sequence[InfoMessage]) -> int:
        is_open = not isinstance(size, int) or size < 1
        if given is not None:
            if isinstance(size, str):
                self._symbols.setdefault(size, given)
            self._is_changed |= not is_open and size != given
            return given
        known = self._symbols.get(size) if isinstance(size, str) else size
        if known is None or known < 1:
            self._refuse_open(info, infos)
        return known

    def _refuse_open(self, first: InfoMessage, infos: Sequence[InfoMessage]) -> NoReturn:
        """Reports the first input of which a size is not known, with those after it."""
        described = [*map(_described, infos)]
        later = described[infos.index(first) :]
        missing = [each for each in later if each.is_open and each.name not in self._given]
        self._refuse_sizes(sizes_open(missing, described, "channels_first"))

    def _refuse_sizes(self, texts: tuple[str, ...]) -> NoReturn:
        message, *help = texts
        raise Unreadable(Diagnostic("CNN153", message, self._wire.name, START, "", tuple(help)))

    # -- afterwards

    def _finish(self, ledger: Knowledge, names: Mapping[str, Tensor], outputs: Sequence[str]) -> None:
        """Finds the outputs, and leaves out whatever no output depends on."""
        graph = ledger.graph
        for name in outputs:
            if name not in names:
                ledger.refuse("CNN150", "the model", f"its output `{name}` is given by nothing", DAMAGED)
            graph.outputs.append(names[name])
        needed = {id(tensor) for tensor in graph.outputs}
        kept = []
        for operation in reversed(graph.operations):
            if any(id(tensor) in needed for tensor in operation.outputs):
                needed.update(id(tensor) for tensor in operation.inputs if tensor is not None)
                kept.append(operation)
        graph.operations = kept[::-1]
        ledger.is_read = True

    def _name(self, message: GraphMessage, nodes: Sequence[NodeMessage]) -> str:
        if message.name.lower() not in _PLAIN_NAMES:
            return message.name
        classes = (model_class(node.metadata(self._wire)) for node in nodes[:50])
        return next(filter(None, classes), "")

    def _remarks(
        self, ledger: Knowledge, nodes: Sequence[NodeMessage], names: Mapping[str, Tensor], arrays: Sequence[str]
    ) -> list[Diagnostic]:
        found = []
        apart = sum(map(_is_rest_of_norm, ledger.graph.operations))
        if ledger.folded_norms or apart:
            found.append(
                ("CNN572", f"{_folded(ledger.folded_norms, apart)}: the model in training has more parameters")
            )
        if fewer := self._modules_with_fewer_parameters(ledger, nodes, names):
            them = listed([f"`{name}`" for name in fewer], 3)
            text = f"the exporter has calculated with parameters of {them}: the file may have fewer than the model"
            found.append(("CNN573", text))
        if tied := self._tied(ledger, nodes, names):
            them = listed([f"`{name}` in `{one}` and `{owner}`" for name, one, owner in tied], 3)
            text = f"counted twice, as the file has it twice, is what may be one parameter of the model: {them}"
            found.append(("CNN573", text))
        if ledger.bits:
            arrays_of = [f"{count} of {bits} bits" for bits, count in sorted(ledger.bits.items())]
            text = f"the file is quantised and read as its float network; arrays of weights: {', '.join(arrays_of)}"
            if ledger.rectified:
                relus = f"{ledger.rectified} ReLUs are" if ledger.rectified > 1 else "1 ReLU is"
                text += f"; {relus} in its scales (an upper bound, as that of ReLU6, is not recorded)"
            found.append(("CNN573", text))
        used = {name for node in nodes for name in node.inputs}
        unused = [name for name in arrays if name not in used and is_float(names[name].dtype)]
        if unused and not any(attribute.graphs for node in nodes for attribute in node.attributes.values()):
            what = f"{len(unused)} arrays of the file are" if len(unused) > 1 else "1 array of the file is"
            found.append(("CNN573", f"{what} used by no node: `{unused[0]}`"))
        return [Diagnostic(code, text, self._wire.name, START, severity="note") for code, text in found]

    def _modules_with_fewer_parameters(
        self, ledger: Knowledge, nodes: Sequence[NodeMessage], names: Mapping[str, Tensor]
    ) -> list[str]:
        if not ledger.has_roles:
            return []
        own = ((name, tensor) for name, tensor in names.items() if tensor.constant and tensor.constant.identity == name)
        arrays = {
            name
            for name, tensor in own
            if is_float(tensor.dtype) and (prod(tensor.sizes or ()) > 1 or name in ledger.roles)
        }
        read = ((module_of(node.metadata(self._wire)), node.operator, node.inputs) for node in nodes)
        return modules_with_fewer_parameters(ledger.roles, arrays, read)

    def _tied(
        self, ledger: Knowledge, nodes: Sequence[NodeMessage], names: Mapping[str, Tensor]
    ) -> list[tuple[str, str, str]]:
        """Matrices that one layer of PyTorch takes from another one which reads something else in their place, with
        both layers: the exporter transposes the table of an embedding for the dense layer that has it too."""
        reads: dict[str, set[str]] = {}
        for node in nodes:
            if module := layer_of(node.metadata(self._wire)):
                reads.setdefault(module, set()).update(node.inputs)
        matrices = {name for name, role in ledger.roles.items() if role == "PARAMETER" and name in names}
        matrices = {name for name in matrices if len(names[name].sizes or ()) > 1}
        return [
            (name, module, owner)
            for module, inputs in reads.items()
            for name in sorted(inputs & matrices)
            if (owner := name.rpartition(".")[0]) in reads and name not in reads[owner]
        ]


def _folded(norms: Mapping[str, int], apart: int) -> str:
    """Where the batch norms are that are no layers any more.

    Args:
        norms: how many are in the weights of another layer, by what that is.
        apart: how many are a scale and an offset.
    """
    into = " and ".join(f"{count} {what}{'s' * (count > 1)}" for what, count in norms.items())
    rest = f"{'are' if apart > 1 else 'is'} only a scale and an offset"
    if not into:
        return f"{apart} batch norm{'s' * (apart > 1)} {rest}"
    return f"batch norms are folded into the weights of {into}{f', and {apart} {rest}' if apart else ''}"


def _is_rest_of_norm(operation: Operation) -> bool:
    """Whether an addition is what TensorFlow's converter left of a batch norm, apart from the factor before it."""
    given = [each for each in operation.inputs if each is not None]
    has_array = operation.name == "add" and any(each.constant is not None for each in given)
    return has_array and any(is_of_folded_norm(each.name) for each in given)


def _takes_sizes(info: InfoMessage, axis: int | None) -> bool:
    """Whether sizes for all inputs are for this one: not if it is a vector of known size."""
    own = [size for place, size in enumerate(info.sizes or ()) if place != axis]
    return info.sizes is None or len(info.sizes) > 2 or not all(isinstance(size, int) and size > 0 for size in own)


def _batch_axis(sizes: Sequence[Dimension], usual: int = 0) -> int | None:
    if len(sizes) <= usual:
        return None
    if isinstance(sizes[0], int) and sizes[0] > 0:
        named = (place for place, size in enumerate(sizes) if isinstance(size, str) and size.lower() in _BATCH_NAMES)
        return next(named, usual)
    return usual


def _described(info: InfoMessage) -> StatedInput:
    if info.sizes is None:
        return StatedInput(info.name, None)
    axis = _batch_axis(info.sizes)
    own = [size for place, size in enumerate(info.sizes) if place != axis]
    return StatedInput(info.name, tuple(size if isinstance(size, int) and size > 0 else _open(size) for size in own))


def _open(size: Dimension) -> str:
    return size if isinstance(size, str) and size else OPEN
