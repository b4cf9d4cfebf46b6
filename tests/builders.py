"""Domain values with readable defaults: a test names only what it is about.

The smallest world that makes sense: a verified tax criterion of three years, an enterprise known
since 2015, a profile with the project's own figures, and a calendar that knows 2024 and 2025.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from registry.domain.check import CheckRequest, Facts
from registry.domain.condition import Clause, Field
from registry.domain.confirmation import Decision, Setting
from registry.domain.criterion import Clock, CriterionVersion, NoticeRule, TermRule
from registry.domain.determination import Determination, State
from registry.domain.legal import Citation, RuleStatus
from registry.domain.listing import (
    Exit,
    ExitGround,
    Listing,
    ListKind,
    RepairTerms,
    ResponsiblePerson,
    Suspension,
)
from registry.domain.measure import Edition, Force, Measure, MeasureKind, Target
from registry.domain.profile import Parameter, Profile
from registry.domain.record import FieldSpec, FieldType, Record
from registry.domain.repair import RepairRule
from registry.domain.severity import Severity
from registry.domain.subject import Subject, SubjectKind
from registry.domain.validity import Interval, Term, day_of, noon_of, start_of
from registry.domain.workdays import Calendar, CalendarYear

MICROSECOND = timedelta(microseconds=1)
LAW = Citation("政府采购法", "art. 22(1)(5)", statute=True)
SERIOUS = Severity("suqian-draft-2018", "serious")

PARAMETERS: dict[str, Any] = {
    "notice.scope": "persons",
    "notice.defence_days": 5,
    "red.publicity.required": True,
    "red.publicity.days": 7,
    "black.publicity": False,
    "black.publicity.days": 7,
    "red.removal_scope": "all",
    "watch.enabled": True,
    "exit.black_to_watch": True,
    "exit.watch_term": "P1Y",
    "validity.cap.general": "P1Y",
    "validity.cap.more_serious": "P3Y",
    "validity.cap.serious_org": "P7Y",
    "validity.cap.serious_person": "P5Y",
    "person.publish": "with_legal_basis",
    "green.clean_years": 3,
    "green.models_exempt": True,
}


def on(text: str) -> date:
    """A legal date: on('2024-03-01')."""
    return date.fromisoformat(text)


def at(text: str) -> datetime:
    """An instant: a date alone means its noon in the registry's zone."""
    return noon_of(on(text)) if len(text) == 10 else datetime.fromisoformat(text).astimezone(UTC)


def before_midnight(text: str) -> datetime:
    """The last microsecond before a legal date."""
    return start_of(on(text)) - MICROSECOND


def a_calendar(*years: int) -> Calendar:
    """Monday to Friday with 1 to 3 October off, in the years named (2024 and 2025 if none)."""
    content = {}
    for year in years or (2024, 2025):
        days = [date(year, 10, day) for day in (1, 2, 3)]
        off = frozenset(day for day in days if day.weekday() < 5)
        content[year] = CalendarYear(year, off, frozenset(), "a notice", "a source")
    return Calendar("cn", content)


def a_profile(**changes: Any) -> Profile:
    """The parameters above; a_profile(notice__scope='all') changes `notice.scope`."""
    values = {**PARAMETERS, **{name.replace("__", "."): value for name, value in changes.items()}}
    dated = {
        name: (Parameter(value, on("2000-01-01"), "a source"),) for name, value in values.items()
    }
    return Profile("national", "National", None, dated)


def a_subject(
    id: str = "org", kind: str = "enterprise", known_since: str = "2015-01-01"
) -> Subject:
    """An enterprise that the registry has known for long."""
    return Subject(id, SubjectKind(kind), f"Name of {id}", False, at(known_since))


def a_criterion(
    list_kind: str = "black",
    *,
    clock: str = "valid_from",
    term: str = "P3Y",
    notice: bool = False,
    reply_days: int | None = None,
    working: bool = True,
    status: str = "verified",
    **changes: Any,
) -> CriterionVersion:
    """tax.evasion as a black criterion of three years; anything else by name."""
    version = CriterionVersion(
        code="tax.evasion",
        version="2019-01-01",
        sector="tax",
        title="Tax evasion",
        title_zh="偷税",
        validity=Interval(on("2019-01-01")),
        list_kind=ListKind(list_kind),
        severity=SERIOUS if list_kind == "black" else None,
        subject_kinds=frozenset(SubjectKind),
        record_kinds=("tax.penalty_decision",),
        fields={"amount": FieldSpec("amount", FieldType.MONEY, "amount", "金额")},
        when=Clause(Field("amount"), "at_least", 1),
        basis=(LAW,),
        basis_code=1,
        directory_entry="1",
        term=TermRule(Clock(clock), Term.parse(term)),
        notice=NoticeRule(notice, reply_days, working),
        repair=RepairRule("yes", ways=("correction",)),
        figures_status=RuleStatus(status),
    )
    return replace(version, **changes)


def a_record(decided_on: str = "2024-02-01", ended_on: str | None = None, **changes: Any) -> Record:
    """One penalty decision."""
    end = on(ended_on) if ended_on else None
    record = Record("rec", "org", "tax.penalty_decision", on(decided_on), {"amount": 1}, "1", end)
    return replace(record, **changes)


def a_case(list_kind: str = "black", state: str = "proposed", **changes: Any) -> Determination:
    """A case of the criterion above, proposed by Ms Li on 2024-02-20."""
    case = Determination(
        id="case",
        subject_id="org",
        criterion="tax.evasion",
        criterion_version="2019-01-01",
        sector="tax",
        list_kind=ListKind(list_kind),
        record_ids=("rec",),
        agency_id="authority",
        proposed_by="li",
        proposed_on=on("2024-02-20"),
        state=State(state),
        reasons=(),
    )
    return replace(case, **changes)


