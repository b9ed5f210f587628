"""Going through the nodes of a graph in order: functions are inlined, branches chosen, constants folded, and all else
is translated."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Container, Iterable, Mapping, Sequence
from functools import partial
from math import prod
from typing import TYPE_CHECKING, Any

from cnncalc.importing.draft import too_many
from cnncalc.importing.onnx._arrays import MAX_FOLDED, constant_of, decoded_numbers
from cnncalc.importing.onnx._call import Knowledge, OperatorCall, Path
from cnncalc.importing.onnx._folding import fold
from cnncalc.importing.onnx._lattices import note_lattice
from cnncalc.importing.onnx._messages import (
    Attribute,
    FunctionMessage,
    GraphMessage,
    NodeMessage,
    Span,
    TensorMessage,
)
from cnncalc.importing.onnx._order import nodes_in_order
from cnncalc.importing.onnx._paths import CONVOLUTIONS, has_folded_norm, layer_of, path_of
from cnncalc.importing.onnx._sizes import Sizes
from cnncalc.importing.onnx._stated import StatedSizes
from cnncalc.importing.onnx._wire import DAMAGED
from cnncalc.importing.onnx.operators import TRANSLATIONS, is_quantized_operator, lacking_operator
from cnncalc.importing.operations import Constant, Operation, Tensor, not_finite
from cnncalc.source.files import Unreadable

if TYPE_CHECKING:
    from cnncalc.importing.onnx.operators import Lacking

MAX_DEPTH = 32
"""Functions and branches inside each other."""

Names = ChainMap[str, Tensor]
Attributes = Mapping[str, Attribute]

_ANY_SIZES = {"Identity", "Shape", "Size", "QuantizeLinear", "DequantizeLinear", "DynamicQuantizeLinear", "Constant"}
"""Operators that do not need the sizes of their inputs."""
_CALCULATING = {"Add", "Sub", "Mul", "Div", "Pow", "Mod", "PRelu", "Max", "Min", "Sum", "Mean"}
"""Operators whose every output is NaN where one of their numbers is."""
MAX_TIMES = 1_000_000
"""The most iterations of a loop whose number is part of the sizes of its outputs."""
_MISFITS = (IndexError, ValueError, ArithmeticError)


class Surroundings:
    """Where nodes are.

    Attributes:
        names: the tensors that they can read.
        opsets: the versions of operators.
        attributes: of the call of the function that they are in.
        path: the modules that this function is called in.
        where: for findings: ` in function f`.
        depth: how many functions and branches are around them.
        stated: what the file says of the sizes there.
    """

    def __init__(self, names: Names, opsets: Mapping[str, int], stated: StatedSizes | None) -> None:
        self.names = names
        self.opsets = opsets
        self.attributes: Attributes | None = None
        self.path: Path = ()
        self.where = ""
        self.depth = 0
        self.stated = stated

    def inner(self, names: Names, opsets: Mapping[str, int], where: str) -> Surroundings:
        """Those of a function that is called here, or of a branch."""
        found = Surroundings(names, opsets, None)
        found.attributes, found.path, found.where, found.depth = self.attributes, self.path, where, self.depth + 1
        return found


class GraphWalk:
    """One walk through a model."""

    def __init__(self, ledger: Knowledge, functions: Iterable[FunctionMessage]) -> None:
        self._ledger = ledger
        self._wire = ledger.wire
        self._functions = {(each.domain, each.name, each.overload): each for each in functions}
        self._nodes = 0

    def read_nodes(self, spans: list[Span]) -> list[NodeMessage]:
        """The nodes at these places."""
        self._nodes += len(spans)
        if message := too_many(self._nodes):
            self._ledger.refuse("CNN156", "the model", message)
        return [NodeMessage(self._wire, span, index) for index, span in enumerate(spans)]

    def add_arrays(self, graph: GraphMessage, names: Names) -> None:
        """Names the arrays of a graph."""
        for span in graph.initializers:
            message = TensorMessage(self._wire, span)
            if message.name in names.maps[0]:
                self._wire.fail(span[0], f"two arrays are called `{message.name}`")
            names[message.name] = self._array(message)
        if graph.sparse:
            self._ledger.refuse("CNN152", "the model", "it has sparse arrays", "export it with dense ones")

    def _array(self, message: TensorMessage) -> Tensor:
        constant, dtype = constant_of(self._wire, message)
        tensor = Tensor(message.name, message.sizes, dtype, constant, stated=True)
        count = prod(message.sizes)
        if constant.values is None and message.external is None and count <= MAX_FOLDED and dtype != "string":
            self._ledger.keep_way(tensor, partial(_numbers_of, constant, count))
        return tensor

    # -- graphs

    def walk(self, nodes: list[NodeMessage], at: Surroundings, outputs: Iterable[str]) -> None:
        """Reads the nodes of a graph, each after those that it reads."""
        if at.depth > MAX_DEPTH:
            self._ledger.refuse("CNN156", "the model", f"functions or branches more than {MAX_DEPTH} deep")
        used = {name for node in nodes for name in node.inputs} | set(outputs)
        for node in nodes_in_order(nodes, at.names, self._ledger):
            self._read(node, at, used)

    def _read(self, node: NodeMessage, at: Surroundings, used: set[str]) -> None:
        place = f'node {node.index} ({node.operator}, "{node.name or next(iter(node.outputs), "")}"){at.where}'
        if at.attributes is not None:
            _fill_in(node, at.attributes)
        inputs = [self._input(name, at, place) for name in node.inputs]
        function = self._functions.get((node.domain, node.operator, node.overload))
        metadata = node.metadata(self._wire)
        path = path_of(node, metadata) or at.path
        if module := layer_of(metadata):
            self._ledger.graph.calls[place] = module
        if has_folded_norm(node, metadata):
            self._ledger.folded_norms["convolution" if node.operator in CONVOLUTIONS else "dense layer"] += 1
        if function is not None:
            results = self._inline(function, node, inputs, at, path)
        elif node.operator == "If" and not node.domain and (branch := self._branch(node, inputs)) is not None:
            results = self._enter(branch, at, place, path)
        else:
            if node.operator in _CALCULATING and any(map(self._ledger.has_nan, inputs)):
                self._ledger.graph.remarks.append(not_finite(place, self._wire.name))
            stated = at.stated.sizes(node.outputs[0]) if at.stated and node.outputs else None
            call = OperatorCall(self._ledger, node, inputs, at.opsets.get("", 0), place, path, stated)
            results = self._results(call, used) or self._unknown(call, at)
        self._bind(node, results, at, place, used)

    def _input(self, name: str, at: Surroundings, place: str) -> Tensor | None:
        if not name:
            return None
        found = at.names.get(name)
        if found is None:
            self._ledger.refuse("CNN150", place, f"it reads `{name}`, which nothing gives", DAMAGED)
        return found

    def _bind(
        self, node: NodeMessage, results: list[Tensor], at: Surroundings, place: str, used: Container[str]
    ) -> None:
        own = at.names.maps[0]
        for name, tensor in zip(node.outputs, results, strict=False):
            if not name:
                continue
            if name in own:
                self._ledger.refuse("CNN150", place, f"`{name}` is given twice", DAMAGED)
            if tensor.operation is not None and tensor.operation.place == place:
                tensor.name = name
            if at.stated is not None and name in used:
                at.stated.compare(name, tensor, place, node.operator)
            own[name] = tensor

    # -- nodes

    def _results(self, call: OperatorCall, used: set[str]) -> list[Tensor] | None:
        """What an operator gives; None if it is not understood."""
        node = call.node
        try:
            results = self._translated(call)
        except _MISFITS:
            # settings of any value may be in a file: one check here, instead of one in front of each index and division
            call.refuse("its settings and inputs do not fit each other")
        needed = max((place for place, name in enumerate(node.outputs, 1) if name in used), default=0)
        return results if results is not None and len(results) >= needed else None

    def _translated(self, call: OperatorCall) -> list[Tensor] | None:
        node = call.node
        if node.domain and not is_quantized_operator(node.domain, node.operator):
            return None
        if node.operator in ("Constant", "ConstantOfShape"):
            constant = self._constant(call)
            if node.operator == "Constant" or not call.inputs:
                return None if constant is None else [constant]
            call.filling = constant
        if any(each is not None and each.sizes is None for each in call.inputs) and node.operator not in _ANY_SIZES:
            return None
        if (folded := fold(call)) is not None:
            return [folded]
        translate = TRANSLATIONS.get(node.operator)
        found = None if translate is None else translate(call)
        if isinstance(found, Tensor):
            note_lattice(call, found)
            return [found]
        return found

    def _constant(self, call: OperatorCall) -> Tensor | None:
        node = call.node
        attribute = next((each for name, each in node.attributes.items() if name.startswith("value")), None)
        if attribute is None:
            return None
        if attribute.tensor is not None:
            message = TensorMessage(self._wire, attribute.tensor)
            message.name = next(iter(node.outputs), "")
            call.ledger.literals.add(message.name)
            return self._array(message)
        value = attribute.value
        dtype = "float32" if attribute.name.startswith("value_float") else "int64"
        if isinstance(value, (int, float)):
            return call.made([value], (), dtype)
        if isinstance(value, list) and all(isinstance(each, (int, float)) for each in value):
            return call.made(value, (len(value),), dtype)
        return Tensor(node.outputs[0], None, "string", Constant(None)) if node.outputs else None

    def _unknown(self, call: OperatorCall, at: Surroundings) -> list[Tensor]:
        """An operation that is not understood, with everything that it and the graphs inside it read."""
        node = call.node
        lacking = None if node.domain else lacking_operator(node.operator)
        numbers = lacking.numbers if lacking else ()
        inputs = [
            each if each is None or place in numbers or self._is_of_the_program(each) else call.as_operand(each)
            for place, each in enumerate(call.inputs)
        ]
        inputs += self._inner_inputs(node, at)
        known, settings = self._known(call, lacking)
        if any(attribute.graphs for attribute in node.attributes.values()) and not node.domain:
            known = self._inner_sizes(call, at)
        outputs = []
        for place, name in enumerate(node.outputs or [node.name]):
            sizes = known[place] if place < len(known) else None
            is_stated = sizes is None and at.stated is not None
            sizes = at.stated.sizes(name) if at.stated and is_stated else sizes
            dtype = lacking.dtypes[min(place, len(lacking.dtypes) - 1)] if lacking and lacking.dtypes else ""
            dtype = dtype or (at.stated.dtype(name) if at.stated else "float32")
            outputs.append(Tensor(name, sizes, dtype, stated=is_stated and sizes is not None))
        operation = Operation("unknown", inputs, outputs, settings, node.operator, call.place, call.path)
        self._ledger.graph.add(operation)
        return outputs

    def _is_of_the_program(self, tensor: Tensor) -> bool:
        """Whether an array is a `Constant` node and no initializer: then it is no parameter of an unknown operator."""
        return tensor.constant is not None and tensor.constant.identity in self._ledger.literals

    def _known(self, call: OperatorCall, lacking: Lacking | None) -> tuple[Sequence[Sizes | None], dict[str, Any]]:
        """The sizes that an operator gives, and the settings of the operation."""
        settings: dict[str, Any] = {"name": call.node.operator, "custom": call.node.domain}
        if lacking is None:
            return [], settings
        settings |= {"does": lacking.does} if lacking.does else {}
        if any(each is not None and each.sizes is None for each in call.inputs):
            return [], settings
        try:
            sizes, products = lacking.sizes(call), lacking.products(call)
        except _MISFITS:
            call.refuse("its settings and inputs do not fit each other")
        settings |= {} if products is None else {"products": products}
        return sizes, settings

    # -- what graphs inside a node give

    def _inner_sizes(self, call: OperatorCall, at: Surroundings) -> list[Sizes | None]:
        """The sizes of the outputs of an If or Loop, from the outputs of its graphs."""
        node, inputs = call.node, call.inputs
        graphs = [span for each in node.attributes.values() for span in each.graphs]
        if any(each is not None and each.sizes is None for each in inputs):
            return []
        if node.operator == "If":
            both = [self._sizes_given(span, [], call, at) for span in graphs]
            return [one if one == other else None for one, other in zip(*both, strict=False)] if len(both) == 2 else []
        if node.operator == "Loop":
            count, states = call.scalar(0) if call.has(0) else None, inputs[2:]
            head = [Tensor("", (), "int64"), Tensor("", (), "bool")]
            made = self._sizes_given(graphs[0], [*head, *map(_again, states)], call, at)[1:]
            kept = [
                one if each is not None and one == each.sizes else None for one, each in zip(made, states, strict=False)
            ]
            times = None if count is None or not 0 < count < MAX_TIMES else int(count)
            return [*kept, *((times, *each) if times and each is not None else None for each in made[len(states) :])]
        return []

    def _sizes_given(
        self, span: Span, given: Sequence[Tensor], call: OperatorCall, at: Surroundings
    ) -> list[Sizes | None]:
        """The sizes of the outputs of a graph inside a node; nothing of it becomes part of the model."""
        graph, ledger = GraphMessage(self._wire, span), self._ledger
        inner = at.inner(at.names.new_child(), at.opsets, f" in {call.place}")
        before, supposed, nodes = len(ledger.graph.operations), set(ledger.graph.supposed), self._nodes
        try:
            names = [StatedSizes.name_of(self._wire, each) for each in graph.inputs]
            inner.names.update(zip(names, given, strict=False))
            self.add_arrays(graph, inner.names)
            outputs = [StatedSizes.name_of(self._wire, each) for each in graph.outputs]
            self.walk(self.read_nodes(graph.nodes), inner, outputs)
            return [each.sizes for each in self._given(outputs, inner, call.place)]
        except Unreadable:
            return []  # (what is wrong in there does not stop what is around it from being read)
        finally:
            del ledger.graph.operations[before:]
            ledger.graph.supposed, self._nodes = supposed, nodes

    def _inner_inputs(self, node: NodeMessage, at: Surroundings) -> list[Tensor | None]:
        """What the graphs of a node read from outside, and their own weights."""
        waiting = [(span, 1) for each in node.attributes.values() for span in each.graphs]
        found: dict[str, Tensor] = {}
        while waiting:
            span, depth = waiting.pop()
            if depth > MAX_DEPTH:
                self._ledger.refuse("CNN156", "the model", f"graphs more than {MAX_DEPTH} deep")
            graph = GraphMessage(self._wire, span)
            own: Names = ChainMap({})
            self.add_arrays(graph, own)
            call = OperatorCall(self._ledger, node, [], 0, "", ())
            found |= {f"{span[0]}:{name}": call.as_operand(tensor) for name, tensor in own.items()}
            for inner in self.read_nodes(graph.nodes):
                found |= {name: at.names[name] for name in inner.inputs if name not in own and name in at.names}
                waiting += [(each, depth + 1) for value in inner.attributes.values() for each in value.graphs]
        return list(found.values())

    # -- functions and branches

    def _inline(
        self, function: FunctionMessage, node: NodeMessage, inputs: list[Tensor | None], at: Surroundings, path: Path
    ) -> list[Tensor]:
        given = dict(zip(function.inputs, inputs, strict=False))
        names: Names = ChainMap({name: tensor for name, tensor in given.items() if tensor is not None})
        inner = at.inner(names, {**at.opsets, **function.opsets}, f" in function `{function.name}`")
        inner.attributes, inner.path = {**function.defaults, **node.attributes}, path
        nodes = self.read_nodes(function.nodes)
        left_out = set(function.inputs) - names.keys()
        for each in nodes:
            each.inputs = ["" if name in left_out else name for name in each.inputs]
        self.walk(nodes, inner, function.outputs)
        return self._given(function.outputs, inner, f"function `{function.name}`")

    def _branch(self, node: NodeMessage, inputs: list[Tensor | None]) -> Span | None:
        """The branch of an If that is always taken, if its condition is constant."""
        known = self._ledger.known(inputs[0]) if inputs else None
        if known is None or len(known) != 1:
            return None
        attribute = node.attributes.get("then_branch" if known[0] else "else_branch")
        return attribute.graphs[0] if attribute is not None and attribute.graphs else None

    def _enter(self, branch: Span, at: Surroundings, place: str, path: Path) -> list[Tensor]:
        graph = GraphMessage(self._wire, branch)
        inner = at.inner(at.names.new_child(), at.opsets, f" in {place}")
        inner.path = path
        self.add_arrays(graph, inner.names)
        outputs = [StatedSizes.name_of(self._wire, span) for span in graph.outputs]
        self.walk(self.read_nodes(graph.nodes), inner, outputs)
        return self._given(outputs, inner, place)

    def _given(self, outputs: list[str], inner: Surroundings, place: str) -> list[Tensor]:
        for name in outputs:
            if name not in inner.names:
                self._ledger.refuse("CNN150", place, f"its output `{name}` is given by nothing", DAMAGED)
        return [inner.names[name] for name in outputs]


def _again(tensor: Tensor | None) -> Tensor:
    """A state as the body of a loop reads it: these sizes, and other values in each iteration."""
    return Tensor("", tensor.sizes if tensor else None, tensor.dtype if tensor else "float32")


def _numbers_of(constant: Constant, count: int) -> Sequence[float] | None:
    stored = constant.stored
    return None if stored is None else decoded_numbers(bytes(stored.read()), stored.dtype, count)


def _fill_in(node: NodeMessage, attributes: Attributes) -> None:
    """Gives a node in a function the attributes of the call that it refers to."""
    for name, attribute in list(node.attributes.items()):
        if not attribute.refers:
            continue
        if attribute.refers in attributes:
            node.attributes[name] = attributes[attribute.refers]
        else:
            del node.attributes[name]
