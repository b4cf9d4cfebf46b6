"""A registry of debarment and joint incentives: rules as dated data, listings with due process, provable checks."""

__version__ = "0.1.0"
