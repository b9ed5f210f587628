"""From YAML nodes to a `Spec`: the top level, then the entries, each placed in the graph."""
