"""Announcements, deadlines and journal entries."""

from __future__ import annotations

from marshmallow import fields

from registry.api.fields import Choice, Day, Pattern, Whole, code, ident
from registry.api.paging import PageQuery
from registry.api.schemas.shared import AnswerSchema, day, instant, maybe, page_schema, text
from registry.domain.listing import ListKind

ANNOUNCED = ("publicity", "listed", "warning", "exited", "clarification", "edition")
STATES = ("open", "met", "lapsed")


class AnnouncementQuery(PageQuery):
    """Which announcements."""

    kind = Choice(ANNOUNCED)
    sector = code()
    list_kind = Choice(ListKind)
    subject_id = ident()
    since = Day(metadata={"description": "Of this day and later."})


class AnnouncementOut(AnswerSchema):
    """What was made known on a day. A person is never named."""

    id = text()
    kind = text(metadata={"enum": list(ANNOUNCED)})
    on = day()
    sector = maybe()
    list_kind = maybe()
    subject_id = maybe()
    name = maybe()
    target_id = text()
    media = fields.List(fields.String(), metadata={"description": "Designated media."})


class DeadlineQuery(PageQuery):
    """Which deadlines."""

    state = Choice(STATES)
    owner = ident()
    target = ident()


class DeadlineTargetOut(AnswerSchema):
    """What a deadline is about."""

    type = text()
    id = text()


class DeadlineOut(AnswerSchema):
    """An obligation in time; its state is computed when asked."""

    id = text()
    kind = text()
    target = fields.Nested(DeadlineTargetOut, required=True)
    state = text(metadata={"enum": list(STATES)})
    owner = text()
    due_on = day()
    earliest_on = day()
    provisional = fields.Boolean(required=True)


class JournalQuery(PageQuery):
    """Which chain, and after which place."""

    after = Whole(0, 10**17, digits=True)
    chain = Pattern(r"^[a-z0-9-]{1,40}$", "the name of a chain", load_default="main")


class JournalEntryOut(AnswerSchema):
    """An entry: its hash is SHA-256 over the RFC 8785 form of the item without `hash`."""

    seq = fields.Integer(required=True)
    chain = text()
    at = instant()
    kind = text()
    actor = text()
    commitment = text()
    prev_hash = text()
    hash = text()


AnnouncementPage = page_schema(AnnouncementOut, "AnnouncementPage")
DeadlinePage = page_schema(DeadlineOut, "DeadlinePage")
JournalPage = page_schema(JournalEntryOut, "JournalPage")
