"""Changes the formulas and the kinds' arithmetic in every small way, and sees whether `verify` alone notices.

    python benchmarks/mutants.py [--jobs N] [--only TEXT] [--list] [--survivors FILE]

A mutant is one change in one function: another operator, an operand left out, a number one more or less, arguments or
items exchanged, a comparison that includes or leaves out its end, a condition turned round. Each is tried on the
examples of the conformance tests and on the shipped specs (small inputs where there are some), those first that have to
do with it, until `verify` says that something is wrong. No other check takes part. What no spec can be read or
analysed with is told apart: it needs no proof.

Mutants that change no number on any legal input are in mutants_equivalent.txt, with the reason. Exit status 1 where
another one survives, or where one of those is caught after all.
"""

from __future__ import annotations

import ast
import copy
import importlib
import inspect
import multiprocessing
import os
import resource
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from _results import Limit, Row, parser, results  # noqa: E402
from layers.examples import EXAMPLES  # noqa: E402
from specs.reference import small  # noqa: E402

import cnncalc  # noqa: E402
from cnncalc import layers  # noqa: E402
from cnncalc.forward.engines import convolution  # noqa: E402
from cnncalc.forward.proof.verification import verify  # noqa: E402
from cnncalc.source.diagnostics import SpecError  # noqa: E402
from cnncalc.source.open_model import shipped  # noqa: E402

EQUIVALENT = Path(__file__).with_name("mutants_equivalent.txt")
SECONDS = 120
"""A mutant that takes longer hangs."""
ENOUGH = 40
"""So many cases that cannot even be analysed are enough."""
MEMORY = 6 * 2**30

ASKED = frozenset(
    {
        "output_shape", "weights", "macs", "reads", "run", "normalise", "merge_shape", "merged",
        "positions", "is_spread", "count", "per_channel"
    }
)  # fmt: skip
"""Methods and functions of a kind that make numbers; so do the private ones, but for those of messages."""
WORDS = frozenset(
    {
        "_mismatch", "_filters_behind", "_group_problems", "_differ", "_order", "_pad_before",
        "_spreads_over", "_of_one_value", "refused", "_fans_of_channels"
    }
)  # fmt: skip
"""Functions that read, refuse and explain, and what weights are drawn from: their tests are elsewhere."""
FORMULAS = frozenset(["dense_equivalent", "local_equivalent", "leftover", "field_size", "field_stride"])
"""Formulas that only `explain` shows: no claim of the analysis comes from them."""


FIELDS = frozenset(["reads", "_spread_reads", "_adaptive_reads", "_between", "_first", "is_spread", "span", "ceil_div"])
"""What takes part in receptive fields: with all others, those are not measured again."""


class Site(NamedTuple):
    """A function that is changed: where it is, and the object whose code is replaced."""

    module: str
    name: str
    function: Any


class Mutant(NamedTuple):
    """A function with one change in it."""

    site: Site
    text: str
    code: Any

    @property
    def key(self) -> str:
        return f"{self.site.module.removeprefix('cnncalc.')} {self.site.name}: {self.text}"


# -- what is changed


def sites() -> Iterator[Site]:
    """Every function that makes numbers, once."""
    for name, function in vars(cnncalc.formulas).items():
        if inspect.isfunction(function) and name not in FORMULAS:
            yield Site("cnncalc.formulas", name, function)
    rooms = ROOT / "cnncalc" / "layers"
    shared = [path for path in rooms.glob("[a-z]*.py") if path.stem not in (*layers.PARTS, "equals", "index")]
    paths = [*shared, *rooms.glob("*/kinds.py"), rooms / "shape" / "_interpolation.py"]
    modules = [".".join(("cnncalc.layers", *path.relative_to(rooms).with_suffix("").parts)) for path in sorted(paths)]
    for module in map(importlib.import_module, modules):
        yield from _functions(module, lambda name: name in ASKED or (name[0] == "_" and name not in WORDS))
    types, shape = (importlib.import_module(f"cnncalc.settings.{name}") for name in ("types", "shape"))
    yield from _functions(types, lambda name: name in ("split_same", "_by_rule", "_same"))
    yield Site(shape.__name__, "Shape.values", shape.Shape.values.fget)


