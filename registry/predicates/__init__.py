"""Predicates of plugins, run in processes of their own that are ended when they misbehave."""
