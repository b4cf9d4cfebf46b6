"""Scorecards as items of the public list, each with its key."""

from __future__ import annotations

from decimal import Decimal

from registry.api.rule_shapes import Item, Query, basis_out
from registry.domain.scorecard import (
    Band,
    FromListing,
    FromRater,
    FromRating,
    FromRecords,
    Line,
    ScorecardVersion,
)
from registry.services.work import View
from registry.store.codec import day_out

MET_BY = {
    FromRecords: "records",
    FromListing: "listing",
    FromRating: "earlier_rating",
    FromRater: "rater",
}


def scorecards(view: View, query: Query) -> list[tuple[str, ScorecardVersion]]:
    """Versions of scorecards: those in force on a day, or all."""
    found = view.rulebook.scorecards(sector=query.get("sector"), on=query.get("on"))
    return [(f"{one.code}@{one.validity.start}", one) for one in found]


def scorecard(one: ScorecardVersion) -> Item:
    """A version of a scorecard: all that a rating by it rests on."""
    return {
        "code": one.code,
        "version": one.version,
        "valid_from": day_out(one.validity.start),
        "valid_to": day_out(one.validity.end),
        "sector": one.sector,
        "basis": basis_out(one.basis),
        "status": str(one.status),
        "title": one.title,
        "title_zh": one.title_zh,
        "subject_kinds": sorted(map(str, one.subject_kinds)),
        "third_party": one.third_party,
        "period": one.period.name if one.period.term is None else str(one.period.term),
        "term": str(one.term) if one.term else None,
        **_counted(one),
        "rules": {
            name: {"text_zh": text.text_zh, "basis": basis_out(text.basis)}
            for name, text in one.rules.items()
        },
        "approval": _approval(one),
        "scores": one.scores,
    }


def _counted(one: ScorecardVersion) -> Item:
    return {
        "grades": [
            {"code": each.code, "title": each.title, "title_zh": each.title_zh}
            for each in one.grades
        ],
        "start": _decimal(one.start),
        "items": [
            {**_line(each), "points": _decimal(each.points), "most": _decimal(each.most)}
            for each in one.items
        ],
        "bands": [_band(each, one) for each in one.bands],
        "direct": [
            {**_line(each), "grade": each.grade, "at_least": _decimal(each.at_least)}
            for each in one.direct
        ],
        "knock_outs": [{**_line(each), "best": each.best} for each in one.knock_outs],
    }


def _approval(one: ScorecardVersion) -> Item | None:
    if one.approval is None:
        return None
    return {
        "authority": one.approval.authority,
        "document": one.approval.document,
        "approved_on": day_out(one.approval.approved_on),
        "published_on": day_out(one.approval.published_on),
    }


def _line(one: Line) -> Item:
    trigger = one.trigger
    return {
        "code": one.code,
        "title": one.title,
        "title_zh": one.title_zh,
        "met_by": MET_BY[type(trigger)],
        "record_kinds": list(trigger.kinds) if isinstance(trigger, FromRecords) else [],
        "basis": basis_out(one.basis),
    }


def _band(one: Band, version: ScorecardVersion) -> Item:
    return {
        "grade": one.grade,
        "at_least": _decimal(one.lowest) if one.with_lowest else None,
        "above": None if one.with_lowest else _decimal(one.lowest),
        "at_most": _decimal(one.highest) if one.with_highest else None,
        "below": None if one.with_highest else _decimal(one.highest),
        "basis": basis_out(one.basis or version.basis),
    }


def _decimal(value: Decimal | None) -> str | None:
    return f"{value:f}" if value is not None else None
