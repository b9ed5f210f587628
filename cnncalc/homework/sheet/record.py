"""How a sheet was made, in one of its lines: the options of the command line, with a checksum of them and the network.

The texts of the models inside that are files are in it too, so that a sheet can be graded after these have changed.

Grading makes the same sheet again. It trusts no student: a line that was changed no longer agrees with its checksum,
and one that was made anew, for an easier input, differs from the others in the class. Options that the caller gives
for the key on the command line override all of them.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shlex
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from cnncalc.homework.handins.submissions import Submission
from cnncalc.homework.sheet.questions import ASKED, Sheet, sheet_of
from cnncalc.named_tuple import NamedTuple
from cnncalc.settings.setting import Like
from cnncalc.source.files import MAX_BYTES
from cnncalc.spec.given_inputs import ALL, GivenInputs
from cnncalc.spec.top_level import Overrides

if TYPE_CHECKING:
    from cnncalc.analysis import Analysis
    from cnncalc.layers.base import Layer

DEFAULT_ASK = (*ASKED, "total")
MOST_ALIKE = 1024
"""How many layers are remembered with their settings: the copies of an entry are one layer in many places."""
MOST_TRIED = 20
"""How many different records are considered; a class has one, or a few."""


class Record(NamedTuple):
    """What a sheet says about how it was made."""

    checksum: str
    overrides: Overrides
    ask: tuple[str, ...]

    def unlike(self, other: Record) -> str:
        """The options that another record does not have, as one would type them."""
        theirs = _options(other.overrides, other.ask)
        return shlex.join(word for pair in _options(self.overrides, self.ask) if pair not in theirs for word in pair)


MOST_KEPT = 20_000
"""How many characters the texts of models inside may take, compressed; without them, their files must be the same."""
MOST_FILES = 20
"""How many models inside are read from a line."""
_FILE = "--file"


def made_with(sheet: Sheet, with_files: bool = True) -> str:
    """The line of a sheet: its checksum, the options that make it from its model, and the models inside that are files.

    Args:
        with_files: whether these are in it, which nobody reads.
    """
    spec = sheet.analysis.spec
    inputs = spec.graph.inputs
    sizes = "x".join(map(str, inputs[0].output.sizes(spec.layout)))
    whole = GivenInputs(((ALL, sizes),)) if len(inputs) == 1 else GivenInputs()
    overrides = Overrides(
        sheet.overrides.inputs if sheet.overrides.inputs.pairs else whole,
        spec.convention,
        spec.layout,
        spec.variant or None,
        sheet.overrides.vars,
        until=spec.overrides.until,
        after=spec.overrides.after,
    )
    words = [word for pair in _options(overrides, sheet.ask) for word in pair]
    kept = [word for path, text in spec.parsed.files.items() for word in (_FILE, f"{path}={_packed(text)}")]
    if with_files and sum(map(len, kept)) <= MOST_KEPT:
        words += kept
    return f"{checksum(sheet.analysis, sheet.ask)} {shlex.join(words)}"


def _packed(text: str) -> str:
    return base64.urlsafe_b64encode(zlib.compress(text.encode(), 9)).decode("ascii")


def _unpacked(text: str) -> str | None:
    """A text that was packed; None if this is none, or too large a one."""
    try:
        unpacking = zlib.decompressobj()
        data = unpacking.decompress(base64.urlsafe_b64decode(text), MAX_BYTES)
        return None if unpacking.unconsumed_tail else data.decode()
    except (ValueError, zlib.error):
        return None


def _options(overrides: Overrides, ask: Sequence[str]) -> list[tuple[str, str]]:
    names = ("layout", "convention", "variant", "until", "after")
    inputs = [("--input", each) for each in overrides.inputs.values]
    options = [(f"--{name}", value) for name in names if (value := getattr(overrides, name))]
    variables = [("--set", f"{name}={value}") for name, value in overrides.vars]
    digests = [(_FILE, f"{path} {hashlib.sha256(text.encode()).hexdigest()[:8]}") for path, text in overrides.files]
    return [*inputs, *options, *variables, ("--ask", ",".join(ask)), *digests]


def read_record(line: str) -> Record | None:
    """What the line of a sheet says; None if it was changed beyond recognition."""
    try:
        checksum, *words = shlex.split(line)
    except ValueError:
        return None
    if not re.fullmatch("[0-9a-f]{12}", checksum) or len(words) % 2:
        return None
    options: dict[str, str] = {}
    inputs = []
    variables = []
    files: list[tuple[str, str]] = []
    for name, value in zip(words[::2], words[1::2], strict=True):
        if name == "--set" and "=" in value:
            variables.append((value.partition("=")[0], value.partition("=")[2]))
        elif name == _FILE and "=" in value and len(files) < MOST_FILES:
            path, _, packed = value.partition("=")
            if (text := _unpacked(packed)) is None:
                return None
            files.append((path, text))
        elif name == "--input":
            inputs.append(value)
        elif name in ("--layout", "--convention", "--variant", "--until", "--after", "--ask"):
            options[name[2:]] = value
        else:
            return None
    ask = tuple(options.pop("ask", "").split(","))
    try:
        given = GivenInputs.of_options(inputs)
    except ValueError:
        return None
    return Record(
        checksum,
        Overrides(
            given,
            options.get("convention"),
            options.get("layout"),
            options.get("variant"),
            tuple(variables),
            until=options.get("until"),
            after=options.get("after"),
            files=tuple(files),
        ),
        ask,
    )


def checksum(analysis: Analysis, ask: Sequence[str]) -> str:
    """A checksum that is the same for two sheets that ask the same about the same network, whatever its name."""
    found = hashlib.sha256()
    for piece in _structure(analysis, ask):
        found.update(piece.encode())
    return found.hexdigest()[:12]


def _structure(analysis: Analysis, ask: Sequence[str]) -> Iterator[str]:
    """Everything that the answers follow from, without the answers, and what is asked: as JSON, piece by piece."""
    spec = analysis.spec
    settings = lru_cache(MOST_ALIKE)(_settings)
    inputs = [[node.name, *node.output.sizes(spec.layout)] for node in spec.graph.inputs]
    yield f"[[{', '.join(map(json.dumps, (spec.layout, spec.convention, inputs)))}, ["
    for index, node in enumerate(spec.graph.nodes):
        read = [source.name for source in node.inputs]
        weights = node.shares.name if node.shares else ""
        own = [node.name, node.kind, read, weights, settings(node.layer) if node.layer else []]
        yield f"{', ' if index else ''}{json.dumps(own)}"
    yield f"]], {json.dumps(sorted(set(ask)))}]"


def _settings(layer: Layer) -> list[str]:
    """The settings that are not the default, so that a setting added in a later version changes nothing."""
    values = vars(layer)
    found = []
    for name, declared in sorted(layer.settings.items()):
        default = declared.default
        if name not in values or values[name] is None:
            continue
        is_default = isinstance(default, Like) and values[name] == values[default.setting]
        is_default = is_default or (isinstance(default, str) and declared.type.show(values[name]) == default)
        # (`1e-4` of the first version is shown as 0.0001: it counts as written, as in the sheets that are handed out)
        is_default = is_default or (declared.since > 1 and layer.is_default(name))
        if not is_default:
            found.append(f"{name}={values[name]}")
    return found


# -- which sheet was handed in


class Match(NamedTuple):
    """The sheet that a hand-in is graded with.

    Attributes:
        sheet: the sheet; None if there is none for it.
        reason: why it is not graded, "" if it is; its student reads it too.
        note: what only the teacher should know.
        owner: the student that the sheet was made for, "" if it was made for everybody.
    """

    sheet: Sheet | None
    reason: str = ""
    note: str = ""
    owner: str = ""


class Matching(NamedTuple):
    """The sheets that hand-ins are graded with.

    Attributes:
        name: what they are called together: the name of the model, or of the folder of keys.
        sheets: each once.
        matches: one for each hand-in.
    """

    name: str
    sheets: list[Sheet]
    matches: list[Match]


class OptionChoice(NamedTuple):
    """The sheet that hand-ins are graded with, and for each hand-in why it is not such a sheet, "" if it is."""

    sheet: Sheet
    reasons: list[str]


class Keys:
    """The key, as the caller gave it, and as the hand-ins say that their sheets were made.

    Attributes:
        own: the analysis of the key as the caller gave it.
        make: the analysis of the same model with other options; None if they do not fit it.
        is_fixed: whether the caller gave options, which no hand-in can change.
        ask: what the caller asks for; None if the hand-ins say it.
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

    def match(self, submissions: Sequence[Submission | None]) -> Matching:
        """The one sheet, and why hand-ins are not such a sheet."""
        sheet, reasons = self.choose(submissions)
        return Matching(sheet.name, [sheet], [Match(sheet, reason) for reason in reasons])

    def choose(self, submissions: Sequence[Submission | None]) -> OptionChoice:
        """The sheet that most hand-ins were made for, among those that the key can make."""
        records = [read_record(each.made_with) if each and each.made_with else None for each in submissions]
        counts = Counter(record for record in records if record)
        tried = {record: self._sheet(record) for record, _ in counts.most_common(MOST_TRIED)}
        sheets = {record: sheet for record, sheet in tried.items() if sheet}
        chosen = self._commonest(sheets, counts)
        if chosen is None and sheets:
            reason = "the sheets of this class were made in different ways, equally often: grade each kind separately"
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
        """The sheet that a record describes; None if the key does not make one with this checksum."""
        if checksum(self.own, record.ask) == record.checksum:
            return sheet_of(self.own, self.ask or record.ask, self.given)
        made = None if self.is_fixed else self._made(record.overrides)
        if made is None or checksum(made, record.ask) != record.checksum:
            return None
        return sheet_of(made, self.ask or record.ask, record.overrides)

    def _made(self, overrides: Overrides) -> Analysis | None:
        try:
            return self.make(overrides)
        except Exception:  # what a student wrote must not stop the grading of others
            return None

    def _commonest(self, sheets: dict[Record, Sheet], counts: Counter[Record]) -> Record | None:
        """The record that most sheets have; of two, the one that matches the key as the caller gave it."""
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
        if submission.worksheet and sheet_key(submission.worksheet) != sheet_key(name):
            return f"the sheet is for `{submission.worksheet[:60]}`, but the key is for `{name}`"
        if record and sheet and chosen:
            return f"the sheet was made with {record.unlike(chosen)}, but most others with {chosen.unlike(record)}"
        if not submission.made_with:
            return ""
        own = read_record(made_with(self._own()))
        if record and own and self.is_fixed and (unlike := record.unlike(own._replace(ask=record.ask))):
            return (
                f"the sheet was made with {unlike[:120]}, but the key with {own.unlike(record._replace(ask=own.ask))}"
            )
        return f"its line `made_with` was changed, or `{name}` was changed since the sheet was made"


def sheet_key(name: str) -> str:
    """The name of a sheet, regardless of case and punctuation."""
    return "".join(each for each in name.casefold() if each.isalnum())
