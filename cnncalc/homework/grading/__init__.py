"""Right, wrong, and points: of one sheet, of a class."""
