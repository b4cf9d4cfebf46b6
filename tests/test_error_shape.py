"""One body for every error.

Every error class of the domain, every error of the protocol and every fault of our own ends as an
RFC 9457 problem of one shape, asserted by one helper; and docs/errors.md has a section for each
code, and for nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import flask
import pytest
from werkzeug import exceptions

from registry.api import create_api
from registry.api.errors import INTERNAL, PROTOCOL, STATUSES, status_of
from registry.domain import errors
from tests.api.shape import assert_problem

CANARY = "11010519491231002X"


def all_classes(of: type[errors.RegistryError] = errors.RegistryError) -> Iterator[Any]:
    yield of
    for kind in of.__subclasses__():
        yield from all_classes(kind)


EXAMPLES: dict[type[errors.RegistryError], tuple[Any, int]] = {
    errors.RegistryError: (errors.RegistryError("Text."), 500),
    errors.InvalidInput: (errors.InvalidInput.field("name", "is required"), 422),
    errors.CriterionNotMet: (errors.CriterionNotMet("tax.evasion", []), 422),
    errors.RulesNotEnabled: (errors.RulesNotEnabled("tax.evasion", "2022-02-01"), 409),
    errors.CriterionNotInForce: (errors.CriterionNotInForce("tax.evasion", "2020-01-01"), 422),
    errors.Malformed: (errors.Malformed("Not JSON."), 400),
    errors.TooLarge: (errors.TooLarge(5), 413),
    errors.NotFound: (errors.NotFound("record"), 404),
    errors.NotAuthenticated: (errors.NotAuthenticated(), 401),
    errors.NotPermitted: (errors.NotPermitted("file a record", ["provider"]), 403),
    errors.TwoPersonRule: (errors.TwoPersonRule(), 403),
    errors.PurposeNotAgreed: (
        errors.PurposeNotAgreed("awards", "record.refused", {}, "a" * 32),
        403,
    ),
    errors.NotOnApplicationList: (errors.NotOnApplicationList("tax.refund"), 403),
    errors.Conflict: (errors.Conflict("Contradiction."), 409),
    errors.IllegalTransition: (errors.IllegalTransition("dropped", "confirm"), 409),
    errors.Frozen: (errors.Frozen(), 409),
    errors.Duplicate: (errors.Duplicate("A case", "a" * 32), 409),
    errors.IdempotencyMismatch: (errors.IdempotencyMismatch(), 409),
    errors.StepMissing: (errors.StepMissing([]), 409),
    errors.ScreenedOut: (errors.ScreenedOut(), 409),
    errors.RuleError: (errors.RuleError("a.yaml", 3, "is wrong"), 503),
    errors.RuleConflict: (errors.RuleConflict("sector tax", "one", "two"), 503),
    errors.PluginError: (errors.PluginError("tax", "is absent"), 503),
    errors.SettingsError: (errors.SettingsError("Unknown."), 503),
    errors.Unavailable: (errors.Unavailable("The store cannot be used."), 503),
    errors.Undetermined: (errors.Undetermined("tax.x", "tax", "raised ValueError"), 503),
    errors.NotReady: (errors.NotReady("Run registry migrate."), 503),
}


class Log:
    """Keeps what was logged."""

    def __init__(self) -> None:
        self.lines: list[dict[str, Any]] = []

    def error(self, event: str, **fields: Any) -> None:
        self.lines.append({"event": event, **fields})

    info = error


@pytest.fixture
def log() -> Log:
    return Log()


@pytest.fixture
def raising(log: Log) -> Any:
    """Ask an application whose one extra route raises what it is given."""
    app = flask.Flask("registry", static_folder=None)
    create_api(app, None, readiness=dict, log=log, body_limit=100)  # type: ignore[arg-type]
    raised: list[Exception] = []

    @app.route("/raise")
    def view() -> str:
        raise raised[-1]

    def ask(error: Exception) -> Any:
        raised.append(error)
        return app.test_client().get("/raise")

    ask.client = app.test_client()  # type: ignore[attr-defined]
    return ask


@pytest.mark.parametrize("kind", list(all_classes()), ids=lambda kind: kind.__name__)
def test_every_error_class_has_the_one_shape(raising: Any, kind: type[errors.RegistryError]):
    error, status = EXAMPLES[kind]

    assert type(error) is kind
    assert_problem(raising(error), status, kind.code)


def test_every_error_class_finds_its_status_in_the_table():
    assert set(all_classes()) == set(EXAMPLES)
    assert all(status_of(error) == status for error, status in EXAMPLES.values())
    assert set(STATUSES) <= set(EXAMPLES)


@pytest.mark.parametrize("status", sorted(exceptions.default_exceptions))
def test_every_error_of_the_protocol_has_the_one_shape(raising: Any, status: int):
    kind = exceptions.default_exceptions[status]
    error = kind(valid_methods=["GET"]) if status == 405 else kind()
    code = PROTOCOL.get(status, ("malformed", ""))[0]

    assert_problem(raising(error), status, code)


def test_details_of_an_error_stand_in_its_body(raising: Any):
    assert raising(EXAMPLES[errors.Duplicate][0]).json["id"] == "a" * 32
    assert raising(EXAMPLES[errors.TooLarge][0]).json["limit"] == 5
    assert raising(EXAMPLES[errors.StepMissing][0]).json["missing"] == []
    assert raising(EXAMPLES[errors.IllegalTransition][0]).json["state"] == "dropped"


def test_a_redirect_is_no_error(raising: Any):
    from werkzeug.routing import RequestRedirect

    assert raising(RequestRedirect("http://localhost/there")).status_code == 308


@pytest.mark.parametrize("error", [ValueError(CANARY), KeyError(CANARY), RecursionError(CANARY)])
def test_an_unexpected_error_leaks_nothing(raising: Any, log: Log, error: Exception):
    response = raising(error)

    assert_problem(response, 500, INTERNAL)
    assert CANARY not in response.text
    assert type(error).__name__ not in response.text
    assert log.lines
    assert CANARY not in str(log.lines)
    assert log.lines[0]["error"].startswith(type(error).__name__)


def test_a_fault_of_a_rule_or_plugin_is_named_in_the_log_and_not_in_the_answer(
    raising: Any, log: Log
):
    response = raising(errors.PluginError("secret-plugin", "is broken"))

    assert_problem(response, 503, "plugin-error")
    assert "secret-plugin" not in response.text
    assert log.lines[0]["code"] == "plugin-error"


@pytest.mark.proves("F70")
def test_an_object_that_is_absent_or_not_theirs_is_logged_without_its_id(raising: Any, log: Log):
    """Fault 70: whoever tries ids is seen."""
    assert raising(errors.NotFound("listing")).status_code == 404

    said = {"code": "not-found", "route": "/raise", "status": 404, "actor": None}
    assert log.lines == [{"event": "object.not_found", **said}]


def test_a_field_name_that_might_be_a_number_of_a_person_is_not_repeated(raising: Any):
    response = raising(errors.InvalidInput({f"fields.{CANARY}": ["no such field"], "x": ["y"]}))

    body = assert_problem(response, 422, "invalid-input", "fields.?", "x")
    assert CANARY not in str(body)


def test_405_names_the_methods_that_the_address_takes(raising: Any):
    response = raising.client.delete("/api/v1/checks")

    assert_problem(response, 405, "method-not-allowed")
    assert set(response.headers["Allow"].split(", ")) >= {"POST"}


def test_an_unknown_address_is_not_found(raising: Any):
    assert_problem(raising.client.get("/api/v1/nothing/here"), 404, "not-found")


def test_every_code_has_its_section_in_the_documentation_and_nothing_else_has():
    text = (Path(__file__).parents[1] / "docs" / "errors.md").read_text(encoding="utf-8")
    documented = re.findall(r"^## `([a-z-]+)`$", text, re.MULTILINE)
    codes = {kind.code for kind in all_classes()} | {code for code, _ in PROTOCOL.values()}

    assert sorted(documented) == sorted(codes)


def test_the_documentation_gives_the_status_of_each_code():
    text = (Path(__file__).parents[1] / "docs" / "errors.md").read_text(encoding="utf-8")
    shown = dict(re.findall(r"^## `([a-z-]+)`\n\n\*\*(\d{3})\.\*\*", text, re.MULTILINE))
    for error, status in EXAMPLES.values():
        assert shown[error.code] == str(status), error.code


@pytest.mark.parametrize(
    "body",
    [
        {"code": "not-found", "status": 404},
        {"message": "Not found"},
        {"type": "about:blank", "title": "T", "status": 404, "detail": "D", "instance": "/x",
         "code": "not-found"},
    ],
)  # fmt: skip
def test_another_shape_would_be_seen(body: dict[str, Any]):
    app = flask.Flask("other")

    @app.get("/")
    def view() -> Any:
        return app.json.dumps(body), 404, {"Content-Type": "application/problem+json"}

    with pytest.raises(AssertionError):
        assert_problem(app.test_client().get("/"), 404, "not-found")
