"""The error tree. Constructors take facts and build the message; HTTP is unknown here.

A "no" is not an exception: findings, missing steps and outcomes are values that carry reasons.
An exception means that the question, or the change asked for, could not be handled.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


class RegistryError(Exception):
    """Base of all; `code` is a stable slug documented in docs/errors.md."""

    code = "registry-error"

    def __init__(self, message: str, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.details = details


class InvalidInput(RegistryError):
    """Data cannot be understood or breaks a rule: `errors` maps a field path to messages."""

    code = "invalid-input"

    def __init__(self, errors: Mapping[str, Sequence[str]]) -> None:
        self.errors = {field: list(messages) for field, messages in errors.items()}
        super().__init__("Not accepted: " + ", ".join(sorted(self.errors)) + ".")

    @classmethod
    def field(cls, name: str, message: str) -> InvalidInput:
        """One field, one message."""
        return cls({name: [message]})


class CriterionNotMet(RegistryError):
    """The records do not meet the criterion; `reasons` say clause by clause why."""

    code = "criterion-not-met"

    def __init__(self, criterion: str, reasons: Sequence[Any]) -> None:
        super().__init__(f"The records do not meet {criterion}.", reasons=list(reasons))


class RulesNotEnabled(RegistryError):
    """The rules that a case was opened under are not enabled here: it stands as it is."""

    code = "rules-not-enabled"

    def __init__(self, criterion: str, version: str) -> None:
        super().__init__(
            f"The rules of this case, {criterion} {version}, are not enabled here. It stands, and "
            "goes on once their plugin is; or it is dropped.",
            criterion=criterion,
            version=version,
        )


class CriterionNotInForce(RegistryError):
    """No version of the criterion was in force on the day that counts."""

    code = "criterion-not-in-force"

    def __init__(self, criterion: str, on: object) -> None:
        super().__init__(
            f"No version of {criterion} was in force on {on}, the latest decision date "
            "of the records.",
            criterion=criterion,
            on=str(on),
        )


class Malformed(RegistryError):
    """The request is not well-formed: bad JSON, duplicate keys, NaN, too deep, wrong encoding."""

    code = "malformed"


class TooLarge(RegistryError):
    """The body is larger than the limit."""

    code = "too-large"

    def __init__(self, limit: int) -> None:
        super().__init__(f"The body is larger than {limit} bytes.", limit=limit)


class NotFound(RegistryError):
    """Absent, or not yours: the two look alike."""

    code = "not-found"

    def __init__(self, kind: str) -> None:
        super().__init__(f"There is no such {kind}, or it is not yours to see.", kind=kind)


class NotAuthenticated(RegistryError):
    """No valid bearer token."""

    code = "not-authenticated"

    def __init__(self) -> None:
        super().__init__("A valid bearer token is needed: send 'Authorization: Bearer ...'.")


class NotPermitted(RegistryError):
    """The actor's roles do not include the action; `roles` are those that do. Without them it is
    the agency that may not, whatever the roles: an action that ends in "this sector" is refused to
    an agency that does not work in it."""

    code = "not-permitted"

    def __init__(self, action: str, roles: Sequence[str] = ()) -> None:
        if roles:
            message = f"Your roles do not allow: {action}. It takes the role {' or '.join(roles)}."
        else:
            elsewhere = ": it does not work there" if action.endswith(" this sector") else ""
            message = f"Your agency may not {action}{elsewhere}."
        super().__init__(message, action=action)


class TwoPersonRule(NotPermitted):
    """The person who proposed may not decide."""

    code = "two-person-rule"

    def __init__(self) -> None:
        RegistryError.__init__(
            self, "The person who proposed may not confirm: a second person of the agency decides."
        )


class PurposeNotAgreed(NotPermitted):
    """What rests on a person's consent is used for a purpose that was not agreed. `kind`, `facts`
    and `subject_id` are what is journalled of the refusal."""

    code = "purpose-not-agreed"

    def __init__(self, purpose: str, kind: str, facts: Mapping[str, Any], subject_id: str) -> None:
        RegistryError.__init__(
            self, f"The person did not consent to a use for {purpose}.", purpose=purpose
        )
        self.kind, self.facts, self.subject_id = kind, facts, subject_id


class NotOnApplicationList(NotPermitted):
    """The agency's published application list does not hold this matter."""

    code = "not-on-application-list"

    def __init__(self, matter: str) -> None:
        RegistryError.__init__(
            self, f"Your agency's published application list does not hold {matter}.", matter=matter
        )


