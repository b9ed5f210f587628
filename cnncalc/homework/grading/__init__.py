"""Right, wrong, and points: for one sheet, and for a class."""
