"""Agencies, for administrators."""

from __future__ import annotations

from marshmallow import fields

from registry.api.fields import Choice, Pattern, RequestSchema, Several, Text, code
from registry.api.schemas.shared import AnswerSchema, page_schema, text
from registry.domain.actor import LEVELS

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


AgencyPage = page_schema(AgencyOut, "AgencyPage")
