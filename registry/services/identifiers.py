"""Reading identifiers at the edge: text in, canonical form out, the value never in a message."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from registry.domain.errors import InvalidInput, PluginError
from registry.domain.subject import Identifier, IdentifierScheme, InvalidIdentifier


def parse(
    schemes: Mapping[str, IdentifierScheme], scheme: str, value: str, today: date, field: str
) -> Identifier:
    """The canonical identifier; InvalidInput names `field`.scheme or `field`.value."""
    found = schemes.get(scheme)
    if found is None:
        known = ", ".join(sorted(schemes)) or "none is enabled"
        raise InvalidInput.field(f"{field}.scheme", f"is not a known scheme: one of {known}")
    try:
        return Identifier(scheme, found.parse(value, today))
    except InvalidIdentifier as error:
        raise InvalidInput.field(f"{field}.value", f"{error}. {found.required_form}") from None
    except Exception as error:  # a plugin's fault is named, and never passes for an answer
        raise PluginError(
            f"scheme {scheme}", f"failed on a value ({type(error).__name__})"
        ) from None
