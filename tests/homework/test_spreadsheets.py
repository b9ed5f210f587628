"""Hand-ins from spreadsheets and tables: what Excel, LibreOffice and Markdown write, and what should not be opened."""

import builtins
import io
import warnings
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest

from cnncalc.cli import run
from cnncalc.homework.handins.submissions import UnreadableFile, read_submission

openpyxl = pytest.importorskip("openpyxl")
pytest.importorskip("defusedxml")

ROWS = [
    ["worksheet", "typical-cnn"],
    ["student", "Ada"],
    ["layer", "settings", "output", "params", "receptive_field"],
    ["conv1", "conv 3×3", "26x26x8", 80, 3.0],
    ["dense1", "dense", 64, 25664.0, "global"],
    ["total", None, "–", 27562, "–"],
]
ANSWERS = {
    ("conv1", "output"): "26x26x8", ("conv1", "params"): "80", ("conv1", "receptive_field"): "3",
    ("dense1", "output"): "64", ("dense1", "params"): "25664", ("dense1", "receptive_field"): "global",
    ("total", "output"): "–", ("total", "params"): "27562", ("total", "receptive_field"): "–",
}  # fmt: skip


def xlsx(rows=ROWS, before=(), name="Sheet"):
    book = openpyxl.Workbook()
    for title in before:
        book.create_sheet(title, 0).append(["nothing", "here"])
    for row in rows:
        book[name].append(row)
    file = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # openpyxl's own
        book.save(file)
    return file.getvalue()


HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
SPACES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
)


def ods(rows=ROWS, head=HEAD, after='<table:table-row table:number-rows-repeated="1048576"><table:table-cell'
        ' table:number-columns-repeated="16384"/></table:table-row>'):  # fmt: skip
    def cell(value):
        if value is None:
            return "<table:table-cell/>"
        if isinstance(value, str):
            return f'<table:table-cell office:value-type="string"><text:p>{value}</text:p></table:table-cell>'
        shown = f"{value:,.2f}".replace(",", " ").replace(".", ",")
        return (
            f'<table:table-cell office:value-type="float" office:value="{value}"><text:p>{shown}</text:p>'
            "</table:table-cell>"
        )

    lines = "".join(f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in rows)
    content = (
        f"{head}<office:document-content {SPACES}><office:body><office:spreadsheet><table:table>{lines}{after}"
        "</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    return packed({"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": content})


def packed(parts):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return file.getvalue()


def changed(data, name, change):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {each: archive.read(each) for each in archive.namelist()}
    return packed({**parts, name: change(parts[name].decode()) if name in parts else change("")})


@pytest.fixture
def read(tmp_path):
    def write_and_read(data, name="ada.xlsx"):
        path = tmp_path / name
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        return read_submission(str(path))

    return write_and_read


def refusal(read, data, name="ada.xlsx"):
    with pytest.raises(UnreadableFile) as error:
        read(data, name)
    return str(error.value)


@pytest.mark.parametrize(("make", "name"), [(xlsx, "ada.xlsx"), (ods, "ada.ods"), (xlsx, "ADA.XLSX")])
def test_a_spreadsheet(read, make, name):
    found = read(make(), name)
    assert (found.student, found.worksheet, found.answers, found.problems) == ("Ada", "typical-cnn", ANSWERS, ())


def test_the_first_sheet_with_headings_is_read(read):
    assert read(xlsx(before=("Notes", "More"))).answers == ANSWERS


def test_formulas_have_the_value_that_was_last_calculated(read):
    data = xlsx([*ROWS[:3], ["dense1", "", "", "=400*64+64"]])

    def cached(text):
        assert "<v />" in text or "<v></v>" in text or "<v/>" in text
        return text.replace("<v />", "<v>25664</v>").replace("<v></v>", "<v>25664</v>").replace("<v/>", "<v>25664</v>")

    assert read(changed(data, "xl/worksheets/sheet1.xml", cached)).answers == {("dense1", "params"): "25664"}


def test_formulas_that_were_never_calculated_are_noted(read):
    found = read(xlsx([*ROWS[:3], ["dense1", "", "", "=400*64+64"]]))
    assert tuple(map(str, found.problems)) == (
        "1 formula without a value, taken for empty: open the file in a spreadsheet program, save it, and hand in that"
        " file",
    )


def test_a_table_that_does_not_begin_in_the_first_column(read):
    found = read(xlsx([["", "", *row] for row in ROWS]))
    assert (found.student, found.worksheet, found.answers) == ("Ada", "typical-cnn", ANSWERS)


@pytest.mark.parametrize(("value", "text"), [(26.0, "26"), (107.7, "107.7"), (0.1 + 0.2, "0.3"),
                                             (1e15, "1000000000000000"),
                                             ("1.168,00", "1.168,00"), (True, "True"), ("=1+", "")])  # fmt: skip
def test_a_number_is_written_as_people_do(read, value, text):
    answers = read(xlsx([*ROWS[:3], ["conv1", "", value, 80]])).answers
    assert answers.get(("conv1", "output"), "") == text


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("layer;params\ndense1;25.664,00\n", "25.664,00"),
        ("layer;params\ndense1;25\u202f664\n", "25\u202f664"),
        ('layer,params\ndense1,"25,664.00"\n', "25,664.00"),
        ("layer;params\ndense1;2,5664E+04\n", "2,5664E+04"),
        ("layer\tparams\ndense1\t25 664\n", "25 664"),
    ],
)
def test_number_formats_of_excel_score(tmp_path, capsys, content, expected):
    path = tmp_path / "ada.csv"
    path.write_text(content, encoding="utf-8")
    assert read_submission(str(path)).answers == {("dense1", "params"): expected}
    assert run(["homework", "grade", str(path), "--key", "typical_cnn", "--by", "question", "-f", "csv"]) == 0
    row = next(line for line in capsys.readouterr().out.splitlines() if ",dense1,params," in line)
    assert ",right,1,1," in row


