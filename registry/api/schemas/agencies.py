"""Agencies and tokens, for administrators."""

from __future__ import annotations

from marshmallow import fields

from registry.api.fields import Choice, Pattern, RequestSchema, Several, Text, Whole, code, ident
from registry.api.schemas.shared import AnswerSchema, maybe, page_schema, text
from registry.domain.actor import Role
from registry.services.agencies import LEVELS

AGENCY = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,59}$"


class AgencyIn(RequestSchema):
    """An organisation that is to use the registry; without sectors it covers all."""

    name = Text(200, required=True)
    profile = code(load_default="national")
    level = Choice(LEVELS, load_default="city")
    sectors = Several(code(), load_default=list)
    code = Pattern(AGENCY, "a code: letters, digits, . _ -", required=True)


class AgencyOut(AnswerSchema):
    """An organisation that uses the registry."""

    id = text()
    code = text()
    name = text()
    profile = text()
    level = text()
    sectors = fields.List(fields.String(), required=True)


class TokenIn(RequestSchema):
    """Who gets a token, for which agency, with which roles; `expires` in days."""

    agency = Pattern(AGENCY, "the code of an agency", required=True)
    actor = Text(200, required=True)
    role = Several(Choice(Role), most=9, least=1, required=True)
    subject = ident()
    expires = Whole(1, 36_500)


class TokenOut(AnswerSchema):
    """A new token. It is shown in this answer and never again: a repeated request with the same
    Idempotency-Key gets null in its place."""

    id = text()
    token = maybe()
    agency = text()
    role = fields.List(fields.String(), required=True)


AgencyPage = page_schema(AgencyOut, "AgencyPage")
