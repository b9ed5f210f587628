"""The arguments of a block: as few as possible, the other texts being expressions of these."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

from cnncalc.importing.structure._pieces import Piece, walk
from cnncalc.importing.structure._slots import ABSENT, Slot, Template, Value
from cnncalc.layers import KINDS, layer_class

CHANNELS = frozenset({"filters", "units", "width", "heads", "groups", "key_size"})
"""Settings that may follow from the channels that enter."""
_WIDTHS = frozenset({"filters", "units"})
"""Settings that are the channels that come out."""
_STEPS = frozenset({"stride", "dilation"})
"""Settings that a person passes on to an entry that few calls have."""
_TITLES = {
    "filters": "width",
    "units": "width",
    "when": "has",
    "activation": "act",
    "repeat": "depth",
    "block": "factor",
}

_PARTS = {"multiply": "gated"}


class BlockArgument:
    """An argument of a block.

    Attributes:
        name: of the argument.
        values: its text in each call.
        default: the text that a call may leave out; None if it may not.
    """

    def __init__(self, name: str, values: Sequence[Value], is_truth: bool = False) -> None:
        self.name = name
        self.values = list(values)
        self.is_truth = is_truth
        self.default: str | None = None

    def takes(self, values: Sequence[Value]) -> bool:
        """Whether it has these values wherever both are known; it knows both then."""
        if any(None not in pair and pair[0] != pair[1] for pair in zip(self.values, values, strict=True)):
            return False
        self.values = [old if old is not None else new for old, new in zip(self.values, values, strict=True)]
        return True


class Arguments:
    """Finds the arguments of a template, and writes its texts.

    Args:
        c_in: how many channels enter each occurrence.
    """

    def __init__(self, template: Template, c_in: Sequence[int]) -> None:
        self.template = template
        self.c_in = c_in
        self.found: list[BlockArgument] = []
        self._written: list[str] = []
        """The conditions that are used."""
        self._outputs = self._output_numbers()
        end = template.pieces[-1].chains[0][-1] if template.pieces[-1].kind == "residual" else template.pieces[-1]
        self._ends_in_branches = bool(end.branches)
        merges = [piece for piece in walk(template.pieces) if piece.kind == "multiply"]
        self._gates = {piece for merge in merges for chain in merge.chains for piece in walk(chain)}
        self._before_depthwise = {
            piece
            for chain in _chains(template.pieces)
            for piece, following in pairwise(chain)
            if following.kind == "depthwise_conv"
        }
        for slot in sorted([each for each in template.slots if not _is_truth(each)], key=_is_partial):
            slot.write((_is_partial(slot) and self._of_the_few(slot)) or self._text(slot))
        for slot in [each for each in template.slots if _is_truth(each)]:
            slot.write(self._condition(slot))
        self._complete()

    # -- texts and numbers

    def _text(self, slot: Slot) -> str:
        if slot.is_constant:
            return slot.known[0]
        numbers = _numbers(slot.values)
        if numbers is None:
            return self._list(slot) or self._argument(slot, slot.values)
        sees_channels = _title(slot) in CHANNELS and not slot.is_copied
        if sees_channels and (text := self._of_expansion(numbers) or self._of_channels(numbers)):
            return text
        for argument in self.found:
            if text := _expressed(slot, numbers, argument):
                return text
        if sees_channels and (text := self._of_ratio(numbers)):
            return text
        return self._argument(slot, slot.values)

    def _of_the_few(self, slot: Slot) -> str:
        """What an entry that few occurrences have says so that it would be right in others; "" if nothing is known.

        These few may all have the same number, or one that follows from the channels that enter: a shortcut's
        convolution is as wide as the block nevertheless, and has its stride.
        """
        title, numbers = _title(slot), _numbers(slot.values)
        if numbers is None:
            return ""
        if title in _WIDTHS and not slot.is_copied:
            return self._of_output(numbers) or self._of_absent_expansion(slot, numbers)
        for argument in self.found:
            is_same = argument.name == title and title in _STEPS and len({*argument.values}) > 1
            if is_same and argument.takes(slot.values):
                return f"${argument.name}"
        return ""

    def _of_output(self, numbers: Sequence[int | None]) -> str:
        """The text of the channels that come out, where they are not always the same."""
        is_it = all(n is None or n == out for n, out in zip(numbers, self._outputs, strict=True))
        return self._last.piece.settings[""] if is_it and len({*self._outputs}) > 1 else ""

    def _of_absent_expansion(self, slot: Slot, numbers: Sequence[int | None]) -> str:
        """How many times the channels that enter, if a depthwise convolution reads them: once where there is no such
        entry."""
        pairs = [(n, c) for n, c in zip(numbers, self.c_in, strict=True) if n is not None]
        if slot.piece not in self._before_depthwise or not all(c and n % c == 0 and n > c for n, c in pairs):
            return ""
        factors = ["1" if n is None else str(n // c) for n, c in zip(numbers, self.c_in, strict=True)]
        return self._times_entering(factors)

    def _list(self, slot: Slot) -> str:
        """Several numbers of which each follows from the channels that enter; "" for anything else."""
        is_shape = "x" in slot.known[0]
        lists = [value and value.strip("[]").split("x" if is_shape else ", ") for value in slot.values]
        known = [each for each in lists if each]
        if slot.is_copied or len(known) < len(slot.known) or len({len(each) for each in known}) != 1:
            return ""
        texts = []
        for place in range(len(known[0])):
            values = [each[place] if each else None for each in lists]
            numbers = _numbers(values)
            constant = known[0][place] if len({each[place] for each in known}) == 1 else ""
            texts.append(constant or (self._of_channels(numbers) if numbers else ""))
        if not all(texts) or len(texts) < 2:
            return ""
        if is_shape:
            return "x".join([f"$({text[1:]})" if re.fullmatch(r"\$\w+", text) else text for text in texts])
        return f"[{', '.join(texts)}]"

    def _of_expansion(self, numbers: Sequence[int | None]) -> str:
        """How many times the channels that enter, where there is an argument for it."""
        for argument in self.found:
            factors = _numbers(argument.values) if argument.name.startswith("expand") else None
            if factors is None:
                continue
            each = zip(numbers, factors, self.c_in, strict=True)
            if all(n is None or (factor is not None and n == factor * c) for n, factor, c in each):
                return f"$({argument.name} * c_in)"
        return ""

    def _of_channels(self, numbers: Sequence[int | None]) -> str:
        """What follows from the channels that enter; "" if it does not."""
        return _ratio("c_in", self.c_in, numbers)

    def _of_ratio(self, numbers: Sequence[int | None]) -> str:
        """An argument that says how many times the channels that enter; "" where the numbers say more."""
        pairs = list(zip(numbers, self.c_in, strict=True))
        if not all(c and (n is None or n % c == 0) for n, c in pairs) or _ratio("", self._outputs, numbers):
            return ""
        factors = [None if n is None else n // c for n, c in pairs]
        if len(set(factors)) >= len(set(numbers)) or max(filter(None, factors)) < 2:
            return ""
        return self._times_entering([None if each is None else str(each) for each in factors])

    def _times_entering(self, values: Sequence[Value]) -> str:
        """An argument with these values times the channels that enter."""
        argument = next((each for each in self.found if each.name.startswith("expand") and each.takes(values)), None)
        if argument is None:
            argument = BlockArgument(self._free("expand"), values)
            self.found.append(argument)
        return f"$({argument.name} * c_in)"

    def _argument(self, slot: Slot, values: Sequence[Value]) -> str:
        title = self._called(slot)
        for argument in self.found:
            if argument.name.rstrip("0123456789") == title and argument.takes(values):
                return f"${argument.name}"
        self.found.append(BlockArgument(self._free(title), values))
        return f"${self.found[-1].name}"

    def _called(self, slot: Slot) -> str:
        """What an argument is called that is about a slot first."""
        title = _TITLES.get(_title(slot), _title(slot))
        if title != "width" or not any(self._outputs) or slot is self._last or self._ends_in_branches:
            return title
        if slot.piece in self._gates:
            return "squeeze"
        return (
            title
            if slot.values == self._last.values
            or ((numbers := _numbers(slot.values)) and _ratio("", self._outputs, numbers))
            else "hidden"
        )

    def _free(self, title: str) -> str:
        taken = {argument.name for argument in self.found}
        names = (title if number == 1 else f"{title}{number}" for number in range(1, len(taken) + 2))
        return next(name for name in names if name not in taken)

    def _output_numbers(self) -> list[int]:
        """The channels that come out of each occurrence, where a slot says so; otherwise zeros."""
        for slot in reversed(self.template.slots):
            numbers = _numbers(slot.values)
            if slot.name == "" and _title(slot) in ("filters", "units") and numbers and None not in numbers:
                self._last = slot
                return numbers  # type: ignore[return-value]
        return [0] * self.template.count

    # -- conditions

    def _condition(self, slot: Slot) -> str:
        """Whether an entry is there, or a residual adds its input."""
        if slot.is_constant:
            return slot.known[0]
        wanted = [None if each is None else each == "true" for each in slot.values]
        for text, truths in self._conditions():
            if slot.is_copied and "c_in" in text:
                continue
            if all(want is None or want == truth for want, truth in zip(wanted, truths, strict=True)):
                self._written.append(text)
                return f"$({text})"
        for argument in self.found:
            if argument.is_truth and argument.takes(slot.values):
                return f"${argument.name}"
        is_smaller = slot.piece.kind == "conv" and "stride" in slot.piece.settings
        title = _PARTS.get(slot.piece.kind, "downsample" if is_smaller else f"has_{slot.piece.kind}")
        title = "skip" if slot.name == "skip" else title
        self.found.append(BlockArgument(self._free(title), slot.values, is_truth=True))
        return f"${self.found[-1].name}"

    def _conditions(self) -> Iterator[tuple[str, list[bool]]]:
        """Conditions that a person might have written, with their values in each occurrence."""
        out = self._output_text()
        fits = [c == n for c, n in zip(self.c_in, self._outputs, strict=True)]
        for argument in self.found:
            numbers = _numbers(argument.values)
            if argument.name == "stride":
                one = [value == "1" for value in argument.values]
                if out:
                    yield f"stride != 1 or c_in != {out}", [not (a and b) for a, b in zip(one, fits, strict=True)]
                    yield f"stride == 1 and c_in == {out}", [a and b for a, b in zip(one, fits, strict=True)]
                yield "stride != 1", [not each for each in one]
                yield "stride == 1", one
            if None in argument.values:
                yield f"{argument.name} != 'none'", [value is not None for value in argument.values]
            if argument.name.startswith("expand") and numbers and None not in numbers:
                least = min(numbers)  # type: ignore[type-var]
                yield f"{argument.name} > {least}", [n > least for n in numbers]  # type: ignore[operator]
        if out:
            yield f"c_in != {out}", [not each for each in fits]
            yield f"c_in == {out}", fits

    def _output_text(self) -> str:
        """The expression of the channels that come out; "" if there is none, or if it always says the same of those
        that enter."""
        text = self._last.piece.settings.get("", "") if any(self._outputs) else ""
        text = text[2:-1] if text.startswith("$(") else text.removeprefix("$")
        return "" if "c_in" in text else text

    # -- calls

    def _complete(self) -> None:
        """Values where an occurrence does not need them, and defaults."""
        for argument in self.found:
            known = [value for value in argument.values if value is not None]
            if len(known) < len(argument.values) and any(
                f"{argument.name} != 'none'" in text for text in self._written
            ):
                argument.values = ["none" if value is None else value for value in argument.values]
                argument.default = "none"
                continue
            usual, times = Counter(known).most_common(1)[0]
            before = usual
            for index, value in enumerate(argument.values):
                before = argument.values[index] = before if value is None else value
            is_usual = "1" in known and argument.name in ("stride", "dilation", "groups")
            if is_usual or argument.is_truth:
                argument.default = "1" if is_usual else usual
            elif 3 * times >= 2 * len(known) and not argument.name.startswith("width"):
                argument.default = usual
        self.found.sort(key=lambda argument: (argument.default is not None, not argument.name.startswith("width")))


def _chains(pieces: list[Piece]) -> Iterator[list[Piece]]:
    """A chain and all inside it."""
    yield pieces
    for piece in walk(pieces):
        yield from piece.chains


def _is_partial(slot: Slot) -> bool:
    """Whether some occurrences do not have the entry."""
    return ABSENT in slot.values


def _is_truth(slot: Slot) -> bool:
    return slot.name in ("when", "skip")


def _title(slot: Slot) -> str:
    """The name of the setting that a slot is about."""
    if slot.name or slot.piece.kind not in KINDS:
        return slot.name.removeprefix("first.") or "layer"
    return layer_class(slot.piece.kind).principal or "value"


def _numbers(values: Sequence[Value]) -> list[int | None] | None:
    """Whole numbers; None if any is something else."""
    if all(value is None or value.isdecimal() for value in values):
        return [None if value is None else int(value) for value in values]
    return None


def _expressed(slot: Slot, numbers: Sequence[int | None], argument: BlockArgument) -> str:
    """A number as an expression of an argument; "" if it is none."""
    bases = _numbers(argument.values)
    if bases is None or argument.is_truth:
        return ""
    is_width = argument.name.startswith(("width", "hidden", "squeeze"))
    if (_title(slot) in CHANNELS) == is_width and (text := _ratio(argument.name, bases, numbers)):
        return text
    if _title(slot) == "padding" and argument.name.startswith(("kernel", "window")):
        pairs = zip(bases, numbers, strict=True)
        if all(base is None or n is None or base // 2 == n for base, n in pairs):
            return f"$({argument.name} // 2)"
    if _title(slot) == "padding" and argument.name == "dilation" and argument.takes(slot.values):
        return "$dilation"
    return ""


def _ratio(name: str, bases: Sequence[int | None], numbers: Sequence[int | None]) -> str:
    """`$name`, `$(4 * name)` or `$(name // 4)`, if numbers are so throughout, and in more than one way."""
    pairs = [(base, n) for base, n in zip(bases, numbers, strict=True) if base is not None and n is not None]
    if len(pairs) < len([n for n in numbers if n is not None]) or not pairs or len({n for _, n in pairs}) < 2:
        return ""
    base, first = pairs[0]
    if not base or not first:
        return ""
    if first % base == 0 and all(n == first // base * b for b, n in pairs):
        return f"${name}" if first == base else f"$({first // base} * {name})"
    if base % first == 0 and all(b == base // first * n for b, n in pairs):
        return f"$({name} // {base // first})"
    return ""
