"""`.pt2` files → operations."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from cnncalc.importing.archives.zip_archive import ZipArchive
from cnncalc.importing.draft import too_many
from cnncalc.importing.operations import Operation, OperationGraph, Tensor
from cnncalc.importing.pt2._arrays import SmallArray
from cnncalc.importing.pt2._constants import Constants
from cnncalc.importing.pt2._inputs import Inputs, Sizing
from cnncalc.importing.pt2._nodes import AtenNode
from cnncalc.importing.pt2._program import Program
from cnncalc.importing.pt2._scope import NamedTensors, tensor_names
from cnncalc.importing.pt2._sizes import SymbolicSizes
from cnncalc.importing.pt2.rules import translate
from cnncalc.importing.stated_inputs import batch_fixed
from cnncalc.source.diagnostics import name_text

_MOST_NESTED = 20

_NOTHING = ("_assert", "sym_", "_operator", "aten._assert", "aten.sym_", "math.", "torch.sym_", "aten._local_scalar")
"""Beginnings of operations on sizes, which the file states, and of those that only check something."""
_WRAPPERS = ("wrap_with_set_grad_enabled", "wrap_with_autocast", "hints_wrapper")
"""Operations that run a graph as it is."""
_DAMAGES = (KeyError, TypeError, ValueError, IndexError, AttributeError, ArithmeticError, StopIteration)

Path = tuple[tuple[str, str], ...]


def read_pt2(source: str | bytes, sizes: Sizing | None = None, name: str = "", batch_axis: int = 0) -> OperationGraph:
    """A model as `torch.export.save` writes it.

    Args:
        source: a path, or all bytes of the file.
        sizes: shapes of inputs by name, without the batch; of the name "" for all maps. Needed where the file leaves
            sizes open.
        name: what findings call the file; its path by default.
        batch_axis: which axis of the inputs is the batch, unless another one alone is open.

    Raises:
        Unreadable: it is damaged, of a version that is not read, or has something that is refused.
    """
    program = Program(ZipArchive(source, name or (source if isinstance(source, str) else "model.pt2")))
    try:
        return _ProgramReading(program, sizes or {}, batch_axis).read()
    except _DAMAGES as error:
        what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        program.refuse("CNN150", f"the program is not as PyTorch writes it ({name_text(what)})")


class _ProgramReading:
    """Reads one program."""

    def __init__(self, program: Program, given: Sizing, batch_axis: int) -> None:
        self._program = program
        self._sizes = SymbolicSizes(program)
        self._inputs = Inputs(program, self._sizes, given, batch_axis)
        self._constants = Constants(program)
        self._graph = OperationGraph(program.name, self._inputs.batch, program.archive.name)
        self._graph.batch_axis = self._inputs.batch_axis
        self._graph.repeats_are_shared = True
        self._count = 0
        self._expected = 0
        self._trained = 0

    def read(self) -> OperationGraph:
        scope = NamedTensors(self._program.graph, self._sizes, self._program)
        for spec in self._program.signature["input_specs"]:
            self._take_input(spec, scope)
        self._run(self._program.graph, scope, (), 0)
        self._program.place = ""
        for spec in self._program.signature["output_specs"]:
            if output := spec.get("user_output"):
                self._graph.outputs += _outputs(output["arg"], scope)
        _drop_unused(self._graph)
        self._remark()
        return self._graph

    def _take_input(self, spec: Mapping[str, Any], scope: NamedTensors) -> None:
        ((kind, what),) = spec.items()
        if kind == "user_input" and "as_tensor" in what["arg"]:
            self._graph.inputs.append(tensor := scope.new_tensor(what["arg"]["as_tensor"]["name"]))
            scope.put(tensor.name, tensor)
        elif kind in ("parameter", "buffer", "tensor_constant"):
            self._constants.take(what, kind, scope)
            if kind == "parameter" or what.get("persistent"):
                meta = scope.metas[what["arg"]["name"]]
                self._graph.state[what[f"{kind}_name"]] = self._sizes.all_of(meta["sizes"])
        elif kind == "custom_obj":
            name = name_text(str(what["custom_obj_name"]))
            self._program.refuse("CNN152", f"the model has an object that is no tensor, `{name}`")

    # -- nodes

    def _run(self, graph: Mapping[str, Any], scope: NamedTensors, path: Path, depth: int) -> None:
        self._expected += len(graph["nodes"])
        if message := too_many(self._expected):
            self._program.refuse("CNN156", message)
        for node in graph["nodes"]:
            called = str(node["target"]).removeprefix("torch.ops.")
            self._begin(called, node)
            stack = str((node.get("metadata") or {}).get("nn_module_stack", ""))
            self._graph.model_class = self._graph.model_class or _model_class(stack)
            inside = _path(stack) or path
            if called.startswith("higher_order."):
                self._inline(called.partition(".")[2], node, scope, inside, depth)
            elif not called.startswith(_NOTHING):
                self._take(self._node(called, node, scope, inside), scope)

    def _begin(self, called: str, node: Mapping[str, Any]) -> None:
        """Notes where the reading is."""
        self._count += 1
        label = node.get("name") or next((name for output in node["outputs"] for name in tensor_names(output)), "")
        self._program.place = f'node {self._count} ({name_text(called)}, "{name_text(str(label))}")'

    def _inline(self, name: str, node: Mapping[str, Any], scope: NamedTensors, path: Path, depth: int) -> None:
        """A graph within the graph that is run once and as it is becomes part of it; control flow is refused."""
        arguments = [each["arg"] for each in node["inputs"]]
        graphs = [place for place, each in enumerate(arguments) if "as_graph" in each]
        if name not in _WRAPPERS or len(graphs) != 1 or depth >= _MOST_NESTED:
            self._program.refuse(
                "CNN152",
                f"`{name_text(name)}` runs a part of the model depending on values, or more than once",
                "export the part of the model without it, or replace it by the branch that is taken",
            )
        inner = arguments[graphs[0]]["as_graph"]["graph"]
        inside = NamedTensors(inner, self._sizes, self._program)
        given = [name for each in arguments[graphs[0] + 1 :] for name in tensor_names(each)]
        for outer, own in zip(given, [name for each in inner["inputs"] for name in tensor_names(each)], strict=True):
            inside.put(own, scope.read(outer))
        self._run(inner, inside, path, depth + 1)
        made = [inside.read(name) for output in inner["outputs"] for name in tensor_names(output)]
        for outer, tensor in zip([name for each in node["outputs"] for name in tensor_names(each)], made, strict=True):
            scope.put(outer, tensor)

    def _node(self, called: str, node: Mapping[str, Any], scope: NamedTensors, path: Path) -> AtenNode:
        arguments = {str(each["name"]): scope.argument(each["arg"]) for each in node["inputs"]}
        if called.startswith("aten.as_strided"):
            arguments["strides_of_self"] = scope.strides(node["inputs"][0]["arg"])
        outputs = [scope.new_tensor(name) for output in node["outputs"] for name in tensor_names(output)]
        return AtenNode(self._graph, called, arguments, outputs, self._program.place, path)

    def _take(self, node: AtenNode, scope: NamedTensors) -> None:
        folded = self._constants.folded(node)
        if folded is None:
            self._constants.settle(node)
            self._trained += _is_in_training(node)
            translate(node)
        made: Sequence[Tensor | SmallArray] = node.outputs if folded is None else folded
        for output, tensor in zip(node.outputs, made, strict=True):
            if isinstance(tensor, SmallArray) or tensor.operation:
                scope.put(output.name, tensor)
        if folded is None:
            scope.aliases.note(node)

    # -- remarks

    def _remark(self) -> None:
        program, remarks, batch = self._program, self._graph.remarks, self._graph.batch
        if not self._inputs.is_batch_open:
            remarks.append(program.remark("CNN571", batch_fixed(batch)))
        if count := self._trained:
            message = f"it was exported in training mode ({count} norms and dropouts), and is read as it is in use"
            remarks.append(program.remark("CNN573", message, "call `model.eval()` before exporting it"))
        if message := _unread(self._graph, self._constants.parameters, program):
            remarks.append(program.remark("CNN573", message))


def _outputs(argument: Mapping[str, Any], scope: NamedTensors) -> list[Tensor]:
    found = {name: scope.read(name) for name in tensor_names(argument)}
    return [each if isinstance(each, Tensor) else each.tensor(name) for name, each in found.items()]


def _is_in_training(node: AtenNode) -> bool:
    """Whether a norm or a dropout does what it does in training alone."""
    if node.op.endswith("dropout"):
        return node.get("train", False) is True
    return node.get("training", False) is True and node.optional("running_mean") is not None


def _unread(graph: OperationGraph, parameters: Sequence[Tensor], program: Program) -> str:
    """Which parameters only training uses, as those of auxiliary heads; "" if there are none. Another name of one that
    is read is none of them."""
    read = {id(tensor) for operation in graph.operations for tensor in operation.inputs}
    stored = {str(program.arrays.get(tensor.name)) for tensor in parameters if id(tensor) in read} - {"None"}
    left = [each for each in parameters if id(each) not in read and str(program.arrays.get(each.name)) not in stored]
    count = sum(math.prod(tensor.sizes or ()) for tensor in left)
    names = ", ".join(f"`{name_text(tensor.name)}`" for tensor in left[:3])
    more = f" and {len(left) - 3} more" if len(left) > 3 else ""
    return f"no output depends on {count:,} parameters, which are not counted: {names}{more}" if left else ""


def _model_class(stack: str) -> str:
    """The class of the model itself, from `KEY,,torchvision.models.resnet.ResNet;…`; "" if it is not there."""
    _, _, rest = stack.partition(";")[0].partition(",")
    name, _, its_class = rest.partition(",")
    return "" if name else its_class.rpartition(".")[2]


def _path(stack: str) -> Path:
    """The modules around a node, from `KEY,layer1.0.conv1,torch.nn.modules.conv.Conv2d;…`."""
    found: list[tuple[str, str]] = []
    before = ""
    for entry in stack.split(";"):
        _, _, rest = entry.partition(",")
        name, _, its_class = rest.partition(",")
        name = name.partition("@")[0]
        if name and name != before:
            *between, last = (name.removeprefix(f"{before}.") if before else name).split(".")
            found += [(each, "") for each in between]
            found.append((last, its_class.rpartition(".")[2]))
            before = name
    return tuple(found)


def _drop_unused(graph: OperationGraph) -> None:
    """Takes out operations that no output depends on."""
    used = {id(tensor) for tensor in graph.outputs}
    kept: list[Operation] = []
    for operation in reversed(graph.operations):
        if any(id(output) in used for output in operation.outputs):
            kept.append(operation)
            used |= {id(tensor) for tensor in operation.inputs if tensor is not None}
    graph.operations = kept[::-1]
