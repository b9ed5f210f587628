"""`git:REVISION:PATH` in repositories whose configuration, environment or contents would run programs or lead astray.

Whatever a hostile repository names as a program writes a canary; each test first shows, with Git as it comes, that its
trap works.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from cnncalc.source import _git_revision
from cnncalc.source.files import Unreadable
from cnncalc.source.open_model import open_model

SPEC = "input: 28x28x1\nlayers: [conv: 3x3x8]\n"

pytestmark = pytest.mark.skipif(os.name == "nt" or not shutil.which("git"), reason="needs Git and a POSIX shell")


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch):
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)


def git(*arguments: str, at: Path) -> str:
    command = ["git", "-c", "user.name=n", "-c", "user.email=e@x", *arguments]
    return subprocess.run(command, cwd=at, check=True, capture_output=True, text=True).stdout


def made(folder: Path) -> Path:
    folder.mkdir()
    git("init", "-q", "-b", "main", at=folder)
    (folder / "sub").mkdir()
    (folder / "sub" / "net.yaml").write_text(SPEC)
    (folder / "link.yaml").symlink_to("sub/net.yaml")
    (folder / "away.yaml").symlink_to("/etc/passwd")
    git("add", ".", at=folder)
    git("commit", "-qm", "one", at=folder)
    git("config", "uploadpack.allowFilter", "true", at=folder)
    return folder


class Trap:
    """A program that leaves a canary behind."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.canary = folder / "ran"
        self.program = folder / "program"
        self.program.write_text(f'#!/bin/sh\necho "$0 $@" >> "{self.canary}"\nexit 1\n')
        self.program.chmod(0o755)

    def assert_works(self, *command: str, at: Path) -> None:
        """Git itself falls for it."""
        subprocess.run(["git", *command], cwd=at, capture_output=True, check=False)
        assert self.canary.exists(), command
        self.canary.unlink()


@pytest.fixture
def trap(tmp_path):
    return Trap(tmp_path / "trap")


@pytest.fixture
def repository(tmp_path, monkeypatch):
    folder = made(tmp_path / "repository")
    monkeypatch.chdir(folder)
    return folder


def says(name: str) -> tuple[str, tuple[str, ...]]:
    with pytest.raises(Unreadable) as error:
        open_model(name)
    (found,) = error.value.diagnostics
    return found.message, found.help


def test_the_monitor_of_the_file_system(repository, trap):
    git("config", "core.fsmonitor", str(trap.program), at=repository)
    trap.assert_works("ls-files", at=repository)
    assert open_model("git::sub/net.yaml").text == SPEC
    assert open_model("git:main:sub/net.yaml").text == SPEC
    assert not trap.canary.exists()


def test_programs_by_configuration(repository, trap):
    """Pagers, aliases, filters, diff drivers and hooks, for every command that is called, and of its objects."""
    for key in (
        "core.pager", "pager.cat-file", "pager.ls-tree", "pager.ls-files", "core.editor", "core.askPass",
        "core.sshCommand", "core.gitProxy", "core.alternateRefsCommand", "diff.external", "diff.x.textconv",
        "diff.x.command", "filter.x.smudge", "filter.x.process", "credential.helper", "uploadpack.packObjectsHook",
        "gpg.program",
    ):  # fmt: skip
        git("config", key, str(trap.program), at=repository)
    for command in ("cat-file", "ls-tree", "ls-files"):
        git("config", f"alias.{command}", f"!{trap.program}", at=repository)
    (repository / ".git" / "info" / "attributes").write_text("* diff=x filter=x\n")
    git("config", "core.attributesFile", str(repository / ".git" / "info" / "attributes"), at=repository)
    for name in ("post-index-change", "fsmonitor-watchman", "reference-transaction", "post-checkout"):
        shutil.copy(trap.program, repository / ".git" / "hooks" / name)
    trap.assert_works("show", "main:sub/net.yaml", "--textconv", at=repository)
    for name in ("git:main:sub/net.yaml", "git::sub/net.yaml"):
        assert open_model(name).text == SPEC
    assert not trap.canary.exists()


