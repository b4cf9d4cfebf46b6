"""Who may do what: one table of actions and roles, one function that every path calls."""

from __future__ import annotations

from datetime import datetime

from registry.domain.actor import Actor, Role
from registry.domain.errors import NotAuthenticated, NotPermitted
from registry.services.context import Authenticate, Context
from registry.store import access as store
from registry.store.transaction import Reading

ACTIONS: dict[str, tuple[Role, ...]] = {
    "add a subject": (Role.PROVIDER, Role.AUTHORITY, Role.OPERATOR),
    "keep an archive": (Role.PROVIDER, Role.AUTHORITY, Role.OPERATOR),
    "keep occupations": (Role.COORDINATOR,),
    "find persons by occupation": (Role.OPERATOR, Role.COORDINATOR, Role.AUDITOR),
    "enter a contract": (Role.AUTHORITY, Role.OPERATOR),
    "enter a consent": (Role.PROVIDER,),
    "enter a reference": (Role.PROVIDER, Role.OPERATOR),
    "read references": (Role.AUTHORITY, Role.REVIEWER, Role.OPERATOR, Role.AUDITOR),
    "return a record": (Role.OPERATOR,),
    "set deliveries": (Role.OPERATOR, Role.COORDINATOR),
    "read deliveries": (Role.OPERATOR, Role.COORDINATOR, Role.AUDITOR),
    "look up a subject": (Role.AGENCY, Role.AUTHORITY, Role.PROVIDER, Role.OPERATOR),
    "read a subject": (
        Role.AGENCY,
        Role.AUTHORITY,
        Role.REVIEWER,
        Role.PROVIDER,
        Role.OPERATOR,
        Role.AUDITOR,
        Role.SUBJECT,
    ),
    "file a record": (Role.PROVIDER,),
    "read a record": (Role.PROVIDER, Role.AUTHORITY, Role.REVIEWER, Role.AUDITOR),
    "import a calendar": (Role.OPERATOR,),
    "make a rating": (Role.PROVIDER, Role.AUTHORITY),
    "withdraw a rating": (Role.PROVIDER, Role.AUTHORITY),
    "read a points ledger": (
        Role.PROVIDER,
        Role.AUTHORITY,
        Role.REVIEWER,
        Role.OPERATOR,
        Role.AUDITOR,
        Role.SUBJECT,
    ),
    "read unpublished ratings": (Role.OPERATOR, Role.AUDITOR),
    "accept a rule": (Role.AUTHORITY,),
    "propose a determination": (Role.AUTHORITY,),
    "serve a notice": (Role.AUTHORITY,),
    "enter a submission": (Role.AUTHORITY,),
    "answer a submission": (Role.AUTHORITY,),
    "publicise a determination": (Role.AUTHORITY,),
    "confirm a determination": (Role.REVIEWER,),
    "drop a determination": (Role.AUTHORITY, Role.REVIEWER),
    "read a determination": (Role.AUTHORITY, Role.REVIEWER),
    "end a listing": (Role.REVIEWER,),
    "read unpublished listings": (
        Role.AGENCY,
        Role.AUTHORITY,
        Role.REVIEWER,
        Role.COORDINATOR,
        Role.OPERATOR,
        Role.AUDITOR,
        Role.SUBJECT,
    ),
    "read removals": (Role.AUTHORITY, Role.REVIEWER, Role.COORDINATOR, Role.AUDITOR),
    "decide on a removal": (Role.REVIEWER,),
    "see the impact of rules": (Role.AUTHORITY, Role.COORDINATOR),
    "edit a measure edition": (Role.COORDINATOR,),
    "publish a measure edition": (Role.COORDINATOR,),
    "read measure drafts": (Role.COORDINATOR, Role.AUDITOR),
    "run a check": (Role.AGENCY,),
    "read a check": (Role.AGENCY, Role.AUDITOR),
    "read deadlines": (
        Role.AUTHORITY,
        Role.REVIEWER,
        Role.OPERATOR,
        Role.COORDINATOR,
        Role.AGENCY,
        Role.AUDITOR,
    ),
    "read the journal": (Role.AUDITOR,),
    "read agencies": (Role.ADMIN, Role.AUDITOR, Role.COORDINATOR),
    "read tokens": (Role.ADMIN, Role.AUDITOR),
    "manage access": (Role.ADMIN,),
}


def may(actor: Actor | None, action: str) -> bool:
    """True if one of the actor's roles includes the action."""
    return actor is not None and actor.has(*ACTIONS[action])


def require(actor: Actor, action: str) -> None:
    """NotPermitted, naming the roles it takes, unless the actor may."""
    if not may(actor, action):
        raise NotPermitted(action, [str(role) for role in ACTIONS[action]])


def resolve(
    reading: Reading, context: Context, authenticate: Authenticate, bearer: str, now: datetime
) -> Actor:
    """The actor behind a bearer token, as the snapshot knows it; NotAuthenticated otherwise."""
    if bearer not in context.tokens:
        if len(context.tokens) > 10_000:
            context.tokens.clear()
        token_id = authenticate(bearer, lambda digest: store.token_id(reading, digest))
        context.tokens[bearer] = store.token_holder(reading, token_id) if token_id else None
    holder = context.tokens[bearer]
    if holder is None:
        raise NotAuthenticated
    actor, expires_at = holder
    if expires_at is not None and expires_at <= now:
        raise NotAuthenticated
    return actor
