"""A folder of keys: each hand-in is graded with the one that its line `worksheet` names.

The folder is what `homework exercise -o` writes: `ada.yaml` is the spec, `ada-sheet.yaml` and `ada-key.yaml` are made
from it. Only specs are keys; each is read when the first hand-in needs it. No hand-in can change how its key is read:
it may be the only one, with no others to compare it with.

A sheet that was made for a student, whose name is on it, is that student's. Nobody else gets points for it.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Sequence

from cnncalc.analysis import analyze
from cnncalc.homework.gradebook.identity import may_be
from cnncalc.homework.handins.files import SUFFIXES, HandIn, UnreadableFile, is_clutter
from cnncalc.homework.handins.lms_names import named_by_lms
from cnncalc.homework.handins.submissions import Submission, read_hand_in
from cnncalc.homework.language import translatable
from cnncalc.homework.sheet.questions import Sheet, known_words, refuse_large, refuse_without_blanks
from cnncalc.homework.sheet.record import DEFAULT_ASK, Keys, Match, Matching, read_record, sheet_key
from cnncalc.named_tuple import NamedTuple
from cnncalc.source.files import Unreadable, read_file
from cnncalc.spec.reader import read
from cnncalc.spec.top_level import Overrides

_SPECS = (".yaml", ".yml")
_NAME = re.compile(r"""^name[ \t]*:[ \t]*(?:"([^"\n]+)"|'([^'\n]+)'|([^"'#\n][^#\n]*))""", re.MULTILINE)
"""The name in the text of a spec."""
_ANSWERS = re.compile(r"^(worksheet|answers)[ \t]*:", re.MULTILINE)
"""What only answer sheets have."""
_SOLUTIONS = "solutions for "
"""What stands before the student's name in a key."""


class KeyFile(NamedTuple):
    """A spec in the folder: what sheets call it, its path, and the sheets that may say whose it is."""

    name: str
    path: str
    sheets: tuple[str, ...] = ()


class KeyFolder:
    """The keys in a folder.

    Attributes:
        name: that of the folder.
        files: the specs in it.
    """

    def __init__(
        self,
        folder: str,
        ask: Sequence[str] | None = None,
        given: Overrides | None = None,
        is_same: Callable[[str, str], bool] = may_be,
        names_of: Callable[[Submission], Sequence[str]] = lambda each: () if each.is_nameless else (each.student,),
    ) -> None:
        """Looks which specs there are.

        Args:
            ask: what the sheets ask; by default what most hand-ins say.
            given: what the caller sets instead of the specs.
            is_same: whether two names may be those of one student.
            names_of: who handed in, as far as that is known.

        Raises:
            OSError: the folder cannot be read.
        """
        self.name = os.path.basename(os.path.abspath(folder))
        self.files = _specs_in(folder)
        self._ask = tuple(ask) if ask is not None else None
        self._given = given or Overrides()
        self._is_same = is_same
        self._names_of = names_of
        self._read: dict[str, Keys | Match] = {}
        self._owners: dict[str, str] = {}

    def match(self, submissions: Sequence[Submission | None]) -> Matching:
        """The sheet of each hand-in."""
        if self._ask is None:
            self._ask = _most_asked(submissions)
        matches = [self._match(each) if each else Match(None) for each in submissions]
        sheets = {id(each.sheet): each.sheet for each in matches if each.sheet}
        return Matching(self.name, list(sheets.values()), matches)

    def sheets(self) -> list[Sheet]:
        """The sheets of all keys that can be used."""
        keys = filter(None, (found if isinstance(found := self._keys(file), Keys) else None for file in self.files))
        return [sheet for each in keys for sheet in each.match([]).sheets]

    def unusable(self) -> list[str]:
        """What is wrong with keys, whether a hand-in needs them or not."""
        self._ask = self._ask or DEFAULT_ASK
        notes = [found.note for file in self.files if isinstance(found := self._keys(file), Match)]
        names = Counter(sheet_key(file.name) for file in self.files)
        twice = [file for file in self.files if names[sheet_key(file.name)] > 1]
        return [*notes, *([_ambiguous(twice[0].name, twice).note] if twice else [])]

    def _match(self, submission: Submission) -> Match:
        files = self._files_for(submission)
        if len(files) != 1:
            name = submission.worksheet or submission.student
            return _ambiguous(name, files) if files else self._missing(submission)
        keys = self._keys(files[0])
        if isinstance(keys, Match):
            return keys
        match = keys.match([submission]).matches[0]
        return match if match.reason else self._owned(submission, files[0], match)

    def _files_for(self, submission: Submission) -> list[KeyFile]:
        """The keys that a hand-in may mean: by its line `worksheet`; without it, by its student's name."""
        if name := submission.worksheet:
            exact = [file for file in self.files if file.name == name]
            return exact or [file for file in self.files if sheet_key(file.name) == sheet_key(name)]
        return [file for file in self.files if self._is_of(self._owner(file) or file.name, submission)]

    def _is_of(self, owner: str, submission: Submission) -> bool:
        return any(self._is_same(owner, name) for name in self._names_of(submission))

    def _missing(self, submission: Submission) -> Match:
        """The answer to a hand-in that no key is for."""
        if name := submission.worksheet[:60]:
            reason = translatable("there is no key for this sheet: hand in the sheet that you were given")
            return Match(None, reason, f"put the spec of `{name}` into the folder of keys")
        reason = translatable(
            "it does not say which sheet it is: hand in the sheet that you were given, with its line `worksheet: NAME`"
        )
        return Match(None, reason)

    # -- one key

    def _keys(self, file: KeyFile) -> Keys | Match:
        """What a spec is the key of, or why it is none; read once."""
        if file.path not in self._read:
            self._read[file.path] = self._opened(file)
        return self._read[file.path]

    def _opened(self, file: KeyFile) -> Keys | Match:
        try:
            spec, mistakes = read(read_file(file.path), self._given)
            if spec is None:
                return _broken(file, mistakes[0].message)
            refuse_large(spec)
            keys = Keys(analyze(spec), lambda _: None, True, self._ask, self._given)
            refuse_without_blanks(keys.match([]).sheets[0])
        except (Unreadable, ValueError) as error:
            return _broken(file, str(error))
        return keys

    def _owned(self, submission: Submission, file: KeyFile, match: Match) -> Match:
        """The match of a hand-in, unless its sheet was made for somebody else."""
        owner = self._owner(file)
        match = match._replace(owner=owner)
        if not owner or not submission.worksheet:
            return match
        note = f"the sheet was made for {owner}"
        if not self._names_of(submission):
            return match._replace(note=f"it gives no name; {note}")
        lms = named_by_lms(submission.file)
        is_known = lms is None or not lms.is_name or self._is_same(owner, lms.student)
        if self._is_of(owner, submission) and is_known:
            return match
        reason = translatable("the sheet was made for another student: hand in your own")
        return match._replace(reason=reason, note=note)

    def _owner(self, file: KeyFile) -> str:
        """The student that the sheet of a key was made for, "" if it was made for everybody."""
        if file.path not in self._owners:
            self._owners[file.path] = next(filter(None, map(_student_of, file.sheets)), "")
        return self._owners[file.path]


