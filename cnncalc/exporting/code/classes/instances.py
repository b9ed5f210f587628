"""What is known of instances from the text that they come from."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from typing import Any

from cnncalc.exporting.code.classes.blueprint import PLAIN, Member, Slot
from cnncalc.exporting.code.expressions import Call, Expression, Identifier, substituted, tree_of
from cnncalc.exporting.code.identifiers import Identifiers
from cnncalc.exporting.code.parts import Item, Leaf, ModuleEntry, Section, Series, is_block
from cnncalc.exporting.code.values.values import CHANNELS, INDEX, Different
from cnncalc.graph import Node
from cnncalc.source.entry import texts
from cnncalc.source.yaml_nodes import YamlNode
from cnncalc.spec.language.expressions import ExpressionError, is_expression, size_parts, source_of


def origin_of(section: Section) -> Hashable:
    """What text a part comes from."""
    return section.text


def title_of(section: Section) -> str:
    """What a class is named after: a block, or else what the entry is called, without its numbers."""
    entry = section.entry
    if entry is None:
        return ""
    if is_block(entry):
        return entry.kind
    word = _word_of(entry.name)
    return word.rstrip("0123456789_-") or word


def _word_of(name: str) -> str:
    """The last part of a name that is not the number of a copy."""
    return next(part for part in reversed(name.split(".")) if not part.isdigit())


def inner_first(section: Section) -> Iterator[Section]:
    for inner in sections_in(section):
        yield from inner_first(inner)
        yield inner


def sections_in(section: Section) -> Iterator[Section]:
    """The parts directly inside."""
    for item in section.items:
        for part in item.copies if isinstance(item, Series) else [item]:
            if isinstance(part, Section) and part.like is None and not is_inline(part):
                yield part


def outline_of(section: Section) -> Hashable:
    """What is where in a part: parts with the same outline can nearly always be one class."""
    return tuple(
        (slot, item.make.function if isinstance(item, Leaf) and isinstance(item.make, Call) else type(item))
        for slot, item in slots_of(section)
    )


def is_inline(section: Section) -> bool:
    """Whether a part is nothing but modules one after the other, and no block: it needs no class."""
    entry = section.entry
    if entry is None or is_block(entry) or len(section.reads) != 1:
        return False
    before: tuple[Node, ...] = section.reads
    for item in section.items:
        if not isinstance(item, Leaf) or item.make is None or item.node.shares or item.reads != before:
            return False
        if item.apply != PLAIN or item.turned:
            return False
        before = item.gives
    return section.gives == before and (section.is_frozen or not any(leaf.is_frozen for leaf in section.leaves()))


def slots_of(section: Section) -> Iterator[tuple[Slot, Item]]:
    """The items of a part by their places in the text."""
    seen: dict[Slot, int] = {}
    for item in section.items:
        entry = item.entry
        assert entry
        role = item.role if isinstance(item, Leaf) else "part" if isinstance(item, Section) else "run"
        slot = entry.span, role
        seen[slot] = seen.get(slot, 0) + 1
        yield (*slot, seen[slot]), item


def slots_in_order(tables: Sequence[Mapping[Slot, Item]]) -> list[Slot]:
    """All slots, in an order that is that of every instance.

    Raises:
        Different: there is none.
    """
    order: list[Slot] = []
    for table in sorted(tables, key=len, reverse=True):
        place = 0
        for slot in table:
            if slot in order:
                found = order.index(slot)
                if found < place:
                    raise Different
                place = found + 1
            else:
                order.insert(place, slot)
                place += 1
    return order


def plain_name(item: Item, sections: Sequence[Section]) -> str:
    """What the item is called in its part."""
    assert item.entry
    name = item.entry.name
    if any(each.entry and each.entry.name == name for each in sections):
        return _word_of(name)  # all that is in a copy
    prefix = next((each.prefix for each in sections if each.prefix and name.startswith(each.prefix)), "")
    return name.removeprefix(prefix)


def attribute_of(item: Item, sections: Sequence[Section]) -> str:
    """The attributes that lead to an item in the original; "" if nobody knows."""
    is_known = isinstance(item.entry, ModuleEntry) and item.entry.is_attribute
    return plain_name(item, sections) if is_known else ""


def parameter_names(sections: Sequence[Section], reserved: Collection[str]) -> dict[str, str]:
    """What arguments, and the channels that enter (`c_in`), are called as parameters."""
    names = Identifiers([*reserved, INDEX])
    arguments = dict.fromkeys(name for each in sections for name in each.arguments)
    called = {name: names.new(name) for name in arguments}
    return {**called, "c_in": names.new(CHANNELS)}


def condition_name(item: Item, sections: Sequence[Section]) -> str:
    """What it is called that an item is there."""
    assert item.entry
    name = attribute_of(item, sections).partition(".")[0] or plain_name(item, sections)
    return "skip" if item.entry.kind == "residual" else f"has_{name}"


def environment_of(section: Section, called: Mapping[str, str], are_channels_last: bool) -> dict[str, Any]:
    """The values that are known in an instance: its arguments, and the channels that enter."""
    names = {called[name]: value for name, value in section.arguments.items()}
    if section.entry is None or not section.reads:
        return names
    channels = {called["c_in"]: section.reads[0].output.channels}
    return {**names, **channels} if are_channels_last else {**channels, **names}


def expressions_written(row: Member, called: Mapping[str, str]) -> Iterator[Expression]:
    """The expressions in the text of an entry, with the names of the parameters; each once."""
    names = {name: Identifier(parameter) for name, parameter in called.items()}
    found: dict[Expression, None] = {}
    for item in row.items:
        entry = item.entry if item else None
        for node in (entry.written.principal, *entry.written.by_name.values()) if entry else ():
            for tree in _trees(node):
                found[substituted(tree, names)] = None
    return iter(found)


def _trees(node: YamlNode | None) -> Iterator[Expression]:
    for each in texts(node):
        for part in size_parts(each):
            if is_expression(part):
                try:
                    yield tree_of(source_of(part))
                except (ExpressionError, KeyError, SyntaxError, ValueError):
                    continue
