"""`cnncalc homework exercise`: sensible, measured, and the same everywhere."""

import csv
import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

import cnncalc
from cnncalc import formulas
from cnncalc.checks.validate_files import validate_file
from cnncalc.homework.exercise import networks as generator
from cnncalc.homework.exercise._drawing import Draw
from cnncalc.homework.exercise.difficulty import difficulty, medians
from cnncalc.homework.exercise.networks import LEVELS, MAX_LAYERS, exercise, has_leftover
from cnncalc.homework.gradebook.roster import RosterError, RosterStudent, read_roster, read_secret, seed_of

PINNED = Path(__file__).with_name("exercises.txt")
"""Ten exercises of generator 1. They change only together with its version."""
SEEDS = range(40)


def every_exercise():
    return [(level, seed, exercise(level, seed)) for level in LEVELS for seed in SEEDS]


@pytest.fixture(scope="module")
def drawn():
    return every_exercise()


# -- the same everywhere


def test_draws_are_those_of_sha_256():
    # printf key/1/0 | sha256sum: the first eight bytes as a number
    assert Draw("key", 1).below(2**64) == 0x11A0B12E6691BE09


def test_draws_are_within_bounds_and_even():
    draw = Draw("even")
    counts = [0] * 6
    for _ in range(6000):
        counts[draw.below(6)] += 1
    assert all(850 < count < 1150 for count in counts)  # 1000 ± 5 standard deviations of √(6000 · 1/6 · 5/6) = 28.9
    assert {Draw("one", seed).pick("a") for seed in range(5)} == {"a"}


def test_ten_exercises_are_what_they_always_were():
    made = "".join(exercise(level, seed).text for level in LEVELS for seed in (1, 2))
    assert generator.VERSION == 1
    assert made == PINNED.read_bytes().decode().replace("\r\n", "\n")


@pytest.mark.slow
def test_the_hash_seed_of_python_does_not_matter():
    code = "from cnncalc.homework.exercise.networks import exercise; print(exercise(5, 11).text)"
    texts = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(Path(cnncalc.__file__).parents[1])},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "2")
    }
    assert len(texts) == 1


def test_seeds_give_different_exercises(drawn):
    for level in LEVELS:
        texts = {made.text.split("input:")[1] for own, _, made in drawn if own == level}
        assert len(texts) >= 0.9 * len(SEEDS)


# -- sensible


def test_nothing_is_found_in_any(drawn, tmp_path):
    path = tmp_path / "exercise.yaml"
    for _, _, made in drawn:
        path.write_text(made.text, encoding="utf-8")
        assert validate_file(str(path)).diagnostics == [], made.text


def test_windows_come_out_even_but_on_purpose(drawn):
    for _, _, made in drawn:
        uneven = [node for node in made.analysis.spec.graph.nodes if has_leftover(node)]
        assert len(uneven) == made.floor, made.text
        assert ("on purpose" in made.text) == made.floor
    floors = [made.floor for level, _, made in drawn if level in (3, 4)]
    assert 0.2 < sum(floors) / len(floors) < 0.8
    assert not any(made.floor for level, _, made in drawn if level in (1, 2, 5))


def test_windows_fit_without_their_padding(drawn):
    for _, _, made in drawn:
        for node in made.analysis.spec.graph.nodes:
            layer = node.layer
            kernel = getattr(layer, "kernel", None) or getattr(layer, "window", None)
            if not kernel or layer.is_transposed:
                continue
            dilation = getattr(layer, "dilation", (1,) * len(kernel))
            for n, k, d in zip(node.inputs[0].output.spatial, kernel, dilation, strict=True):
                assert formulas.span(k, d) <= n, made.text


def test_numbers_stay_small(drawn):
    for _, _, made in drawn:
        for layer in made.analysis.layers:
            assert max(layer.node.output.spatial, default=1) <= 64
            assert layer.params <= 100_000


