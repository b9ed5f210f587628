"""A function of Keras code: its text, and what the layers in it are called."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from cnncalc.exporting.code.classes.blueprint import Blueprint, Copies, Member, Ref, Slot
from cnncalc.exporting.code.classes.classes import Classes
from cnncalc.exporting.code.classes.instances import is_inline
from cnncalc.exporting.code.expressions import (
    Bracketed,
    Call,
    Expression,
    Identifier,
    Keyword,
    Literal,
    children,
    substituted,
    symbols,
    with_children,
)
from cnncalc.exporting.code.layout import assignment, body, docstring, on_lines
from cnncalc.exporting.code.part_code import PartCode, returned, several, signature
from cnncalc.exporting.code.parts import MODULE, Item, Leaf, Section, Series, argument
from cnncalc.exporting.code.statements.actions import RUNNING, Action
from cnncalc.exporting.code.statements.body import body_of
from cnncalc.exporting.code.statements.rewriting import is_made_and_called
from cnncalc.exporting.code.values.values import INDEX
from cnncalc.exporting.keras.framework import CHAIN, SHARED
from cnncalc.exporting.keras.names import PREFIX, LayerNames, Path, VariablePart
from cnncalc.graph import Entry

_DEEP = 700
"""The most calls inside one another that Python's limit of 1000 has room for, whoever calls the model."""