class Conflict(RegistryError):
    """The request contradicts what is stored."""

    code = "conflict"


class IllegalTransition(Conflict):
    """The action does not exist in this state."""

    code = "illegal-transition"

    def __init__(self, state: str, action: str) -> None:
        super().__init__(f"'{action}' is not possible while '{state}'.", state=state, action=action)


class Frozen(Conflict):
    """A published edition does not change."""

    code = "frozen"

    def __init__(self) -> None:
        super().__init__("This edition is published: it does not change. Start a new draft.")


class Duplicate(Conflict):
    """The same thing exists already; `id` names it where the asker may know."""

    code = "duplicate"

    def __init__(self, what: str, existing: str | None = None) -> None:
        super().__init__(f"{what} exists already.", **({"id": existing} if existing else {}))


class IdempotencyMismatch(Conflict):
    """The key was used before with another body or path."""

    code = "idempotency-mismatch"

    def __init__(self) -> None:
        super().__init__("This Idempotency-Key was used before for a different request.")


class StepMissing(Conflict):
    """A step demanded by criterion, profile or subject kind is not done, or its time not over."""

    code = "step-missing"

    def __init__(self, missing: Sequence[Any]) -> None:
        super().__init__("Steps are missing before this can take effect.", missing=list(missing))


class ScreenedOut(Conflict):
    """A red candidate stands on a black, watch or alert list."""

    code = "screened-out"

    def __init__(self) -> None:
        super().__init__("The candidate stands on a black, watch or alert list.")


class RuleError(RegistryError):
    """A rule file is wrong. Stops the start, never a request."""

    code = "rule-error"

    def __init__(self, file: str, line: int | None, problem: str, plugin: str = "") -> None:
        self.file, self.line, self.problem, self.plugin = file, line, problem, plugin
        where = f"{file}:{line}" if line else file
        super().__init__(f"{where}: {problem}", file=file, line=line)


class RuleConflict(RuleError):
    """Two plugins claim the same code; both are named."""

    code = "rule-conflict"

    def __init__(self, what: str, first: str, second: str) -> None:
        RegistryError.__init__(
            self,
            f"{what} is declared by both {first} and {second}. Disable or rename one of them.",
        )
        self.file, self.line, self.problem, self.plugin = "", None, what, second


class PluginError(RegistryError):
    """A plugin is broken, misspelt, absent or misbehaved; the culprit is named."""

    code = "plugin-error"

    def __init__(self, plugin: str, cause: str, distribution: str = "", version: str = "") -> None:
        origin = f" (from {distribution} {version})".rstrip() if distribution else ""
        super().__init__(f"Plugin {plugin}{origin}: {cause}", plugin=plugin)


class SettingsError(RegistryError):
    """A setting is unknown or has a value that cannot be used."""

    code = "settings-error"


class Unavailable(RegistryError):
    """Store, journal, key or clock cannot be relied on now: there is no answer."""

    code = "unavailable"


class Undetermined(Unavailable):
    """Whether a criterion is met cannot be said: a predicate gave no verdict. Nobody is listed by
    it. `fresh`: it failed just now, and was not merely out of use."""

    code = "undetermined"

    def __init__(
        self, predicate: str, plugin: str, cause: str, version: str = "", fresh: bool = False
    ) -> None:
        whose = f" of plugin {plugin}" if plugin else ""
        super().__init__(
            f"Undetermined: the predicate {predicate}{whose} gave no verdict ({cause}). Nobody is "
            "listed by it.",
            predicate=predicate,
            plugin=plugin,
        )
        self.predicate, self.plugin, self.cause = predicate, plugin, cause
        self.version, self.fresh = version, fresh


class NotReady(Unavailable):
    """The registry must not start on this database; the message says what to do."""

    code = "not-ready"
