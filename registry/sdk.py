"""The whole public surface for plugins: whoever imports only this is safe from our changes.

What is not in `__all__` may change in any release. Sector teams need `hookimpl`, `load_sector` and
`Sector`; the other names are for the other hooks (docs/hooks.md).
"""

from registry.domain.actor import Credentials
from registry.domain.command import Command
from registry.domain.errors import RuleError
from registry.domain.events import Event
from registry.domain.intake import IntakeRow, RecordAdapter, UnreadableFile
from registry.domain.page import Page, PageView
from registry.domain.predicate import Predicate
from registry.domain.profile import ProfileSource
from registry.domain.sector import Sector
from registry.domain.subject import IdentifierScheme, InvalidIdentifier
from registry.domain.token import TokenLookup, hash_token, is_token
from registry.domain.workdays import Calendar, CalendarYear
from registry.hookspecs import hookimpl
from registry.rulebook.loader import load_profiles, load_sector
from registry.rulebook.yaml import read_yaml

__all__ = [
    "Calendar",
    "CalendarYear",
    "Command",
    "Credentials",
    "Event",
    "IdentifierScheme",
    "IntakeRow",
    "InvalidIdentifier",
    "Page",
    "PageView",
    "Predicate",
    "ProfileSource",
    "RecordAdapter",
    "RuleError",
    "Sector",
    "TokenLookup",
    "UnreadableFile",
    "hash_token",
    "hookimpl",
    "is_token",
    "load_profiles",
    "load_sector",
    "read_yaml",
]
