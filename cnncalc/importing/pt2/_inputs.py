"""The inputs of a program and their sizes: the batch, those that are fixed, and those that have to be given."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NoReturn

from cnncalc.importing.operations import BATCH
from cnncalc.importing.pt2._program import Program
from cnncalc.importing.pt2._sizes import SymbolicSizes, is_open
from cnncalc.importing.stated_inputs import (
    OPEN,
    StatedInput,
    no_such_input,
    other_axes,
    other_size,
    sizes_open,
)

Sizing = Mapping[str, Sequence[int | None]]
_Stated = Sequence[Mapping[str, Any]]


class Inputs:
    """The inputs that are tensors.

    Attributes:
        names: in order.
        batch: the size of the batch.
        batch_axis: where the inputs have it.
        is_batch_open: whether the file leaves it open.
    """

    def __init__(self, program: Program, sizes: SymbolicSizes, given: Sizing, batch_axis: int = 0) -> None:
        """Settles their sizes.

        Raises:
            Unreadable: sizes are open and not given, or given and not those that the program takes.
        """
        specs = [each["user_input"]["arg"] for each in program.signature["input_specs"] if "user_input" in each]
        self.names = [each["as_tensor"]["name"] for each in specs if "as_tensor" in each]
        self._program = program
        self._sizes = sizes
        self._stated = {name: program.graph["tensor_values"][name]["sizes"] for name in self.names}
        self.batch_axis = 1 if not given and _are_open_second(self._stated.values()) else batch_axis
        self.batch = self._take_batch()
        self.is_batch_open = self.batch == BATCH
        self._take_given(given)
        if missing := [name for name, stated in self._stated.items() if not sizes.are_known(stated)]:
            self._refuse(sizes_open([*map(self._described, missing)], self._all_described(), "channels_first"))

    def _take_batch(self) -> int:
        """An axis of all inputs is the batch; where one is open, an input with a fixed one is no batch."""
        first = [stated[self.batch_axis] for stated in self._stated.values() if len(stated) > self.batch_axis]
        is_symbol = [self._sizes.take_batch(size) for size in first]
        return BATCH if any(is_symbol) or not first else self._sizes.of(first[0])

    def _take_given(self, given: Sizing) -> None:
        for name in given:
            if name and name not in self._stated:
                self._refuse(no_such_input(name, self._all_described()))
        for name, stated in self._stated.items():
            if not any(map(is_open, stated[1:])) or self.batch_axis:
                continue  # the model is read at its own sizes, and then changed as any other
            if (shape := given.get(name, given.get(""))) is not None:
                self._take_shape(name, stated[1:], shape)

    def _take_shape(self, name: str, stated: _Stated, shape: Sequence[int | None]) -> None:
        """SymbolicSizes of all axes but the batch, or of all but the channels, too."""
        if len(shape) == len(stated) - 1:
            shape = (None, *shape)
        if len(shape) != len(stated):
            self._refuse(other_axes(self._described(name), len(shape), self._all_described()))
        for size, wanted in zip(stated, shape, strict=True):
            if wanted is None:
                continue
            if not self._sizes.take(size, wanted):
                self._program.refuse("CNN153", f"the model does not take a size of {wanted} of `{name}`", _EXPORT_AGAIN)
            if (own := self._sizes.of(size)) != wanted:
                message, help = other_size(self._described(name), own, wanted, self._all_described())
                self._program.refuse("CNN153", message, help, _EXPORT_AGAIN)

    def _refuse(self, texts: tuple[str, ...]) -> NoReturn:
        self._program.refuse("CNN153", *texts)

    def _all_described(self) -> list[StatedInput]:
        return [*map(self._described, self._stated)]

    def _described(self, name: str) -> StatedInput:
        stated = self._stated[name]
        sizes = [*stated[: self.batch_axis], *stated[self.batch_axis + 1 :]]
        return StatedInput(name, tuple(OPEN if is_open(size) else int(size["as_int"]) for size in sizes))


_EXPORT_AGAIN = "export the model with `dynamic_shapes` to read it at other sizes"


def _are_open_second(inputs: Iterable[_Stated]) -> bool:
    """Whether all inputs are sequences, of which the second axis alone is open: their positions come first."""
    return all(
        len(stated) == 3 and [*map(is_open, stated)] == [False, True, False] and stated[0]["as_int"] > 1
        for stated in inputs
    )
