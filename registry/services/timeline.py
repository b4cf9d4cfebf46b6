"""What happened to a subject, in plain words, from the journal, as far as the asker may know."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from registry.domain.actor import Actor, Role
from registry.services import access, subjects
from registry.services.ratings import may_see as may_see_rating
from registry.services.work import View
from registry.store import determinations, journal, listings, ratings, records
from registry.store.vault import ErasedError

_SCAN = 200
SENTENCES: dict[str, tuple[str, str]] = {
    "subject.added": ("Entered in the registry.", "纳入信用主体库。"),
    "subject.updated": ("The archive was updated.", "信用档案已更新。"),
    "subject.identified": ("Its identifiers were entered.", "已登记主体标识。"),
    "subject.ended": ("The subject ended on {on}: {ground}.", "主体于{on}终止。"),
    "record.returned": ("A record was returned to its provider.", "信用信息退回复核。"),
    "record.corrected": ("A record was sent again: {kind}.", "信用信息重新报送：{kind}。"),
    "record.added": ("A record was filed: {kind}.", "归集信用信息：{kind}。"),
    "determination.proposed": ("A case was opened under {criterion}.", "按{criterion}提出认定。"),
    "determination.noticed": ("Notice was served in the case.", "已送达事前告知。"),
    "determination.publicised": ("The preliminary list was shown.", "初步名单已公示。"),
    "determination.confirmed": ("The case was confirmed.", "认定成立。"),
    "determination.dropped": ("The case was closed without a listing.", "认定程序终止。"),
    "submission.received": ("A submission was received in the case.", "收到陈述申辩。"),
    "submission.answered": ("The submission was answered.", "已答复陈述申辩。"),
    "rating.recorded": (
        "Rated by {scorecard}: {grade} ({state}).",
        "按{scorecard}评价：{grade}。",
    ),
    "rating.withdrawn": ("A rating by {scorecard} was taken back.", "撤销按{scorecard}的评价。"),
    "listing.listed": (
        "On the {list_kind} list of {sector} from {valid_from} until {valid_to}, the first day no "
        "longer in force.",
        "自{valid_from}起列入{list_zh}，{valid_to}起失效。",
    ),
    "listing.redated": (
        "The watch listing now runs from {valid_from} until {valid_to}.",
        "重点关注期间改为{valid_from}至{valid_to}。",
    ),
    "listing.cancelled": ("The watch listing will not follow.", "不再转入重点关注名单。"),
    "listing.exited": (
        "Left the {list_kind} list of {sector} on {on}: {ground}.",
        "{on}退出{list_zh}：{ground_zh}。",
    ),
}


LISTS_ZH = {"red": "红名单", "black": "黑名单", "watch": "重点关注名单", "alert": "警示名单"}
GROUNDS_ZH = {
    "objection_upheld": "异议成立",
    "repaired": "信用修复",
    "expired": "有效期届满",
    "criteria_changed": "认定标准改变",
    "blacklisted": "列入黑名单",
    "watchlisted": "列入重点关注名单",
    "benefit_abused": "滥用激励",
    "basis_annulled": "认定依据被撤销",
    "below_threshold": "不再达到警示条件",
    "voided": "撤销",
}


@dataclass(frozen=True)
class Entry:
    """One thing that happened; `target_id` is what it happened to, where that has an address."""

    at: datetime
    kind: str
    text: str
    text_zh: str
    target_id: str | None


def page(view: View, subject_id: str, after: int, limit: int) -> list[tuple[int, Entry]]:
    """(place, entry) in order of happening. NotFound as for the subject itself."""
    assert view.actor is not None
    subjects.get(view, subject_id)
    found: list[tuple[int, Entry]] = []
    for seq, entry in _entries(view, view.actor, subject_id, after):
        found.append((seq, entry))
        if len(found) == limit:
            break
    return found


def _entries(view: View, actor: Actor, subject_id: str, after: int) -> Iterator[tuple[int, Entry]]:
    while True:
        rows = journal.of_subject(view.reading, subject_id, after, _SCAN)
        for row in rows:
            if row.kind not in SENTENCES:
                continue
            try:
                facts = journal.facts_of(view.reading, row)
            except ErasedError:
                continue
            if _may_know(view, actor, subject_id, row.kind, facts):
                yield row.seq, _entry(row, facts)
        if len(rows) < _SCAN:
            return
        after = rows[-1].seq


def _may_know(
    view: View, actor: Actor, subject_id: str, kind: str, facts: Mapping[str, Any]
) -> bool:
    """The auditor all; the subject its own from the notice on; cases and records whoever may read
    them; listings whoever may read unpublished ones."""
    if actor.has(Role.AUDITOR) or kind.startswith("subject."):
        return True
    if actor.subject_id == subject_id:
        return kind != "determination.proposed"
    noun = kind.partition(".")[0]
    if noun == "record":
        own = records.owner(view.reading, facts["record_id"]) == actor.agency.id
        return access.may(actor, "read a determination") or (
            own and access.may(actor, "read a record")
        )
    if noun == "rating":
        rating = ratings.get(view.reading, facts["rating_id"])
        return rating is not None and may_see_rating(view, rating)
    if noun == "listing":
        listing = listings.get(view.reading, facts["listing_id"])
        late = listing is None or listing.is_late(view.now)
        return access.may(actor, "read unpublished listings") and not late
    case = determinations.get(view.reading, facts["determination_id"])
    own = case is not None and case.agency_id == actor.agency.id
    return own and access.may(actor, "read a determination")


def _entry(row: Any, facts: Mapping[str, Any]) -> Entry:
    text, text_zh = SENTENCES[row.kind]
    noun = row.kind.partition(".")[0]
    target = facts.get({"submission": "determination_id"}.get(noun, f"{noun}_id"))
    said = {name: str(value) for name, value in facts.items()}
    said["list_zh"] = LISTS_ZH.get(said.get("list_kind", ""), "")
    said["ground_zh"] = GROUNDS_ZH.get(said.get("ground", ""), "")
    return Entry(row.at, row.kind, text.format(**said), text_zh.format(**said), target)
