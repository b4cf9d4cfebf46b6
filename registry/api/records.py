"""Records: providers file them and read their own."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from flask.views import MethodView
from flask_smorest import Blueprint

from registry.api.reads import reads
from registry.api.schemas.records import RecordIn, RecordOut
from registry.api.writes import writes
from registry.domain.record import Record
from registry.services import records
from registry.services.records import NewRecord
from registry.services.work import View, Work
from registry.store.codec import day_out

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
        "annulled_on": day_out(record.annulled_on),
    }


@blueprint.route("")
class Records(MethodView):
    @writes("file a record", RecordOut, body=RecordIn)
    def post(self, work: Work, sent: dict[str, Any]) -> Any:
        """File a record."""
        subject = sent.pop("subject", None)
        if subject is not None:
            number = subject["identifier"]
            sent["identifier"] = (number["scheme"], number["value"])
        added = records.add(work, NewRecord(**sent))
        return shape(work.view(), added)


@blueprint.route("/<string:id>")
class OneRecord(MethodView):
    @reads(RecordOut, action="read a record", noun="record")
    def get(self, view: View, query: dict[str, Any], id: str) -> Any:
        """A record."""
        return shape(view, records.get(view, id))
