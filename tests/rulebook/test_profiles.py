"""The note of a profile's value: optional, read with a default, and no part of a citation."""

from datetime import date

import pytest

from registry.domain.errors import RuleError
from registry.domain.legal import Citation, RuleStatus
from registry.domain.profile import Parameter
from registry.rulebook.loader import load_profiles
from registry.rulebook.profiles import resolve_profiles
from registry.rulebook.rulebook import Rulebook

DAY = date(2024, 1, 1)
PROFILE = """\
code: east
title: East
parent: null
parameters:
  notice.scope:
    - value: all
      since: 2019-01-01
      source: a law 3
"""
NOTE = "row D-03 of the table of disagreements"


@pytest.fixture
def loaded(make_package):
    def load(more: str = ""):
        (profile,) = load_profiles(make_package({"profiles/east.yaml": PROFILE + more}, base=None))
        return profile

    return load


def test_a_note_is_kept_and_never_cited(loaded):
    profile = loaded(f"      note: {NOTE}\n")
    parameter = resolve_profiles([profile.document])["east"].at("notice.scope", DAY)

    assert (parameter.note, parameter.source) == (NOTE, "a law 3")
    assert parameter.citation("notice.scope").to_json() == {
        "instrument": "a law 3",
        "article": "notice.scope",
        "status": "verified",
    }
    again = Rulebook.from_document(Rulebook.merge([], [profile]).document)
    assert again.profile("east").at("notice.scope", DAY) == parameter


def test_without_a_note_the_document_is_the_one_from_before_there_were_any(loaded):
    document = loaded().document

    assert document == {
        "code": "east",
        "title": "East",
        "parent": None,
        "parameters": {
            "notice.scope": [
                {
                    "value": "all",
                    "since": "2019-01-01",
                    "source": "a law 3",
                    "status": "verified",
                }
            ]
        },
    }
    assert resolve_profiles([document])["east"].at("notice.scope", DAY).note == ""


def test_a_note_has_at_most_200_characters(loaded):
    assert loaded(f"      note: {'x' * 200}\n")
    with pytest.raises(RuleError, match="must have 1 to 200 characters"):
        loaded(f"      note: {'x' * 201}\n")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('note: ""', "must have 1 to 200 characters"),
        ("note: null", "notice.scope.0.note"),
        ("note: 12", "must be text"),
        ("notes: a row", "did you mean note"),
    ],
)
def test_what_is_no_note_is_named_with_its_line(loaded, line: str, words: str):
    with pytest.raises(RuleError, match=words) as caught:
        loaded(f"      {line}\n")
    assert "profiles/east.yaml:9" in caught.value.message


@pytest.mark.parametrize(
    ("source", "instrument", "article"),
    [
        ("宿迁市社会信用条例（草案）, 31", "宿迁市社会信用条例（草案）", "31"),
        ("Law on ports, quays and piers, art. 3", "Law on ports, quays and piers", "art. 3"),
        ("project choice, the stricter reading", "project choice", "the stricter reading"),
        # no article: a bare choice, and sources from before the two were parted
        ("project choice", "project choice", "notice.scope"),
        ("Suqian draft art. 31", "Suqian draft art. 31", "notice.scope"),
        (", ", ", ", "notice.scope"),
    ],
)
def test_a_citation_parts_instrument_and_article(source: str, instrument: str, article: str):
    cited = Parameter("all", DAY, source, RuleStatus.TO_VERIFY, NOTE).citation("notice.scope")

    assert cited == Citation(instrument, article, RuleStatus.TO_VERIFY)
