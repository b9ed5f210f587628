"""Students' files: YAML that is none, CSV as spreadsheets write it, JSON, and what is no sheet at all."""

import pytest

from cnncalc.homework.handins.submissions import MAX_BYTES, UnreadableFile, read_submission


@pytest.fixture
def read(tmp_path):
    def write_and_read(content, name="ada.yaml"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_submission(str(path))

    return write_and_read


SHEET = """worksheet: typical-cnn
student: Ada
answers:
  conv1:
    output: 26x26x8
    params: 80
  total:
    params: 27,562
"""
ANSWERS = {("conv1", "output"): "26x26x8", ("conv1", "params"): "80", ("total", "params"): "27,562"}


def test_a_plain_sheet(read):
    found = read(SHEET)
    assert (found.student, found.worksheet, found.answers, found.problems) == ("Ada", "typical-cnn", ANSWERS, ())


@pytest.mark.parametrize(
    "content",
    [
        SHEET.replace("\n", "\r\n"),
        SHEET.replace("\n", "\r"),
        "\ufeff" + SHEET,
        SHEET.encode("utf-16"),
        SHEET.replace("    ", "\t"),
        SHEET.replace("    params: 80", "      params : 80"),
        SHEET.replace("conv1:", '"conv1":').replace("output:", "'output':"),
        SHEET.replace("params: 80", "Parameters: 80   # 3*3*1*8 + 8"),
        SHEET.replace("conv1:\n    output: 26x26x8\n    params: 80", "conv1: {output: 26x26x8, params: 80}"),
        "---\n" + SHEET + "...\n",
        "# mine\n\n" + SHEET.replace("\n", "\n\n"),
    ],
    ids=[
        "crlf", "cr", "bom", "utf16", "tabs", "spaces", "quotes", "comment", "braces", "document", "blank lines",
    ],
)  # fmt: skip
def test_however_an_editor_saves_it(read, content):
    found = read(content)
    assert (found.student, found.answers, found.problems) == ("Ada", ANSWERS, ())


@pytest.mark.parametrize(
    "answer",
    ["1,168", "(26, 26, 8)", "[26,26,8]", "{3}", "}", "a: b", "*x", "&y", "!tag", "%", "@", "3*3*8*16+16", '"'],
)
def test_what_would_be_wrong_yaml_is_an_answer(read, answer):
    assert read(SHEET.replace("params: 80", f"params: {answer}")).answers["conv1", "params"] == answer


def test_a_line_that_cannot_be_read_costs_that_answer_alone(read):
    found = read(SHEET.replace("params: 80", "params 80"))
    assert found.answers == {place: text for place, text in ANSWERS.items() if place != ("conv1", "params")}
    assert tuple(map(str, found.problems)) == ("line 6: no `:` in `params 80`",)


def test_an_answer_without_a_layer_and_a_word_without_meaning(read):
    found = read("student: Ada\nparams: 3\nconv1: great\nconv1:\n  output: 1x1x1\n")
    assert found.answers == {("conv1", "output"): "1x1x1"}
    assert tuple(map(str, found.problems)) == (
        "line 2: `params` does not say for which layer",
        "line 3: `conv1: great` is neither a layer nor an answer",
    )


def test_the_last_of_two_answers_counts_and_it_is_said(read):
    found = read(SHEET.replace("params: 80", "params: 79\n    params: 80"))
    assert found.answers == ANSWERS
    assert tuple(map(str, found.problems)) == ("line 7: conv1 params is answered twice; the last answer counts",)


CSV = 'worksheet,typical-cnn\nstudent,Ada\nlayer,settings,output,params\nconv1,3×3,26x26x8,80\ntotal,,,"27,562"\n'


@pytest.mark.parametrize(
    "content",
    [
        CSV,
        CSV.replace("\n", "\r\n"),
        "\ufeff" + CSV,
        CSV.encode("cp1252"),
        CSV.replace('"27,562"', "27§562").replace(",", ";").replace("§", ","),
        CSV.replace('"27,562"', "27§562").replace(",", "\t").replace("§", ","),
        CSV.replace("layer,settings,output,params", "Layer,Settings,Output Shape,Parameters"),
        CSV + ",,,\n\n",
    ],
    ids=["plain", "crlf", "bom", "cp1252", "semicolon", "tab", "headings", "empty rows"],
)
def test_however_a_spreadsheet_saves_it(read, content):
    found = read(content, "ada.csv")
    assert (found.student, found.worksheet, found.answers, found.problems) == ("Ada", "typical-cnn", ANSWERS, ())


def test_json(read):
    text = (
        '{"student": "Ada", "answers": {"conv1": {"output": [26, 26, 8], "params": 80}, "total": {"params": "27,562"}}}'
    )
    assert read(text, "ada.json").answers == {**ANSWERS, ("conv1", "output"): "[26, 26, 8]"}


def test_a_student_without_a_name_is_called_as_the_file(read):
    assert read(SHEET.replace("student: Ada", "student:"), "lovelace_ada.yaml").student == "lovelace_ada"


@pytest.mark.parametrize(
    ("content", "name", "reason"),
    [
        (b"", "a.yaml", "there are no answers in it"),
        (b"\x89PNG\0\0", "a.yaml", "it is not text"),
        (b"x" * (MAX_BYTES + 1), "a.yaml", f"it is larger than {MAX_BYTES:,} bytes"),
        (b"[1, 2", "a.json", "it is not JSON: Expecting ',' delimiter: line 1 column 6 (char 5)"),
        (b"[" * 100_000, "a.json", "it is not JSON: "),
        (b"[1, 2]", "a.json", "it has no mapping `answers`"),
        (b"a,b\n1,2\n", "a.csv", "it has no line of headings with `layer` and the columns asked for"),
    ],
)
def test_what_is_no_sheet(read, content, name, reason):
    with pytest.raises(UnreadableFile) as error:
        read(content, name)
    assert str(error.value).startswith(reason)


def test_a_folder_and_nothing(tmp_path):
    with pytest.raises(UnreadableFile, match="it is not a file"):
        read_submission(str(tmp_path))
    with pytest.raises(UnreadableFile, match="there is no such file"):
        read_submission(str(tmp_path / "x.yaml"))
