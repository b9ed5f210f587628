"""`cnncalc homework`: a group of commands of its own."""

COMMANDS = ("sheet", "grade", "gradescope-kit", "exercise")


def homework() -> None:
    """Sheets to fill in by hand, and their grading.

    Grading names each mistake.
    """
