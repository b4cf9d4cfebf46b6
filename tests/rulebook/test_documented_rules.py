"""docs/rule-files.md: the printed example is a sector that loads, and every key is named there."""

import re
from pathlib import Path

from marshmallow import fields

from registry.rulebook import schemas
from registry.rulebook.cases import run_cases
from registry.rulebook.fields import Named
from registry.rulebook.loader import load_sector
from registry.rulebook.parameters import SectorParametersSchema
from registry.rulebook.scorecard_schemas import ScorecardSchema

PAGE = Path(__file__).parents[2] / "docs" / "rule-files.md"


def printed_files() -> dict[str, str]:
    text = PAGE.read_text(encoding="utf-8")
    found = re.findall(
        r"^`([a-z/]+\.yaml)`:\n\n```yaml\n(.*?)^```$", text, re.MULTILINE | re.DOTALL
    )
    return dict(found)


def keys_of(schema: schemas.RuleSchema) -> set[str]:
    """Every key of a kind of file, at any depth."""
    found = set()
    for name, field in schema.fields.items():
        found.add(field.data_key or name)
        inner = field.inner if isinstance(field, fields.List | Named) else field
        inner = inner.inner if isinstance(inner, fields.List) else inner
        if isinstance(inner, fields.Nested):
            found |= keys_of(inner.schema)
    return found


def test_the_printed_sector_loads_and_its_cases_pass(make_package):
    sector = load_sector(make_package(printed_files(), base=None))
    results = run_cases(sector)

    assert [version.code for version in sector.criteria] == ["fair.fraud"]
    assert [measure.code for measure in sector.measures] == ["p.no_stall"]
    assert [str(one) for one in results if not one.passed] == []
    assert len(results) == 3


def test_every_kind_of_file_is_printed():
    assert set(printed_files()) == {
        "sector.yaml",
        "records.yaml",
        "lists.yaml",
        "criteria/fraud.yaml",
        "measures.yaml",
        "cases/fraud.yaml",
    }


def test_every_key_is_documented():
    text = PAGE.read_text(encoding="utf-8")
    kinds = (
        schemas.SectorSchema,
        schemas.RecordsSchema,
        schemas.ListsSchema,
        schemas.CriterionSchema,
        schemas.MeasuresSchema,
        ScorecardSchema,
        SectorParametersSchema,
        schemas.CaseSchema,
        schemas.ProfileSchema,
    )

    missing = {
        key for kind in kinds for key in keys_of(kind()) if not re.search(rf"\b{key}\b", text)
    }

    assert missing == set()
