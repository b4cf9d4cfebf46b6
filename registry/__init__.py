"""A registry of debarment and joint incentives: dated rules, due process, provable checks."""

__version__ = "0.1.0"
