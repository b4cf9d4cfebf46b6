"""Records: providers file them and read their own."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from flask.views import MethodView
from flask_smorest import Blueprint

from registry.api.reads import reads
from registry.api.schemas.records import RecordIn, RecordOut, RecordVersionsOut, ReturnIn, UseIn
from registry.api.writes import writes
from registry.domain.record import Record
from registry.services import corrections, records
from registry.services.records import NewRecord
from registry.services.work import View, Work
from registry.store.codec import day_out
from registry.store.types import iso

blueprint = Blueprint("records", __name__, url_prefix="/api/v1/records")


def _value(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value.isoformat() if isinstance(value, date) else value


def shape(view: View, record: Record) -> dict[str, Any]:
    """A record with both its classes."""
    subject_class, content = records.classes_of(view, record)
    return {
        "id": record.id,
        "subject_id": record.subject_id,
        "kind": record.kind,
        "subject_class": subject_class,
        "content": content,
        "fields": {name: _value(one) for name, one in record.fields.items()},
        "document_no": record.document_no,
        "decided_on": day_out(record.decided_on),
        "ended_on": day_out(record.ended_on),
        "provider": view.context.agency_names.get(record.provider),
        "grade": record.grade,
        "annulled_on": None if record.returned else day_out(record.annulled_on),
        "state": records.state_of(record),
        "returned": list(record.returned),
        "consent_id": record.consent_id,
        "legal_basis": record.legal_basis,
        "market": record.market,
    }


def _sent(sent: dict[str, Any]) -> NewRecord:
    """A record as sent; its subject by id or by identifier."""
    subject = sent.pop("subject", None)
    if subject is not None:
        number = subject["identifier"]
        sent["identifier"] = (number["scheme"], number["value"])
    return NewRecord(**sent)


@blueprint.route("")
class Records(MethodView):
    @writes("file a record", RecordOut, body=RecordIn)
    def post(self, work: Work, sent: dict[str, Any]) -> Any:
        """File a record."""
        return shape(work.view(), records.add(work, _sent(sent)))


@blueprint.route("/<string:id>")
class OneRecord(MethodView):
    @reads(RecordOut, action="read a record", noun="record")
    def get(self, view: View, query: dict[str, Any], id: str) -> Any:
        """A record."""
        return shape(view, records.get(view, id))

    @writes("file a record", RecordOut, body=RecordIn, status=200, noun="record")
    def put(self, work: Work, sent: dict[str, Any], id: str) -> Any:
        """Send a record again: its next version; a returned one is filed with it."""
        return shape(work.view(), corrections.send_again(work, id, _sent(sent)))


@blueprint.route("/<string:id>/return")
class Return(MethodView):
    @writes("return a record", RecordOut, body=ReturnIn, status=200, noun="record")
    def post(self, work: Work, sent: dict[str, Any], id: str) -> Any:
        """Return a record to its provider with the reasons."""
        return shape(work.view(), corrections.give_back(work, id, sent["reasons"]))


@blueprint.route("/<string:id>/versions")
class Versions(MethodView):
    @reads(RecordVersionsOut, action="read a record", noun="record")
    def get(self, view: View, query: dict[str, Any], id: str) -> Any:
        """Every version of a record, and who wrote it."""
        items = [
            {
                "at": iso(one.at),
                "submitted_by": one.submitted_by,
                "record": shape(view, one.record),
            }
            for one in corrections.versions(view, id)
        ]
        return {"items": items}


@blueprint.route("/<string:id>/use")
class Use(MethodView):
    @writes("read a record", RecordOut, body=UseIn, status=200, noun="record")
    def post(self, work: Work, sent: dict[str, Any], id: str) -> Any:
        """Read a record for a purpose: what rests on consent, only for the purposes agreed."""
        return shape(work.view(), corrections.use(work, id, sent["purpose"], sent["case_no"]))
