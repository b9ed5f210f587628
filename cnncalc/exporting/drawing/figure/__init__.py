"""A network as blocks in perspective, as papers draw it: what stands together, in which lane and row, and where."""
