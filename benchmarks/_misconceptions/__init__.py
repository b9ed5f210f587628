"""What students get wrong when they work out a CNN's numbers by hand, written from textbooks, papers and forums.

Nothing of cnncalc is imported here, and the code of its catalogue of mistakes was not read (the list of its names in
docs/homework.md was known): this is what the catalogue is measured with (`homework.py`). It was committed before the
catalogue was extended, and is not changed afterwards but for errors of arithmetic.

- `network`: networks as plain data, and their text
- `right`: the right rules, a method each
- `wrong`, `sizes`, `parameters`, `macs`, `fields`, `sums`: the misconceptions, each the rule as it is misremembered
- `sheet`: how somebody who holds one, everywhere or once, works through a sheet
"""

from _misconceptions import fields, macs, parameters, sizes, sums
from _misconceptions.network import COLUMNS, Layer, Network, Place, Value, column_of
from _misconceptions.right import Mind, Rules, StuckError
from _misconceptions.sheet import Student, Worked, work_through
from _misconceptions.wrong import MISCONCEPTIONS

__all__ = [
    "COLUMNS", "MISCONCEPTIONS", "Layer", "Mind", "Network", "Place", "Rules", "StuckError", "Student", "Value",
    "Worked", "column_of", "fields", "macs", "parameters", "sizes", "sums", "work_through",
]  # fmt: skip
