"""Scores put into exports of Canvas and Moodle; every other byte stays."""

import pytest

from cnncalc.homework.gradebook import GradebookError, fill

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
        ("nothing", "Sheet", "it is no table with a line of headings"),
        ("", "Sheet", "it is no table with a line of headings"),
    ],
)
def test_what_cannot_be_filled(data, assignment, reason):
    with pytest.raises(GradebookError) as error:
        fill(data.encode(), assignment, {})
    assert str(error.value).startswith(reason)


def test_a_last_line_without_an_end():
    assert fill(b"Name,HW\nAda,", "HW", {"ada": "3"}).data == b"Name,HW\nAda,3"