def _functions(module: Any, is_wanted: Callable[[str], bool]) -> Iterator[Site]:
    for name, item in vars(module).items():
        if getattr(item, "__module__", "") != module.__name__:
            continue
        if inspect.isfunction(item) and is_wanted(name):
            yield Site(module.__name__, name, item)
        if inspect.isclass(item):
            for method, function in vars(item).items():
                function = getattr(function, "fget", getattr(function, "__func__", function))
                is_own = inspect.isfunction(function) and function.__code__.co_filename == module.__file__
                if is_own and is_wanted(method) and not method.startswith("__"):
                    yield Site(module.__name__, f"{name}.{method}", function)


# -- how

_OPERATORS: dict[type[ast.operator], list[type[ast.operator]]] = {
    ast.Add: [ast.Sub],
    ast.Sub: [ast.Add],
    ast.Mult: [ast.Add],
    ast.FloorDiv: [ast.Mult],
    ast.Mod: [ast.FloorDiv],
    ast.Div: [ast.Mult],
    ast.Pow: [ast.Mult],
}
_COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
_SWAPPED = {"min": "max", "max": "min", "maximum": "minimum"}


def changes(node: ast.AST) -> Iterator[ast.AST]:
    """What one node may become."""
    if isinstance(node, ast.BinOp):
        for operator in _OPERATORS.get(type(node.op), []):
            yield ast.BinOp(node.left, operator(), node.right)
        yield node.left
        yield node.right
    elif isinstance(node, ast.Constant) and type(node.value) in (int, float):
        yield ast.Constant(node.value + 1)
        yield ast.Constant(node.value - 1)
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield ast.Constant(not node.value)
    elif isinstance(node, ast.Compare):
        yield ast.Compare(node.left, [_COMPARISONS[type(node.ops[0])](), *node.ops[1:]], node.comparators)
    elif isinstance(node, ast.BoolOp):
        yield ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
    elif isinstance(node, ast.UnaryOp):
        yield node.operand
    elif isinstance(node, ast.IfExp):
        yield node.body
        yield node.orelse
    elif isinstance(node, ast.If):
        yield ast.If(ast.UnaryOp(ast.Not(), node.test), node.body, node.orelse)
    elif isinstance(node, ast.AugAssign):
        for operator in _OPERATORS.get(type(node.op), []):
            yield ast.AugAssign(node.target, operator(), node.value)
    elif isinstance(node, ast.Tuple) and isinstance(node.ctx, ast.Load):
        for first in range(len(node.elts) - 1):
            yield ast.Tuple(_exchanged(node.elts, first), node.ctx)
    elif isinstance(node, ast.Call):
        named = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if named in _SWAPPED:
            other = _SWAPPED[named]
            function = ast.Name(other, ast.Load()) if isinstance(node.func, ast.Name) else None
            yield ast.Call(function or ast.Attribute(node.func.value, other, ast.Load()), node.args, node.keywords)
        if not any(isinstance(each, ast.Starred) for each in node.args):
            for first in range(len(node.args) - 1):
                yield ast.Call(node.func, _exchanged(node.args, first), node.keywords)


def _exchanged(items: list[Any], first: int) -> list[Any]:
    return [*items[:first], items[first + 1], items[first], *items[first + 2 :]]


class _Replace(ast.NodeTransformer):
    def __init__(self, old: ast.AST, new: ast.AST) -> None:
        self.old, self.new = old, new

    def visit(self, node: ast.AST) -> Any:
        return ast.copy_location(self.new, node) if node is self.old else super().visit(node)


def mutants() -> Iterator[Mutant]:
    """All of them; two that read the same are numbered."""
    seen: Counter[str] = Counter()
    for site in sites():
        tree, wanted = _tree(site.module), site.function.__code__.co_firstlineno
        function = next(
            node
            for node in ast.walk(tree)
            if isinstance(node, ast.FunctionDef)
            and min([node.lineno, *(each.lineno for each in node.decorator_list)]) == wanted
        )
        for node in _body(function):
            for new in changes(node):
                if ast.unparse(node) == ast.unparse(new):
                    continue
                text = f"{_short(node)} → {_short(new)}"
                seen[f"{site.module} {site.name}: {text}"] += 1
                count = seen[f"{site.module} {site.name}: {text}"]
                code = _compiled(site, function, node, new)
                yield Mutant(site, text if count == 1 else f"{text} ({count})", code)


