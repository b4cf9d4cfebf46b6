"""Confirmation (认定决定) and exit: what a decision puts in force, and what it ends. Pure.

A black listing brings its watch listing with it, pending from the black one's end, so that no job
has to run for it to be in force (EXT-03); it ends the subject's red listings (EXT-02).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from registry.domain.criterion import Clock, CriterionVersion
from registry.domain.determination import Determination
from registry.domain.errors import IllegalTransition, InvalidInput, TwoPersonRule
from registry.domain.legal import Citation
from registry.domain.listing import (
    MISTAKES,
    Exit,
    ExitGround,
    Listing,
    ListKind,
    RepairTerms,
    ResponsiblePerson,
)
from registry.domain.profile import Profile
from registry.domain.record import Record
from registry.domain.subject import SubjectKind
from registry.domain.validity import LATEST, Term, day_of, start_of


@dataclass(frozen=True)
class Decision:
    """What the reviewer sets at confirmation; None means what the rule and the profile give."""

    valid_from: date | None = None
    term: Term | None = None
    repair: RepairTerms | None = None
    watch_term: Term | None = None
    responsible: tuple[ResponsiblePerson, ...] = ()


@dataclass(frozen=True)
class Setting:
    """The case's surroundings: rule, records, jurisdiction, and who decides when."""

    criterion: CriterionVersion
    records: tuple[Record, ...]
    subject_kind: SubjectKind
    profile: Profile
    basis: tuple[Citation, ...]
    now: datetime
    decided_by: str
    categories: tuple[str, ...] = ()

    @property
    def today(self) -> date:
        return day_of(self.now)


def longest_term(setting: Setting, start: date) -> tuple[Term, tuple[Citation, ...]]:
    """The longest term allowed, and by what: the rule's own, and, unless a statute fixes it, the
    cap of the grade (D-07). A statutory term wins over the scheme's maximum."""
    rule = setting.criterion.term
    allowed, basis = rule.maximum, rule.basis or setting.criterion.basis
    fixed = rule.default(setting.records)
    if fixed.after(start) < allowed.after(start):  # never longer than the decision itself fixed
        allowed = fixed
    cap = setting.profile.cap(setting.criterion.severity, setting.subject_kind, setting.today)
    if cap is not None and not rule.statutory:
        capped = Term.parse(str(cap.value))
        if capped.after(start) < allowed.after(start):
            return capped, (cap.citation("validity.cap"),)
    return allowed, basis


def latest_day(setting: Setting) -> date:
    """The last day that a listing could have which is confirmed today: what a warning may name."""
    ended = all(record.ended_on is not None for record in setting.records)
    try:
        longest, _ = longest_term(setting, setting.today)
        end = longest.after(setting.today)
        if ended or setting.criterion.term.clock is not Clock.ACT_END:
            end = max(end, _event_end(setting, longest) or end)
    except ValueError:  # beyond the years that the registry counts
        return LATEST
    return date.fromordinal(end.toordinal() - 1)


def validity_of(
    case: Determination, setting: Setting, decision: Decision
) -> tuple[date, date, Term]:
    """(valid_from, valid_to, term) of the listing; InvalidInput names the field and the rule."""
    named = setting.criterion.term.first_day(setting.records) or setting.today
    start = decision.valid_from or max(setting.today, named)
    if start < setting.today:
        raise InvalidInput.field("valid_from", "must not lie before today")
    if start < named:
        raise InvalidInput.field("valid_from", f"must not lie before {named}, as was decided")
    try:
        end, term = _validity(setting, decision, start)
        return start, *_as_warned(case, decision, start, end, term)
    except ValueError as error:  # beyond the years that the registry counts
        raise InvalidInput.field("term", str(error)) from None


def _as_warned(
    case: Determination, decision: Decision, start: date, end: date, term: Term
) -> tuple[date, Term]:
    """A watch listing ends with the day that its warning named, or earlier by its own clock, its
    longest term or the reviewer's (WCH-02)."""
    if case.list_kind is not ListKind.WATCH or case.ends_on is None:
        return end, term
    warned = date.fromordinal(case.ends_on.toordinal() + 1)
    if end <= warned:
        return end, term
    if decision.term is not None:
        raise InvalidInput.field("term", f"must not end after {case.ends_on}, as the warning says")
    if warned <= start:
        raise InvalidInput.field("term", f"is already over: the warning ended on {case.ends_on}")
    return warned, Term(days=(warned - start).days)


