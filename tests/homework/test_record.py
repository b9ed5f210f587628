"""What a sheet records of how it was made, and what students make of that."""

import csv
import json
import re
import zipfile
from pathlib import Path

import pytest
from grades import EVERYTHING, key, sheet
from specs.reference import mostly_by_night

import cnncalc
from cnncalc.analysis import analyze
from cnncalc.homework.sheet.questions import COLUMNS, sheet_of
from cnncalc.report.views.homework.sheet import SheetReport
from cnncalc.source.open_model import shipped


def handed_in(call, name, *options):
    """The solutions as somebody hands them in."""
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    assert call("sheet", *options, "--key", "-o", name, *(("-f", "csv") if name.endswith("csv") else ()))[0] == 0
    Path(name).write_text(Path(name).read_text(encoding="utf-8").replace("solutions", name), encoding="utf-8")


def graded(call, *arguments):
    _, out, _ = call("grade", *arguments, "-f", "csv")
    return {
        row["student"]: (row["status"], row["percent"], row["mistakes"]) for row in csv.DictReader(out.splitlines())
    }


@pytest.mark.parametrize("ending", ["yaml", "csv"])
@pytest.mark.parametrize(
    ("model", "options"),
    [
        ("typical_cnn", ["--input", "64x64x1"]),
        ("typical_cnn", ["--layout", "channels_first"]),
        ("typical_cnn", ["--convention", "keras", "--ask", "macs,memory"]),
        ("mobilenet_v1", ["--set", "width=0.5"]),
        ("mobilenet_v1", ["--variant", "mobilenet_v1_0_25", "--input", "96x96x3"]),
        ("one_d", ["--input", "30x2"]),
        ("unet", ["--ask", "output"]),
    ],
)
def test_a_sheet_is_graded_as_it_was_made(call, model, options, ending):
    handed_in(call, f"a.{ending}", model, *options)
    status, out, err = call("grade", f"a.{ending}", "--key", model, "-f", "json")
    (student,) = json.loads(out)["students"]
    assert (status, student["percent"], student["notes"]) == (0, 100, [])
    assert err.startswith("cnncalc: graded with --") == (options[0] != "--ask")


def test_the_command_line_stands_above_the_sheets(call):
    handed_in(call, "a.yaml", "typical_cnn", "--input", "64x64x1")
    found = graded(call, "a.yaml", "--key", "typical_cnn", "--input", "28x28x1")
    reason = "the sheet was made with --input 64x64x1, but the key with --input 28x28x1"
    assert found == {"a.yaml": ("not graded", "", reason)}
    assert graded(call, "a.yaml", "--key", "typical_cnn", "--input", "64x64x1")["a.yaml"][:2] == ("graded", "100")
    assert graded(call, "a.yaml", "--key", "typical_cnn", "--ask", "params")["a.yaml"][:2] == ("graded", "100")
    assert graded(call, "a.yaml", "--key", "typical_cnn", "--input", "28x28x1", "--force")["a.yaml"][0] == "graded"


def test_nobody_chooses_an_easier_input(call):
    for number in range(3):
        handed_in(call, f"in/{number}.yaml", "typical_cnn", "--input", "64x64x1")
    handed_in(call, "in/easy.yaml", "typical_cnn", "--input", "16x16x1")
    handed_in(call, "in/own.yaml", "typical_cnn")
    handed_in(call, "in/less.yaml", "typical_cnn", "--input", "64x64x1", "--ask", "output")
    found = graded(call, "in", "--key", "typical_cnn")
    assert [found[f"in/{number}.yaml"] for number in range(3)] == [("graded", "100", "")] * 3
    assert found["in/easy.yaml"] == (
        "not graded", "", "the sheet was made with --input 16x16x1, but most others with --input 64x64x1"
    )  # fmt: skip
    assert found["in/own.yaml"][2] == "the sheet was made with --input 28x28x1, but most others with --input 64x64x1"
    assert found["in/less.yaml"][2] == (
        "the sheet was made with --ask output, but most others with --ask output,params,receptive_field,total"
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("--input 64x64x1", "--input 16x16x1"),
        (",params,receptive_field,total", ""),
        ("made_with: ", "made_with: 0"),
        ("--layout channels_last", "--layout 'channels_last"),
        ("--layout", "--lay"),
        ("--ask", "--input"),
    ],
)
def test_a_changed_line_is_not_believed(call, old, new):
    handed_in(call, "a.yaml", "typical_cnn", "--input", "64x64x1")
    text = Path("a.yaml").read_text(encoding="utf-8")
    assert old in text
    Path("a.yaml").write_text(text.replace(old, new), encoding="utf-8")
    found = graded(call, "a.yaml", "--key", "typical_cnn")
    reason = "its line `made_with` was changed, or `typical-cnn` was changed since the sheet was made"
    assert found == {"a.yaml": ("not graded", "", reason)}