def _tree(module: str) -> ast.Module:
    return ast.parse(inspect.getsource(importlib.import_module(module)))


def _body(function: ast.FunctionDef) -> Iterator[ast.AST]:
    """The nodes of a function, without its annotations, its docstring and what it raises or tells."""
    pending: list[ast.AST] = list(reversed(function.body))
    while pending:
        node = pending.pop()
        if isinstance(node, (ast.Raise, ast.JoinedStr, ast.Assert)) or (
            isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        ):
            continue
        yield node
        inside = list(ast.iter_child_nodes(node))
        if isinstance(node, ast.FunctionDef):
            inside = list(node.body)
        if isinstance(node, ast.AnnAssign):
            inside.remove(node.annotation)
        pending += reversed(inside)


def _short(node: ast.AST) -> str:
    text = " ".join(ast.unparse(node).split())
    return text.split(":")[0] if isinstance(node, ast.If) else text


def _compiled(site: Site, function: ast.FunctionDef, old: ast.AST, new: ast.AST) -> Any:
    """The code of the function with the change."""
    # without decorators and defaults, for only the code is used; what is changed is the same node still
    arguments = copy.deepcopy(function.args)
    arguments.defaults = [ast.Constant(None) for _ in arguments.defaults]
    arguments.kw_defaults = [ast.Constant(None) for _ in arguments.kw_defaults]
    bare = ast.FunctionDef(function.name, arguments, function.body, [], None)
    lone = _Replace(old, new).visit(copy.deepcopy(bare, {id(old): old}))
    module = ast.Module([ast.ImportFrom("__future__", [ast.alias("annotations")], 0), lone], [])
    if site.function.__closure__:  # a method that names its class, or `super`
        cell = ast.parse(f"def made():\n    {' = '.join(site.function.__code__.co_freevars)} = None").body[0]
        cell.body += [lone, ast.Return(ast.Name(function.name, ast.Load()))]
        module.body[1] = cell
    names: dict[str, Any] = {}
    exec(compile(ast.fix_missing_locations(module), site.module, "exec"), names)
    return (names["made"]() if site.function.__closure__ else names[function.name]).__code__


# -- where it shows


class Case(NamedTuple):
    """Something to verify."""

    name: str
    kinds: frozenset[str]
    convention: str
    load: Callable[[], Any]


def cases() -> list[Case]:
    """The examples of the conformance tests, and the shipped specs."""
    found = [Case(each.id, frozenset({each.kind}), each.convention, each.analysis) for each in EXAMPLES]
    for name in shipped():
        spec = small(name)
        analysis = cnncalc.analyze(spec)
        if analysis.totals.macs <= 10**7 and analysis.totals.params <= 10**7 and len(spec.graph.nodes) <= 200:
            kinds = frozenset(node.kind for node in spec.graph.nodes)
            found.append(Case(name, kinds, spec.convention, lambda name=name: cnncalc.analyze(small(name))))
    return found


def ordered(all_cases: list[Case], site: Site) -> list[Case]:
    """Those first whose kinds the function belongs to."""
    family = site.module.removeprefix("cnncalc.layers.").partition(".")[0]
    kind = site.name.split(".")[0]
    own = {each for each in layers.KINDS if layers.class_name(each) == kind}
    family_kinds = {each for each, module in layers.KINDS.items() if module == family}
    windowed = {each for each, module in layers.KINDS.items() if module in ("convolution", "pooling")}

    def rank(case: Case) -> tuple[int, int]:
        near = 0 if case.kinds & own else 1 if case.kinds & (family_kinds or windowed) else 2
        return near, len(case.kinds) > 1

    return sorted(all_cases, key=rank)


# -- trying


class Hangs(BaseException):
    """It takes too long."""


def _alarm(*_: object) -> None:
    raise Hangs


def tried(mutant: Mutant, all_cases: list[Case]) -> tuple[str, str]:
    """`caught`, `refused` (nothing can be read or analysed with it) or `survives`, and where."""
    original = mutant.site.function.__code__
    mutant.site.function.__code__ = mutant.code
    signal.signal(signal.SIGALRM, _alarm)
    signal.alarm(SECONDS)
    refused: list[str] = []
    try:
        for case, quick in _turns(all_cases, mutant.site):
            try:
                analysis = case.load()
            except Exception as error:
                refused.append(f"{case.name}: {type(error).__name__}")
                if len(refused) > ENOUGH and not isinstance(error, SpecError):
                    break
                continue
            if where := _noticed(analysis, quick):
                _noticing.setdefault(mutant.site.name, {})[case.name] = case
                return "caught", f"{case.name}: {where}"
    except Hangs:
        return "caught", "hangs"
    finally:
        signal.alarm(0)
        mutant.site.function.__code__ = original
    return ("refused", refused[0]) if refused else ("survives", "")