def _validity(setting: Setting, decision: Decision, start: date) -> tuple[date, Term]:
    longest, basis = longest_term(setting, start)
    if setting.criterion.term.months_field is not None:
        # a ban that the decision fixed and that is over does not begin again by naming a day
        _require_ahead(setting, _event_end(setting, longest) or LATEST, setting.today, longest)
    term = decision.term or setting.criterion.term.default(setting.records)
    if term.after(start) > longest.after(start):
        if decision.term is not None:
            where = "; ".join(f"{one.instrument} {one.article}" for one in basis)
            raise InvalidInput.field("term", f"must not be longer than {longest} ({where})")
        term = longest
    minimum = setting.criterion.term.minimum
    if minimum is not None and term.after(start) < minimum.after(start):
        raise InvalidInput.field("term", f"must not be shorter than {minimum}")
    end = _end(setting, decision, start, term)
    _require_ahead(setting, end, start, term)
    return end, term


def _end(setting: Setting, decision: Decision, start: date, term: Term) -> date:
    """A named `valid_from` starts the rule's own term, never one that the decision fixed."""
    by_event, rule = _event_end(setting, term), setting.criterion.term
    fixed = rule.first_day(setting.records) or rule.fixed(setting.records)
    return by_event if by_event and (fixed or decision.valid_from is None) else term.after(start)


def _event_end(setting: Setting, term: Term) -> date | None:
    """The end of a term that runs from an event; None where the clock is the listing's own."""
    begun = setting.criterion.term.first_day(setting.records)
    if begun is not None:
        return term.after(begun)
    clock = setting.criterion.term.clock
    if clock is Clock.ACT_END:
        ends = [record.ended_on for record in setting.records]
        if any(end is None for end in ends):
            raise InvalidInput.field(
                "record_ids",
                "the act has no end yet (ended_on): its term has not begun; it cannot be confirmed",
            )
        return term.after_event(max(end for end in ends if end is not None))
    if clock is Clock.DECIDED_ON:
        return term.after_event(max(record.decided_on for record in setting.records))
    return None


FROM = {
    Clock.ACT_END: "the end of the act",
    Clock.DECIDED_ON: "the decision",
    Clock.VALID_FROM: "its first day",
    Clock.PUBLISHED_ON: "its first day",
}


def _require_ahead(setting: Setting, valid_to: date, start: date, term: Term) -> None:
    """InvalidInput where the term was over before it could begin."""
    if valid_to > start:
        return
    rule = setting.criterion.term
    named = rule.first_day(setting.records)
    since = f"the day that the decision names, {named}," if named else FROM[rule.clock]
    raise InvalidInput.field(
        "term",
        f"is already over: {term} from {since} ended before {valid_to}, and the listing would "
        f"begin on {start}",
    )


def repair_of(setting: Setting, decision: Decision, start: date) -> RepairTerms:
    """What the entry says about repair: the reviewer's words, never laxer than the rule."""
    rule = setting.criterion.repair
    earliest = rule.minimum_publication.after(start) if rule.minimum_publication else start
    if decision.repair is None:
        if rule.repairable == "no":
            return RepairTerms("no", (), None)
        return RepairTerms(rule.repairable, rule.ways or ("correction",), earliest)
    asked = decision.repair
    if rule.repairable == "no" and asked.repairable != "no":
        raise InvalidInput.field("repair.repairable", "the rule says that it cannot be repaired")
    if asked.repairable != "no" and not asked.ways:
        raise InvalidInput.field("repair.ways", "must say how it can be repaired")
    if not rule.waits(asked.ways):
        earliest = start
    if asked.repairable != "no" and asked.earliest_on is not None and asked.earliest_on < earliest:
        raise InvalidInput.field("repair.earliest_on", f"must not lie before {earliest}")
    if asked.repairable == "no":
        return RepairTerms("no", (), None)
    # the rule's own word stays: yes, or only after the term is over
    return replace(asked, repairable=rule.repairable, earliest_on=asked.earliest_on or earliest)


@dataclass(frozen=True)
class Confirmed:
    """What a confirmation writes: the listing, what follows it, and the red listings it ends."""

    listing: Listing
    watch: Listing | None
    ended: tuple[Listing, ...]


def confirm(
    case: Determination,
    setting: Setting,
    decision: Decision,
    reds: Sequence[Listing],
    ids: Sequence[str],
) -> Confirmed:
    """Put the case in force. `reds`: the subject's red listings; `ids`: two fresh ids. Every step
    must have been checked before (determination.missing_steps, screened_out); the second person
    is checked here, whatever the path."""
    if setting.decided_by == case.proposed_by:
        raise TwoPersonRule
    listing = _listing(case, setting, decision, ids[0])
    watch = _watch_after(listing, setting, decision, ids[1])
    return Confirmed(listing, watch, _reds_ended(listing, setting, reds))