def test_a_sheet_from_before_is_graded_with_the_key(call):
    handed_in(call, "a.yaml", "typical_cnn")
    text = Path("a.yaml").read_text(encoding="utf-8")
    Path("a.yaml").write_text(re.sub("made_with.*\n", "", text), encoding="utf-8")
    assert graded(call, "a.yaml", "--key", "typical_cnn") == {"a.yaml": ("graded", "100", "")}


def test_the_name_of_the_model_plays_no_part_where_the_network_is_the_same(call):
    handed_in(call, "a.yaml", "typical_cnn")
    Path("net.yaml").write_text(
        re.sub("(?m)^name:.*", "name: renamed", Path(shipped()["typical_cnn"]).read_text(encoding="utf-8")),
        encoding="utf-8",
    )
    assert graded(call, "a.yaml", "--key", "net.yaml") == {"a.yaml": ("graded", "100", "")}


def test_another_network_of_the_same_name(call):
    Path("net.yaml").write_text("name: net\ninput: 9x9x1\nlayers: [conv: 3x3x8]\n")
    handed_in(call, "a.yaml", "net.yaml")
    Path("net.yaml").write_text("name: net\ninput: 9x9x1\nlayers: [{conv: 3x3x8, stride: 2}]\n")
    assert graded(call, "a.yaml", "--key", "net.yaml")["a.yaml"][0] == "not graded"


def test_a_kit_says_itself_how_the_key_is_read(call):
    import zipfile

    assert call("gradescope-kit", "mobilenet_v1_0_50", "-o", "kit.zip")[0] == 0
    with zipfile.ZipFile("kit.zip") as archive:
        script = archive.read("run_autograder").decode()
    assert "--convention keras --layout channels_last --variant mobilenet_v1_0_50" in script
    Path("net.yaml").write_text("input: 9x9x1\nlayers: [conv: 3x3x8]\n")  # called as its file, which sheets carry
    assert call("gradescope-kit", "net.yaml", "-o", "kit.zip")[0] == 0
    with zipfile.ZipFile("kit.zip") as archive:
        assert "key/net.yaml" in archive.namelist()
        assert '--key "$root/source/key/net.yaml"' in archive.read("run_autograder").decode()


# -- what is asked


@pytest.mark.parametrize(
    ("ask", "totals"),
    [
        ("memory", ["memory"]),
        ("output,memory", ["memory"]),
        ("total", ["params"]),
        ("macs,total", ["macs"]),
        ("params,total,memory", ["params", "memory"]),
    ],
)
def test_what_is_asked_of_the_whole(ask, totals):
    found = sheet(["conv: 3x3x8"], ask=ask.split(","))
    assert [question.column for question in found.totals] == totals


@pytest.mark.parametrize("name", mostly_by_night(sorted(shipped())))
def test_no_choice_gives_a_sheet_without_blanks(call, name):
    for word in (*COLUMNS, "memory", "total"):
        status, out, err = call("sheet", name, "--ask", word)
        if status == 2:
            assert "would have no blanks: ask for output or params" in err
        else:
            assert re.search(r"(?m)^    \w+:$", out)


def test_a_model_that_is_too_large_for_a_sheet(call, tmp_path):
    (tmp_path / "large.yaml").write_text("input: 8x8x1\nlayers: [{relu: , repeat: 20001}]\n")
    for command in (["sheet"], ["gradescope-kit", "-o", str(tmp_path / "kit.zip")]):
        status, _, err = call(command[0], str(tmp_path / "large.yaml"), *command[1:])
        assert status == 2
        assert "a sheet is about at most 20,000 layers, and large has 20,001" in " ".join(err.split())
    assert not (tmp_path / "kit.zip").exists()


# -- examples