class KerasFunction(PartCode):
    """One function.

    Attributes:
        functions: all of them, by name.
        names: what layers are called.
        depth: of a model, how many calls Keras needs inside one another to follow it.
    """

    type_of_symbols = "type[layers.Layer]"
    functions: Mapping[str, KerasFunction] = {}
    names: LayerNames
    depth = 0

    def __init__(self, classes: Classes, blueprint: Blueprint, entries: Sequence[Entry]) -> None:
        super().__init__(classes, blueprint, entries)
        self.has_names = not self.is_model and any(row.make is not None for row in blueprint.rows)
        self._again = {row.shares for row in blueprint.rows if row.shares}
        parameters = {each.name for each in blueprint.variables}
        self._taken = classes.taken | parameters
        self._paths: dict[Slot, Path] = {}
        for row in blueprint.rows:
            self._paths[row.slot] = self._different(self._path(row))

    @property
    def is_deep(self) -> bool:
        """Whether Keras needs more calls inside one another than Python allows."""
        return self.depth > _DEEP

    def is_kept(self, row: Member) -> bool:
        """Whether what makes the layer or part of a row is kept, as it is applied again."""
        return bool(row.shares) or row.slot in self._again

    # -- names of layers

    def _local(self, item: Item, number: int) -> Path:
        """What an item of an instance is called there."""
        assert item.entry
        name = item.node.name if isinstance(item, Leaf) else item.entry.name
        return _below(name, self.blueprint.instances[number])

    def layers(self, section: Section, path: Path) -> Iterator[tuple[Leaf, Path]]:
        """The layers of an instance with something of their own, and their names."""
        number = next(i for i, each in enumerate(self.blueprint.instances) if each is section)
        for row in self.blueprint.rows:
            item = row.items[number]
            if item is None or row.make is None:
                continue
            own = (*path, *(self._value(part, number) for part in self._paths[row.slot]))
            if isinstance(item, Leaf):
                yield item, own
            elif isinstance(item, Section):
                yield from self._inside(item, own)
            else:
                for index, copy in enumerate(item.copies, _first_number(row)):
                    yield from self._inside(copy, (*own, str(index)))

    def _inside(self, section: Section, path: Path) -> Iterator[tuple[Leaf, Path]]:
        if is_inline(section):
            yield from ((leaf, (*path, *_below(leaf.node.name, section))) for leaf in section.leaves())
        else:
            function = self.functions[self.classes.of_section[id(section)].name]
            yield from function.layers(section, path)

    def _path(self, row: Member) -> Path:
        """What a row is called in all instances; an activation that differs is called what the parameter says."""
        paths = [self._local(item, number) if item else () for number, item in enumerate(row.items)]
        first = next(path for path, item in zip(paths, row.items, strict=True) if item)
        if len({path for path, item in zip(paths, row.items, strict=True) if item}) == 1:
            return first
        values = row.make.values if isinstance(row.make, Call) else ()
        for each in self.blueprint.variables:
            if values == (Identifier(each.name),) and all(
                not path or path[-1] == value for path, value in zip(paths, each.values, strict=True)
            ):
                return (*first[:-1], VariablePart(each.name))
        role = row.item.role if isinstance(row.item, Leaf) else ""
        return (*first[:-1], role or first[-1])

    def _different(self, path: Path) -> Path:
        """A path like this one that no other row has."""
        found, number = path, 2
        while found and found in self._paths.values():
            found, number = (*path[:-1], f"{path[-1]}_{number}"), number + 1
        return found

    def _value(self, part: str, number: int) -> str:
        """A part of a path in an instance."""
        if not isinstance(part, VariablePart):
            return part
        return str(next(each.values[number] for each in self.blueprint.variables if each.name == part))

    def _name(self, path: Path) -> Expression:
        """What gives the name of a layer."""
        return self.names.expression(path, self.is_model)

    # -- the text

    def lines(self, about: Sequence[str]) -> Iterator[str]:
        """The text of the function."""
        inputs = self._inputs((self._taken - {*RUNNING}) - {"inputs"})
        if self.is_model and len(inputs) == 1:
            inputs = dict.fromkeys(inputs, "inputs")
        actions = [action for row in self.blueprint.rows for action in self._actions(row)]
        results = self.blueprint.results
        found = body_of(inputs, actions, [*results, *inputs] if self.is_model else results, self._taken, indent=4)
        outputs = [Identifier(name) for name in found.returned[: len(results)]]
        yield from self._signature(inputs, len(outputs))
        yield from docstring(about, 4)
        if self.is_model:
            yield from self._model_inputs(inputs)
        elif any(each.name == self.blueprint.seen for each in self.blueprint.variables):
            yield f"    {self.blueprint.seen} = {next(iter(inputs.values()))}.shape[-1]"
        yield from body(found.statements, 4)
        yield from self._model(inputs, outputs) if self.is_model else returned(outputs, 4)

    def _signature(self, inputs: Mapping[Ref, str], outputs: int) -> Iterator[str]:
        if self.is_model:
            yield from signature(self.blueprint.name, [], "keras.Model", 0)
            return
        parameters = [f"{name}: KerasTensor" for name in inputs.values()]
        parameters += map(self.declared, self.blueprint.given)
        parameters += ["*", f"{PREFIX}: str"] if self.has_names else []
        yield from signature(self.blueprint.name, parameters, several("KerasTensor", outputs), 0)

    def _model_inputs(self, inputs: Mapping[Ref, str]) -> Iterator[str]:
        of_ids = {id(source) for leaf in self.blueprint.instances[0].leaves() for source in _ids_of(leaf)}
        for node, name in zip(self.blueprint.instances[0].reads, inputs.values(), strict=True):
            dtype = (Keyword("dtype", Literal("int32")),) if id(node) in of_ids else ()
            sizes = Literal(node.output.sizes("channels_last"))
            label = Keyword("name", self._name((node.name,)))
            yield from assignment(name, Call(Identifier("keras.Input"), (sizes,), (*dtype, label)), 4)

    def _model(self, inputs: Mapping[Ref, str], outputs: Sequence[Identifier]) -> Iterator[str]:
        given = [Identifier(name) for name in inputs.values()]
        values = (_one_or_list(given), _one_or_list(outputs))
        label = Keyword("name", Literal(self.names.model))
        if self.is_deep:
            limit = -(-self.depth // 1000) * 1000 + 1000
            yield "    # Keras follows a model by one call inside another for each layer on its way."
            yield f"    sys.setrecursionlimit(max(sys.getrecursionlimit(), {limit}))"
        yield from on_lines("return ", Call(Identifier("keras.Model"), values, (label,)), "", 4)

    # -- what is calculated

    def _actions(self, row: Member) -> Iterator[Action]:
        if isinstance(row.item, Series):
            yield from self._run(row)
            return
        plain = self._action(row, row.apply, row.condition)
        module = Ref((row.shares or row.slot, MODULE))
        path = self._paths[row.slot]
        made = None if row.make is None else self._made(row, path)
        uses = symbols(row.apply).count(MODULE)
        if isinstance(row.item, Section):
            if self.is_kept(row):
                apply = Call(Identifier(MODULE), (_one_or_list([*map(_argument, range(len(row.reads)))]),))
                plain, uses = plain._replace(apply=apply), 2
            else:
                yield from self._steps(plain._replace(apply=self._called_part(row, path)))
                return
        if row.shares or (made is not None and (row.slot in self._again or uses > 1)):
            if made is not None:
                reads = row.reads if argument(0) in symbols(made) else ()
                yield plain._replace(apply=made, reads=reads, gives=(module,), is_apart=True, is_named=True, passes=0)
            again = substituted(plain.apply, {MODULE: _argument(len(row.reads))})
            yield from self._steps(plain._replace(apply=again, reads=(*row.reads, module)))
            return
        names = {} if made is None else {MODULE: made}
        yield from self._steps(plain._replace(apply=substituted(plain.apply, names)))

    def _made(self, row: Member, path: Path) -> Expression:
        """What makes the layer of a row, or what can be applied again in the place of a part."""
        make = row.make
        assert isinstance(make, Call)
        if isinstance(row.item, Leaf):
            return _named(make, self._name(path))
        label = Keyword("name", self._name(path))
        if make.function == Identifier(CHAIN):
            assert isinstance(row.item, Section)
            leaves = zip(make.values, row.item.leaves(), strict=True)
            named = [_named(each, self._name((*path, *_below(leaf.node.name, row.item)))) for each, leaf in leaves]
            return Call(Identifier("keras.Sequential"), (Bracketed("[]", tuple(named)),), (label,))
        tensors = Bracketed("[]", tuple(map(_argument, range(len(row.reads)))))
        return Call(Identifier(SHARED), (make.function, tensors, *make.values), (*make.keywords, label))

    def _called_part(self, row: Member, path: Path) -> Expression:
        """The call of a part with what it reads."""
        assert isinstance(row.make, Call)
        assert isinstance(row.item, Section)
        return self._part(row.make, row.item, [*map(_argument, range(len(row.reads)))], path)

    def _part(self, make: Expression, section: Section, tensors: Sequence[Expression], path: Path) -> Expression:
        """A part applied to tensors."""
        assert isinstance(make, Call)
        if make.function == Identifier(CHAIN):
            value: Expression = tensors[0]
            for each, leaf in zip(make.values, section.leaves(), strict=True):
                name = self._name((*path, *_below(leaf.node.name, section)))
                value = Call(_named(each, name), (value,))
            return value
        assert isinstance(make.function, Identifier)
        known = self.functions.get(make.function.text)
        name = self._name(path)
        label = (Keyword("name", name),) if known is None or known.has_names else ()
        return Call(make.function, (*tensors, *make.values), (*make.keywords, *label))

    def _run(self, row: Member) -> Iterator[Action]:
        """The copies of a run: those that are written out, and a loop for the others."""
        run, series = row.make, row.item
        assert isinstance(run, Copies)
        assert isinstance(series, Series)
        path, (before, *more) = self._paths[row.slot], row.reads
        given = [*map(_argument, range(len(row.reads)))]
        plain = self._action(row, row.apply, row.condition)._replace(is_apart=True)
        start, makes, others = len(run.firsts), list(run.firsts), run.body
        if others is not None and isinstance(run.end, Literal) and run.end.value <= start + 1:
            makes += [substituted(others, {INDEX: Literal(start)})] * (run.end.value - start)
            others = None
        offset = _first_number(row)
        for number, make in enumerate(makes):
            is_last = others is None and number == len(makes) - 1
            after = row.gives[0] if is_last else Ref((row.slot, "copy", number))
            apply = self._part(make, series.copies[number], given, (*path, str(offset + number)))
            yield from self._steps(plain._replace(apply=apply, reads=(before, *more), gives=(after,), passes=0))
            before = after
        if others is not None:
            assert run.end is not None
            numbers = Call(Identifier("range"), (*([Literal(start)] if start else []), run.end))
            index = VariablePart(f"{INDEX} + {offset}" if offset else INDEX)
            apply = self._part(others, series.copies[-1], given, (*path, index))
            yield plain._replace(apply=apply, reads=(before, *more), gives=row.gives, numbers=numbers, passes=0)

    def _steps(self, action: Action) -> Iterator[Action]:
        """An action as several, so that each applies one layer: to values, and not to what is calculated there."""
        yield from _Steps(action).made


class _Steps:
    """One action that becomes several.

    Attributes:
        action: with everything nested.
        made: the actions, in order.
    """

    def __init__(self, action: Action) -> None:
        self.action = action
        self.made: list[Action] = []
        self._passed = {*action.reads[action.passes : action.passes + 1]}
        apply = action.apply
        is_layer = is_made_and_called(apply)
        whole = self._applied(apply) if is_layer else self._inside(apply)
        self._finish(whole, action.gives, is_layer or action.is_apart)

    def _applied(self, tree: Expression) -> Expression:
        """A layer that is applied, to values alone."""
        assert isinstance(tree, Call)
        values = tuple(map(self._inside, tree.values))
        keywords = tuple(each._replace(value=self._inside(each.value)) for each in tree.keywords)
        return Call(tree.function, values, keywords)

    def _inside(self, tree: Expression) -> Expression:
        """A tree in which values stand for layers that are applied."""
        if is_made_and_called(tree):
            applied = self._applied(tree)
            self._finish(applied, (Ref((self.action.gives, len(self.made))),), is_apart=True)
            return Identifier(_step(len(self.made) - 1))
        if isinstance(tree, Call):
            values = tuple(map(self._inside, tree.values))
            keywords = tuple(each._replace(value=self._inside(each.value)) for each in tree.keywords)
            return Call(self._inside(tree.function), values, keywords)
        parts = children(tree)
        return with_children(tree, [self._inside(part) for part in parts]) if parts else tree

    def _finish(self, tree: Expression, gives: tuple[object, ...], is_apart: bool) -> None:
        """Adds an action, which reads no more than it needs."""
        known = {argument(place): ref for place, ref in enumerate(self.action.reads)}
        known |= {_step(number): each.gives[0] for number, each in enumerate(self.made)}
        used = Counter(name.partition(".")[0] for name in symbols(tree))
        reads = {name: ref for name, ref in known.items() if name in used}
        names = {name: _argument(place) for place, name in enumerate(reads)}
        passes = next((place for place, ref in enumerate(reads.values()) if ref in self._passed), 0)
        if passes or (reads and next(iter(reads.values())) in self._passed):
            self._passed |= {*gives}
        self.made.append(
            self.action._replace(
                apply=substituted(tree, names),
                reads=tuple(reads.values()),
                gives=gives,
                is_light=self.action.is_light and len(reads) == 1 and not is_apart,
                is_apart=is_apart,
                passes=passes,
            )
        )


def _step(number: int) -> str:
    """What the value of an inner step is called until it has a place."""
    return f"step{number}_"


def _argument(number: int) -> Identifier:
    return Identifier(argument(number))


def _first_number(row: Member) -> int:
    """The number of the first copy of a run, where that of each is one more than that of the one before."""
    found = set()
    for item in row.items:
        if isinstance(item, Series):
            names = [_below(copy.entry.name, item)[-1:] for copy in item.copies if copy.entry]
            found |= {int(name) - place if name.isdigit() else 0 for place, (name,) in enumerate(names)}
    return found.pop() if len(found) == 1 else 0


def _below(name: str, section: Section | Series) -> Path:
    """What something is called inside a part; () if it is all that is in it."""
    inside = name.removeprefix(section.entry.name).removeprefix(".") if section.entry else name
    return tuple(inside.split(".")) if inside else ()


def _named(make: Expression, name: Expression) -> Call:
    assert isinstance(make, Call)
    return make._replace(keywords=(*make.keywords, Keyword("name", name)))


def _one_or_list(values: Sequence[Expression]) -> Expression:
    return values[0] if len(values) == 1 else Bracketed("[]", tuple(values))


def _ids_of(leaf: Leaf) -> Sequence[object]:
    """The inputs of a layer that are numbers of words."""
    return leaf.node.inputs if leaf.node.layer and leaf.node.layer.ids() else ()
