"""Subjects (信用主体): whom the registry knows, and the identifiers they are known by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class SubjectKind(StrEnum):
    """The seven kinds of subject."""

    ENTERPRISE = "enterprise"
    INDIVIDUAL_BUSINESS = "individual_business"
    SOCIAL_ORGANISATION = "social_organisation"
    PUBLIC_INSTITUTION = "public_institution"
    GOVERNMENT_BODY = "government_body"
    PERSON = "person"
    PUBLIC_OFFICIAL = "public_official"

    @property
    def is_person(self) -> bool:
        """Natural persons; a public official is a kind of person."""
        return self in (SubjectKind.PERSON, SubjectKind.PUBLIC_OFFICIAL)


ORGANISATIONS = frozenset(kind for kind in SubjectKind if not kind.is_person)
PERSONS = frozenset(kind for kind in SubjectKind if kind.is_person)


class InvalidIdentifier(ValueError):
    """Why a value is not an identifier of its scheme; never carries the value itself."""


@dataclass(frozen=True)
class IdentifierScheme:
    """One way of numbering subjects, given by a plugin.

    `parse(text, today)` returns the one canonical form or raises InvalidIdentifier.
    `required_form` is one plain sentence that says what a correct value looks like; `birth_date`
    reads the date of birth out of a canonical value where the scheme holds one.
    """

    code: str
    title: str
    title_zh: str
    personal: bool
    subject_kinds: frozenset[str]
    parse: Callable[[str, date], str]
    required_form: str
    birth_date: Callable[[str], date | None] | None = None


@dataclass(frozen=True)
class Identifier:
    """A canonical identifier; `value` is never put into a message, a URL or a log."""

    scheme: str
    value: str

    def __repr__(self) -> str:
        return f"Identifier(scheme={self.scheme!r})"


@dataclass(frozen=True)
class Subject:
    """A subject as stored; `known_since` is the instant the registry first held it."""

    id: str
    kind: SubjectKind
    name: str
    provisional: bool
    known_since: datetime
    other_names: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    representative_id: str | None = None
    full_capacity: bool = True

    @property
    def shown_name(self) -> str:
        """The name as whoever asks about the subject may see it: a person's is masked."""
        return masked_name(self.name) if self.kind.is_person else self.name


def masked_name(name: str) -> str:
    """A person's name with all but the first character hidden."""
    return name[:1] + "*" * max(1, min(len(name) - 1, 2))
