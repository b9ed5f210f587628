"""How a sheet was made, in one line of it: the options of the command line, with a check of the network and of them.

Grading makes the same sheet again. It trusts no student: a line that was changed no longer agrees with its check, and
one that somebody made anew, for an easier input, is not like the others of the class. What the caller says of the key
on the command line stands above all of them.
"""

from __future__ import annotations

import hashlib
import json
import re
import shlex
from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from cnncalc.homework.handins.submissions import Submission
from cnncalc.homework.sheet.questions import ASKED, Sheet, sheet_of
from cnncalc.named_tuple import NamedTuple
from cnncalc.settings.setting import Like
from cnncalc.spec.top_level import Overrides

if TYPE_CHECKING:
    from cnncalc.analysis import Analysis
    from cnncalc.layers.base import Layer

DEFAULT_ASK = (*ASKED, "total")
MOST_TRIED = 20
"""So many different records are looked into; a class has one, or a few."""


class Record(NamedTuple):
    """What a sheet says of how it was made."""

    checksum: str
    overrides: Overrides
    ask: tuple[str, ...]

    def unlike(self, other: Record) -> str:
        """The options that another record has not, as somebody would type them."""
        theirs = _options(other.overrides, other.ask)
        return shlex.join(word for pair in _options(self.overrides, self.ask) if pair not in theirs for word in pair)


def made_with(sheet: Sheet) -> str:
    """The line of a sheet: its check, and the options that make it from its model."""
    spec = sheet.analysis.spec
    inputs = spec.graph.inputs
    sizes = "x".join(map(str, inputs[0].output.sizes(spec.layout)))
    overrides = Overrides(
        sheet.overrides.input or (sizes if len(inputs) == 1 else None),
        spec.convention,
        spec.layout,
        spec.variant or None,
        sheet.overrides.vars,
    )
    words = [word for pair in _options(overrides, sheet.ask) for word in pair]
    return f"{checksum(sheet.analysis, sheet.ask)} {shlex.join(words)}"


def _options(overrides: Overrides, ask: Sequence[str]) -> list[tuple[str, str]]:
    names = ("input", "layout", "convention", "variant")
    options = [(f"--{name}", value) for name in names if (value := getattr(overrides, name))]
    variables = [("--set", f"{name}={value}") for name, value in overrides.vars]
    return [*options, *variables, ("--ask", ",".join(ask))]


def read_record(line: str) -> Record | None:
    """What the line of a sheet says; None where it was changed so that it says nothing."""
    try:
        checksum, *words = shlex.split(line)
    except ValueError:
        return None
    if not re.fullmatch("[0-9a-f]{12}", checksum) or len(words) % 2:
        return None
    options: dict[str, str] = {}
    variables = []
    for name, value in zip(words[::2], words[1::2], strict=True):
        if name == "--set" and "=" in value:
            variables.append((value.partition("=")[0], value.partition("=")[2]))
        elif name in ("--input", "--layout", "--convention", "--variant", "--ask"):
            options[name[2:]] = value
        else:
            return None
    ask = tuple(options.pop("ask", "").split(","))
    return Record(
        checksum,
        Overrides(
            options.get("input"),
            options.get("convention"),
            options.get("layout"),
            options.get("variant"),
            tuple(variables),
        ),
        ask,
    )


def checksum(analysis: Analysis, ask: Sequence[str]) -> str:
    """What two sheets have in common that ask the same about the same network, whatever it is called."""
    return hashlib.sha256(json.dumps([structure(analysis), sorted(set(ask))]).encode()).hexdigest()[:12]


def structure(analysis: Analysis) -> list[object]:
    """All that the answers follow from, and none of them."""
    spec = analysis.spec
    return [
        spec.layout,
        spec.convention,
        [[node.name, *node.output.sizes(spec.layout)] for node in spec.graph.inputs],
        [
            [
                node.name,
                node.kind,
                [source.name for source in node.inputs],
                node.shares.name if node.shares else "",
                _settings(node.layer) if node.layer else [],
            ]
            for node in spec.graph.nodes
        ],
    ]


def _settings(layer: Layer) -> list[str]:
    """The settings that are not the default, so that a setting that comes with a later version changes nothing."""
    values = vars(layer)
    found = []
    for name, declared in sorted(layer.settings.items()):
        default = declared.default
        if name not in values or values[name] is None:
            continue
        is_default = isinstance(default, Like) and values[name] == values[default.setting]
        if not is_default and not (isinstance(default, str) and declared.type.show(values[name]) == default):
            found.append(f"{name}={values[name]}")
    return found