def test_a_semicolon_shows_decimal_commas_and_so_does_another_number(read):
    assert read("layer;params\nconv1;80\n", "a.csv").has_commas
    assert not read("layer,params\nconv1,80\n", "a.csv").has_commas
    assert read('layer,params,output\nconv1,"80,0",26\n', "a.csv").has_commas
    assert not read("total:\n params: 27,562\nconv1:\n output: 26,26,8\n", "a.yaml").has_commas
    assert read("total:\n memory: 107,7 KiB\n", "a.yaml").has_commas


# -- Markdown

TABLE = """## typical-cnn

- name: Ada
- made with: 8c1 --layout channels\\_last

| layer | settings | output size | parameters (2 points) |
| :--- | :--- | :--- | ---: |
| conv1 | conv 3×3, 8 filters | 26x26x8 | **80** |
| max\\_pool1 | max\\_pool 2×2 | 13\\*13\\*8 | |

| layer | settings | output size | parameters |
|---|---|---|---|
| total |  | – | 27,562 |
"""


@pytest.mark.parametrize("name", ["ada.md", "ada.txt"])
def test_a_table_in_markdown(read, name):
    found = read(TABLE, name)
    assert (found.student, found.worksheet, found.made_with) == ("Ada", "typical-cnn", "8c1 --layout channels_last")
    assert found.answers == {
        ("conv1", "output"): "26x26x8", ("conv1", "params"): "80", ("max_pool1", "output"): "13*13*8",
        ("total", "output"): "–", ("total", "params"): "27,562",
    }  # fmt: skip


@pytest.mark.parametrize("broken", ["8c1 --layout\n  channels\\_last", "8c1 --layout\nchannels\\_last"])
def test_options_on_several_lines_as_editors_break_them(read, broken):
    found = read(TABLE.replace("8c1 --layout channels\\_last", broken), "ada.md")
    assert found.made_with == "8c1 --layout channels_last"


def test_german_headings(read):
    text = "Schicht;Einstellungen;Ausgabegröße;Parameter;rezeptives Feld\nconv1;;26x26x8;80;3\n"
    columns = [column for _, column in read(text, "a.csv").answers]
    assert columns == ["output", "params", "receptive_field"]


def test_a_table_without_bars_at_its_ends(read):
    assert read("layer | params\n------+-------\nconv1 | 80\n", "a.txt").answers == {("conv1", "params"): "80"}


def test_a_sheet_as_yaml_in_a_text_file(read):
    assert read("```\nstudent: Ada\nconv1:\n  params: 80\n```\n", "a.md").answers == {("conv1", "params"): "80"}


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize(
    ("format", "suffix"), [("markdown", "md"), ("csv", "csv"), ("tsv", "tsv"), ("answers", "yaml")]
)
def test_the_sheets_that_we_print_are_read_when_they_are_filled_in(tmp_path, capsys, format, suffix, language):
    """The key is a sheet that is filled in."""
    format = [] if format == "answers" else ["--format", format]
    assert run(["homework", "sheet", "typical_cnn", "--key", *format, "--language", language]) == 0
    text = capsys.readouterr().out
    path = tmp_path / f"ada.{suffix}"
    path.write_text(text, encoding="utf-8")
    assert run(["homework", "grade", str(path), "--key", "typical_cnn", "-f", "csv"]) == 0
    assert ",22,22,100,graded," in capsys.readouterr().out


# -- what should not be opened

TENFOLD = (f'<!ENTITY {after} "{f"&{name};" * 10}">' for name, after in zip("abcdefgh", "bcdefghi", strict=True))
BOMB = f'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">{"".join(TENFOLD)}]>'
OUTSIDE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
ADVICE = ": save it anew as .xlsx or .csv, and hand in that file"


