"""JSON Schemas of what commands write with `--format json`: a module a command, each with its `SCHEMAS` by name."""