def test_a_level_has_what_it_is_about(drawn):
    for level, _, made in drawn:
        kinds = [layer.node.kind for layer in made.analysis.layers]
        if level == 1:
            assert len(kinds) == 1
        if level <= 2:
            assert "padding" not in made.text
            assert "stride" not in made.text
        if level == 3:
            assert "padding" in made.text
            assert "stride" in made.text
        if level == 4:
            assert "dilation: 2" in made.text
            assert len(made.analysis.spec.graph.inputs[0].output.spatial) in (1, 3)
        if level == 5:
            assert "conv_transpose" in kinds
            assert {"add", "concat"} & set(kinds) or "residual" in made.text
    ranks = {len(made.analysis.spec.graph.inputs[0].output.spatial) for level, _, made in drawn if level == 4}
    assert ranks == {1, 3}


@pytest.mark.parametrize(("level", "layers"), [(k, n) for k in LEVELS for n in range(1, MAX_LAYERS + 1)])
def test_as_many_layers_as_are_asked_for(level, layers):
    most = 1 if level == 1 else MAX_LAYERS
    if not LEVELS[level].least <= layers <= most:
        with pytest.raises(ValueError, match="level"):
            exercise(level, 1, layers)
        return
    for seed in range(10):
        made = exercise(level, seed, layers)
        assert made.text.count("\n  - ") == layers
        assert f"--layers {layers}" in made.text


# -- difficulty


def test_steps_are_counted_as_a_person_counts_them():
    spec = cnncalc.load("input: 28x28x1\nlayers: [conv: 3x3x8]\n")
    # size: 28 − 3, 2·0, +, / 1, + 1; parameters: 3·3·1·8 + 8; field: 3 − 1, ·1, 1 +; its stride: 1·1
    assert difficulty(cnncalc.analyze(spec)) == (5 + 4 + 3 + 1, 80)
    two = cnncalc.load("input: 28x28x1\nlayers: [conv: 3x3x8, flatten, dense: 10]\n")
    # 26·26·8 (2); 5408·10 + 10 (2); the total 80 + 54,090 (1)
    assert difficulty(cnncalc.analyze(two)) == (13 + 2 + 2 + 1, 80 + 54_090)


@pytest.mark.slow
def test_every_level_is_harder_than_the_one_before():
    found = medians(range(100))
    steps, largest = ([getattr(found[level], what) for level in LEVELS] for what in ("steps", "largest"))
    assert steps == sorted(set(steps)), found
    assert largest == sorted(set(largest)), found


# -- rosters


SECRET = b"correct horse battery staple"
SEED = "a84a2340188fc079e4344da27c16fa175a1dfa8c10a14d4bf8ffa416802602fa"
"""printf '["Sheet 1", "1815"]' | openssl dgst -sha256 -hmac 'correct horse battery staple'"""


def test_a_seed_is_a_keyed_hash_of_assignment_and_student():
    ada = RosterStudent("1815", "Ada Lovelace", "ada-lovelace")
    assert seed_of(ada, "Sheet 1", SECRET) == SEED
    others = {
        seed_of(ada._replace(identity="1816"), "Sheet 1", SECRET),
        seed_of(ada, "Sheet 2", SECRET),
        seed_of(ada, "Sheet 1", SECRET + b"!"),
    }
    assert len(others | {SEED}) == 4
    assert seed_of(ada._replace(name="Ada King"), "Sheet 1", SECRET) == SEED


@pytest.mark.parametrize(
    ("table", "students"),
    [
        ("student\nAda Lovelace\n", [("Ada Lovelace", "Ada Lovelace", "ada-lovelace")]),
        ('ID,Student\n7,"Lovelace, Ada"\n,\n', [("7", "Lovelace, Ada", "lovelace-ada")]),
        ("Vorname;Nachname;E-Mail\nEmmy;Nöther;x\n", [("Emmy Nöther", "Emmy Nöther", "emmy-nother")]),
        ("Student,ID\n    Points Possible,\nAda,7\n", [("7", "Ada", "ada")]),
    ],
)
def test_rosters(table, students):
    assert read_roster(table.encode()) == students


def test_students_of_one_name_get_files_of_their_own():
    # printf 1 | sha256sum, and of 2 and 3: ASCII cannot write the last name
    found = read_roster("id,name\n1,Ada\n2,ada\n3,李\n".encode())
    assert [each.file for each in found] == ["ada-6b86b273", "ada-d4735e3a", "student-4e074085"]


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("colour,size\nred,1\n", "no column says who a row is about"),
        ("", "no column says who a row is about"),
        ("student\nAda\nAda\n", "two rows are about `Ada`"),
    ],
)
def test_rosters_that_cannot_be_used(table, message):
    with pytest.raises(RosterError, match=message):
        read_roster(table.encode())


