"""The demo data: one enterprise on the black list of tax, brought there step by step, one with a
clean sheet, and the agencies and persons who act. All numbers and names are invented."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from registry.domain.actor import Role
from registry.domain.errors import NotReady
from registry.domain.subject import SubjectKind
from registry.services import (
    agencies,
    confirmations,
    determinations,
    editions,
    proposals,
    records,
    rules,
    subjects,
)
from registry.services.registry import Registry
from registry.services.work import Work
from registry.store import access

CRITERION = "tax.evasion"
LISTED = "91320000MA00DEM14H"
CLEAN = "91320000MA00DEM22C"
CHECK = {
    "subject": {"identifier": {"scheme": "uscc", "value": LISTED}},
    "matter": "procurement.bid",
    "purpose": "procurement_and_funding",
    "case_no": "DEMO-2026-001",
}
TAX, BUYER = "DEMO-TAX", "DEMO-BUYER"


@dataclass(frozen=True)
class _Firm:
    name: str
    code: str
    head: str
    head_number: str


FIRMS = (
    _Firm("演示第一贸易有限公司（虚构）", LISTED, "演示甲", "32130019900101001X"),
    _Firm("演示第二建设有限公司（虚构）", CLEAN, "演示乙", "321300198506150021"),
)


def is_empty(registry: Registry) -> bool:
    """True if the registry holds no agency yet."""
    with registry.view() as view:
        return not access.agencies(view.reading)


def load(registry: Registry) -> None:
    """Fill an empty registry; NotReady if it holds anything."""
    if not is_empty(registry):
        raise NotReady("The database holds data already: the demo goes into an empty one only.")
    with registry.operating() as work:
        for code, name in (
            (TAX, "Demo tax authority 演示税务局"),
            (BUYER, "Demo buyer 演示采购中心"),
        ):
            agencies.add(work, code, name, "national", "city", ())
    with registry.operating(TAX, "Demo proposer") as work:
        newest = work.rulebook.criterion_versions(CRITERION)[-1].version
        rules.accept(work, CRITERION, newest, "DEMO: accepted to try the registry.")
        case_id = _propose(work)
    with registry.operating(TAX, "Demo proposer") as work:
        determinations.notice(work, case_id, work.today - timedelta(days=60))
    with registry.operating(TAX, "Demo reviewer") as work:
        reviewer = replace(work, actor=replace(work.actor, roles=frozenset({Role.REVIEWER})))
        confirmations.confirm(reviewer, case_id, confirmations.Confirmation())
        for sector in sorted(work.rulebook.sectors):
            editions.publish(work, editions.newest_draft(work, sector), None)


def _propose(work: Work) -> str:
    """Firms, the penalty decision and the proposal; the notice was served two months ago."""
    provider = replace(
        work, actor=replace(work.actor, roles=frozenset({Role.PROVIDER, Role.AUTHORITY}))
    )
    ids = [
        subjects.add(
            provider,
            subjects.NewSubject(
                SubjectKind.ENTERPRISE,
                firm.name,
                (("uscc", firm.code),),
                representative=subjects.NewPerson(firm.head, "resident_id", firm.head_number),
            ),
        ).id
        for firm in FIRMS
    ]
    decided, served = work.today - timedelta(days=90), work.today - timedelta(days=60)
    record = records.add(
        provider,
        records.NewRecord(
            kind="tax.penalty_decision",
            fields={
                "underpaid_amount": "1260000.00",
                "due_total_year": "8400000.00",
                "year": decided.year - 1,
                "decision_no": "DEMO-TAX-2026-17",
                "served_on": decided.isoformat(),
                "final_on": served.isoformat(),
            },
            decided_on=decided,
            subject_id=ids[0],
        ),
    )
    case = proposals.propose(provider, CRITERION, ids[0], [record.id])
    return case.id
