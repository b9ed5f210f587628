"""A model with blocks, copies, a branch, a group and two outputs, which tests of drawings share."""

UNITS = """\
name: units
input: 12x12x3
blocks:
  unit:
    args: [width]
    layers:
      - residual:
          - {conv: $width, kernel: 3, padding: 1, norm: batch_norm, activation: relu}
          - {conv: $width, kernel: 3, padding: 1}
        shortcut: {conv: $width, kernel: 1, when: $(c_in != width)}
        activation: relu
layers:
  - {conv: 3x3x8, padding: same}
  - {unit: 16, repeat: 4, name: body}
  - {conv: 3x3x16, padding: same, repeat: 2, name: plain}
  - {concat: [[], {max_pool: 3, stride: 1, padding: 1}]}
  - group: [global_avg_pool, dense: 5]
    name: head
outputs: [body, head]
"""