def test_a_secret_is_long_and_has_no_line_end():
    assert read_secret(SECRET + b"\r\n") == SECRET
    with pytest.raises(RosterError, match="at least 16 bytes"):
        read_secret(b"hunter2\n")


# -- the command


def test_an_exercise_alone_goes_to_standard_output(call):
    status, out, err = call("exercise", "--seed", 7, "--level", 3)
    assert (status, err) == (0, "")
    assert out == exercise(3, 7).text
    assert out.startswith("# cnncalc homework exercise --level 3 --seed 7 (generator 1)\n")


@pytest.mark.parametrize("level", LEVELS)
def test_spec_sheet_and_key_belong_together(call, level):
    assert call("exercise", "--seed", 3, "--level", level, "--count", 3, "-o", "exam")[0] == 0
    assert len(os.listdir("exam")) == 9
    for seed in (3, 4, 5):
        name = f"exam/level{level}-seed{seed}"
        assert Path(f"{name}.yaml").read_text(encoding="utf-8") == exercise(level, seed).text
        status, out, _ = call("grade", f"{name}-key.yaml", "--key", f"{name}.yaml", "-f", "csv")
        assert status == 0
        (row,) = csv.DictReader(io.StringIO(out))
        assert row["percent"] == "100"
        status, out, _ = call("grade", f"{name}-sheet.yaml", "--key", f"{name}.yaml", "-f", "csv")
        (row,) = csv.DictReader(io.StringIO(out))
        assert row["percent"] == "0"


@pytest.mark.parametrize(("format", "suffix"), [("yaml", "yaml"), ("csv", "csv"), ("markdown", "md"), ("html", "html")])
def test_sheets_in_every_format(call, format, suffix):
    assert call("exercise", "--seed", 1, "--level", 1, "-f", format, "--ask", "output", "-o", "exam")[0] == 0
    assert sorted(os.listdir("exam")) == sorted(
        ["level1-seed1.yaml", f"level1-seed1-sheet.{suffix}", f"level1-seed1-key.{suffix}"]
    )
    # 9 − 5 + 1 = 5 each way, 6 filters
    assert "5x5x6" in Path(f"exam/level1-seed1-key.{suffix}").read_text(encoding="utf-8")
    assert "5x5x6" not in Path(f"exam/level1-seed1-sheet.{suffix}").read_text(encoding="utf-8")


def test_nothing_is_written_over(call):
    once = call("exercise", "--seed", 1, "--count", 2, "-o", "exam")
    assert call("exercise", "--seed", 1, "--count", 2, "-o", "exam") == once  # the same files once more
    Path("exam/level2-seed2-sheet.yaml").write_text("student: Ada\n", encoding="utf-8")
    before = {name: Path("exam", name).read_bytes() for name in os.listdir("exam")}
    status, out, err = call("exercise", "--seed", 0, "--count", 3, "-o", "exam")
    assert (status, out) == (1, "")
    assert err == (
        "cnncalc: nothing was written to exam: level2-seed2-sheet.yaml already exists with other content; choose "
        "another folder\n"
    )
    assert {name: Path("exam", name).read_bytes() for name in os.listdir("exam")} == before


def test_a_file_in_place_of_the_folder(call):
    Path("exam").write_text("mine", encoding="utf-8")
    assert call("exercise", "--seed", 1, "-o", "exam")[::2] == (
        1,
        "cnncalc: nothing was written to exam: File exists\n",
    )
    assert Path("exam").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("name", ["null", "yes", "007", "1e5", "true"])
def test_names_that_yaml_might_read_otherwise(name):
    assert exercise(1, 1, name=name).analysis.spec.name == name


