"""`.pt2` files → operations."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NoReturn

from cnncalc.importing.archives import Archive, printable
from cnncalc.importing.operations import Constant, Operation, OperationGraph, Tensor
from cnncalc.importing.pt2 import _arrangements, _norms, _pointwise, _products, _recurrent, _windows
from cnncalc.importing.pt2._aliases import VIEWS, Aliases
from cnncalc.importing.pt2._arrays import Array, CannotCalculateError
from cnncalc.importing.pt2._folding import Folding
from cnncalc.importing.pt2._nodes import Node, NotTranslatedError
from cnncalc.importing.pt2._program import Program
from cnncalc.importing.pt2._sizes import MisfitError, OpenSizeError, Sizes, is_open, shown
from cnncalc.importing.pt2._weights import DTYPES, stored_array
from cnncalc.source.diagnostics import START, Diagnostic
from cnncalc.source.files import Unreadable

MOST_NODES = 200_000
_MOST_NESTED = 20

_TRANSLATIONS = {
    **_windows.TRANSLATIONS,
    **_norms.TRANSLATIONS,
    **_pointwise.TRANSLATIONS,
    **_arrangements.TRANSLATIONS,
    **_products.TRANSLATIONS,
    **_recurrent.TRANSLATIONS,
}
_NOTHING = ("_assert", "sym_", "_operator", "aten._assert", "aten.sym_", "math.", "torch.sym_", "aten._local_scalar")
"""Beginnings of operations on sizes, which the file states, and of those that only check something."""
_WRAPPERS = ("wrap_with_set_grad_enabled", "wrap_with_autocast", "hints_wrapper")
"""Operations that run a graph as it is."""
_MAKERS = (
    "zeros",
    "ones",
    "full",
    "empty",
    "new_zeros",
    "new_ones",
    "new_full",
    "zeros_like",
    "ones_like",
    "full_like",
)
_STATISTICS = ("running_mean", "running_var")

_DAMAGES = (KeyError, TypeError, ValueError, IndexError, AttributeError, ArithmeticError, StopIteration)

Sizing = Mapping[str, Sequence[int | None]]
Path = tuple[tuple[str, str], ...]


def read_pt2(source: str | bytes, sizes: Sizing | None = None, name: str = "") -> OperationGraph:
    """A model as `torch.export.save` writes it.

    Args:
        source: a path, or all bytes of the file.
        sizes: shapes of inputs by name, without the batch; of the name "" for all maps. Needed where the file leaves
            sizes open.
        name: what findings call the file; its path by default.

    Raises:
        Unreadable: it is damaged, of a version that is not read, or has something that is refused.
    """
    file = name or (source if isinstance(source, str) else "model.pt2")
    program = Program(Archive(source, file))
    reading = _Reading(program)
    try:
        return reading.read(sizes or {})
    except OpenSizeError as error:
        reading.refuse("CNN152", f"the size {printable(str(error))} depends on values, not on sizes")
    except _DAMAGES as error:
        what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        reading.refuse("CNN150", f"the program is not as PyTorch writes it ({printable(what)})")


class _Scope:
    """The tensors and sizes of a graph, by name."""

    def __init__(self, graph: Mapping[str, Any]) -> None:
        self.metas: Mapping[str, Any] = graph["tensor_values"]
        self.numbers: dict[str, Any] = {
            **(graph.get("sym_float_values") or {}),
            **(graph.get("sym_bool_values") or {}),
            **graph["sym_int_values"],
        }
        self.tensors: dict[str, Tensor | Array] = {}
        self.names: dict[int, list[str]] = {}
        self.aliases = Aliases()

    def put(self, name: str, tensor: Tensor | Array) -> None:
        """Lets a name stand for a tensor; another may do so, too."""
        self.tensors[name] = tensor
        self.names.setdefault(id(tensor), []).append(name)


class _Reading:
    """Reads one program."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._file = program.archive.name
        self._folding = Folding()
        self._arrays: dict[int, Array | None] = {}
        self._count = 0
        self._place = ""
        self._trained: list[str] = []
        self._parameters: list[Tensor] = []

    def refuse(self, code: str, message: str, *help: str) -> NoReturn:
        """Reports what ends the reading, at the node where it is."""
        about = f"{self._place}: {message}" if self._place else message
        raise Unreadable(Diagnostic(code, about, self._file, START, "", help))

    def read(self, given: Sizing) -> OperationGraph:
        json = self._program.json
        module = json["graph_module"]
        graph = module["graph"]
        scope = _Scope(graph)
        self._sizes = Sizes(json.get("range_constraints") or {})
        self.graph = OperationGraph(self._program.name)
        self.graph.repeats_are_shared = True
        specs = module["signature"]["input_specs"]
        inputs = [spec["user_input"]["arg"]["as_tensor"]["name"] for spec in specs if _is_tensor_input(spec)]
        self._settle_sizes(scope, inputs, given)
        self._take_inputs(scope, specs, self._statistics(graph, module["signature"]["output_specs"]))
        self._run(graph, scope, (), 0)
        self._place = ""
        for spec in module["signature"]["output_specs"]:
            if output := spec.get("user_output"):
                self.graph.outputs += self._outputs_of(output["arg"], scope)
        self._note_training()
        _drop_unused(self.graph)
        self._note_unread()
        return self.graph

    # -- sizes of inputs

    def _settle_sizes(self, scope: _Scope, inputs: Sequence[str], given: Sizing) -> None:
        """The first axis of inputs is the batch; what else is open has to be given."""
        metas = {name: scope.metas[name]["sizes"] for name in inputs}
        fixed = [sizes[0] for sizes in metas.values() if sizes and not self._sizes.take_batch(sizes[0])]
        if metas and len(fixed) == len([sizes for sizes in metas.values() if sizes]) and fixed:
            self.graph.batch = self._sizes.of(fixed[0])
            self._remark("CNN571", f"the batch of {self.graph.batch:,} that the model was exported with is dropped")
        self._take_given(metas, given)
        for sizes in metas.values():
            try:
                self._sizes.all_of(sizes)
            except OpenSizeError:
                self._refuse_open(metas)

    def _take_given(self, metas: Mapping[str, Any], given: Sizing) -> None:
        for name in given:
            if name and name not in metas:
                self.refuse("CNN153", f"there is no input `{printable(name)}`", f"its inputs are: {_listed(metas)}")
        for name, stated in metas.items():
            is_map = len(stated) > 2
            if not any(map(is_open, stated[1:])):
                continue  # the model is read at its own sizes, and then changed as any other
            if (shape := given.get(name, given.get("") if is_map else None)) is not None:
                self._take_shape(name, stated[1:], shape, metas)

    def _take_shape(
        self, name: str, stated: Sequence[Mapping[str, Any]], shape: Sequence[int | None], metas: Mapping[str, Any]
    ) -> None:
        """Sizes of all axes but the batch, or of all but the channels, too."""
        if len(shape) == len(stated) - 1:
            shape = (None, *shape)
        if len(shape) != len(stated):
            message = f"`{name}` has {len(stated)} sizes without the batch, not {len(shape)}"
            self.refuse("CNN153", message, f"its inputs are: {_listed(metas)}")
        for size, wanted in zip(stated, shape, strict=True):
            try:
                if wanted is not None:
                    self._sizes.take(size, wanted)
            except MisfitError as error:
                help = "export the model with `dynamic_shapes` to read it at other sizes"
                self.refuse("CNN153", f"a size of `{name}` is given as {error}", help)

    def _refuse_open(self, metas: Mapping[str, Any]) -> NoReturn:
        name = next(name for name, sizes in metas.items() if any(map(is_open, sizes[1:])))
        example = "x".join(str(each.get("as_int", "SIZE")) for each in metas[name][1:])
        self.refuse(
            "CNN153",
            f"sizes of inputs are open: {_listed(metas)}",
            f"say how large they are, as in `--input {name}={example}`",
        )

    # -- inputs, parameters and buffers

    def _statistics(self, graph: Mapping[str, Any], outputs: Sequence[Mapping[str, Any]]) -> set[str]:
        """The buffers that training changes: by their use, by their name, or because the program writes them."""
        found = {each["buffer_mutation"]["buffer_name"] for each in outputs if "buffer_mutation" in each}
        for node in graph["nodes"]:
            found |= {
                each["arg"]["as_tensor"]["name"]
                for each in node["inputs"]
                if each["name"] in _STATISTICS and "as_tensor" in each["arg"]
            }
        return found

    def _take_inputs(self, scope: _Scope, specs: Iterable[Mapping[str, Any]], statistics: set[str]) -> None:
        for spec in specs:
            ((kind, what),) = spec.items()
            if kind == "user_input":
                if "as_tensor" in what["arg"]:
                    self.graph.inputs.append(tensor := self._tensor(what["arg"]["as_tensor"]["name"], scope))
                    scope.put(tensor.name, tensor)
            elif kind in ("parameter", "buffer", "tensor_constant"):
                name = what["arg"]["name"]
                called = what[f"{kind}_name"]
                is_statistic = kind == "buffer" and (
                    name in statistics or called in statistics or called.rpartition(".")[2] in _STATISTICS
                )
                scope.put(name, self._constant(name, called, kind, is_statistic, scope))
            elif kind == "custom_obj":
                self.refuse(
                    "CNN152", f"the model has an object of its own, `{printable(str(what['custom_obj_name']))}`"
                )

    def _constant(self, name: str, called: str, kind: str, is_statistic: bool, scope: _Scope) -> Tensor:
        tensor = self._tensor(name, scope)
        member, payload = self._program.arrays.get(called, ("", {}))
        stored = stored_array(self._program.archive, called, member, payload)
        if stored is not None and (stored.sizes, stored.dtype) != (tensor.sizes, tensor.dtype):
            self.refuse("CNN150", f"`{printable(called)}` has other sizes in the graph than among the weights")
        is_parameter = kind == "parameter"
        trainable = is_parameter and bool(scope.metas[name]["requires_grad"])
        tensor.name = called
        tensor.constant = Constant(
            stored, is_parameter=is_parameter, is_statistic=is_statistic, trainable=trainable, identity=called
        )
        if is_parameter:
            self._parameters.append(tensor)
        return tensor

    def _settle_values(self, tensor: Tensor) -> None:
        """Reads the numbers of a small constant, the first time that something reads it."""
        if tensor.constant is not None and id(tensor) not in self._arrays and (array := self._array_of(tensor)):
            made = array.tensor(tensor.name).constant
            tensor.constant.values = made.values if made else None

    def _array_of(self, tensor: Tensor) -> Array | None:
        """A constant as an array to calculate with, if it is small and not learned."""
        constant = tensor.constant
        if constant is None or constant.is_parameter or constant.is_statistic or constant.stored is None:
            return None
        if id(tensor) not in self._arrays:
            try:
                self._arrays[id(tensor)] = Array.of_stored(constant.stored)
            except CannotCalculateError:
                self._arrays[id(tensor)] = None
        return self._arrays[id(tensor)]

    # -- nodes

    def _run(self, graph: Mapping[str, Any], scope: _Scope, path: Path, depth: int) -> None:
        for raw in graph["nodes"]:
            self._count += 1
            target = str(raw["target"])
            called = target.removeprefix("torch.ops.")
            label = printable(str(raw.get("name") or _first_name(raw["outputs"])))
            self._place = f'node {self._count} ({printable(called)}, "{label}")'
            if self._count > MOST_NODES:
                self.refuse("CNN156", f"more than {MOST_NODES:,} nodes are not read")
            if called.startswith(_NOTHING):
                continue
            inside = _path(raw.get("metadata") or {}) or path
            if called.startswith("higher_order."):
                self._inline(called.partition(".")[2], raw, scope, inside, depth)
            else:
                self._take(self._node(target, raw, scope, inside), scope)

    def _inline(self, name: str, raw: Mapping[str, Any], scope: _Scope, path: Path, depth: int) -> None:
        """A graph within the graph that is run once and as it is becomes part of it; control flow is refused."""
        arguments = [each["arg"] for each in raw["inputs"]]
        graphs = [place for place, each in enumerate(arguments) if "as_graph" in each]
        if name not in _WRAPPERS or len(graphs) != 1 or depth >= _MOST_NESTED:
            self.refuse(
                "CNN152",
                f"`{printable(name)}` runs a part of the model depending on values, or more than once",
                "export the part of the model without it, or replace it by the branch that is taken",
            )
        inner = arguments[graphs[0]]["as_graph"]["graph"]
        scope_inside = _Scope(inner)
        operands = [each["as_tensor"]["name"] for each in arguments[graphs[0] + 1 :] if "as_tensor" in each]
        names = [each["as_tensor"]["name"] for each in inner["inputs"] if "as_tensor" in each]
        for outside, inside in zip(operands, names, strict=True):
            scope_inside.put(inside, self._named(outside, scope))
        self._run(inner, scope_inside, path, depth + 1)
        made = [scope_inside.tensors[each] for output in inner["outputs"] for each in _names(output)]
        outputs = [each for output in raw["outputs"] for each in _names(output)]
        for output, tensor in zip(outputs, made, strict=True):
            scope.put(output, tensor)

    def _node(self, target: str, raw: Mapping[str, Any], scope: _Scope, path: Path) -> Node:
        arguments = {str(each["name"]): self._argument(each["arg"], scope) for each in raw["inputs"]}
        names = [name for output in raw["outputs"] for name in _names(output)]
        outputs = [self._tensor(name, scope) for name in names]
        if "as_strided" in target:
            arguments["strides_of_self"] = self._strides(raw["inputs"][0]["arg"], scope)
        return Node(self.graph, target, arguments, outputs, self._place, path)

    def _strides(self, argument: Mapping[str, Any], scope: _Scope) -> tuple[int, ...]:
        return self._sizes.all_of(scope.metas[argument["as_tensor"]["name"]]["strides"])

    def _argument(self, argument: Mapping[str, Any], scope: _Scope) -> Any:
        ((kind, value),) = argument.items()
        if kind in ("as_tensor", "as_sym_int", "as_sym_float", "as_sym_bool", "as_optional_tensor"):
            return self._single(value, scope) if kind != "as_tensor" else self._named(value["name"], scope)
        if kind in ("as_tensors", "as_optional_tensors", "as_sym_ints", "as_sym_floats"):
            return [self._single(each, scope) for each in value]
        if kind == "as_float":
            return float(value)
        if kind == "as_scalar_type":
            return DTYPES.get(value)
        return value if kind in ("as_int", "as_ints", "as_floats", "as_bool", "as_bools", "as_string") else None

    def _single(self, value: Mapping[str, Any], scope: _Scope) -> Any:
        """A tensor, or a number that may be an expression."""
        if "as_name" in value:
            return self._sized(scope.numbers[value["as_name"]])
        if "as_tensor" in value:
            return self._named(value["as_tensor"]["name"], scope)
        if "name" in value:
            return self._named(value["name"], scope)
        return next((value[key] for key in ("as_int", "as_float", "as_bool") if key in value), None)

    def _sized(self, number: Mapping[str, Any]) -> Any:
        for key in ("as_float", "as_bool"):
            if key in number:
                return number[key]
        return self._sizes.of(number)

    def _named(self, name: str, scope: _Scope) -> Tensor | Array:
        if scope.aliases.is_stale(name):
            self.refuse(
                "CNN152",
                f"it reads `{printable(name)}`, the values of which were replaced in place by way of another name",
                "save the program after `.run_decompositions()`, which writes nothing in place",
            )
        found = scope.tensors[name]
        if isinstance(found, Tensor):
            self._settle_values(found)
        return found

    def _tensor(self, name: str, scope: _Scope) -> Tensor:
        """A new tensor as the file states it; an output that nothing reads may have no sizes."""
        meta = scope.metas.get(name)
        if meta is None:
            return Tensor(name, None)
        sizes = self._sizes.all_of(meta["sizes"])
        if min(sizes, default=0) < 0:
            raise ValueError(f"{name}: {sizes}")
        return Tensor(name, sizes, DTYPES.get(meta["dtype"], "unknown"), stated=True)

    # -- what becomes of a node

    def _take(self, node: Node, scope: _Scope) -> None:
        folded = self._folded(node)
        if folded is None:
            _as_tensors(node)
            self._translate(node)
        made: Sequence[Tensor | Array] = node.outputs if folded is None else folded
        for output, tensor in zip(node.outputs, made, strict=True):
            scope.put(output.name, tensor)
        if folded is None:
            self._note_aliases(node, scope)

    def _folded(self, node: Node) -> Sequence[Array] | None:
        """What a node of constants alone gives."""
        arguments = dict(node.arguments)
        if node.op in _MAKERS:
            arguments.pop("self", None)
        for name, value in arguments.items():
            if isinstance(value, list):
                value = [self._as_array(each) for each in value]
            arguments[name] = value = self._as_array(value)
            if any(isinstance(each, Tensor) for each in (value if isinstance(value, list) else [value])):
                return None
        if not node.outputs or any(output.sizes is None for output in node.outputs):
            return None
        whole, node.arguments = node.arguments, arguments
        made = self._folding.fold(node)
        node.arguments = whole
        return made

    def _as_array(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._as_array(each) for each in value]
        return (self._array_of(value) or value) if isinstance(value, Tensor) else value

    def _translate(self, node: Node) -> None:
        rule = _made if node.op in _MAKERS else _TRANSLATIONS.get(node.op)
        first = len(self.graph.operations)
        self._note_mode(node)
        try:
            if rule is None or node.namespace not in ("aten", "torchvision", "prims"):
                raise NotTranslatedError(node.op)
            rule(node)
        except NotTranslatedError:
            del self.graph.operations[first:]
            for output in node.outputs:
                output.operation = None
            node.emit("unknown", node.inputs, node.outputs, name=node.called, custom=_custom(node))

    def _note_aliases(self, node: Node, scope: _Scope) -> None:
        """After a tensor was written in place, its names stand for what it is now."""
        source = next((each for each in node.arguments.values() if isinstance(each, Tensor)), None)
        if not (node.writes_in_place or node.op in VIEWS) or source is None or not node.outputs:
            return
        made = [output.name for output in node.outputs]
        for name in scope.names.get(id(source), ())[:]:
            if node.writes_in_place:
                scope.aliases.is_written(name)
                scope.put(name, node.output)
            scope.aliases.is_view(made, name)

    # -- remarks

    def _note_mode(self, node: Node) -> None:
        if (node.get("training", False) is True and node.optional("running_mean") is not None) or (
            node.get("train", False) is True and node.op.endswith("dropout")
        ):
            self._trained.append(node.called)

    def _note_training(self) -> None:
        if self._trained:
            count = len(self._trained)
            message = (
                f"the model was exported in training mode ({count} norms and dropouts); it is read as it is in use"
            )
            self._remark("CNN573", message, "call `model.eval()` before exporting it")

    def _note_unread(self) -> None:
        """Parameters that only training uses, as those of auxiliary heads."""
        read = {id(tensor) for operation in self.graph.operations for tensor in operation.inputs}
        unread = [tensor for tensor in self._parameters if id(tensor) not in read]
        if unread:
            count = sum(math.prod(tensor.sizes or ()) for tensor in unread)
            names = ", ".join(f"`{printable(tensor.name)}`" for tensor in unread[:3])
            more = f" and {len(unread) - 3} more" if len(unread) > 3 else ""
            message = (
                f"{count:,} parameters are in the file that no output depends on: {names}{more}; they do not count"
            )
            self._remark("CNN573", message)

    def _remark(self, code: str, message: str, *help: str) -> None:
        self.graph.remarks.append(Diagnostic(code, message, self._file, START, "", help, severity="note"))

    def _outputs_of(self, argument: Mapping[str, Any], scope: _Scope) -> list[Tensor]:
        found = {name: self._named(name, scope) for name in _names(argument)}
        return [each if isinstance(each, Tensor) else each.tensor(name) for name, each in found.items()]


