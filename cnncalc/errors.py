"""The errors of cnncalc: one tree, each in the module that raises it.

    CnncalcError
    ├── SpecError (also a ValueError)       a spec has mistakes; it lists all of them
    │   └── DataError                       data or weights do not fit the model, or the model does not fit in memory
    ├── Unreadable                          a file cannot be read as a spec
    │   └── NotASpec                        it is recognised as what another tool writes
    ├── GitError                            Git reports an error
    ├── Mistake                             the value of a setting cannot be read
    ├── InputUnknown                        it depends on an input that is unknown because of an earlier mistake
    ├── ExpressionError                     an expression has no value
    ├── ExpressionFailure                   the same during its evaluation, before its place is known
    │   └── UnreadableExpression            it is not an expression at all
    ├── TooMuchError                        a spec has more layers than are read
    ├── ReadsUnknown                        nothing is known about what the positions of a layer read
    │   └── PatternTooLong                  it repeats only after too many of them to be followed
    ├── NotKnown                            a number of which only a lower bound is known does not answer a question
    ├── Different                           instances of a block cannot be one class in generated code
    ├── NoEqual                             a framework has nothing in the place of a layer
    ├── NotTranslatedError                  an operation in a file of PyTorch is none that cnncalc knows
    ├── Unlike                              parts of an imported model cannot be one block
    ├── DoesNotFit                          a layer of a changed model does not accept its input
    ├── PolicyError (also a ValueError)     a selection of codes cannot be read
    ├── ConditionError (also a ValueError)  a bound on a comparison cannot be read
    ├── TooLarge (also a ValueError)        models have more layers than are compared
    ├── QuestionError (also a ValueError)   an inverse question cannot be read
    ├── FormatError (also a ValueError)     an answer on a sheet cannot be read
    ├── UnreadableFile                      a file that was handed in cannot be opened
    ├── GradebookError                      the export of a gradebook cannot be filled
    ├── RosterError                         a roster cannot be read
    ├── DecisionsError                      what a teacher decided about answers cannot be honoured
    ├── LatenessError (also a ValueError)   a due date or a late policy cannot be read
    ├── Unworkable                          there is no result for what a student believes
    ├── UsageError                          a command line asks for what cannot be
    └── UnusualLine                         a command line is not one that is read without typer

Users meet the first two, from `cnncalc.load`, `run` and `verify`; the command line turns all others into messages.
"""

from __future__ import annotations


class CnncalcError(Exception):
    """Base of all errors that cnncalc raises on purpose; any other error is a bug in cnncalc."""
