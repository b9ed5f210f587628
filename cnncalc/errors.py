"""The errors of cnncalc: one tree, each in the module that raises it.

    CnncalcError
    ├── SpecError (a ValueError, too)       a spec has mistakes; it holds all of them
    │   └── DataError                       input data or weights do not fit the model, or the model into memory
    ├── Unreadable                          a file cannot be read as a spec
    ├── GitError                            what Git says of a revision
    ├── Mistake                             the value of a setting cannot be read
    ├── InputUnknown                        it depends on an input that is unknown because of an earlier mistake
    ├── ExpressionError                     an expression has no value
    ├── ExpressionFailure                   the same while it is worked out, before its place is known
    │   └── UnreadableExpression            it is no expression at all
    ├── TooMuchError                        a spec comes to more layers than are read
    ├── PatternTooLong                      what the positions of a layer read repeats too late to be followed
    ├── DoesNotFit                          a layer of a changed model does not take what it gets
    ├── PolicyError (a ValueError, too)     a selection of codes cannot be read
    ├── ConditionError (a ValueError, too)  a bound on a comparison cannot be read
    ├── QuestionError (a ValueError, too)   an inverse question has no meaning for this model
    ├── FormatError (a ValueError, too)     an answer on a sheet cannot be read
    ├── UnreadableFile                      a file that was handed in cannot be opened
    ├── GradebookError                      the export of a gradebook cannot be filled
    ├── RosterError                         a roster cannot be read
    └── Unworkable                          no number comes out of what a student believes

Users meet the first two, from `cnncalc.load`, `run` and `verify`; the command line turns all others into messages.
"""

from __future__ import annotations


class CnncalcError(Exception):
    """Base of all errors that cnncalc raises on purpose; any other is a bug of ours."""
