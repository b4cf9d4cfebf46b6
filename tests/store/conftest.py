"""`filled`: a copy of a registry with something of everything in it, on an SQLite file."""

from tests.filled import filled, template

__all__ = ["filled", "template"]
