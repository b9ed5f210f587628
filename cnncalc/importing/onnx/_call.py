"""An operator in its place: what translations ask of it, and what they make of it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from math import prod
from typing import Any, NoReturn

from cnncalc.importing.onnx._arrays import MAX_FOLDED, MAX_VALUES, calculated, decoded_numbers, is_float, packed
from cnncalc.importing.onnx._messages import Attribute, NodeMessage
from cnncalc.importing.onnx._sizes import Sizes, axis_from_front, with_batch_named
from cnncalc.importing.onnx._wire import DAMAGED, Wire
from cnncalc.importing.operations import Constant, Operation, OperationGraph, Tensor
from cnncalc.importing.stored import TYPECODES, Stored
from cnncalc.source.diagnostics import START, Diagnostic
from cnncalc.source.files import Unreadable

Lattice = tuple[int, tuple[int, ...]]
"""Indices in even steps: the first, and the step along each axis."""
Way = Callable[[], Sequence[float] | None]
"""How numbers are calculated; None if they would be too many."""
Path = tuple[tuple[str, str], ...]

MAX_WAITING = 100
"""Calculations that wait for each other."""
MAX_CALCULATED = 1_500_000
"""Numbers that are calculated from constants, in a whole file: in small arrays, and once more in large ones."""


MOST_LOOKED_AT = 1024
"""How many numbers an array may have that is searched for those that are none: few enough for every node."""


class Knowledge:
    """What is known beside the graph that is being made.

    Attributes:
        wire: the file.
        graph: what is being made.
        roles: what the exporter says of the model's arrays: `PARAMETER`, `BUFFER`, by name.
        has_roles: whether it says anything of them.
        has_all_parameters: whether all that it says to be parameters is in the file under its name. Then no other array
            is made of one.
        given: help on the sizes that the caller gave for inputs; empty if there are none.
        is_of_torch: whether PyTorch wrote the file: then arrays of the graph are those of modules.
        is_of_cnncalc: whether `cnncalc export` did: then initializers are what is learned, and numbers of the program
            are constants in the graph.
        literals: the names of arrays that are written in the program of the model.
        fills: the number that all values of a tensor are, where its sizes are too many to be calculated with.
        lattices: indices in even steps, where they are too many to be calculated with.
        bits: how many bits the weights have that were stored as integers, and how many such arrays there are.
        is_read: whether reading is over: what is calculated from now on is wanted.
        rectified: how many ReLUs were read from quantisation.
        folded_norms: how many convolutions and dense layers have a batch norm in their weights.
    """

    def __init__(self, wire: Wire, graph: OperationGraph, roles: Mapping[str, str] | None, producer: str) -> None:
        self.wire = wire
        self.graph = graph
        self.roles = roles or {}
        self.has_roles = roles is not None
        self.has_all_parameters = False
        self.given: tuple[str, ...] = ()
        self.is_of_torch = producer == "pytorch"
        self.is_of_cnncalc = producer == "cnncalc"
        self.literals: set[str] = set()
        self.fills: dict[Tensor, float] = {}
        self.lattices: dict[Tensor, Lattice] = {}
        self.bits: dict[int, int] = {}
        self.folded_norms: Counter[str] = Counter()
        self.rectified = 0
        self._many: dict[Tensor, Sequence[float]] = {}
        self.is_read = False
        self._ways: dict[Tensor, Way] = {}
        self._depths: dict[Tensor, int] = {}
        self._calculated = [0, 0]

    def look_for_parameters(self, arrays: Container[str]) -> None:
        """Notes whether the file has all parameters under their names, except those of norms that may be folded."""
        norms = {name.removesuffix("running_mean") for name in self.roles if name.endswith("running_mean")}
        learned = [name for name, role in self.roles.items() if role == "PARAMETER"]
        missing = (name for name in learned if name not in arrays and name[: name.rfind(".") + 1] not in norms)
        self.has_all_parameters = self.has_roles and not any(missing)

    def is_known(self, tensor: Tensor, even_if_unnamed: bool = False) -> bool:
        """Whether the numbers of a tensor are there, or could be calculated; those of weights are not asked for, unless
        the exporter made them up."""
        constant = tensor.constant
        if constant is None or (self.may_be_weight(tensor) and not (even_if_unnamed and self._is_unnamed(tensor))):
            return False
        return constant.values is not None or tensor in self._many or tensor in self._ways

    def known(self, tensor: Tensor | None) -> Sequence[float] | None:
        """The numbers of a tensor, if they are known and not too many; of a weight, only if they are few."""
        if tensor is None or tensor.constant is None:
            return None
        if tensor.constant.values is not None:
            return tensor.constant.values
        if tensor not in self._many and tensor in self._ways and self.is_known(tensor, even_if_unnamed=True):
            values = self._ways[tensor]() if self.may_calculate(prod(tensor.sizes or ())) else None
            if values is not None:
                self._many[tensor] = values
        return self._many.get(tensor)

    def has_nan(self, tensor: Tensor | None) -> bool:
        """Whether an array has numbers that are none; one that is long or in another file is not looked into."""
        constant = tensor.constant if tensor else None
        if tensor is None or constant is None or prod(tensor.sizes or ()) > MOST_LOOKED_AT:
            return False
        way = self._ways.get(tensor) if constant.identity else None
        return any(value != value for value in constant.values or (way and way()) or ())

    def may_be_weight(self, tensor: Tensor) -> bool:
        """Whether a tensor is an array of the file that may be learned: arithmetic with it stays in the graph."""
        constant = tensor.constant
        if constant is None or not constant.identity or not is_float(tensor.dtype):
            return False
        if self.is_of_cnncalc:
            return constant.identity not in self.literals
        return prod(tensor.sizes or ()) != 1

    def _is_unnamed(self, tensor: Tensor) -> bool:
        """Whether PyTorch's exporter calculated an array: from a weight, or from nothing but numbers in the program."""
        return self.has_roles and tensor.constant is not None and tensor.constant.identity.startswith("val_")

    def keep_way(self, tensor: Tensor, way: Way, after: Iterable[Tensor] = ()) -> None:
        """Notes how the numbers of a tensor are found, when they are asked for, and from which others."""
        self._ways[tensor] = way
        self._depths[tensor] = 1 + self.depth(after)

    def depth(self, tensors: Iterable[Tensor]) -> int:
        """How many calculations come one after the other before these numbers are there."""
        return max((self._depths.get(tensor, 0) for tensor in tensors if tensor not in self._many), default=0)

    def copy_way(self, tensor: Tensor, made: Tensor) -> None:
        """The same numbers for another tensor."""
        if tensor in self._ways:
            self.keep_way(made, lambda: self.known(tensor), [tensor])

    def is_surely_learned(self, identity: str) -> bool:
        """Whether the file says that an array is a parameter and no buffer: in so many words, or by the name that
        modules have for their weights, or TensorFlow for its variables."""
        if self.is_of_cnncalc or identity in self.roles:
            return True
        is_weight = has_module_name(identity) and identity.rpartition(".")[2] in _WEIGHTS
        return is_weight or _VARIABLE in identity or _OF_NORM in identity

    def is_surely_fixed(self, identity: str) -> bool:
        """Whether the file says that an array is none that is learned: PyTorch writes what no module has as a node."""
        return self.roles.get(identity) == "BUFFER" or (self.is_of_torch and identity in self.literals)

    def has_no_name_of_weights(self, identity: str) -> bool:
        """Whether an array in the role of a weight has another name in its module, `blur.filt`, or was calculated by
        the exporter from nobody knows what."""
        if not self.is_of_torch or "::" in identity or identity in self.roles or identity in self.literals:
            return False
        return self.has_roles or (
            has_module_name(identity) and not any(word in identity.rpartition(".")[2] for word in _WEIGHTS)
        )

    def is_of_a_module(self, identity: str) -> bool:
        """Whether an array has the name that a module gave it, and not one that the exporter made up."""
        if self.has_roles or identity in self.literals or "::" in identity:
            return False
        return self.is_of_torch or has_module_name(identity)

    def may_calculate(self, count: int) -> bool:
        """Whether so many numbers may still be calculated; notes that they are."""
        if self.is_read:  # by whoever wants the values, and then not for nothing
            return True
        is_small = count <= MAX_VALUES  # sizes are still calculated when masks have used up what there is
        if count > MAX_FOLDED or self._calculated[is_small] + count > MAX_CALCULATED:
            return False
        self._calculated[is_small] += count + 10  # sizes without numbers are work, too
        return True

    def refuse(self, code: str, place: str, what: str, *help: str) -> NoReturn:
        """Refuses the model because of a node."""
        raise Unreadable(Diagnostic(code, with_batch_named(f"{place}: {what}"), self.wire.name, START, "", help))


