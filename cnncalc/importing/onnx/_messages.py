"""The messages of ONNX that are read, each as a small object; arrays and graphs inside them only by where they are."""

from __future__ import annotations

from cnncalc.importing.onnx._wire import Field, Wire

Span = tuple[int, int]


class ModelMessage:
    """A model.

    Attributes:
        graph: where it is.
        opsets: the version of each domain's operators; the default domain is "".
        functions: where they are.
        metadata: what exporters add.
    """

    def __init__(self, wire: Wire, span: Span) -> None:
        self.ir_version = 0
        self.producer = ""
        self.graph: Span | None = None
        self.opsets: dict[str, int] = {}
        self.functions: list[Span] = []
        for field in wire.fields(*span):
            number = field[0]
            if number == 1:
                self.ir_version = wire.integer(field)
            elif number == 2:
                self.producer = wire.text(field)
            elif number == 7:
                if self.graph:
                    wire.fail(field[2], "there are two graphs")
                self.graph = wire.span(field)
            elif number == 8:
                _add_opset(wire, wire.span(field), self.opsets)
            elif number == 25:
                self.functions.append(wire.span(field))


class GraphMessage:
    """A graph: where its parts are, its name and its metadata."""

    def __init__(self, wire: Wire, span: Span) -> None:
        self.name = ""
        self.nodes: list[Span] = []
        self.initializers: list[Span] = []
        self.sparse: list[Span] = []
        self.inputs: list[Span] = []
        self.outputs: list[Span] = []
        self.infos: list[Span] = []
        self.annotations: list[Span] = []
        self._metadata: list[Span] = []
        parts = {1: self.nodes, 5: self.initializers, 11: self.inputs, 12: self.outputs, 13: self.infos}
        parts |= {15: self.sparse, 16: self._metadata}
        for field in wire.fields(*span):
            if field[0] in parts:
                parts[field[0]].append(wire.span(field))
            elif field[0] == 2:
                self.name = wire.text(field)

    def metadata(self, wire: Wire) -> dict[str, str]:
        """What exporters add."""
        return dict(_entry(wire, span) for span in self._metadata)


class FunctionMessage:
    """A function of the model: operators of its own, made of others."""

    def __init__(self, wire: Wire, span: Span) -> None:
        self.name = self.domain = self.overload = ""
        self.inputs: list[str] = []
        self.outputs: list[str] = []
        self.nodes: list[Span] = []
        self.opsets: dict[str, int] = {}
        self.defaults: dict[str, Attribute] = {}
        for field in wire.fields(*span):
            number = field[0]
            if number == 1:
                self.name = wire.text(field)
            elif number == 4:
                self.inputs.append(wire.text(field))
            elif number == 5:
                self.outputs.append(wire.text(field))
            elif number == 7:
                self.nodes.append(wire.span(field))
            elif number == 9:
                _add_opset(wire, wire.span(field), self.opsets)
            elif number == 10:
                self.domain = wire.text(field)
            elif number == 11:
                attribute = Attribute(wire, wire.span(field))
                self.defaults[attribute.name] = attribute
            elif number == 13:
                self.overload = wire.text(field)


class NodeMessage:
    """A node: an operator in its place."""

    __slots__ = (
        *("_metadata", "_spans_of_metadata"),
        *("attributes", "domain", "index", "inputs", "name", "operator", "outputs", "overload"),
    )

    def __init__(self, wire: Wire, span: Span, index: int) -> None:
        self.index = index
        self.name = self.operator = self.domain = self.overload = ""
        self.inputs: list[str] = []
        self.outputs: list[str] = []
        self.attributes: dict[str, Attribute] = {}
        self._spans_of_metadata: list[Span] = []
        self._metadata: dict[str, str] | None = None
        for field in wire.fields(*span):
            number = field[0]
            if number == 1:
                self.inputs.append(wire.text(field))
            elif number == 2:
                self.outputs.append(wire.text(field))
            elif number == 3:
                self.name = wire.text(field)
            elif number == 4:
                self.operator = wire.text(field)
            elif number == 5:
                attribute = Attribute(wire, wire.span(field))
                self.attributes[attribute.name] = attribute
            elif number == 7:
                self.domain = _plain_domain(wire.text(field))
            elif number == 8:
                self.overload = wire.text(field)
            elif number == 9:
                self._spans_of_metadata.append(wire.span(field))

    def metadata(self, wire: Wire) -> dict[str, str]:
        """What exporters add."""
        if self._metadata is None:
            self._metadata = dict([_entry(wire, span) for span in self._spans_of_metadata])
        return self._metadata


_FLOAT, _INT, _STRING, _TENSOR, _GRAPH, _FLOATS, _INTS, _STRINGS = range(1, 9)
_DEFAULTS = {_FLOAT: 0.0, _INT: 0, _STRING: b"", _FLOATS: [], _INTS: [], _STRINGS: []}


