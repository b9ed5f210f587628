"""JSON Schemas of what commands write with `--format json`: one module per command, each with its `SCHEMAS` by name."""