class OperatorCall:
    """An operator with its inputs.

    Attributes:
        ledger: what is known beside it.
        node: as the file has it.
        inputs: None where one is left out.
        opset: the version of the operators.
        place: for findings.
        path: the modules that it is in.
        stated: the sizes of its first output, if the file says them.
        filling: the number that a ConstantOfShape repeats.
    """

    def __init__(
        self,
        ledger: Knowledge,
        node: NodeMessage,
        inputs: list[Tensor | None],
        opset: int,
        place: str,
        path: Path,
        stated: Sizes | None = None,
    ) -> None:
        self.ledger = ledger
        self.node = node
        self.inputs = inputs
        self.opset = opset
        self.place = place
        self.path = path
        self.stated = stated
        self.filling: Tensor | None = None

    def with_inputs(self, inputs: Sequence[Tensor | None]) -> OperatorCall:
        """The same operator with other inputs."""
        return OperatorCall(self.ledger, self.node, list(inputs), self.opset, self.place, self.path, self.stated)

    # -- attributes

    def integer(self, name: str, default: int = 0) -> int:
        """A setting that is a whole number."""
        return int(self._value(name, int, default))

    def number(self, name: str, default: float = 0.0) -> float:
        """A setting that is a number. It has the digits that a float32 has: 0.2 and not 0.20000000298."""
        return shortest(self._value(name, (float, int), default))

    def text(self, name: str, default: str = "") -> str:
        """A setting that is a word."""
        value = self._value(name, bytes, None)
        return default if value is None else value.decode("utf-8", "replace")

    def integers(self, name: str, default: Sequence[int] | None = None) -> list[int] | None:
        """A setting that is a list of whole numbers."""
        value = self._value(name, list, None)
        if value is None:
            return None if default is None else list(default)
        return [int(each) for each in value]

    def attribute(self, name: str) -> Attribute | None:
        """A setting as the file has it."""
        return self.node.attributes.get(name)

    def _value(self, name: str, types: type | tuple[type, ...], default: Any) -> Any:
        attribute = self.node.attributes.get(name)
        if attribute is None or attribute.value is None:
            return default
        if not isinstance(attribute.value, types):
            self.refuse(f"its setting `{name}` has the wrong type")
        return attribute.value

    # -- inputs

    def has(self, place: int) -> bool:
        """Whether it has an input."""
        return place < len(self.inputs) and self.inputs[place] is not None

    def maybe(self, place: int) -> Tensor | None:
        """An input that may be left out."""
        return self.inputs[place] if place < len(self.inputs) else None

    def input(self, place: int) -> Tensor:
        """An input that has to be there."""
        tensor = self.maybe(place)
        if tensor is None:
            self.refuse(f"it has no input {place}")
        return tensor

    def sizes(self, place: int) -> Sizes:
        """The sizes of an input; the node is `unknown` before anybody asks if they are not known."""
        return self.input(place).sizes or ()

    def known(self, place: int) -> Sequence[float] | None:
        """The numbers of an input, if they are known."""
        return self.ledger.known(self.maybe(place))

    def whole(self, place: int) -> list[int] | None:
        """The whole numbers of an input, if they are known."""
        values = self.known(place)
        return None if values is None else [int(value) for value in values]

    def scalar(self, place: int) -> float | None:
        """The only number of an input, if it is known."""
        tensor = self.maybe(place)
        values = self.known(place) if tensor is not None and prod(tensor.sizes or ()) == 1 else None
        return shortest(values[0]) if values else None

    def axes(self, place: int, since: int) -> list[int] | None:
        """Axes, which an attribute has before a version and an input since then; None if they are left out."""
        if self.opset < since:
            return self.integers("axes")
        return self.whole(place)

    def reduced_axes(self) -> list[int] | None:
        """The axes that a reduction takes together; None if they are calculated."""
        rank = len(self.sizes(0))
        axes = self.axes(1, 13 if self.node.operator == "ReduceSum" else 18)
        if axes is None and self.has(1):
            return None
        if not axes:
            return [] if self.integer("noop_with_empty_axes") else list(range(rank))
        return sorted({axis_from_front(axis, rank) for axis in axes})

    # -- parameters

    def parameter(self, place: int, *, statistic: bool = False) -> Tensor | None:
        """An input in the role of a weight: a constant is a parameter there, or a statistic.

        Each use has a tensor of its own, since exporters store arrays once that are equal by chance.
        """
        tensor = self.maybe(place)
        if tensor is None:
            return None
        if place == 1 and tensor.constant and self.ledger.has_no_name_of_weights(tensor.constant.identity):
            self.ledger.graph.supposed_weights.add(tensor.constant.identity)
        return self.as_parameter(tensor, statistic=statistic)

    def as_parameter(self, tensor: Tensor, *, statistic: bool = False) -> Tensor:
        """A tensor in the role of a weight."""
        constant = tensor.constant
        if constant is None or not is_float(tensor.dtype):
            return tensor
        own = Constant(
            constant.stored,
            constant.values,
            is_parameter=not statistic and not self.ledger.is_surely_fixed(constant.identity),
            is_statistic=statistic,
            identity=constant.identity,
        )
        return self.ledger_copy(tensor, own, tensor.sizes)

    def operand(self, place: int) -> Tensor:
        """An input of an operator that has no weights of its own: a constant of several numbers is one all the same,
        but not a number alone that no module has given its name, and not a mask."""
        return self.as_operand(self.input(place))

    def as_operand(self, tensor: Tensor) -> Tensor:
        """A tensor in that role. Whether an array was a parameter or a buffer of the program, few files say."""
        constant = tensor.constant
        if constant is None or not self._is_learned(tensor, constant):
            return tensor
        is_of_norm = any(_OF_NORM in name for name in self.node.inputs)
        if not is_of_norm and not self.ledger.is_surely_learned(constant.identity):
            self.ledger.graph.supposed.add(constant.identity)
        return self.as_parameter(tensor)

    def _is_learned(self, tensor: Tensor, constant: Constant) -> bool:
        if constant.stored is None or not constant.identity or not is_float(tensor.dtype):
            return False
        if (role := self.ledger.roles.get(constant.identity)) is not None:
            return role == "PARAMETER"
        if self.ledger.has_all_parameters:
            return False
        if self.ledger.is_of_cnncalc or self.ledger.is_of_torch:
            if constant.identity in self.ledger.literals:
                return False  # (arrays of modules are no nodes)
            if self.ledger.is_of_cnncalc:
                return True
        if prod(tensor.sizes or ()) == 1:
            return self.ledger.is_of_a_module(constant.identity)
        return not _is_mask(constant)

    def ledger_copy(self, tensor: Tensor, constant: Constant, sizes: Sizes | None) -> Tensor:
        """A constant again, with other facts about it."""
        made = Tensor(tensor.name, sizes, tensor.dtype, constant, tensor.stated)
        self.ledger.copy_way(tensor, made)
        return made

    # -- results

    def add(
        self, name: str, inputs: Sequence[Tensor | None], sizes: Sizes, dtype: str = "", /, **settings: Any
    ) -> Tensor:
        """An operation with one output."""
        return self.add_all(name, inputs, [sizes], dtype, **settings)[0]

    def add_all(
        self,
        name: str,
        inputs: Sequence[Tensor | None],
        all_sizes: Sequence[Sizes | None],
        dtype: str = "",
        /,
        **settings: Any,
    ) -> list[Tensor]:
        """An operation with several outputs."""
        first = next((each for each in inputs if each is not None), None)
        dtype = dtype or (first.dtype if first else "float32")
        outputs = [Tensor(self._first_output, sizes, dtype) for sizes in all_sizes]
        self.ledger.graph.add(Operation(name, inputs, outputs, settings, self.node.operator, self.place, self.path))
        return outputs

    def made(self, values: Sequence[float], sizes: Sizes, dtype: str) -> Tensor:
        """A constant of few numbers that were calculated."""
        return Tensor(self._first_output, sizes, dtype, calculated(values, sizes, dtype))

    def calculation(self, sizes: Sizes, dtype: str, way: Way, of: Sequence[Tensor]) -> Tensor | None:
        """A constant of numbers that are calculated now if they are few, and otherwise when they are asked for.

        None if they would be too many, or have to wait for too many others.
        """
        ledger, count = self.ledger, prod(sizes)
        if count <= MAX_VALUES:
            values = way() if ledger.may_calculate(count) else None
            return None if values is None else self.made(values, sizes, dtype)
        if count > MAX_FOLDED or ledger.depth(of) >= MAX_WAITING:
            return None
        tensor = Tensor(self._first_output, sizes, dtype)
        stored = Stored(sizes, dtype, lambda: packed(ledger.known(tensor) or self._too_many(), dtype))
        tensor.constant = Constant(stored)
        ledger.keep_way(tensor, way, of)
        return tensor

    @property
    def _first_output(self) -> str:
        return next(filter(None, self.node.outputs), self.node.name)

    def _too_many(self) -> NoReturn:
        self.ledger.refuse("CNN156", self.place, f"more than {MAX_CALCULATED:,} numbers would have to be calculated")

    def refuse(self, what: str) -> NoReturn:
        """Refuses the model: this node cannot be, or cannot have the sizes that the caller gave."""
        if self.ledger.given:
            self.ledger.refuse("CNN153", self.place, f"{what}; sizes were given by `--input`", *self.ledger.given)
        self.ledger.refuse("CNN150", self.place, what, DAMAGED)