def _is_tensor_input(spec: Mapping[str, Any]) -> bool:
    return "user_input" in spec and "as_tensor" in spec["user_input"]["arg"]


def _names(argument: Mapping[str, Any]) -> list[str]:
    """The tensors that an output is: one, several, or none."""
    ((kind, value),) = argument.items()
    if kind in ("as_tensors", "as_optional_tensors"):
        return [each.get("name") or each["as_tensor"]["name"] for each in value if "as_none" not in each]
    if kind == "as_optional_tensor":
        return _names(value)
    return [value["name"]] if kind == "as_tensor" else []


def _first_name(outputs: Sequence[Mapping[str, Any]]) -> str:
    return next((name for output in outputs for name in _names(output)), "")


def _listed(metas: Mapping[str, Any]) -> str:
    return ", ".join(f"`{printable(name)}` ({shown(sizes[1:])})" for name, sizes in list(metas.items())[:20])


def _path(metadata: Mapping[str, Any]) -> Path:
    """The modules around a node, from `KEY,layer1.0.conv1,torch.nn.modules.conv.Conv2d;…`."""
    found: list[tuple[str, str]] = []
    before = ""
    for entry in str(metadata.get("nn_module_stack", "")).split(";"):
        _, _, rest = entry.partition(",")
        name, _, its_class = rest.partition(",")
        name = name.partition("@")[0]
        if name and name != before:
            *between, last = (name.removeprefix(f"{before}.") if before else name).split(".")
            found += [(each, "") for each in between]
            found.append((last, its_class.rpartition(".")[2]))
            before = name
    return tuple(found)


