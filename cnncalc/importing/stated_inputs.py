"""The inputs that a file states, and what is said where sizes are open or those that are given do not fit.

Each function gives the message and the help of a finding (CNN153), the same for every reader.
"""

from __future__ import annotations

from collections.abc import Sequence

from cnncalc.named_tuple import NamedTuple
from cnncalc.source.diagnostics import did_you_mean, listed, name_text

OPEN = "?"
"""A size without a name that the file leaves open."""
_IMAGE, _OTHER = "224", "128"
"""Sizes for an example: of an image, and of anything else."""
_UNSTATED = {"channels_first": "3x224x224", "channels_last": "224x224x3"}


class StatedInput(NamedTuple):
    """An input as a file states it.

    Attributes:
        name: of the input.
        sizes: without the batch, in the order of the file; a text where one is open: its name, or `OPEN`. None if
            the file does not even say how many there are.
    """

    name: str
    sizes: tuple[int | str, ...] | None

    @property
    def is_open(self) -> bool:
        """Whether a size has to be given."""
        return self.sizes is None or any(isinstance(size, str) for size in self.sizes)

    def text(self) -> str:
        """The input for a finding: `image` (?×?×3)."""
        sizes = "sizes not stated" if self.sizes is None else "×".join(map(str, self.sizes)) or "a single number"
        return f"`{name_text(self.name)}` ({name_text(sizes)})"

    def example(self, layout: str) -> str:
        """Sizes that the input could have: `224x224x3`."""
        if self.sizes is None:
            return _UNSTATED[layout]
        size = _IMAGE if len(self.sizes) == 3 else _OTHER
        return "x".join(size if isinstance(each, str) else str(each) for each in self.sizes)


def sizes_open(missing: Sequence[StatedInput], inputs: Sequence[StatedInput], layout: str) -> tuple[str, str]:
    """What is said where sizes of these inputs, among all of the file, are open."""
    from shlex import quote

    texts = [each.example(layout) for each in missing]
    if len(inputs) > 1:
        texts = [f"{name_text(each.name)}={text}" for each, text in zip(missing, texts, strict=True)]
    options = " ".join(f"--input {quote(text)}" for text in texts)
    return f"the file leaves sizes open: {_listed(missing)}", f"give them, for example: `{options}`"


def batch_fixed(size: int) -> str:
    """What is said where the file fixes the size of the batch (CNN571)."""
    return f"the file fixes a batch of {size:,}: all numbers are those of one sample"


def no_such_input(name: str, inputs: Sequence[StatedInput]) -> tuple[str, ...]:
    """What is said where a size is given to an input that does not exist."""
    close = did_you_mean(name, [each.name for each in inputs])
    return f"there is no input `{name_text(name)}`", *([close] if close else []), inputs_of_the_file(inputs)


def other_axes(input: StatedInput, given: int, inputs: Sequence[StatedInput]) -> tuple[str, str]:
    """What is said where too many sizes are given, or too few."""
    own = len(input.sizes or ())
    sizes = f"{own} size{'s' if own != 1 else ''}"
    return f"`{name_text(input.name)}` has {sizes} besides the batch, not {given}", inputs_of_the_file(inputs)


def other_size(input: StatedInput, own: object, given: int, inputs: Sequence[StatedInput]) -> tuple[str, str]:
    """What is said where another size is given than the file fixes."""
    return f"`{name_text(input.name)}` has a size of {own} in the file, not {given}", inputs_of_the_file(inputs)


def inputs_of_the_file(inputs: Sequence[StatedInput]) -> str:
    """The inputs, as a help."""
    return f"inputs of the file, without the batch: {_listed(inputs) or 'none'}"


def _listed(inputs: Sequence[StatedInput]) -> str:
    return listed([each.text() for each in inputs], 12)
