"""The file of weights that goes with generated code."""

from __future__ import annotations

from collections.abc import Callable
from typing import IO, TYPE_CHECKING

from cnncalc.exporting.weights.safetensors import safetensors
from cnncalc.exporting.weights.state import state_of
from cnncalc.forward.run.network import weights_alone

if TYPE_CHECKING:
    from cnncalc.exporting.exported import Exported, Wishes
    from cnncalc.spec.reader import Spec


def torch_weights(spec: Spec, wishes: Wishes, code: Exported) -> Callable[[IO[bytes]], None]:
    """What writes the `state_dict` of PyTorch code, with the weights that are given, or imported, or drawn.

    Raises:
        DataError: weights do not fit.
    """
    state = state_of(spec, code.places, weights_alone(spec, wishes.weights, wishes.seed))
    return lambda file: file.writelines(safetensors(state))