@pytest.mark.parametrize("order", ["channels_last", "channels_first"])
@pytest.mark.parametrize("name", mostly_by_night(sorted(shipped())))
def test_an_example_is_no_answer_and_looks_like_one(name, order):
    from cnncalc.spec.reader import read
    from cnncalc.spec.top_level import Overrides

    spec, _ = read(cnncalc.load(name).source, Overrides(layout=order))
    whole = sheet_of(analyze(spec), EVERYTHING)
    text = SheetReport(whole).render("yaml")
    examples = re.search(r"after its colon: (.*)\.\n", text)[1].split("; ")
    number, arithmetic, *sizes = examples
    cells = [cell for row in csv.reader(SheetReport(whole, with_key=True).render("csv").splitlines()) for cell in row]
    rest = " ".join(cell.replace(",", "") for cell in cells)
    numbers = set(re.findall("[0-9]+", rest)) | set(re.findall("[0-9]+", text.split("\n", 1)[1]))
    assert number not in numbers
    assert str(eval(arithmetic)) not in numbers
    shapes = [q.answer for q in whole.questions if q.column == "output" and isinstance(q.answer, tuple)]
    assert len(sizes) == bool(shapes)
    if shapes:
        parts = sizes[0].split("x")
        assert (len(parts), numbers & set(parts)) == (len(shapes[0]), set())
        channels = parts.pop(0 if order == "channels_first" else -1)
        assert set(parts) <= {parts[0]}
        assert channels != parts[0]
    assert SheetReport(whole).render("yaml") == text


# -- the working


NOT_IN_KERAS = {"sknet"}
"""For convolutions with both a stride and a dilation."""


@pytest.mark.parametrize("name", mostly_by_night(sorted(shipped())))
def test_the_working_ends_in_the_answer(name):
    from cnncalc.report.views.homework._working import SheetDerivations
    from cnncalc.spec.reader import read
    from cnncalc.spec.top_level import Overrides

    for convention in [None] if name in NOT_IN_KERAS else [None, "keras"]:
        spec, _ = read(cnncalc.load(name).source, Overrides(convention=convention))
        whole = sheet_of(analyze(spec), COLUMNS)
        derivations = SheetDerivations(whole)
        for item in whole.items[:40]:
            steps = derivations.worked(item)
            for question in item.questions:
                lines = steps[question.column]
                if question.column in ("params", "macs") and question.answer and any("=" in line for line in lines):
                    assert lines[-1].endswith(f" = {question.answer:,}"), (convention, item.name, lines)


def test_a_conv_with_its_norm():
    """3 * 3 * 4 * 24 + 24 = 888, 24 factors and 24 offsets, 24 slopes; under keras two statistics for each channel."""
    from cnncalc.report.views.homework._working import SheetDerivations

    layers = ["{conv: 3x3x24, norm: batch_norm, activation: prelu}", "{share: conv1, from: input}"]
    whole = sheet(layers[:1], input="9x9x4")
    assert SheetDerivations(whole).worked(whole.items[0])["params"] == [
        "k·k·c_in·filters + filters = 3·3·4·24 + 24 = 888",
        "batch_norm: c_in + c_in = 24 + 24 = 48",
        "prelu: one learned slope for each channel",
        "888 + 48 + 24 = 960",
    ]
    rules = SheetDerivations(whole).rules(whole.items[0])["params"]
    assert rules[:2] == ["k·k·c_in·filters + filters", "batch_norm: c_in + c_in"]
    assert key(whole)["conv1", "params"] == "960"
    keras = sheet(layers[:1], input="9x9x4", convention="keras", ask=("params",))
    lines = SheetDerivations(keras).worked(keras.items[0])["params"]
    assert "batch_norm, statistics: c_in + c_in = 24 + 24 = 48" in lines


def test_shared_weights_are_counted_once():
    from grades import grade

    from cnncalc.report.views.homework._working import SheetDerivations

    whole = sheet(["{conv: 3x3x3, padding: 1, name: a}", "{share: a, name: b}"])
    shared = whole.items[-1]
    assert SheetDerivations(whole).worked(shared)["params"] == ["the weights are those of `a`, and are counted there"]
    place = f"{shared.name}.params"
    assert grade(whole, {place: 0})[place].status == "right"
    assert grade(whole, {place: 3 * 3 * 3 * 3 + 3})[place].status == "wrong"