# -- which sheet was handed in


class OptionChoice(NamedTuple):
    """The sheet that hand-ins are graded with, and for each of them why it is none of its kind, "" where it is."""

    sheet: Sheet
    reasons: list[str]


class Keys:
    """The key, as the caller gave it, and as hand-ins say that their sheets were made.

    Attributes:
        own: the analysis of the key as the caller gave it.
        make: the analysis of the same model with other options; None where they do not fit it.
        is_fixed: whether the caller gave options, which no hand-in can change.
        ask: what the caller asks for; None where the hand-ins say.
    """

    def __init__(
        self,
        own: Analysis,
        make: Callable[[Overrides], Analysis | None],
        is_fixed: bool = False,
        ask: Sequence[str] | None = None,
        given: Overrides | None = None,
    ) -> None:
        self.own = own
        self.make = make
        self.is_fixed = is_fixed
        self.ask = tuple(ask) if ask is not None else None
        self.given = given or Overrides()

    def choose(self, submissions: Sequence[Submission | None]) -> OptionChoice:
        """The sheet that most hand-ins were made for, among those that the key can be."""
        records = [read_record(each.made_with) if each and each.made_with else None for each in submissions]
        counts = Counter(record for record in records if record)
        tried = {record: self._sheet(record) for record, _ in counts.most_common(MOST_TRIED)}
        sheets = {record: sheet for record, sheet in tried.items() if sheet}
        chosen = self._commonest(sheets, counts)
        if chosen is None and sheets:
            reason = "the sheets of this class were made differently, and equally often: grade each kind by itself"
            return OptionChoice(self._own(), [reason if record else "" for record in records])
        sheet = sheets[chosen] if chosen else self._own()
        reasons = [
            self._reason(each, record, sheets, chosen) if each else ""
            for each, record in zip(submissions, records, strict=True)
        ]
        return OptionChoice(sheet, reasons)

    def _own(self) -> Sheet:
        return sheet_of(self.own, self.ask or DEFAULT_ASK, self.given)

    def _sheet(self, record: Record) -> Sheet | None:
        """The sheet that a record tells of; None where the key does not make one with this check."""
        if checksum(self.own, record.ask) == record.checksum:
            return sheet_of(self.own, self.ask or record.ask, self.given)
        made = None if self.is_fixed else self._made(record.overrides)
        if made is None or checksum(made, record.ask) != record.checksum:
            return None
        return sheet_of(made, self.ask or record.ask, record.overrides)

    def _made(self, overrides: Overrides) -> Analysis | None:
        try:
            return self.make(overrides)
        except Exception:  # what a student wrote is to stop nobody's grading
            return None

    def _commonest(self, sheets: dict[Record, Sheet], counts: Counter[Record]) -> Record | None:
        """The record that most sheets have; of two, the one that is the key as the caller gave it."""
        kinds: Counter[str] = Counter()
        for record in sheets:
            kinds[self._kind(sheets[record])] += counts[record]
        if not kinds:
            return None
        most = max(kinds.values())
        first = [kind for kind, count in kinds.items() if count == most]
        own = self._kind(self._own())
        kind = first[0] if len(first) == 1 else own if own in first else None
        return next((record for record in sheets if self._kind(sheets[record]) == kind), None)

    def _kind(self, sheet: Sheet) -> str:
        return checksum(sheet.analysis, sheet.ask)

    def _reason(
        self, submission: Submission, record: Record | None, sheets: dict[Record, Sheet], chosen: Record | None
    ) -> str:
        """Why a hand-in is not graded with the chosen sheet."""
        name = self.own.spec.name
        sheet = sheets.get(record) if record else None
        if sheet and chosen and self._kind(sheet) == self._kind(sheets[chosen]):
            return ""
        if submission.worksheet and _plain(submission.worksheet) != _plain(name):
            return f"the sheet is of `{submission.worksheet[:60]}`, the key of `{name}`"
        if record and sheet and chosen:
            return f"the sheet was made with {record.unlike(chosen)}, most others with {chosen.unlike(record)}"
        if not submission.made_with:
            return ""
        own = read_record(made_with(self._own()))
        if record and own and self.is_fixed and (unlike := record.unlike(own._replace(ask=record.ask))):
            return f"the sheet was made with {unlike[:120]}, the key with {own.unlike(record._replace(ask=own.ask))}"
        return f"its line `made_with` was changed, or `{name}` was since the sheet was made"


def _plain(name: str) -> str:
    return "".join(each for each in name.casefold() if each.isalnum())
