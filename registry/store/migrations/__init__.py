"""Migrations: numbered, one sentence each, never edited after a release."""
