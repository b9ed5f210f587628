"""Where an operator of Keras 3 is looked up, by its class."""

from __future__ import annotations

from cnncalc.importing.keras.translating.operators import (
    _arithmetic,
    _functions,
    _moves,
    _parts,
    _products,
    _reductions,
)
from cnncalc.importing.keras.translating.operators._arguments import Operator

_TOPICS = (_arithmetic, _functions, _moves, _parts, _products, _reductions)
OPERATORS: dict[str, Operator] = {name: each for topic in _TOPICS for name, each in topic.OPERATORS.items()}
"""What is made of each operator."""