def _noticed(analysis: Any, quick: bool) -> str:
    """What `verify` says that is wrong; nothing where all is right to it."""
    try:
        found = verify(analysis, quick=quick)
    except Exception as error:
        return type(error).__name__
    if found.is_right:
        return ""
    return "failure" if found.failure else str(found.differences[0].quantity)


_noticing: dict[str, dict[str, Case]] = {}
"""The cases that noticed other changes of a function."""


def _turns(all_cases: list[Case], site: Site) -> Iterator[tuple[Case, bool]]:
    """Each case, and whether quickly: where other changes of the function showed; all without fields; all with."""
    for case in reversed(list(_noticing.get(site.name, {}).values())):
        yield case, False
    in_order = ordered(all_cases, site)
    yield from ((case, True) for case in in_order)
    if site.name.split(".")[-1] in FIELDS:
        yield from ((case, False) for case in in_order)


_ALL: list[Mutant] = []
_CASES: list[Case] = []


def _try(index: int) -> tuple[int, str, str]:
    return index, *tried(_ALL[index], _CASES)


def _begin() -> None:
    """Of a process that tries some: no more memory than that, and threads of its own."""
    convolution._threads.cache_clear()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def equivalents() -> dict[str, str]:
    """Mutant → why it changes no number."""
    found, reason = {}, ""
    for line in EQUIVALENT.read_text(encoding="utf-8").splitlines():
        if line.startswith("# "):
            reason = line[2:]
        elif line.strip():
            found[line.strip()] = reason
    return found


def main() -> int:
    """Exit status 1 where one survives that is not listed, or one is caught that is."""
    line = parser(__doc__)
    line.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    line.add_argument("--only", default="", help="mutants whose name has this text")
    line.add_argument("--list", action="store_true", help="name the mutants, and try none")
    line.add_argument("--verbose", action="store_true", help="say where each was caught")
    options = line.parse_args()
    _ALL.extend(each for each in mutants() if options.only in each.key)
    if options.list:
        print(*(each.key for each in _ALL), sep="\n")
        return 0
    _CASES.extend(cases())
    wrong = [case.name for case in _CASES if not verify(case.load()).is_right]
    assert not wrong, f"not right without a change: {wrong}"
    start, listed, count = time.monotonic(), equivalents(), Counter()
    bad = []
    with multiprocessing.get_context("fork").Pool(options.jobs, _begin) as pool:
        for index, verdict, where in pool.imap_unordered(_try, range(len(_ALL))):
            mutant = _ALL[index]
            count[verdict] += 1
            if options.verbose:
                print(f"{verdict}: {mutant.key}  [{where}]", flush=True)
            if verdict == "survives" and mutant.key not in listed:
                bad.append(f"survives: {mutant.key}")
            if verdict != "survives" and mutant.key in listed:
                bad.append(f"listed as equivalent, but {verdict} at {where}: {mutant.key}")
            if bad and bad[-1].endswith(mutant.key):
                print(bad[-1], flush=True)
    stale = [] if options.only else sorted(listed.keys() - {each.key for each in _ALL})
    print(*(f"listed, but no mutant: {each}" for each in stale), sep="\n")
    with results("mutants", options.json) as found:
        found.add(Row("mutants", "mutants", [len(_ALL)], note=f"{options.jobs} at a time"))
        found.add(Row("caught by verify", "mutants", [count["caught"]]))
        found.add(Row("with which no spec is read", "mutants", [count["refused"]]))
        found.add(Row("survive", "mutants", [count["survives"]], note=f"{len(listed) - len(stale)} are listed"))
        found.add(Row("not as listed", "mutants", [len(bad) + len(stale)], limit=Limit(0)))
        found.add(Row("time", "s", [time.monotonic() - start]))
    return bool(bad or stale)


if __name__ == "__main__":
    sys.exit(main())
