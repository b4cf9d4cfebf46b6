"""Proposed removals (标准变更退出): a listing whose standard changed, judged again by the new
version. A reviewer decides; a change of the law ends no listing by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from registry.domain.criterion import CriterionVersion
from registry.domain.finding import Reason
from registry.domain.legal import Citation
from registry.domain.listing import Listing
from registry.domain.record import Record
from registry.domain.subject import SubjectKind

# 2016 plan (十九)4: when the standard changes, who no longer meets it leaves the list
BASIS = Citation("关于建立完善守信联合激励和失信联合惩戒制度的方案", "(十九)4", statute=False)


class RemovalState(StrEnum):
    """open -> done (the listing was ended), declined, or withdrawn (the rules changed again)."""

    OPEN = "open"
    DONE = "done"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class Departure:
    """Why a listing would have to go: the version that counts (None: repealed), from which day."""

    version: CriterionVersion | None
    effective_on: date
    reasons: tuple[Reason, ...]


@dataclass(frozen=True)
class Removal:
    """A proposal to end a listing. `new_version` is empty where the criterion was repealed."""

    id: str
    listing_id: str
    subject_id: str
    agency_id: str
    criterion: str
    old_version: str
    new_version: str
    effective_on: date
    proposed_on: date
    state: RemovalState
    reasons: tuple[Reason, ...]
    decision_reason: str = ""

    def stands(
        self, old: Sequence[CriterionVersion], new: Sequence[CriterionVersion], today: date
    ) -> bool:
        """True if the version that it cites is in force, or will be, as it was: then nothing that
        changed beside it takes its reason away."""
        was, now = ({one.version: one for one in versions} for versions in (old, new))
        cited = now.get(self.new_version)
        return cited is not None and cited == was.get(cited.version) and _is_ahead(cited, today)

    def to_json(self) -> dict[str, Any]:
        """The shape of the API."""
        return {
            "id": self.id,
            "listing_id": self.listing_id,
            "subject_id": self.subject_id,
            "criterion": self.criterion,
            "old_version": self.old_version,
            "new_version": self.new_version or None,
            "effective_on": self.effective_on.isoformat(),
            "proposed_on": self.proposed_on.isoformat(),
            "state": str(self.state),
            "reasons": [reason.to_json() for reason in self.reasons],
            "decision_reason": self.decision_reason or None,
        }


def departure(
    listing: Listing,
    kind: SubjectKind,
    records: Sequence[Record],
    old: Sequence[CriterionVersion],
    new: Sequence[CriterionVersion],
    today: date,
) -> Departure | None:
    """Whether a listing no longer meets its standard under the new versions of its criterion, and
    from which day. Judged on the records that it rests on: on others nobody was heard. A version
    that stood so before changes nothing."""
    known = {one.version: one for one in old}
    ahead = [one for one in new if _is_ahead(one, today)]
    if not ahead:
        last = max((one.validity.end for one in new if one.validity.end), default=today)
        text = f"{listing.criterion} is in force no longer"
        return Departure(
            None,
            max(last, today),
            (Reason(False, text, f"{listing.criterion}已不再施行", (BASIS,)),),
        )
    for version in ahead:
        if known.get(version.version) == version:
            continue
        reasons = _against(version, listing, kind, records)
        if reasons:
            return Departure(version, max(version.validity.start, today), reasons)
    return None


def _is_ahead(version: CriterionVersion, today: date) -> bool:
    """True if it is in force or will be."""
    return version.validity.end is None or version.validity.end > today


def _against(
    version: CriterionVersion, listing: Listing, kind: SubjectKind, records: Sequence[Record]
) -> tuple[Reason, ...]:
    """Why the version does not put the subject on this list; empty if it does."""
    basis = (BASIS, *version.basis)
    if version.list_kind is not listing.list_kind:
        text = f"the criterion leads to the {version.list_kind} list"
        return (Reason(False, text, f"该标准现对应{version.list_kind}名单", basis),)
    if not version.covers(kind):
        return (Reason(False, f"it does not list a {kind}", f"该标准不适用于{kind}", basis),)
    finding = version.evaluate(records)
    if finding.met:
        return ()
    unmet = tuple(reason for reason in finding.reasons if not reason.met)
    none = Reason(False, "no record is of a kind that it asks for", "无该标准所列信息", basis)
    return unmet or finding.reasons or (none,)
