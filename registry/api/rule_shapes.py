"""The rulebook's values as items of the public lists, each with its key."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from registry.domain.criterion import CriterionVersion
from registry.domain.legal import Citation, combined_status
from registry.domain.measure import Measure, in_effect
from registry.domain.penalty import Penalty
from registry.domain.profile import Profile
from registry.domain.sector import Matter, Sector
from registry.domain.workdays import CalendarYear
from registry.services.work import View
from registry.store.codec import day_out

Query = dict[str, Any]
Item = dict[str, Any]


def basis_out(citations: Iterable[Citation]) -> list[dict[str, str]]:
    return [citation.to_json() for citation in citations]


def _text(value: object) -> str | None:
    return str(value) if value is not None else None


def _undated(code: str) -> Item:
    return {
        "code": code,
        "version": None,
        "valid_from": None,
        "valid_to": None,
        "basis": [],
        "status": "verified",
    }


def sectors(view: View, query: Query) -> list[tuple[str, tuple[Sector, date]]]:
    """Sectors of the active rulebook, with the day whose parameters are shown."""
    wanted, day = query.get("sector"), query.get("on", view.today)
    return [
        (code, (one, day)) for code, one in view.rulebook.sectors.items() if wanted in (None, code)
    ]


def sector(dated: tuple[Sector, date]) -> Item:
    """A sector; its basis are the instruments that its rules cite."""
    one, day = dated
    status = combined_status(criterion.status for criterion in one.criteria)
    return {
        **_undated(one.code),
        "basis": [
            {"instrument": each.title_zh, "article": "", "status": "verified"}
            for each in one.instruments.values()
        ],
        "status": str(status),
        "title": one.title,
        "title_zh": one.title_zh,
        "authority": one.authority,
        "authority_zh": one.authority_zh,
        "key_field": one.key_field,
        "jurisdictions": list(one.jurisdictions),
        "parameters": {
            each.code: {
                "value": f"{each.value:f}",
                "unit": each.unit,
                "title": each.title,
                "title_zh": each.title_zh,
                "since": day_out(each.validity.start),
                "basis": basis_out(each.basis),
                "status": str(each.status),
            }
            for each in one.parameters
            if each.validity.covers(day)
        },
    }


def criteria(view: View, query: Query) -> list[tuple[str, CriterionVersion]]:
    """Versions of criteria: those in force on a day, or all."""
    found = view.rulebook.criteria(
        sector=query.get("sector"), list_kind=query.get("list_kind"), on=query.get("on")
    )
    return [(f"{one.code}@{one.validity.start}", one) for one in found]


def _versioned(one: CriterionVersion) -> Item:
    return {
        "code": one.code,
        "version": one.version,
        "valid_from": day_out(one.validity.start),
        "valid_to": day_out(one.validity.end),
        "sector": one.sector,
        "list_kind": str(one.list_kind),
    }


def criterion(one: CriterionVersion) -> Item:
    """A version of a criterion."""
    return {
        **_versioned(one),
        "basis": basis_out(one.basis),
        "status": str(one.status),
        "severity": one.severity.to_json() if one.severity else None,
        "title": one.title,
        "title_zh": one.title_zh,
        "text_zh": one.text_zh,
        "subject_kinds": sorted(map(str, one.subject_kinds)),
        "record_kinds": list(one.record_kinds),
        "fields": {name: spec.to_json() for name, spec in one.fields.items()},
        "term": {
            "clock": str(one.term.clock),
            "maximum": str(one.term.maximum),
            "minimum": _text(one.term.minimum),
            "status": str(one.term.status),
            "basis": basis_out(one.term.basis),
            "joint": _text(one.term.joint),
        },
        "notice": {
            "required": one.notice.required,
            "reply_days": one.notice.reply_days,
            "working": one.notice.working,
            "status": str(one.notice.status),
            "basis": basis_out(one.notice.basis),
        },
        "basis_code": one.basis_code,
        "directory_entry": one.directory_entry,
        "mandatory": one.mandatory,
        "categories": list(one.categories),
        "categories_field": one.categories_field,
        "penalties": [_penalty(penalty) for penalty in one.penalties],
    }


def _penalty(one: Penalty) -> Item:
    """A penalty and its range; shares and money as text, exactly."""
    return {
        "kind": str(one.kind),
        "whom": one.whom,
        "whom_zh": one.whom_zh,
        "of": one.of,
        "share": _range(one.share),
        "amount": _range(one.amount),
        "period": _range(one.period),
        "for_life": one.for_life,
        "basis": basis_out(one.basis),
    }


def _range(limits: tuple[object | None, object | None] | None) -> Item | None:
    if limits is None:
        return None
    return {"at_least": _text(limits[0]), "at_most": _text(limits[1])}


def repair_rule(one: CriterionVersion) -> Item:
    """How a listing under this version can be repaired."""
    rule = one.repair
    return {
        **_versioned(one),
        "basis": basis_out(rule.basis),
        "status": str(rule.status),
        "repairable": rule.repairable,
        "minimum_publication": _text(rule.minimum_publication),
        "cooling_off": _text(rule.cooling_off),
        "documents": list(rule.documents),
        "ways": list(rule.ways),
        "immediate_ways": list(rule.immediate_ways),
        "training": rule.training,
        "decision_days": rule.decision_days,
        "extension_days": rule.extension_days,
        "repeat_count": rule.repeat_count,
        "repeat_window": _text(rule.repeat_window),
        "restart_on_fraud": rule.restart_on_fraud,
        "temporary_lifting": list(rule.temporary_lifting),
        "refused_if": [
            {
                "code": refusal.code,
                "title": refusal.title,
                "title_zh": refusal.title_zh,
                "record_kinds": list(refusal.record_kinds),
                "criteria": list(refusal.criteria),
                "basis": basis_out(refusal.basis),
            }
            for refusal in rule.refusals
        ],
    }


def matters(view: View, query: Query) -> list[tuple[str, Matter]]:
    """Matters, of one purpose or all; a sector's own with `sector`."""
    found: Iterable[Matter] = view.rulebook.matters.values()
    if "sector" in query:
        own = view.rulebook.sectors.get(query["sector"])
        found = own.matters if own is not None else ()
    return [
        (one.code, one)
        for one in found
        if query.get("matter") in (None, one.code) and query.get("purpose") in (None, one.purpose)
    ]


