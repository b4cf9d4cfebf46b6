"""Who may call what: the table of contract.md, written again here, against every route there is.

A route that is not in the table fails the test, and so does a role that gets further than the
table says: a permit that nobody wrote down does not exist.
"""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from registry.domain.actor import Role
from registry.services import access
from tests.api.conftest import Http
from tests.api.shape import assert_problem
from tests.world import TAX

ABSENT = "0" * 32
PUBLIC = None
READERS = {"provider", "authority", "reviewer", "agency", "operator", "auditor", "subject"}
KEEPERS = {"provider", "authority", "operator"}

ALLOWED: dict[tuple[str, str], set[str] | None] = {
    ("GET", "/sectors"): PUBLIC,
    ("GET", "/criteria"): PUBLIC,
    ("GET", "/measures"): PUBLIC,
    ("GET", "/matters"): PUBLIC,
    ("GET", "/repair-rules"): PUBLIC,
    ("GET", "/profiles"): PUBLIC,
    ("GET", "/scorecards"): PUBLIC,
    ("GET", "/calendars"): PUBLIC,
    ("POST", "/criteria/<string:code>/acceptance"): {"authority"},
    ("POST", "/subjects"): {"provider", "authority", "operator"},
    ("POST", "/subjects/lookup"): {"agency", "authority", "provider", "operator"},
    ("GET", "/subjects/<string:id>"): READERS,
    ("GET", "/subjects/<string:id>/timeline"): READERS,
    ("GET", "/subjects/<string:id>/ratings"): READERS,
    ("GET", "/subjects/<string:id>/points"): READERS - {"agency"},
    ("POST", "/ratings"): {"provider", "authority"},
    ("POST", "/ratings/<string:id>/withdraw"): {"provider", "authority"},
    ("GET", "/rating-editions"): PUBLIC,
    ("POST", "/subjects/<string:id>/update"): KEEPERS,
    ("POST", "/subjects/<string:id>/identifiers"): KEEPERS,
    ("POST", "/subjects/<string:id>/end"): KEEPERS,
    ("GET", "/subjects/<string:id>/persons"): READERS,
    ("POST", "/subjects/<string:id>/persons"): KEEPERS,
    ("POST", "/subjects/<string:id>/persons/<string:sid>/end"): KEEPERS,
    ("GET", "/subjects/<string:id>/occupations"): READERS,
    ("PUT", "/subjects/<string:id>/occupations"): KEEPERS,
    ("GET", "/occupations"): PUBLIC,
    ("PUT", "/occupations/<string:code>"): {"coordinator"},
    ("GET", "/persons"): {"operator", "coordinator", "auditor"},
    ("POST", "/contracts"): {"authority", "operator"},
    ("POST", "/contracts/<string:id>/breaches"): {"authority", "operator"},
    ("GET", "/subjects/<string:id>/contracts"): READERS,
    ("POST", "/subjects/<string:id>/consents"): {"provider"},
    ("POST", "/consents/<string:id>/withdraw"): {"provider"},
    ("POST", "/subjects/<string:id>/references"): {"provider", "operator"},
    ("GET", "/subjects/<string:id>/references"): {"authority", "reviewer", "operator", "auditor"},
    ("GET", "/deliveries"): {"operator", "coordinator", "auditor"},
    ("PUT", "/deliveries/<string:id>"): {"operator", "coordinator"},
    ("POST", "/records"): {"provider"},
    ("PUT", "/records/<string:id>"): {"provider"},
    ("POST", "/records/<string:id>/return"): {"operator"},
    ("POST", "/records/<string:id>/use"): {"provider", "authority", "reviewer", "auditor"},
    ("GET", "/records/<string:id>/versions"): {"provider", "authority", "reviewer", "auditor"},
    ("GET", "/records/<string:id>"): {"provider", "authority", "reviewer", "auditor"},
    ("GET", "/determinations"): {"authority", "reviewer"},
    ("POST", "/determinations"): {"authority"},
    ("GET", "/determinations/<string:id>"): {"authority", "reviewer"},
    ("POST", "/determinations/<string:id>/notice"): {"authority"},
    ("POST", "/determinations/<string:id>/submissions"): {"authority"},
    ("POST", "/determinations/<string:id>/submissions/<string:sid>/answer"): {"authority"},
    ("POST", "/determinations/<string:id>/publicise"): {"authority"},
    ("POST", "/determinations/<string:id>/confirm"): {"reviewer"},
    ("POST", "/determinations/<string:id>/drop"): {"authority", "reviewer"},
    ("GET", "/listings"): PUBLIC,
    ("GET", "/listings/<string:id>"): PUBLIC,
    ("POST", "/listings/<string:id>/exit"): {"reviewer"},
    ("POST", "/checks"): {"agency"},
    ("GET", "/checks/<string:id>"): {"agency", "auditor"},
    ("GET", "/checks/<string:id>/replay"): {"agency", "auditor"},
    ("GET", "/announcements"): PUBLIC,
    ("GET", "/deadlines"): {
        "authority",
        "reviewer",
        "operator",
        "coordinator",
        "agency",
        "auditor",
    },
    ("GET", "/measure-editions"): PUBLIC,
    ("POST", "/measure-editions"): {"coordinator"},
    ("GET", "/measure-editions/<string:id>"): PUBLIC,
    ("PUT", "/measure-editions/<string:id>/measures/<string:code>"): {"coordinator"},
    ("DELETE", "/measure-editions/<string:id>/measures/<string:code>"): {"coordinator"},
    ("GET", "/measure-editions/<string:id>/compare"): PUBLIC,
    ("POST", "/measure-editions/<string:id>/publish"): {"coordinator"},
    ("POST", "/rules/impact"): {"authority", "coordinator"},
    ("GET", "/removals"): {"authority", "reviewer", "coordinator", "auditor"},
    ("POST", "/removals/<string:id>/decline"): {"reviewer"},
    ("GET", "/journal"): {"auditor"},
    ("GET", "/agencies"): {"admin", "auditor", "coordinator"},
    ("POST", "/agencies"): {"admin"},
    ("GET", "/tokens"): {"admin", "auditor"},
    ("DELETE", "/tokens/<string:id>"): {"admin"},
}


