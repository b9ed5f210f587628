"""An ONNX file → the graph of its operations."""

from __future__ import annotations

import mmap
from collections import ChainMap
from collections.abc import Mapping, Sequence
from typing import NoReturn

from cnncalc.importing.onnx._arrays import DTYPES, is_float
from cnncalc.importing.onnx._call import Knowledge
from cnncalc.importing.onnx._messages import (
    Dimension,
    FunctionMessage,
    GraphMessage,
    InfoMessage,
    ModelMessage,
    NodeMessage,
)
from cnncalc.importing.onnx._paths import model_class, roles_of
from cnncalc.importing.onnx._stated import StatedSizes
from cnncalc.importing.onnx._walk import GraphWalk, Surroundings
from cnncalc.importing.onnx._wire import DAMAGED, Wire
from cnncalc.importing.operations import BATCH, OperationGraph, Tensor
from cnncalc.source.diagnostics import START, Diagnostic
from cnncalc.source.files import Unreadable
from cnncalc.spec.given_inputs import ALL

OLDEST, NEWEST = 9, 28
"""The versions of the operators that are read."""

_BATCH_NAMES = {"batch", "batch_size", "batchsize", "n", "b", "bs", "none"}
_PLAIN_NAMES = {"", "main", "main_graph", "torch_jit", "torch-jit-export", "tf2onnx", "graph", "onnx_model"}


def is_onnx(head: bytes) -> bool:
    """Whether a file that begins so can be an ONNX model: its first field is the version of the format, or a short text
    that says who made it."""
    return len(head) > 2 and ((head[0] == 0x08 and 0 < head[1] < 64) or head[0] in (0x12, 0x3A))


def read_onnx(path: str, sizes: Mapping[str, tuple[int, ...]] | None = None) -> OperationGraph:
    """The operations of an ONNX model.

    Args:
        path: of the file.
        sizes: of inputs, by name, in the order of the file and without the batch: needed where the file leaves sizes
            open.

    Raises:
        Unreadable: it is damaged, has what is not read, or leaves sizes open.
    """
    try:
        with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            return _ModelReader(Wire(data, path), sizes or {}).graph()
    except OSError as error:
        message = f"the file cannot be read: {error.strerror or error}"
        raise Unreadable(Diagnostic("CNN101", message, path, START)) from None
    except ValueError:
        raise Unreadable(Diagnostic("CNN150", "the file is empty", path, START, "", (DAMAGED,))) from None


class _ModelReader:
    """Reads one model."""

    def __init__(self, wire: Wire, sizes: Mapping[str, tuple[int, ...]]) -> None:
        self._wire = wire
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
        if unknown := sorted(self._given.keys() - {ALL} - {info.name for info in infos}):
            self._refuse_sizes(infos, f"there is no input `{unknown[0]}`")
        graph.batch, axes = self._batch(infos)
        for info in infos:
            if info.name in names:
                self._wire.fail(0, f"two inputs are called `{info.name}`")
            sizes = self._sizes(info, axes[info.name], graph.batch, infos)
            tensor = Tensor(info.name, sizes, DTYPES.get(info.kind, "float32"), stated=True)
            names[info.name] = tensor
            graph.inputs.append(tensor)
        if graph.batch != BATCH and graph.inputs:
            text = f"the file has a fixed batch of {graph.batch}, which is left out here"
            graph.remarks.append(Diagnostic("CNN571", text, self._wire.name, START, severity="note"))
        listed = f"inputs of the file, batch included: {', '.join(map(_described, infos))}"
        return (listed, "sizes are in the order of the file, without the batch") if self._given else ()

    def _batch(self, infos: Sequence[InfoMessage]) -> tuple[int, dict[str, int | None]]:
        """The size of the batch, and where each input has it: the first axis, unless another one is left open and bears
        its name."""
        axes = {info.name: _batch_axis(info.sizes or ()) for info in infos}
        found = [info.sizes[axis] for info in infos if info.sizes is not None and (axis := axes[info.name]) is not None]
        fixed = [each for each in found if isinstance(each, int) and each > 0]
        if len(fixed) < len(found) or not found:
            self._symbols |= {each: BATCH for each in found if isinstance(each, str)}
            return BATCH, axes
        return fixed[0], axes

    def _sizes(self, info: InfoMessage, axis: int | None, batch: int, infos: Sequence[InfoMessage]) -> tuple[int, ...]:
        is_map = info.sizes is None or len(info.sizes) > 2
        given = list(self._given.get(info.name, self._given.get(ALL, ()) if is_map else ()))
        if info.sizes is None and not given:
            self._refuse_sizes(infos, f"the file does not say of what size `{info.name}` is")
        stated = [None] * (len(given) + 1) if info.sizes is None else info.sizes
        places = [place for place in range(len(stated)) if place != axis]
        if given and len(given) == len(places) - 1 and isinstance(channels := stated[places[0]], int):
            given = [channels, *given]  # just those of the positions
        if given and len(given) != len(places):
            self._refuse_sizes(infos, f"`{info.name}` has {len(places)} sizes besides the batch, not {len(given)}")
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
            self._refuse_sizes(infos, f"the file leaves sizes of `{info.name}` open")
        return known

    def _refuse_sizes(self, infos: Sequence[InfoMessage], message: str) -> NoReturn:
        lines = [f"inputs: {', '.join(map(_described, infos)) or 'none'}"]
        lines += [f"give them by `--input {_example(info)}`" for info in infos[:1] if info.sizes]
        raise Unreadable(Diagnostic("CNN153", message, self._wire.name, START, "", tuple(lines)))

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
        if count := ledger.folded_norms:
            many = f"{count} convolutions" if count > 1 else "1 convolution"
            text = f"batch norms are folded into the weights of {many}: the model in training has more parameters"
            found.append(("CNN572", text))
        if ledger.bits:
            arrays_of = [f"{count} of {bits} bits" for bits, count in sorted(ledger.bits.items())]
            text = f"the file is quantised and read as its float network; arrays of weights: {', '.join(arrays_of)}"
            if ledger.rectified:
                text += f"; {ledger.rectified} ReLUs are in its scales (an upper bound, as that of ReLU6, is not told)"
            found.append(("CNN573", text))
        used = {name for node in nodes for name in node.inputs}
        unused = [name for name in arrays if name not in used and is_float(names[name].dtype)]
        if unused and not any(attribute.graphs for node in nodes for attribute in node.attributes.values()):
            what = f"{len(unused)} arrays of the file are" if len(unused) > 1 else "1 array of the file is"
            found.append(("CNN573", f"{what} used by no node: `{unused[0]}`"))
        return [Diagnostic(code, text, self._wire.name, START, severity="note") for code, text in found]


def _batch_axis(sizes: Sequence[Dimension]) -> int | None:
    if not sizes:
        return None
    if isinstance(sizes[0], int) and sizes[0] > 0:
        named = (place for place, size in enumerate(sizes) if isinstance(size, str) and size.lower() in _BATCH_NAMES)
        return next(named, 0)
    return 0


def _described(info: InfoMessage) -> str:
    if info.sizes is None:
        return f"`{info.name}` (of unknown rank)"
    return f"`{info.name}` ({' × '.join('?' if each is None else str(each) for each in info.sizes)})"


def _example(info: InfoMessage) -> str:
    sizes = list(info.sizes or ())
    axis = _batch_axis(sizes)
    rest = [size for place, size in enumerate(sizes) if place != axis]
    return f"{info.name}=" + "x".join(str(size) if isinstance(size, int) and size > 0 else "224" for size in rest)
