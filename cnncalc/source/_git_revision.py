"""Files as a revision of a Git repository has them: `git:REVISION:PATH`.

A repository is a stranger's as much as a spec is, and its `.git/config` can name programs that Git then runs: a
monitor of the file system, hooks, whatever fetches the objects that a partial clone lacks. Git is asked for names and
plain objects alone, by one function, which turns all of that off, and waits for a limited time.
"""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from typing import TYPE_CHECKING, NoReturn

from cnncalc.errors import CnncalcError
from cnncalc.named_tuple import NamedTuple
from cnncalc.source.diagnostics import START, Diagnostic, excerpt
from cnncalc.source.files import MAX_BYTES, Source, Unreadable, decode, file_too_large

if TYPE_CHECKING:
    from subprocess import Popen

TIMEOUT = 20
"""Seconds that Git may take."""

_VARIABLES = {
    "GIT_ALLOW_PROTOCOL": "none",  # nothing is fetched, whatever a partial clone lacks,
    "GIT_NO_LAZY_FETCH": "1",  # nor asked for (known to Git from 2.45 on, and 2.39.4)
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_REPLACE_OBJECTS": "1",  # what the revision has, not what is put in its place
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}
_CONFIG = (
    "core.fsmonitor=false",
    f"core.hooksPath={os.devnull}",
    "core.sshCommand=false",
    "core.pager=cat",
    "core.useReplaceRefs=false",
    "credential.helper=",
    "protocol.allow=never",
    "safe.bareRepository=explicit",  # a folder that looks like a repository, with a config of its own, is none
)
_KEPT = ("GIT_CONFIG_", "GIT_EXEC_PATH", "GIT_CEILING_DIRECTORIES", "GIT_DISCOVERY_ACROSS_FILESYSTEM", "GIT_INDEX_FILE")
"""Variables of Git's that stay: the caller's own configuration, bounds of the search, and the index of a commit that
is being made. Others would lead to another repository, or write a trace."""
_DROPPED = "GIT_CONFIG_PARAMETERS"
"""What a Git that called us was told by `-c`; it goes before what we tell it."""


class GitError(CnncalcError):
    """Git failed; the text is its complaint."""


def committed(name: str) -> Source:
    """The text of a file as a revision has it, or the index without one; the path is from the working directory.

    Raises:
        Unreadable: there is no such thing, or no Git.
    """
    revision, colon, path = name.removeprefix("git:").partition(":")
    if not colon or not path or revision.startswith("-") or "\0" in name:
        _refuse(name, "expected git:REVISION:PATH, as in git:main:net.yaml")
    try:
        path = os.path.relpath(path).replace(os.sep, "/")
    except ValueError:  # another drive
        _refuse(name, _OUTSIDE)
    try:
        entry = _entry(revision, path)
    except GitError as error:
        _refuse(name, *_explained(revision, path, str(error)))
    if entry is None or entry.kind != "blob":
        help = [f"it is a {entry.kind}: name a file in it"] if entry else []
        _refuse(name, f"there is no file `{path}` in {f'revision `{revision}`' if revision else 'the index'}", *help)
    try:
        data = _contents(name, entry.id)
    except GitError as error:
        _refuse(name, *_explained(revision, path, str(error)))
    if entry.mode == "120000":
        target = excerpt(data.decode("utf-8", "replace"))
        _refuse(name, f"this is a symbolic link to `{target}`", "name the file that it leads to")
    return decode(data, name)


def _refuse(name: str, message: str, *help: str) -> NoReturn:
    raise Unreadable(Diagnostic("CNN101", message, name, START, "", help))


class _Entry(NamedTuple):
    """What Git has under a path: its mode, what it is, and the object's id."""

    mode: str
    kind: str
    id: str


_KINDS = {"tree": "directory", "commit": "submodule"}