@pytest.mark.parametrize("knows_no_lazy_fetch", [True, False])
@pytest.mark.parametrize("filter", ["blob:none", "tree:0"])
@pytest.mark.parametrize("how", ["ssh", "ext", "upload-pack", "vcs", "proxy"])
def test_a_partial_clone_fetches_nothing(tmp_path, monkeypatch, trap, how, filter, knows_no_lazy_fetch):
    """Git before 2.45 does not know GIT_NO_LAZY_FETCH: then what may be fetched with keeps it from running anything."""
    source, clone = made(tmp_path / "source"), tmp_path / "clone"
    git("clone", "-q", "--no-checkout", f"--filter={filter}", f"file://{source}", str(clone), at=tmp_path)
    settings = {
        "ssh": {"remote.origin.url": "ssh://nowhere.invalid/x", "core.sshCommand": str(trap.program)},
        "ext": {
            "remote.origin.url": f"ext::{trap.program}",
            "protocol.ext.allow": "always",
            "protocol.allow": "always",
        },
        "upload-pack": {"remote.origin.url": str(source), "remote.origin.uploadpack": str(trap.program)},
        "vcs": {"remote.origin.vcs": "ext", "remote.origin.url": str(trap.program), "protocol.ext.allow": "always"},
        "proxy": {"remote.origin.url": "git://nowhere.invalid/x", "core.gitProxy": str(trap.program)},
    }[how]
    for key, value in settings.items():
        git("config", key, value, at=clone)
    if not knows_no_lazy_fetch:
        monkeypatch.setitem(_git_revision._VARIABLES, "GIT_NO_LAZY_FETCH", "0")
    monkeypatch.chdir(clone)
    trap.assert_works("cat-file", "blob", "HEAD:sub/net.yaml", at=clone)
    message, help = says("git:HEAD:sub/net.yaml")
    assert (
        message == "the file is not in this clone, which is a partial one, and cnncalc does not let Git fetch anything"
    )
    assert help == (
        "in a repository that you trust, `git show HEAD:./sub/net.yaml > old.yaml` fetches it into a file that you can "
        "name instead",
    )
    assert not trap.canary.exists()


def test_a_folder_that_looks_like_a_repository(repository, trap, monkeypatch):
    """A bare repository can be committed into another, with a config of its own."""
    bare = repository / "bare"
    git("init", "-q", "--bare", str(bare), at=repository)
    git("config", "core.fsmonitor", str(trap.program), at=bare)
    git("config", "core.bare", "false", at=bare)
    git("config", "core.worktree", str(repository), at=bare)
    monkeypatch.chdir(bare)
    assert says("git::sub/net.yaml") == ("this folder is not in a Git repository", ())
    assert says("git:main:sub/net.yaml") == ("this folder is not in a Git repository", ())
    assert not trap.canary.exists()


@pytest.mark.usefixtures("repository")
def test_variables_lead_to_no_other_repository(tmp_path, monkeypatch):
    other = made(tmp_path / "other")
    (other / "sub" / "net.yaml").write_text("other: 1\n")
    git("commit", "-qam", "two", at=other)
    trace = tmp_path / "trace"
    for name, value in {
        "GIT_DIR": other / ".git", "GIT_WORK_TREE": other, "GIT_COMMON_DIR": other / ".git",
        "GIT_OBJECT_DIRECTORY": other / ".git" / "objects", "GIT_TRACE": trace, "GIT_TRACE2": trace,
        "GIT_CONFIG_PARAMETERS": "'core.worktree=/'",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, str(value))
    assert open_model("git:main:sub/net.yaml").text == SPEC
    assert open_model("git::sub/net.yaml").text == SPEC
    assert not trace.exists()


def test_the_index_of_a_commit_that_is_being_made(repository, tmp_path, monkeypatch):
    """`git commit FILE` gives its hooks an index of their own."""
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))
    (repository / "sub" / "net.yaml").write_text("changed: 1\n")
    git("add", "sub/net.yaml", at=repository)
    assert open_model("git::sub/net.yaml").text == "changed: 1\n"


def test_what_the_revision_has_is_not_replaced(repository):
    old = git("rev-parse", "main:sub/net.yaml", at=repository).strip()
    (repository / "other").write_text("replaced: 1\n")
    new = git("hash-object", "-w", "other", at=repository).strip()
    git("replace", old, new, at=repository)
    assert git("cat-file", "blob", "main:sub/net.yaml", at=repository) == "replaced: 1\n"
    assert open_model("git:main:sub/net.yaml").text == SPEC