def _specs_in(folder: str) -> list[KeyFile]:
    names = sorted(name for name in os.listdir(folder) if not is_clutter(name))
    files = []
    for name in names:
        stem, suffix = os.path.splitext(name)
        path = os.path.join(folder, name)
        if suffix.lower() in _SPECS and os.path.isfile(path) and (called := _name_in(path, stem)):
            made = (f"{stem}-{part}{each}" for part in ("sheet", "key") for each in SUFFIXES)
            files.append(KeyFile(called, path, tuple(os.path.join(folder, each) for each in made if each in names)))
    return files


def _name_in(path: str, stem: str) -> str:
    """What sheets call the spec in a file, "" if it is an answer sheet; a file that cannot be read by its own name."""
    try:
        text = read_file(path).text
    except Unreadable:
        return stem
    if _ANSWERS.search(text):
        return ""
    if found := _NAME.search(text):
        return str(next(filter(None, found.groups()))).strip()
    return spec.name if text.lstrip().startswith("{") and (spec := read(read_file(path))[0]) else stem


def _student_of(path: str) -> str:
    """The student whose name is on a sheet, or on its key."""
    try:
        found = read_hand_in(HandIn(path))
    except UnreadableFile:
        return ""
    return "" if found.is_nameless or found.student == "solutions" else found.student.removeprefix(_SOLUTIONS)


def _most_asked(submissions: Sequence[Submission | None]) -> tuple[str, ...]:
    """What most sheets ask, by what they record; of two that are as frequent, what asks for more."""
    records = (read_record(each.made_with) for each in submissions if each and each.made_with)
    counts = Counter(record.ask for record in records if record and _is_known(record.ask))
    return max(counts, key=lambda ask: (counts[ask], len(ask)), default=DEFAULT_ASK)


def _is_known(ask: Sequence[str]) -> bool:
    try:
        known_words(ask)
    except ValueError:
        return False
    return True


def _broken(file: KeyFile, why: str) -> Match:
    reason = translatable("the key for this sheet has a mistake, which your teacher has to correct")
    return Match(None, reason, f"{file.path} cannot be used as a key: {why}")


def _ambiguous(name: str, files: Sequence[KeyFile]) -> Match:
    paths = ", ".join(file.path for file in files)
    reason = translatable("several keys are for this sheet, and your teacher has to say which one it is")
    return Match(None, reason, f"`{name[:60]}` is the name of {paths}: leave one in the folder, or rename the others")
