"""Receptive fields, for `web/src/field.ts`: what each layer sees of each input, and ways to widen it.

`_data` has the exact maps, with which the page calculates the box of the unit under the pointer, and the pixels of
inputs to show it on; `_ways` the answers to the lecture's question.
"""

from cnncalc.report.page._field._data import field_data

__all__ = ["field_data"]
