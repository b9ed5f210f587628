"""`cnncalc homework`: a group of commands of its own."""

import typer

from cnncalc.cli import LazyGroup


class HomeworkGroup(LazyGroup):
    """The commands of this room."""

    commands_by_name = ("sheet", "grade", "gradescope-kit", "exercise")
    room = "cnncalc.cli.homework"


app = typer.Typer(cls=HomeworkGroup, add_completion=False, no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def homework() -> None:
    """Sheets to fill in by hand, and their grading.

    Grading names each mistake.
    """
