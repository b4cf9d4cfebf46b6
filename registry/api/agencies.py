"""Agencies; which tokens there are, and revoking one. Granting one takes the command line: over
HTTP a grant of roles would need a second person."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from flask_smorest import Blueprint

from registry.api.paging import PageQuery, page_of_all
from registry.api.reads import reads
from registry.api.schemas.agencies import AgencyIn, AgencyOut, AgencyPage, TokenPage, TokenQuery
from registry.api.writes import writes
from registry.domain.actor import Agency
from registry.services import agencies
from registry.services.work import View, Work
from registry.store.access import StoredToken
from registry.store.types import iso

blueprint = Blueprint("agencies", __name__, url_prefix="/api/v1")


def shape(agency: Agency) -> dict[str, Any]:
    """An agency."""
    return {
        "id": agency.id,
        "code": agency.code,
        "name": agency.name,
        "profile": agency.profile,
        "level": agency.level,
        "sectors": sorted(agency.sectors),
    }


@blueprint.route("/agencies")
class Agencies(MethodView):
    @reads(AgencyPage, action="read agencies", query=PageQuery)
    def get(self, view: View, query: dict[str, Any]) -> Any:
        """Agencies."""
        found = [(agency.code, agency) for agency in agencies.page(view)]
        return page_of_all("agencies", found, query, shape)

    @writes("manage access", AgencyOut, body=AgencyIn)
    def post(self, work: Work, sent: dict[str, Any]) -> Any:
        """Enter an agency."""
        return shape(agencies.add(work, **sent))


def token_shape(token: StoredToken) -> dict[str, Any]:
    """A token, less what it looks like."""
    return {
        "id": token.id,
        "agency": token.agency,
        "actor": token.actor,
        "roles": token.roles,
        "expires_at": iso(token.expires_at) if token.expires_at is not None else None,
        "revoked": token.revoked,
    }


@blueprint.route("/tokens")
class Tokens(MethodView):
    @reads(TokenPage, action="read tokens", query=TokenQuery)
    def get(self, view: View, query: dict[str, Any]) -> Any:
        """Tokens that were given out, revoked and expired ones too."""
        found = [(one.id, one) for one in agencies.tokens(view, query.get("agency"))]
        return page_of_all("tokens", found, query, token_shape)


@blueprint.route("/tokens/<string:id>")
class OneToken(MethodView):
    @writes("manage access", None, status=204, noun="token")
    def delete(self, work: Work, sent: dict[str, Any], id: str) -> Any:
        """Revoke a token: the next request with it is refused."""
        agencies.revoke_token(work, id)
