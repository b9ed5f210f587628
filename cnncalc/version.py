"""The version, where every room can read it: the package's own `__init__` reaches all of them."""

__version__ = "0.2.0"
