"""`-o FILE`: whole or not at all."""

from __future__ import annotations

import os
import stat
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from cnncalc.cli.common import Target

posix = pytest.mark.skipif(os.name == "nt", reason="POSIX files")


@pytest.fixture(autouse=True)
def _nothing_is_left_behind(tmp_path):
    yield
    assert not [path for path in tmp_path.rglob("*") if "cnncalc-" in path.name]


@pytest.mark.slow
@pytest.mark.parametrize(
    "command",
    [
        *(["summarize", "MODEL", "-f", format] for format in ("text", "json", "csv", "markdown")),
        *(["explain", "MODEL", "-f", format] for format in ("text", "markdown", "latex", "json")),
        *(["hyperparameters", "MODEL", "-f", format] for format in ("text", "markdown", "latex", "json")),
        *(["validate", "MODEL", "-f", format] for format in ("text", "json")),
        *(["specs", "-f", format] for format in ("text", "json", "markdown")),
        ["rule", "CNN204"],
        ["rule", "--all"],
    ],
    ids=" ".join,
)
def test_a_file_has_what_the_stream_has(call, tmp_path, lecture, command):
    command = [str(lecture) if part == "MODEL" else part for part in command]
    shown = call(*command)
    target = tmp_path / "out"
    assert call(*command, "-o", target) == (0, "", "")
    assert target.read_bytes().decode("utf-8") == shown.out


def test_findings_go_with_a_file_too(call, tmp_path, failing, bad):
    target = tmp_path / "out.json"
    result = call("summarize", failing, "-f", "json", "-o", target)
    assert (result.status, result.out) == (1, "")
    assert "CNN401" in result.err
    assert target.exists()
    target.unlink()
    assert call("summarize", bad, "-f", "json", "-o", target).status == 1
    assert not target.exists()
    assert call("validate", bad, "-f", "json", "-o", target) == (1, "", "")
    assert target.exists()


@pytest.mark.parametrize("name", ["a b.txt", "größe漢🎉.txt", "new\nline.txt", "-", "--x", ".hidden", "%41$HOME.txt"])
def test_names(call, tmp_path, lecture, monkeypatch, name):
    if os.name == "nt" and "\n" in name:
        pytest.skip("no such name on Windows")
    monkeypatch.chdir(tmp_path)
    assert call("summarize", lecture, f"--output={name}") == (0, "", "")
    assert (tmp_path / name).read_text(encoding="utf-8").startswith("typical-cnn")


def test_an_existing_file_is_replaced(call, tmp_path, lecture):
    target = tmp_path / "out"
    target.write_text("x" * 100_000)
    assert call("summarize", lecture, "-o", target).status == 0
    assert "x" * 100 not in target.read_text(encoding="utf-8")


@posix
def test_the_file_that_is_read_is_not_written_over(call, tmp_path, lecture, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path, text = tmp_path / "net.yaml", lecture.read_text(encoding="utf-8")
    path.write_text(text, encoding="utf-8")
    (tmp_path / "link.yaml").symlink_to(path)
    model = tmp_path / "digits.keras"
    model.write_bytes((Path(__file__).parents[2] / "examples" / "import" / "digits.keras").read_bytes())
    for line, output in (
        ("import digits.keras --force", "./digits.keras"),
        ("summarize digits.keras", "digits.keras"),
        ("summarize net.yaml", "link.yaml"),
        ("summarize link.yaml@wide", "net.yaml"),
        ("compare typical_cnn net.yaml", "net.yaml"),
        ("validate net.yaml", str(path)),
    ):
        result = call(*line.split(), "-o", output)
        assert (result.status, result.out) == (2, ""), line
        said = " ".join(result.err.replace("│", " ").split())
        assert f"{output} is the file that is read, and would be lost; name another one" in said, line
    assert path.read_text(encoding="utf-8") == text
    assert model.stat().st_size > 1000


def test_a_spec_may_be_updated_in_its_place(call, tmp_path):
    model = Path(__file__).parents[2] / "examples" / "import" / "digits.keras"
    path = tmp_path / "net.yaml"
    assert call("import", model, "-o", path).status == 0
    assert call("import", model, "--update", path, "-o", path, "--force").status == 0


def test_what_cannot_be_written(call, tmp_path, lecture):
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("kept")
    for target in (tmp_path / "no" / "such" / "folder.txt", tmp_path / "folder", tmp_path / "file" / "below", ""):
        result = call("summarize", lecture, "-o", target)
        assert (result.status, result.out) == (1, ""), target
        assert "was not written" in result.err
        assert str(target) in result.err
    assert (tmp_path / "file").read_text() == "kept"


@posix
@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_is_read_only(call, tmp_path, lecture):
    folder = tmp_path / "locked"
    folder.mkdir(mode=0o555)
    result = call("summarize", lecture, "-o", folder / "out")
    assert (result.status, result.out) == (1, "")
    assert "Permission denied" in result.err


@pytest.mark.parametrize("step", ["replace", "chmod"])
def test_a_failure_on_the_way_keeps_what_was_there(call, tmp_path, lecture, monkeypatch, step):
    target = tmp_path / "out"
    target.write_text("kept")

    def fail(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, step, fail)
    result = call("summarize", lecture, "-o", target)
    monkeypatch.undo()
    assert result.status == 1
    assert "Permission denied" in result.err
    assert target.read_text() == "kept"


def test_a_report_that_fails_on_the_way_keeps_what_was_there(tmp_path):
    target = tmp_path / "out"
    target.write_text("kept")

    def pieces() -> Iterator[str]:
        yield "x" * 1_000_000
        raise RuntimeError

    with pytest.raises(RuntimeError):
        Target(str(target)).write_pieces(pieces())
    assert target.read_text() == "kept"


def test_interrupting_keeps_what_was_there(call, tmp_path, lecture, monkeypatch):
    target = tmp_path / "out"
    target.write_text("kept")

    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupt)
    assert call("summarize", lecture, "-o", target).status == 130
    monkeypatch.undo()
    assert target.read_text() == "kept"


