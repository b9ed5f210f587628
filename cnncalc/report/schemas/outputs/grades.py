"""The schema of `homework grade --format json`."""

from cnncalc.report.schemas.outputs._parts import (
    Schema,
    a_count,
    a_list,
    a_real,
    a_record,
    a_text,
    a_truth,
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
    alternatives=a_list(
        "What may have been misremembered, the likeliest first: mistakes that explain it together.",
        a_list("", a_text()),
    ),
    certain=a_truth("Whether the whole sheet shows these mistakes, and not this answer alone."),
    follows_to=or_null(a_text("What would follow from the student's own earlier answers; null if nothing does.")),
    reason=or_null(a_text("Why it could not be read; null if it could.")),
    doubt=or_null(a_text("Why it is in doubt how it was meant; null if it is not.")),
    decided=a_truth("Whether the teacher decided about its points."),
)
_STUDENT = a_record(
    "The result of one file that was handed in.",
    file=a_text("The file."),
    student=a_text("Whose it is."),
    status=one_word("What became of it.", "graded", "not graded", "superseded", "several"),
    error=or_null(a_text("Why it could not be graded; null if it was.")),
    worksheet=a_text("The sheet that it was graded with, or that it says it is."),
    score=a_real("Points, without those that are deducted."),
    max_score=a_real("The most points that were possible.", 0),
    percent=a_real("The points as a percentage of these."),
    late_by_hours=or_null(a_real("How late it was handed in; null if it was not, or that is unknown.", 0)),
    deducted_for_lateness=a_real("Points that are deducted because it was late.", 0),
    notes=a_list("Remarks about the file.", a_text()),
    answers=a_list("Answer by answer.", _ANSWER),
)
_WRONG = a_record(
    "A wrong answer.",
    answer=a_text("As it was given."),
    count=a_count("How often.", 1),
    mistakes=a_list("Names of the mistakes that explain it.", a_text()),
)
_OFTEN = a_record("A mistake.", name=a_text("Its name."), answers=a_count("In how many answers it was made.", 1))


def _by_question(about: str, layer: str, worksheet: str) -> Schema:
    return a_record(
        about,
        worksheet=a_text(worksheet),
        layer=a_text(layer),
        column=a_text("The column of the sheet."),
        right=a_count("How many got it right."),
        answered=a_count("How many answered it."),
        asked=a_count("How many were asked.", 1),
        points=a_real("The mean of the points.", 0),
        max_points=a_real("The mean of the points for a right answer.", 0),
        discrimination=or_null(a_real("The corrected item-total correlation; null where it is undefined.", -1, 1)),
        wrong_answers=a_list("Wrong answers, the most frequent first.", _WRONG),
        mistakes=a_list("The most frequent mistakes.", _OFTEN),
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
        worksheet=a_text("The name of the sheet, or of the folder of keys."),
        made_with=a_text("What the sheet was made with; empty if there are several sheets."),
        students=a_list("File by file.", _STUDENT),
        questions=a_list(
            "Question by question, of each sheet.",
            _by_question("A question over all that count.", "The entry that is asked about.", "The sheet."),
        ),
        kinds=a_list(
            "The same for the layers of a kind, over all sheets.",
            _by_question("The questions about a kind.", "The kind of the layers, or `total`.", "Always empty."),
        ),
        mistakes=a_list("Mistakes, the most frequent first.", _MISTAKE),
    )
    return {"grades": complete("grades", "cnncalc homework grade SHEET FILE --format json", schema)}


SCHEMAS = _schemas()
"""By name."""
