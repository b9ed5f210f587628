"""From YAML text to a Spec: source → settings → reader."""