def test_a_class(call):
    Path("roster.csv").write_text('ID,Student\n1,"Lovelace, Ada"\n2,Emmy Nöther\n', encoding="utf-8")
    Path("secret").write_bytes(SECRET + b"\n")
    options = ("--assignment", "Sheet 1", "--secret-file", "secret", "--level", 3)
    status, out, err = call("exercise", "--roster", "roster.csv", *options, "-o", "one")
    assert (status, err) == (0, "")
    assert [line.partition(":")[0] for line in out.splitlines()] == ["lovelace-ada", "emmy-nother"]
    assert "student: Lovelace, Ada\n" in Path("one/lovelace-ada-sheet.yaml").read_text(encoding="utf-8")
    # later the class has grown, and been sorted anew
    Path("roster.csv").write_text('ID,Student\n3,Alan\n2,Emmy Nöther\n1,"Lovelace, Ada"\n', encoding="utf-8")
    assert call("exercise", "--roster", "roster.csv", *options, "-o", "two")[0] == 0
    for name in os.listdir("one"):
        assert Path("one", name).read_bytes() == Path("two", name).read_bytes()
    layers = {
        Path("two", f"{who}.yaml").read_text(encoding="utf-8").split("input:")[1] for who in ("alan", "lovelace-ada")
    }
    assert len(layers) == 2
    # nothing in the files tells the seed
    assert not any("seed" in path.read_text(encoding="utf-8") for path in Path("two").iterdir())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "expected --seed N, or --roster with its options"),
        (("--seed", 1, "--count", 2), "several exercises need a folder: -o FOLDER"),
        (("--seed", 1, "--level", 1, "--layers", 2), "level 1 is one layer"),
        (("--seed", 1, "--level", 5, "--layers", 3), "level 5 takes 4 to 8 layers"),
        (("--seed", 1, "--assignment", "x"), "it needs --roster too"),
        (("--roster", "r.csv", "--seed", 1), "it does not go with --roster"),
        (("--roster", "r.csv", "--assignment", "", "--secret-file", "s", "-o", "x"), "--roster needs --assignment"),
        (("--roster", "r.csv"), "--roster needs --assignment, --secret-file and -o"),
        (("--seed", 1, "--ask", "colour"), "cannot ask for 'colour'"),
    ],
)
def test_usage(call, arguments, message):
    status, out, err = call("exercise", *arguments)
    assert (status, out) == (2, "")
    assert message in " ".join(err.split())


def test_files_that_cannot_be_used(call):
    options = ("--assignment", "a", "--secret-file", "secret", "-o", "out")
    assert call("exercise", "--roster", "r.csv", *options)[::2] == (
        1,
        "cnncalc: secret cannot be used: No such file or directory\n",
    )
    Path("secret").write_bytes(b"short")
    assert "a secret needs at least 16 bytes" in call("exercise", "--roster", "r.csv", *options)[2]
    Path("secret").write_bytes(SECRET)
    Path("r.csv").write_text("student,section\n", encoding="utf-8")
    assert call("exercise", "--roster", "r.csv", *options) == (3, "", "cnncalc: there are no students in r.csv\n")
    assert not Path("out").exists()


def test_everything_in_german_with_the_points_of_a_rubric(call):
    Path("rubric.yaml").write_text("points: {params: 2, conv1.output: 3}\n")
    options = ["--level", "3", "--seed", "12", "--language", "de", "--rubric", "rubric.yaml", "-o", "exam"]
    assert call("exercise", *options)[0] == 0
    spec = Path("exam/level3-seed12.yaml").read_text(encoding="utf-8")
    assert "\n# Bei einer Schicht gehen die Fenster absichtlich nicht auf.\n" in spec
    sheet = Path("exam/level3-seed12-sheet.yaml").read_text(encoding="utf-8")
    assert "  conv1:  # conv 3×3, 6 Filter, Schrittweite 2, Padding 1; Punkte: 3 + 2 + 1\n" in sheet
    assert "params: 114\n    #   k·k·c_in·filters + filters = 3·3·2·6 + 6 = 114\n" in Path(
        "exam/level3-seed12-key.yaml"
    ).read_text(encoding="utf-8")


def test_a_rubric_may_name_a_layer_that_only_one_exercise_has(call):
    Path("rubric.yaml").write_text("points: {conv2.params: 2}\n")
    assert call("exercise", "--level", "1", "--seed", "1", "--rubric", "rubric.yaml", "-o", "one")[0] == 1
    assert not Path("one").exists()
    options = ["--level", "3", "--seed", "11", "--count", "2", "--rubric", "rubric.yaml", "-o", "two"]
    assert call("exercise", *options)[0] == 0
