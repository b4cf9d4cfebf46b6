"""Use cases: one file a word. They take and return plain domain values; no HTTP, no SQL."""
