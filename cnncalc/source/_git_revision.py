"""Files at a revision of a Git repository: `git:REVISION:PATH`.

A repository may come from a stranger, just as a spec may, and its `.git/config` can name programs for Git to run: a
file system monitor, hooks, whatever fetches the objects that a partial clone lacks. A single function calls Git, asks
only for names and plain objects, turns all of that off, and waits for a limited time.
"""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from typing import TYPE_CHECKING, NoReturn

from cnncalc.errors import CnncalcError
from cnncalc.named_tuple import NamedTuple
from cnncalc.source.diagnostics import START, Diagnostic, excerpt
from cnncalc.source.files import MAX_BYTES, MODEL_ENDINGS, Source, Unreadable, decode, file_too_large

if TYPE_CHECKING:
    from subprocess import Popen

MOST_MODEL_BYTES = 100_000_000
"""The largest file of another tool that is read from a revision: it is unpacked into memory."""

TIMEOUT = 20
"""The time limit for Git, in seconds."""

_VARIABLES = {
    "GIT_ALLOW_PROTOCOL": "none",  # nothing is fetched, even if a partial clone lacks it,
    "GIT_NO_LAZY_FETCH": "1",  # nor is a fetch attempted (known to Git 2.39.4, and 2.45 and later)
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_REPLACE_OBJECTS": "1",  # what the revision contains, not what replaces it
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
    "safe.bareRepository=explicit",  # a folder that merely looks like a repository, with its own config, is not used
)
_KEPT = ("GIT_CONFIG_", "GIT_EXEC_PATH", "GIT_CEILING_DIRECTORIES", "GIT_DISCOVERY_ACROSS_FILESYSTEM", "GIT_INDEX_FILE")
"""Git variables that are kept: the caller's own configuration, limits of the search, and the index of a commit in
progress. Others could lead to another repository, or write a trace."""
_DROPPED = "GIT_CONFIG_PARAMETERS"
"""The `-c` options of a Git that called us; they come before our own."""


class GitError(CnncalcError):
    """Git failed; the text is its error message."""


def committed(name: str) -> Source:
    """The text of a file at a revision, or in the index if none is given; the path is relative to the working
    directory.

    Raises:
        Unreadable: there is no such file or revision, or no Git.
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
        help = [f"this is a {entry.kind}: name a file in it"] if entry else []
        _refuse(name, f"there is no file `{path}` in {f'revision `{revision}`' if revision else 'the index'}", *help)
    try:
        data = _contents(name, entry.id, _shown(revision, path))
    except GitError as error:
        _refuse(name, *_explained(revision, path, str(error)))
    if entry.mode == "120000":
        target = excerpt(data.decode("utf-8", "replace"))
        _refuse(name, f"this is a symbolic link to `{target}`", "name the file that it points to")
    return decode(data, name, origin=name)


def _refuse(name: str, message: str, *help: str) -> NoReturn:
    raise Unreadable(Diagnostic("CNN101", message, name, START, "", help))


class _Entry(NamedTuple):
    """What Git has at a path: its mode, its type, and the object's id."""

    mode: str
    kind: str
    id: str


_KINDS = {"tree": "directory", "commit": "submodule"}


def _entry(revision: str, path: str) -> _Entry | None:
    """What is at a path in a revision or in the index; only the commit and its trees are read for this."""
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
        raise GitError(f"`{path}` has a merge conflict, so there is no text of it in the index")
    is_below = found != os.fsencode(path)  # the index only contains files
    return _Entry(fields[0], "submodule" if fields[0] == "160000" else "directory" if is_below else "blob", fields[1])


def _contents(name: str, id: str, otherwise: str) -> bytes:
    """The bytes of a file. Its size is asked first: a few hundred bytes can unpack to any number of bytes.

    Args:
        otherwise: the command that writes it to a file, whatever its size.

    Raises:
        Unreadable: it is too large.
    """
    size, is_model = int(_git("cat-file", "-s", id)), name.lower().endswith(tuple(MODEL_ENDINGS))
    if is_model and size > MOST_MODEL_BYTES:
        message = f"the file has {size:,} bytes, and at most {MOST_MODEL_BYTES:,} of a revision are read"
        raise Unreadable(Diagnostic("CNN104", message, name, START, "", (f"`{otherwise}` writes it to a file",)))
    if not is_model and size > MAX_BYTES:
        raise Unreadable(file_too_large(name))
    return _git("cat-file", "blob", id)


def _explained(revision: str, path: str, complaint: str) -> tuple[str, ...]:
    """What Git's error message means, and what to do about it."""
    if complaint == _NO_GIT:
        return (complaint,)
    if "not a git repository" in complaint or "safe.bareRepository" in complaint:
        return ("this folder is not in a Git repository",)
    if "dubious ownership" in complaint:
        way = "`git config --global --add safe.directory FOLDER` trusts it"
        return "Git does not trust this repository, which belongs to someone else", way
    if "outside repository" in complaint:
        return (_OUTSIDE,)
    if "alid object name" in complaint and "cat-file" not in complaint:
        way = "a build server may have fetched only one commit: with actions/checkout, `fetch-depth: 0` fetches all"
        return f"there is no revision `{revision}`", way
    if any(words in complaint for words in _MISSING):
        command = _shown(revision, path)
        way = f"in a repository that you trust, `{command}` fetches it into a file that you can name instead"
        return "the file is not in this clone, which is a partial one, and cnncalc does not let Git fetch anything", way
    return (f"git: {excerpt(complaint)}",)


def _shown(revision: str, path: str) -> str:
    """The command that writes a file of a revision to the working directory."""
    from shlex import quote

    return f"git show {quote(f'{revision}:./{path}')} > old{os.path.splitext(path)[1]}"


_NO_GIT = "git is not installed"
_OUTSIDE = "the path leads out of the Git repository"
_MISSING = ("could not fetch", "lazy fetching disabled", "not allowed")
"""How Git says that an object is missing; an old Git names the refused transport (`transport 'ssh' not allowed`)."""


# -- running it


def _git(*arguments: str) -> bytes:
    """Git's output. Nothing in a repository can make this call run a program, fetch, or wait for ever.

    Raises:
        GitError: Git cannot be run, or fails.
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
            start_new_session=True,  # so that it has no terminal to prompt on
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
    """Ends Git and anything it may have started."""
    if os.name == "posix":
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()


def _program() -> str | None:
    """The path of Git, but never a program in the working directory, where some systems look first or which PATH names
    as `.`."""
    name = "git.exe" if os.name == "nt" else "git"
    folders = [each for each in os.get_exec_path() if os.path.isabs(each)]
    files = (os.path.join(folder, name) for folder in folders)
    return next((file for file in files if os.path.isfile(file) and os.access(file, os.X_OK)), None)


def _environment() -> dict[str, str]:
    """The environment for Git."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("GIT_") or (name.startswith(_KEPT) and name != _DROPPED)
    }
    return {**kept, **_VARIABLES}
