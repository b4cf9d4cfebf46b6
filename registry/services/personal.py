"""What may be held of natural persons (宿迁 art. 15): some only with written consent, market
information only with consent and an agreed purpose, nothing of those below the age of a kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registry.domain.errors import InvalidInput
from registry.domain.record import RecordKind
from registry.services import consents, subjects
from registry.services.work import Work
from registry.store import subjects as store

if TYPE_CHECKING:
    from registry.services.records import NewRecord

CATALOGUE = "catalogue"


def require_basis(work: Work, kind: RecordKind, new: NewRecord, subject_id: str) -> str | None:
    """On what a record rests: the legal basis it names, else the item of the catalogue that its
    kind falls under; None where it rests on a consent alone. InvalidInput for what may not be
    held."""
    needing = _needing_consent(kind, new)
    plain = not needing and not new.market and new.consent_id is None
    if plain and kind.minimum_age is None:
        return new.legal_basis or f"{CATALOGUE} {kind.catalogue_item}"
    subject = store.get(work.change, subject_id)
    assert subject is not None
    if not subject.kind.is_person:
        if new.consent_id is not None:
            raise InvalidInput.field("consent_id", "only persons consent")
        return new.legal_basis or f"{CATALOGUE} {kind.catalogue_item}"
    if kind.minimum_age is not None:
        _require_age(work, subject_id, kind.minimum_age)
    consent = consents.required(work, new.consent_id, subject_id, "consent_id")
    if needing:
        sound = consent is not None and consent.written and consent.consequences_explained
        if not sound:
            raise InvalidInput(
                {
                    f"fields.{name}": [
                        f"{category} of a person: only with a consent that is written and was "
                        "given after the consequences had been explained (art. 15)"
                    ]
                    for name, category in needing.items()
                }
            )
    if new.market and consent is None and new.legal_basis is None:
        raise InvalidInput.field(
            "consent_id", "market information of a person needs consent or a law that discloses it"
        )
    if consent is not None:
        return new.legal_basis
    return new.legal_basis or f"{CATALOGUE} {kind.catalogue_item}"


def _needing_consent(kind: RecordKind, new: NewRecord) -> dict[str, str]:
    """Fields that are filled, with the category for which a person must have consented."""
    return {
        name: category
        for name, category in kind.needing_consent.items()
        if new.fields.get(name) is not None
    }


def _require_age(work: Work, subject_id: str, age: int) -> None:
    ages = subjects.ages(work, subject_id)
    if not ages or min(ages) < age:
        raise InvalidInput.field(
            "subject_id", f"is younger than {age}, or of unknown age: no such record is kept"
        )
