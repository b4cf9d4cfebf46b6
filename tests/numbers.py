"""Invented identifiers, as teams that write plugins get them."""

from registry.testing.numbers import resident_id, uscc

__all__ = ["resident_id", "uscc"]
