"""Agencies, for administrators."""

from __future__ import annotations

from marshmallow import fields

from registry.api.fields import Choice, Pattern, RequestSchema, Several, Text, code
from registry.api.paging import PageQuery
from registry.api.schemas.shared import AnswerSchema, page_schema, text
from registry.domain.actor import LEVELS, Role

AGENCY = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,59}$", "a code: letters, digits, . _ -"


class AgencyIn(RequestSchema):
    """An organisation that is to use the registry; without sectors it covers all."""

    name = Text(200, required=True)
    profile = code(load_default="national")
    level = Choice(LEVELS, load_default="city")
    sectors = Several(code(), load_default=list)
    code = Pattern(*AGENCY, required=True)


class AgencyOut(AnswerSchema):
    """An organisation that uses the registry."""

    id = text()
    code = text()
    name = text()
    profile = text()
    level = text()
    sectors = fields.List(fields.String(), required=True)


class TokenQuery(PageQuery):
    """The tokens of one agency, or of all."""

    agency = Pattern(*AGENCY, metadata={"description": "The code of the agency."})


class TokenOut(AnswerSchema):
    """A token that was given out. Neither the token nor its digest is shown to anybody."""

    id = text()
    agency = text(metadata={"description": "The code of the agency."})
    actor = text(metadata={"description": "Who holds it: the opaque id of the journal."})
    roles = fields.List(fields.String(metadata={"enum": [str(role) for role in Role]}))
    expires_at = fields.String(allow_none=True, metadata={"format": "date-time"})
    revoked = fields.Boolean(required=True)


AgencyPage = page_schema(AgencyOut, "AgencyPage")
TokenPage = page_schema(TokenOut, "TokenPage")
