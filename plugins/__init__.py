"""Plugins that hold no law: identifiers, calendars, local profiles, doors, channels."""
