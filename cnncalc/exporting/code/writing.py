"""From a spec to the classes or functions of its code: what every framework does in the same way."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import ClassVar

from cnncalc.analysis import analyze
from cnncalc.exporting.code.blocks import default_arguments, descriptions
from cnncalc.exporting.code.classes.blueprint import Blueprint
from cnncalc.exporting.code.classes.classes import Classes
from cnncalc.exporting.code.expressions import Call, Identifier, Literal
from cnncalc.exporting.code.file import heading, without_texts
from cnncalc.exporting.code.framework import CodeFramework
from cnncalc.exporting.code.identifiers import Identifiers, class_like
from cnncalc.exporting.code.layout import docstring, on_lines
from cnncalc.exporting.code.modules import CONTAINERS
from cnncalc.exporting.code.numbers import PartNumbers, in_numbers
from cnncalc.exporting.code.parts import Section, is_block, parts_of
from cnncalc.exporting.exported import CodePlace
from cnncalc.exporting.findings import not_expressible
from cnncalc.graph import Entry, Node
from cnncalc.importing.opening import ImportedModel
from cnncalc.layers.equals import FIRST, Array, Equal, NoEqual, Places, equal
from cnncalc.source.diagnostics import SpecError, in_order
from cnncalc.spec.reader import Spec


class CodeWriting:
    """A model on its way to code.

    Attributes:
        title: what people call the framework.
        tested: the framework and the version that the tests run the code with.
        stub_text: of a class that stands for a layer whose calculation is unknown, with fields for `name`, `docstring`,
            `raised` (what raises an error) and `sizes` (of what it gives).
        original: the model, if it was read from a file that tells of its modules.
        analysis: the numbers of the model.
        equals: what it has in the place of each layer.
        imported: lines that helpers need at the top of the file.
        helpers: the texts of classes that layers are made of.
    """

    title: ClassVar[str]
    tested: ClassVar[str]
    stub_text: ClassVar[str]

    def __init__(self, spec: Spec, framework: CodeFramework, is_flat: bool) -> None:
        self.spec = spec
        self.original = original_of(spec)
        self.framework = framework
        self.is_flat = is_flat
        self.analysis = analyze(spec)
        self._params = {each.node: each.params for each in self.analysis.layers}
        self.equals = self._equals()
        model = parts_of(spec.graph, self.equals, framework, is_flat, None if is_flat else self.entries())
        self.arrange(model)
        texts = dict.fromkeys(each.helper for each in self.equals.values() if each.helper)
        lines = [line for text in texts for line in text.split("\n")]
        self.imported = {line for line in lines if line.startswith(("from ", "import "))}
        bodies = ["\n".join(line for line in text.split("\n") if line not in self.imported) for text in texts]
        self.helpers = list(dict.fromkeys(each.strip("\n") for text in bodies for each in text.split("\n\n\n")))
        named = {name for helper in self.helpers for name in re.findall(r"^(?:class|def) (\w+)", helper, re.MULTILINE)}
        named |= {name for line in self.imported for name in re.findall(r"\w+", line.partition("import ")[2])}
        root = spec.parsed.root
        name = self.title_of_model
        if framework.name_of(name) in framework.reserved | named:
            name = f"{name}-model"
        self.classes = Classes(model, name, framework, named, default_arguments(root))
        self.descriptions = descriptions(root)

    def entries(self) -> list[Entry] | None:
        """What the parts are made of, if not of the entries of the spec."""
        return None

    @property
    def title_of_model(self) -> str:
        """What the model is called: as its class was called where it comes from, or as in the spec."""
        draft = self.original.draft if self.original else None
        return draft.model_class if draft and draft.model_class not in CONTAINERS else self.spec.name

    def arrange(self, model: Section) -> None:
        """Chooses how each layer is written, once its neighbours are known."""

    def stub(self, node: Node, names: Identifiers) -> Equal:
        """What stands for a layer whose calculation is unknown."""
        assert node.layer
        name = names.new(class_like(str(vars(node.layer)["operation"])))
        gives = node.output.text(self.framework.axes)
        error = Call(Identifier("NotImplementedError"), (Literal(f"write what {node.name} calculates"),))
        helper = self.stub_text.format(
            name=name,
            docstring="\n".join(
                docstring([f"Stands for `{node.name}`, which is unknown: it gives {gives} for each sample."], 4)
            ),
            raised="\n".join(on_lines("raise ", error, "", 8)),
            sizes=node.output.sizes(self.framework.axes),
        )
        inputs = ", ".join(f"{{{number}}}" for number in range(max(len(node.inputs), 1)))
        return Equal(f"{name}()", f"{{module}}({inputs})", helper=helper)

    def text(self) -> str:
        """The whole file."""
        text = "\n\n\n".join(piece.rstrip("\n") for piece in self.pieces())
        head = heading(self.analysis, self.title_of_model, self.framework.axes, self.tested, self.about_state())
        return "\n".join([*head, "", *self.imports(without_texts(text)), "", "", text, ""])

    def pieces(self) -> Iterator[str]:
        """The classes and functions of the file, in order."""
        raise NotImplementedError

    def imports(self, code: str) -> Iterator[str]:
        """The lines after the docstring of the file.

        Args:
            code: what comes after them, without texts.
        """
        raise NotImplementedError

    def about_state(self) -> str:
        """Whether the code takes weights that were saved; "" if there is nothing to say."""
        return ""

    def _equals(self) -> dict[Node, Equal]:
        """What the framework has in the place of each layer.

        Raises:
            SpecError: it has nothing in the place of some.
        """
        found: dict[Node, Equal] = {}
        missing = []
        stubs = Identifiers(self.framework.reserved)
        for node in self.spec.graph.nodes:
            assert node.layer
            if node.layer.is_opaque:
                found[node] = self.stub(node, stubs)
                continue
            try:
                found[node] = self.equal(node)
            except NoEqual as error:
                missing.append(not_expressible(self.spec, node, self.title, str(error)))
        if missing:
            raise SpecError(in_order(missing))
        return found

    def layout(self, node: Node) -> str:
        """The order in which the spec has the values of a layer."""
        return node.rules.order if node.rules else self.spec.order

    def equal(self, node: Node, padded_by: str = "", order: str = FIRST) -> Equal:
        """What the framework has in the place of a layer.

        Args:
            padded_by, order: as `layers.equals.equal` has them.

        Raises:
            NoEqual: it has nothing.
        """
        assert node.layer
        shapes = node.input_shapes, node.output
        name, layout = self.framework.name, self.layout(node)
        return equal(node.kind, name, node.layer, *shapes, layout, padded_by, order, self.in_original(node))

    def in_original(self, node: Node) -> Mapping[str, Array]:  # noqa: ARG002
        """Where the arrays of a layer are in a module whose state the code shall take; {} if there is none."""
        return {}

    def about(self, blueprint: Blueprint) -> list[str]:
        """What is said about a class or function: paragraphs."""
        entry, count = blueprint.instances[0].entry, len(blueprint.instances)
        if entry is None:
            return [f"The model `{self.title_of_model}`."]
        name = entry.name.rstrip("0123456789").rstrip(".") if count > 1 else entry.name
        title = f"The block `{entry.kind}`" if is_block(entry) else f"The layers of `{name}`"
        numbers = [self._numbers(section) for section in blueprint.instances]
        described = self.descriptions.get(entry.kind) if is_block(entry) else None
        return [*([described] if described else []), f"{title}{in_numbers(numbers, not is_block(entry))}"]

    def _numbers(self, section: Section) -> PartNumbers:
        nodes = *section.reads, *section.gives
        axes = section.axes or (self.framework.axes,) * len(nodes)
        sizes = [node.output.text(order) for node, order in zip(nodes, axes, strict=True)]
        params = sum(self._params[leaf.node] for leaf in section.leaves())
        return PartNumbers(tuple(sizes[: len(section.reads)]), tuple(sizes[len(section.reads) :]), params)


def original_of(spec: Spec) -> ImportedModel | None:
    """The imported model, if its file says which modules its layers are in."""
    model = spec.parsed
    return model if isinstance(model, ImportedModel) and model.draft.model_class else None


def code_places(path: str, arrays: Mapping[str, Places]) -> dict[str, tuple[CodePlace, ...]]:
    """Where the arrays of a layer are in the model, given where its module is."""
    return {name: _places(path, each) for name, each in arrays.items()}


def _places(path: str, places: Places) -> tuple[CodePlace, ...]:
    if isinstance(places, Array):
        return (CodePlace(path, places),)
    return tuple(CodePlace(path, place, row) for row, place in enumerate(places))