def shortest(value: float) -> float:
    """The number with the fewest digits that is the same in float32."""
    if not math.isfinite(value) or isinstance(value, int):
        return value
    short = float(f"{value:.7g}")
    return short if abs(short - value) <= abs(value) * 6e-8 else value


def has_module_name(name: str) -> bool:
    """Whether a name is that of a module's array: `layer1.0.gamma`."""
    return "." in name and ":" not in name and not name.startswith(("/", "val_"))


_MASKED = -99.0
_WEIGHTS = ("weight", "bias")
_VARIABLE = "ReadVariableOp"
_OF_NORM = "/batchnorm/"
"""In the names of what TensorFlow calculates in a batch norm."""


def _is_mask(constant: Constant) -> bool:
    """Whether an array is 0 where something counts and far below where it does not: what is added to scores."""
    values = _first_values(constant, 3)
    return 0 < len(values) <= 2 and max(values) <= 0 and min(values) < _MASKED


def _first_values(constant: Constant, count: int) -> set[float]:
    """The different values of an array, or the first few of them. One that a module has given its name is not looked
    into where there are many."""
    values: Iterable[float] = constant.values or ()
    stored = constant.stored
    if constant.values is None and stored is not None and not has_module_name(constant.identity):
        is_readable = stored.dtype in TYPECODES and prod(stored.sizes) <= MAX_FOLDED and not stored.joined
        values = decoded_numbers(bytes(stored.read()), stored.dtype, prod(stored.sizes)) or () if is_readable else ()
    found = set[float]()
    for value in values:
        found.add(value)
        if len(found) == count:
            break
    return found


Translation = Callable[[OperatorCall], Tensor | list[Tensor] | None]
"""How an operator becomes operations; None if it does not."""