def a_setting(
    criterion: CriterionVersion | None = None,
    *,
    now: str = "2024-03-01",
    records: tuple[Record, ...] | None = None,
    kind: str = "enterprise",
    profile: Profile | None = None,
    decided_by: str = "wang",
) -> Setting:
    """Mr Wang decides on 2024-03-01."""
    rule = criterion or a_criterion()
    return Setting(
        criterion=rule,
        records=(a_record(),) if records is None else records,
        subject_kind=SubjectKind(kind),
        profile=profile or a_profile(),
        basis=rule.basis,
        now=at(now),
        decided_by=decided_by,
    )


def a_decision(
    valid_from: str | None = None,
    term: str | None = None,
    watch_term: str | None = None,
    **changes: Any,
) -> Decision:
    """What the reviewer sets; nothing unless named."""
    return Decision(
        valid_from=on(valid_from) if valid_from else None,
        term=Term.parse(term) if term else None,
        watch_term=Term.parse(watch_term) if watch_term else None,
        **changes,
    )


def a_listing(
    list_kind: str = "black",
    *,
    since: str = "2024-03-01",
    until: str = "2027-03-01",
    id: str = "listing",
    **changes: Any,
) -> Listing:
    """A tax listing in force from `since`; `until` is the first day no longer in force."""
    listing = Listing(
        id=id,
        subject_id="org",
        sector="tax",
        list_kind=ListKind(list_kind),
        severity=SERIOUS if list_kind == "black" else None,
        criterion="tax.evasion",
        criterion_version="2019-01-01",
        basis=(LAW,),
        basis_code=1,
        reason="amount 1, must be at least 1: met",
        reason_zh="金额1，须不低于1：符合",
        agency_id="authority",
        determination_id="case",
        determined_on=on(since),
        valid_from=on(since),
        valid_to=on(until),
        repair=RepairTerms("yes", ("correction",), on(since)),
        public=True,
        term=Term(years=3),
        decided_by="wang",
        record_ids=("rec",),
    )
    return replace(listing, **changes)


def an_exit(ground: str, when: str) -> Exit:
    """An exit decided at an instant (a date alone: its noon)."""
    return Exit(ExitGround(ground), day_of(at(when)), at(when))


def a_suspension(kind: str, since: str, until: str | None = None) -> Suspension:
    """A suspension from an instant up to another (a date alone: its noon)."""
    return Suspension(kind, at(since), at(until) if until else None)


def a_responsible_person(
    id: str = "person", role: str = "legal_representative"
) -> ResponsiblePerson:
    """The legal representative, a subject of its own."""
    return ResponsiblePerson(id, f"Name of {id}", role)


def a_measure(
    code: str = "p.procurement_ban",
    *,
    force: str = "mandatory",
    kind: str = "sanction",
    follows: str = "black",
    matters: Iterable[str] = ("procurement.bid",),
    severity_from: Severity | None = None,
    criteria: Iterable[str] = (),
    subject_kinds: Iterable[str] = tuple(SubjectKind),
    **changes: Any,
) -> Measure:
    """The procurement ban that follows a black tax listing."""
    measure = Measure(
        code=code,
        version="2019-01-01",
        sector="tax",
        name=f"Name of {code}",
        name_zh="措施",
        kind=MeasureKind(kind),
        force=Force(force),
        content="Content",
        content_zh="内容",
        implementer="procurement units",
        basis=(LAW,),
        matters=frozenset(matters),
        target=Target(
            frozenset({ListKind(follows)}),
            frozenset(SubjectKind(one) for one in subject_kinds),
            frozenset(criteria),
            severity_from,
        ),
        validity=Interval(on("2019-01-01")),
    )
    return replace(measure, **changes)


def an_incentive(code: str = "i.fast_track", **changes: Any) -> Measure:
    """A recommended incentive that follows a red listing."""
    return a_measure(
        code, **{"kind": "incentive", "force": "recommended", "follows": "red", **changes}
    )


def an_edition(
    *measures: Measure, sector: str = "tax", effective_from: str = "2024-01-01"
) -> Edition:
    """A published edition of one sector."""
    return Edition.of(f"edition-{effective_from}", sector, "Measures", on(effective_from), measures)


def a_request(matter: str = "procurement.bid", as_of: str = "2025-06-01") -> CheckRequest:
    """A check before a bid is awarded, at noon of the day."""
    return CheckRequest(matter, "procurement_and_funding", "case-1", at(as_of), at(as_of))


ENTERPRISE = a_subject()


def facts(
    *listings: Listing,
    editions: Iterable[Edition] = (),
    proposed: Mapping[str, tuple[Measure, ...]] | None = None,
    subject: Subject | None = ENTERPRISE,
    **changes: Any,
) -> Facts:
    """What the registry knows of the enterprise; `subject=None` is one that it does not know."""
    by_sector = {edition.sector: edition for edition in editions}
    known = Facts(
        subject=subject,
        matched_by="identifier",
        listings=listings,
        reached=(),
        editions=by_sector,
        proposed=proposed or {},
        enabled=frozenset({"tax", "procurement"}),
        agency_code="bureau",
        agencies={"authority": "Tax bureau"},
        profile=a_profile(),
        rulebook_digest="sha256:0",
    )
    return known._replace(**changes)
