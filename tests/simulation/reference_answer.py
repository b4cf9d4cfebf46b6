"""What a check must answer, from what the reference model knows: the outcome table of model.md."""

from collections.abc import Sequence
from datetime import date

from tests.simulation.history import LEVELS, Answer, Consequence, Hit, Published, Question
from tests.simulation.reference import MISTAKES, Entry, Known, legal_day, term_end

# --- the answer of a check ----------------------------------------------------------------------


def edition_in_effect(state: Known, sector: str, day: date) -> Published | None:
    """The published edition that took effect last; of two on one day the later published."""
    chosen = None
    for edition in state.editions:
        if (
            edition.sector == sector
            and edition.effective_from <= day
            and (chosen is None or edition.effective_from >= chosen.effective_from)
        ):
            chosen = edition
    return chosen


def fits(measure: Consequence, entry: Entry, kind: str, question: Question) -> bool:
    """Subject kind, list kind, severity, matter; a memorandum binds its signatories only."""
    grave = measure.level is None or (
        entry.level is not None and LEVELS.index(entry.level) >= LEVELS.index(measure.level)
    )
    return (
        grave
        and measure.sector == entry.sector
        and measure.list_kind == entry.list_kind
        and kind in measure.subject_kinds
        and question.matter in measure.matters
        and (measure.signatories is None or question.agency in measure.signatories)
    )


def reached(state: Known, question: Question) -> list[tuple[Entry, str | None]]:
    """The listings in force that matter to the subject, with the role that links it to them."""
    found: list[tuple[Entry, str | None]] = []
    for entry in state.entries.values():
        if entry.status(question.as_of) != "in_force":
            continue
        if entry.subject == question.subject:
            found.append((entry, None))
        found += [(entry, role) for person, role in entry.persons if person == question.subject]
    return found


def hits_of(state: Known, question: Question, measures: Sequence[Consequence]) -> set[Hit]:
    """What of these measures applies, whoever published them."""
    hits = set()
    for entry, role in reached(state, question):
        for measure in measures:
            if role is not None and role not in measure.reaches:
                continue
            if fits(measure, entry, state.setting.kinds[entry.subject], question):
                via = None if role is None else (entry.subject, role)
                hits.add(
                    Hit(measure.code, measure.kind, measure.force, entry.id, entry.end()[1], via)
                )
    return hits


def is_green(state: Known, question: Question) -> bool:
    """Known and without a bad listing for the years asked; a red listing exempts from the years."""
    if question.subject is None:
        return False
    place, today = state.setting.place, legal_day(question.as_of)
    own = [
        entry
        for entry in state.entries.values()
        if entry.subject == question.subject and entry.rest(question.as_of) != "late"
    ]
    bad = [entry for entry in own if entry.is_bad() and entry.status(question.as_of) != "pending"]
    if any(entry.status(question.as_of) != "ended" for entry in bad):
        return False
    if place.models_exempt and any(
        entry.list_kind == "red" and entry.status(question.as_of) == "in_force" for entry in own
    ):
        return True
    clean_since = [state.setting.known_since[question.subject]]
    clean_since += [
        entry.end()[1]
        for entry in bad
        if entry.end()[0] not in MISTAKES and entry.end()[1] > entry.valid_from
    ]
    return all(term_end(day, place.clean_years, 0) <= today for day in clean_since)


def answer(state: Known, question: Question) -> Answer:
    """The first line of the table that fits, with everything that the answer carries."""
    day = legal_day(question.as_of)
    held = [
        measure
        for sector in sorted({edition.sector for edition in state.editions})
        if (edition := edition_in_effect(state, sector, day)) is not None
        for measure in edition.measures
    ]
    own = [
        entry
        for entry in state.entries.values()
        if entry.subject == question.subject
        and entry.status(question.as_of) in {"in_force", "suspended"}
        and entry.rest(question.as_of) != "late"
    ]
    links = reached(state, question)
    needed = {entry.sector for entry in own} | {entry.sector for entry, _ in links}
    needed |= {measure.sector for measure in held if question.matter in measure.matters}
    incomplete = needed & question.absent
    hits = hits_of(state, question, held)
    sanctions = {hit for hit in hits if hit.kind == "sanction"}
    if any(hit.force == "mandatory" for hit in sanctions):
        outcome = "restricted"
    elif incomplete or question.by_name:
        outcome = "undetermined"
    elif sanctions or any(entry.is_bad() and not entry.rest(question.as_of) for entry in own):
        outcome = "caution"
    elif hits:
        outcome = "favoured"
    else:
        outcome = "clear"
    return Answer(
        outcome=outcome,
        hits=frozenset(sanctions or hits),
        listings=frozenset(
            (entry.id, entry.status(question.as_of), entry.rest(question.as_of)) for entry in own
        ),
        dropped=frozenset(dropped(state, question, held)),
        incomplete=frozenset(incomplete),
        green=is_green(state, question),
    )


def dropped(state: Known, question: Question, held: Sequence[Consequence]) -> set[tuple[str, str]]:
    """The sanctions that would apply if an edition in effect of their sector held them."""
    published = {(measure.sector, measure.code) for measure in held}
    return {
        (one.sector, one.code)
        for one in state.setting.proposed
        if one.kind == "sanction"
        and (one.sector, one.code) not in published
        and hits_of(state, question, [one])
    }