def _entry(revision: str, path: str) -> _Entry | None:
    """What stands under a path in a revision, or in the index; no object is read for it but commit and trees."""
    if path.rpartition("/")[2] in (".", ".."):
        return _Entry("040000", "directory", "")
    command = ["ls-tree", "-z", revision] if revision else ["ls-files", "-z", "--stage"]
    about, _, found = _git(*command, "--", path).partition(b"\0")[0].partition(b"\t")
    fields = about.decode("ascii", "replace").split(" ")
    if len(fields) != 3:
        return None
    if revision:
        return _Entry(fields[0], _KINDS.get(fields[1], fields[1]), fields[2])
    if fields[2] != "0":
        raise GitError(f"`{path}` has a merge conflict, and so no text in the index")
    is_below = found != os.fsencode(path)  # the index holds files alone
    return _Entry(fields[0], "submodule" if fields[0] == "160000" else "directory" if is_below else "blob", fields[1])


def _contents(name: str, id: str) -> bytes:
    """The bytes of a file, whose size is asked first: a few hundred bytes can unpack to any number.

    Raises:
        Unreadable: it is too large.
    """
    if int(_git("cat-file", "-s", id)) > MAX_BYTES:
        raise Unreadable(file_too_large(name))
    return _git("cat-file", "blob", id)


def _explained(revision: str, path: str, complaint: str) -> tuple[str, ...]:
    """What Git's complaint means, and ways out."""
    if complaint == _NO_GIT:
        return (complaint,)
    if "not a git repository" in complaint or "safe.bareRepository" in complaint:
        return ("this folder is in no Git repository",)
    if "dubious ownership" in complaint:
        way = "`git config --global --add safe.directory FOLDER` trusts it"
        return "Git does not trust this repository, which belongs to someone else", way
    if "outside repository" in complaint:
        return (_OUTSIDE,)
    if "alid object name" in complaint and "cat-file" not in complaint:
        way = "a build server may have fetched one commit only: with actions/checkout, `fetch-depth: 0` fetches all"
        return f"there is no revision `{revision}`", way
    if any(words in complaint for words in _MISSING):
        from shlex import quote

        command = f"git show {quote(f'{revision}:./{path}')} > old.yaml"
        way = f"in a repository that you trust `{command}` fetches it, and writes a file to name instead"
        return "the file is not in this clone, which is a partial one: cnncalc lets Git fetch nothing", way
    return (f"git: {excerpt(complaint)}",)


_NO_GIT = "git is not installed"
_OUTSIDE = "the path leads out of the Git repository"
_MISSING = ("could not fetch", "lazy fetching disabled", "not allowed")
"""How Git says that an object is not there; an old one of what was to fetch it (`transport 'ssh' not allowed`)."""


# -- running it


def _git(*arguments: str) -> bytes:
    """What Git answers. Nothing in a repository can make this call run a program, fetch, or wait for ever.

    Raises:
        GitError: it cannot be run, or fails.
    """
    import subprocess

    program = _program()
    if program is None:
        raise GitError(_NO_GIT)
    settings = [part for each in _CONFIG for part in ("-c", each)]
    try:
        with subprocess.Popen(
            [program, "--no-pager", *settings, *arguments],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=_environment(),
            start_new_session=True,  # without a terminal to ask at
        ) as process:  # fmt: skip
            try:
                data, complaint = process.communicate(timeout=TIMEOUT)
            except BaseException:
                _end(process)
                raise
    except subprocess.TimeoutExpired:
        raise GitError(f"no answer within {TIMEOUT} seconds") from None
    except (OSError, ValueError) as error:
        raise GitError(f"it cannot be run: {error}") from None
    if process.returncode:
        lines = complaint.decode("utf-8", "replace").strip().splitlines()
        raise GitError(" ".join(line.removeprefix("fatal: ") for line in lines) or f"status {process.returncode}")
    return data


def _end(process: Popen[bytes]) -> None:
    """Ends Git, and what it may have started."""
    if os.name == "posix":
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()


def _program() -> str | None:
    """Git's path. Not what lies in the working directory, which systems may look at first, or PATH name as `.`."""
    name = "git.exe" if os.name == "nt" else "git"
    folders = [each for each in os.get_exec_path() if os.path.isabs(each)]
    files = (os.path.join(folder, name) for folder in folders)
    return next((file for file in files if os.path.isfile(file) and os.access(file, os.X_OK)), None)


def _environment() -> dict[str, str]:
    """The environment that Git gets."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("GIT_") or (name.startswith(_KEPT) and name != _DROPPED)
    }
    return {**kept, **_VARIABLES}
