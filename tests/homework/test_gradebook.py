"""Scores put into exports of Canvas and Moodle; every other byte stays."""

import pytest

from cnncalc.homework.gradebook.exports import GradebookError, fill
from cnncalc.homework.gradebook.roster import RosterError, read_roster

CANVAS = (
    "Student,ID,SIS User ID,SIS Login ID,Section,Sheet 1 (9231),Sheet 2 (9232),Final\r\n"
    "    Points Possible,,,,,10,10,(read only)\r\n"
    '"Lovelace, Ada",17,u17,ada,"CNN, A",,7,81\r\n'
    '"Hopper, Grace",18,u18,grace,"CNN, A",3,,\r\n'
    '"Müller, Jörg",19,u19,jorg,"CNN, ""B""",,,\r\n'
)
MOODLE = (
    "First name;Surname;ID number;Email address;Assignment: Sheet 1 (Real)\n"
    "Ada;Lovelace;17;ada@example.org;-\n"
    "Grace;Hopper;18;grace@example.org;\n"
)


def test_canvas():
    filled = fill(CANVAS.encode(), "Sheet 1", {"Ada Lovelace": "8.5", "jorg": "4", "u18": "10"})
    expected = CANVAS.replace('A",,7', 'A",8.5,7').replace('A",3', 'A",10').replace('B""",,', 'B""",4,')
    assert filled.data == expected.encode()
    assert (filled.filled, filled.missing, filled.ambiguous, filled.empty) == (3, (), (), ())


def test_moodle():
    filled = fill(MOODLE.encode(), "Assignment: Sheet 1 (Real)", {"lovelace_ada": "8", "grace@example.org": "9"})
    assert filled.data == MOODLE.replace("org;-", "org;8").replace("grace@example.org;", "grace@example.org;9").encode()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_the_encoding_stays(encoding):
    filled = fill(CANVAS.encode(encoding), "Sheet 2", {"Joerg Mueller": "1", "jorg muller": "2"})
    assert filled.data == CANVAS.replace('B""",,', 'B""",,2').encode(encoding)
    assert filled.missing == ("Joerg Mueller",)


def test_who_was_not_found_who_stands_twice_and_who_got_nothing():
    twice = MOODLE + "Ada;Lovelace;99;other@example.org;\n"
    filled = fill(twice.encode(), "Assignment: Sheet 1", {"Ada Lovelace": "8", "Alan Turing": "9"})
    assert filled.data == twice.encode()
    assert (filled.filled, filled.missing, filled.ambiguous) == (0, ("Alan Turing",), ("Ada Lovelace",))
    assert filled.empty == ("Ada Lovelace", "Grace Hopper", "Ada Lovelace")


@pytest.mark.parametrize(
    ("data", "assignment", "reason"),
    [
        (CANVAS, "Sheet 3", "there is no column `Sheet 3`; columns: Student, ID, "),
        (CANVAS, "Sheet", "several columns begin with `Sheet`: Sheet 1 (9231), Sheet 2 (9232)"),
        ("nothing", "Sheet", "it is not a table with a line of headings"),
        ("", "Sheet", "it is not a table with a line of headings"),
    ],
)
def test_what_cannot_be_filled(data, assignment, reason):
    with pytest.raises(GradebookError) as error:
        fill(data.encode(), assignment, {})
    assert str(error.value).startswith(reason)


def test_a_last_line_without_an_end():
    assert fill(b"Name,HW\nAda,", "HW", {"ada": "3"}).data == b"Name,HW\nAda,3"


@pytest.mark.parametrize("order", ["utf-16-le", "utf-16-be"])
def test_the_order_of_bytes_stays(order):
    data = ("\ufeff" + CANVAS).encode(order)
    assert fill(data, "Sheet 2", {"jorg": "2"}).data == ("\ufeff" + CANVAS.replace('B""",,', 'B""",,2')).encode(order)


def test_two_that_mean_one_row_are_both_left_out():
    """The second one's score would take the place of the first's."""
    filled = fill(CANVAS.encode(), "Sheet 1", {"Jörg Müller": "22", "müller jo\u0308rg": "0", "Ada Lovelace": "8"})
    assert filled.data == CANVAS.replace('A",,7', 'A",8,7').encode()
    assert (filled.filled, filled.ambiguous) == (1, ("Jörg Müller", "müller jo\u0308rg"))
    by_login = fill(CANVAS.encode(), "Sheet 1", {"jorg": "22", "Müller, Jörg": "0", "u19": "5"})
    assert (by_login.data, by_login.filled, len(by_login.ambiguous)) == (CANVAS.encode(), 0, 3)


def test_an_id_is_read_in_its_order_and_a_name_in_any():
    table = "ID;Name;HW\n1-23;Li Wei;\n23-1;Ann Lee;\n"
    assert fill(table.encode(), "HW", {"1-23": "5"}).data == table.replace("Li Wei;", "Li Wei;5").encode()
    assert fill(table.encode(), "HW", {"lee, ann": "5"}).data == table.replace("Lee;", "Lee;5").encode()


def test_vowel_signs_make_another_name():
    """In Devanagari a vowel is a mark on a letter: these are Rām and Rīm, and not one name without accents."""
    table = "Name,HW\nराम,\n"
    assert fill(table.encode(), "HW", {"रीम": "5"}).missing == ("रीम",)
    assert fill(table.encode(), "HW", {"राम": "5"}).filled == 1


def test_nobody_fills_in_what_there_is_to_get():
    filled = fill(CANVAS.encode(), "Sheet 1", {"Points Possible": "0"})
    assert (filled.data, filled.missing) == (CANVAS.encode(), ("Points Possible",))


@pytest.mark.parametrize(
    ("data", "line"),
    [
        ('Name,HW\n"Ada,\nBob,\n', 2),
        ('Name,HW\n"Lovelace, Ada,\n"Hopper, Grace",\n', 2),
        ('Name,HW\nAda,\n"Bob"x,\n', 3),
        (f'Name,HW\n"{"x" * 200_000},\n', 2),
    ],
)
def test_a_lost_quote_is_told_with_its_line(data, line):
    with pytest.raises(GradebookError, match=f"^line {line}: a quote is missing, or there is one too many$"):
        fill(data.encode(), "HW", {"Bob": "1"})
    with pytest.raises(RosterError, match=f"^line {line}: a quote is missing"):
        read_roster(data.encode())


def test_long_cells_line_ends_in_cells_and_quotes_in_names():
    table = f'Name,Notes,HW\r\nAda,"a ""b""\r\nc",\r\nBob,"{"x" * 200_000}",\r\nC 5" disk,,\r\n'
    filled = fill(table.encode(), "HW", {"Ada": "1", "bob": "2"})
    assert filled.data == table.replace('c",', 'c",1').replace('x",', 'x",2').encode()
