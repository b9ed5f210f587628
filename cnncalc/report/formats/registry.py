"""Every format that a command may write: the one list that options, documentation and tests are made from.

A new format is a module here and a line in `FORMATS`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnncalc.named_tuple import NamedTuple
from cnncalc.report.report import Report

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class Format(NamedTuple):
    """A way to write a report.

    Attributes:
        suffix: what a file's name ends in.
        form: the method of a report that returns what the format is made from.
        writer: the function that writes it piece by piece, as `module:function`; takes the form and the stream's
        encoding.
        about: what it is, for the documentation.
        is_utf8: whether it says in itself that it is UTF-8, so that it is, whatever the encoding of the stream.
    """

    name: str
    suffix: str
    form: str
    writer: str
    about: str
    is_utf8: bool = False

    def pieces(self, report: Report, encoding: str = "utf-8") -> Iterator[str]:
        """The text of a report piece by piece, for a stream with this encoding: that of a long one is never whole."""
        from importlib import import_module

        form, writer = report.own_writers.get(self.name, (self.form, self.writer))
        module, _, function = writer.partition(":")
        write = getattr(import_module(f"cnncalc.report.{module}"), function)
        pieces: Iterator[str] = write(getattr(report, form)(), encoding)
        return pieces

    def render(self, report: Report, encoding: str = "utf-8") -> str:
        """The text of a report, for a stream with this encoding."""
        return "".join(self.pieces(report, encoding))


FORMATS = {
    each.name: each
    for each in (
        Format("text", ".txt", "document", "formats.plain:plain", "for people: aligned columns, fitted to a terminal"),
        Format("markdown", ".md", "document", "formats.markdown:markdown", "for a page on GitHub or GitLab"),
        Format("latex", ".tex", "document", "formats.latex:latex", "a complete document, ready to compile"),
        Format("html", ".html", "document", "formats.html:page", "a self-contained page", True),
        Format("json", ".json", "data", "formats.json:json_file", "for programs: everything, field by field"),
        Format("csv", ".csv", "table", "formats.csv:csv", "for spreadsheets: numbers without separators"),
        Format("tsv", ".tsv", "table", "formats.tsv:tsv", "the same separated by tabs, for pasting and `cut`"),
        Format("yaml", ".yaml", "answer_file", "formats.answer_file:answer_file", "a file to fill in"),
        Format("gradescope", ".json", "gradescope", "formats.json:json_file", "the results of a Gradescope autograder"),
        Format("svg", ".svg", "svg", "formats.as_it_is:as_it_is", "the graph alone, for documents", True),
        Format("tikz", ".tex", "tikz", "formats.as_it_is:as_it_is", "a figure for a paper, in LaTeX"),
        Format("concise", ".txt", "findings", "findings.concise:concise_text", "one line per finding"),
        Format("github", ".txt", "findings", "findings.github:github_text", "annotations in a GitHub workflow"),
        Format("gitlab", ".json", "findings", "findings.gitlab:gitlab_file", "GitLab's code quality report"),
        Format("sarif", ".sarif", "findings", "findings.sarif:sarif_file", "SARIF 2.1.0, for code scanning"),
        Format("junit", ".xml", "findings", "findings.junit:junit_xml", "JUnit's XML, one test per file", True),
    )
}
"""All formats by name, in the order in which they are offered."""


def formats_of(report: type[Report], only: Sequence[str] = tuple(FORMATS)) -> tuple[str, ...]:
    """The names of the formats that a report can be written in: those of which it has the form."""
    return tuple(
        name
        for name in FORMATS
        if name in only
        if name in report.own_writers
        or getattr(report, FORMATS[name].form, None) is not getattr(Report, FORMATS[name].form, None)
    )
