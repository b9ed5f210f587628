"""The language inside a spec: expressions, names, scopes, blocks, conditions."""
