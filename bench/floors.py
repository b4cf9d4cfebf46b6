"""The floors: an empty Flask endpoint, and one with flask-smorest and marshmallow (ten fields in,
ten out with three nested rows). Their handlers do nothing."""

from __future__ import annotations

import json
from typing import Any

import flask
from flask_smorest import Api, Blueprint
from marshmallow import Schema, fields, validate

PATH = "/checks"
SENT = json.dumps(
    {
        "scheme": "uscc",
        "value": "91990000000000018X",
        "matter": "procurement.bid",
        "purpose": "procurement_and_funding",
        "case_no": "BENCH-2026-001",
        "as_of": "2026-11-22T09:00:00+00:00",
        "explain": False,
        "limit": 10,
        "tags": ["a", "b"],
        "reference": "r-1",
    }
).encode()
ANSWER: dict[str, Any] = {
    "id": "0123456789abcdef0123456789abcdef",
    "outcome": "restricted",
    "as_of": "2026-11-22T09:00:00Z",
    "known_at": "2026-11-22T09:00:00Z",
    "matter": "procurement.bid",
    "purpose": "procurement_and_funding",
    "subject": "fedcba9876543210fedcba9876543210",
    "candidates": 0,
    "measures": [
        {"code": f"p.measure_{one}", "force": 1, "text": "限制参加政府采购活动"} for one in range(3)
    ],
    "version": 7,
}


def empty_flask() -> flask.Flask:
    """JSON in, JSON out."""
    app = flask.Flask("floor")

    @app.post(PATH)
    def answer() -> dict[str, Any]:
        flask.request.get_json()
        return ANSWER

    return app


class _In(Schema):
    scheme = fields.Str(required=True, validate=validate.Length(min=1, max=64))
    value = fields.Str(required=True)
    matter = fields.Str(required=True)
    purpose = fields.Str()
    case_no = fields.Str()
    as_of = fields.DateTime()
    explain = fields.Bool(load_default=False)
    limit = fields.Int(validate=validate.Range(1, 100))
    tags = fields.List(fields.Str())
    reference = fields.Str()


class _Measure(Schema):
    code = fields.Str()
    force = fields.Int()
    text = fields.Str()


class _Out(Schema):
    id = fields.Str()
    outcome = fields.Str()
    as_of = fields.Str()
    known_at = fields.Str()
    matter = fields.Str()
    purpose = fields.Str()
    subject = fields.Str()
    candidates = fields.Int()
    measures = fields.List(fields.Nested(_Measure))
    version = fields.Int()


def empty_smorest() -> flask.Flask:
    """Validated in and dumped out by schemas."""
    app = flask.Flask("floor")
    app.config.update(API_TITLE="floor", API_VERSION="1", OPENAPI_VERSION="3.1.0")
    blueprint = Blueprint("floor", __name__)

    @blueprint.route(PATH, methods=["POST"])
    @blueprint.arguments(_In)
    @blueprint.response(200, _Out)
    def answer(sent: dict[str, Any]) -> dict[str, Any]:
        return ANSWER

    Api(app).register_blueprint(blueprint)
    return app
