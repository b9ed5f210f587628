"""A module of PyTorch in the caller's own interpreter: exported there, and read as if it came from a file."""

from __future__ import annotations

import importlib
import io
import logging
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import TYPE_CHECKING, Any

from cnncalc.importing.lifting import lift
from cnncalc.importing.opening import spec_of
from cnncalc.importing.pt2.reader import read_pt2
from cnncalc.source.diagnostics import START, Diagnostic, SpecError
from cnncalc.source.files import Unreadable

if TYPE_CHECKING:
    from cnncalc.spec.reader import Spec

_BATCH = 2
"""A batch of one would be fixed: the exporter takes a size of 1 for one that never changes."""

_WAYS_OUT = (
    "the exporter cannot follow Python that depends on the values in tensors: give the part of the model without it",
    "`torch.export.export(module.eval(), (example,))` alone shows where it stops",
)


def spec_of_module(module: Any, example: Any) -> Spec:
    """The spec of a module (see `cnncalc.from_torch`).

    Raises:
        SpecError: PyTorch cannot export the module, or it has something that is refused.
        ValueError: the example is neither a shape nor a tensor, nor several of them.
    """
    name = type(module).__name__
    try:
        draft = lift(read_pt2(_exported(module, example, name), None, name))
        draft.name = name
        return spec_of(draft, name)
    except Unreadable as error:
        raise SpecError(error.diagnostics) from None


def _exported(module: Any, example: Any, name: str) -> bytes:
    """The bytes of the file that PyTorch would save."""
    torch = importlib.import_module("torch")
    positional, named = _arguments(torch, module, example)
    attempts = [(_batched(torch, positional), _batched(torch, named), True), (positional, named, False)]
    errors: list[Exception] = []
    with _as_in_use(module), _quietly():
        for tensors, by_name, has_open_batch in attempts:
            try:
                shapes = _open_batches(torch, tensors, by_name) if has_open_batch else None
                program = torch.export.export(module, tensors, by_name, dynamic_shapes=shapes)
            except Exception as error:  # whatever the module's own code raises
                errors.append(error)
                continue
            file = io.BytesIO()
            torch.export.save(program, file)
            return file.getvalue()
    reason = next((line.strip() for line in str(errors[-1]).splitlines() if line.strip()), "")
    message = f"PyTorch cannot export the module: {type(errors[-1]).__name__}: {reason[:300]}"
    raise SpecError([Diagnostic("CNN152", message, name, START, "", _WAYS_OUT)]) from errors[-1]


@contextmanager
def _as_in_use(module: Any) -> Iterator[None]:
    """Lets a module and its parts be in their mode of use for a while.

    `eval()` is not called: a module may do more in it than change its mode.
    """
    modes = [(each, each.training) for each in module.modules()]
    try:
        for each, _ in modes:
            each.training = False
        yield
    finally:
        for each, mode in modes:
            each.training = mode


@contextmanager
def _quietly() -> Iterator[None]:
    """Keeps the exporter's warnings, its log and its listings to itself: what ends it is in its error."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings(), redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)


# -- examples

_SHAPE = re.compile(r"\d+([x×]\d+)*")


def _arguments(torch: Any, module: Any, example: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments of the module's call, by place and by name."""
    like = next((each for each in module.parameters() if each.is_floating_point()), torch.zeros(()))
    if isinstance(example, Mapping):
        return (), {str(name): _tensor(torch, each, like) for name, each in example.items()}
    if isinstance(example, (tuple, list)) and not all(isinstance(each, int) for each in example):
        return tuple(_tensor(torch, each, like) for each in example), {}
    return (_tensor(torch, example, like),), {}


def _tensor(torch: Any, example: Any, like: Any) -> Any:
    """An example as it is, or one of this shape: numbers of the type of the parameters, where they are."""
    if isinstance(example, torch.Tensor):
        return example
    if isinstance(example, str) and _SHAPE.fullmatch(example.strip()):
        example = [int(size) for size in re.split("[x×]", example.strip())]
    if not isinstance(example, Sequence) or not example or not all(isinstance(n, int) and n > 0 for n in example):
        raise ValueError(
            f"neither a shape without the batch, `3x224x224` or `(3, 224, 224)`, nor a tensor: {example!r}"
        )
    return torch.zeros((_BATCH, *example), dtype=like.dtype, device=like.device)


def _batched(torch: Any, examples: Any) -> Any:
    """Tensors of one sample twice."""
    if isinstance(examples, Mapping):
        return {name: _batched(torch, each) for name, each in examples.items()}
    if isinstance(examples, tuple):
        return tuple(_batched(torch, each) for each in examples)
    return torch.cat([examples] * _BATCH) if examples.dim() > 1 and examples.shape[0] == 1 else examples


def _open_batches(torch: Any, positional: tuple[Any, ...], named: Mapping[str, Any]) -> Any:
    """Which axes are open: the first of each tensor that has the batch of the first tensor."""
    batch = next(iter((*positional, *named.values()))).shape[:1]

    def axes(tensor: Any) -> dict[int, Any]:
        return {0: torch.export.Dim.AUTO} if tensor.dim() > 1 and tensor.shape[:1] == batch else {}

    return {name: axes(each) for name, each in named.items()} or tuple(map(axes, positional))
