"""`cnncalc validate`: which files, which findings, and which exit status."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

FORMATS = ("text", "concise", "json", "sarif", "github", "gitlab", "junit")
FINE = "input: 28x28x1\nlayers: [conv: 3x3x8]\n"  # 3·3·1·8 + 8 = 80 parameters
BAD = "input: 28x28x1\nlayers:\n  - {conv: 3x3x8, strde: 2}\n"  # CNN204
NOTED = "input: 28x28x1\nlayers:\n  - {conv: 3x3x8, padding: same, stride: 2}\n"  # CNN503
WARNED = "inputs: {a: 3, b: 3}\nlayers: [{dense: 3, from: a}]\n"  # CNN505
FAILING = f"{FINE}expect: {{params: 81}}\n"  # CNN401

COMPOSE = "services:\n  web:\n    image: nginx\n    ports: ['80:80']\n"
ACTION = "name: a\ninputs:\n  args: {default: ''}\nruns: {using: composite, steps: [{run: ls, shell: bash}]}\n"
GITLAB = "stages: [test]\ntest:\n  script: [make]\n  <<: *anchor\n"


@pytest.fixture
def files(tmp_path, monkeypatch):
    """Writes files into a folder of their own, which becomes the working directory."""
    monkeypatch.chdir(tmp_path)

    def files(**texts: str) -> Path:
        for name, text in texts.items():
            (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8", newline="\n")
        return tmp_path

    return files


def codes(result) -> list[str]:
    """The codes in a concise report."""
    return [line.split(": ")[1].split(" ")[0] for line in result.out.splitlines()]


# -- which findings


@pytest.mark.parametrize(
    ("options", "left"),
    [
        ([], ["CNN505", "CNN503"]),
        (["--select", "CNN503"], ["CNN503"]),
        (["--select", "CNN5"], ["CNN505", "CNN503", "CNN522"]),
        (["--select", "CNN503,CNN505"], ["CNN505", "CNN503"]),
        (["--select", "CNN503", "--select", "CNN505"], ["CNN505", "CNN503"]),
        (["--select", "default"], ["CNN505", "CNN503"]),
        (["--ignore", "CNN505"], ["CNN503"]),
        (["--ignore", "CNN5"], []),
        (["--ignore", "all"], []),
        (["--select", "CNN5", "--ignore", "CNN503"], ["CNN505", "CNN522"]),
        (["--select", "design"], ["CNN522"]),  # 3 of 28 positions
    ],
)
def test_chosen_codes(call, files, options, left):
    files(net="inputs: {a: 28x28x1, b: 3}\nlayers: [{conv: 3x3x8, padding: same, stride: 2, from: a}]\n")
    result = call("validate", "net.yaml", "-f", "concise", *options)
    assert (result.status, codes(result)) == (0, left)


def test_errors_of_the_file_are_always_told(call, files):
    files(bad=BAD)
    for options in (["--select", "CNN503"], ["--ignore", "CNN5"], ["--ignore", "all"]):
        result = call("validate", "bad.yaml", "-f", "concise", *options)
        assert result.status == 1, options
        assert codes(result) == ["CNN204"]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--select", "CNN999"], "select: there is no code `CNN999`"),
        (["--select", "desing"], "did you mean design?"),
        (["--ignore", "cnn503"], "did you mean CNN503?"),
        (["--ignore", "CNN204"], "CNN204 is an error in the file itself, which cannot be ignored"),
        (["--fail-level", "note"], "expected error, warning or never"),
        (["--expect", "parms <= 5"], "expected one of output, params"),
        (["--expect", "params <= five"], "expected a count, found `<= five`"),
        (["--expect", "params"], "with a value, as in `params <= 5M`"),
        (["--format", "xml"], "sarif"),
    ],
)
def test_options_that_cannot_be_followed(call, files, options, says):
    files(net=FINE)
    result = call("validate", "net.yaml", *options)
    assert (result.status, result.out) == (2, "")
    assert says in result.err


@pytest.mark.parametrize(
    ("comment", "is_told"),
    [
        ("# cnncalc: ignore CNN503", False),
        ("#cnncalc:ignore CNN503", False),
        ("# cnncalc: ignore CNN5", False),
        ("# cnncalc: ignore", False),
        ("# cnncalc: ignore CNN501, CNN503 as the paper does", False),
        ("# cnncalc: ignore CNN501", True),
        ("# cnncalc: ignored CNN503", True),
        ("# cnncalc: ignore-file CNN503", True),  # not above the first key
        ("# ignore CNN503", True),
    ],
)
def test_a_comment_on_the_line(call, files, comment, is_told):
    files(net=NOTED.rstrip("\n") + f"  {comment}\n", other=f"{NOTED}  # cnncalc: ignore CNN503\n")
    assert codes(call("validate", "net.yaml", "-f", "concise")) == ["CNN503"] * is_told
    assert codes(call("validate", "other.yaml", "-f", "concise")) == ["CNN503"]


@pytest.mark.parametrize(
    ("head", "is_reported"),
    [
        ("# cnncalc: ignore-file CNN503", False),
        ("# Notes.\n\n  # cnncalc: ignore-file CNN501, CNN503 as the paper does\n# More.", False),
        ("---\n# cnncalc: ignore-file CNN5", False),
        ("# cnncalc: ignore-file", False),
        ("# cnncalc: ignore-file CNN501", True),
        ("# cnncalc: ignore CNN503", True),
        ("name: net\n# cnncalc: ignore-file CNN503", True),
        ("name: net  # cnncalc: ignore-file CNN503", True),
    ],
)
def test_a_comment_above_the_first_key_is_about_the_whole_file(call, files, head, is_reported):
    files(net=f"{head}\n{NOTED}")
    assert codes(call("validate", "net.yaml", "-f", "concise")) == ["CNN503"] * is_reported


def test_no_comment_hides_an_error(call, files):
    files(bad=BAD.rstrip("\n") + "  # cnncalc: ignore CNN204\n", other=f"# cnncalc: ignore-file CNN204\n{BAD}")
    assert call("validate", "bad.yaml", "-f", "concise").status == 1
    assert call("validate", "other.yaml", "-f", "concise").status == 1


@pytest.mark.parametrize(
    ("level", "statuses"),
    [("error", [0, 0, 0, 1, 1]), ("warning", [0, 0, 1, 1, 1]), ("never", [0, 0, 0, 0, 0])],
)
def test_fail_level(call, files, level, statuses):
    files(fine=FINE, noted=NOTED, warned=WARNED, failing=FAILING, bad=BAD)
    found = [
        call("validate", f"{name}.yaml", "--fail-level", level).status
        for name in ("fine", "noted", "warned", "failing", "bad")
    ]
    assert found == statuses


@pytest.mark.parametrize("format", FORMATS)
def test_the_status_is_the_same_in_every_format(call, files, format):
    files(fine=FINE, warned=WARNED, bad=BAD)
    for name, level, status in (
        ("fine", "error", 0), ("warned", "error", 0), ("warned", "warning", 1), ("bad", "error", 1),
        ("bad", "never", 0), ("missing", "error", 1),
    ):  # fmt: skip
        result = call("validate", f"{name}.yaml", "--fail-level", level, "-f", format)
        assert (result.status, result.err) == (status, ""), name
    assert call("validate", ".", "-f", format).status == 1
    (Path("empty")).mkdir()
    assert call("validate", "empty", "-f", format).status == 3


def test_quiet(call, files):
    files(fine=FINE, noted=NOTED, warned=WARNED, bad=BAD)
    assert call("validate", "fine.yaml", "noted.yaml", "warned.yaml", "--quiet") == (0, "", "")
    assert call("validate", ".", "-q", "-f", "concise").out == (
        "./bad.yaml:3:19: CNN204 `conv` has no setting `strde`\n"
    )
    assert "CNN505" in call("validate", "warned.yaml", "-q", "--fail-level", "warning").out
    assert "CNN204" in call("validate", "bad.yaml", "-q", "--fail-level", "never").out


def test_statistics(call, files):
    files(one=NOTED, two=f"{NOTED}  - {{conv: 3x3x8, padding: same, stride: 2}}\n", bad=BAD)
    counts = "    3  CNN503  `same` places its zeros differently\n    1  CNN204  "
    assert counts in call("validate", ".", "--statistics").out
    assert counts in call("validate", ".", "--statistics", "--quiet").out
    result = call("validate", ".", "--statistics", "-f", "json")
    json.loads(result.out)
    assert counts in result.err


# -- what is expected


def test_expect(call, files):
    files(fine=FINE)
    for holds in ("params = 80", "params <= 5M", "params 80", "macs >= 1k", "output = 26x26x8", "receptive_field 3"):
        assert call("validate", "fine.yaml", "--expect", holds).status == 0, holds
    result = call("validate", "fine.yaml", "--expect", "params <= 79", "--expect", "macs>1M", "-f", "concise")
    assert result.status == 1
    assert result.out == (
        "fine.yaml:1:1: CNN401 macs of the model: expected more than 1,000,000, found 48,672\n"  # 26²·9·8
        "fine.yaml:1:1: CNN401 params of the model: expected at most 79, found 80\n"
    )
    assert "--expect 'params <= 79'" in call("validate", "fine.yaml", "--expect", "params <= 79").out


def test_expect_in_variants(call, files):
    """A variant may break what the model keeps, and another thing than the model breaks."""
    files(
        net="input: 28x28x1\nvars: {width: 8}\nlayers: [conv: 3x3x$width]\n"
        "variants:\n  wide: {vars: {width: 16}}\n  wider: {vars: {width: 32}}\n"
    )
    # 80, 160 and 320 parameters; 26²·9 = 6,084 MACs for every filter
    result = call("validate", "net.yaml", "--expect", "params <= 100", "-f", "json")
    (found,) = json.loads(result.out)["diagnostics"]
    assert found["message"] == "params of the model: expected at most 100, found 160"
    assert found["chain"][-1] == "in variant `wide` and 1 other"
    both = ["--expect", "params <= 70", "--expect", "macs < 90k"]
    result = call("validate", "net.yaml", *both, "-f", "json")
    found = json.loads(result.out)["diagnostics"]
    assert sorted(each["message"] for each in found) == [
        "macs of the model: expected less than 90,000, found 97,344",
        "params of the model: expected at most 70, found 80",
    ]


def test_a_spec_with_errors_has_no_numbers_to_expect_of(call, files):
    files(bad=BAD)
    assert codes(call("validate", "bad.yaml", "--expect", "params <= 1", "-f", "concise")) == ["CNN204"]


# -- the quick proof


def test_verify(call, files):
    files(fine=FINE, bad=BAD)
    assert call("validate", "fine.yaml", "--verify") == (0, "1 spec: no findings\n", "")
    assert codes(call("validate", "bad.yaml", "--verify", "-f", "concise")) == ["CNN204"]


def test_verify_tells_what_differs(call, files, monkeypatch):
    """The analysis is made to claim one MAC more than there are."""
    from cnncalc.layers.convolution.kinds import Conv

    files(fine=f"{FINE[:-2]}, relu]\n")
    macs = Conv.macs
    monkeypatch.setattr(Conv, "macs", lambda *arguments: macs(*arguments) + 1)
    result = call("validate", "fine.yaml", "--verify", "-f", "json")
    assert result.status == 1
    (found,) = json.loads(result.out)["diagnostics"]
    assert (found["code"], found["line"], found["column"]) == ("CNN402", 2, 10)
    assert found["message"] == "MACs of `conv1`: measured 48,672, calculated 48,673"


@pytest.mark.slow
def test_only_verify_imports_numpy(files):
    files(fine=FINE)
    for options, is_there in (([], False), (["--verify"], True)):
        code = (
            "import sys\nfrom cnncalc.cli import run\n"
            f"status = run({['validate', 'fine.yaml', *options]!r})\n"
            "sys.exit(status + 10 * ('numpy' in sys.modules))"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=60)
        assert done.returncode == 10 * is_there, done.stderr.decode()


# -- which files


def test_other_yaml_is_passed_over_in_a_folder(call, files):
    folder = files(**{"net": FINE, "docker-compose": COMPOSE, "action": ACTION, "gitlab-ci": GITLAB})
    (folder / "deep").mkdir()
    (folder / "deep" / "other.yml").write_text("{input: 28x28x1, layers: [relu]}\n")
    (folder / ".hidden").mkdir()
    (folder / ".hidden" / "bad.yaml").write_text(BAD)
    (folder / "notes.txt").write_text(BAD)
    assert call("validate", ".") == (0, "2 specs: no findings\n", "")
    assert call("validate", "*.yaml", "deep") == (0, "2 specs: no findings\n", "")
    assert call("validate", "**/*.y*ml") == (0, "2 specs: no findings\n", "")


@pytest.mark.parametrize("text", [COMPOSE, ACTION, GITLAB])
def test_other_yaml_is_an_error_when_named(call, files, text):
    files(other=text)
    assert call("validate", "other.yaml").status == 1
    nothing = call("validate", ".")
    assert (nothing.status, nothing.out) == (3, "")
    assert "no spec in ." in nothing.err


def test_a_spec_with_mistakes_at_the_top_is_no_other_yaml(call, files):
    files(net="imput: 28x28x1\nlayers: [relu]\n")
    assert call("validate", ".").status == 1


def test_each_file_once(call, files):
    folder = files(net=FINE)
    assert call("validate", "net.yaml", "./net.yaml", ".", "*.yaml").out == "1 spec: no findings\n"
    (folder / "other.yaml").write_text(COMPOSE)
    assert call("validate", ".", "other.yaml").status == 1  # named as well


def test_a_glob_without_matches(call, files):
    files(net=FINE)
    nothing = call("validate", "no/*.yaml")
    assert (nothing.status, nothing.out) == (3, "")
    assert call("validate", "no/*.yaml", "net.yaml").status == 0


def test_a_name_with_the_signs_of_a_glob(call, files):
    folder = files(net=BAD)
    (folder / "[net].yaml").write_text(FINE)
    assert call("validate", "[net].yaml") == (0, "1 spec: no findings\n", "")


def test_an_unreadable_file_is_a_finding_and_the_run_goes_on(call, files):
    folder = files(net=FINE, bad=BAD)
    (folder / "binary.yaml").write_bytes(b"\xff\xfe\x00layers:")
    (folder / "latin.yaml").write_bytes(b"layers: caf\xe9\n")
    result = call("validate", "missing.yaml", ".", "no_such_model", "-f", "concise")
    assert result.status == 1
    assert sorted(codes(result)) == ["CNN101", "CNN101", "CNN102", "CNN102", "CNN204"]


@pytest.mark.skipif(os.name == "nt", reason="links and modes of POSIX")
def test_loops_of_links(call, files):
    folder = files(net=FINE)
    (folder / "loop.yaml").symlink_to("loop.yaml")
    (folder / "again").symlink_to(".")
    result = call("validate", ".", "-f", "concise")
    assert (result.status, codes(result)) == (1, ["CNN101"])
    assert "loop.yaml:1:1: CNN101 the file cannot be read: Too many levels of symbolic links" in result.out
    assert call("validate", "loop.yaml").status == 1


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_cannot_be_searched(call, files):
    folder = files(net=FINE)
    (folder / "locked").mkdir(mode=0)
    try:
        assert call("validate", ".").status == 1
    finally:
        (folder / "locked").chmod(0o700)


def test_a_folder_that_fails_on_the_way(call, files, monkeypatch):
    folder = files(net=FINE)
    (folder / "locked").mkdir()
    scandir = os.scandir

    def guarded(path):
        if os.path.basename(path) == "locked":
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", guarded)
    result = call("validate", ".", "-f", "concise")
    assert result.status == 1
    assert result.out.startswith("./locked:1:1: CNN101 ")


@pytest.mark.parametrize("name", ["a b.yaml", "qu'o\"te.yaml", "größe 漢🎉.yaml", "new\nline.yaml", "%41,b:c.yaml"])
@pytest.mark.parametrize("format", FORMATS)
def test_names_of_files(call, files, name, format):
    if os.name == "nt" and name[0] not in "ag":
        pytest.skip("no such name on Windows")
    folder = files()
    (folder / name).write_text(BAD)
    for path in (name, "."):
        result = call("validate", path, "-f", format)
        assert result.status == 1
        assert "CNN204" in result.out
        if format == "json":
            assert os.path.normpath(json.loads(result.out)["files"][0]["file"]) == name


def test_standard_input_has_a_name(script):
    for name, shown in (("", "<stdin>"), ("nets/a.yaml", "nets/a.yaml")):
        options = ["--stdin-filename", name] if name else []
        result = script("validate", "-", "-f", "concise", *options, stdin=BAD.encode())
        assert (result.status, result.out) == (1, f"{shown}:3:19: CNN204 `conv` has no setting `strde`\n")
    result = script("validate", "-", "--stdin-filename", "net.yaml", "--format", "github", stdin=BAD.encode())
    assert "file=net.yaml," in result.out
    result = script("validate", "-", "--stdin-filename", "net.yaml", "--format", "json", stdin=b"\xff\xfe")
    assert json.loads(result.out)["files"][0]["file"] == "net.yaml"


# -- pyproject.toml


def project(text: str) -> None:
    Path("pyproject.toml").write_text(text, encoding="utf-8")


def test_settings_are_found_upwards(call, files, monkeypatch):
    folder = files(net=NOTED)
    project('[tool.cnncalc]\nignore = ["CNN503"]\n')
    assert call("validate", "net.yaml").out == "1 spec: no findings\n"
    below = folder / "a" / "b"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    assert call("validate", "../../net.yaml").out == "1 spec: no findings\n"
    # a file that says nothing of cnncalc is passed over, one that does is the last
    project("[project]\nname = 'x'\n")
    assert call("validate", "../../net.yaml").out == "1 spec: no findings\n"
    project("[tool.cnncalc]\n")
    assert "CNN503" in call("validate", "../../net.yaml").out


def test_every_setting(call, files):
    files(net=NOTED, warned=WARNED)
    project('[tool.cnncalc]\nfail-level = "warning"\n')
    assert call("validate", "warned.yaml").status == 1
    assert call("validate", "warned.yaml", "--fail-level", "error").status == 0  # the command line wins
    project('[tool.cnncalc]\nselect = ["CNN503"]\nstatistics = true\n')
    assert "    1  CNN503" in call("validate", ".").out
    assert "CNN505" not in call("validate", ".").out
    project('[tool.cnncalc]\nexpect = ["params <= 5"]\nquiet = true\n')
    assert codes(call("validate", ".", "-f", "concise")) == ["CNN401", "CNN401"]
    project("[tool.cnncalc]\nverify = true\n")
    assert call("validate", ".").status == 0


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[tool.cnncalc]\nselct = ['CNN5']\n", "[tool.cnncalc] has no setting `selct`; did you mean select?"),
        ("[tool.cnncalc]\nfrobnicate = 1\n", "settings: select, ignore, expect"),
        ("[tool.cnncalc]\nselect = 'CNN5'\n", "select must be a list of strings"),
        ("[tool.cnncalc]\nignore = [5]\n", "ignore must be a list of strings"),
        ("[tool.cnncalc]\nquiet = 'yes'\n", "quiet must be true or false"),
        ("[tool.cnncalc]\nfail-level = 'note'\n", "fail-level: expected error, warning, never, found `note`"),
        ("[tool.cnncalc]\nfail-level = true\n", "fail-level: expected error, warning, never, found `True`"),
        ("[tool.cnncalc]\nselect = ['CNN999']\n", "select: there is no code `CNN999`"),
        ("[tool.cnncalc]\nignore = ['CNN101']\n", "CNN101 is an error in the file itself"),
        ("[tool.cnncalc]\nexpect = ['parms <= 5']\n", "expect: expected one of output, params"),
        ("[tool]\ncnncalc = 3\n", "[tool.cnncalc] must be a table"),
        ("[tool.cnncalc\n", "Expected ']'"),
        ("[tool.cnncalc]\nselect = ['\ud800']\n", "pyproject.toml"),
    ],
)
def test_settings_that_cannot_be_followed(call, files, text, says):
    files(net=FINE)
    Path("pyproject.toml").write_bytes(text.encode("utf-8", "surrogatepass"))
    result = call("validate", "net.yaml")
    assert (result.status, result.out) == (2, "")
    assert "pyproject.toml: " in result.err
    assert says in result.err


# -- what may go wrong on the way out


@pytest.mark.parametrize("format", FORMATS)
def test_a_file_is_written_whole_or_not_at_all(call, files, format, monkeypatch):
    folder = files(bad=BAD)
    shown = call("validate", "bad.yaml", "-f", format)
    assert call("validate", "bad.yaml", "-f", format, "-o", "out") == (1, "", "")
    assert (folder / "out").read_bytes().decode() == shown.out

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", fail)
    result = call("validate", "bad.yaml", "-f", format, "-o", "out")
    assert (result.status, result.out) == (1, "")
    assert "out was not written: No space left on device" in result.err
    assert (folder / "out").read_bytes().decode() == shown.out
    assert not list(folder.glob(".cnncalc-*"))


SCRIPT = Path(sys.executable).with_name("cnncalc.exe" if os.name == "nt" else "cnncalc")
posix = pytest.mark.skipif(os.name == "nt" or not SCRIPT.exists(), reason="POSIX and the installed script")


@posix
@pytest.mark.parametrize("format", FORMATS)
def test_a_reader_that_has_seen_enough(files, format):
    files(bad=BAD)
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run([SCRIPT, "validate", "bad.yaml", "-f", format], stdout=writing, stderr=subprocess.PIPE)
    os.close(writing)
    assert done.stderr == b""
    # the findings are there whether anyone reads them or not
    assert done.returncode == 1


@pytest.mark.slow
@posix
@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full")
@pytest.mark.parametrize("format", ["json", "junit"])
def test_a_full_disk(files, format):
    files(fine=FINE)
    for arguments in (["-o", "/dev/full"], []):
        with open("/dev/full", "w", encoding="utf-8") as full:
            done = subprocess.run(
                [SCRIPT, "validate", "fine.yaml", "-f", format, *arguments], stdout=full, stderr=subprocess.PIPE
            )
        assert done.returncode == 1
        assert b"No space left" in done.stderr
        assert b"Traceback" not in done.stderr


@pytest.mark.slow
@posix
def test_two_that_write_one_file(files):
    """Either the one report or the other, never both."""
    folder = files(bad=BAD, **{f"net{number}": NOTED for number in range(30)})
    commands = [["validate", ".", "-f", "json", "-o", "out"], ["validate", "bad.yaml", "-f", "json", "-o", "out"]]
    for _ in range(3):
        running = [subprocess.Popen([SCRIPT, *command]) for command in commands]
        assert [each.wait(30) for each in running] == [1, 1]
        assert len(json.loads((folder / "out").read_text())["files"]) in (31, 1)
    assert not list(folder.glob(".cnncalc-*"))


@posix
def test_interrupted(files):
    """Ctrl-C while it waits for a file: status 130, no traceback, nothing half-written."""
    import signal

    folder = files(bad=BAD)
    with subprocess.Popen(
        [SCRIPT, "validate", "bad.yaml", "-", "-f", "json", "-o", "out"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # what runs in the background ignores it
    ) as process:  # fmt: skip
        process.stdin.write(b"#" * 200_000)  # more than a pipe holds: it returns when the command reads
        process.stdin.flush()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (130, b"")
    assert b"Traceback" not in err
    assert [path.name for path in folder.iterdir()] == ["bad.yaml"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_pipes_and_devices_that_a_search_finds_are_not_read(call, tmp_path, monkeypatch):
    """To open a pipe that nobody writes to would wait for ever."""
    monkeypatch.chdir(tmp_path)
    os.mkfifo("pipe.yaml")
    Path("zero.yaml").symlink_to("/dev/zero")
    Path("loop.yaml").symlink_to("loop.yaml")
    for name in ("loop", "other"):
        Path(name).symlink_to(".")  # two of them, followed, are 2⁴⁰ folders
    Path("fine.yaml").write_text("input: 28x28x1\nlayers: [relu]\n")
    for path in (".", "*.yaml", "**/*.yaml", "**", "**/**/*.yaml", str(tmp_path / "**" / "*.yaml")):
        status, out, _ = call("validate", path, "-f", "concise")
        assert (status, out.count("CNN101")) == (1, 1), out
        assert "loop.yaml:1:1: CNN101 the file cannot be read" in out
