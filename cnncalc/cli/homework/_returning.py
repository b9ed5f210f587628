"""What goes back to students: the options of `homework grade`."""

import os
import sys
from collections.abc import Callable, Sequence
from typing import Annotated

from cnncalc.cli import FINDINGS, common
from cnncalc.cli.homework._reading import read_or_exit
from cnncalc.cli.options.declared import Option, OptionGroup
from cnncalc.cli.options.rules import Rule
from cnncalc.homework.gradebook.exports import Contact
from cnncalc.homework.gradebook.feedback_zip import name_in_zip, numbered, zipped
from cnncalc.homework.gradebook.filenames import distinct
from cnncalc.homework.gradebook.identity import name_key
from cnncalc.homework.gradebook.pseudonyms import pseudonym
from cnncalc.homework.gradebook.roster import read_secret
from cnncalc.homework.grading.batch import GradedFile
from cnncalc.report.formats.registry import FORMATS, formats_of
from cnncalc.report.progress import progress
from cnncalc.report.text import clean
from cnncalc.report.views.homework.writers import FeedbackWriters, HandInReport, MailMergeReport

FEEDBACK = formats_of(HandInReport)
RULES = (
    Rule("--feedback-format", needs=("--feedback", "--feedback-zip")),
    Rule("--pseudonyms", needs=("--secret-file",)),
    Rule("--pseudonyms", needs=("--feedback", "--feedback-zip")),
    Rule("--secret-file", needs=("--pseudonyms",)),
)


class Returning:
    """The files that feedback goes into, if any."""

    def __init__(
        self,
        feedback: Annotated[
            str | None,
            common.value("DIR", "Write each student's feedback into this folder.", "--feedback"),
        ] = None,
        feedback_zip: Annotated[
            str | None,
            common.value("ZIP", "The same in a zip for Moodle or Canvas.", "--feedback-zip"),
        ] = None,
        feedback_format: Annotated[
            str, common.choice(FEEDBACK, "The format of the feedback.", "--feedback-format")
        ] = "text",
        mail_merge: Annotated[
            str | None, common.value("CSV", "Write addresses, points and feedback for a mail merge.", "--mail-merge")
        ] = None,
        pseudonyms: Annotated[
            bool, Option("--pseudonyms", help="Name feedback files after a keyed hash of their student.")
        ] = False,
        secret_file: Annotated[str | None, common.value("FILE", "The key of the pseudonyms.", "--secret-file")] = None,
    ) -> None:
        self._folder, self._zip, self._format, self._mail_merge = feedback, feedback_zip, feedback_format, mail_merge
        self._secret = read_or_exit(secret_file, read_secret) if pseudonyms and secret_file is not None else None

    @property
    def files(self) -> list[str]:
        """What is written."""
        return [each for each in (self._folder, self._zip, self._mail_merge) if each is not None]

    def write(
        self,
        results: Sequence[GradedFile],
        writers: FeedbackWriters,
        contact: Callable[[GradedFile], Contact],
        participant: Callable[[GradedFile], int | None],
    ) -> None:
        """Writes all that is asked for.

        Args:
            contact: where a student can be reached.
            participant: the student's number in Moodle, as far as it is known.
        """
        names = distinct([self._wishes(result, contact(result)) for result in results])
        suffix = FORMATS[self._format].suffix
        if self._folder is not None or self._zip is not None:
            texts = self._texts(results, writers)
            if self._folder is not None:
                _write_folder(self._folder, {name + suffix: text for name, text in zip(names, texts, strict=True)})
            if self._zip is not None:
                self._write_zip(self._zip, results, names, texts, participant)
        if self._mail_merge is not None:
            files = [name + suffix if self._folder is not None else "" for name in names]
            report = MailMergeReport(writers, results, contact, files)
            common.Target(self._mail_merge).write_report(report, "csv")

    def _texts(self, results: Sequence[GradedFile], writers: FeedbackWriters) -> list[str]:
        texts = []
        with progress("homework grade", "writing feedback", len(results)) as work:
            for result in results:
                texts.append(HandInReport(writers, result).render(self._format))
                work.step()
        return texts

    def _write_zip(
        self,
        path: str,
        results: Sequence[GradedFile],
        names: Sequence[str],
        texts: Sequence[str],
        participant: Callable[[GradedFile], int | None],
    ) -> None:
        files: dict[str, str] = {}
        taken: set[str] = set()
        unknown = 0
        for result, name, text in zip(results, names, texts, strict=True):
            member, is_known = name_in_zip(result.file, name, FORMATS[self._format].suffix, participant(result))
            files[numbered(member, taken)] = text
            unknown += not is_known
        with common.written_file(path) as file:
            file.write(zipped(files))
        if unknown:
            which = f"{unknown} of {len(results)} files in {path}"
            how = "grade what you download there, under the names that it gives"
            print(clean(f"cnncalc: {which} have names that neither Moodle nor Canvas knows: {how}"), file=sys.stderr)

    def _wishes(self, result: GradedFile, contact: Contact) -> list[str]:
        """Possible names for the feedback about a file, the best first."""
        if self._secret is None:
            return _wishes(result.file)
        name = "" if result.submission is None or result.submission.is_nameless else name_key(result.student)
        return [pseudonym(contact.id or contact.login or contact.email or name or result.file, self._secret)]


ReturningOptions = Annotated[Returning, OptionGroup(Returning)]


def _write_folder(folder: str, files: dict[str, str]) -> None:
    """Writes files into a folder; those of an earlier run are replaced."""
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        print(clean(f"cnncalc: {folder} was not written: {error.strerror or error}"), file=sys.stderr)
        raise SystemExit(FINDINGS) from None
    for name, text in files.items():
        common.Target(os.path.join(folder, name)).write(text)


def _wishes(path: str) -> list[str]:
    """Possible names for the feedback about a file, the shortest first."""
    folder, name = os.path.split(path)
    stem, suffix = os.path.splitext(name)
    folders = [part for part in folder.split(os.sep) if part not in ("", ".", "..")]
    beside = "_".join([*folders[-1:], stem])
    return [stem, beside, f"{beside}_{suffix[1:]}" if suffix else beside, "_".join([*folders, stem])]
