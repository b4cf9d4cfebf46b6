"""Fault 71 at every address that is written to, and in every object of a body: what the registry
sets itself cannot be sent. And what the same harness finds where unknown fields are let pass.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from marshmallow import EXCLUDE, RAISE, fields

from registry.api import check_body, impact, schemas, writes
from registry.api.fields import Nested, RequestSchema
from registry.domain.errors import InvalidInput
from registry.domain.record import FieldErrors
from tests.api.conftest import Http
from tests.api.conftest import still as still
from tests.api.shape import JSON
from tests.api.test_injection import counts
from tests.faults.test_input_bodies import WRITES, sent
from tests.faults.test_input_bodies import everybody as everybody

import json

SET_BY_THE_REGISTRY = (
    "id", "status", "agency_id", "agency", "provider", "maker", "proposed_by", "confirmed_by",
    "decided_by", "actor_id", "roles", "public", "provisional", "annulled_on", "known_from",
    "known_to", "sealed", "hash", "revoked", "__class__",
)  # fmt: skip
