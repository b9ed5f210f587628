"""A module of PyTorch in the caller's own interpreter: exported there, and read as if it came from a file."""

from __future__ import annotations

import inspect
import io
import logging
import re
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import TYPE_CHECKING, Any

from cnncalc.errors import ArgumentError
from cnncalc.importing.lifting import lift
from cnncalc.importing.opening import spec_of
from cnncalc.importing.pt2.reader import read_pt2
from cnncalc.source.diagnostics import START, Diagnostic, SpecError, excerpt
from cnncalc.source.files import Unreadable
from cnncalc.source.live_objects import described

if TYPE_CHECKING:
    from cnncalc.spec.reader import Spec

_BATCH = 2
"""A batch of one would be fixed: the exporter takes a size of 1 for one that never changes."""

_VALUES = (
    "the exporter cannot follow Python that depends on the values in tensors: give the part of the model without it"
)
_ALONE = "`torch.export.export(module.eval(), (example,))` alone shows where it stops"


def spec_of_module(module: Any, example: Any) -> Spec:
    """The spec of a module (see `cnncalc.from_torch`).

    Raises:
        ArgumentError: it is no module, or the example is neither a shape nor a tensor, nor several of them.
        SpecError: PyTorch cannot export the module, or it has something that is refused.
    """
    torch = sys.modules.get("torch")  # where there is a module, it has been imported
    if torch is None or not isinstance(module, torch.nn.Module):
        raise ArgumentError(f"expected a module of PyTorch, found {described(module)}")
    if isinstance(module, torch.jit.ScriptModule):
        raise ArgumentError("a ScriptModule cannot be exported: give the module that it was made from")
    name = type(module).__name__
    try:
        draft = lift(read_pt2(_exported(torch, module, example, name), None, name))
        draft.name = name
        return spec_of(draft, name)
    except Unreadable as error:
        raise SpecError(error.diagnostics) from None


def _exported(torch: Any, module: Any, example: Any, name: str) -> bytes:
    """The bytes of the file that PyTorch would save."""
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
    raise SpecError([_refusal(errors[-1], module, (positional, named), name)]) from errors[-1]


def _refusal(error: Exception, module: Any, given: tuple[Any, Any], name: str) -> Diagnostic:
    """The finding for what the exporter raised, with what `forward` was given: a wrong input is the usual reason."""
    reason = next((line.strip() for line in str(error).splitlines() if line.strip()), "")
    message = f"PyTorch cannot export the module: {type(error).__name__}: {reason[:300]}"
    is_of_exporter = type(error).__module__.startswith(("torch.fx", "torch._dynamo", "torch._export"))
    shapes = [_sizes_text(each) for each in given[0]]
    shapes += [f"{key}={_sizes_text(each)}" for key, each in given[1].items()]
    called = f"forward{inspect.signature(module.forward)} was given ({', '.join(shapes)}), the batch included"
    ways = [_VALUES if is_of_exporter else called, _ALONE]
    if reads_ids := _floats_for_ids(module, given):
        ways.insert(0, reads_ids)
    return Diagnostic("CNN152", message, name, START, "", tuple(ways))


def _floats_for_ids(module: Any, given: tuple[Any, Any]) -> str:
    """What to give a module that looks up ids, where no input has integers; "" otherwise."""
    torch = sys.modules["torch"]
    tensors = [*given[0], *given[1].values()]
    looks_up = any(isinstance(each, (torch.nn.Embedding, torch.nn.EmbeddingBag)) for each in module.modules())
    if not looks_up or not tensors or not all(each.is_floating_point() for each in tensors):
        return ""
    sizes = ", ".join(map(str, tensors[0].shape))
    return (
        f"a shape stands for real numbers; for ids, give an example of them: `torch.zeros({sizes}, dtype=torch.long)`"
    )


def _sizes_text(tensor: Any) -> str:
    return "×".join(map(str, tensor.shape)) or "a single number"


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
    if isinstance(example, torch.Tensor) or hasattr(example, "__array__"):
        return torch.as_tensor(example)
    if isinstance(example, str) and _SHAPE.fullmatch(example.strip()):
        example = [int(size) for size in re.split("[x×]", example.strip())]
    if not isinstance(example, Sequence) or not example or not all(isinstance(n, int) and n > 0 for n in example):
        raise ArgumentError(
            'input: expected a shape without the batch, "3x224x224" or (3, 224, 224), or a tensor with it, '
            f"found {excerpt(repr(example), 80)}"
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