def test_links_submodules_and_folders(repository):
    for revision_ in ("main", ""):
        message, help = says(f"git:{revision_}:link.yaml")
        assert (message, help) == ("this is a symbolic link to `sub/net.yaml`", ("name the file that it points to",))
        assert says(f"git:{revision_}:away.yaml")[0] == "this is a symbolic link to `/etc/passwd`"
        assert says(f"git:{revision_}:sub")[1] == ("this is a directory: name a file in it",)
        assert says(f"git:{revision_}:.")[1] == ("this is a directory: name a file in it",)
        assert says(f"git:{revision_}:sub/..")[1] == ("this is a directory: name a file in it",)
    head = git("rev-parse", "main", at=repository).strip()
    git("update-index", "--add", "--cacheinfo", f"160000,{head},module", at=repository)
    git("commit", "-qm", "two", at=repository)
    for revision_ in ("main", ""):
        assert says(f"git:{revision_}:module")[1] == ("this is a submodule: name a file in it",)


@pytest.mark.usefixtures("repository")
def test_paths_lead_nowhere_else(tmp_path):
    (tmp_path / "secret.yaml").write_text(SPEC)
    assert says("git:main:../secret.yaml")[0] == "the path leads out of the Git repository"
    assert says("git::../../etc/passwd")[0] == "the path leads out of the Git repository"
    for magic in (":(top)sub/net.yaml", ":/sub/net.yaml", "*", "sub/*.yaml", ":!x"):
        assert says(f"git:main:{magic}")[0].startswith("there is no file"), magic
        assert says(f"git::{magic}")[0].startswith("there is no file"), magic


@pytest.mark.parametrize("given", ["-h", "--output=x", "--help", "-c core.fsmonitor=x"])
@pytest.mark.usefixtures("repository")
def test_a_revision_is_no_option(given):
    assert says(f"git:{given}:sub/net.yaml")[0] == "expected git:REVISION:PATH, as in git:main:net.yaml"


def test_a_large_file_is_not_unpacked(repository, monkeypatch):
    """100 MB of blanks are 100 kB in a repository; Git is asked for the size, and not for them."""
    with (repository / "large.yaml").open("wb") as file:
        for _ in range(100):
            file.write(b" " * 10**6)
    git("add", "large.yaml", at=repository)
    asked = []
    ask = _git_revision._git
    monkeypatch.setattr(_git_revision, "_git", lambda *arguments: asked.append(arguments) or ask(*arguments))
    with pytest.raises(Unreadable) as error:
        open_model("git::large.yaml")
    assert error.value.diagnostics[0].code == "CNN104"
    assert [arguments[:2] for arguments in asked] == [("ls-files", "-z"), ("cat-file", "-s")]


@pytest.mark.usefixtures("repository")
def test_git_is_not_waited_for_for_ever(tmp_path, monkeypatch):
    """Nor is what it started, which holds its output open."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "git").write_text("#!/bin/sh\nsleep 60 &\nsleep 60\n")
    (folder / "git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(_git_revision, "TIMEOUT", 0.2)
    assert says("git:main:sub/net.yaml")[0] == "git: no answer within 0.2 seconds"


def test_git_is_not_looked_for_in_the_working_directory(repository, monkeypatch, trap):
    shutil.copy(trap.program, repository / "git")
    monkeypatch.setenv("PATH", os.pathsep.join(["", ".", os.environ["PATH"]]))
    trap.assert_works("version", at=repository)
    assert open_model("git:main:sub/net.yaml").text == SPEC
    assert not trap.canary.exists()
    monkeypatch.setenv("PATH", os.pathsep.join(["", "."]))
    assert says("git:main:sub/net.yaml")[0] == "git is not installed"


def test_a_configuration_that_cannot_be_read(repository):
    with (repository / ".git" / "config").open("a") as file:
        file.write("[x\n")
    assert says("git:main:sub/net.yaml")[0].startswith("git: bad config line")


def test_no_other_module_runs_programs():
    package = Path(_git_revision.__file__).parents[1]
    words = re.compile(r"subprocess|os\.(system|popen|exec[lv]|spawn|posix_spawn)|\bpty\b")
    files = [path for path in sorted(package.rglob("*.py")) if words.search(path.read_text(encoding="utf-8"))]
    assert [path.relative_to(package).as_posix() for path in files] == ["source/_git_revision.py"]
