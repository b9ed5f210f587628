"""The file of weights that goes with generated code."""

from __future__ import annotations

from collections.abc import Callable
from typing import IO, TYPE_CHECKING

from cnncalc.exporting.weights.safetensors import safetensors
from cnncalc.exporting.weights.state import state_of
from cnncalc.forward.run.network import weights_alone
from cnncalc.source.diagnostics import START, Diagnostic, SpecError

if TYPE_CHECKING:
    from cnncalc.exporting.exported import Exported, Wishes
    from cnncalc.spec.reader import Spec


def torch_weights(spec: Spec, wishes: Wishes, code: Exported) -> Callable[[IO[bytes]], None]:
    """What writes the `state_dict` of PyTorch code, with the weights that are given, or imported, or drawn.

    Raises:
        DataError: weights do not fit.
    """
    state = state_of(spec, code.places, weights_alone(spec, wishes.weights, wishes.seed), "torch")
    return lambda file: file.writelines(safetensors(state))


def keras_weights(spec: Spec, wishes: Wishes, code: Exported) -> Callable[[IO[bytes]], None]:
    """What writes a `.weights.h5` for Keras code, with the weights that are given, or imported, or drawn.

    Raises:
        SpecError: the `h5py` package is missing.
        DataError: weights do not fit.
    """
    try:
        from cnncalc.exporting.weights import keras_file
    except ImportError:
        message = "`.weights.h5` files are written by the `h5py` package, which is not installed"
        found = Diagnostic("CNN155", message, spec.source.name, START, "", ('pip install "cnncalc[h5]"',))
        raise SpecError([found]) from None
    state = state_of(spec, code.places, weights_alone(spec, wishes.weights, wishes.seed), "keras")
    return lambda file: keras_file.write(file, state, code.groups)
