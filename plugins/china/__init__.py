"""What is common to mainland China: how subjects are numbered and which days are worked."""

from collections.abc import Iterable

from plugins.china.calendars import load_calendar
from plugins.china.commands import COMMANDS
from plugins.china.identifiers import SCHEMES
from registry.sdk import Calendar, Command, IdentifierScheme, ProfileSource, hookimpl, load_profiles


@hookimpl
def registry_identifiers() -> Iterable[IdentifierScheme]:
    """Give the identifier schemes of organisations and persons."""
    return SCHEMES


@hookimpl
def registry_calendars() -> Iterable[Calendar]:
    """Give the working days, one notice a year."""
    return (load_calendar(),)


@hookimpl
def registry_profiles() -> Iterable[ProfileSource]:
    """Give the numbers of each jurisdiction, dated and with their sources."""
    return load_profiles(__name__)


@hookimpl
def registry_commands() -> Iterable[Command]:
    """Give `registry china calendar YEAR`."""
    return COMMANDS