@pytest.mark.parametrize("format", ["json", "text"])
def test_text_that_is_no_unicode(call, tmp_path, write, format):
    spec = write('name: "\\ud800"\ninput: 8x8x1\nlayers: [conv: 3x3x1]\n')
    target = tmp_path / "out"
    result = call("summarize", spec, "-f", format, "-o", target)
    # either the spec is refused or the file is written; not a bug, and nothing by halves
    assert result.status in (0, 1)
    assert target.exists() == (result.status == 0)


@posix
def test_links_stay_links(call, tmp_path, lecture):
    real = tmp_path / "deep" / "real.txt"
    real.parent.mkdir()
    real.write_text("old")
    link, second, dangling = tmp_path / "link", tmp_path / "second", tmp_path / "dangling"
    link.symlink_to(Path("deep") / "real.txt")
    second.symlink_to("link")
    dangling.symlink_to(Path("deep") / "later.txt")
    for each in (second, dangling):
        assert call("summarize", lecture, "-o", each).status == 0
        assert each.is_symlink()
    assert link.is_symlink()
    assert not real.is_symlink()
    assert real.read_text(encoding="utf-8").startswith("typical-cnn")
    assert (tmp_path / "deep" / "later.txt").exists()


@posix
def test_permissions(call, tmp_path, lecture):
    before = os.umask(0o027)
    try:
        assert call("summarize", lecture, "-o", tmp_path / "new").status == 0
        assert os.umask(0o027) == 0o027
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o640


@posix
def test_a_private_file_stays_private(call, tmp_path, lecture):
    private = tmp_path / "private"
    private.write_text("old")
    private.chmod(0o600)
    assert call("summarize", lecture, "-o", private).status == 0
    assert stat.S_IMODE(private.stat().st_mode) == 0o600


@posix
def test_devices_are_never_replaced(call, tmp_path, lecture, monkeypatch):
    def never(*arguments: object, **_: object) -> None:
        raise AssertionError(f"a device would have been replaced or removed: {arguments}")

    link = tmp_path / "null"
    link.symlink_to("/dev/null")
    with monkeypatch.context() as guarded:
        for name in ("replace", "rename", "unlink", "remove", "chmod"):
            guarded.setattr(os, name, never)
        for target in ("/dev/null", "/dev/../dev/null", link):
            assert call("summarize", lecture, "-o", target) == (0, "", "")
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)
    assert link.is_symlink()


@posix
def test_a_named_pipe(call, tmp_path, lecture):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    seen: list[str] = []
    reader = threading.Thread(target=lambda: seen.append(pipe.read_text(encoding="utf-8")))
    reader.start()
    assert call("summarize", lecture, "-o", pipe).status == 0
    reader.join(10)
    assert seen[0].startswith("typical-cnn")
    assert stat.S_ISFIFO(pipe.stat().st_mode)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/dev/stdout as Linux has it")
def test_standard_output_by_its_name(script, lecture):
    # where it is a pipe, as in `-o >(tee log)` and `-o /dev/stdout | less`
    result = script("summarize", lecture, "-o", "/dev/stdout")
    assert (result.status, result.err) == (0, "")
    assert result.out.startswith("typical-cnn")