def _as_tensors(node: Node) -> None:
    """Puts constant tensors in the place of arrays."""
    for name, value in node.arguments.items():
        if isinstance(value, Array):
            node.arguments[name] = value.tensor(f"{node.output.name}.{name}" if node.outputs else name)
        elif isinstance(value, list) and any(isinstance(each, Array) for each in value):
            node.arguments[name] = [
                each.tensor(f"{node.output.name}.{name}.{place}") if isinstance(each, Array) else each
                for place, each in enumerate(value)
            ]


def _made(node: Node) -> None:
    """One number everywhere, of sizes that depend on the batch, or too many."""
    value = 0 if "zeros" in node.op or "empty" in node.op else 1 if "ones" in node.op else node.get("fill_value", 0)
    if not isinstance(value, (int, float)) or node.output.sizes is None:
        raise NotTranslatedError(node.op)
    number = node.number(value)
    number.dtype = node.output.dtype
    node.emit("expand", [number], sizes=node.output.sizes)


def _custom(node: Node) -> str:
    return "" if node.namespace == "aten" else node.namespace


def _drop_unused(graph: OperationGraph) -> None:
    """Takes out operations that no output depends on."""
    used = {id(tensor) for tensor in graph.outputs}
    kept: list[Operation] = []
    for operation in reversed(graph.operations):
        if any(id(output) in used for output in operation.outputs):
            kept.append(operation)
            used |= {id(tensor) for tensor in operation.inputs if tensor is not None}
    graph.operations = kept[::-1]
