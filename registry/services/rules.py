"""Rules: activating a rulebook, drafts of editions from proposals, accepting a to-verify rule."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from registry.domain.criterion import CriterionVersion
from registry.domain.errors import Duplicate, InvalidInput, NotFound, NotPermitted
from registry.domain.legal import RuleStatus
from registry.domain.origin import Origin
from registry.domain.scorecard import ScorecardVersion
from registry.domain.validity import day_of
from registry.rulebook.rewritten import Rewritten, rewritten
from registry.rulebook.rulebook import Rulebook
from registry.services import access, evaluation, removals, standards
from registry.services.origins import require_honest
from registry.services.recount import recount
from registry.services.work import Work
from registry.store import access as access_store
from registry.store import editions, rulebooks
from registry.store.codec import measure_out
from registry.store.transaction import Change, Reading


@dataclass(frozen=True)
class Activation:
    """What a person should know of it: versions that say something else under their own name,
    sectors that are no longer enabled, and how many removals of live listings it proposed."""

    rewritten: tuple[Rewritten, ...] = ()
    withdrawn: tuple[str, ...] = ()
    removals: int = 0


def activate(
    change: Change, rulebook: Rulebook, fingerprint: str, origins: Sequence[Origin] = ()
) -> Activation | None:
    """Store a rulebook whole and make it the active one; None if it already is. PluginError for a
    plugin that is not what its version says."""
    if (
        rulebooks.active_digest(change) == rulebook.digest
        and rulebooks.active_fingerprint(change) == fingerprint
    ):
        return None
    require_honest(change, origins)
    standards.require_activatable(rulebook, day_of(change.now))
    before = active(change)
    done = Activation() if before is None else _against(before, rulebook)
    rulebooks.store(change, rulebook.digest, rulebook.canonical())
    rulebooks.activate(change, rulebook.digest, fingerprint)
    facts = {
        "digest": rulebook.digest,
        "sectors": sorted(rulebook.sectors),
        "plugins": [one.to_json() for one in origins],
        "rewritten": [one.to_json() for one in done.rewritten],
        "withdrawn": list(done.withdrawn),
    }
    change.record("rulebook.activated", facts, rules=True)
    evaluation.prepare(change, rulebook)
    standards.watch(change, rulebook)
    recount(change, rulebook)
    if before is None:
        return done
    return replace(done, removals=removals.propose(change, before, rulebook))


def _against(before: Rulebook, rulebook: Rulebook) -> Activation:
    withdrawn = sorted(before.sectors.keys() - rulebook.sectors.keys())
    return Activation(tuple(rewritten(before, rulebook)), tuple(withdrawn))


def active(reading: Reading) -> Rulebook | None:
    """The active rulebook, as it is stored."""
    digest = rulebooks.active_digest(reading)
    text = rulebooks.document(reading, digest) if digest is not None else None
    return Rulebook.from_document(json.loads(text), digest) if text is not None else None


def draft_editions(change: Change, rulebook: Rulebook) -> list[str]:
    """A draft for each sector that proposes measures and has no edition yet, or whose newest
    edition, draft or published, differs from the proposal. Nobody's draft is overwritten."""
    drafted = []
    for code in sorted(rulebook.sectors):
        proposed = [measure_out(one) for one in rulebook.proposed_measures(code)]
        if not proposed:
            continue
        known = editions.of_sector(change, code)
        if any(_same(one.measures, proposed) for one in known):
            continue
        if any(one.state == "draft" for one in known):
            continue
        id = editions.add_draft(change, code, f"{code} {rulebook.digest[7:15]}", proposed)
        change.record("edition.drafted", {"edition_id": id, "sector": code})
        drafted.append(code)
    return drafted


def _same(stored: object, proposed: object) -> bool:
    return json.dumps(stored, sort_keys=True) == json.dumps(proposed, sort_keys=True)


def accept(work: Work, criterion: str, version: str, statement: str) -> None:
    """An authority accepts a to-verify rule, a criterion or a scorecard, by name; journalled, for
    this agency only."""
    access.require(work.actor, "accept a rule")
    versions: Sequence[CriterionVersion | ScorecardVersion] = work.rulebook.criterion_versions(
        criterion
    ) or work.rulebook.scorecard_versions(criterion)
    if not versions:
        raise NotFound("criterion")
    found = [one for one in versions if one.version == version]
    if not found:
        raise InvalidInput.field("version", f"{criterion} has no such version")
    if not work.actor.agency.covers(found[0].sector):
        raise NotPermitted("accept a rule of this sector")
    if found[0].status is not RuleStatus.TO_VERIFY:
        raise InvalidInput.field("version", "is verified: there is nothing to accept")
    agency = work.actor.agency
    if access_store.has_accepted(work.change, agency.id, criterion, version):
        raise Duplicate("This acceptance")
    id = access_store.accept_rule(work.change, agency.id, criterion, version, statement)
    facts = {
        "acceptance_id": id,
        "agency_id": agency.id,
        "criterion": criterion,
        "version": version,
        "statement": statement,
    }
    work.change.record("rule.accepted", facts)


def has_accepted(reading: Reading, agency_id: str, criterion: str, version: str) -> bool:
    """True if the agency accepted this version by name."""
    return access_store.has_accepted(reading, agency_id, criterion, version)
