"""From YAML text to nodes that know their place.

The parser's *events* are read, never its objects: every value keeps its line, its column and its raw text; a YAML bomb
is stopped by a limit, not by lack of memory; and a file cannot run anything. LibYAML's parser is used where PyYAML has
it. The pure Python one gives the same nodes and the same diagnostics, which is why a few things on which the two
differ (tabs, control characters, exotic line separators) are settled here before either sees the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NoReturn

import yaml

from cnncalc.source.diagnostics import START, Diagnostic, Span
from cnncalc.source.files import MAX_DEPTH, MAX_FINDINGS, Source, Unreadable, refuse_python
from cnncalc.source.yaml_nodes import YamlMapping, YamlNode, YamlScalar, YamlSequence

if TYPE_CHECKING:
    from cnncalc.source._parser_stops import Stop

MAX_EXPLAINED = 20_000
"""How many characters the Python parser may read to explain what is wrong with a text."""
NOT_YAML = (yaml.YAMLError, ValueError)
"""What the parsers raise. ValueError is from the Python parser, for an escape that is not a character."""
MAX_NODES = 250_000


def parse(source: Source, pure_python: bool = False) -> tuple[YamlNode, list[Diagnostic]]:
    """The document's root node, and mistakes that do not keep the rest from being read.

    Raises:
        Unreadable: the text is not a single document of plain YAML within the limits.
    """
    return _Composer(source, pure_python).compose()


# control characters, and the three line separators that YAML 1.1 parsers treat differently
_FORBIDDEN = "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]"
_LEADING_TAB = r"(?m)^[ ]*\t[ \t]*(?=[^\s#])"


class _Composer:
    """Turns the parser's events into nodes, within the limits."""

    def __init__(self, source: Source, pure_python: bool) -> None:
        self.source = source
        self.findings: list[Diagnostic] = []
        self.nodes = 0
        self._check_characters()
        self.loader: Any = yaml.BaseLoader if pure_python else getattr(yaml, "CBaseLoader", yaml.BaseLoader)
        self.events = self._events(self.loader)

    def _events(self, loader: Any) -> Iterator[Any]:
        # a tab between words counts as a space; one of the parsers refuses it
        return iter(yaml.parse(self.source.text.replace("\t", " "), Loader=loader))

    def refuse(self, code: str, span: Span, message: str, label: str = "", *help: str) -> NoReturn:
        raise Unreadable(*self.findings, self.source.diagnostic(code, span, message, label, help))

    def report(self, code: str, span: Span, message: str, label: str = "", *help: str) -> None:
        if len(self.findings) < MAX_FINDINGS:
            self.findings.append(self.source.diagnostic(code, span, message, label, help))

    def _check_characters(self) -> None:
        text = self.source.text
        if text.replace("\n", "").isprintable():
            return  # as nearly all texts are, and has none of the characters below
        if bad := re.search(_FORBIDDEN, text):
            span = self._span_at(bad.start())
            self.refuse(
                "CNN102", span, f"the character U+{ord(bad.group()):04X} is not allowed in a spec", "", "remove it"
            )
        if tab := re.search(_LEADING_TAB, text):
            refuse_python(text, self.source.name)
            start = text.index("\t", tab.start())
            self.refuse(
                "CNN106",
                self._span_at(start, tab.end() - start),
                "a tab in the indentation",
                "YAML needs spaces here",
                "indent with spaces; most editors can convert them",
            )

    def _span_at(self, position: int, length: int = 1) -> Span:
        before = self.source.text[:position]
        line, column = before.count("\n") + 1, position - before.rfind("\n")
        return Span(line, column, line, column + length)

    def compose(self) -> tuple[YamlNode, list[Diagnostic]]:
        try:
            root = self._document()
        except NOT_YAML as error:
            from cnncalc.source._yaml_errors import explain_syntax_error

            refuse_python(self.source.text, self.source.name)
            raise Unreadable(*self.findings, explain_syntax_error(self.source, self._stop(error))) from None
        if isinstance(root, YamlScalar):
            refuse_python(self.source.text, self.source.name)
        return root, self.findings

    def _stop(self, error: Exception) -> Stop:
        """Where the Python parser stops, if that is soon enough, so that findings do not depend on the parser."""
        from cnncalc.source._parser_stops import find_stop

        mark = getattr(error, "problem_mark", None)
        if mark is None or mark.index <= MAX_EXPLAINED:
            stop = find_stop(self.source, self._events(yaml.BaseLoader), NOT_YAML, MAX_EXPLAINED)
            if stop.is_placed or stop.too_deep:
                return stop
        return find_stop(self.source, self._events(self.loader), NOT_YAML)

    def _refuse_question_mark(self, event: Any) -> None:
        """In braces one parser reads `re?x` as a word and the other does not: so both refuse it here."""
        from cnncalc.source._yaml_errors import question_mark

        row, column = event.start_mark.line, event.start_mark.column
        position = self.source.lines[row].find("?", column)
        raise Unreadable(*self.findings, question_mark(self.source, row, position if position >= 0 else column))

    def _document(self) -> YamlNode:
        next(self.events)  # the start of the stream
        event = next(self.events)
        if isinstance(event, yaml.StreamEndEvent):
            self.refuse("CNN103", START, "the file is empty", "", "`cnncalc new model.yaml` writes one to start from")
        root = self._node(next(self.events), 1)
        next(self.events)  # the end of the document
        event = next(self.events)
        if not isinstance(event, yaml.StreamEndEvent):
            mark = event.start_mark
            self.refuse(
                "CNN105",
                Span(mark.line + 1, mark.column + 1, mark.line + 1, mark.column + 4),
                "a second document begins",
                "one file holds one model",
                "put the second model into a file of its own",
            )
        return root

    def _node(self, event: Any, depth: int, in_flow: bool = False) -> YamlNode:
        start, end = event.start_mark, event.end_mark
        line, column = start.line + 1, start.column + 1
        self.nodes += 1
        if self.nodes > MAX_NODES:
            self.refuse(
                "CNN104",
                Span(line, column, line, column + 1),
                f"more than {MAX_NODES:,} values in one file",
                "",
                "a spec of a model is a few pages at most",
            )
        if event.anchor is not None:
            self._reference(event)
        if isinstance(event, yaml.AliasEvent):
            return YamlScalar("", line, column, line, end.column + 1)
        if event.tag is not None:
            tag = self.source.lines[start.line][start.column : start.column + 60].split(" ")[0] or "!"
            self.report(
                "CNN113",
                Span(line, column, line, column + len(tag)),
                f"a tag, `{tag[:40]}`",
                "tags have no meaning here",
                "remove it; every setting has its type",
            )
        if isinstance(event, yaml.ScalarEvent):
            if event.style == '"' and any("\ud800" <= each <= "\udfff" for each in event.value):
                raise ValueError("half a character")  # LibYAML refuses it too
            if in_flow and "?" in event.value and not event.style:
                self._refuse_question_mark(event)
            if end.line == start.line:
                return YamlScalar(event.value, line, column, line, end.column + 1, bool(event.style))
            return YamlScalar(event.value, line, column, end.line + 1, end.column + 1, bool(event.style))
        if depth > MAX_DEPTH:
            from cnncalc.source._yaml_errors import too_deep

            raise Unreadable(*self.findings, too_deep(self.source, start.line, start.column))
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(line, column, depth, bool(event.flow_style))
        return self._mapping(line, column, depth, bool(event.flow_style))

    def _sequence(self, line: int, column: int, depth: int, in_flow: bool) -> YamlSequence:
        items = []
        event: Any = next(self.events)
        while not isinstance(event, yaml.SequenceEndEvent):
            items.append(self._node(event, depth + 1, in_flow))
            event = next(self.events)
        return YamlSequence(items, line, column, *_position(event.end_mark))

    def _mapping(self, line: int, column: int, depth: int, in_flow: bool) -> YamlMapping:
        pairs: list[tuple[YamlScalar, YamlNode]] = []
        seen: dict[str, YamlScalar] = {}
        event = next(self.events)
        while not isinstance(event, yaml.MappingEndEvent):
            key = self._node(event, depth + 1, in_flow)
            value = self._node(next(self.events), depth + 1, in_flow)
            if isinstance(value, YamlScalar) and not value.text and not value.quoted:
                # nothing is written: one parser places it before the blanks, the other after them
                value.line, value.column = key.end_line, key.end_column + 1
                value.end_line, value.end_column = value.line, value.column
            if not isinstance(key, YamlScalar):
                self.report("CNN116", key.span, f"a {key.what} as a key", "a key must be a name")
            elif key.text == "<<" and not key.quoted:
                self.report(
                    "CNN114",
                    key.span,
                    "a merge key, `<<`",
                    "not part of the language",
                    "write the settings out, or set them for a whole kind under `defaults`",
                )
            elif key.text in seen:
                self.report(
                    "CNN112",
                    key.span,
                    f"the key `{key.text[:60]}` is given twice",
                    f"first on line {seen[key.text].line}; the second would hide it",
                    "keep one of them",
                )
            else:
                seen[key.text] = key
                pairs.append((key, value))
            event = next(self.events)
        return YamlMapping(pairs, line, column, *_position(event.end_mark))

    def _reference(self, event: Any) -> None:
        sign, what = ("*", "an alias") if isinstance(event, yaml.AliasEvent) else ("&", "an anchor")
        line, column = event.start_mark.line + 1, event.start_mark.column + 1
        written = f"{sign}{event.anchor}"
        self.report(
            "CNN114",
            Span(line, column, line, column + len(written)),
            f"{what}, `{written[:40]}`",
            "not part of the language",
            "put the settings that all layers of a kind share under `defaults`; quote a text that begins with this "
            "character",
        )


def _position(mark: Any) -> tuple[int, int]:
    """Line and column from 1."""
    return mark.line + 1, mark.column + 1