class Attribute:
    """A setting of a node.

    Attributes:
        value: a number, bytes, or a list of them; None of tensors and graphs, which are only known by where they are.
        refers: the attribute of the function whose value it has; "" outside functions.
    """

    __slots__ = ("graphs", "kind", "name", "refers", "tensor", "value")

    def __init__(self, wire: Wire, span: Span) -> None:
        self.name = self.refers = ""
        self.kind = 0
        self.tensor: Span | None = None
        self.graphs: list[Span] = []
        singles: dict[int, float | int | bytes] = {}
        lists: dict[int, list[float] | list[int] | list[bytes]] = {}
        for field in wire.fields(*span):
            number = field[0]
            if number == 1:
                self.name = wire.text(field)
            elif number == 20:
                self.kind = wire.integer(field)
            elif number == 21:
                self.refers = wire.text(field)
            elif number == 5:
                self.tensor = wire.span(field)
            elif number == 6 or number == 11:
                self.graphs.append(wire.span(field))
            elif number == 2:
                singles[_FLOAT] = wire.fixed(field, "f")[0]
            elif number == 3:
                singles[_INT] = wire.integer(field)
            elif number == 4:
                singles[_STRING] = wire.content(field)
            elif number == 7:
                lists.setdefault(_FLOATS, []).extend(wire.fixed(field, "f"))  # type: ignore[arg-type]
            elif number == 8:
                lists.setdefault(_INTS, []).extend(wire.integers(field))  # type: ignore[arg-type]
            elif number == 9:
                lists.setdefault(_STRINGS, []).append(wire.content(field))  # type: ignore[arg-type]
        known = {**singles, **lists}
        # old files leave out the type, and some writers the value that it has without one
        kind = self.kind or next(iter(known), 0)
        self.value = known.get(kind, _DEFAULTS.get(kind))


class TensorMessage:
    """An array: what it is, and where its numbers are.

    Attributes:
        raw: where its bytes are, if they are in one piece.
        typed: fields of numbers, if they are not.
        external: the entries that say which file they are in, if it is another one.
    """

    __slots__ = ("external", "kind", "name", "place", "raw", "sizes", "typed")

    def __init__(self, wire: Wire, span: Span) -> None:
        self.name = ""
        self.place = span[0]
        self.kind = 0
        self.raw: Span | None = None
        self.typed: list[Field] = []
        self.external: dict[str, str] | None = None
        sizes: list[int] = []
        entries: list[Span] = []
        is_external = False
        for field in wire.fields(*span):
            number = field[0]
            if number == 1:
                sizes.extend(wire.integers(field))
            elif number == 2:
                self.kind = wire.integer(field)
            elif number == 3:
                wire.fail(span[0], "an array is stored in segments, which nothing writes")
            elif number in (4, 5, 6, 7, 10, 11):
                self.typed.append(field)
            elif number == 8:
                self.name = wire.text(field)
            elif number == 9:
                self.raw = wire.span(field)
            elif number == 13:
                entries.append(wire.span(field))
            elif number == 14:
                is_external = wire.integer(field) == 1
        self.sizes = tuple(sizes)
        if is_external:
            self.external = dict(_entry(wire, entry) for entry in entries)


Dimension = int | str | None
"""A size; the name of an open one; None if there is neither."""


class InfoMessage:
    """What the file says of a tensor: its name, type and sizes (None if they are unknown, or it is no tensor)."""

    __slots__ = ("kind", "name", "sizes")

    def __init__(self, wire: Wire, span: Span) -> None:
        self.name = ""
        self.kind = 0
        self.sizes: list[Dimension] | None = None
        for field in wire.fields(*span):
            if field[0] == 1:
                self.name = wire.text(field)
            elif field[0] == 2:
                self._read_type(wire, wire.span(field))

    def _read_type(self, wire: Wire, span: Span) -> None:
        for outer in wire.fields(*span):
            for field in wire.fields(*wire.span(outer)) if outer[0] == 1 else ():
                if field[0] == 1:
                    self.kind = wire.integer(field)
                elif field[0] == 2:
                    self.sizes = [_dimension(wire, wire.span(each)) for each in wire.fields(*wire.span(field))]


def _dimension(wire: Wire, span: Span) -> Dimension:
    found: Dimension = None
    for field in wire.fields(*span):
        if field[0] == 1:
            found = wire.integer(field)
        elif field[0] == 2:
            found = wire.text(field) or None
    return found


def _entry(wire: Wire, span: Span) -> tuple[str, str]:
    key = value = ""
    for field in wire.fields(*span):
        if field[0] == 1:
            key = wire.text(field)
        elif field[0] == 2:
            value = wire.text(field)
    return key, value


def _add_opset(wire: Wire, span: Span, opsets: dict[str, int]) -> None:
    domain, version = "", 0
    for field in wire.fields(*span):
        if field[0] == 1:
            domain = _plain_domain(wire.text(field))
        elif field[0] == 2:
            version = wire.integer(field)
    opsets[domain] = version


def _plain_domain(domain: str) -> str:
    return "" if domain == "ai.onnx" else domain