@pytest.mark.parametrize("dtd", [BOMB, OUTSIDE, "<!DOCTYPE x>", '<!DOCTYPE x SYSTEM "http://localhost/x.dtd">'])
def test_no_document_type_and_no_entity(read, dtd):
    reason = f"it has a document type or entities, which are not read{ADVICE}"
    assert refusal(read, ods(head=HEAD + dtd), "ada.ods") == reason
    for name in ("xl/workbook.xml", "xl/worksheets/sheet1.xml", "[Content_Types].xml", "xl/styles.xml"):
        assert refusal(read, changed(xlsx(), name, lambda text: dtd + text.partition("?>")[2] or text)) == reason


def test_what_unpacks_to_much_is_not_unpacked(read):
    reason = f"it is too large when it is unpacked{ADVICE}"
    assert refusal(read, changed(xlsx(), "xl/media/a.png", lambda _: "0" * 5_000_000)) == reason
    many = {f"{number}.xml": "<a/>" for number in range(1_001)}
    assert refusal(read, packed(many)) == reason


def test_many_cells_rows_and_columns(read):
    too_many = "it has more than 10,000 cells, or too much else: hand in the filled-in sheet alone"
    assert refusal(read, xlsx([*ROWS, *([number] * 5 for number in range(2_001))])) == too_many
    assert refusal(read, ods([*ROWS, *([number] * 5 for number in range(2_001))]), "a.ods") == too_many
    cell = "<text:p>8</text:p></table:table-cell></table:table-row>"
    wide = f'<table:table-row><table:table-cell table:number-columns-repeated="1000000">{cell}'
    assert read(ods(after=wide), "ada.ods").answers == {**ANSWERS, **{("8", column): "8" for _, column in ANSWERS}}
    tall = f'<table:table-row table:number-rows-repeated="999999999"><table:table-cell>{cell}'
    assert read(ods(after=tall), "ada.ods").answers == ANSWERS
    far = changed(xlsx(), "xl/worksheets/sheet1.xml", lambda text: text.replace(
        "</sheetData>", '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'))  # fmt: skip
    assert refusal(read, far) == "it has more than 20,000 rows: hand in the filled-in sheet alone"


def test_formats_of_numbers_that_take_long_to_search(read):
    slow = f'<numFmts><numFmt numFmtId="165" formatCode="{"[" * 30_000}"/></numFmts><fonts'
    data = changed(xlsx(), "xl/styles.xml", lambda text: text.replace("<fonts", slow, 1))
    assert "or too much else" in refusal(read, data)


def test_comments_on_cells_are_not_answers(read):
    rows = [*ROWS[:3], ["conv1", None, "26x26x8", None]]
    comment = "<office:annotation><text:p>sure?</text:p></office:annotation><text:p>26x26x8"
    data = changed(ods(rows), "content.xml", lambda text: text.replace("<text:p>26x26x8", comment))
    assert read(data, "a.ods").answers == {("conv1", "output"): "26x26x8"}


@pytest.mark.parametrize("suffix", ["xlsx", "ods"])
@pytest.mark.parametrize(
    "data",
    [b"", b"PK\3\4", b"x" * 1_000, b"PK\5\6" + b"\0" * 18, xlsx()[:-100], xlsx()[:700], ods()[:200]],
    ids=["empty", "head", "text", "no files", "cut at the end", "cut", "ods, cut"],  # (the bytes hold the time)
)
def test_what_is_not_whole(read, data, suffix):
    assert refusal(read, data, f"a.{suffix}") == f"it is not a whole .{suffix} file{ADVICE}"


def test_an_old_or_encrypted_workbook(read):
    reason = f"it has a password, or is from before Excel 2007{ADVICE}"
    assert refusal(read, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 2_000) == reason


def test_every_cut_and_flip_is_read_or_refused(read):
    for make, name in ((xlsx, "a.xlsx"), (ods, "a.ods")):
        data = make()
        for place in range(0, len(data), len(data) // 40):
            for mutant in (data[:place], data[:place] + bytes([data[place] ^ 0xFF]) + data[place + 1 :]):
                with suppress(UnreadableFile):
                    read(mutant, name)


def test_without_the_libraries_the_reason_says_what_to_do(read, monkeypatch):
    data = xlsx()
    real = builtins.__import__

    def without(name, *arguments):
        if name.partition(".")[0] in ("openpyxl", "defusedxml"):
            raise ImportError(name)
        return real(name, *arguments)

    monkeypatch.setattr(builtins, "__import__", without)
    assert refusal(read, data) == (
        ".xlsx is only read if cnncalc is installed with `pip install 'cnncalc[spreadsheets]'`; CSV always is: save the"
        " spreadsheet as CSV, and hand in that file"
    )


def test_a_spreadsheet_is_graded_among_others(tmp_path, capsys):
    Path(tmp_path, "a.xlsx").write_bytes(xlsx())
    Path(tmp_path, "b.ods").write_bytes(ods())
    assert run(["homework", "grade", str(tmp_path), "--key", "typical_cnn", "-f", "csv", "--attempt", "best"]) == 0
    assert ",7," in capsys.readouterr().out