def matter(one: Matter) -> Item:
    """A matter."""
    return {
        **_undated(one.code),
        "purpose": one.purpose,
        "title": one.title,
        "title_zh": one.title_zh,
    }


def profiles(view: View, query: Query) -> list[tuple[str, tuple[Profile, Any]]]:
    """Profiles, with the day whose values are shown."""
    day = query.get("on", view.today)
    return [(code, (one, day)) for code, one in view.rulebook.profiles.items()]


def profile(dated: tuple[Profile, Any]) -> Item:
    """A profile's values on a day."""
    one, day = dated
    parameters = {}
    for name, versions in sorted(one.parameters.items()):
        known = [version for version in versions if version.since <= day]
        if known:
            parameters[name] = {
                "value": known[-1].value,
                "source": known[-1].source,
                "since": day_out(known[-1].since),
                "status": str(known[-1].status),
                "note": known[-1].note or None,
            }
    return {
        **_undated(one.code),
        "parent": one.parent,
        "title": one.title,
        "parameters": parameters,
    }


def calendars(view: View, query: Query) -> list[tuple[str, tuple[str, CalendarYear]]]:
    """Years of calendars; the one that holds a day with `on`."""
    day = query.get("on")
    return [
        (f"{code}@{year}", (code, content))
        for code, one in view.rulebook.calendars.items()
        for year, content in one.years.items()
        if day is None or day.year == year
    ]


def calendar(dated: tuple[str, CalendarYear]) -> Item:
    """A year of a calendar."""
    code, one = dated
    return {
        **_undated(code),
        "version": str(one.year),
        "valid_from": f"{one.year}-01-01",
        "valid_to": f"{one.year + 1}-01-01",
        "basis": [{"instrument": one.notice, "article": "", "status": one.status}],
        "status": one.status,
        "year": one.year,
        "holidays": [day.isoformat() for day in sorted(one.holidays)],
        "workdays": [day.isoformat() for day in sorted(one.workdays)],
        "notice": one.notice,
        "source": one.source,
    }


def measures(view: View, query: Query) -> list[tuple[str, Measure]]:
    """Measures of the editions in effect on a day, or of the proposals, that meet the filters."""
    day = query.get("on", view.today)
    if query["proposed"] == "true":
        found: Iterable[Measure] = view.rulebook.proposed_measures()
    else:
        editions = in_effect(view.context.editions, day)
        found = [one for edition in editions.values() for one in edition.measures]
    return [
        (f"{one.sector}/{one.code}@{one.validity.start}", one)
        for one in found
        if one.validity.covers(day)
        and query.get("sector") in (None, one.sector)
        and query.get("kind") in (None, str(one.kind))
        and query.get("force") in (None, str(one.force))
        and ("matter" not in query or query["matter"] in one.matters)
        and ("list_kind" not in query or query["list_kind"] in map(str, one.target.list_kinds))
    ]
