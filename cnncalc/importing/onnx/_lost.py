"""Parameters that the program had and the file has not: PyTorch's newer exporter notes the names of all of them.

It calculates with small arrays while it exports, and leaves out what adds nothing. Then a module reads fewer arrays
than it has parameters. Names alone do not tell: a transposed array has none, and equal arrays are stored once.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping

_PROJECTION = ".weight_hr_l"
"""Of the state of an LSTM, as PyTorch calls it."""


def modules_with_fewer_parameters(
    roles: Mapping[str, str], arrays: Container[str], nodes: Iterable[tuple[str, str, Iterable[str]]]
) -> list[str]:
    """The modules whose parameters are not all in the file, in order; but not batch norms, which are folded, heads that
    only training has, and recurrent layers, whose arrays are put together.

    Args:
        roles: what the exporter says of the model's arrays, by name.
        arrays: of the file, that may be parameters.
        nodes: the module of each, its operator, and what it reads.
    """
    norms = {_module_of(name) for name in roles if name.endswith("running_mean")}
    learned: dict[str, list[str]] = defaultdict(list)
    for name, role in roles.items():
        if role == "PARAMETER" and _module_of(name) not in norms:
            learned[_module_of(name)].append(name)
    missing = [module for module, names in learned.items() if any(name not in arrays for name in names)]
    if not missing:
        return []
    read: Counter[str] = Counter()
    used, packed = set[str](), set[str]()
    for module, operator, names in nodes:
        used.add(module.partition(".")[0])
        packed |= {module} if operator in ("LSTM", "GRU", "RNN") else set()
        for name in names:
            if name in arrays:
                read[module if module in learned else _module_of(name)] += 1
    beyond = {module: max(read[module] - len(learned.get(module, ())), 0) for module in read}
    return [
        each
        for each in missing
        if each.partition(".")[0] in used
        and (
            any(_PROJECTION in name for name in learned[each])
            if each in packed
            else read[each] + sum(beyond.get(one, 0) for one in _around(each)) < len(learned[each])
        )
    ]


def _module_of(name: str) -> str:
    return name.rpartition(".")[0]


def _around(module: str) -> Iterator[str]:
    """The modules that a module is in: their code may read its parameters."""
    while module:
        module = _module_of(module)
        yield module
