"""The schema of `homework grade --format json`."""

from cnncalc.report.schemas.outputs._parts import (
    Schema,
    a_count,
    a_list,
    a_real,
    a_record,
    a_text,
    complete,
    head,
    one_word,
    or_null,
)

_QUESTION = {"layer": a_text("The entry that is asked about."), "column": a_text("The column of the sheet.")}
_ANSWER = a_record(
    "An answer.",
    **_QUESTION,
    answer=a_text("What was handed in, as text."),
    status=a_text("The verdict: right, wrong, blank, …"),
    points=a_real("The points that it earned."),
    max_points=a_real("The most points that it could earn.", 0),
    mistakes=a_list("Names of the mistakes that explain it.", a_text()),
    follows_to=or_null(a_text("What would follow from the student's own earlier answers; null if nothing does.")),
    reason=or_null(a_text("Why it could not be read; null if it could.")),
)
_STUDENT = a_record(
    "The result of one file that was handed in.",
    file=a_text("The file."),
    student=a_text("Whose it is."),
    status=one_word("What became of it.", "graded", "not graded", "superseded", "several"),
    error=or_null(a_text("Why it could not be graded; null if it was.")),
    score=a_real("Points."),
    max_score=a_real("The most points that were possible.", 0),
    percent=a_real("The points as a percentage of these."),
    notes=a_list("Remarks about the file.", a_text()),
    answers=a_list("Answer by answer.", _ANSWER),
)
_WRONG = a_record("A wrong answer.", answer=a_text("As it was given."), count=a_count("How often.", 1))
_BY_QUESTION = a_record(
    "A question over all that count.",
    **_QUESTION,
    right=a_count("How many got it right."),
    answered=a_count("How many answered it."),
    wrong_answers=a_list("Wrong answers, the most frequent first.", _WRONG),
)
_MISTAKE = a_record(
    "A mistake over all that count.",
    name=a_text("Its name."),
    students=a_count("How many made it."),
    answers=a_count("In how many answers it was made."),
)


def _schemas() -> dict[str, Schema]:
    schema = a_record(
        "What a class handed in, graded.",
        **head("grades"),
        worksheet=a_text("The name of the sheet."),
        made_with=a_text("What the sheet was made with."),
        students=a_list("File by file.", _STUDENT),
        questions=a_list("Question by question.", _BY_QUESTION),
        mistakes=a_list("Mistakes, the most frequent first.", _MISTAKE),
    )
    return {"grades": complete("grades", "cnncalc homework grade SHEET FILE --format json", schema)}


SCHEMAS = _schemas()
"""By name."""