@pytest.fixture(scope="module")
def tokens(still: Http) -> dict[str, str]:
    """A token for each role alone, and one that holds all roles but one, for each."""
    subject = still.world.enterprise()
    made = {}
    for role in Role:
        whose = subject.id if role is Role.SUBJECT else None
        made[str(role)] = still.world.token(TAX, f"Only {role}", role, subject=whose)
        others = [one for one in Role if one not in (role, Role.SUBJECT)]
        made[f"all but {role}"] = still.world.token(TAX, f"Not {role}", *others)
    return made


def routes(http: Http) -> set[tuple[str, str]]:
    return {
        (method, rule.rule.removeprefix("/api/v1").replace("<subject:", "<string:"))
        for rule in http.client.application.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
        if rule.rule.startswith("/api/v1/") and not rule.rule.endswith("openapi.json")
    }


def ask(http: Http, method: str, rule: str, token: str | None) -> Any:
    path = rule.replace("<string:id>", ABSENT).replace("<string:sid>", ABSENT)
    path = path.replace("<string:code>", "tax.none")
    headers = {"Authorization": f"Bearer {token}"} if token is not None else {}
    options = {"json": {}} if method in ("POST", "PUT") else {}
    return http.send(method, path, None, headers=headers, **options)


def test_every_route_stands_in_the_table(still: Http):
    assert routes(still) == set(ALLOWED)


@pytest.mark.requirement("SEC-11", "DET-19")
def test_no_role_gets_further_than_the_table_says(still: Http, tokens: dict[str, str]):
    unexpected = []
    for (method, rule), role in itertools.product(sorted(ALLOWED), Role):
        allowed = ALLOWED[method, rule]
        answer = ask(still, method, rule, tokens[str(role)])
        if allowed is not PUBLIC and role not in allowed:
            if answer.status_code != 403:
                unexpected.append((method, rule, str(role), answer.status_code))
            else:
                assert_problem(answer, 403, "not-permitted")
        elif answer.status_code in (401, 403) or answer.status_code >= 500:
            unexpected.append((method, rule, str(role), answer.status_code))

    assert unexpected == []


def test_a_permit_too_many_would_be_seen(
    still: Http, tokens: dict[str, str], monkeypatch: pytest.MonkeyPatch
):
    """The control: were agencies let to file records, the matrix would not get its 403."""
    action = "file a record"
    monkeypatch.setitem(access.ACTIONS, action, (*access.ACTIONS[action], Role.AGENCY))

    assert ask(still, "POST", "/records", tokens["agency"]).status_code == 422


def test_other_roles_together_do_not_make_up_for_the_one_that_is_missing(
    still: Http, tokens: dict[str, str]
):
    for (method, rule), allowed in ALLOWED.items():
        if allowed is not PUBLIC and len(allowed) == 1:
            (role,) = allowed
            answer = ask(still, method, rule, tokens[f"all but {role}"])
            assert answer.status_code == 403, (method, rule)


def test_without_a_token_only_what_is_public_answers(still: Http):
    for (method, rule), allowed in ALLOWED.items():
        answer = ask(still, method, rule, None)
        if allowed is PUBLIC:
            assert answer.status_code in (200, 404), (method, rule)
        else:
            assert_problem(answer, 401, "not-authenticated")


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer ", "Basic YTpi", "Bearer a b", "bearer reg_nobody", "Bearer \u00e9"],
)
def test_a_token_that_is_none_is_refused_on_public_addresses_too(still: Http, header: str):
    for path in ("/sectors", "/listings", "/journal"):
        answer = still.get(
            path, headers={"Authorization": header.encode("latin-1").decode("latin-1")}
        )
        assert_problem(answer, 401, "not-authenticated")


def test_the_description_names_the_roles_that_the_server_asks_for(still: Http):
    paths = still.get("/openapi.json").json["paths"]
    for (method, rule), allowed in ALLOWED.items():
        path = "/api/v1" + rule.replace("<string:", "{").replace(">", "}")
        operation = paths[path][method.lower()]
        if allowed is PUBLIC:
            assert {} in operation["security"], path
        else:
            assert operation["security"] == [{"bearer": []}]
            assert all(f"`{role}`" in operation["description"] for role in allowed)
