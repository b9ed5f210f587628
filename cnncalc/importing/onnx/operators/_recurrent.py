"""Recurrent layers. Gates, and the order of output axes, are brought to those of PyTorch."""

from __future__ import annotations

from math import prod

from cnncalc.importing.onnx._arrays import decoded_numbers
from cnncalc.importing.onnx._call import OperatorCall, Translation
from cnncalc.importing.onnx.operators._views import reshape_to, transpose_to
from cnncalc.importing.operations import Constant, Tensor
from cnncalc.importing.stored import put_together

_GATES = {"LSTM": (0, 2, 3, 1), "GRU": (1, 0, 2), "RNN": (0,)}
"""Where the gates that PyTorch has first, second, … are here: i o f c, and z r h."""
_ACTIVATIONS = {"LSTM": ["Sigmoid", "Tanh", "Tanh"], "GRU": ["Sigmoid", "Tanh"]}


def _recurrent(call: OperatorCall) -> list[Tensor] | None:
    """LSTM, GRU and RNN."""
    nonlinearity = _nonlinearity(call)
    hidden, directions = call.integer("hidden_size"), call.sizes(1)[0]
    if nonlinearity is None or _is_special(call) or any(call.input(place).constant is None for place in (1, 2)):
        return None
    if not arrays_fit(call):
        return None
    x = call.input(0)
    if call.integer("layout"):
        x = transpose_to(call, x, (1, 0, 2))
    length, batch, _ = x.sizes or ()
    states = [_state(call, 5), _state(call, 6) if call.node.operator == "LSTM" else None]
    weights = _weights(call, hidden, directions)
    if weights is None:
        return None
    last = (directions, batch, hidden)
    made = call.add_all(
        call.node.operator.lower(),
        [x, *states, *weights.values()],
        [(length, batch, directions * hidden), last, *([last] if call.node.operator == "LSTM" else [])],
        hidden=hidden,
        layers=1,
        directions="both" if directions == 2 else "backward" if call.text("direction") == "reverse" else "forward",
        batch_first=False,
        reset_after=call.integer("linear_before_reset") == 1,
        nonlinearity=nonlinearity,
        arrays=tuple(weights),
    )
    whole = reshape_to(call, made[0], (length, batch, directions, hidden))
    if call.integer("layout"):
        return [transpose_to(call, whole, (1, 0, 2, 3)), *(transpose_to(call, each, (1, 0, 2)) for each in made[1:])]
    return [transpose_to(call, whole, (0, 2, 1, 3)), *made[1:]]


def _nonlinearity(call: OperatorCall) -> str | None:
    attribute = call.attribute("activations")
    given = [] if attribute is None or not isinstance(attribute.value, list) else attribute.value
    names = [each.decode() for each in given if isinstance(each, bytes)]
    usual = _ACTIVATIONS.get(call.node.operator)
    if usual is None:
        return {"Tanh": "tanh", "Relu": "relu"}.get(names[0] if names else "Tanh") if len(set(names)) < 2 else None
    return "tanh" if not names or names == usual * (len(names) // len(usual)) else None


def _is_special(call: OperatorCall) -> bool:
    """Whether it has what no layer of PyTorch or Keras has."""
    length = call.sizes(0)[1 if call.integer("layout") else 0]
    lengths = call.whole(4) if call.has(4) else []
    return (
        bool(call.attribute("clip") or call.integer("input_forget") or call.has(7))
        or lengths is None
        or any(each != length for each in lengths)
    )


def arrays_fit(call: OperatorCall) -> bool:
    """Whether the arrays have the sizes that the settings say: not if a projection is left out."""
    channels, hidden, directions = call.sizes(0)[2], call.integer("hidden_size"), call.sizes(1)[0]
    rows = len(_GATES[call.node.operator]) * hidden
    wanted = {1: (directions, rows, channels), 2: (directions, rows, hidden), 3: (directions, 2 * rows)}
    are_given = all(call.sizes(place) == sizes for place, sizes in wanted.items() if call.has(place))
    states = [call.sizes(place)[-1] for place in (5, 6) if call.has(place)]
    is_both = call.text("direction") == "bidirectional"
    return are_given and directions == 1 + is_both and set(states) <= {hidden}


def _state(call: OperatorCall, place: int) -> Tensor | None:
    """A first state; nothing if it is zero, as it is without one."""
    state = call.maybe(place)
    if state is None or call.ledger.fills.get(state) == 0:
        return None
    known = call.known(place)
    if known is not None and not any(known):
        return None
    return transpose_to(call, state, (1, 0, 2)) if call.integer("layout") else state


def _weights(call: OperatorCall, hidden: int, directions: int) -> dict[str, Tensor] | None:
    """The arrays of each direction, by PyTorch's names."""
    arrays: dict[str, Tensor] = {}
    gates = _GATES[call.node.operator]
    if call.sizes(1)[1] != len(gates) * hidden or call.sizes(2)[1:] != (len(gates) * hidden, hidden):
        return None  # (a projection, which ONNX does not have, or a mistake)
    has_one_bias = _has_one_bias(call, len(gates) * hidden)
    for direction in range(directions):
        suffix = "_l0_reverse" if direction else "_l0"
        for name, place, first in (("weight_ih", 1, 0), ("weight_hh", 2, 0), ("bias_ih", 3, 0), ("bias_hh", 3, 1)):
            if not call.has(place) or (has_one_bias and name == "bias_hh"):
                continue
            array = _direction(
                call, call.input(place), direction, [first * len(gates) + gate for gate in gates], hidden
            )
            if array is None:
                return None
            arrays[name + suffix] = array
    return arrays


def _has_one_bias(call: OperatorCall, rows: int) -> bool:
    """Whether the second row of biases, which ONNX always has, is zeros because there is only one in the program: so it
    is in Keras. The second one of a GRU is another thing."""
    constant = call.input(3).constant if call.has(3) else None
    stored = constant.stored if constant is not None else None
    if stored is None or stored.joined or stored.steps or call.ledger.is_of_torch or call.node.operator == "GRU":
        return False
    values = decoded_numbers(bytes(stored.read()), stored.dtype, prod(stored.sizes)) or [1.0]
    return any(values) and not any(
        any(values[start + rows : start + 2 * rows]) for start in range(0, len(values), 2 * rows)
    )


def _direction(call: OperatorCall, x: Tensor, direction: int, gates: list[int], hidden: int) -> Tensor | None:
    sizes, constant = x.sizes or (), x.constant
    if constant is None or constant.stored is None:
        return None
    new = (len(gates) * hidden, *sizes[2:])
    one = constant.stored.then(("take", (0, direction, direction + 1)), ("reshape", sizes[1:]))
    pieces = [one.then(("take", (0, gate * hidden, (gate + 1) * hidden))) for gate in gates]
    stored = put_together(pieces)
    identity = f"{constant.identity}[{direction}]" + (f"[{gates[0]}]" if len(sizes) == 2 else "")
    tensor = Tensor(x.name, new, x.dtype, Constant(stored, None, identity=identity))
    return call.as_parameter(tensor)


TRANSLATIONS: dict[str, Translation] = {"LSTM": _recurrent, "GRU": _recurrent, "RNN": _recurrent}
