"""The key, or the folder of keys, that hand-ins are graded with."""

import os
import sys
from collections.abc import Callable, Sequence

from cnncalc.analysis import Analysis, analyze
from cnncalc.cli import FINDINGS, common
from cnncalc.cli.homework.sheet import asked
from cnncalc.cli.options.rules import UsageError
from cnncalc.homework.gradebook.identity import may_be
from cnncalc.homework.sheet.key_folder import KeyFolder
from cnncalc.homework.sheet.record import Keys
from cnncalc.report.text import clean
from cnncalc.spec.reader import Spec, read
from cnncalc.spec.top_level import Overrides


def open_keys(
    key: str,
    given: Overrides,
    ask: str | None,
    is_same: Callable[[str, str], bool] = may_be,
    students: Sequence[str] = (),
) -> Keys | KeyFolder:
    """What `--key` names; why it cannot be used goes to standard error, and ends the command.

    Args:
        is_same: whether two names may be those of one student.
        students: who handed in, if that is known from elsewhere than the hand-ins.
    """
    words = asked(ask) if ask else None
    if not os.path.isdir(key):
        return _keys(common.load(key, given), given, words)
    return open_folder(key, given, words, is_same, students)


def open_folder(
    key: str,
    given: Overrides,
    ask: Sequence[str] | None,
    is_same: Callable[[str, str], bool] = may_be,
    students: Sequence[str] = (),
    option: str = "--key",
) -> KeyFolder:
    """The keys in a folder, of which there is at least one; `option` names the folder."""
    options = {"names_of": lambda _: students} if students else {}
    try:
        folder = KeyFolder(key, ask, given, is_same, **options)
    except OSError as error:
        print(clean(f"cnncalc: {key} cannot be opened: {error.strerror or error}"), file=sys.stderr)
        raise SystemExit(FINDINGS) from None
    if not folder.files:
        raise UsageError(f"there are no specs in {clean(key)}", option)
    return folder


def refuse_mixture(key: str, answers: list[str]) -> None:
    """Refuses hand-ins among the keys, where a student could hand in a key."""
    if os.path.isdir(key) and any(os.path.realpath(each) == os.path.realpath(key) for each in answers):
        raise UsageError("keys and hand-ins need a folder each", "--key")


def files_of(key: str, keys: Keys | KeyFolder) -> list[str]:
    """The files that are no hand-ins because they are keys, or made from them."""
    if isinstance(keys, Keys):
        return [key]
    return [path for file in keys.files for path in (file.path, *file.sheets)]


def _keys(spec: Spec, given: Overrides, ask: list[str] | None) -> Keys:
    """The sheets that the key stands for: as the caller says, or as the hand-ins say that they were made."""

    def make(overrides: Overrides) -> Analysis | None:
        if spec.variant and overrides.variant != spec.variant:
            return None
        other, _ = read(spec.parsed, overrides)
        return analyze(other) if other else None

    return Keys(analyze(spec), make, given != Overrides(), ask, given)