def test_the_rule_of_the_memory_is_not_that_of_a_sum(call):
    Path("a.yaml").write_text("student: A\nanswers:\n total:\n  memory: 7\n  params: 7\n")
    _, out, _ = call("grade", "a.yaml", "--key", "typical_cnn", "--ask", "memory,params,total")
    assert (
        "total (memory of the parameters): wrong. The rule: the bytes of a parameter, times the number of parameters"
        in out
    )
    assert "total (parameters): wrong. The rule: the sum over all layers" in out


def test_what_a_student_records_cannot_break_the_key(call, monkeypatch):
    from cnncalc.cli.homework import _keys

    handed_in(call, "a.yaml", "typical_cnn", "--input", "64x64x1")
    monkeypatch.setattr(_keys, "read", lambda *_: 1 / 0)
    assert graded(call, "a.yaml", "--key", "typical_cnn")["a.yaml"][0] == "not graded"


STEM = "input: 8x8x1\nvars: {width: 2}\nlayers: [{conv: 3x3x$width}, flatten]\n"
NET = "name: net\ninput: 8x8x1\nlayers:\n  - {model: parts/stem.yaml, with: {width: 3}, name: stem}\n  - dense: 2\n"


@pytest.fixture
def net(call) -> Path:  # noqa: ARG001  (it changes into an empty folder)
    Path("parts").mkdir()
    Path("parts/stem.yaml").write_text(STEM, encoding="utf-8")
    Path("net.yaml").write_text(NET, encoding="utf-8")
    return Path("parts/stem.yaml")


@pytest.mark.parametrize("ending", ["yaml", "csv"])
def test_a_model_inside_is_kept_and_may_change_afterwards(call, net, ending):
    handed_in(call, f"a.{ending}", "net.yaml")
    net.write_text(STEM.replace("3x3x", "5x5x"), encoding="utf-8")
    assert graded(call, f"a.{ending}", "--key", "net.yaml") == {f"a.{ending}": ("graded", "100", "")}


def test_a_key_in_another_folder_brings_its_models(call, net):
    handed_in(call, "a.yaml", "net.yaml")
    Path("elsewhere").mkdir()
    for path in (Path("net.yaml"), net.parent):
        path.rename(Path("elsewhere") / path)
    assert graded(call, "a.yaml", "--key", "elsewhere/net.yaml")["a.yaml"][:2] == ("graded", "100")
    assert graded(call, "a.yaml", "--key", "elsewhere")["a.yaml"][:2] == ("graded", "100")


def test_models_that_were_kept_and_tampered_with(call, net):
    """What is no packed text, or another one, no longer agrees with the checksum."""
    handed_in(call, "a.yaml", "net.yaml")
    text = Path("a.yaml").read_text(encoding="utf-8")
    net.write_text(STEM.replace("3x3x", "5x5x"), encoding="utf-8")
    for was, now in (("stem.yaml=eN", "stem.yaml=xx"), ("stem.yaml=", "other.yaml="), ("--file parts/", "--file ../")):
        assert was in text
        Path("a.yaml").write_text(text.replace(was, now), encoding="utf-8")
        status, _, reason = graded(call, "a.yaml", "--key", "net.yaml")["a.yaml"]
        assert (status, reason) == (
            "not graded",
            "its line `made_with` was changed, or `net` was changed since the sheet was made",
        )


def test_a_large_text_is_not_unpacked():
    import base64
    import zlib

    from cnncalc.homework.sheet.record import read_record

    packed = base64.urlsafe_b64encode(zlib.compress(b"a" * 10_000_000)).decode()
    assert len(packed) < 20_000
    assert read_record(f"5ad4def0168e --ask output --file a.yaml={packed}") is None


def test_a_printed_sheet_has_no_packed_text(call, net):  # noqa: ARG001
    assert "--file" in call("sheet", "net.yaml")[1]
    assert "--file" not in call("sheet", "net.yaml", "-f", "html")[1]


def test_a_kit_for_gradescope_brings_the_models_inside(call, net):
    assert call("gradescope-kit", "net.yaml", "-o", "kit.zip")[0] == 0
    assert zipfile.ZipFile("kit.zip").read("parts/stem.yaml").decode() == net.read_text(encoding="utf-8")


def test_a_cut_is_recorded(call):
    handed_in(call, "a.yaml", "typical_cnn", "--until", "flatten1")
    assert graded(call, "a.yaml", "--key", "typical_cnn")["a.yaml"][:2] == ("graded", "100")
