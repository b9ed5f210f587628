"""The rows of a table."""

import cnncalc
from cnncalc.report.views.columns import kind_text
from cnncalc.report.views.rows import Listing, tree

SHARED = """
inputs: {a: 8x8x3, b: 8x8x3}
blocks: {enc: [{conv: 3x3x4, activation: relu}, {max_pool: 2}]}
layers:
  - {enc, from: a, name: left}
  - {share: left, from: b, name: right}
  - {conv: 1x1x4, name: c}
  - {share: c}
"""


def test_what_is_run_again_has_one_row_with_its_name():
    rows = list(tree(cnncalc.analyze(cnncalc.load(SHARED)).entries, Listing(names="short")))
    assert [("  " * row.level + row.name, kind_text(row, "channels_last")) for row in rows[3:]] == [
        ("right", "share enc"),
        ("  conv1", "conv 3×3, 4 filters, relu"),
        ("  max_pool1", "max_pool 2×2"),
        ("c", "conv 1×1, 4 filters"),
        ("share1", "share conv 1×1, 4 filters"),
    ]
    # run again on 3·3 positions, and nothing new is learned
    assert (rows[-1].entry.params, rows[-1].entry.macs) == (0, 9 * 4 * 4)