def _listing(case: Determination, setting: Setting, decision: Decision, id: str) -> Listing:
    start, end, term = validity_of(case, setting, decision)
    return Listing(
        id=id,
        subject_id=case.subject_id,
        sector=case.sector,
        list_kind=case.list_kind,
        severity=setting.criterion.severity,
        criterion=case.criterion,
        criterion_version=case.criterion_version,
        basis=setting.basis,
        basis_code=setting.criterion.basis_code,
        reason="; ".join(reason.text for reason in case.reasons),
        reason_zh="；".join(reason.text_zh for reason in case.reasons),
        agency_id=case.agency_id,
        determination_id=case.id,
        determined_on=setting.today,
        valid_from=start,
        valid_to=end,
        repair=repair_of(setting, decision, start),
        public=_is_public(setting),
        responsible=decision.responsible,
        decided_by=setting.decided_by,
        record_ids=case.record_ids,
        term=term,
        rule_text=setting.criterion.text_zh or setting.criterion.title_zh,
        media=setting.criterion.media,
        joint_until=_joint_until(setting, start, end),
        categories=setting.categories,
    )


def _joint_until(setting: Setting, start: date, end: date) -> date | None:
    """How long the sanctions of other sectors follow: as the rule says, and never longer than the
    listing lasts. None where the rule sets no joint period (MEA-17)."""
    joint = setting.criterion.term.joint
    return min(joint.after(start), end) if joint is not None else None


def screened_out(listings: Iterable[Listing], now: datetime) -> bool:
    """True if a red candidate with these listings stands, or will stand, on an adverse list.

    One that had effect earlier today counts until midnight: a red listing begins with the day, and
    at no instant may both be in force (DET-11).
    """
    today = start_of(day_of(now))
    return any(
        one.list_kind is not ListKind.RED
        and one.last_effect() > max(today, start_of(one.valid_from))
        for one in listings
    )


def _is_public(setting: Setting) -> bool:
    if setting.subject_kind.is_person:
        allowed = setting.profile.value("person.publish", setting.today) != "never"
        return setting.criterion.publish and bool(setting.criterion.publish_persons) and allowed
    return setting.criterion.publish


def _watch_after(black: Listing, setting: Setting, decision: Decision, id: str) -> Listing | None:
    profile, today = setting.profile, setting.today
    follows = profile.value("exit.black_to_watch", today) and profile.value("watch.enabled", today)
    if black.list_kind is not ListKind.BLACK or not follows:
        return None
    term = decision.watch_term or profile.term("exit.watch_term", today)
    try:
        end = term.after(black.valid_to)
        cap = profile.cap(setting.criterion.severity, setting.subject_kind, today)
        longest = Term.parse(str(cap.value)) if cap else setting.criterion.term.maximum
        if decision.watch_term is not None and end > longest.after(black.valid_to):
            raise ValueError(f"must not be longer than {longest}")
    except ValueError as error:
        raise InvalidInput.field("watch_term", str(error)) from None
    rule = profile.at("exit.black_to_watch", today).citation("exit.black_to_watch")
    return replace(
        black,
        id=id,
        list_kind=ListKind.WATCH,
        severity=None,
        basis=(rule,),
        reason=f"Follows the black listing {black.id} ({black.criterion}).",
        reason_zh=f"黑名单（{black.criterion}）退出后转入重点关注名单。",
        valid_from=black.valid_to,
        valid_to=end,
        repair=RepairTerms("no", (), None),
        public=False,
        follows=black.id,
        responsible=(),  # the exit rule reaches nobody but the subject
        joint_until=None,  # nor does it bring the sanctions of other sectors
        term=term,
    )


def _reds_ended(listing: Listing, setting: Setting, reds: Sequence[Listing]) -> tuple[Listing, ...]:
    if listing.list_kind not in (ListKind.BLACK, ListKind.WATCH):
        return ()
    same_sector = setting.profile.value("red.removal_scope", setting.today) == "same_sector"
    black = listing.list_kind is ListKind.BLACK
    ground = ExitGround.BLACKLISTED if black else ExitGround.WATCHLISTED
    at = start_of(listing.valid_from)
    return tuple(
        replace(red, exit=Exit(ground, listing.valid_from, at))
        for red in reds
        if red.last_effect() > at and not (same_sector and red.sector != listing.sector)
    )


def end(listing: Listing, ground: ExitGround, at: datetime) -> Listing:
    """End a listing by a decision at an instant; it has no effect from then on."""
    if listing.exit_at(at) is not None:
        raise IllegalTransition("ended", "exit")
    return replace(listing, exit=Exit(ground, day_of(at), at))


def watch_after_exit(watch: Listing, black: Listing) -> Listing:
    """The watch listing after the black one it follows ended early: cancelled where the listing
    was a mistake, else it begins on the day of the exit, for the same term; not before the black
    one would have begun, since red listings stand until then (DET-11)."""
    assert black.exit is not None
    assert watch.term is not None
    if black.exit.ground in MISTAKES:
        return replace(watch, exit=black.exit)
    start = max(black.exit.on, black.valid_from)
    return replace(watch, valid_from=start, valid_to=watch.term.after(start))
